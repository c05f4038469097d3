// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "vks.h"

int vks_screen_open(struct vks_gpu *gpu, struct vks_screen *screen)
{
	int err;

	*screen = (struct vks_screen){ .drm = ccp_drm_open("virtio_gpu") };
	if (screen->drm < 0)
		return vks_fail(gpu, screen->drm == -ENODEV ? -ENOTSUP : screen->drm,
				"no virtio-gpu: %s", strerror(-screen->drm));
	err = ccp_scanout_size(screen->drm, &screen->width, &screen->height);
	if (!err)
		return 0;
	vks_screen_close(screen);
	return vks_fail(gpu, err == -ENODEV ? -ENOTSUP : err, "no screen at virtio-gpu: %s",
			strerror(-err));
}

void vks_screen_close(struct vks_screen *screen)
{
	if (screen->scanout.fb)
		ccp_scanout_destroy(&screen->scanout);
	if (screen->handle)
		ccp_gem_close(screen->drm, screen->handle);
	close(screen->drm);
	*screen = (struct vks_screen){ .drm = -1 };
}

int vks_screen_show(struct vks_gpu *gpu, struct vks_screen *screen, int dmabuf,
		    const struct vks_layout *layout)
{
	int err;

	if (layout->width != screen->width || layout->height != screen->height)
		return vks_fail(gpu, -EINVAL, "a picture of %ux%u on a screen of %ux%u",
				layout->width, layout->height, screen->width, screen->height);

	err = ccp_prime_import(screen->drm, dmabuf, &screen->handle);
	/*
	 * The driver's word for a device that takes no imports: without blob resources, or with 3D
	 */
	if (err)
		return vks_fail(gpu, err == -ENODEV ? -ENOTSUP : err, "import into virtio-gpu: %s",
				strerror(-err));
	err = ccp_scanout_create(&screen->scanout, screen->drm, screen->handle, layout->pitch,
				 layout->offset);
	if (!err)
		err = ccp_scanout_flush(&screen->scanout);
	if (err)
		return vks_fail(gpu, err, "scanout: %s", strerror(-err));
	return 0;
}

int vks_screen_capture(struct vks_gpu *gpu, const char *name, struct ccp_capture *capture)
{
	int err = ccp_capture_take(name, capture);

	if (err)
		return vks_fail(gpu, err == -ENODEV ? -ENOTSUP : err, "capture by the host: %s",
				strerror(-err));
	return 0;
}

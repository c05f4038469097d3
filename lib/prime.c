// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <drm.h>
#include <xf86drm.h>

#include "ccprime.h"
#include "ioctl.h"

#define MAX_CARDS 64

static bool driver_is(int drm, const char *driver)
{
	drmVersionPtr version;
	bool is;

	version = drmGetVersion(drm);
	if (!version)
		return false;

	is = !strcmp(version->name, driver);
	drmFreeVersion(version);
	return is;
}

/* Not drmGetDevices2(): it knows buses, and vgem has changed its bus (platform, then faux). */
int ccp_drm_open(const char *driver)
{
	int err = -ENODEV;

	for (int i = 0; i < MAX_CARDS; i++) {
		char path[sizeof(DRM_DIR_NAME "/card") + 12];
		int fd;

		snprintf(path, sizeof(path), DRM_DIR_NAME "/card%d", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0) {
			if (errno == EACCES)
				err = -EACCES;
			continue;
		}
		if (driver_is(fd, driver))
			return fd;
		close(fd);
	}

	return err;
}

int ccp_prime_import(int drm, int dmabuf, uint32_t *handle)
{
	struct drm_prime_handle data = { .fd = dmabuf };
	int ret;

	ret = ccp_ioctl(drm, DRM_IOCTL_PRIME_FD_TO_HANDLE, &data);
	if (!ret)
		*handle = data.handle;
	return ret;
}

int ccp_prime_export(int drm, uint32_t handle)
{
	struct drm_prime_handle data = { .handle = handle, .flags = DRM_RDWR | DRM_CLOEXEC };
	int ret;

	ret = ccp_ioctl(drm, DRM_IOCTL_PRIME_HANDLE_TO_FD, &data);
	return ret ? ret : data.fd;
}

int ccp_gem_close(int drm, uint32_t handle)
{
	struct drm_gem_close data = { .handle = handle };

	return ccp_ioctl(drm, DRM_IOCTL_GEM_CLOSE, &data);
}

/* SPDX-License-Identifier: MIT */
#include <drm/virtgpu_drm.h>

#include "igt.h"
#include "ccprime.h"
#include "fd.h"
#include "virtgpu.h"

int cc_virtgpu_param(int drm, uint64_t param)
{
	int value = 0;
	struct drm_virtgpu_getparam arg = { .param = param, .value = (uintptr_t)&value };

	return cc_ioctl(drm, DRM_IOCTL_VIRTGPU_GETPARAM, &arg) ? 0 : value;
}

/* Why this virtio-gpu takes no imports, or NULL. */
static const char *virtgpu_refusal(int drm)
{
	if (!cc_virtgpu_param(drm, VIRTGPU_PARAM_RESOURCE_BLOB))
		return "this virtio-gpu has no blob resources (QEMU: blob=on)";
	if (cc_virtgpu_param(drm, VIRTGPU_PARAM_3D_FEATURES) &&
	    !cc_virtgpu_param(drm, CC_VIRTGPU_PARAM_RESOURCE_BACKING))
		return "the driver takes no imports where virtio-gpu has 3D (kernel-patches)";
	return NULL;
}

int cc_virtgpu_open(void)
{
	int drm = ccp_drm_open("virtio_gpu");
	const char *refusal;

	igt_require_f(drm >= 0, "no virtio-gpu device: %s\n", strerror(-drm));
	refusal = virtgpu_refusal(drm);
	igt_require_f(!refusal, "%s\n", refusal);
	return drm;
}

int cc_importer_open(const char *driver)
{
	int drm = ccp_drm_open(driver);

	if (drm < 0 || strcmp(driver, "virtio_gpu") || !virtgpu_refusal(drm))
		return drm;
	close(drm);
	return -EOPNOTSUPP;
}

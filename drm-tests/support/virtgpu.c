// SPDX-License-Identifier: MIT
#include "igt.h"

#include <dirent.h>

#include "fd.h"
#include "kernelfs.h"
#include "prime.h"
#include "uapi.h"
#include "virtgpu.h"

#define DRIVER	"/sys/bus/virtio/drivers/virtio_gpu"
#define UNBIND	DRIVER "/unbind"
#define NO_BLOB "this virtio-gpu has no blob resources (QEMU: blob=on)"

int cc_virtgpu_param(int drm, uint64_t param)
{
	int value = 0;
	struct drm_virtgpu_getparam arg = { .param = param, .value = (uintptr_t)&value };

	return cc_ioctl(drm, DRM_IOCTL_VIRTGPU_GETPARAM, &arg) ? 0 : value;
}

void cc_require_virtgpu_blob(int drm)
{
	igt_require_f(cc_virtgpu_param(drm, VIRTGPU_PARAM_RESOURCE_BLOB), NO_BLOB "\n");
}

void cc_require_virtgpu_3d(int drm)
{
	igt_require_f(cc_virtgpu_param(drm, VIRTGPU_PARAM_3D_FEATURES),
		      "this virtio-gpu has no 3D (QEMU: virtio-gpu-gl-pci)\n");
}

const char *cc_virtgpu_refusal(int drm)
{
	if (!cc_virtgpu_param(drm, VIRTGPU_PARAM_RESOURCE_BLOB))
		return NO_BLOB;
	if (cc_virtgpu_param(drm, VIRTGPU_PARAM_3D_FEATURES) &&
	    !cc_virtgpu_param(drm, CC_VIRTGPU_PARAM_RESOURCE_BACKING))
		return "the driver takes no imports where virtio-gpu has 3D (kernel-patches)";
	return NULL;
}

int cc_virtgpu_open(void)
{
	int drm = cc_drm_open("virtio_gpu");
	const char *refusal = cc_virtgpu_refusal(drm);

	igt_require_f(!refusal, "%s\n", refusal);
	return drm;
}

void *cc_virtgpu_map(int drm, uint32_t handle, size_t size)
{
	struct drm_virtgpu_map arg = { .handle = handle };

	igt_assert_eq(cc_ioctl(drm, DRM_IOCTL_VIRTGPU_MAP, &arg), 0);
	return cc_map(drm, (off_t)arg.offset, size, PROT_READ | PROT_WRITE);
}

void cc_virtgpu_device(char *name, size_t size)
{
	DIR *dir = opendir(DRIVER);
	struct dirent *entry;
	bool found = false;

	igt_require_f(dir, "no " DRIVER "\n");
	cc_require_file(UNBIND, access(UNBIND, W_OK) ? -errno : 0);
	while (!found && (entry = readdir(dir))) {
		found = !strncmp(entry->d_name, "virtio", strlen("virtio"));
		snprintf(name, size, "%s", entry->d_name);
	}
	closedir(dir);
	igt_require_f(found, DRIVER ": no device\n");
}

int cc_virtgpu_unbind(const char *device)
{
	return cc_write_file(UNBIND, device);
}

int cc_virtgpu_bind(const char *device)
{
	return cc_write_file(DRIVER "/bind", device);
}

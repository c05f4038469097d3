// SPDX-License-Identifier: MIT
#include "igt.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <unistd.h>

#include "fd.h"
#include "kernelfs.h"
#include "prime.h"
#include "uapi.h"
#include "virtgpu.h"

#define DRIVER "/sys/bus/virtio/drivers/virtio_gpu"
#define UNBIND DRIVER "/unbind"
/* Capabilities are in the 256 bytes of configuration space, 4 bytes each at least. */
#define MAX_CAPABILITIES (256 / 4)
#define NO_BLOB		 "this virtio-gpu has no blob resources (QEMU: blob=on)"

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

static uint16_t read_config(int fd, off_t offset)
{
	uint16_t value = 0;

	igt_assert_eq(pread(fd, &value, sizeof(value), offset), (ssize_t)sizeof(value));
	return value;
}

/* Where configuration space has MSI-X, or 0 (PCI Local Bus Specification 3.0, 6.7 and 6.8.2). */
static off_t find_msix(int fd)
{
	off_t at = read_config(fd, PCI_CAPABILITY_LIST) & 0xfc;

	for (int i = 0; at && i < MAX_CAPABILITIES; i++) {
		uint16_t header = read_config(fd, at);

		if ((header & 0xff) == PCI_CAP_ID_MSIX)
			return at;
		at = header >> 8 & 0xfc;
	}
	return 0;
}

void cc_virtgpu_withhold_answers(const char *device)
{
	char path[128];
	uint16_t flags;
	off_t msix;
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/virtio/devices/%s/../config", device);
	fd = open(path, O_RDWR | O_CLOEXEC);
	cc_require_file(path, fd < 0 ? -errno : 0);
	msix = find_msix(fd);
	flags = msix ? read_config(fd, msix + PCI_MSIX_FLAGS) : 0;
	igt_require_f(flags & PCI_MSIX_FLAGS_ENABLE, "%s: its interrupts are no MSI-X\n", device);
	flags |= PCI_MSIX_FLAGS_MASKALL;
	igt_assert_eq(pwrite(fd, &flags, sizeof(flags), msix + PCI_MSIX_FLAGS),
		      (ssize_t)sizeof(flags));
	close(fd);
}

// SPDX-License-Identifier: MIT
#include "igt.h"

#include <linux/sync_file.h>

#include "ccprime.h"
#include "fd.h"
#include "fence.h"
#include "uapi.h"

uint32_t cc_vgem_fence_attach(int vgem, uint32_t handle, uint32_t flags)
{
	struct drm_vgem_fence_attach arg = { .handle = handle, .flags = flags };

	igt_assert_eq(cc_ioctl(vgem, DRM_IOCTL_VGEM_FENCE_ATTACH, &arg), 0);
	return arg.out_fence;
}

void cc_vgem_fence_signal(int vgem, uint32_t fence)
{
	struct drm_vgem_fence_signal arg = { .fence = fence };

	igt_assert_eq(cc_ioctl(vgem, DRM_IOCTL_VGEM_FENCE_SIGNAL, &arg), 0);
}

int cc_export_sync_file(int dmabuf, uint32_t flags)
{
	int fd = ccp_dmabuf_export_sync_file(dmabuf, flags);

	igt_require_f(fd != -ENOTTY, "no DMA_BUF_IOCTL_EXPORT_SYNC_FILE in this kernel\n");
	igt_assert_f(fd >= 0, "sync file: %s\n", strerror(-fd));
	return fd;
}

int cc_sync_file_status(int fd)
{
	struct sync_file_info info = {};

	igt_assert_eq(cc_ioctl(fd, SYNC_IOC_FILE_INFO, &info), 0);
	return info.status;
}

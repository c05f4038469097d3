/* SPDX-License-Identifier: MIT */
/*
 * What the oldest headers that these tests build with lack of the kernel's interfaces: those of
 * Debian 12, libdrm 2.4.114 and Linux 6.1. Each part names the header that it is from and stands
 * back where that has it.
 */
#ifndef CC_UAPI_H
#define CC_UAPI_H

#include <drm.h>
#include <virtgpu_drm.h>

/* drm/vgem_drm.h, which libdrm does not install. */
#if __has_include(<vgem_drm.h>)
#include <vgem_drm.h>
#else
#define VGEM_FENCE_WRITE 0x1

struct drm_vgem_fence_attach {
	__u32 handle;
	__u32 flags;
	__u32 out_fence;
	__u32 pad;
};

struct drm_vgem_fence_signal {
	__u32 fence;
	__u32 flags;
};

#define DRM_IOCTL_VGEM_FENCE_ATTACH DRM_IOWR(DRM_COMMAND_BASE + 0x1, struct drm_vgem_fence_attach)
#define DRM_IOCTL_VGEM_FENCE_SIGNAL DRM_IOW(DRM_COMMAND_BASE + 0x2, struct drm_vgem_fence_signal)
#endif

/* drm/virtgpu_drm.h: blob resources. Three structures changed with them, under the same names. */
#ifndef VIRTGPU_BLOB_MEM_GUEST
#define VIRTGPU_PARAM_RESOURCE_BLOB    3
#define VIRTGPU_BLOB_MEM_GUEST	       0x0001
#define VIRTGPU_BLOB_FLAG_USE_MAPPABLE 0x0001

struct drm_virtgpu_resource_create_blob {
	__u32 blob_mem;
	__u32 blob_flags;
	__u32 bo_handle;
	__u32 res_handle;
	__u64 size;
	__u32 pad;
	__u32 cmd_size;
	__u64 cmd;
	__u64 blob_id;
};

#define DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB \
	DRM_IOWR(DRM_COMMAND_BASE + 0x0a, struct drm_virtgpu_resource_create_blob)

struct cc_virtgpu_resource_info {
	__u32 bo_handle;
	__u32 res_handle;
	__u32 size;
	__u32 blob_mem;
};

struct cc_virtgpu_3d_transfer {
	__u32 bo_handle;
	struct drm_virtgpu_3d_box box;
	__u32 level;
	__u32 offset;
	__u32 stride;
	__u32 layer_stride;
};

#define drm_virtgpu_resource_info	  cc_virtgpu_resource_info
#define drm_virtgpu_3d_transfer_to_host	  cc_virtgpu_3d_transfer
#define drm_virtgpu_3d_transfer_from_host cc_virtgpu_3d_transfer
#endif

/* drm/virtgpu_drm.h: contexts of a kind. */
#ifndef VIRTGPU_CONTEXT_PARAM_CAPSET_ID
#define VIRTGPU_PARAM_SUPPORTED_CAPSET_IDs 7
#define VIRTGPU_CONTEXT_PARAM_CAPSET_ID	   0x0001

struct drm_virtgpu_context_set_param {
	__u64 param;
	__u64 value;
};

struct drm_virtgpu_context_init {
	__u32 num_params;
	__u32 pad;
	__u64 ctx_set_params;
};

#define DRM_IOCTL_VIRTGPU_CONTEXT_INIT \
	DRM_IOWR(DRM_COMMAND_BASE + 0x0b, struct drm_virtgpu_context_init)
#endif

/* drm/virtgpu_drm.h: what a context's kind may be. */
#ifndef VIRTGPU_DRM_CAPSET_VIRGL2
#define VIRTGPU_DRM_CAPSET_VIRGL2 2
#endif

/* drivers/dma-buf/sw_sync.c: no header has it. */
#define SW_SYNC_IOC_MAGIC	 'W'
#define SW_SYNC_IOC_CREATE_FENCE _IOWR(SW_SYNC_IOC_MAGIC, 0, struct sw_sync_create_fence_data)
#define SW_SYNC_IOC_INC		 _IOW(SW_SYNC_IOC_MAGIC, 1, __u32)

struct sw_sync_create_fence_data {
	__u32 value;
	char name[32];
	__s32 fence; /* out */
};

/*
 * VIRTGPU_PARAM_RESOURCE_BACKING, of a kernel with our patches: an import can be a 3D resource's
 * memory.
 */
#define CC_VIRTGPU_PARAM_RESOURCE_BACKING 10

#endif

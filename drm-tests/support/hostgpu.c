// SPDX-License-Identifier: MIT
#include "igt.h"

#include <xf86drm.h>

#include "ccprime.h"
#include "fd.h"
#include "hostgpu.h"
#include "prime.h"
#include "sizes.h"
#include "uapi.h"
#include "virtgpu.h"

/* virglrenderer: virgl_hw.h, virgl_protocol.h; Gallium's p_defines.h */
#define TARGET_BUFFER	       0
#define TARGET_2D	       2
#define FORMAT_B8G8R8X8_UNORM  2
#define FORMAT_R8_UNORM	       64
#define BIND_RENDER_TARGET     (1 << 1)
#define BIND_VERTEX_BUFFER     (1 << 4)
#define BIND_SCANOUT	       (1 << 18)
#define Y_0_TOP		       (1 << 0)
#define CCMD_COPY_REGION       17
#define CCMD_COPY_REGION_WORDS 13
#define CMD0(command, words)   ((command) | (words) << 16)

static void create_context(int drm)
{
	struct drm_virtgpu_context_set_param param = {
		.param = VIRTGPU_CONTEXT_PARAM_CAPSET_ID,
		.value = VIRTGPU_DRM_CAPSET_VIRGL2,
	};
	struct drm_virtgpu_context_init init = {
		.num_params = 1,
		.ctx_set_params = (uintptr_t)&param,
	};

	igt_assert_eq(drmIoctl(drm, DRM_IOCTL_VIRTGPU_CONTEXT_INIT, &init), 0);
}

int cc_hostgpu_open(void)
{
	int drm = cc_drm_open("virtio_gpu");
	int capsets;

	cc_require_virtgpu_3d(drm);
	capsets = cc_virtgpu_param(drm, VIRTGPU_PARAM_SUPPORTED_CAPSET_IDs);
	igt_require_f(capsets & 1 << VIRTGPU_DRM_CAPSET_VIRGL2, "this virtio-gpu has no virgl\n");
	create_context(drm);
	return drm;
}

void cc_require_backing(int drm)
{
	igt_require_f(cc_virtgpu_param(drm, CC_VIRTGPU_PARAM_RESOURCE_BACKING),
		      "the driver makes no resource of an import (kernel-patches)\n");
}

static int create(struct cc_resource *resource, int drm, struct drm_virtgpu_resource_create *arg)
{
	int err = cc_ioctl(drm, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, arg);

	if (err)
		return err;

	*resource = (struct cc_resource){
		.drm = drm,
		.handle = arg->bo_handle,
		.id = arg->res_handle,
		.width = arg->width,
		.height = arg->height,
	};
	return 0;
}

int cc_resource_create_buffer(struct cc_resource *resource, int drm, uint32_t backing, size_t size)
{
	struct drm_virtgpu_resource_create arg = {
		.target = TARGET_BUFFER,
		.format = FORMAT_R8_UNORM,
		.bind = BIND_VERTEX_BUFFER,
		.width = size,
		.height = 1,
		.depth = 1,
		.array_size = 1,
		.bo_handle = backing,
		.size = size,
	};

	return create(resource, drm, &arg);
}

int cc_resource_create_picture(struct cc_resource *resource, int drm, uint32_t backing,
			       uint32_t width, uint32_t height)
{
	struct drm_virtgpu_resource_create arg = {
		.target = TARGET_2D,
		.format = FORMAT_B8G8R8X8_UNORM,
		.bind = BIND_RENDER_TARGET | BIND_SCANOUT,
		.width = width,
		.height = height,
		.depth = 1,
		.array_size = 1,
		.flags = Y_0_TOP,
		.bo_handle = backing,
		.size = width * height * PIXEL,
	};

	return create(resource, drm, &arg);
}

void cc_resource_destroy(struct cc_resource *resource)
{
	igt_assert_eq(ccp_gem_close(resource->drm, resource->handle), 0);
}

/* The driver gives up after 15 s. */
static void wait_for(const struct cc_resource *resource)
{
	struct drm_virtgpu_3d_wait wait = { .handle = resource->handle };

	igt_assert_eq(drmIoctl(resource->drm, DRM_IOCTL_VIRTGPU_WAIT, &wait), 0);
}

static struct drm_virtgpu_3d_box rows(const struct cc_resource *resource, uint32_t x,
				      uint32_t count)
{
	return (struct drm_virtgpu_3d_box){ .x = x, .w = count, .h = resource->height, .d = 1 };
}

static uint32_t byte_offset(const struct cc_resource *resource, uint32_t x)
{
	return resource->height == 1 ? x : x * PIXEL;
}

void cc_resource_push(const struct cc_resource *resource, uint32_t x, uint32_t count)
{
	struct drm_virtgpu_3d_transfer_to_host arg = {
		.bo_handle = resource->handle,
		.box = rows(resource, x, count),
		.offset = byte_offset(resource, x),
		.stride = resource->stride,
	};

	igt_assert_eq(drmIoctl(resource->drm, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &arg), 0);
	wait_for(resource);
}

void cc_resource_start_pull(const struct cc_resource *resource, uint32_t x, uint32_t count)
{
	struct drm_virtgpu_3d_transfer_from_host arg = {
		.bo_handle = resource->handle,
		.box = rows(resource, x, count),
		.offset = byte_offset(resource, x),
		.stride = resource->stride,
	};

	igt_assert_eq(drmIoctl(resource->drm, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &arg), 0);
}

void cc_resource_pull(const struct cc_resource *resource, uint32_t x, uint32_t count)
{
	cc_resource_start_pull(resource, x, count);
	wait_for(resource);
}

void cc_resource_copy(const struct cc_resource *from, const struct cc_resource *to)
{
	uint32_t width = from->width < to->width ? from->width : to->width;
	uint32_t words[] = {
		CMD0(CCMD_COPY_REGION, CCMD_COPY_REGION_WORDS),
		/* destination: resource, level, x, y, z */
		to->id,
		0,
		0,
		0,
		0,
		/* source: the same, and width, height, depth */
		from->id,
		0,
		0,
		0,
		0,
		width,
		from->height,
		1,
	};
	struct drm_virtgpu_execbuffer arg = {
		.size = sizeof(words),
		.command = (uintptr_t)words,
	};

	igt_assert_eq(drmIoctl(from->drm, DRM_IOCTL_VIRTGPU_EXECBUFFER, &arg), 0);
}

/* SPDX-License-Identifier: MIT */
/*
 * The host's GPU, by virtio-gpu's virgl protocol: resources that it has, copies between them, and
 * transfers from and to the memory on this side. All of them fail the test where they fail, unless
 * they return an errno.
 */
#ifndef CC_HOSTGPU_H
#define CC_HOSTGPU_H

#include <stddef.h>
#include <stdint.h>

/* A resource of the host's GPU. Its rows are bytes of a buffer, or pixels of 4 bytes. */
struct cc_resource {
	int drm;
	uint32_t handle, id; /* as the driver and the host call it */
	uint32_t width, height;
	uint32_t stride; /* bytes from row to row in the memory on this side; 0: no gap */
};

/* Opens virtio-gpu, with a context on the host's GPU. Skips where it has no 3D, or no virgl. */
int cc_hostgpu_open(void);

/* Skips where the driver does not let an import be a resource's memory. */
void cc_require_backing(int drm);

/*
 * A buffer of size bytes, a picture of XRGB8888 that can be shown. backing: the handle of an import
 * that is to be its memory on this side, or 0, then the driver allocates it. 0 or a negative errno.
 */
int cc_resource_create_buffer(struct cc_resource *resource, int drm, uint32_t backing, size_t size);
int cc_resource_create_picture(struct cc_resource *resource, int drm, uint32_t backing,
			       uint32_t width, uint32_t height);
void cc_resource_destroy(struct cc_resource *resource);

/*
 * Copies count bytes (pixels) of each row, from the x-th on, from the memory on this side to the
 * resource, or back; waits until the host has done it.
 */
void cc_resource_push(const struct cc_resource *resource, uint32_t x, uint32_t count);
void cc_resource_pull(const struct cc_resource *resource, uint32_t x, uint32_t count);

/* The same, back, without waiting. */
void cc_resource_start_pull(const struct cc_resource *resource, uint32_t x, uint32_t count);

/* The host's GPU copies all of one buffer, or as much as fits, to another one of the same file. */
void cc_resource_copy(const struct cc_resource *from, const struct cc_resource *to);

#endif

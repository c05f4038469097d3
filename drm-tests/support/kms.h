/* SPDX-License-Identifier: MIT */
/* Mode setting: framebuffers, dumb buffers, properties. */
#ifndef CC_KMS_H
#define CC_KMS_H

#include <stdint.h>

/*
 * A framebuffer of XRGB8888 in one handle, at offset, rows stride bytes apart: 0 or a negative
 * errno.
 */
int cc_add_fb(int drm, uint32_t width, uint32_t height, uint32_t handle, uint32_t stride,
	      uint32_t offset, uint32_t *fb);

/*
 * A dumb buffer for a picture of XRGB8888 without gaps between rows. Returns its mapping, width *
 * height * PIXEL bytes. Undo with munmap() and ccp_gem_close().
 */
void *cc_dumb_create(int drm, uint32_t width, uint32_t height, uint32_t *handle);

/* The id of an object's property, and its value; 0: it has none of this name. */
uint32_t cc_find_property(int drm, uint32_t object, const char *name, uint64_t *value);

#endif

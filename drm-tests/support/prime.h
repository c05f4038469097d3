/* SPDX-License-Identifier: MIT */
/* DRM devices of any driver, and PRIME: what imports and exports dma-bufs. */
#ifndef CC_PRIME_H
#define CC_PRIME_H

#include <stddef.h>
#include <stdint.h>

/* ccp_drm_open(); skips where there is no device of this driver. */
int cc_drm_open(const char *driver);

/* The handle of an import; fails where the dma-buf is refused. Undo with ccp_gem_close(). */
uint32_t cc_prime_import(int drm, int dmabuf);

/* A dma-buf's fd for a handle; fails where there is none. */
int cc_prime_export(int drm, uint32_t handle);

/* The path of a file in the device's folder in debugfs. */
void cc_drm_debugfs_path(int drm, const char *file, char *path, size_t size);

#endif

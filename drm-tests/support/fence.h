/* SPDX-License-Identifier: MIT */
/* Fences: where tests take them from, and how they look at them. */
#ifndef CC_FENCE_H
#define CC_FENCE_H

#include <stdint.h>

/* vgem signals a fence itself after 10 s: what is to come from us must come long before. */
#define CC_SIGNAL_MS 2000

/* Attaches a pending fence to an import: VGEM_FENCE_WRITE, or 0 for a reader's. Returns its id. */
uint32_t cc_vgem_fence_attach(int vgem, uint32_t handle, uint32_t flags);

/* Signals it. Fails where vgem has done so itself, for then nothing was shown. */
void cc_vgem_fence_signal(int vgem, uint32_t fence);

/* A sync file of the dma-buf's fences; skips where the kernel has no such ioctl. */
int cc_export_sync_file(int dmabuf, uint32_t flags);

/* 0: pending; 1: signalled; negative errno: an error. */
int cc_sync_file_status(int fd);

#endif

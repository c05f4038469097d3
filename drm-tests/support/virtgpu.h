/* SPDX-License-Identifier: MIT */
/* virtio-gpu: what it can, whether it takes imports, and its driver, which comes and goes. */
#ifndef CC_VIRTGPU_H
#define CC_VIRTGPU_H

#include <stddef.h>
#include <stdint.h>

/*
 * Opens virtio-gpu, the importer that maps buffers for DMA; skips where there is none that takes
 * imports. cc_drm_open("virtio_gpu") opens any.
 */
int cc_virtgpu_open(void);

/* Why this virtio-gpu takes no imports, or NULL. */
const char *cc_virtgpu_refusal(int drm);

/* What virtio-gpu says about itself: VIRTGPU_PARAM_*, 0 where it does not know the parameter. */
int cc_virtgpu_param(int drm, uint64_t param);

/* Skip where the device has no blob resources, no 3D. */
void cc_require_virtgpu_blob(int drm);
void cc_require_virtgpu_3d(int drm);

/* Maps an object of virtio-gpu's own memory. Undo with munmap(). */
void *cc_virtgpu_map(int drm, uint32_t handle, size_t size);

/*
 * The name of the first device that the driver has, as sysfs calls it; skips where it has none, and
 * where this user may not unbind it.
 */
void cc_virtgpu_device(char *name, size_t size);

/* Takes the driver from the device, and gives it back: 0 or a negative errno. */
int cc_virtgpu_unbind(const char *device);
int cc_virtgpu_bind(const char *device);

/*
 * The device still answers, but the driver does not hear of it: its interrupts are masked until the
 * driver is bound anew. Skips where they are no MSI-X.
 */
void cc_virtgpu_withhold_answers(const char *device);

#endif

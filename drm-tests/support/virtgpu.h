/* SPDX-License-Identifier: MIT */
/* virtio-gpu: what it can, and whether it takes imports. */
#ifndef CC_VIRTGPU_H
#define CC_VIRTGPU_H

#include <stdint.h>

/*
 * Opens virtio-gpu, the importer that maps buffers for DMA; skips where there is none that takes
 * imports.
 */
int cc_virtgpu_open(void);

/*
 * ccp_drm_open() for a driver that imports; -EOPNOTSUPP where it is a virtio-gpu that takes no
 * imports.
 */
int cc_importer_open(const char *driver);

/* What virtio-gpu says about itself: VIRTGPU_PARAM_*, 0 where it does not know the parameter. */
int cc_virtgpu_param(int drm, uint64_t param);

/* VIRTGPU_PARAM_RESOURCE_BACKING of a kernel with our patches: an import can be a 3D resource's memory. */
#define CC_VIRTGPU_PARAM_RESOURCE_BACKING 10

#endif

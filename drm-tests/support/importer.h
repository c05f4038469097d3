/* SPDX-License-Identifier: MIT */
/* Importers: DRM drivers that take dma-bufs of others. */
#ifndef CC_IMPORTER_H
#define CC_IMPORTER_H

#define CC_IMPORTERS_MAX 16

struct cc_importers {
	unsigned int count;
	char driver[CC_IMPORTERS_MAX][32];
};

/*
 * ccp_drm_open() for a driver that imports; -EOPNOTSUPP where it takes no memory of others, as some
 * kinds of virtio-gpu.
 */
int cc_importer_open(const char *driver);

/*
 * The drivers of all DRM devices that are there, by their names, where the driver says that it
 * imports (DRM_CAP_PRIME). The variable CCPRIME_DRIVERS=NAME,... names those that are wanted. Skips
 * where there is none.
 */
struct cc_importers cc_importers_find(void);

#endif

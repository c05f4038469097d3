/* SPDX-License-Identifier: MIT */
/* Importers: drivers that take dma-bufs of others. */
#ifndef CC_IMPORTER_H
#define CC_IMPORTER_H

/*
 * ccp_drm_open() for a driver that imports; -EOPNOTSUPP where it is a virtio-gpu that takes no
 * imports.
 */
int cc_importer_open(const char *driver);

#endif

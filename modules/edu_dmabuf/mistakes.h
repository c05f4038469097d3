/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mistakes that drivers make, each switched on by its name: module parameter "mistake". A driver of
 * your own has none of this.
 */
#ifndef EDU_DMABUF_MISTAKES_H
#define EDU_DMABUF_MISTAKES_H

#include <linux/types.h>

struct edu;
struct scatterlist;

/* Whether this is the one that is switched on; whether one is. */
bool edu_mistake(const char *name);
bool edu_makes_mistake(void);

/* edu_dma() for a part of an entry, with the mistakes that are made there. */
int edu_mistaken_dma(struct edu *edu, struct scatterlist *sg, u64 skip, u32 offset, u32 length,
		     bool to_device);

#endif

/* SPDX-License-Identifier: MIT */
/* Free memory in small pieces, so that a buffer has as many chunks as pages. */
#ifndef CC_FRAGMENT_H
#define CC_FRAGMENT_H

#include <stddef.h>

#include "ccprime.h"

struct cc_fragments {
	struct ccp_buffer bulk; /* what is not fragmented */
	void *map;
	size_t size;
	struct ccp_buffer *soaks; /* buffers that have the larger pieces */
	int count;
};

struct ccp_hostview;

/*
 * Takes the guest's free memory, and gives back room for a buffer of so many pages, in pieces that
 * are too small for the heap's larger chunks. view: to see what a buffer is made of. Fails where
 * large pieces remain. Undo with cc_fragments_free().
 */
void cc_fragment_memory(struct ccp_hostview *view, struct cc_fragments *fragments, size_t pages);
void cc_fragments_free(struct cc_fragments *fragments);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Page states of all of the guest's memory, and which pages a buffer has. Nobody else converts
 * memory while a test runs: what changes is the test's doing.
 */
#ifndef CC_PAGES_H
#define CC_PAGES_H

#include "hostview.h"

/* The ledger at one moment: its counters, and the state of each page of RAM. */
struct cc_snapshot {
	struct ccp_hv_ledger ledger;
	size_t pages;
	uint8_t *states; /* enum ccp_hv_plane, by page number */
};

/* Undo with cc_snapshot_free(). */
void cc_snapshot_take(struct ccp_hostview *view, struct cc_snapshot *snapshot);
void cc_snapshot_free(struct cc_snapshot *snapshot);

/* A buffer's pages: guest addresses in the buffer's order. Undo with cc_pages_free(). */
struct cc_pages {
	size_t count;
	uint64_t *gpa;
};

void cc_pages_find(struct ccp_hostview *view, const struct ccp_buffer *buffer,
		   struct cc_pages *pages);
void cc_pages_free(struct cc_pages *pages);

/*
 * The page behind a device's address of shared memory. In a realm the highest bit of such an
 * address is set; UINT64_MAX: it is not.
 */
uint64_t cc_device_gpa(struct ccp_hostview *view, uint64_t address);

/*
 * The number of pages of the heap's chunk that begins at pages->gpa[first]: the largest of 1 MiB,
 * 64 KiB and 4 KiB that is aligned, in one piece, and not larger than the chunk before (0: none).
 */
size_t cc_chunk_pages(const struct cc_pages *pages, size_t first, size_t before);
size_t cc_chunk_count(const struct cc_pages *pages);

/* Exactly these pages (NULL: none) have another state in after than in before. */
void cc_assert_only_these_changed(const struct cc_snapshot *before, const struct cc_snapshot *after,
				  const struct cc_pages *pages);

#endif

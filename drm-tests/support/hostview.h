/* SPDX-License-Identifier: MIT */
/*
 * What looks from below the guest: the two planes of memory, the page table as the monitor walks
 * it, the ledger. Assertions say in which plane, on which page and with what word they failed.
 */
#ifndef CC_HOSTVIEW_H
#define CC_HOSTVIEW_H

#include "buffer.h"

/* NULL: there is no monitor. Close with ccp_hostview_close(), which takes NULL. */
struct ccp_hostview *cc_hostview_open(void);

/* Skips where cc_hostview_open() found none. */
void cc_require_hostview(const struct ccp_hostview *view);

/* "private" or "shared". */
const char *cc_plane_name(enum ccp_hv_plane plane);

/* Where this process's page table leads to for addr, which is touched by reading. */
struct ccp_hv_translation cc_translate(struct ccp_hostview *view, const void *addr);

/*
 * A device did not write a page of this pattern to where the addresses of private pages lead it.
 * Says nothing where there is no monitor, or its devices find shared memory there. at: in the
 * mapping; offset: in the buffer.
 */
void cc_assert_not_in_decoy(struct ccp_hostview *view, const struct ccp_pattern *pattern,
			    const void *at, size_t offset);

/* Each word of the pattern is at its place in this plane; no word of it is. */
void cc_assert_plane_holds(struct ccp_hostview *view, enum ccp_hv_plane plane,
			   const struct cc_buffer *buffer);
void cc_assert_plane_lacks(struct ccp_hostview *view, enum ccp_hv_plane plane,
			   const struct cc_buffer *buffer);

/* Each page of the buffer is in this state: by the ledger; by the page table of its mapping. */
void cc_assert_ledger_state(struct ccp_hostview *view, enum ccp_hv_plane plane,
			    const struct cc_buffer *buffer);
void cc_assert_page_table(struct ccp_hostview *view, enum ccp_hv_plane plane,
			  const struct cc_buffer *buffer);

/*
 * A cc_shared buffer is as it should be, from each side that can be looked at here; view may be
 * NULL.
 */
void cc_assert_shared_intact(struct ccp_hostview *view, const struct cc_buffer *buffer);

/* Makes the nth conversion to a plane from now on fail: struct ccp_hv_fail. */
void cc_arm(struct ccp_hostview *view, enum ccp_hv_plane plane, enum ccp_hv_fail_kind kind,
	    uint64_t nth, uint64_t pages);

/* No conversion fails any more; also for after a test that failed, so that the next starts without.
 */
void cc_disarm(struct ccp_hostview *view);

/* The ledger now. */
struct ccp_hv_ledger cc_ledger(struct ccp_hostview *view);

/* How many pages are shared now; 0 without a view, so that nothing ever changes. */
uint64_t cc_shared_pages(struct ccp_hostview *view);

/*
 * The same, when what was closed before is free. Waits at most 2 s: somebody else may have a
 * dma-buf, or be busy.
 */
uint64_t cc_shared_pages_at_rest(struct ccp_hostview *view);

/* So many more pages are shared than before. Not looked at without a view. */
void cc_assert_more_shared(struct ccp_hostview *view, uint64_t before, uint64_t pages);

/*
 * So many pages are shared, now or soon: virtio-gpu lets go of memory when the host has answered.
 */
void cc_assert_shared_pages_become(struct ccp_hostview *view, uint64_t pages);

#endif

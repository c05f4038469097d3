/* SPDX-License-Identifier: MIT */
/*
 * What the tests of system_cc_shared buffers have in common. cc_require_*() skips, cc_assert_*()
 * fails, and says in which plane, on which page and with what word.
 */
#ifndef CC_CHECK_H
#define CC_CHECK_H

#include "igt.h"
#include "ccprime.h"

/* A buffer, and what was last written to it. */
struct cc_buffer {
	struct ccp_buffer dmabuf;
	struct ccp_pattern pattern;
};

/* The heap under test: system_cc_shared, or the one that CCPRIME_HEAP names in the environment. */
const char *cc_shared_heap(void);

/* Skips where there is no such heap; fails where it is there and cannot be opened. */
void cc_require_heap(const char *heap);

/* Skips where the guest is not confidential. */
void cc_require_coco(void);

/* NULL: there is no monitor. Close with ccp_hostview_close(), which takes NULL. */
struct ccp_hostview *cc_hostview_open(void);

/* Skips where cc_hostview_open() found none. */
void cc_require_hostview(const struct ccp_hostview *view);

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

/*
 * Never used before by this process, nor, as far as process ids go, by another one: what an earlier
 * test left in a page does not pass for it.
 */
struct ccp_pattern cc_pattern_next(void);

/*
 * Allocated, mapped and filled with a new pattern. Undo with ccp_buffer_destroy(&buffer->dmabuf).
 */
void cc_buffer_create(struct cc_buffer *buffer, const char *heap, size_t size);

/* An ioctl on the heap under test: 0 or a negative errno. */
int cc_heap_ioctl(unsigned long request, void *arg);

/* Fills the buffer with a new pattern, between DMA_BUF_IOCTL_SYNC's start and end. */
void cc_buffer_rewrite(struct cc_buffer *buffer);

/*
 * The pattern, at offset of the buffer, is what the CPU reads at map. what names the mapping in a
 * message.
 */
void cc_assert_cpu(const struct ccp_pattern *pattern, const void *map, uint64_t offset, size_t size,
		   const char *what);

/* Adds what was found in one piece of a buffer to what was found in those before it. */
void cc_mismatch_add(struct ccp_mismatch *all, const struct ccp_mismatch *found);

/* No words were wrong; else fails and describes the first. where: "shared plane", ... */
void cc_assert_no_mismatch(const struct ccp_mismatch *mismatch, const char *where);

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

/* Both fds are of one dma-buf: same inode. */
void cc_assert_same_dmabuf(int fd, int other);

/* Entries of /proc/self/fd, to compare: the file descriptors of this process, and always as many more. */
unsigned int cc_open_fds(void);

/* Maps a page of a dma-buf, and lets it go again: 0 or a negative errno. */
int cc_map_error(int fd, int prot);

/* The ledger now. */
struct ccp_hv_ledger cc_ledger(struct ccp_hostview *view);

/* How many pages are shared now; 0 without a view, so that nothing ever changes. */
uint64_t cc_shared_pages(struct ccp_hostview *view);

/*
 * So many pages are shared, now or soon: virtio-gpu lets go of memory when the host has answered.
 */
void cc_assert_shared_pages_become(struct ccp_hostview *view, uint64_t pages);

#endif

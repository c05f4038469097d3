/* SPDX-License-Identifier: MIT */
/*
 * Buffers that hold a pattern, and what the CPU finds in them. cc_assert_*(), here and in the other
 * files, fails the test.
 */
#ifndef CC_BUFFER_H
#define CC_BUFFER_H

#include "ccprime.h"

/* A buffer, and what was last written to it. */
struct cc_buffer {
	struct ccp_buffer dmabuf;
	struct ccp_pattern pattern;
};

/*
 * Never used before by this process, nor, as far as process ids go, by another one: what an earlier
 * test left in a page does not pass for it.
 */
struct ccp_pattern cc_pattern_next(void);

/*
 * Allocated, mapped and filled with a new pattern. Undo with ccp_buffer_destroy(&buffer->dmabuf).
 */
void cc_buffer_create(struct cc_buffer *buffer, const char *heap, size_t size);

/* Maps a dma-buf that holds this pattern. The fd becomes the buffer's. Undo as above. */
struct cc_buffer cc_buffer_map(int fd, size_t size, struct ccp_pattern pattern);

/*
 * Fills the buffer with a pattern, between DMA_BUF_IOCTL_SYNC's start and end: this one; a new one.
 */
void cc_buffer_write(struct cc_buffer *buffer, struct ccp_pattern pattern);
void cc_buffer_rewrite(struct cc_buffer *buffer);

/*
 * The pattern, at offset of the buffer, is what the CPU reads at map. what names the mapping in a
 * message.
 */
void cc_assert_cpu(const struct ccp_pattern *pattern, const void *map, uint64_t offset, size_t size,
		   const char *what);

/* The same for all of a buffer, between DMA_BUF_IOCTL_SYNC's start and end of a read. */
void cc_assert_synced(const struct ccp_pattern *pattern, const struct ccp_buffer *dmabuf,
		      const char *what);

/* Adds what was found in one piece of a buffer to what was found in those before it. */
void cc_mismatch_add(struct ccp_mismatch *all, const struct ccp_mismatch *found);

/* No words were wrong; else fails and describes the first. where: "shared plane", ... */
void cc_assert_no_mismatch(const struct ccp_mismatch *mismatch, const char *where);

#endif

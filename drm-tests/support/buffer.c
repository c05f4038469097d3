// SPDX-License-Identifier: MIT
#include "igt.h"

#include <linux/dma-buf.h>

#include "buffer.h"
#include "fd.h"

struct ccp_pattern cc_pattern_next(void)
{
	static uint8_t generation;

	/* Not 0: the words of buffer 0 look like zeroes in a picture */
	return (struct ccp_pattern){
		.id = 1 + getpid() % 0xfff,
		.generation = generation++,
	};
}

void cc_buffer_create(struct cc_buffer *buffer, const char *heap, size_t size)
{
	int err = ccp_buffer_create(&buffer->dmabuf, heap, size);

	igt_assert_f(!err, "%zu bytes from %s: %s\n", size, heap, strerror(-err));
	cc_buffer_rewrite(buffer);
}

struct cc_buffer cc_buffer_map(int fd, size_t size, struct ccp_pattern pattern)
{
	return (struct cc_buffer){
		.dmabuf = { .fd = fd,
			    .size = size,
			    .map = cc_map(fd, 0, size, PROT_READ | PROT_WRITE) },
		.pattern = pattern,
	};
}

void cc_buffer_write(struct cc_buffer *buffer, struct ccp_pattern pattern)
{
	struct ccp_buffer *dmabuf = &buffer->dmabuf;

	buffer->pattern = pattern;
	igt_assert_eq(ccp_dmabuf_begin_cpu_access(dmabuf->fd, DMA_BUF_SYNC_WRITE), 0);
	ccp_pattern_fill(&buffer->pattern, dmabuf->map, 0, dmabuf->size);
	igt_assert_eq(ccp_dmabuf_end_cpu_access(dmabuf->fd, DMA_BUF_SYNC_WRITE), 0);
}

void cc_buffer_rewrite(struct cc_buffer *buffer)
{
	cc_buffer_write(buffer, cc_pattern_next());
}

void cc_mismatch_add(struct ccp_mismatch *all, const struct ccp_mismatch *found)
{
	uint64_t before = all->wrong_words;

	if (!before)
		*all = *found;
	all->wrong_words = before + found->wrong_words;
}

void cc_assert_no_mismatch(const struct ccp_mismatch *mismatch, const char *where)
{
	char text[CCP_DESCRIBE_SIZE];

	if (!mismatch->wrong_words)
		return;

	ccp_mismatch_describe(mismatch, text, sizeof(text));
	igt_assert_f(!mismatch->wrong_words, "%s: %s\n", where, text);
}

void cc_assert_cpu(const struct ccp_pattern *pattern, const void *map, uint64_t offset, size_t size,
		   const char *what)
{
	struct ccp_mismatch mismatch = {};

	ccp_pattern_check(pattern, map, offset, size, NULL, &mismatch);
	cc_assert_no_mismatch(&mismatch, what);
}

void cc_assert_synced(const struct ccp_pattern *pattern, const struct ccp_buffer *dmabuf,
		      const char *what)
{
	igt_assert_eq(ccp_dmabuf_begin_cpu_access(dmabuf->fd, DMA_BUF_SYNC_READ), 0);
	cc_assert_cpu(pattern, dmabuf->map, 0, dmabuf->size, what);
	igt_assert_eq(ccp_dmabuf_end_cpu_access(dmabuf->fd, DMA_BUF_SYNC_READ), 0);
}

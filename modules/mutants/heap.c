// SPDX-License-Identifier: GPL-2.0-only
/* The heaps: one a mutant. The kernel has no way to remove a heap, so this module stays. */
#include <linux/dma-heap.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "mutants.h"

static const char *const heap_names[] = {
#define CC_HEAP_NAME(name) "cc_mutant_" #name,
	CC_MUTANTS(CC_HEAP_NAME)
#undef CC_HEAP_NAME
};

/* Pages that hold zeroes, where devices and users will look for them. */
static int fill(struct cc_buffer *buffer)
{
	int err;

	err = cc_chunks_allocate(buffer);
	if (err)
		return err;

	if (CC_IS(buffer, clear_before_conversion))
		cc_chunks_clear(buffer);

	if (!CC_IS(buffer, convert_at_mmap))
		err = cc_chunks_convert(buffer);
	if (err) {
		cc_chunks_free(buffer);
		return CC_IS(buffer, unwind_with_enomem) ? -ENOMEM : err;
	}

	if (!CC_IS(buffer, clear_before_conversion))
		cc_chunks_clear(buffer);
	return 0;
}

static struct dma_buf *export(struct dma_heap *heap, struct cc_buffer *buffer, u32 fd_flags)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);

	info.exp_name = dma_heap_get_name(heap);
	info.ops = &cc_buffer_ops;
	info.size = buffer->size;
	info.flags = fd_flags;
	info.priv = buffer;

	if (CC_IS(buffer, export_other_name))
		info.exp_name = "system";
	if (CC_IS(buffer, export_larger))
		info.size += PAGE_SIZE;
	if (CC_IS(buffer, fd_always_writable))
		info.flags = (fd_flags & ~O_ACCMODE) | O_RDWR;

	return dma_buf_export(&info);
}

static struct dma_buf *allocate(struct dma_heap *heap, unsigned long size, u32 fd_flags,
				u64 heap_flags)
{
	struct cc_buffer *buffer;
	struct dma_buf *dmabuf;
	int err;

	buffer = kzalloc_obj(*buffer);
	if (!buffer)
		return ERR_PTR(-ENOMEM);

	buffer->mutant = (unsigned long)dma_heap_get_drvdata(heap);
	buffer->size = size;
	mutex_init(&buffer->lock);
	INIT_LIST_HEAD(&buffer->attachments);

	err = fill(buffer);
	if (err)
		goto no_pages;

	dmabuf = export(heap, buffer, fd_flags);
	if (!IS_ERR(dmabuf))
		return dmabuf;

	err = PTR_ERR(dmabuf);
	cc_chunks_free(buffer);
no_pages:
	kfree(buffer);
	return ERR_PTR(err);
}

static const struct dma_heap_ops heap_ops = {
	.allocate = allocate,
};

static int __init mutants_init(void)
{
	for (unsigned long i = 0; i < ARRAY_SIZE(heap_names); i++) {
		const struct dma_heap_export_info info = {
			.name = heap_names[i],
			.ops = &heap_ops,
			.priv = (void *)i,
		};
		struct dma_heap *heap = dma_heap_add(&info);

		if (IS_ERR(heap))
			return PTR_ERR(heap);
	}
	return 0;
}
module_init(mutants_init);

MODULE_DESCRIPTION("Heaps of shared dma-bufs that are wrong on purpose");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("DMA_BUF");
MODULE_IMPORT_NS("DMA_BUF_HEAP");

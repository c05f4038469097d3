// SPDX-License-Identifier: GPL-2.0-only
/*
 * The heap system_cc_shared, for kernels that were built without it: dma-bufs whose pages a
 * confidential guest shares with its host. It does what Linux 7.3's own does with the fixes of
 * ccprime's kernel-patches/7.3.
 *
 * The kernel has no way to remove a heap, so this module stays once it is loaded.
 */
#define pr_fmt(fmt) "dma-buf system heap: " fmt /* as the kernel's own */

#include <linux/cc_platform.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/sched/signal.h>
#include <linux/set_memory.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#ifndef DMA_ATTR_CC_SHARED
#error "system_cc_shared: this kernel has no DMA_ATTR_CC_SHARED: Linux 7.3 or newer is needed"
#endif
#if !IS_ENABLED(CONFIG_DMABUF_HEAPS)
#error "system_cc_shared: this kernel has no heaps: CONFIG_DMABUF_HEAPS=y is needed"
#endif
#if !IS_ENABLED(CONFIG_ARCH_HAS_MEM_ENCRYPT) || IS_ENABLED(CONFIG_HIGHMEM)
#error "system_cc_shared: confidential guests need a kernel with CONFIG_ARCH_HAS_MEM_ENCRYPT=y"
#endif
#if IS_ENABLED(CONFIG_DMABUF_HEAPS_SYSTEM_CC_SHARED)
#error "system_cc_shared: this kernel has this heap: CONFIG_DMABUF_HEAPS_SYSTEM_CC_SHARED=y"
#endif

#define HEAP_NAME "system_cc_shared"

/*
 * Zeroed before they are shared, too: where a conversion keeps the content, the host would read
 * what was there.
 */
#define GFP_SMALL (GFP_KERNEL | __GFP_ZERO)
#define GFP_LARGE ((GFP_SMALL | __GFP_COMP | __GFP_NOWARN | __GFP_NORETRY) & ~__GFP_RECLAIM)

/* The sizes of chunks: 1 MiB, 64 KiB and 4 KiB, which IOMMUs like. */
static const struct {
	unsigned int order;
	gfp_t gfp;
} sizes[] = {
	{ 8, GFP_LARGE },
	{ 4, GFP_LARGE },
	{ 0, GFP_SMALL },
};

struct buffer {
	size_t size;
	struct sg_table table; /* an entry a chunk */
	unsigned int converted; /* chunks, from the first one on */

	struct mutex lock; /* of what follows */
	struct list_head attachments;
	void *vaddr;
	unsigned int vaddr_users;
};

struct attachment {
	struct list_head node;
	struct device *dev;
	struct sg_table table; /* a copy: each device has addresses of its own */
	bool mapped;
};

/* ---- pages ---- */

/* The largest chunk that there is, of at most size bytes and max_order. */
static struct page *allocate_chunk(size_t size, unsigned int max_order)
{
	gfp_t account = mem_accounting ? __GFP_ACCOUNT : 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned int order = sizes[i].order;
		struct page *page;

		if (order > max_order || PAGE_SIZE << order > size)
			continue;
		page = alloc_pages(sizes[i].gfp | account, order);
		if (page)
			return page;
	}
	return NULL;
}

static void free_chunk(struct page *page)
{
	__free_pages(page, compound_order(page));
}

/* Returns how many chunks it put on the list, or an error. */
static int allocate_list(size_t size, struct list_head *chunks)
{
	unsigned int max_order = sizes[0].order;
	int count;

	for (count = 0; size; count++) {
		struct page *page;

		if (fatal_signal_pending(current))
			return -EINTR;

		page = allocate_chunk(size, max_order);
		if (!page)
			return -ENOMEM;

		list_add_tail(&page->lru, chunks);
		max_order = compound_order(page);
		size -= page_size(page);
	}
	return count;
}

static int allocate_pages(struct buffer *buffer)
{
	struct page *page, *next;
	struct scatterlist *sg;
	LIST_HEAD(chunks);
	int count, err;

	/* It would only make others starve until it failed. */
	if (buffer->size >> PAGE_SHIFT > totalram_pages())
		return -ENOMEM;

	count = allocate_list(buffer->size, &chunks);
	err = count < 0 ? count : sg_alloc_table(&buffer->table, count, GFP_KERNEL);
	if (err) {
		list_for_each_entry_safe(page, next, &chunks, lru)
			free_chunk(page);
		return err;
	}

	sg = buffer->table.sgl;
	list_for_each_entry_safe(page, next, &chunks, lru) {
		list_del(&page->lru);
		sg_set_page(sg, page, page_size(page), 0);
		sg = sg_next(sg);
	}
	return 0;
}

static int convert_pages(struct buffer *buffer)
{
	struct scatterlist *sg;
	unsigned int i;

	for_each_sgtable_sg(&buffer->table, sg, i) {
		struct page *page = sg_page(sg);
		void *vaddr = page_address(page);
		int err;

		/* A conversion may take long. */
		if (fatal_signal_pending(current))
			return -EINTR;

		/* Also where it fails: a part of the chunk may be shared then. */
		buffer->converted++;
		err = set_memory_decrypted((unsigned long)vaddr, compound_nr(page));
		if (err) {
			pr_warn_ratelimited("failed to decrypt page at %p\n", vaddr);
			return err;
		}
		/* The conversion decides what the page holds now. */
		memset(vaddr, 0, page_size(page));
	}
	return 0;
}

static int make_private(struct page *page)
{
	void *vaddr = page_address(page);
	int err;

	err = set_memory_encrypted((unsigned long)vaddr, compound_nr(page));
	if (err)
		pr_warn_ratelimited("failed to re-encrypt page at %p, leaking memory\n", vaddr);
	return err;
}

static void free_pages_of(struct buffer *buffer)
{
	struct scatterlist *sg;
	unsigned int i;

	for_each_sgtable_sg(&buffer->table, sg, i) {
		struct page *page = sg_page(sg);

		/* Nobody else may get a page that is shared, or may be. */
		if (i < buffer->converted && make_private(page))
			continue;
		free_chunk(page);
	}
	sg_free_table(&buffer->table);
}

/* ---- devices ---- */

static int copy_table(const struct buffer *buffer, struct sg_table *table)
{
	struct scatterlist *sg, *chunk = buffer->table.sgl;
	unsigned int i;
	int err;

	err = sg_alloc_table(table, buffer->table.orig_nents, GFP_KERNEL);
	if (err)
		return err;

	for_each_sgtable_sg(table, sg, i) {
		sg_set_page(sg, sg_page(chunk), chunk->length, 0);
		chunk = sg_next(chunk);
	}
	return 0;
}

static int attach(struct dma_buf *dmabuf, struct dma_buf_attachment *importer)
{
	struct buffer *buffer = dmabuf->priv;
	struct attachment *attachment;
	int err;

	attachment = kzalloc_obj(*attachment);
	if (!attachment)
		return -ENOMEM;

	err = copy_table(buffer, &attachment->table);
	if (err) {
		kfree(attachment);
		return err;
	}

	attachment->dev = importer->dev;
	importer->priv = attachment;
	guard(mutex)(&buffer->lock);
	list_add(&attachment->node, &buffer->attachments);
	return 0;
}

static void detach(struct dma_buf *dmabuf, struct dma_buf_attachment *importer)
{
	struct attachment *attachment = importer->priv;
	struct buffer *buffer = dmabuf->priv;

	scoped_guard(mutex, &buffer->lock) list_del(&attachment->node);
	sg_free_table(&attachment->table);
	kfree(attachment);
}

static void set_mapped(struct dma_buf_attachment *importer, bool mapped)
{
	struct buffer *buffer = importer->dmabuf->priv;
	struct attachment *attachment = importer->priv;

	guard(mutex)(&buffer->lock);
	attachment->mapped = mapped;
}

static struct sg_table *map(struct dma_buf_attachment *importer, enum dma_data_direction direction)
{
	struct attachment *attachment = importer->priv;
	int err;

	err = dma_map_sgtable(importer->dev, &attachment->table, direction, DMA_ATTR_CC_SHARED);
	if (err)
		return ERR_PTR(err);

	set_mapped(importer, true);
	return &attachment->table;
}

static void unmap(struct dma_buf_attachment *importer, struct sg_table *table,
		  enum dma_data_direction direction)
{
	set_mapped(importer, false);
	dma_unmap_sgtable(importer->dev, table, direction, DMA_ATTR_CC_SHARED);
}

static int begin_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction direction)
{
	struct buffer *buffer = dmabuf->priv;
	struct attachment *attachment;

	guard(mutex)(&buffer->lock);
	list_for_each_entry(attachment, &buffer->attachments, node)
		if (attachment->mapped)
			dma_sync_sgtable_for_cpu(attachment->dev, &attachment->table, direction);
	return 0;
}

static int end_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction direction)
{
	struct buffer *buffer = dmabuf->priv;
	struct attachment *attachment;

	guard(mutex)(&buffer->lock);
	list_for_each_entry(attachment, &buffer->attachments, node)
		if (attachment->mapped)
			dma_sync_sgtable_for_device(attachment->dev, &attachment->table, direction);
	return 0;
}

/* ---- users and the kernel ---- */

static int mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	unsigned long addr = vma->vm_start, first = vma->vm_pgoff;
	pgprot_t prot = pgprot_decrypted(vma->vm_page_prot);
	struct buffer *buffer = dmabuf->priv;
	struct scatterlist *sg;
	unsigned int i;

	for_each_sgtable_sg(&buffer->table, sg, i) {
		unsigned long pages = sg->length >> PAGE_SHIFT, size;
		int err;

		if (first >= pages) {
			first -= pages;
			continue;
		}

		size = min((pages - first) << PAGE_SHIFT, vma->vm_end - addr);
		err = remap_pfn_range(vma, addr, page_to_pfn(sg_page(sg)) + first, size, prot);
		addr += size;
		if (err || addr == vma->vm_end)
			return err;
		first = 0;
	}
	return 0;
}

static void *map_for_kernel(const struct buffer *buffer)
{
	unsigned int i = 0, count = buffer->size >> PAGE_SHIFT;
	struct sg_page_iter iter;
	struct page **pages;
	void *vaddr;

	pages = kvmalloc_objs(*pages, count);
	if (!pages)
		return NULL;

	for_each_sgtable_page(&buffer->table, &iter, 0)
		pages[i++] = sg_page_iter_page(&iter);
	vaddr = vmap(pages, count, VM_MAP, pgprot_decrypted(PAGE_KERNEL));
	kvfree(pages);
	return vaddr;
}

static int kernel_vmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct buffer *buffer = dmabuf->priv;

	guard(mutex)(&buffer->lock);
	if (!buffer->vaddr)
		buffer->vaddr = map_for_kernel(buffer);
	if (!buffer->vaddr)
		return -ENOMEM;

	buffer->vaddr_users++;
	iosys_map_set_vaddr(map, buffer->vaddr);
	return 0;
}

static void kernel_vunmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct buffer *buffer = dmabuf->priv;

	guard(mutex)(&buffer->lock);
	iosys_map_clear(map);
	if (--buffer->vaddr_users)
		return;

	vunmap(buffer->vaddr);
	buffer->vaddr = NULL;
}

static void release(struct dma_buf *dmabuf)
{
	struct buffer *buffer = dmabuf->priv;

	free_pages_of(buffer);
	mutex_destroy(&buffer->lock);
	kfree(buffer);
}

static const struct dma_buf_ops buffer_ops = {
	.attach = attach,
	.detach = detach,
	.map_dma_buf = map,
	.unmap_dma_buf = unmap,
	.begin_cpu_access = begin_cpu_access,
	.end_cpu_access = end_cpu_access,
	.mmap = mmap,
	.vmap = kernel_vmap,
	.vunmap = kernel_vunmap,
	.release = release,
};

/* ---- the heap ---- */

static struct dma_buf *export(struct dma_heap *heap, struct buffer *buffer, u32 fd_flags)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);

	info.exp_name = dma_heap_get_name(heap);
	info.ops = &buffer_ops;
	info.size = buffer->size;
	info.flags = fd_flags;
	info.priv = buffer;
	return dma_buf_export(&info);
}

static struct dma_buf *allocate(struct dma_heap *heap, unsigned long size, u32 fd_flags,
				u64 heap_flags)
{
	struct dma_buf *dmabuf;
	struct buffer *buffer;
	int err;

	buffer = kzalloc_obj(*buffer);
	if (!buffer)
		return ERR_PTR(-ENOMEM);

	buffer->size = size;
	mutex_init(&buffer->lock);
	INIT_LIST_HEAD(&buffer->attachments);

	err = allocate_pages(buffer);
	if (err)
		goto free_buffer;

	err = convert_pages(buffer);
	if (err)
		goto free_pages;

	dmabuf = export(heap, buffer, fd_flags);
	if (!IS_ERR(dmabuf))
		return dmabuf;
	err = PTR_ERR(dmabuf);

free_pages:
	free_pages_of(buffer);
free_buffer:
	kfree(buffer);
	return ERR_PTR(err);
}

static const struct dma_heap_ops heap_ops = {
	.allocate = allocate,
};

static int __init system_cc_shared_init(void)
{
	const struct dma_heap_export_info info = {
		.name = HEAP_NAME,
		.ops = &heap_ops,
	};

	if (!cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT)) {
		pr_info("no " HEAP_NAME ": this is no confidential guest\n");
		return -ENODEV;
	}
	return PTR_ERR_OR_ZERO(dma_heap_add(&info));
}
module_init(system_cc_shared_init);

MODULE_DESCRIPTION("DMA-BUF heap of memory that a confidential guest shares with its host");
MODULE_LICENSE("GPL");
MODULE_VERSION("1");
MODULE_IMPORT_NS("DMA_BUF");
MODULE_IMPORT_NS("DMA_BUF_HEAP");

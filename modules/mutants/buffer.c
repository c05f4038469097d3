// SPDX-License-Identifier: GPL-2.0-only
/* What users and devices do with a buffer: mappings of all kinds, and synchronisation. */
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "mutants.h"

struct attachment {
	struct list_head node;
	struct device *dev;
	struct sg_table table; /* a copy: each device has addresses of its own */
	bool mapped, was_mapped;
};

/* ---- devices ---- */

/* The chunk that entry i of a device's table is for. */
static struct scatterlist *chunk_of(const struct cc_buffer *buffer, unsigned int i)
{
	struct scatterlist *sg = buffer->table.sgl;

	if (CC_IS(buffer, attach_reversed))
		i = buffer->table.orig_nents - 1 - i;
	while (i--)
		sg = sg_next(sg);
	return sg;
}

static unsigned int entry_size(const struct cc_buffer *buffer, const struct scatterlist *chunk)
{
	if (CC_IS(buffer, attach_short_chunks) && chunk->length > PAGE_SIZE)
		return chunk->length - PAGE_SIZE;
	return chunk->length;
}

static int copy_table(const struct cc_buffer *buffer, struct sg_table *table)
{
	unsigned int i, entries = buffer->table.orig_nents;
	struct scatterlist *sg;
	int err;

	if (CC_IS(buffer, attach_first_chunk))
		entries = 1;

	err = sg_alloc_table(table, entries, GFP_KERNEL);
	if (err)
		return err;

	for_each_sgtable_sg(table, sg, i) {
		struct scatterlist *chunk = chunk_of(buffer, i);

		sg_set_page(sg, sg_page(chunk), entry_size(buffer, chunk), 0);
	}
	return 0;
}

static int attach(struct dma_buf *dmabuf, struct dma_buf_attachment *importer)
{
	struct cc_buffer *buffer = dmabuf->priv;
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

	if (CC_IS(buffer, attach_keeps_buffer))
		get_dma_buf(dmabuf);
	attachment->dev = importer->dev;
	importer->priv = attachment;
	guard(mutex)(&buffer->lock);
	list_add(&attachment->node, &buffer->attachments);
	return 0;
}

static void detach(struct dma_buf *dmabuf, struct dma_buf_attachment *importer)
{
	struct attachment *attachment = importer->priv;
	struct cc_buffer *buffer = dmabuf->priv;

	guard(mutex)(&buffer->lock);
	if (CC_IS(buffer, detach_stays_listed)) {
		attachment->mapped = true;
		return;
	}
	list_del(&attachment->node);
	sg_free_table(&attachment->table);
	kfree(attachment);
}

static unsigned long map_attributes(const struct cc_buffer *buffer,
				    const struct attachment *attachment)
{
	if (CC_IS(buffer, map_private))
		return 0;
	if (CC_IS(buffer, map_again_private) && attachment->was_mapped)
		return 0;
	return DMA_ATTR_CC_SHARED;
}

static struct sg_table *map(struct dma_buf_attachment *importer, enum dma_data_direction direction)
{
	struct cc_buffer *buffer = importer->dmabuf->priv;
	struct attachment *attachment = importer->priv;
	unsigned long attrs = map_attributes(buffer, attachment);
	int err;

	if (CC_IS(buffer, map_wrong_direction))
		direction = DMA_FROM_DEVICE;

	err = dma_map_sgtable(importer->dev, &attachment->table, direction, attrs);
	if (err)
		return ERR_PTR(err);

	if (CC_IS(buffer, unmap_at_once))
		dma_unmap_sgtable(importer->dev, &attachment->table, direction, attrs);
	guard(mutex)(&buffer->lock);
	attachment->mapped = true;
	return &attachment->table;
}

static void unmap(struct dma_buf_attachment *importer, struct sg_table *table,
		  enum dma_data_direction direction)
{
	struct cc_buffer *buffer = importer->dmabuf->priv;
	struct attachment *attachment = importer->priv;
	unsigned long attrs = map_attributes(buffer, attachment);

	if (CC_IS(buffer, map_wrong_direction))
		direction = DMA_FROM_DEVICE;
	if (CC_IS(buffer, unmap_private))
		attrs = 0;

	if (!CC_IS(buffer, unmap_at_once) && !CC_IS(buffer, unmap_never))
		dma_unmap_sgtable(importer->dev, table, direction, attrs);
	guard(mutex)(&buffer->lock);
	attachment->mapped = false;
	attachment->was_mapped = true;
	if (CC_IS(buffer, encrypt_at_unmap))
		cc_chunks_encrypt(buffer);
}

/* ---- synchronisation ---- */

static void sync(struct cc_buffer *buffer, enum dma_data_direction direction, bool for_cpu)
{
	struct attachment *attachment;

	if (CC_IS(buffer, sync_nothing))
		return;
	if (CC_IS(buffer, sync_swapped))
		for_cpu = !for_cpu;

	guard(mutex)(&buffer->lock);
	list_for_each_entry(attachment, &buffer->attachments, node) {
		if (!attachment->mapped)
			continue;
		if (for_cpu)
			dma_sync_sgtable_for_cpu(attachment->dev, &attachment->table, direction);
		else
			dma_sync_sgtable_for_device(attachment->dev, &attachment->table, direction);
		if (CC_IS(buffer, sync_newest_attachment))
			return;
	}
}

static int begin_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction direction)
{
	sync(dmabuf->priv, direction, true);
	return 0;
}

static int end_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction direction)
{
	sync(dmabuf->priv, direction, false);
	return 0;
}

/* ---- users' mappings ---- */

static pgprot_t user_protection(const struct cc_buffer *buffer, const struct vm_area_struct *vma,
				const struct scatterlist *chunk)
{
	pgprot_t prot = vma->vm_page_prot;

	if (CC_IS(buffer, mmap_writable))
		prot = vm_get_page_prot(vma->vm_flags | VM_WRITE | VM_SHARED);
	if (CC_IS(buffer, mmap_private))
		return prot;
	if (CC_IS(buffer, mmap_private_in_large_chunks) && chunk->length >= SZ_1M)
		return prot;
	return pgprot_decrypted(prot);
}

/* Pages that a user's system call can take references to. */
static int insert_pages(struct vm_area_struct *vma, unsigned long addr, struct page *page,
			unsigned long size, pgprot_t prot)
{
	int err = 0;

	vma->vm_page_prot = prot;
	for (; size && !err; size -= PAGE_SIZE, addr += PAGE_SIZE)
		err = vm_insert_page(vma, addr, page++);
	return err;
}

static int map_pages(const struct cc_buffer *buffer, struct vm_area_struct *vma, unsigned long addr,
		     struct scatterlist *chunk, unsigned long first, unsigned long size)
{
	pgprot_t prot = user_protection(buffer, vma, chunk);
	struct page *page = sg_page(chunk) + first;

	if (CC_IS(buffer, mmap_of_struct_pages))
		return insert_pages(vma, addr, page, size, prot);
	return remap_pfn_range(vma, addr, page_to_pfn(page), size, prot);
}

/* One page: the buffer's page n. */
static int map_page(const struct cc_buffer *buffer, struct vm_area_struct *vma, unsigned long addr,
		    unsigned long n)
{
	struct scatterlist *sg;
	unsigned int i;

	for_each_sgtable_sg(&buffer->table, sg, i) {
		unsigned long pages = sg->length >> PAGE_SHIFT;

		if (n < pages)
			return map_pages(buffer, vma, addr, sg, n, PAGE_SIZE);
		n -= pages;
	}
	return -EINVAL;
}

/* As if each chunk but the first one of a mapping began as many pages too late as the mapping. */
static int map_late(const struct cc_buffer *buffer, struct vm_area_struct *vma)
{
	unsigned long pages = buffer->size >> PAGE_SHIFT, first = vma->vm_pgoff;
	unsigned long large = buffer->table.sgl->length >> PAGE_SHIFT;

	for (unsigned long i = 0; i < vma_pages(vma); i++) {
		unsigned long n = first + i, late = n < large ? 0 : first;
		int err = map_page(buffer, vma, vma->vm_start + i * PAGE_SIZE, (n + late) % pages);

		if (err)
			return err;
	}
	return 0;
}

static int map_reversed(const struct cc_buffer *buffer, struct vm_area_struct *vma)
{
	unsigned long last = (buffer->size >> PAGE_SHIFT) - 1;

	for (unsigned long i = 0; i < vma_pages(vma); i++) {
		int err = map_page(buffer, vma, vma->vm_start + i * PAGE_SIZE,
				   last - vma->vm_pgoff - i);

		if (err)
			return err;
	}
	return 0;
}

static int map_chunks(const struct cc_buffer *buffer, struct vm_area_struct *vma)
{
	unsigned long addr = vma->vm_start, first = vma->vm_pgoff;
	struct scatterlist *sg;
	unsigned int i;

	if (CC_IS(buffer, mmap_from_start))
		first = 0;

	for_each_sgtable_sg(&buffer->table, sg, i) {
		unsigned long pages = sg->length >> PAGE_SHIFT, size;
		int err;

		if (first >= pages) {
			first -= pages;
			continue;
		}

		size = min((pages - first) << PAGE_SHIFT, vma->vm_end - addr);
		err = map_pages(buffer, vma, addr, sg, first, size);
		addr += size;
		if (err || addr == vma->vm_end)
			return err;
		first = 0;
	}
	return 0;
}

static int convert_late(struct cc_buffer *buffer)
{
	int err = 0;

	guard(mutex)(&buffer->lock);
	if (!buffer->converted)
		err = cc_chunks_convert(buffer);
	return err;
}

static int mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	struct cc_buffer *buffer = dmabuf->priv;

	if (CC_IS(buffer, convert_at_mmap)) {
		int err = convert_late(buffer);

		if (err)
			return err;
	}

	if (CC_IS(buffer, mmap_keeps_buffer))
		get_dma_buf(dmabuf);
	if (CC_IS(buffer, mmap_reversed))
		return map_reversed(buffer, vma);
	if (CC_IS(buffer, mmap_keeps_offset))
		return map_late(buffer, vma);
	return map_chunks(buffer, vma);
}

/* ---- the kernel's mapping ---- */

static void list_pages(const struct cc_buffer *buffer, struct page **pages, unsigned int count)
{
	struct sg_page_iter iter;
	unsigned int i = 0;

	for_each_sgtable_page(&buffer->table, &iter, 0)
		pages[i++] = sg_page_iter_page(&iter);

	if (CC_IS(buffer, vmap_wrong_last_page))
		pages[count - 1] = pages[0];
	if (CC_IS(buffer, vmap_reversed))
		for (i = 0; i < count / 2; i++)
			swap(pages[i], pages[count - 1 - i]);
}

static void *map_for_kernel(const struct cc_buffer *buffer)
{
	unsigned int count = buffer->size >> PAGE_SHIFT;
	pgprot_t prot = PAGE_KERNEL;
	struct page **pages;
	void *vaddr;

	pages = kvmalloc_objs(*pages, count);
	if (!pages)
		return NULL;

	if (!CC_IS(buffer, vmap_private))
		prot = pgprot_decrypted(prot);
	list_pages(buffer, pages, count);
	vaddr = vmap(pages, count, VM_MAP, prot);
	kvfree(pages);
	return vaddr;
}

static int kernel_vmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct cc_buffer *buffer = dmabuf->priv;

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
	struct cc_buffer *buffer = dmabuf->priv;

	guard(mutex)(&buffer->lock);
	iosys_map_clear(map);
	if (--buffer->vaddr_users)
		return;

	if (!CC_IS(buffer, vmap_stays))
		vunmap(buffer->vaddr);
	buffer->vaddr = NULL;
}

static void release(struct dma_buf *dmabuf)
{
	struct cc_buffer *buffer = dmabuf->priv;

	cc_chunks_free(buffer);
	mutex_destroy(&buffer->lock);
	kfree(buffer);
}

const struct dma_buf_ops cc_buffer_ops = {
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

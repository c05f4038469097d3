// SPDX-License-Identifier: GPL-2.0-only
/* A buffer's pages: in chunks of 1 MiB, 64 KiB and 4 KiB, as the kernel's own heap has them. */
#define pr_fmt(fmt) "dma-buf system heap: " fmt /* where the tests look for the messages */

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/set_memory.h>

#include "mutants.h"

#define GFP_SMALL GFP_KERNEL
#define GFP_LARGE ((GFP_KERNEL | __GFP_COMP | __GFP_NOWARN | __GFP_NORETRY) & ~__GFP_RECLAIM)

static const struct {
	unsigned int order;
	gfp_t gfp;
} sizes[] = {
	{ 8, GFP_LARGE },
	{ 4, GFP_LARGE },
	{ 0, GFP_SMALL },
};

/* What becomes of a chunk at the end of its buffer. */
enum fate {
	FREE,
	LEAK, /* it is shared, or may be */
	KEEP, /* the same, but the mutant gives it to its next buffer */
};

static LIST_HEAD(kept);
static DEFINE_MUTEX(kept_lock);

static struct page *take_kept(unsigned int order)
{
	struct page *page;

	guard(mutex)(&kept_lock);
	list_for_each_entry(page, &kept, lru) {
		if (compound_order(page) != order)
			continue;
		list_del(&page->lru);
		return page;
	}
	return NULL;
}

static void keep(struct page *page)
{
	guard(mutex)(&kept_lock);
	list_add_tail(&page->lru, &kept);
}

/* A page, and the one behind it. */
static struct page *allocate_pair(void)
{
	struct page *page = alloc_pages(GFP_SMALL, 1);

	if (page)
		split_page(page, 1);
	return page;
}

static struct page *allocate_order(const struct cc_buffer *buffer, unsigned int order, gfp_t gfp)
{
	struct page *page = NULL;

	if (CC_IS(buffer, encrypt_nothing) || CC_IS(buffer, encrypt_refused_and_free))
		page = take_kept(order);
	if (page)
		return page;

	if (CC_IS(buffer, convert_neighbour) && !order)
		return allocate_pair();

	return alloc_pages(gfp, order);
}

/* The largest chunk that there is, of at most size bytes and max_order. */
static struct page *allocate_chunk(const struct cc_buffer *buffer, size_t size,
				   unsigned int max_order)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned int order = sizes[i].order;
		struct page *page;

		if (order > max_order || PAGE_SIZE << order > size)
			continue;
		page = allocate_order(buffer, order, sizes[i].gfp);
		if (page)
			return page;
	}
	return NULL;
}

static void free_chunk(const struct cc_buffer *buffer, struct page *page)
{
	unsigned int order = compound_order(page);

	if (CC_IS(buffer, convert_neighbour) && !order)
		__free_page(page + 1);
	__free_pages(page, order);
}

/* Returns how many chunks it put on the list, or an error. */
static int allocate_list(const struct cc_buffer *buffer, struct list_head *chunks)
{
	unsigned int max_order = sizes[0].order;
	size_t left = buffer->size;
	int count;

	for (count = 0; left; count++) {
		struct page *page;

		if (fatal_signal_pending(current))
			return -EINTR;

		page = allocate_chunk(buffer, left, max_order);
		if (!page)
			return -ENOMEM;

		list_add_tail(&page->lru, chunks);
		max_order = compound_order(page);
		left -= page_size(page);
	}
	return count;
}

int cc_chunks_allocate(struct cc_buffer *buffer)
{
	struct page *page, *next;
	struct scatterlist *sg;
	LIST_HEAD(chunks);
	int count, err;

	count = allocate_list(buffer, &chunks);
	err = count < 0 ? count : sg_alloc_table(&buffer->table, count, GFP_KERNEL);
	if (err) {
		list_for_each_entry_safe(page, next, &chunks, lru)
			free_chunk(buffer, page);
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

static unsigned long address(struct page *page)
{
	return (unsigned long)page_address(page);
}

/* How many pages of a chunk the mutant converts. */
static unsigned int pages_to_convert(const struct cc_buffer *buffer, struct page *page)
{
	unsigned int pages = compound_nr(page);

	if (CC_IS(buffer, convert_first_page))
		return 1;
	if (CC_IS(buffer, convert_but_last_page) && pages > 1)
		return pages - 1;
	if (CC_IS(buffer, convert_neighbour) && pages == 1)
		return 2;
	return pages;
}

static int convert_by_page(struct page *page, unsigned int pages)
{
	int err = 0;

	for (unsigned int i = 0; i < pages && !err; i++)
		err = set_memory_decrypted(address(page + i), 1);
	return err;
}

static int convert_chunk(const struct cc_buffer *buffer, struct page *page)
{
	unsigned int pages = pages_to_convert(buffer, page);
	int err;

	if (CC_IS(buffer, convert_by_page))
		err = convert_by_page(page, pages);
	else
		err = set_memory_decrypted(address(page), pages);
	if (!err && CC_IS(buffer, convert_twice))
		err = set_memory_decrypted(address(page), pages);
	if (err)
		pr_warn_ratelimited("failed to decrypt page at %p\n", page_address(page));
	return err;
}

static unsigned int chunks_to_convert(const struct cc_buffer *buffer)
{
	unsigned int chunks = buffer->table.orig_nents;

	if (CC_IS(buffer, convert_nothing))
		return 0;
	if (CC_IS(buffer, convert_first_chunk))
		return 1;
	if (CC_IS(buffer, convert_but_last_chunk) && chunks > 1)
		return chunks - 1;
	return chunks;
}

int cc_chunks_convert(struct cc_buffer *buffer)
{
	unsigned int i, chunks = chunks_to_convert(buffer);
	struct scatterlist *sg;
	int err;

	for_each_sg(buffer->table.sgl, sg, chunks, i) {
		if (fatal_signal_pending(current) && !CC_IS(buffer, convert_after_kill))
			return -EINTR;

		err = convert_chunk(buffer, sg_page(sg));
		/* The host may have converted a part of a chunk that it refused */
		buffer->converted++;
		if (!err || CC_IS(buffer, convert_despite_refusal))
			continue;
		buffer->refused = true;
		return err;
	}
	return 0;
}

void cc_chunks_clear(struct cc_buffer *buffer)
{
	struct scatterlist *sg;
	unsigned int i;

	if (CC_IS(buffer, clear_nothing))
		return;

	for_each_sgtable_sg(&buffer->table, sg, i) {
		if (CC_IS(buffer, clear_first_chunk) && i)
			break;
		memset(page_address(sg_page(sg)), 0,
		       CC_IS(buffer, clear_first_page) ? PAGE_SIZE : sg->length);
	}
}

/* Whether the mutant lets chunk i be, shared as it is. */
static bool stays_shared(const struct cc_buffer *buffer, unsigned int i)
{
	switch (buffer->mutant) {
	case cc_mutant_encrypt_nothing:
	case cc_mutant_encrypt_nothing_and_leak:
		return true;
	case cc_mutant_encrypt_first_chunk:
		return i;
	case cc_mutant_unwind_nothing:
		return buffer->refused;
	case cc_mutant_unwind_but_refused_chunk:
		return buffer->refused && i == buffer->converted - 1;
	default:
		return false;
	}
}

static int encrypt_chunk(const struct cc_buffer *buffer, struct page *page)
{
	unsigned int pages = pages_to_convert(buffer, page);
	int err;

	if (CC_IS(buffer, encrypt_but_last_page) && pages > 1)
		pages--;
	err = set_memory_encrypted(address(page), pages);
	if (!err && CC_IS(buffer, encrypt_twice))
		set_memory_encrypted(address(page), pages);
	if (err)
		pr_warn_ratelimited("failed to re-encrypt page at %p, leaking memory\n",
				    page_address(page));
	return err;
}

void cc_chunks_encrypt(struct cc_buffer *buffer)
{
	struct scatterlist *sg;
	unsigned int i;

	for_each_sg(buffer->table.sgl, sg, buffer->converted, i)
		encrypt_chunk(buffer, sg_page(sg));
	buffer->converted = 0;
}

static enum fate make_private(const struct cc_buffer *buffer, struct page *page, unsigned int i)
{
	int err;

	if (stays_shared(buffer, i))
		return CC_IS(buffer, encrypt_nothing) ? KEEP : LEAK;

	err = encrypt_chunk(buffer, page);
	if (err)
		return CC_IS(buffer, encrypt_refused_and_free) ? KEEP : LEAK;
	if (CC_IS(buffer, encrypt_but_last_page) || CC_IS(buffer, encrypt_and_leak))
		return LEAK;
	return FREE;
}

void cc_chunks_free(struct cc_buffer *buffer)
{
	struct scatterlist *sg;
	unsigned int i;

	if (CC_IS(buffer, unwind_untried_chunks) && buffer->refused)
		buffer->converted = buffer->table.orig_nents;

	for_each_sgtable_sg(&buffer->table, sg, i) {
		struct page *page = sg_page(sg);
		enum fate fate = FREE;

		if (i < buffer->converted)
			fate = make_private(buffer, page, i);
		if (fate == FREE)
			free_chunk(buffer, page);
		if (fate == KEEP)
			keep(page);
	}
	sg_free_table(&buffer->table);
}

// SPDX-License-Identifier: MIT
/**
 * TEST: cc zero
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: system and system_cc_shared heap, cleared memory
 * Test category: functionality test
 * Description: Whether memory that was somebody else's is cleared before it is handed out,
 *	in the plane in which its new owner will look.
 *
 * SUBTEST: fresh-buffer-is-zero
 * Description: Each word of a new shared buffer is 0.
 *
 * SUBTEST: reused-shared-page-is-zero
 * Description: A shared buffer made of another process's former shared pages is 0.
 *
 * SUBTEST: reused-private-page-is-zero
 * Description: A shared buffer made of another process's former private pages is 0.
 *
 * SUBTEST: system-fresh-buffer-is-zero
 * Description: Each word of a new private buffer is 0.
 *
 * SUBTEST: system-reuse-of-shared-page-is-zero
 * Description: A private buffer made of another process's former shared pages is 0.
 */
#include "igt.h"

#include "ccprime.h"
#include "support/buffer.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/sizes.h"

IGT_TEST_DESCRIPTION("Whether memory that was somebody else's is cleared before it is handed out, "
		     "in the plane in which its new owner will look.");

#define MIXED_PAGES (MIXED_SIZE / PAGE)

/* How often new memory is taken until some of the old pages are in it. */
#define TRIES 64

static struct ccp_hostview *view;

/* What a process leaves behind: its pattern, and, where they can be seen, its pages' addresses. */
struct past {
	struct ccp_pattern pattern;
	uint64_t gpa[MIXED_PAGES];
};

/* What a word that should be 0 looks like. past may be NULL. */
static const char *origin(uint64_t word, const struct past *past)
{
	uint64_t ours = past ? ccp_pattern_word(&past->pattern, 0) : 0;

	if (past && word >> 36 == ours >> 36)
		return "what the process before wrote";
	if (view && (word == ccp_hostview_info(view)->poison[CCP_HV_SHARED] ||
		     word == ccp_hostview_info(view)->poison[CCP_HV_PRIVATE]))
		return "poison: nobody cleared it here";
	return word >> 56 == 0xcc ? "what an earlier process wrote" : "unknown";
}

static void assert_zero(const void *map, size_t size, const struct past *past, const char *what)
{
	const volatile uint64_t *words = map;
	size_t count = size / sizeof(*words), wrong = 0, first = 0;

	for (size_t i = 0; i < count; i++) {
		if (!words[i])
			continue;
		if (!wrong++)
			first = i;
	}
	igt_assert_f(!wrong,
		     "%s: page %zu + 0x%zx: found 0x%016" PRIx64 " (%s), expected 0; %zu of %zu "
		     "words\n",
		     what, first * sizeof(*words) / PAGE, first * sizeof(*words) % PAGE,
		     words[first], origin(words[first], past), wrong, count);
}

static void test_fresh(const char *heap, size_t size)
{
	struct ccp_buffer buffer;

	igt_assert_eq(ccp_buffer_create(&buffer, heap, size), 0);
	assert_zero(buffer.map, size, NULL, "new buffer");
	ccp_buffer_destroy(&buffer);
}

static void dynamic_fresh(const char *heap, const struct cc_size *size)
{
	igt_dynamic(size->name)
		test_fresh(heap, size->size);
}

static void test_fresh_sizes(const char *heap)
{
	for (size_t i = 0; i < cc_sizes_count && cc_sizes[i].size <= QUICK_SIZE; i++)
		dynamic_fresh(heap, &cc_sizes[i]);
}

/* Another process fills a buffer, and ends. */
static void leave_behind(struct past *past, const char *heap)
{
	igt_fork(child, 1) {
		struct cc_buffer buffer;

		cc_buffer_create(&buffer, heap, MIXED_SIZE);
		past->pattern = buffer.pattern;
		for (size_t i = 0; view && i < MIXED_PAGES; i++)
			past->gpa[i] = cc_translate(view, (char *)buffer.dmabuf.map + i * PAGE).gpa;
		ccp_buffer_destroy(&buffer.dmabuf);
	}
	igt_waitchildren();
}

static bool was_there(const struct past *past, uint64_t page)
{
	for (size_t i = 0; i < MIXED_PAGES; i++)
		if (past->gpa[i] == page)
			return true;
	return false;
}

static size_t count_reused(const struct past *past, const char *map)
{
	size_t reused = 0;

	for (size_t i = 0; view && i < MIXED_PAGES; i++)
		reused += was_there(past, cc_translate(view, map + i * PAGE).gpa);
	return reused;
}

/* New memory of a heap; it is only ever given back by exit(). */
static void *new_memory(const char *heap)
{
	struct ccp_buffer buffer;

	igt_assert_eq(ccp_buffer_create(&buffer, heap, MIXED_SIZE), 0);
	ccp_buffer_close_fd(&buffer);
	return buffer.map;
}

/*
 * Takes memory until some of it is the old one: all of it has to be 0. Without a host view nobody
 * can tell, but it is as likely.
 */
static void look_at_new_memory(const struct past *past, const char *heap)
{
	size_t reused = 0;

	for (unsigned int i = 0; i < TRIES && !reused; i++) {
		void *map = new_memory(heap);

		reused = count_reused(past, map);
		assert_zero(map, MIXED_SIZE, past, reused ? "used memory" : "new memory");
	}
	igt_info("%zu of %zu pages were the other process's\n", reused, MIXED_PAGES);
	if (view)
		igt_assert_f(reused, "none of %zu freed pages came back\n", MIXED_PAGES);
}

static void test_reuse(const char *old_heap, const char *new_heap)
{
	struct past *past = mmap(NULL, sizeof(*past), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	igt_assert(past != MAP_FAILED);
	leave_behind(past, old_heap);
	look_at_new_memory(past, new_heap);
	munmap(past, sizeof(*past));
}

int igt_main()
{
	igt_fixture() {
		cc_require_heap(cc_shared_heap());
		cc_require_heap(CCP_HEAP_PRIVATE);
		view = cc_hostview_open();
	}

	igt_describe("Each word of a new shared buffer is 0.");
	igt_subtest_with_dynamic("fresh-buffer-is-zero")
		test_fresh_sizes(cc_shared_heap());

	igt_describe("A shared buffer made of another process's former shared pages is 0.");
	igt_subtest("reused-shared-page-is-zero")
		test_reuse(cc_shared_heap(), cc_shared_heap());

	igt_describe("A shared buffer made of another process's former private pages is 0.");
	igt_subtest("reused-private-page-is-zero")
		test_reuse(CCP_HEAP_PRIVATE, cc_shared_heap());

	igt_describe("Each word of a new private buffer is 0.");
	igt_subtest_with_dynamic("system-fresh-buffer-is-zero")
		test_fresh_sizes(CCP_HEAP_PRIVATE);

	igt_describe("A private buffer made of another process's former shared pages is 0.");
	igt_subtest("system-reuse-of-shared-page-is-zero")
		test_reuse(cc_shared_heap(), CCP_HEAP_PRIVATE);

	igt_fixture()
		ccp_hostview_close(view);
}

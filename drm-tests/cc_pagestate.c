// SPDX-License-Identifier: MIT
/**
 * TEST: cc pagestate
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: system_cc_shared heap
 * Test category: functionality test
 * Description: Which pages the kernel makes shared and private, how often, and that none is left
 *	behind, by the ledger of the monitor below the guest.
 *
 * SUBTEST: exactly-its-pages-change
 * Description: A buffer's pages become shared, and private again when it is freed, once each way;
 *	no other page of the guest changes.
 *
 * SUBTEST: one-conversion-call-a-chunk
 * Description: A chunk is converted by one call where the kernel has a call for ranges (TDX), by
 *	one for 64 pages (SEV-SNP) or for each page (SEV) where it has not.
 *
 * SUBTEST: freeing-leaves-neighbours-alone
 * Description: Of small buffers side by side, each second one is freed; the others stay shared and
 *	keep their bytes.
 *
 * SUBTEST: thousand-cycles-leave-nothing-shared
 * Description: After a thousand allocations of all sizes every page is as it was.
 *
 * SUBTEST: killed-while-allocating-leaves-nothing-shared
 * Description: A process that is killed while the kernel converts for it leaves no shared page.
 *
 * SUBTEST: system-never-converts
 * Description: A system buffer comes and goes without a conversion.
 *
 * SUBTEST: processes-do-not-mix
 * Description: Two processes that allocate at the same time get pages of their own.
 */
#include "igt.h"

#include <sched.h>
#include <sys/wait.h>

#include "ccprime.h"
#include "support/buffer.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/pages.h"
#include "support/sizes.h"

IGT_TEST_DESCRIPTION("Which pages the kernel makes shared and private, how often, and that none is "
		     "left behind, by the ledger of the monitor below the guest.");

static void assert_calls(const struct ccp_hv_ledger *since, enum ccp_hv_plane to, uint64_t expected)
{
	igt_assert_f(since->conversions[to] == expected,
		     "%" PRIu64 " conversion calls to %s, not %" PRIu64 "\n",
		     since->conversions[to], cc_plane_name(to), expected);
}

static void test_exact_pages(struct ccp_hostview *view, size_t size)
{
	struct cc_snapshot before, during, after;
	struct ccp_hv_ledger since;
	struct cc_buffer buffer;
	struct cc_pages pages;

	cc_snapshot_take(view, &before);
	cc_buffer_create(&buffer, cc_shared_heap(), size);
	cc_pages_find(view, &buffer.dmabuf, &pages);
	cc_snapshot_take(view, &during);

	cc_assert_only_these_changed(&before, &during, &pages);
	since = ccp_ledger_since(&before.ledger, &during.ledger);
	igt_assert_eq_u64(since.pages[CCP_HV_SHARED], pages.count);
	igt_assert_eq_u64(since.redundant[CCP_HV_SHARED], 0);
	igt_assert_eq_u64(since.conversions[CCP_HV_PRIVATE], 0);

	ccp_buffer_destroy(&buffer.dmabuf);
	cc_snapshot_take(view, &after);

	cc_assert_only_these_changed(&before, &after, NULL);
	since = ccp_ledger_since(&during.ledger, &after.ledger);
	igt_assert_eq_u64(since.pages[CCP_HV_PRIVATE], pages.count);
	igt_assert_eq_u64(since.redundant[CCP_HV_PRIVATE], 0);
	igt_assert_eq_u64(since.conversions[CCP_HV_SHARED], 0);
	igt_assert_eq_u64(since.accepted_twice, 0);

	cc_pages_free(&pages);
	cc_snapshot_free(&before);
	cc_snapshot_free(&during);
	cc_snapshot_free(&after);
}

/* Pages that the kernel converts by one call, at most. */
static size_t pages_per_call(void)
{
	switch (ccp_platform_detect()) {
	case CCP_PLATFORM_SEV:
		/*
		 * enc_dec_hypercall(): a page of the direct map, which is in 4 KiB pages where it
		 * was split
		 */
		return 1;
	case CCP_PLATFORM_SEV_SNP:
		/* __set_pages_state(): VMGEXIT_PSC_MAX_ENTRY */
		return 64;
	default:
		return SIZE_MAX;
	}
}

/* Calls that the kernel needs for these pages: it converts each chunk by itself. */
static size_t calls_for(const struct cc_pages *pages)
{
	size_t calls = 0, chunk = 0, most = pages_per_call();

	for (size_t first = 0; first < pages->count; first += chunk) {
		chunk = cc_chunk_pages(pages, first, chunk);
		calls += (chunk - 1) / most + 1;
	}
	return calls;
}

static void test_call_count(struct ccp_hostview *view, size_t size)
{
	struct ccp_hv_ledger mark = cc_ledger(view), now, since;
	struct cc_buffer buffer;
	struct cc_pages pages;

	cc_buffer_create(&buffer, cc_shared_heap(), size);
	now = cc_ledger(view);
	cc_pages_find(view, &buffer.dmabuf, &pages);
	since = ccp_ledger_since(&mark, &now);
	assert_calls(&since, CCP_HV_SHARED, calls_for(&pages));

	mark = now;
	ccp_buffer_destroy(&buffer.dmabuf);
	now = cc_ledger(view);
	since = ccp_ledger_since(&mark, &now);
	assert_calls(&since, CCP_HV_PRIVATE, calls_for(&pages));
	cc_pages_free(&pages);
}

static void test_neighbours(struct ccp_hostview *view)
{
	static struct cc_buffer buffers[64];
	static uint64_t gpas[ARRAY_SIZE(buffers)];
	uint8_t state;

	for (size_t i = 0; i < ARRAY_SIZE(buffers); i++) {
		struct cc_pages pages;

		cc_buffer_create(&buffers[i], cc_shared_heap(), PAGE);
		cc_pages_find(view, &buffers[i].dmabuf, &pages);
		gpas[i] = pages.gpa[0];
		cc_pages_free(&pages);
	}

	for (size_t i = 0; i < ARRAY_SIZE(buffers); i += 2)
		ccp_buffer_destroy(&buffers[i].dmabuf);

	for (size_t i = 0; i < ARRAY_SIZE(buffers); i++) {
		igt_assert_eq(ccp_hostview_gpa_states(view, gpas[i], 1, &state), 0);
		igt_assert_f(state == (i % 2 ? CCP_HV_SHARED : CCP_HV_PRIVATE),
			     "ledger: page 0x%" PRIx64 " of buffer %zu is in state %u\n", gpas[i],
			     i, state);
	}

	for (size_t i = 1; i < ARRAY_SIZE(buffers); i += 2) {
		cc_assert_shared_intact(view, &buffers[i]);
		ccp_buffer_destroy(&buffers[i].dmabuf);
	}
}

static void test_cycles(struct ccp_hostview *view)
{
	static const size_t small[] = { 4 * KIB, 4 * KIB, 8 * KIB, 4 * KIB, 68 * KIB };
	struct cc_snapshot before, after;
	struct ccp_hv_ledger since;
	size_t pages = 0;

	cc_snapshot_take(view, &before);
	for (int i = 0; i < 1000; i++) {
		size_t size = i % 100 ? small[i % ARRAY_SIZE(small)] : MIB + 64 * KIB;
		struct ccp_buffer buffer;
		int err = ccp_buffer_create(&buffer, cc_shared_heap(), size);

		igt_assert_f(!err, "cycle %d: %zu bytes: %s\n", i, size, strerror(-err));
		*(volatile char *)buffer.map = 1;
		ccp_buffer_destroy(&buffer);
		pages += size / PAGE;
	}
	cc_snapshot_take(view, &after);

	cc_assert_only_these_changed(&before, &after, NULL);
	since = ccp_ledger_since(&before.ledger, &after.ledger);
	igt_assert_eq_u64(since.pages[CCP_HV_SHARED], pages);
	igt_assert_eq_u64(since.pages[CCP_HV_PRIVATE], pages);
	cc_snapshot_free(&before);
	cc_snapshot_free(&after);
}

static void allocate_until_killed(void)
{
	for (;;) {
		struct ccp_buffer buffer;

		igt_assert_eq(ccp_buffer_create(&buffer, cc_shared_heap(), 4 * MIB), 0);
		ccp_buffer_destroy(&buffer);
	}
}

/* The ledger shows so many new conversions to shared; at most 30 s. */
static void await_conversions(struct ccp_hostview *view, const struct ccp_hv_ledger *mark,
			      uint64_t count)
{
	struct timespec start = {};
	struct ccp_hv_ledger now;

	igt_nsec_elapsed(&start);
	do {
		igt_assert_f(igt_seconds_elapsed(&start) < 30,
			     "fewer than %" PRIu64 " conversions in 30 s\n", count);
		sched_yield();
		now = cc_ledger(view);
	} while (ccp_ledger_since(mark, &now).conversions[CCP_HV_SHARED] < count);
}

static void kill_in_the_middle(struct ccp_hostview *view, uint64_t conversions)
{
	struct ccp_hv_ledger mark = cc_ledger(view);
	int status;
	pid_t pid;

	/* Not igt_fork(): a child that is killed fails the test there */
	fflush(NULL);
	pid = fork();
	igt_assert_lte(0, pid);
	if (!pid)
		allocate_until_killed();

	await_conversions(view, &mark, conversions);
	igt_assert_eq(kill(pid, SIGKILL), 0);
	igt_assert_eq(waitpid(pid, &status, 0), pid);
	igt_assert(WIFSIGNALED(status));
}

static void test_killed(struct ccp_hostview *view)
{
	static const uint64_t moments[] = { 1, 2, 3, 4, 5, 7, 11, 17 };
	struct cc_snapshot before, after;

	cc_snapshot_take(view, &before);
	for (size_t i = 0; i < ARRAY_SIZE(moments); i++) {
		kill_in_the_middle(view, moments[i]);
		cc_snapshot_take(view, &after);
		cc_assert_only_these_changed(&before, &after, NULL);
		cc_snapshot_free(&after);
	}
	cc_snapshot_free(&before);
}

static void test_system(struct ccp_hostview *view)
{
	struct cc_snapshot before, after;
	struct ccp_hv_ledger since;

	cc_snapshot_take(view, &before);
	for (size_t i = 0; i < cc_sizes_count && cc_sizes[i].size <= QUICK_SIZE; i++) {
		struct cc_buffer buffer;

		cc_buffer_create(&buffer, CCP_HEAP_PRIVATE, cc_sizes[i].size);
		ccp_buffer_destroy(&buffer.dmabuf);
	}
	cc_snapshot_take(view, &after);

	cc_assert_only_these_changed(&before, &after, NULL);
	since = ccp_ledger_since(&before.ledger, &after.ledger);
	assert_calls(&since, CCP_HV_SHARED, 0);
	assert_calls(&since, CCP_HV_PRIVATE, 0);
	cc_snapshot_free(&before);
	cc_snapshot_free(&after);
}

static void test_processes(struct ccp_hostview *view)
{
	struct cc_snapshot before, after;

	cc_snapshot_take(view, &before);
	igt_fork(child, 2) {
		for (size_t i = 0; i < 21; i++) {
			struct cc_buffer buffer;

			cc_buffer_create(&buffer, cc_shared_heap(), cc_sizes[i % 7].size);
			sched_yield();
			cc_assert_shared_intact(view, &buffer);
			ccp_buffer_destroy(&buffer.dmabuf);
		}
	}
	igt_waitchildren();
	cc_snapshot_take(view, &after);

	cc_assert_only_these_changed(&before, &after, NULL);
	cc_snapshot_free(&before);
	cc_snapshot_free(&after);
}

/*
 * Not in the loop: the variable of a loop that is around a jump's target might not survive the
 * jump.
 */
static void dynamic_size(struct ccp_hostview *view, void (*test)(struct ccp_hostview *, size_t),
			 const struct cc_size *size)
{
	igt_dynamic(size->name)
		test(view, size->size);
}

static void all_sizes(struct ccp_hostview *view, void (*test)(struct ccp_hostview *, size_t))
{
	for (size_t i = 0; i < cc_sizes_count && cc_sizes[i].size <= QUICK_SIZE; i++)
		dynamic_size(view, test, &cc_sizes[i]);
}

int igt_main()
{
	static struct ccp_hostview *view;

	igt_fixture() {
		cc_require_coco();
		cc_require_heap(cc_shared_heap());
		view = cc_hostview_open();
		cc_require_hostview(view);
	}

	igt_describe(
		"A buffer's pages become shared, and private again when it is freed, once each "
		"way; no other page of the guest changes.");
	igt_subtest_with_dynamic("exactly-its-pages-change")
		all_sizes(view, test_exact_pages);

	igt_describe("A chunk is converted by one call where the kernel has a call for ranges "
		     "(TDX), by one for 64 pages (SEV-SNP) or for each page (SEV) where it has "
		     "not.");
	igt_subtest_with_dynamic("one-conversion-call-a-chunk")
		all_sizes(view, test_call_count);

	igt_describe("Of small buffers side by side, each second one is freed; the others stay "
		     "shared and keep their bytes.");
	igt_subtest("freeing-leaves-neighbours-alone")
		test_neighbours(view);

	igt_describe("After a thousand allocations of all sizes every page is as it was.");
	igt_subtest("thousand-cycles-leave-nothing-shared")
		test_cycles(view);

	igt_describe("A process that is killed while the kernel converts for it leaves no shared "
		     "page.");
	igt_subtest("killed-while-allocating-leaves-nothing-shared")
		test_killed(view);

	igt_describe("A system buffer comes and goes without a conversion.");
	igt_subtest("system-never-converts")
		test_system(view);

	igt_describe("Two processes that allocate at the same time get pages of their own.");
	igt_subtest("processes-do-not-mix")
		test_processes(view);

	igt_fixture()
		ccp_hostview_close(view);
}

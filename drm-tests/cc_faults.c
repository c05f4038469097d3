// SPDX-License-Identifier: MIT
/**
 * TEST: cc faults
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: system_cc_shared heap
 * Test category: functionality test
 * Description: What the heap does when the host refuses to convert its pages, which the monitor
 *	below the guest does on demand. Some of it leaks memory, as it should: run it last.
 *
 * SUBTEST: refused-allocation-fails
 * Description: Whichever chunk of a buffer cannot be made shared, the allocation fails with an
 *	errno, gives no file descriptor, and leaves no page shared.
 *
 * SUBTEST: partly-refused-allocation-fails
 * Description: The same where the host converts a part of the chunk before it refuses.
 *
 * SUBTEST: refused-allocation-unwinds-only-what-it-tried
 * Description: Chunks behind the refused one, which stayed private, are not made private again.
 *
 * SUBTEST: postponed-conversions-succeed
 * Description: Where the host wants a conversion to be tried again, with or without progress, the
 *	kernel does, in both directions.
 *
 * SUBTEST: refused-free-leaks-the-chunk
 * Description: Whichever chunk cannot be made private again stays shared, with a warning; the
 *	others become private, and the process goes on.
 *
 * SUBTEST: leaked-pages-are-never-handed-out
 * Description: Nobody gets a page that could not be made private again, even if all memory is used
 *	up.
 *
 * SUBTEST: refusals-are-ignored
 * Description: Plain SEV has no way to fail: the kernel takes a refused conversion for a done one.
 *
 * SUBTEST: refused-conversion-to-shared-ends-the-guest
 * Description: In a SEV-SNP guest the kernel asks the host to end it when a page cannot become
 *	shared.
 *
 * SUBTEST: refused-conversion-to-private-ends-the-guest
 * Description: In a SEV-SNP guest the kernel asks the host to end it when a page cannot become
 *	private.
 */
#include "igt.h"

#include <fcntl.h>

#include "ccprime.h"
#include "support/buffer.h"
#include "support/fd.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/kernelfs.h"
#include "support/pages.h"
#include "support/sizes.h"

IGT_TEST_DESCRIPTION(
	"What the heap does when the host refuses to convert its pages, which the monitor "
	"below the guest does on demand. Some of it leaks memory, as it should: run it last.");

/* include/linux/ratelimit_types.h: each place in the kernel logs at most so often in 5 s. */
#define LOG_BURST     10
#define LOG_WINDOW_US 5100000ull
#define HEAP_MESSAGE  "dma-buf system heap: "

static const char decrypt_warning[] = HEAP_MESSAGE "failed to decrypt page";
static const char leak_warning[] = HEAP_MESSAGE "failed to re-encrypt page";

/* ---- the kernel's log ---- */

/* The next record's time and text. False: there is none. */
static bool next_record(int kmsg, uint64_t *time_us, char *text, size_t size)
{
	ssize_t length;

	do
		length = read(kmsg, text, size - 1);
	while (length < 0 && errno == EPIPE);
	if (length < 0)
		return false;

	text[length] = '\0';
	return sscanf(text, "%*u,%*u,%" SCNu64, time_us) == 1;
}

static int open_log(void)
{
	return cc_open_file("/dev/kmsg", O_RDONLY | O_NONBLOCK);
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ull + now.tv_nsec / 1000;
}

/*
 * A log that starts here, and has room for so many of these messages: for the kernel's limit, what
 * earlier tests logged counts too, until it is old. There is no event to wait for.
 */
static int fresh_log(const char *message, size_t room)
{
	int kmsg = open_log();
	uint64_t times[LOG_BURST] = { 0 }, time_us;
	size_t count = 0;
	char text[1024];

	igt_assert_lte_u64(1, room);
	igt_assert_lte_u64(room, LOG_BURST);
	while (next_record(kmsg, &time_us, text, sizeof(text)))
		if (strstr(text, message))
			times[count++ % LOG_BURST] = time_us;

	/* The one that must no longer count; 0 where there were fewer. */
	time_us = times[(count + room - 1) % LOG_BURST];
	while (time_us && now_us() < time_us + LOG_WINDOW_US)
		usleep(10000);

	return kmsg;
}

static unsigned int count_in_log(int kmsg, const char *message)
{
	unsigned int count = 0;
	uint64_t time_us;
	char text[1024];

	while (next_record(kmsg, &time_us, text, sizeof(text)))
		count += strstr(text, message) != NULL;

	return count;
}

/* ---- failures ---- */

/*
 * What set_memory_decrypted() returns where the host refuses: on x86 tdx_enc_status_changed() is
 * turned into EIO, on arm64 rsi_set_memory_range() says EINVAL.
 */
static int refusal(void)
{
	return ccp_platform_detect() == CCP_PLATFORM_CCA ? -EINVAL : -EIO;
}

/* The chunks of a buffer that is allocated now; the next one of this size gets the same. */
static size_t chunks_of_a_buffer(struct ccp_hostview *view)
{
	struct ccp_buffer buffer;
	struct cc_pages pages;
	size_t chunks;

	igt_assert_eq(ccp_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE), 0);
	cc_pages_find(view, &buffer, &pages);
	chunks = cc_chunk_count(&pages);
	cc_pages_free(&pages);
	ccp_buffer_destroy(&buffer);
	igt_assert_lte(3, chunks);
	return chunks;
}

/*
 * An allocation of which the Nth conversion is refused, after some of its pages; what it does to
 * the ledger.
 */
static struct ccp_hv_ledger refused_allocation(struct ccp_hostview *view,
					       enum ccp_hv_fail_kind kind, uint64_t nth,
					       uint64_t pages)
{
	int heap = ccp_heap_open(cc_shared_heap());
	struct cc_snapshot before, after;
	struct ccp_hv_ledger since;
	unsigned int fds;
	int fd;

	igt_assert_fd(heap);
	cc_snapshot_take(view, &before);
	fds = cc_open_fds();

	cc_arm(view, CCP_HV_SHARED, kind, nth, pages);
	fd = ccp_heap_alloc(heap, MIXED_SIZE);
	cc_disarm(view);

	igt_assert_f(fd == refusal(), "chunk %" PRIu64 " was refused, the allocation returned %d\n",
		     nth, fd);
	igt_assert_eq_u32(cc_open_fds(), fds);
	cc_snapshot_take(view, &after);
	cc_assert_only_these_changed(&before, &after, NULL);
	since = ccp_ledger_since(&before.ledger, &after.ledger);
	igt_assert_eq_u64(since.refused[CCP_HV_SHARED], 1);
	igt_assert_eq_u64(since.pages[CCP_HV_SHARED], since.pages[CCP_HV_PRIVATE]);

	cc_snapshot_free(&before);
	cc_snapshot_free(&after);
	close(heap);
	return since;
}

static void assert_heap_works(struct ccp_hostview *view)
{
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	cc_assert_shared_intact(view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_refused_allocation(struct ccp_hostview *view, enum ccp_hv_fail_kind kind,
				    uint64_t pages)
{
	size_t chunks = chunks_of_a_buffer(view);
	int kmsg = fresh_log(decrypt_warning, chunks);

	for (size_t nth = 1; nth <= chunks; nth++) {
		refused_allocation(view, kind, nth, pages);
		igt_assert_eq(count_in_log(kmsg, decrypt_warning), 1);
	}
	close(kmsg);
	assert_heap_works(view);
}

static void test_postponed(struct ccp_hostview *view, enum ccp_hv_plane to)
{
	size_t chunks = chunks_of_a_buffer(view);

	for (size_t nth = 1; nth <= chunks; nth++) {
		struct cc_snapshot before, after;
		struct ccp_hv_ledger since;
		struct cc_buffer buffer;

		cc_snapshot_take(view, &before);
		/* Progress in the large chunk only: a single page is either done or not */
		cc_arm(view, to, CCP_HV_FAIL_RETRY, nth, nth == 1 ? 3 : 0);
		cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
		cc_assert_shared_intact(view, &buffer);
		ccp_buffer_destroy(&buffer.dmabuf);
		cc_disarm(view);
		cc_snapshot_take(view, &after);

		cc_assert_only_these_changed(&before, &after, NULL);
		since = ccp_ledger_since(&before.ledger, &after.ledger);
		igt_assert_eq_u64(since.refused[to], 1);
		igt_assert_eq_u64(since.conversions[to], chunks + 1);
		igt_assert_eq_u64(since.pages[to], MIXED_SIZE / PAGE);
		igt_assert_eq_u64(since.redundant[to], 0);
		cc_snapshot_free(&before);
		cc_snapshot_free(&after);
	}
}

/* Frees a buffer, of which the Nth conversion is refused. pages: what it had. */
static void refused_free(struct ccp_hostview *view, uint64_t nth, struct cc_pages *pages)
{
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	cc_pages_find(view, &buffer.dmabuf, pages);
	cc_arm(view, CCP_HV_PRIVATE, CCP_HV_FAIL_REFUSE, nth, 0);
	ccp_buffer_destroy(&buffer.dmabuf);
	cc_disarm(view);
}

/* The Nth chunk of these pages, from 1. */
static struct cc_pages chunk_of(const struct cc_pages *pages, uint64_t nth)
{
	size_t first = 0, size = cc_chunk_pages(pages, 0, 0);

	while (--nth) {
		first += size;
		size = cc_chunk_pages(pages, first, size);
	}
	return (struct cc_pages){ .count = size, .gpa = pages->gpa + first };
}

static void test_unwind(struct ccp_hostview *view)
{
	struct ccp_buffer buffer;
	struct cc_pages pages;
	size_t chunks;

	igt_assert_eq(ccp_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE), 0);
	cc_pages_find(view, &buffer, &pages);
	ccp_buffer_destroy(&buffer);
	chunks = cc_chunk_count(&pages);

	/* The refused chunk itself may be in any state, and has to be tried */
	for (size_t nth = 1; nth <= chunks; nth++) {
		struct ccp_hv_ledger since = refused_allocation(view, CCP_HV_FAIL_REFUSE, nth, 0);
		size_t refused = chunk_of(&pages, nth).count;

		igt_assert_f(since.redundant[CCP_HV_PRIVATE] <= refused,
			     "chunk %zu, %zu pages, was refused; the unwind made %" PRIu64
			     " private pages private\n",
			     nth, refused, since.redundant[CCP_HV_PRIVATE]);
	}
	cc_pages_free(&pages);
}

static void test_refused_free(struct ccp_hostview *view)
{
	size_t chunks = chunks_of_a_buffer(view);
	int kmsg = fresh_log(leak_warning, chunks);

	for (size_t nth = 1; nth <= chunks; nth++) {
		struct cc_snapshot before, after;
		struct cc_pages pages, lost;

		cc_snapshot_take(view, &before);
		refused_free(view, nth, &pages);
		cc_snapshot_take(view, &after);

		lost = chunk_of(&pages, nth);
		cc_assert_only_these_changed(&before, &after, &lost);
		igt_assert_eq(count_in_log(kmsg, leak_warning), 1);
		cc_snapshot_free(&before);
		cc_snapshot_free(&after);
		cc_pages_free(&pages);
	}
	close(kmsg);
	assert_heap_works(view);
}

static void assert_not_among(struct ccp_hostview *view, const struct ccp_buffer *buffer,
			     const bool *lost)
{
	struct cc_pages pages;

	cc_pages_find(view, buffer, &pages);
	for (size_t i = 0; i < pages.count; i++)
		igt_assert_f(!lost[pages.gpa[i] / PAGE],
			     "page 0x%" PRIx64 " is shared and was handed out again\n",
			     pages.gpa[i]);
	cc_pages_free(&pages);
}

/* 90 % of what is free, in private buffers: more would wake the out-of-memory killer. */
static void test_reuse(struct ccp_hostview *view)
{
	static struct ccp_buffer buffers[1024];
	size_t chunks = chunks_of_a_buffer(view), count;
	bool *lost = calloc(ccp_hostview_info(view)->ram_size / PAGE, sizeof(*lost));
	int kmsg = fresh_log(leak_warning, chunks);

	igt_assert(lost);
	for (size_t nth = 1; nth <= chunks; nth++) {
		struct cc_pages pages, chunk;

		refused_free(view, nth, &pages);
		chunk = chunk_of(&pages, nth);
		for (size_t i = 0; i < chunk.count; i++)
			lost[chunk.gpa[i] / PAGE] = true;
		cc_pages_free(&pages);
	}
	igt_assert_eq(count_in_log(kmsg, leak_warning), chunks);
	close(kmsg);

	/* Whoever frees it by mistake may well be the first to get it */
	igt_assert_eq(ccp_buffer_create(&buffers[0], cc_shared_heap(), MIXED_SIZE), 0);
	assert_not_among(view, &buffers[0], lost);
	ccp_buffer_destroy(&buffers[0]);

	count = cc_meminfo("MemFree") / 10 * 9 / KIB;
	igt_assert_lte_u64(1, count);
	igt_assert_lte_u64(count, ARRAY_SIZE(buffers));
	for (size_t i = 0; i < count; i++) {
		int err = ccp_buffer_create(&buffers[i], CCP_HEAP_PRIVATE, MIB);

		igt_assert_f(!err, "MiB %zu of %zu: %s\n", i, count, strerror(-err));
		assert_not_among(view, &buffers[i], lost);
	}
	for (size_t i = 0; i < count; i++)
		ccp_buffer_destroy(&buffers[i]);
	free(lost);
}

/* One call a page (cc_pagestate): the Nth page stays as it is, and nobody hears of it. */
static void test_ignored(struct ccp_hostview *view)
{
	struct ccp_hv_ledger mark, now, since;
	struct cc_buffer buffer;
	int kmsg = open_log();

	igt_assert(lseek(kmsg, 0, SEEK_END) >= 0);
	for (uint64_t nth = 1; nth <= MIXED_SIZE / PAGE; nth += 92) {
		mark = cc_ledger(view);
		cc_arm(view, CCP_HV_SHARED, CCP_HV_FAIL_REFUSE, nth, 0);
		cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
		cc_disarm(view);
		now = cc_ledger(view);
		since = ccp_ledger_since(&mark, &now);
		igt_assert_eq_u64(since.refused[CCP_HV_SHARED], 1);
		igt_assert_eq_u64(since.shared_now, MIXED_SIZE / PAGE - 1);

		cc_arm(view, CCP_HV_PRIVATE, CCP_HV_FAIL_REFUSE, nth, 0);
		ccp_buffer_destroy(&buffer.dmabuf);
		cc_disarm(view);
		now = cc_ledger(view);
		since = ccp_ledger_since(&mark, &now);
		igt_assert_eq_u64(since.refused[CCP_HV_PRIVATE], 1);
		igt_assert_eq_u64(since.shared_now, 0);
	}
	igt_assert_eq(count_in_log(kmsg, HEAP_MESSAGE), 0);
	close(kmsg);
	assert_heap_works(view);
}

/* Nothing comes back from the refused conversion: the host side tells what became of the guest. */
static void test_end(struct ccp_hostview *view, enum ccp_hv_plane plane)
{
	struct cc_buffer buffer;

	cc_arm(view, plane, CCP_HV_FAIL_REFUSE, 1, 0);
	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	ccp_buffer_destroy(&buffer.dmabuf);
	cc_disarm(view);
	igt_assert_f(false, "the guest went on after a refused conversion\n");
}

/* Whether the guest's kernel gets to know what the host answers, and lives on. */
static void require_refusals(void)
{
	enum ccp_platform found = ccp_platform_detect();

	igt_require_f(found == CCP_PLATFORM_TDX || found == CCP_PLATFORM_CCA,
		      "in a guest of kind %s, which gets no errno for a refused conversion\n",
		      ccp_platform_name(found));
}

int igt_main()
{
	static struct ccp_hostview *view;

	igt_fixture() {
		cc_require_coco();
		cc_require_heap(cc_shared_heap());
		view = cc_hostview_open();
		cc_require_hostview(view);
		cc_disarm(view);
	}

	igt_subtest_group() {
		igt_fixture()
			require_refusals();

		igt_describe("Whichever chunk of a buffer cannot be made shared, the allocation "
			     "fails with an errno, gives no file descriptor, and leaves no page "
			     "shared.");
		igt_subtest("refused-allocation-fails") {
			test_refused_allocation(view, CCP_HV_FAIL_REFUSE, 0);
			test_refused_allocation(view, CCP_HV_FAIL_ERROR, 0);
		}

		igt_describe("The same where the host converts a part of the chunk before it "
			     "refuses.");
		igt_subtest("partly-refused-allocation-fails")
			test_refused_allocation(view, CCP_HV_FAIL_REFUSE, 5);

		igt_describe("Chunks behind the refused one, which stayed private, are not made "
			     "private again.");
		igt_subtest("refused-allocation-unwinds-only-what-it-tried")
			test_unwind(view);

		igt_describe("Where the host wants a conversion to be tried again, with or without "
			     "progress, the kernel does, in both directions.");
		igt_subtest("postponed-conversions-succeed") {
			test_postponed(view, CCP_HV_SHARED);
			test_postponed(view, CCP_HV_PRIVATE);
		}

		igt_describe("Whichever chunk cannot be made private again stays shared, with a "
			     "warning; the others become private, and the process goes on.");
		igt_subtest("refused-free-leaks-the-chunk")
			test_refused_free(view);

		igt_describe("Nobody gets a page that could not be made private again, even if all "
			     "memory is used up.");
		igt_subtest("leaked-pages-are-never-handed-out")
			test_reuse(view);
	}

	igt_subtest_group() {
		igt_fixture()
			cc_require_platform(CCP_PLATFORM_SEV);

		igt_describe("Plain SEV has no way to fail: the kernel takes a refused conversion "
			     "for a done one.");
		igt_subtest("refusals-are-ignored")
			test_ignored(view);
	}

	igt_subtest_group() {
		igt_fixture()
			cc_require_platform(CCP_PLATFORM_SEV_SNP);

		igt_describe("In a SEV-SNP guest the kernel asks the host to end it when a page "
			     "cannot become shared.");
		igt_subtest("refused-conversion-to-shared-ends-the-guest")
			test_end(view, CCP_HV_SHARED);

		igt_describe("In a SEV-SNP guest the kernel asks the host to end it when a page "
			     "cannot become private.");
		igt_subtest("refused-conversion-to-private-ends-the-guest")
			test_end(view, CCP_HV_PRIVATE);
	}

	igt_fixture()
		ccp_hostview_close(view);
}

// SPDX-License-Identifier: MIT
/**
 * TEST: cc heap load
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: system_cc_shared heap, many users and untimely ends
 * Test category: functionality test
 * Description: Several processes at once, processes that are killed in the middle, and
 *	allocations beyond all memory: no page is lost, stays shared, or belongs to two.
 *
 * SUBTEST: concurrent-allocators-share-nothing
 * Description: Buffers of several processes that allocate and free at the same time are
 *	different memory.
 *
 * SUBTEST: descriptors-by-the-hundred
 * Description: Hundreds of buffers at a time are different memory, and all of it comes
 *	back.
 *
 * SUBTEST: exit-frees-everything
 * Description: A process that ends without closing or unmapping leaves no shared page.
 *
 * SUBTEST: freed-memory-is-free-again
 * Description: Memory of buffers that are gone is the kernel's again, as much as there was
 *	before.
 *
 * SUBTEST: kill-while-allocating-leaves-nothing
 * Description: SIGKILL at any moment of an allocation leaves no shared page.
 *
 * SUBTEST: killed-process-stops-converting
 * Description: After SIGKILL the pages of a large buffer that are still private stay so.
 *
 * SUBTEST: endless-allocation-can-be-killed
 * Description: An allocation that no memory could satisfy ends soon after SIGKILL, and its
 *	memory is free again.
 *
 * SUBTEST: impossible-length-is-refused
 * Description: A length beyond all memory is an error at once.
 */
#include "igt.h"

#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "ccprime.h"
#include "support/buffer.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/kernelfs.h"
#include "support/sizes.h"

IGT_TEST_DESCRIPTION("Several processes at once, processes that are killed in the middle, and "
		     "allocations beyond all memory: no page is lost, stays shared, or belongs to "
		     "two.");

#define ALLOCATORS 4
#define ROUNDS	   4
#define HELD	   3 /* buffers of an allocator at a time */
#define MANY	   300

/* The first pages of a buffer are shared in far less, on an emulated CPU too. */
#define CONVERTS_NS 10000000000ull

/* What a refused allocation does not take. */
#define TAKEN_KIB (64 * KIB)

/* Memory that other programs may take or give meanwhile. */
#define SLACK_KIB (16 * KIB)

static void allocate_for_a_while(void)
{
	static const size_t sizes[HELD] = { 4 * KIB, 68 * KIB, MIB + 4 * KIB };

	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct cc_buffer buffers[HELD];

		for (size_t i = 0; i < HELD; i++)
			cc_buffer_create(&buffers[i], cc_shared_heap(), sizes[i]);
		/* The others write theirs */
		sched_yield();
		for (size_t i = 0; i < HELD; i++) {
			cc_assert_cpu(&buffers[i].pattern, buffers[i].dmabuf.map, 0, sizes[i],
				      "buffer of one of many processes");
			ccp_buffer_destroy(&buffers[i].dmabuf);
		}
	}
}

static void test_concurrent(struct ccp_hostview *view)
{
	uint64_t before = cc_shared_pages(view);

	igt_fork(child, ALLOCATORS)
		allocate_for_a_while();
	igt_waitchildren();
	igt_assert_eq_u64(cc_shared_pages(view), before);
}

static void test_many(struct ccp_hostview *view)
{
	static struct cc_buffer buffers[MANY];
	uint64_t before = cc_shared_pages(view);

	for (size_t i = 0; i < MANY; i++)
		cc_buffer_create(&buffers[i], cc_shared_heap(), PAGE);
	cc_assert_more_shared(view, before, MANY);
	for (size_t i = 0; i < MANY; i++)
		cc_assert_cpu(&buffers[i].pattern, buffers[i].dmabuf.map, 0, PAGE, "one of many");
	for (size_t i = 0; i < MANY; i++)
		ccp_buffer_destroy(&buffers[i].dmabuf);
	igt_assert_eq_u64(cc_shared_pages(view), before);
}

static void test_exit(struct ccp_hostview *view)
{
	uint64_t before = cc_shared_pages(view);
	struct cc_buffer buffer;

	cc_require_hostview(view);
	igt_fork(child, 1) {
		cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
		ccp_buffer_close_fd(&buffer.dmabuf);
		cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
		ccp_buffer_unmap(&buffer.dmabuf);
		cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
		cc_assert_more_shared(view, before, 3 * MIXED_SIZE / PAGE);
	}
	igt_waitchildren();
	igt_assert_eq_u64(cc_shared_pages(view), before);
}

/* Twice the slack in all: a kernel that keeps it is told apart, and has enough left. */
static void test_free_again(void)
{
	unsigned long before = cc_meminfo("MemFree"), after;

	for (int i = 0; i < 8; i++) {
		struct cc_buffer buffer;

		cc_buffer_create(&buffer, cc_shared_heap(), SLACK_KIB / 4 * KIB);
		ccp_buffer_destroy(&buffer.dmabuf);
	}
	after = cc_meminfo("MemFree");
	igt_assert_f(after + SLACK_KIB > before, "%lu KiB free before, %lu KiB after\n", before,
		     after);
}

/* The kernel's timer sends SIGKILL to this process, also in the middle of an ioctl. */
static void kill_myself_after(unsigned int usec)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL };
	struct itimerspec when = {
		.it_value = { .tv_sec = usec / 1000000, .tv_nsec = usec % 1000000 * 1000 },
	};
	timer_t timer;

	if (timer_create(CLOCK_MONOTONIC, &event, &timer) || timer_settime(timer, 0, &when, NULL))
		_exit(EXIT_FAILURE);
}

/* A child that asks for memory, again and again, until the timer kills it. */
static void allocate_until_killed(size_t size, unsigned int usec)
{
	int status;
	pid_t pid = fork();

	igt_assert_lte(0, pid);
	if (!pid) {
		int heap = ccp_heap_open(cc_shared_heap());

		kill_myself_after(usec);
		while (heap >= 0)
			close(ccp_heap_alloc(heap, size));
		_exit(EXIT_FAILURE);
	}
	igt_assert_eq(waitpid(pid, &status, 0), pid);
	igt_assert_f(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "child's status 0x%x\n",
		     status);
}

static void test_kill(struct ccp_hostview *view)
{
	static const unsigned int usecs[] = { 100, 500, 1000, 2000, 5000, 10000, 20000, 50000 };
	uint64_t before = cc_shared_pages(view);

	cc_require_hostview(view);
	for (size_t i = 0; i < ARRAY_SIZE(usecs); i++) {
		allocate_until_killed(MIXED_SIZE, usecs[i]);
		igt_assert_eq_u64(cc_shared_pages(view), before);
		allocate_until_killed(8 * MIB, usecs[i]);
		igt_assert_eq_u64(cc_shared_pages(view), before);
	}
}

/* Kills a process once the first pages of its buffer are shared; false: it was too late. */
static bool kill_while_converting(struct ccp_hostview *view, size_t size)
{
	uint64_t before = cc_ledger(view).pages[CCP_HV_SHARED];
	struct timespec start = {};
	volatile bool *done =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool late;
	int status;
	pid_t pid;

	igt_assert(done != MAP_FAILED);
	pid = fork();
	igt_assert_lte(0, pid);
	if (!pid) {
		ccp_heap_alloc(ccp_heap_open(cc_shared_heap()), size);
		*done = true;
		pause();
	}
	while (cc_ledger(view).pages[CCP_HV_SHARED] == before && !*done &&
	       igt_nsec_elapsed(&start) < CONVERTS_NS)
		;
	kill(pid, SIGKILL);
	igt_assert_eq(waitpid(pid, &status, 0), pid);
	late = *done;
	munmap((void *)done, PAGE);
	return !late;
}

static void test_kill_converting(struct ccp_hostview *view)
{
	const size_t size = 32 * MIB;
	uint64_t before = cc_shared_pages(view), pages;
	int tries = 5;

	cc_require_hostview(view);
	do
		pages = cc_ledger(view).pages[CCP_HV_SHARED];
	while (!kill_while_converting(view, size) && --tries);
	igt_require_f(tries, "the kernel converts %zu bytes before anybody can kill it\n", size);
	pages = cc_ledger(view).pages[CCP_HV_SHARED] - pages;
	igt_info("%" PRIu64 " of %zu pages became shared\n", pages, size / PAGE);
	igt_assert_f(pages < size / PAGE, "all %zu pages became shared\n", size / PAGE);
	igt_assert_eq_u64(cc_shared_pages(view), before);
}

static void test_endless(struct ccp_hostview *view)
{
	uint64_t before = cc_shared_pages(view), free_before = cc_meminfo("MemFree");
	unsigned long free_after;

	igt_set_timeout(30, "SIGKILL ends the allocation");
	allocate_until_killed((size_t)1 << 46, 20000);
	igt_reset_timeout();

	igt_assert_eq_u64(cc_shared_pages(view), before);
	free_after = cc_meminfo("MemFree");
	igt_assert_f(free_after + SLACK_KIB > free_before, "%lu KiB free before, %lu KiB after\n",
		     free_before, free_after);
}

/* Whether the child ends before it has taken much memory; at most 10 s. */
static bool ends_without_memory(pid_t pid)
{
	struct pollfd pollfd = { .fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };
	unsigned long before = cc_meminfo("MemFree");
	struct timespec start = {};
	bool ended;

	igt_assert_fd(pollfd.fd);
	igt_nsec_elapsed(&start);
	do
		ended = poll(&pollfd, 1, 1) == 1;
	while (!ended && cc_meminfo("MemFree") + TAKEN_KIB > before &&
	       igt_seconds_elapsed(&start) < 10);
	close(pollfd.fd);
	return ended;
}

/* Where it is not refused, the allocation must not go on: it would take all memory. */
static void test_impossible(void)
{
	bool ended;
	int status;
	pid_t pid = fork();

	igt_assert_lte(0, pid);
	if (!pid) {
		int heap = ccp_heap_open(cc_shared_heap());

		_exit(ccp_heap_alloc(heap, (size_t)1 << 46) == -ENOMEM ? 0 : EXIT_FAILURE);
	}
	ended = ends_without_memory(pid);
	kill(pid, SIGKILL);
	igt_assert_eq(waitpid(pid, &status, 0), pid);
	igt_assert_f(ended, "it takes all memory\n");
	igt_assert_eq(status, 0);
}

int igt_main()
{
	static struct ccp_hostview *view;

	igt_fixture() {
		cc_require_heap(cc_shared_heap());
		view = cc_hostview_open();
	}

	igt_describe("Buffers of several processes that allocate and free at the same time "
		     "are different memory.");
	igt_subtest("concurrent-allocators-share-nothing")
		test_concurrent(view);

	igt_describe("Hundreds of buffers at a time are different memory, and all of it "
		     "comes back.");
	igt_subtest("descriptors-by-the-hundred")
		test_many(view);

	igt_describe("A process that ends without closing or unmapping leaves no shared "
		     "page.");
	igt_subtest("exit-frees-everything")
		test_exit(view);

	igt_describe("Memory of buffers that are gone is the kernel's again, as much as there "
		     "was before.");
	igt_subtest("freed-memory-is-free-again")
		test_free_again();

	igt_describe("SIGKILL at any moment of an allocation leaves no shared page.");
	igt_subtest("kill-while-allocating-leaves-nothing")
		test_kill(view);

	igt_describe("After SIGKILL the pages of a large buffer that are still private stay so.");
	igt_subtest("killed-process-stops-converting")
		test_kill_converting(view);

	igt_describe("An allocation that no memory could satisfy ends soon after SIGKILL, "
		     "and its memory is free again.");
	igt_subtest("endless-allocation-can-be-killed")
		test_endless(view);

	igt_describe("A length beyond all memory is an error at once.");
	igt_subtest("impossible-length-is-refused")
		test_impossible();

	igt_fixture()
		ccp_hostview_close(view);
}

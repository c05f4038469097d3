// SPDX-License-Identifier: MIT
/**
 * TEST: cc heap
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: system_cc_shared heap
 * Test category: functionality test
 * Description: Whether the memory of a system_cc_shared buffer is shared and that of a system
 *	buffer private: for the CPU, for the page tables, and for whoever looks from outside.
 *
 * SUBTEST: present-in-coco
 * Description: A confidential guest has the heap.
 *
 * SUBTEST: absent-outside-coco
 * Description: A guest or host that is not confidential does not have the heap.
 *
 * SUBTEST: platform-matches-monitor
 * Description: What the guest takes itself for is what the monitor below it emulates.
 *
 * SUBTEST: fd-is-cloexec-and-read-write
 * Description: The flags of the allocation are those of the file descriptor.
 *
 * SUBTEST: read-only-fd-maps-read-only
 * Description: A read-only file descriptor gives no way to write.
 *
 * SUBTEST: bad-arguments-are-refused
 * Description: An allocation that makes no sense is EINVAL.
 *
 * SUBTEST: cpu-reads-what-it-wrote
 * Description: The CPU reads back each word of a shared buffer, at every mix of chunk sizes.
 *
 * SUBTEST: shared-plane-holds-pattern
 * Description: What the CPU wrote to a shared buffer is where devices look for it.
 *
 * SUBTEST: private-plane-lacks-pattern
 * Description: What the CPU wrote to a shared buffer is not in private memory.
 *
 * SUBTEST: ledger-says-shared
 * Description: The kernel told the host that each page of a shared buffer is shared.
 *
 * SUBTEST: page-table-says-shared
 * Description: Userspace's mapping of a shared buffer leads to shared memory.
 *
 * SUBTEST: system-private-plane-holds-pattern
 * Description: What the CPU wrote to a system buffer is in private memory.
 *
 * SUBTEST: system-shared-plane-lacks-pattern
 * Description: What the CPU wrote to a system buffer is hidden from devices.
 *
 * SUBTEST: system-ledger-says-private
 * Description: Pages of a system buffer stay private.
 *
 * SUBTEST: system-page-table-says-private
 * Description: Userspace's mapping of a system buffer leads to private memory.
 *
 * SUBTEST: ledger-returns-after-free
 * Description: Freeing a shared buffer makes each of its pages private again, exactly once.
 *
 * SUBTEST: second-mapping-sees-writes
 * Description: Two mappings of one shared buffer are the same memory.
 *
 * SUBTEST: mapping-at-offset-shows-its-place
 * Description: A mapping that begins inside of a shared buffer shows that place, across chunks.
 */
#include "igt.h"

#include <fcntl.h>
#include <linux/dma-heap.h>
#include <strings.h>

#include "ccprime.h"
#include "support/buffer.h"
#include "support/fd.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/sizes.h"

IGT_TEST_DESCRIPTION(
	"Whether the memory of a system_cc_shared buffer is shared and that of a system "
	"buffer private: for the CPU, for the page tables, and for whoever looks from "
	"outside.");

static void test_present(void)
{
	int fd;

	cc_require_coco();
	cc_require_heap(CCP_HEAP_PRIVATE);

	fd = ccp_heap_open(cc_shared_heap());
	igt_assert_f(fd >= 0,
		     "/dev/dma_heap/%s: %s; does the kernel have "
		     "CONFIG_DMABUF_HEAPS_SYSTEM_CC_SHARED?\n",
		     cc_shared_heap(), strerror(-fd));
	close(fd);
}

static void test_absent(void)
{
	enum ccp_platform platform = ccp_platform_detect();

	igt_require_f(platform == CCP_PLATFORM_NONE, "in a confidential guest (%s)\n",
		      ccp_platform_name(platform));
	cc_require_heap(CCP_HEAP_PRIVATE);
	igt_assert_eq(ccp_heap_open(cc_shared_heap()), -ENOENT);
}

static void test_platform(struct ccp_hostview *view)
{
	const char *found = ccp_platform_name(ccp_platform_detect());
	const char *mode;

	cc_require_hostview(view);

	mode = ccp_hostview_info(view)->mode;
	igt_assert_f(!strcasecmp(found, mode), "guest: %s, monitor: %s\n", found, mode);
}

static void test_fd_flags(void)
{
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), PAGE);
	igt_assert(fcntl(buffer.dmabuf.fd, F_GETFD) & FD_CLOEXEC);
	igt_assert_eq(fcntl(buffer.dmabuf.fd, F_GETFL) & O_ACCMODE, O_RDWR);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_read_only(void)
{
	int fd = cc_heap_alloc_page(O_RDONLY | O_CLOEXEC);
	void *map = cc_map(fd, 0, PAGE, PROT_READ);

	igt_assert_eq(cc_map_error(fd, 0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED), -EACCES);
	igt_assert_eq(mprotect(map, PAGE, PROT_READ | PROT_WRITE) ? errno : 0, EACCES);
	munmap(map, PAGE);
	close(fd);
}

static void test_bad_arguments(void)
{
	static const struct {
		const char *what;
		struct dma_heap_allocation_data data;
	} cases[] = {
		{ "no length", { .fd_flags = O_RDWR | O_CLOEXEC } },
		{ "a length that rounds to 0", { .len = ~0ull, .fd_flags = O_RDWR | O_CLOEXEC } },
		{ "an fd", { .len = PAGE, .fd = 1, .fd_flags = O_RDWR | O_CLOEXEC } },
		{ "an unknown fd flag", { .len = PAGE, .fd_flags = O_RDWR | O_NONBLOCK } },
		{ "an unknown heap flag", { .len = PAGE, .fd_flags = O_RDWR, .heap_flags = 1 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct dma_heap_allocation_data data = cases[i].data;
		int err = cc_heap_ioctl(DMA_HEAP_IOCTL_ALLOC, &data);

		igt_assert_f(err == -EINVAL, "%s: %d, expected -EINVAL\n", cases[i].what, err);
	}
}

static void check_cpu(struct ccp_hostview *view, const struct cc_buffer *buffer)
{
	cc_assert_cpu(&buffer->pattern, buffer->dmabuf.map, 0, buffer->dmabuf.size, "mapping");
}

static void check_shared_holds(struct ccp_hostview *view, const struct cc_buffer *buffer)
{
	cc_assert_plane_holds(view, CCP_HV_SHARED, buffer);
}

static void check_private_holds(struct ccp_hostview *view, const struct cc_buffer *buffer)
{
	cc_assert_plane_holds(view, CCP_HV_PRIVATE, buffer);
}

static void check_shared_lacks(struct ccp_hostview *view, const struct cc_buffer *buffer)
{
	cc_assert_plane_lacks(view, CCP_HV_SHARED, buffer);
}

static void check_private_lacks(struct ccp_hostview *view, const struct cc_buffer *buffer)
{
	cc_assert_plane_lacks(view, CCP_HV_PRIVATE, buffer);
}

static void check_ledger_shared(struct ccp_hostview *view, const struct cc_buffer *buffer)
{
	cc_assert_ledger_state(view, CCP_HV_SHARED, buffer);
}

static void check_ledger_private(struct ccp_hostview *view, const struct cc_buffer *buffer)
{
	cc_assert_ledger_state(view, CCP_HV_PRIVATE, buffer);
}

static void check_page_table_shared(struct ccp_hostview *view, const struct cc_buffer *buffer)
{
	cc_assert_page_table(view, CCP_HV_SHARED, buffer);
}

static void check_page_table_private(struct ccp_hostview *view, const struct cc_buffer *buffer)
{
	cc_assert_page_table(view, CCP_HV_PRIVATE, buffer);
}

/* Subtests that look at one new, filled buffer of each size. */
static const struct size_check {
	const char *name, *description;
	const char *heap; /* NULL: the one under test */
	bool hostview; /* needed */
	size_t largest;
	void (*check)(struct ccp_hostview *view, const struct cc_buffer *buffer);
} size_checks[] = {
	{ "cpu-reads-what-it-wrote",
	  "The CPU reads back each word of a shared buffer, at every mix of chunk sizes.", NULL,
	  false, 64 * MIB, check_cpu },
	{ "shared-plane-holds-pattern",
	  "What the CPU wrote to a shared buffer is where devices look for it.", NULL, true,
	  64 * MIB, check_shared_holds },
	{ "private-plane-lacks-pattern",
	  "What the CPU wrote to a shared buffer is not in private memory.", NULL, true, QUICK_SIZE,
	  check_private_lacks },
	{ "ledger-says-shared",
	  "The kernel told the host that each page of a shared buffer is shared.", NULL, true,
	  64 * MIB, check_ledger_shared },
	{ "page-table-says-shared",
	  "Userspace's mapping of a shared buffer leads to shared memory.", NULL, true, QUICK_SIZE,
	  check_page_table_shared },
	{ "system-private-plane-holds-pattern",
	  "What the CPU wrote to a system buffer is in private memory.", CCP_HEAP_PRIVATE, true,
	  QUICK_SIZE, check_private_holds },
	{ "system-shared-plane-lacks-pattern",
	  "What the CPU wrote to a system buffer is hidden from devices.", CCP_HEAP_PRIVATE, true,
	  QUICK_SIZE, check_shared_lacks },
	{ "system-ledger-says-private", "Pages of a system buffer stay private.", CCP_HEAP_PRIVATE,
	  true, QUICK_SIZE, check_ledger_private },
	{ "system-page-table-says-private",
	  "Userspace's mapping of a system buffer leads to private memory.", CCP_HEAP_PRIVATE, true,
	  QUICK_SIZE, check_page_table_private },
};

static const char *checked_heap(const struct size_check *check)
{
	return check->heap ?: cc_shared_heap();
}

/*
 * The loops below are in functions of their own: the variable of a loop that is around a jump's
 * target might not survive the jump.
 */
static void dynamic_check(struct ccp_hostview *view, const struct size_check *check,
			  const struct cc_size *size)
{
	igt_dynamic(size->name) {
		struct cc_buffer buffer;

		cc_buffer_create(&buffer, checked_heap(check), size->size);
		check->check(view, &buffer);
		ccp_buffer_destroy(&buffer.dmabuf);
	}
}

static void all_dynamic_checks(struct ccp_hostview *view, const struct size_check *check)
{
	for (size_t i = 0; i < cc_sizes_count && cc_sizes[i].size <= check->largest; i++)
		dynamic_check(view, check, &cc_sizes[i]);
}

static void size_subtest(struct ccp_hostview *view, const struct size_check *check)
{
	igt_describe_f("%s", check->description);
	igt_subtest_with_dynamic(check->name) {
		cc_require_heap(checked_heap(check));
		if (check->hostview)
			cc_require_hostview(view);
		all_dynamic_checks(view, check);
	}
}

static void size_subtests(struct ccp_hostview *view)
{
	for (size_t i = 0; i < ARRAY_SIZE(size_checks); i++)
		size_subtest(view, &size_checks[i]);
}

/* Exact, because once it has booted nothing else in the guest converts pages. */
static void test_ledger_balance(struct ccp_hostview *view, size_t size)
{
	struct ccp_hv_ledger before = cc_ledger(view), held, after;
	uint64_t pages = size / PAGE;
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), size);
	held = cc_ledger(view);
	ccp_buffer_destroy(&buffer.dmabuf);
	after = cc_ledger(view);

	igt_assert_eq_u64(held.pages[CCP_HV_SHARED] - before.pages[CCP_HV_SHARED], pages);
	igt_assert_eq_u64(held.pages[CCP_HV_PRIVATE], before.pages[CCP_HV_PRIVATE]);
	igt_assert_eq_u64(held.shared_now - before.shared_now, pages);

	igt_assert_eq_u64(after.pages[CCP_HV_PRIVATE] - held.pages[CCP_HV_PRIVATE], pages);
	igt_assert_eq_u64(after.pages[CCP_HV_SHARED], held.pages[CCP_HV_SHARED]);
	igt_assert_eq_u64(after.shared_now, before.shared_now);
}

static void dynamic_ledger_balance(struct ccp_hostview *view, const struct cc_size *size)
{
	igt_dynamic(size->name)
		test_ledger_balance(view, size->size);
}

static void all_ledger_balances(struct ccp_hostview *view)
{
	for (size_t i = 0; i < cc_sizes_count; i++)
		dynamic_ledger_balance(view, &cc_sizes[i]);
}

static void test_second_mapping(struct ccp_hostview *view)
{
	struct cc_buffer buffer;
	void *second;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	second = cc_map(buffer.dmabuf.fd, 0, MIXED_SIZE, PROT_READ | PROT_WRITE);
	cc_assert_cpu(&buffer.pattern, second, 0, MIXED_SIZE, "second mapping");

	buffer.pattern = cc_pattern_next();
	ccp_pattern_fill(&buffer.pattern, second, 0, MIXED_SIZE);
	cc_assert_shared_intact(view, &buffer);

	munmap(second, MIXED_SIZE);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_offsets(void)
{
	static const size_t offsets[] = {
		PAGE, 64 * KIB - PAGE, 64 * KIB,       MIB - PAGE,
		MIB,  MIB + PAGE,      MIB + 60 * KIB, MIB + 64 * KIB,
	};
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		size_t size = MIXED_SIZE - offsets[i];
		char what[48];
		void *map;

		map = cc_map(buffer.dmabuf.fd, offsets[i], size, PROT_READ);
		snprintf(what, sizeof(what), "mapping at page %zu", offsets[i] / PAGE);
		cc_assert_cpu(&buffer.pattern, map, offsets[i], size, what);
		munmap(map, size);
	}
	ccp_buffer_destroy(&buffer.dmabuf);
}

int igt_main()
{
	static struct ccp_hostview *view;

	igt_fixture()
		view = cc_hostview_open();

	igt_describe("A confidential guest has the heap.");
	igt_subtest("present-in-coco")
		test_present();

	igt_describe("A guest or host that is not confidential does not have the heap.");
	igt_subtest("absent-outside-coco")
		test_absent();

	igt_describe("What the guest takes itself for is what the monitor below it emulates.");
	igt_subtest("platform-matches-monitor")
		test_platform(view);

	size_subtests(view);

	igt_subtest_group() {
		igt_fixture()
			cc_require_heap(cc_shared_heap());

		igt_describe("The flags of the allocation are those of the file descriptor.");
		igt_subtest("fd-is-cloexec-and-read-write")
			test_fd_flags();

		igt_describe("A read-only file descriptor gives no way to write.");
		igt_subtest("read-only-fd-maps-read-only")
			test_read_only();

		igt_describe("An allocation that makes no sense is EINVAL.");
		igt_subtest("bad-arguments-are-refused")
			test_bad_arguments();

		igt_describe("Freeing a shared buffer makes each of its pages private again, "
			     "exactly once.");
		igt_subtest_with_dynamic("ledger-returns-after-free") {
			cc_require_hostview(view);
			all_ledger_balances(view);
		}

		igt_describe("Two mappings of one shared buffer are the same memory.");
		igt_subtest("second-mapping-sees-writes")
			test_second_mapping(view);

		igt_describe("A mapping that begins inside of a shared buffer shows that place, "
			     "across chunks.");
		igt_subtest("mapping-at-offset-shows-its-place")
			test_offsets();
	}

	igt_fixture()
		ccp_hostview_close(view);
}

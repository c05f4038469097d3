// SPDX-License-Identifier: MIT
/**
 * TEST: cc udmabuf
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: udmabuf as an exporter, beside the heaps
 * Test category: functionality test
 * Description: The other way to a dma-buf of ordinary memory: pages of a memfd. In a
 *	confidential guest they are private, importers' mappings are bounced, and the same checks
 *	hold as for a private buffer.
 *
 * SUBTEST: all-views-are-one-memory
 * Description: The memfd, its mapping and the dma-buf's mapping are the same bytes.
 *
 * SUBTEST: private-plane-holds-pattern
 * Description: What the CPU writes through the dma-buf is in private memory.
 *
 * SUBTEST: shared-plane-lacks-pattern
 * Description: What the CPU writes through the dma-buf is hidden from devices.
 *
 * SUBTEST: page-table-says-private
 * Description: The mapping of the dma-buf leads to private memory, which the ledger agrees
 *	with.
 *
 * SUBTEST: pages-never-become-shared
 * Description: Neither export, import nor SYNC converts a page.
 *
 * SUBTEST: bad-arguments-are-refused
 * Description: A memfd that can shrink or is sealed against writing, a part beyond it, no
 *	whole pages: EINVAL.
 *
 * SUBTEST: vgem-import-is-the-same-dmabuf
 * Description: An importer that never maps for DMA gives back the very dma-buf.
 *
 * SUBTEST: import-is-bounced
 * Description: A device that maps the dma-buf gets a copy, and no CC_SHARED is claimed.
 *
 * SUBTEST: lists-list-the-pages-in-order
 * Description: A dma-buf of several parts of memfds shows them one after the other.
 *
 * SUBTEST: outlives-memfd
 * Description: The dma-buf keeps its pages after the memfd is closed.
 *
 * SUBTEST: sync-keeps-what-was-announced
 * Description: What the CPU wrote between start and end is there after the next start.
 *
 * SUBTEST: sync-keeps-what-the-memfd-got
 * Description: What was written through the memfd is not rolled back by the next start.
 */
#include "igt.h"

#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>

#include "ccprime.h"
#include "support/buffer.h"
#include "support/fd.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/kernelfs.h"
#include "support/prime.h"
#include "support/sizes.h"
#include "support/trace.h"
#include "support/virtgpu.h"

IGT_TEST_DESCRIPTION("The other way to a dma-buf of ordinary memory: pages of a memfd. In a "
		     "confidential guest they are private, importers' mappings are bounced, and "
		     "the same checks hold as for a private buffer.");

#define UDMABUF "/dev/udmabuf" /* CONFIG_UDMABUF */
/* Few enough to be bounced, whatever pieces of memory the pages make up. */
#define SIZE (16 * PAGE)

/* A memfd with its mapping, and the dma-buf of its pages with its own. */
struct exported {
	int memfd;
	void *map; /* of the memfd */
	struct cc_buffer buffer;
};

static int create_memfd(size_t size, unsigned int seals)
{
	int fd = memfd_create("ccprime", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	igt_assert_fd(fd);
	igt_assert_eq(ftruncate(fd, size), 0);
	igt_assert_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

/* A dma-buf fd, or a negative errno. */
static int udmabuf(int memfd, uint64_t offset, uint64_t size)
{
	struct udmabuf_create create = {
		.memfd = memfd, .flags = UDMABUF_FLAGS_CLOEXEC, .offset = offset, .size = size
	};
	int device = cc_open_file(UDMABUF, O_RDWR), fd;

	fd = ioctl(device, UDMABUF_CREATE, &create);
	if (fd < 0)
		fd = -errno;
	close(device);
	return fd;
}

/* Filled through the memfd, so that no SYNC has happened. */
static void create_exported(struct exported *exported)
{
	int fd;

	exported->memfd = create_memfd(SIZE, F_SEAL_SHRINK);
	exported->map = cc_map(exported->memfd, 0, SIZE, PROT_READ | PROT_WRITE);
	fd = udmabuf(exported->memfd, 0, SIZE);
	igt_assert_f(fd >= 0, "udmabuf: %s\n", strerror(-fd));
	exported->buffer = cc_buffer_map(fd, SIZE, cc_pattern_next());
	ccp_pattern_fill(&exported->buffer.pattern, exported->map, 0, SIZE);
}

static void destroy_exported(struct exported *exported)
{
	ccp_buffer_destroy(&exported->buffer.dmabuf);
	munmap(exported->map, SIZE);
	close(exported->memfd);
}

static void test_views(void)
{
	static uint64_t words[SIZE / WORD];
	struct exported exported;
	struct cc_buffer *buffer = &exported.buffer;

	create_exported(&exported);
	cc_assert_cpu(&buffer->pattern, buffer->dmabuf.map, 0, SIZE, "dma-buf's mapping");

	buffer->pattern = cc_pattern_next();
	ccp_pattern_fill(&buffer->pattern, buffer->dmabuf.map, 0, SIZE);
	cc_assert_cpu(&buffer->pattern, exported.map, 0, SIZE, "memfd's mapping");
	igt_assert_eq(pread(exported.memfd, words, SIZE, 0), (int)SIZE);
	cc_assert_cpu(&buffer->pattern, words, 0, SIZE, "memfd");
	igt_assert_eq_u64(lseek(buffer->dmabuf.fd, 0, SEEK_END), SIZE);
	destroy_exported(&exported);
}

static void test_private_plane(struct ccp_hostview *view)
{
	struct exported exported;

	cc_require_hostview(view);
	create_exported(&exported);
	cc_assert_plane_holds(view, CCP_HV_PRIVATE, &exported.buffer);
	destroy_exported(&exported);
}

static void test_shared_plane(struct ccp_hostview *view)
{
	struct exported exported;

	cc_require_hostview(view);
	create_exported(&exported);
	cc_assert_plane_lacks(view, CCP_HV_SHARED, &exported.buffer);
	destroy_exported(&exported);
}

static void test_page_table(struct ccp_hostview *view)
{
	struct exported exported;

	cc_require_hostview(view);
	create_exported(&exported);
	cc_assert_page_table(view, CCP_HV_PRIVATE, &exported.buffer);
	cc_assert_ledger_state(view, CCP_HV_PRIVATE, &exported.buffer);
	destroy_exported(&exported);
}

static void sync_once(int fd)
{
	igt_assert_eq(ccp_dmabuf_begin_cpu_access(fd, DMA_BUF_SYNC_RW), 0);
	igt_assert_eq(ccp_dmabuf_end_cpu_access(fd, DMA_BUF_SYNC_RW), 0);
}

static void test_no_conversion(struct ccp_hostview *view)
{
	struct ccp_hv_ledger before, after;
	struct exported exported;
	uint32_t handle;
	int drm;

	cc_require_hostview(view);
	drm = cc_virtgpu_open();
	before = cc_ledger(view);
	create_exported(&exported);
	handle = cc_prime_import(drm, exported.buffer.dmabuf.fd);
	sync_once(exported.buffer.dmabuf.fd);
	cc_assert_ledger_state(view, CCP_HV_PRIVATE, &exported.buffer);
	igt_assert_eq(ccp_gem_close(drm, handle), 0);
	destroy_exported(&exported);
	after = cc_ledger(view);
	igt_assert_eq_u64(after.pages[CCP_HV_SHARED], before.pages[CCP_HV_SHARED]);
	igt_assert_eq_u64(after.pages[CCP_HV_PRIVATE], before.pages[CCP_HV_PRIVATE]);
	close(drm);
}

static void test_bad_arguments(void)
{
	static const struct {
		const char *what;
		unsigned int seals;
		uint64_t offset, size;
	} cases[] = {
		{ "a memfd that can shrink", F_SEAL_GROW, 0, SIZE },
		{ "a memfd that cannot be written", F_SEAL_SHRINK | F_SEAL_WRITE, 0, SIZE },
		{ "no page", F_SEAL_SHRINK, 0, 0 },
		{ "half a page", F_SEAL_SHRINK, 0, PAGE / 2 },
		{ "an offset of half a page", F_SEAL_SHRINK, PAGE / 2, PAGE },
		{ "a part beyond the end", F_SEAL_SHRINK, SIZE, PAGE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int memfd = create_memfd(SIZE, cases[i].seals);
		int err = udmabuf(memfd, cases[i].offset, cases[i].size);

		igt_assert_f(err == -EINVAL, "%s: %d, expected -EINVAL\n", cases[i].what, err);
		close(memfd);
	}
}

static void test_vgem(void)
{
	struct exported exported;
	int vgem = cc_drm_open("vgem"), fd;
	uint32_t handle;

	create_exported(&exported);
	handle = cc_prime_import(vgem, exported.buffer.dmabuf.fd);
	fd = cc_prime_export(vgem, handle);
	cc_assert_same_dmabuf(fd, exported.buffer.dmabuf.fd);
	close(fd);
	cc_assert_cpu(&exported.buffer.pattern, exported.map, 0, SIZE, "memfd's mapping");
	igt_assert_eq(ccp_gem_close(vgem, handle), 0);
	destroy_exported(&exported);
	close(vgem);
}

static void test_bounced(void)
{
	static const char *const events[] = { "dma/dma_map_sg", "swiotlb/swiotlb_bounced", NULL };
	struct exported exported;
	struct cc_bufinfo info;
	struct cc_trace trace;
	uint32_t handle;
	int drm, err;

	drm = cc_virtgpu_open();
	cc_require_trace(&trace, events);
	cc_require_bufinfo();

	create_exported(&exported);
	cc_trace_start(&trace);
	err = ccp_prime_import(drm, exported.buffer.dmabuf.fd, &handle);
	cc_trace_stop(&trace);
	igt_assert_eq(err, 0);
	info = cc_bufinfo(cc_inode(exported.buffer.dmabuf.fd));
	igt_assert_eq(info.devices, 1);

	igt_assert_eq_u32(cc_trace_count_device(&trace, "dma_map_sg", info.device, ""), 1);
	igt_assert_eq_u32(cc_trace_count_device(&trace, "dma_map_sg", info.device, "CC_SHARED"), 0);
	igt_assert_lte_u32(
		1, cc_trace_count_device(&trace, "dev_name", info.device, "swiotlb_bounced"));

	igt_assert_eq(ccp_gem_close(drm, handle), 0);
	cc_assert_cpu(&exported.buffer.pattern, exported.map, 0, SIZE, "memfd's mapping");
	destroy_exported(&exported);
	close(drm);
}

/* The second half first. */
static void test_list(void)
{
	size_t half = SIZE / 2;
	int memfd = create_memfd(SIZE, F_SEAL_SHRINK), device = cc_open_file(UDMABUF, O_RDWR), fd;
	struct ccp_pattern pattern = cc_pattern_next();
	union {
		struct udmabuf_create_list list;
		char space[sizeof(struct udmabuf_create_list) +
			   2 * sizeof(struct udmabuf_create_item)];
	} arg = { .list = { .flags = UDMABUF_FLAGS_CLOEXEC, .count = 2 } };
	char *map = cc_map(memfd, 0, SIZE, PROT_READ | PROT_WRITE), *parts;

	ccp_pattern_fill(&pattern, map, 0, SIZE);
	arg.list.list[0] =
		(struct udmabuf_create_item){ .memfd = memfd, .offset = half, .size = half };
	arg.list.list[1] = (struct udmabuf_create_item){ .memfd = memfd, .size = half };
	fd = ioctl(device, UDMABUF_CREATE_LIST, &arg);
	igt_assert_fd(fd);
	parts = cc_map(fd, 0, SIZE, PROT_READ | PROT_WRITE);
	cc_assert_cpu(&pattern, parts, half, half, "first part");
	cc_assert_cpu(&pattern, parts + half, 0, half, "second part");

	munmap(parts, SIZE);
	munmap(map, SIZE);
	close(fd);
	close(device);
	close(memfd);
}

static void test_outlives(void)
{
	struct exported exported;
	struct cc_buffer *buffer = &exported.buffer;

	create_exported(&exported);
	munmap(exported.map, SIZE);
	close(exported.memfd);
	cc_assert_cpu(&buffer->pattern, buffer->dmabuf.map, 0, SIZE, "dma-buf's mapping");
	ccp_buffer_destroy(&buffer->dmabuf);
}

static void test_sync_announced(void)
{
	struct exported exported;
	struct cc_buffer *buffer = &exported.buffer;

	create_exported(&exported);
	for (unsigned int round = 0; round < 3; round++) {
		cc_buffer_rewrite(buffer);
		cc_assert_synced(&buffer->pattern, &buffer->dmabuf, "after the start");
	}
	destroy_exported(&exported);
}

/* No device is in the play: nobody but the CPU has written. */
static void test_sync_memfd(void)
{
	struct exported exported;
	struct cc_buffer *buffer = &exported.buffer;

	create_exported(&exported);
	cc_buffer_rewrite(buffer);
	buffer->pattern = cc_pattern_next();
	ccp_pattern_fill(&buffer->pattern, exported.map, 0, SIZE);
	cc_assert_synced(&buffer->pattern, &buffer->dmabuf, "after the start");
	destroy_exported(&exported);
}

int igt_main()
{
	static struct ccp_hostview *view;

	igt_fixture() {
		cc_require_coco();
		close(cc_open_file(UDMABUF, O_RDWR));
		view = cc_hostview_open();
	}

	igt_describe("The memfd, its mapping and the dma-buf's mapping are the same bytes.");
	igt_subtest("all-views-are-one-memory")
		test_views();

	igt_describe("What the CPU writes through the dma-buf is in private memory.");
	igt_subtest("private-plane-holds-pattern")
		test_private_plane(view);

	igt_describe("What the CPU writes through the dma-buf is hidden from devices.");
	igt_subtest("shared-plane-lacks-pattern")
		test_shared_plane(view);

	igt_describe("The mapping of the dma-buf leads to private memory, which the ledger "
		     "agrees with.");
	igt_subtest("page-table-says-private")
		test_page_table(view);

	igt_describe("Neither export, import nor SYNC converts a page.");
	igt_subtest("pages-never-become-shared")
		test_no_conversion(view);

	igt_describe("A memfd that can shrink or is sealed against writing, a part beyond "
		     "it, no whole pages: EINVAL.");
	igt_subtest("bad-arguments-are-refused")
		test_bad_arguments();

	igt_describe("An importer that never maps for DMA gives back the very dma-buf.");
	igt_subtest("vgem-import-is-the-same-dmabuf")
		test_vgem();

	igt_describe("A device that maps the dma-buf gets a copy, and no CC_SHARED is "
		     "claimed.");
	igt_subtest("import-is-bounced")
		test_bounced();

	igt_describe("A dma-buf of several parts of memfds shows them one after the other.");
	igt_subtest("lists-list-the-pages-in-order")
		test_list();

	igt_describe("The dma-buf keeps its pages after the memfd is closed.");
	igt_subtest("outlives-memfd")
		test_outlives();

	igt_describe("What the CPU wrote between start and end is there after the next "
		     "start.");
	igt_subtest("sync-keeps-what-was-announced")
		test_sync_announced();

	igt_describe("What was written through the memfd is not rolled back by the next "
		     "start.");
	igt_subtest("sync-keeps-what-the-memfd-got")
		test_sync_memfd();

	igt_fixture()
		ccp_hostview_close(view);
}

// SPDX-License-Identifier: MIT
/**
 * TEST: cc importer
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: importers with the interface of ccprime-importer.h
 * Test category: functionality test
 * Description: Devices that read and write buffers by DMA, and any driver that offers the importer
 *	interface: /dev/ccprime-importer-*, or what the variable CCPRIME_IMPORTERS names.
 *
 * SUBTEST: device-reads-what-the-cpu-wrote
 * Description: The device has what the CPU wrote to a shared buffer: the first and the last page of
 *	each chunk.
 *
 * SUBTEST: cpu-finds-what-the-device-wrote
 * Description: What the device wrote to a shared buffer is there for the CPU, in the shared plane,
 *	and nothing else has changed.
 *
 * SUBTEST: odd-offsets-and-lengths
 * Description: Transfers that begin and end inside a page, and one over the edge between two
 *	chunks, move exactly their bytes, both ways.
 *
 * SUBTEST: shared-is-not-bounced
 * Description: Mapping a shared buffer takes no bounce memory, and its entries are the buffer's own
 *	pages.
 *
 * SUBTEST: second-mapping-is-not-bounced
 * Description: A shared buffer that is mapped again after it was unmapped takes no bounce memory
 *	either, and the device reads and writes it.
 *
 * SUBTEST: private-is-right-with-sync
 * Description: The device reads what the CPU wrote to a private buffer, and the CPU reads what the
 *	device wrote, each after DMA_BUF_IOCTL_SYNC.
 *
 * SUBTEST: private-is-stale-without-sync
 * Description: Without DMA_BUF_IOCTL_SYNC the device does not see an edit of a private buffer: it
 *is bounced.
 *
 * SUBTEST: private-mapping-gives-back-bounce-memory
 * Description: The bounce memory of a private buffer's mapping is free again after the unmap.
 *
 * SUBTEST: two-importers-share-the-memory
 * Description: What one importer wrote to a shared buffer the other reads, in both orders of
 *	attaching.
 *
 * SUBTEST: reader-keeps-what-another-wrote
 * Description: DMA_BUF_IOCTL_SYNC brings what one importer wrote to a private buffer, and does not
 *	put back what another one had that only reads; in both orders of attaching.
 *
 * SUBTEST: dynamic-attachment-is-not-bounced
 * Description: An importer that lets the exporter move the memory reads and writes a shared buffer
 *	without bounce memory, too.
 *
 * SUBTEST: buffer-outlives-its-fd
 * Description: The device reads and writes a shared buffer whose fd is closed; its memory is free
 *	after the detach.
 *
 * SUBTEST: closed-file-lets-go
 * Description: Closing the importer's file with a buffer mapped frees the buffer.
 *
 * SUBTEST: fence-stands-for-the-transfer
 * Description: While the device writes, the buffer is busy for readers, and the bytes are there
 *when it is not any more.
 *
 * SUBTEST: device-waits-for-the-buffers-fence
 * Description: The device does not write before the fence that others gave the buffer.
 *
 * SUBTEST: calls-in-the-wrong-order-are-refused
 * Description: Each call that cannot be done now has its errno, and does nothing.
 *
 * SUBTEST: transfers-against-the-direction-are-refused
 * Description: A buffer that is mapped for one direction is not moved in the other one.
 *
 * SUBTEST: unmap-brings-what-the-device-wrote
 * Description: What the device wrote to a private buffer that is mapped for that direction is there
 *	after the unmap, without DMA_BUF_IOCTL_SYNC.
 *
 * SUBTEST: next-buffer-is-read
 * Description: A file that has one buffer after another reads the one that it has.
 *
 * SUBTEST: device-goes-while-it-is-mapped
 * Description: The driver is unbound while a shared buffer is mapped: calls fail with ENODEV, the
 *	memory is free when buffer and file are closed, and the bound driver works again.
 *
 * SUBTEST: mapping-behind-an-iommu-is-refused
 * Description: A shared buffer is not mapped for a device whose addresses an IOMMU translates, as
 *	IOMMU drivers do not know of shared memory.
 */
#include "igt.h"

#include <fcntl.h>
#include <glob.h>
#include <linux/dma-buf.h>
#include <limits.h>
#include <poll.h>
#include <sys/wait.h>

#include "ccprime.h"
#include "support/adapter.h"
#include "support/buffer.h"
#include "support/fd.h"
#include "support/fence.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/kernelfs.h"
#include "support/pages.h"
#include "support/prime.h"
#include "support/sizes.h"

IGT_TEST_DESCRIPTION("Devices that read and write buffers by DMA, and any driver that offers the "
		     "importer interface: /dev/ccprime-importer-*, or what the variable "
		     "CCPRIME_IMPORTERS names.");

#define SLOTS_USED "/sys/kernel/debug/swiotlb/io_tlb_used"

/* Bounce memory is in pieces of at most 256 KiB: larger chunks are not mapped. */
#define BOUNCED_SIZE (64 * KIB + 4 * KIB)
/* Slots of bounce memory, of 2 KiB each, that commands of other devices come and go with. */
#define NOISE (BOUNCED_SIZE / (2 * KIB) / 2)

#define BUSY_MS	 10000
#define EARLY_MS 300

/* An importer's file. */
struct importer {
	struct cc_adapter adapter;
	struct ccp_importer_info info;
};

/* ---- the interface ---- */

static struct importer open_importer(const char *path)
{
	struct importer importer = {};
	int err;

	cc_require_file(path, cc_adapter_open(&importer.adapter, path));
	err = cc_adapter_call(&importer.adapter, CCP_IMPORTER_INFO, &importer.info);
	igt_assert_f(!err, "%s: CCP_IMPORTER_INFO: %s\n", path, strerror(-err));
	igt_assert_lte_u32(PAGE, importer.info.memory);
	return importer;
}

static int try_attach(const struct importer *importer, int dmabuf)
{
	struct ccp_importer_attach arg = { .fd = dmabuf };

	return cc_adapter_call(&importer->adapter, CCP_IMPORTER_ATTACH, &arg);
}

static int try_map(const struct importer *importer, uint32_t direction)
{
	struct ccp_importer_map arg = { .direction = direction };

	return cc_adapter_call(&importer->adapter, CCP_IMPORTER_MAP, &arg);
}

static int try_transfer(const struct importer *importer, uint64_t offset, uint32_t length,
			uint32_t direction)
{
	struct ccp_importer_transfer arg = {
		.offset = offset,
		.length = length,
		.direction = direction,
	};

	return cc_adapter_call(&importer->adapter, CCP_IMPORTER_TRANSFER, &arg);
}

static int try_simple(const struct importer *importer, unsigned long call)
{
	return cc_adapter_call(&importer->adapter, call, NULL);
}

static int try_memory(const struct importer *importer, uint32_t offset, void *data, uint32_t length,
		      bool write)
{
	struct ccp_importer_memory arg = {
		.data = (uintptr_t)data,
		.offset = offset,
		.length = length,
		.write = write,
	};

	return cc_adapter_call(&importer->adapter, CCP_IMPORTER_MEMORY, &arg);
}

static void attach(const struct importer *importer, int dmabuf)
{
	int err = try_attach(importer, dmabuf);

	igt_assert_f(!err, "attach: %s\n", strerror(-err));
}

static void map(const struct importer *importer, uint32_t direction)
{
	int err = try_map(importer, direction);

	igt_assert_f(!err, "map: %s\n", strerror(-err));
}

static void detach(const struct importer *importer)
{
	int err = try_simple(importer, CCP_IMPORTER_DETACH);

	igt_assert_f(!err, "detach: %s\n", strerror(-err));
}

static void transfer(const struct importer *importer, uint64_t offset, uint32_t length,
		     uint32_t direction)
{
	int err = try_transfer(importer, offset, length, direction);

	igt_assert_f(!err, "transfer of %u bytes at 0x%llx: %s\n", length,
		     (unsigned long long)offset, strerror(-err));
}

static void read_memory(const struct importer *importer, void *data, uint32_t length)
{
	int err = try_memory(importer, 0, data, length, false);

	igt_assert_f(!err, "reading device memory: %s\n", strerror(-err));
}

static void write_memory(const struct importer *importer, void *data, uint32_t length)
{
	int err = try_memory(importer, 0, data, length, true);

	igt_assert_f(!err, "writing device memory: %s\n", strerror(-err));
}

/* ---- what tests do with it ---- */

static void attach_and_map(const struct importer *importer, const struct cc_buffer *buffer)
{
	attach(importer, buffer->dmabuf.fd);
	map(importer, CCP_IMPORTER_BOTH_WAYS);
}

/* The device reads a part of the buffer, and has what the pattern says. */
static void assert_device_reads(const struct importer *importer, const struct cc_buffer *buffer,
				uint64_t offset, uint32_t length)
{
	uint64_t found[PAGE / WORD] = {};

	write_memory(importer, found, PAGE);
	transfer(importer, offset, length, CCP_IMPORTER_TO_DEVICE);
	read_memory(importer, found, length);
	cc_assert_cpu(&buffer->pattern, found, offset, length, "device memory");
}

/* The device writes a part of the buffer as this pattern has it. */
static void device_writes(const struct importer *importer, struct ccp_pattern pattern,
			  uint64_t offset, uint32_t length)
{
	uint64_t words[PAGE / WORD];

	ccp_pattern_fill(&pattern, words, offset, length);
	write_memory(importer, words, length);
	transfer(importer, offset, length, CCP_IMPORTER_FROM_DEVICE);
	/* Waits for it */
	read_memory(importer, words, length);
}

/* The first and the last page of each chunk of a MIXED_SIZE buffer. */
static const uint64_t edges[] = {
	0, MIB - PAGE, MIB, MIB + 64 * KIB - PAGE, MIB + 64 * KIB,
};

static void finish(const struct importer *importer, struct cc_buffer *buffer)
{
	detach(importer);
	ccp_buffer_destroy(&buffer->dmabuf);
}

/* ---- tests ---- */

static void test_reads(struct ccp_hostview *view, const char *path)
{
	struct importer importer = open_importer(path);
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	attach_and_map(&importer, &buffer);
	for (size_t i = 0; i < ARRAY_SIZE(edges); i++)
		assert_device_reads(&importer, &buffer, edges[i], PAGE);
	cc_buffer_rewrite(&buffer);
	assert_device_reads(&importer, &buffer, 0, PAGE);
	finish(&importer, &buffer);
	cc_adapter_close(&importer.adapter);
}

static void test_writes(struct ccp_hostview *view, const char *path)
{
	struct importer importer = open_importer(path);
	struct ccp_pattern written = cc_pattern_next();
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	attach_and_map(&importer, &buffer);
	for (size_t i = 0; i < ARRAY_SIZE(edges); i++) {
		struct ccp_pattern old = buffer.pattern;
		const char *at = (const char *)buffer.dmabuf.map + edges[i];

		device_writes(&importer, written, edges[i], PAGE);
		cc_assert_not_in_decoy(view, &written, at, edges[i]);
		cc_assert_cpu(&written, at, edges[i], PAGE, "mmap");
		/* What is beside it, and is not written later */
		if (edges[i] + 2 * PAGE <= MIB)
			cc_assert_cpu(&old, at + PAGE, edges[i] + PAGE, PAGE, "mmap");
	}
	for (size_t i = 0; i < ARRAY_SIZE(edges); i++)
		ccp_pattern_fill(&buffer.pattern, (char *)buffer.dmabuf.map + edges[i], edges[i],
				 PAGE);
	cc_assert_shared_intact(view, &buffer);
	finish(&importer, &buffer);
	cc_adapter_close(&importer.adapter);
}

static void test_odd(struct ccp_hostview *view, const char *path)
{
	static const struct {
		uint64_t offset;
		uint32_t length;
	} parts[] = { { 8, 8 }, { PAGE - 16, 32 }, { MIB - 24, 48 }, { MIXED_SIZE - 8, 8 } };
	struct importer importer = open_importer(path);
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	attach_and_map(&importer, &buffer);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		struct ccp_pattern written = cc_pattern_next();
		char *at = (char *)buffer.dmabuf.map + parts[i].offset;

		assert_device_reads(&importer, &buffer, parts[i].offset, parts[i].length);
		device_writes(&importer, written, parts[i].offset, parts[i].length);
		cc_assert_cpu(&written, at, parts[i].offset, parts[i].length, "mmap");
		ccp_pattern_fill(&buffer.pattern, at, parts[i].offset, parts[i].length);
		cc_assert_shared_intact(view, &buffer);
	}
	finish(&importer, &buffer);
	cc_adapter_close(&importer.adapter);
}

static void require_dma(const struct importer *importer)
{
	igt_require_f(importer->info.flags & CCP_IMPORTER_DMA, "this importer does no DMA\n");
}

/* The entries of the mapping, one after the other, are the buffer's pages. */
static void assert_entries_are_pages(struct ccp_hostview *view, const struct importer *importer,
				     const struct cc_buffer *buffer)
{
	struct cc_pages pages;
	size_t page = 0;
	uint64_t gpa;

	cc_pages_find(view, &buffer->dmabuf, &pages);
	for (uint32_t i = 0; page < pages.count; i++) {
		struct ccp_importer_entry entry = { .index = i };
		int err = cc_adapter_call(&importer->adapter, CCP_IMPORTER_ENTRY, &entry);

		igt_assert_f(!err, "entry %u: %s\n", i, strerror(-err));
		gpa = cc_device_gpa(view, entry.address);
		for (uint64_t at = 0; at < entry.length; at += PAGE, page++)
			igt_assert_f(page < pages.count && gpa + at == pages.gpa[page],
				     "entry %u + 0x%llx is 0x%llx, page %zu of the buffer is "
				     "elsewhere\n",
				     i, (unsigned long long)at,
				     (unsigned long long)(entry.address + at), page);
	}
	cc_pages_free(&pages);
}

static void assert_slots_near(unsigned long before)
{
	unsigned long now = cc_read_number(SLOTS_USED);

	igt_assert_f(now < before + NOISE, "%lu slots of bounce memory are in use, %lu were\n", now,
		     before);
}

static void test_not_bounced(struct ccp_hostview *view, const char *path)
{
	struct importer importer = open_importer(path);
	unsigned long before;
	struct cc_buffer buffer;

	require_dma(&importer);
	cc_require_no_forced_bounce();
	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	before = cc_read_number(SLOTS_USED);
	attach_and_map(&importer, &buffer);
	assert_slots_near(before);
	if (view)
		assert_entries_are_pages(view, &importer, &buffer);
	finish(&importer, &buffer);
	cc_adapter_close(&importer.adapter);
}

static void test_second(struct ccp_hostview *view, const char *path)
{
	struct importer importer = open_importer(path);
	struct ccp_pattern written = cc_pattern_next();
	unsigned long before = 0;
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	if (importer.info.flags & CCP_IMPORTER_DMA)
		before = cc_read_number(SLOTS_USED);
	attach_and_map(&importer, &buffer);
	assert_device_reads(&importer, &buffer, 0, PAGE);
	igt_assert_eq(try_simple(&importer, CCP_IMPORTER_UNMAP), 0);
	map(&importer, CCP_IMPORTER_BOTH_WAYS);
	if (importer.info.flags & CCP_IMPORTER_DMA)
		assert_slots_near(before);

	cc_buffer_rewrite(&buffer);
	assert_device_reads(&importer, &buffer, MIB, PAGE);
	device_writes(&importer, written, MIB, PAGE);
	cc_assert_cpu(&written, (char *)buffer.dmabuf.map + MIB, MIB, PAGE, "mmap");
	finish(&importer, &buffer);
	cc_adapter_close(&importer.adapter);
}

static void test_private(struct ccp_hostview *view, const char *path)
{
	struct importer importer = open_importer(path);
	struct ccp_pattern written = cc_pattern_next();
	struct cc_buffer buffer;

	cc_require_heap(CCP_HEAP_PRIVATE);
	cc_buffer_create(&buffer, CCP_HEAP_PRIVATE, BOUNCED_SIZE);
	attach_and_map(&importer, &buffer);
	assert_device_reads(&importer, &buffer, 0, PAGE);
	cc_buffer_rewrite(&buffer);
	assert_device_reads(&importer, &buffer, 64 * KIB, PAGE);

	device_writes(&importer, written, 64 * KIB, PAGE);
	igt_assert_eq(ccp_dmabuf_begin_cpu_access(buffer.dmabuf.fd, DMA_BUF_SYNC_READ), 0);
	cc_assert_cpu(&written, (char *)buffer.dmabuf.map + 64 * KIB, 64 * KIB, PAGE,
		      "mmap after SYNC");
	cc_assert_cpu(&buffer.pattern, buffer.dmabuf.map, 0, 64 * KIB, "mmap after SYNC");
	igt_assert_eq(ccp_dmabuf_end_cpu_access(buffer.dmabuf.fd, DMA_BUF_SYNC_READ), 0);
	finish(&importer, &buffer);
	cc_adapter_close(&importer.adapter);
}

static void test_stale(struct ccp_hostview *view, const char *path)
{
	struct importer importer = open_importer(path);
	struct cc_buffer buffer, old;

	require_dma(&importer);
	cc_require_heap(CCP_HEAP_PRIVATE);
	cc_buffer_create(&buffer, CCP_HEAP_PRIVATE, PAGE);
	attach_and_map(&importer, &buffer);
	old = buffer;
	buffer.pattern = cc_pattern_next();
	ccp_pattern_fill(&buffer.pattern, buffer.dmabuf.map, 0, PAGE);
	assert_device_reads(&importer, &old, 0, PAGE);
	finish(&importer, &buffer);
	cc_adapter_close(&importer.adapter);
}

static void test_gives_back(struct ccp_hostview *view, const char *path)
{
	struct importer importer = open_importer(path);
	struct cc_buffer buffer;
	unsigned long before, during;

	require_dma(&importer);
	cc_require_heap(CCP_HEAP_PRIVATE);
	cc_buffer_create(&buffer, CCP_HEAP_PRIVATE, BOUNCED_SIZE);
	before = cc_read_number(SLOTS_USED);
	for (uint32_t direction = 0; direction <= CCP_IMPORTER_FROM_DEVICE; direction++) {
		attach(&importer, buffer.dmabuf.fd);
		map(&importer, direction);
		during = cc_read_number(SLOTS_USED);
		igt_info("%lu slots for %zu bytes, direction %u\n", during - before, BOUNCED_SIZE,
			 direction);
		igt_assert_lt_u64(before + NOISE, during);
		igt_assert_eq(try_simple(&importer, CCP_IMPORTER_UNMAP), 0);
		assert_slots_near(before);
		detach(&importer);
	}
	ccp_buffer_destroy(&buffer.dmabuf);
	cc_adapter_close(&importer.adapter);
}

/* One writes, the other reads; the other way round. */
static void assert_share(const struct importer *first, const struct importer *second)
{
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	attach_and_map(first, &buffer);
	attach_and_map(second, &buffer);
	for (int i = 0; i < 2; i++) {
		const struct importer *writer = i ? second : first, *reader = i ? first : second;

		buffer.pattern = cc_pattern_next();
		device_writes(writer, buffer.pattern, MIB - PAGE, PAGE);
		assert_device_reads(reader, &buffer, MIB - PAGE, PAGE);
	}
	detach(first);
	finish(second, &buffer);
}

/* Another importer, or the same where there is one only. */
static struct importer open_other(const char *path)
{
	struct importer other;
	glob_t found;
	size_t i = 0;

	cc_adapters_find(&found);
	while (i < found.gl_pathc - 1 && !strcmp(found.gl_pathv[i], path))
		i++;
	other = open_importer(found.gl_pathv[i]);
	globfree(&found);
	return other;
}

static void test_two(struct ccp_hostview *view, const char *path)
{
	struct importer first = open_importer(path), second = open_other(path);

	assert_share(&first, &second);
	assert_share(&second, &first);
	cc_adapter_close(&first.adapter);
	cc_adapter_close(&second.adapter);
}

/* Each has a copy of a private buffer in bounce memory. */
static void assert_writer_counts(const struct importer *first, uint32_t first_way,
				 const struct importer *second, uint32_t second_way)
{
	const struct importer *writer = first_way == CCP_IMPORTER_FROM_DEVICE ? first : second;
	struct ccp_pattern written = cc_pattern_next();
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, CCP_HEAP_PRIVATE, PAGE);
	attach(first, buffer.dmabuf.fd);
	map(first, first_way);
	attach(second, buffer.dmabuf.fd);
	map(second, second_way);
	device_writes(writer, written, 0, PAGE);
	igt_assert_eq(ccp_dmabuf_begin_cpu_access(buffer.dmabuf.fd, DMA_BUF_SYNC_READ), 0);
	cc_assert_cpu(&written, buffer.dmabuf.map, 0, PAGE, "mmap after SYNC");
	igt_assert_eq(ccp_dmabuf_end_cpu_access(buffer.dmabuf.fd, DMA_BUF_SYNC_READ), 0);
	detach(first);
	finish(second, &buffer);
}

static void test_reader(struct ccp_hostview *view, const char *path)
{
	struct importer importer = open_importer(path), other = open_other(path);

	cc_require_heap(CCP_HEAP_PRIVATE);
	assert_writer_counts(&importer, CCP_IMPORTER_FROM_DEVICE, &other, CCP_IMPORTER_TO_DEVICE);
	assert_writer_counts(&importer, CCP_IMPORTER_TO_DEVICE, &other, CCP_IMPORTER_FROM_DEVICE);
	cc_adapter_close(&importer.adapter);
	cc_adapter_close(&other.adapter);
}

static void test_dynamic(struct ccp_hostview *view, const char *path)
{
	struct importer importer = open_importer(path);
	struct ccp_importer_attach arg = { .dynamic = 1 };
	struct ccp_pattern written = cc_pattern_next();
	struct cc_buffer buffer;
	unsigned long before;

	require_dma(&importer);
	cc_require_no_forced_bounce();
	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	before = cc_read_number(SLOTS_USED);
	arg.fd = buffer.dmabuf.fd;
	igt_assert_eq(cc_adapter_call(&importer.adapter, CCP_IMPORTER_ATTACH, &arg), 0);
	map(&importer, CCP_IMPORTER_BOTH_WAYS);
	assert_slots_near(before);
	assert_device_reads(&importer, &buffer, MIB, PAGE);
	device_writes(&importer, written, MIB, PAGE);
	cc_assert_cpu(&written, (char *)buffer.dmabuf.map + MIB, MIB, PAGE, "mmap");
	finish(&importer, &buffer);
	cc_adapter_close(&importer.adapter);
}

static void test_outlives(struct ccp_hostview *view, const char *path)
{
	struct importer importer = open_importer(path);
	uint64_t before = cc_shared_pages_at_rest(view);
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	attach_and_map(&importer, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
	cc_assert_more_shared(view, before, MIXED_SIZE / PAGE);
	assert_device_reads(&importer, &buffer, MIB, PAGE);
	buffer.pattern = cc_pattern_next();
	device_writes(&importer, buffer.pattern, MIB, PAGE);
	assert_device_reads(&importer, &buffer, MIB, PAGE);
	detach(&importer);
	cc_assert_shared_pages_become(view, before);
	cc_adapter_close(&importer.adapter);
}

static void test_close(struct ccp_hostview *view, const char *path)
{
	struct importer importer = open_importer(path);
	uint64_t before = cc_shared_pages_at_rest(view);
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	attach_and_map(&importer, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
	cc_adapter_close(&importer.adapter);
	cc_assert_shared_pages_become(view, before);
}

static void require_fences(const struct importer *importer)
{
	igt_require_f(importer->info.flags & CCP_IMPORTER_FENCE,
		      "this importer's transfers end with their call\n");
}

static void test_fence(struct ccp_hostview *view, const char *path)
{
	struct importer importer = open_importer(path);
	uint64_t words[PAGE / WORD];
	struct cc_buffer buffer;

	require_fences(&importer);
	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	attach_and_map(&importer, &buffer);
	buffer.pattern = cc_pattern_next();
	ccp_pattern_fill(&buffer.pattern, words, 0, PAGE);
	write_memory(&importer, words, PAGE);
	transfer(&importer, 0, PAGE, CCP_IMPORTER_FROM_DEVICE);
	/* The device takes its time, and nobody else is at work. */
	igt_assert_f(!(cc_ready(buffer.dmabuf.fd, POLLIN, 0) & POLLIN),
		     "the buffer is not busy while the device writes it\n");
	igt_assert_eq(cc_ready(buffer.dmabuf.fd, POLLIN, BUSY_MS) & POLLIN, POLLIN);
	cc_assert_cpu(&buffer.pattern, buffer.dmabuf.map, 0, PAGE, "mmap after the fence");
	finish(&importer, &buffer);
	cc_adapter_close(&importer.adapter);
}

/* Others' work goes first: a fence that a reader of vgem has not signalled yet. */
static void test_waits(struct ccp_hostview *view, const char *path)
{
	struct importer importer = open_importer(path);
	int vgem = cc_drm_open("vgem"), status;
	uint64_t words[PAGE / WORD];
	struct cc_buffer buffer, old;
	uint32_t handle, fence;
	pid_t pid;

	cc_buffer_create(&buffer, cc_shared_heap(), PAGE);
	attach_and_map(&importer, &buffer);
	old = buffer;
	buffer.pattern = cc_pattern_next();
	ccp_pattern_fill(&buffer.pattern, words, 0, PAGE);
	write_memory(&importer, words, PAGE);
	handle = cc_prime_import(vgem, buffer.dmabuf.fd);
	fence = cc_vgem_fence_attach(vgem, handle, 0);

	pid = fork();
	igt_assert_lte(0, pid);
	if (!pid)
		_exit(try_transfer(&importer, 0, PAGE, CCP_IMPORTER_FROM_DEVICE) ||
		      try_memory(&importer, 0, words, PAGE, false));
	igt_assert_f(!cc_ends_in_time(pid, EARLY_MS), "the device did not wait\n");
	cc_assert_cpu(&old.pattern, buffer.dmabuf.map, 0, PAGE, "mmap before the fence");
	cc_vgem_fence_signal(vgem, fence);
	igt_assert(cc_ends_in_time(pid, BUSY_MS));
	igt_assert_eq(waitpid(pid, &status, 0), pid);
	igt_assert_eq(status, 0);
	cc_assert_cpu(&buffer.pattern, buffer.dmabuf.map, 0, PAGE, "mmap after the fence");
	close(vgem);
	finish(&importer, &buffer);
	cc_adapter_close(&importer.adapter);
}

static void test_order(struct ccp_hostview *view, const char *path)
{
	struct importer importer = open_importer(path);
	const uint32_t to = CCP_IMPORTER_TO_DEVICE, most = importer.info.memory;
	uint64_t words[PAGE / WORD] = {};
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	igt_assert_eq(try_map(&importer, to), -ENXIO);
	igt_assert_eq(try_transfer(&importer, 0, 8, to), -ENXIO);
	igt_assert_eq(try_simple(&importer, CCP_IMPORTER_UNMAP), -ENXIO);
	igt_assert_eq(try_simple(&importer, CCP_IMPORTER_DETACH), -ENXIO);
	igt_assert_eq(try_attach(&importer, -1), -EBADF);

	attach(&importer, buffer.dmabuf.fd);
	igt_assert_eq(try_attach(&importer, buffer.dmabuf.fd), -EBUSY);
	igt_assert_eq(try_transfer(&importer, 0, 8, to), -ENXIO);
	igt_assert_eq(try_map(&importer, CCP_IMPORTER_FROM_DEVICE + 1), -EINVAL);
	map(&importer, to);
	igt_assert_eq(try_map(&importer, to), -EBUSY);

	igt_assert_eq(try_transfer(&importer, 0, 0, to), -EINVAL);
	igt_assert_eq(try_transfer(&importer, 0, most + 8, to), -EINVAL);
	igt_assert_eq(try_transfer(&importer, MIXED_SIZE - 8, 16, to), -EINVAL);
	igt_assert_eq(try_transfer(&importer, MIXED_SIZE, 8, to), -EINVAL);
	igt_assert_eq(try_transfer(&importer, -8ull, 16, to), -EINVAL);
	igt_assert_eq(try_transfer(&importer, 0, 8, CCP_IMPORTER_BOTH_WAYS), -EINVAL);
	igt_assert_eq(try_memory(&importer, most, words, 8, true), -EINVAL);
	igt_assert_eq(try_memory(&importer, 0, words, most + 8, true), -EINVAL);

	igt_assert_eq(try_simple(&importer, CCP_IMPORTER_UNMAP), 0);
	igt_assert_f(try_transfer(&importer, 0, 8, to) == -ENXIO,
		     "a transfer after the unmap is not refused\n");
	igt_assert_eq(try_simple(&importer, CCP_IMPORTER_UNMAP), -ENXIO);
	finish(&importer, &buffer);
	cc_adapter_close(&importer.adapter);
}

static void test_direction(struct ccp_hostview *view, const char *path)
{
	static const uint32_t ways[] = { CCP_IMPORTER_TO_DEVICE, CCP_IMPORTER_FROM_DEVICE };
	struct importer importer = open_importer(path);
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), PAGE);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		attach(&importer, buffer.dmabuf.fd);
		map(&importer, ways[i]);
		igt_assert_eq(try_transfer(&importer, 0, 8, ways[!i]), -EACCES);
		detach(&importer);
	}
	cc_assert_shared_intact(view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
	cc_adapter_close(&importer.adapter);
}

/* The unmap brings what the device wrote, without DMA_BUF_IOCTL_SYNC. */
static void test_unmap_brings(struct ccp_hostview *view, const char *path)
{
	struct importer importer = open_importer(path);
	struct cc_buffer buffer;

	cc_require_heap(CCP_HEAP_PRIVATE);
	cc_buffer_create(&buffer, CCP_HEAP_PRIVATE, PAGE);
	attach(&importer, buffer.dmabuf.fd);
	map(&importer, CCP_IMPORTER_FROM_DEVICE);
	buffer.pattern = cc_pattern_next();
	device_writes(&importer, buffer.pattern, 0, PAGE);
	detach(&importer);
	cc_assert_cpu(&buffer.pattern, buffer.dmabuf.map, 0, PAGE, "mmap after the unmap");
	ccp_buffer_destroy(&buffer.dmabuf);
	cc_adapter_close(&importer.adapter);
}

static void test_next(struct ccp_hostview *view, const char *path)
{
	struct importer importer = open_importer(path);
	struct cc_buffer first, second;

	cc_buffer_create(&first, cc_shared_heap(), PAGE);
	cc_buffer_create(&second, cc_shared_heap(), PAGE);
	attach_and_map(&importer, &first);
	assert_device_reads(&importer, &first, 0, PAGE);
	detach(&importer);
	attach_and_map(&importer, &second);
	assert_device_reads(&importer, &second, 0, PAGE);
	detach(&importer);
	ccp_buffer_destroy(&first.dmabuf);
	ccp_buffer_destroy(&second.dmabuf);
	cc_adapter_close(&importer.adapter);
}

/* The driver's control file for a device, such as "unbind"; skips where it is on no bus. */
static void driver_file(const struct importer *importer, const char *name, char *path, size_t size)
{
	char pattern[128];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "/sys/bus/*/devices/%s/driver/%s", importer->info.device,
		 name);
	igt_require_f(*importer->info.device && !glob(pattern, 0, NULL, &found),
		      "this importer is on no bus\n");
	/* The link to the driver goes with the unbind. */
	igt_assert(realpath(found.gl_pathv[0], pattern));
	snprintf(path, size, "%s", pattern);
	globfree(&found);
}

static void test_goes(struct ccp_hostview *view, const char *path)
{
	struct importer importer = open_importer(path);
	char bind[PATH_MAX], unbind[PATH_MAX];
	struct cc_buffer buffer;
	uint64_t before;
	int err;

	driver_file(&importer, "bind", bind, sizeof(bind));
	driver_file(&importer, "unbind", unbind, sizeof(unbind));
	before = cc_shared_pages_at_rest(view);
	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	attach_and_map(&importer, &buffer);
	cc_require_file(unbind, cc_write_file(unbind, importer.info.device));
	err = try_transfer(&importer, 0, 8, CCP_IMPORTER_TO_DEVICE);
	cc_assert_shared_intact(NULL, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
	cc_adapter_close(&importer.adapter);
	igt_assert_eq(cc_write_file(bind, importer.info.device), 0);
	igt_assert_eq(err, -ENODEV);
	cc_assert_shared_pages_become(view, before);
	test_reads(view, path);
}

/*
 * Changes what an IOMMU does with the device's addresses, for which its driver must be away
 * (Documentation/ABI/testing/sysfs-kernel-iommu_groups).
 */
static void set_iommu_type(const char *path, const char *file, const char *type)
{
	struct importer importer = open_importer(path);
	char bind[PATH_MAX], unbind[PATH_MAX];
	int err;

	driver_file(&importer, "bind", bind, sizeof(bind));
	driver_file(&importer, "unbind", unbind, sizeof(unbind));
	cc_adapter_close(&importer.adapter);
	cc_require_file(unbind, cc_write_file(unbind, importer.info.device));
	err = cc_write_file(file, type);
	igt_assert_eq(cc_write_file(bind, importer.info.device), 0);
	igt_assert_f(!err, "%s: %s\n", file, strerror(-err));
}

static void test_iommu(struct ccp_hostview *view, const char *path)
{
	struct importer importer = open_importer(path);
	char pattern[128], type[16];
	struct cc_buffer buffer;
	glob_t found;
	int err;

	snprintf(pattern, sizeof(pattern), "/sys/bus/*/devices/%s/iommu_group/type",
		 importer.info.device);
	cc_adapter_close(&importer.adapter);
	igt_require_f(!glob(pattern, 0, NULL, &found),
		      "no IOMMU is between this importer's device and memory\n");
	cc_read_word(found.gl_pathv[0], type, sizeof(type));
	set_iommu_type(path, found.gl_pathv[0], "DMA");

	importer = open_importer(path);
	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	attach(&importer, buffer.dmabuf.fd);
	err = try_map(&importer, CCP_IMPORTER_BOTH_WAYS);
	finish(&importer, &buffer);
	cc_adapter_close(&importer.adapter);
	set_iommu_type(path, found.gl_pathv[0], type);
	globfree(&found);
	igt_assert_eq(err, -EIO);
}

static const struct test {
	const char *name, *description;
	void (*run)(struct ccp_hostview *view, const char *path);
} tests[] = {
	{ "device-reads-what-the-cpu-wrote",
	  "The device has what the CPU wrote to a shared buffer: the first and the last page of "
	  "each "
	  "chunk.",
	  test_reads },
	{ "cpu-finds-what-the-device-wrote",
	  "What the device wrote to a shared buffer is there for the CPU, in the shared plane, and "
	  "nothing else has changed.",
	  test_writes },
	{ "odd-offsets-and-lengths",
	  "Transfers that begin and end inside a page, and one over the edge between two chunks, "
	  "move exactly their bytes, both ways.",
	  test_odd },
	{ "shared-is-not-bounced",
	  "Mapping a shared buffer takes no bounce memory, and its entries are the buffer's own "
	  "pages.",
	  test_not_bounced },
	{ "second-mapping-is-not-bounced",
	  "A shared buffer that is mapped again after it was unmapped takes no bounce memory "
	  "either, "
	  "and the device reads and writes it.",
	  test_second },
	{ "private-is-right-with-sync",
	  "The device reads what the CPU wrote to a private buffer, and the CPU reads what the "
	  "device wrote, each after DMA_BUF_IOCTL_SYNC.",
	  test_private },
	{ "private-is-stale-without-sync",
	  "Without DMA_BUF_IOCTL_SYNC the device does not see an edit of a private buffer: it is "
	  "bounced.",
	  test_stale },
	{ "private-mapping-gives-back-bounce-memory",
	  "The bounce memory of a private buffer's mapping is free again after the unmap.",
	  test_gives_back },
	{ "two-importers-share-the-memory",
	  "What one importer wrote to a shared buffer the other reads, in both orders of "
	  "attaching.",
	  test_two },
	{ "reader-keeps-what-another-wrote",
	  "DMA_BUF_IOCTL_SYNC brings what one importer wrote to a private buffer, and does not put "
	  "back what another one had that only reads; in both orders of attaching.",
	  test_reader },
	{ "dynamic-attachment-is-not-bounced",
	  "An importer that lets the exporter move the memory reads and writes a shared buffer "
	  "without bounce memory, too.",
	  test_dynamic },
	{ "buffer-outlives-its-fd",
	  "The device reads and writes a shared buffer whose fd is closed; its memory is free "
	  "after "
	  "the detach.",
	  test_outlives },
	{ "closed-file-lets-go",
	  "Closing the importer's file with a buffer mapped frees the buffer.", test_close },
	{ "fence-stands-for-the-transfer",
	  "While the device writes, the buffer is busy for readers, and the bytes are there when "
	  "it "
	  "is not any more.",
	  test_fence },
	{ "device-waits-for-the-buffers-fence",
	  "The device does not write before the fence that others gave the buffer.", test_waits },
	{ "calls-in-the-wrong-order-are-refused",
	  "Each call that cannot be done now has its errno, and does nothing.", test_order },
	{ "transfers-against-the-direction-are-refused",
	  "A buffer that is mapped for one direction is not moved in the other one.",
	  test_direction },
	{ "unmap-brings-what-the-device-wrote",
	  "What the device wrote to a private buffer that is mapped for that direction is there "
	  "after the unmap, without DMA_BUF_IOCTL_SYNC.",
	  test_unmap_brings },
	{ "next-buffer-is-read",
	  "A file that has one buffer after another reads the one that it has.", test_next },
	{ "device-goes-while-it-is-mapped",
	  "The driver is unbound while a shared buffer is mapped: calls fail with ENODEV, the "
	  "memory "
	  "is free when buffer and file are closed, and the bound driver works again.",
	  test_goes },
	{ "mapping-behind-an-iommu-is-refused",
	  "A shared buffer is not mapped for a device whose addresses an IOMMU translates, as "
	  "IOMMU "
	  "drivers do not know of shared memory.",
	  test_iommu },
};

/* Not in the loop: see dynamic_size() in cc_pagestate. */
static void dynamic_importer(struct ccp_hostview *view, const struct test *test, const char *path)
{
	char name[64];

	cc_adapter_name(path, name, sizeof(name));
	igt_dynamic_f("%s", name)
		test->run(view, path);
}

static void subtest(struct ccp_hostview *view, const struct test *test, const glob_t *importers)
{
	igt_describe(test->description);
	igt_subtest_with_dynamic(test->name) {
		for (size_t i = 0; i < importers->gl_pathc; i++)
			dynamic_importer(view, test, importers->gl_pathv[i]);
	}
}

int igt_main()
{
	static struct ccp_hostview *view;
	static glob_t importers;

	igt_fixture() {
		cc_require_heap(cc_shared_heap());
		cc_adapters_find(&importers);
		view = cc_hostview_open();
	}

	for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
		subtest(view, &tests[i], &importers);

	igt_fixture() {
		globfree(&importers);
		ccp_hostview_close(view);
	}
}

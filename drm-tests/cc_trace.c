// SPDX-License-Identifier: MIT
/**
 * TEST: cc trace
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: DMA mapping of system_cc_shared buffers, as the kernel traces it
 * Test category: functionality test
 * Description: What the kernel itself says about the DMA mapping of a buffer by virtio-gpu:
 *	attributes, and whether anything is bounced.
 *
 * SUBTEST: map-is-cc-shared
 * Description: The mapping of a shared buffer has the attribute CC_SHARED.
 *
 * SUBTEST: unmap-is-cc-shared
 * Description: The mapping of a shared buffer is undone with the attributes that it was
 *	made with.
 *
 * SUBTEST: map-has-the-importers-direction
 * Description: The mapping of a shared buffer is made and undone in the direction that its
 *	importer wants.
 *
 * SUBTEST: map-lasts-as-long-as-the-import
 * Description: The mapping of a shared buffer is not undone while the importer has it.
 *
 * SUBTEST: each-map-is-unmapped
 * Description: As many mappings are undone as were made, and no device stays attached.
 *
 * SUBTEST: shared-is-not-bounced
 * Description: No byte of a shared buffer goes through bounce memory.
 *
 * SUBTEST: sync-of-shared-copies-nothing
 * Description: DMA_BUF_IOCTL_SYNC on a shared buffer bounces nothing, but tells the
 *	device's mapping, as long as there is one.
 *
 * SUBTEST: system-map-is-not-cc-shared
 * Description: The mapping of a private buffer does not claim that it is shared.
 *
 * SUBTEST: system-is-bounced
 * Description: A private buffer is copied to bounce memory, all of it.
 */
#include "igt.h"

#include <fcntl.h>
#include <linux/dma-buf.h>

#include "ccprime.h"
#include "support/buffer.h"
#include "support/fd.h"
#include "support/heap.h"
#include "support/kernelfs.h"
#include "support/sizes.h"
#include "support/trace.h"
#include "support/virtgpu.h"

IGT_TEST_DESCRIPTION("What the kernel itself says about the DMA mapping of a buffer by virtio-gpu: "
		     "attributes, and whether anything is bounced.");

/* Chunks of 64 KiB, which can be bounced: without the attribute the import works, too. */
#define BOUNCED_SIZE (512 * KIB)

#define IO_TLB_USED "/sys/kernel/debug/swiotlb/io_tlb_used"
#define SLOT_SIZE   (2 * KIB)

static const char *const events[] = { "dma/dma_map_sg",		 "dma/dma_unmap_sg",
				      "dma/dma_sync_sg_for_cpu", "dma/dma_sync_sg_for_device",
				      "swiotlb/swiotlb_bounced", NULL };

struct importer {
	int drm;
	struct cc_trace trace;
};

/* One import, traced from before it to after its end. */
struct import {
	struct cc_bufinfo imported, after;
	unsigned long slots; /* of bounce memory that it took */
	unsigned int unmapped_early; /* while it lasted */
};

/* The importer's lines of an event that hold the word. */
static unsigned int count(const struct importer *importer, const struct import *import,
			  const char *event, const char *word)
{
	return cc_trace_count_device(&importer->trace, event, import->imported.device, word);
}

/*
 * Bytes of the buffer that were bounced. The device's commands are bounced too: they have other
 * sizes than the heap's chunks.
 */
static size_t bounced_bytes(const struct importer *importer, const struct import *import)
{
	static const size_t chunks[] = { PAGE, 64 * KIB, MIB };
	size_t bytes = 0;
	char size[32];

	for (size_t i = 0; i < ARRAY_SIZE(chunks); i++) {
		snprintf(size, sizeof(size), " size=%zu ", chunks[i]);
		bytes += chunks[i] * count(importer, import, "dev_name", size);
	}
	return bytes;
}

/* What it returns is another test's: nothing here leaves before the trace is stopped. */
static void sync_once(int fd)
{
	ccp_dmabuf_begin_cpu_access(fd, DMA_BUF_SYNC_RW);
	ccp_dmabuf_end_cpu_access(fd, DMA_BUF_SYNC_RW);
}

static struct import trace_import(const struct importer *importer, const char *heap, size_t size)
{
	unsigned long before, during = 0;
	struct import import = {};
	struct cc_buffer buffer;
	uint32_t handle;
	int err;

	cc_buffer_create(&buffer, heap, size);
	before = cc_read_number(IO_TLB_USED);
	cc_trace_start(&importer->trace);
	err = ccp_prime_import(importer->drm, buffer.dmabuf.fd, &handle);
	if (!err) {
		during = cc_read_number(IO_TLB_USED);
		import.imported = cc_bufinfo(cc_inode(buffer.dmabuf.fd));
		sync_once(buffer.dmabuf.fd);
		import.unmapped_early = count(importer, &import, "dma_unmap_sg", "");
		ccp_gem_close(importer->drm, handle);
		sync_once(buffer.dmabuf.fd);
	}
	cc_trace_stop(&importer->trace);
	igt_assert_f(!err, "import of %zu bytes from %s: %s\n", size, heap, strerror(-err));

	import.slots = during > before ? during - before : 0;
	import.after = cc_bufinfo(cc_inode(buffer.dmabuf.fd));
	igt_assert_eq(import.imported.devices, 1);
	ccp_buffer_destroy(&buffer.dmabuf);
	return import;
}

static void test_attribute(const struct importer *importer, const char *event)
{
	struct import import = trace_import(importer, cc_shared_heap(), BOUNCED_SIZE);
	unsigned int all = count(importer, &import, event, "");
	unsigned int shared = count(importer, &import, event, "CC_SHARED");

	igt_assert_f(all, "no %s of %s in the trace\n", event, import.imported.device);
	igt_assert_f(shared == all, "%u of %u %s lack the attribute CC_SHARED\n", all - shared, all,
		     event);
}

static void test_direction(const struct importer *importer)
{
	static const char *const both[] = { "dma_map_sg", "dma_unmap_sg" };
	struct import import = trace_import(importer, cc_shared_heap(), MIXED_SIZE);

	for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
		unsigned int all = count(importer, &import, both[i], "");
		unsigned int right = count(importer, &import, both[i], "dir=BIDIRECTIONAL ");

		igt_assert_f(all && right == all, "%u of %u %s are not BIDIRECTIONAL\n",
			     all - right, all, both[i]);
	}
}

static void test_duration(const struct importer *importer)
{
	struct import import = trace_import(importer, cc_shared_heap(), MIXED_SIZE);

	igt_assert_f(!import.unmapped_early, "%u mappings undone while the importer has them\n",
		     import.unmapped_early);
}

static void test_balance(const struct importer *importer)
{
	struct import import = trace_import(importer, cc_shared_heap(), MIXED_SIZE);
	unsigned int mapped = count(importer, &import, "dma_map_sg", "");

	igt_assert_lte_u32(1, mapped);
	igt_assert_eq_u32(count(importer, &import, "dma_unmap_sg", ""), mapped);
	igt_assert_eq(import.after.devices, 0);
}

/* Other devices bounce at the same time: a quarter of the buffer is nobody else's. */
static void test_not_bounced(const struct importer *importer)
{
	struct import import;

	cc_require_no_forced_bounce();
	import = trace_import(importer, cc_shared_heap(), MIXED_SIZE);
	igt_assert_lte_u32(1, count(importer, &import, "dma_map_sg", ""));
	igt_assert_eq_u64(bounced_bytes(importer, &import), 0);
	igt_assert_lt_u64(import.slots, MIXED_SIZE / SLOT_SIZE / 4);
}

static void test_sync(const struct importer *importer)
{
	struct import import;

	cc_require_no_forced_bounce();
	import = trace_import(importer, cc_shared_heap(), BOUNCED_SIZE);
	igt_assert_eq_u32(count(importer, &import, "dma_sync_sg_for_cpu", ""), 1);
	igt_assert_eq_u32(count(importer, &import, "dma_sync_sg_for_device", ""), 1);
	igt_assert_eq_u64(bounced_bytes(importer, &import), 0);
}

static void test_system_attribute(const struct importer *importer)
{
	struct import import = trace_import(importer, CCP_HEAP_PRIVATE, BOUNCED_SIZE);

	igt_assert_lte_u32(1, count(importer, &import, "dma_map_sg", ""));
	igt_assert_eq_u32(count(importer, &import, "dma_map_sg", "CC_SHARED"), 0);
	igt_assert_eq_u32(count(importer, &import, "dma_unmap_sg", "CC_SHARED"), 0);
}

static void test_bounced(const struct importer *importer)
{
	struct import import = trace_import(importer, CCP_HEAP_PRIVATE, BOUNCED_SIZE);

	igt_assert_lte_u64(BOUNCED_SIZE, bounced_bytes(importer, &import));
	igt_assert_lte_u64(BOUNCED_SIZE / SLOT_SIZE * 3 / 4, import.slots);
}

int igt_main()
{
	static struct importer importer = { .drm = -1 };

	igt_fixture() {
		cc_require_heap(cc_shared_heap());
		cc_require_heap(CCP_HEAP_PRIVATE);
		importer.drm = cc_virtgpu_open();
		cc_require_trace(&importer.trace, events);
		cc_require_bufinfo();
		cc_read_number(IO_TLB_USED);
	}

	igt_describe("The mapping of a shared buffer has the attribute CC_SHARED.");
	igt_subtest("map-is-cc-shared")
		test_attribute(&importer, "dma_map_sg");

	igt_describe("The mapping of a shared buffer is undone with the attributes that it "
		     "was made with.");
	igt_subtest("unmap-is-cc-shared")
		test_attribute(&importer, "dma_unmap_sg");

	igt_describe("The mapping of a shared buffer is made and undone in the direction that its "
		     "importer wants.");
	igt_subtest("map-has-the-importers-direction")
		test_direction(&importer);

	igt_describe("The mapping of a shared buffer is not undone while the importer has it.");
	igt_subtest("map-lasts-as-long-as-the-import")
		test_duration(&importer);

	igt_describe("As many mappings are undone as were made, and no device stays "
		     "attached.");
	igt_subtest("each-map-is-unmapped")
		test_balance(&importer);

	igt_describe("No byte of a shared buffer goes through bounce memory.");
	igt_subtest("shared-is-not-bounced")
		test_not_bounced(&importer);

	igt_describe("DMA_BUF_IOCTL_SYNC on a shared buffer bounces nothing, but tells the "
		     "device's mapping, as long as there is one.");
	igt_subtest("sync-of-shared-copies-nothing")
		test_sync(&importer);

	igt_describe("The mapping of a private buffer does not claim that it is shared.");
	igt_subtest("system-map-is-not-cc-shared")
		test_system_attribute(&importer);

	igt_describe("A private buffer is copied to bounce memory, all of it.");
	igt_subtest("system-is-bounced")
		test_bounced(&importer);

	igt_fixture()
		close(importer.drm);
}

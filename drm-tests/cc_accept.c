// SPDX-License-Identifier: MIT
/**
 * TEST: cc accept
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: system_cc_shared heap
 * Test category: functionality test
 * Description: Buffers in memory that the guest has never accepted. Guests of kind TDX and SEV-SNP
 *	accept memory when they first need it.
 *
 * SUBTEST: shared-buffer-takes-unaccepted-memory
 * Description: A shared buffer whose memory was never accepted has its pattern in the shared
 *	plane.
 *
 * SUBTEST: private-buffer-takes-unaccepted-memory
 * Description: A private buffer whose memory was never accepted has its pattern in the private
 *	plane.
 *
 * SUBTEST: freed-memory-is-accepted-once
 * Description: Such memory is accepted once more when a shared buffer is freed, and is then
 *	ordinary private memory.
 *
 * SUBTEST: refused-conversion-leaves-memory-accepted
 * Description: An allocation in such memory fails when a conversion is refused. No page stays
 *	shared, and the memory is used again.
 */
#include "igt.h"

#include <linux/mempolicy.h>
#include <sys/syscall.h>

#include "ccprime.h"
#include "support/buffer.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/sizes.h"

IGT_TEST_DESCRIPTION("Buffers in memory that the guest has never accepted. Guests of kind TDX and "
		     "SEV-SNP accept memory when they first need it.");

#define SIZE  (4 * MIB)
#define PAGES (SIZE / PAGE)
/* Buffers that may fit into what a node has accepted already. */
#define TRIES 24
/* What a test needs that is not accepted. */
#define LEAST (4 * SIZE)
/* The monitor's table has a bit for each 2 MiB: Linux accepts no less at once. */
#define UNIT_PAGES (2 * MIB / PAGE)

#define NODES 8

/* KiB of a NUMA node's memory that are not accepted. */
static unsigned long unaccepted_kib(int node)
{
	unsigned long kib = 0;
	char line[128];
	FILE *file;

	snprintf(line, sizeof(line), "/sys/devices/system/node/node%d/meminfo", node);
	file = fopen(line, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Node %*d Unaccepted: %lu kB", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib;
}

/* From now on this process's memory comes from a node that has not accepted all of its own. */
static void require_unaccepted(void)
{
	for (int node = 0; node < NODES; node++) {
		unsigned long mask = 1ul << node;

		if (unaccepted_kib(node) * KIB < LEAST)
			continue;
		igt_assert_eq(syscall(SYS_set_mempolicy, MPOL_BIND, &mask, NODES + 1), 0);
		return;
	}
	igt_skip("no NUMA node with unaccepted memory (ccprime: --accept lazy)\n");
}

static struct ccp_hv_ledger ledger_since(struct ccp_hostview *view,
					 const struct ccp_hv_ledger *before)
{
	struct ccp_hv_ledger now = cc_ledger(view);

	return ccp_ledger_since(before, &now);
}

/* Memory that is accepted and that nobody may use meanwhile. */
struct filler {
	struct ccp_buffer buffers[TRIES];
	int count;
};

static void filler_add(struct filler *filler)
{
	igt_assert_f(filler->count < TRIES, "%d buffers, and no page was accepted\n", TRIES);
	igt_assert_eq(ccp_buffer_create(&filler->buffers[filler->count++], CCP_HEAP_PRIVATE, SIZE),
		      0);
}

/* Takes what is accepted: the next buffer needs more, or nearly so. */
static void filler_take_all(struct ccp_hostview *view, struct filler *filler)
{
	struct ccp_hv_ledger before = cc_ledger(view);

	do
		filler_add(filler);
	while (!ledger_since(view, &before).accepted);
}

static void filler_free(struct filler *filler)
{
	while (filler->count)
		ccp_buffer_destroy(&filler->buffers[--filler->count]);
}

/* A buffer for which the guest had to accept memory; what its allocation did to the ledger. */
static struct ccp_hv_ledger create_fresh(struct ccp_hostview *view, const char *heap,
					 struct cc_buffer *buffer)
{
	struct filler filler = {};
	struct ccp_hv_ledger since;

	filler_take_all(view, &filler);
	for (;;) {
		struct ccp_hv_ledger before = cc_ledger(view);

		cc_buffer_create(buffer, heap, SIZE);
		since = ledger_since(view, &before);
		if (since.accepted)
			break;
		ccp_buffer_destroy(&buffer->dmabuf);
		filler_add(&filler);
	}
	filler_free(&filler);
	igt_assert_eq_u64(since.accepted % UNIT_PAGES, 0);
	igt_assert_eq_u64(since.accepted_twice, 0);
	return since;
}

static void test_shared(struct ccp_hostview *view)
{
	struct ccp_hv_ledger since;
	struct cc_buffer buffer;

	since = create_fresh(view, cc_shared_heap(), &buffer);
	igt_assert_eq_u64(since.pages[CCP_HV_SHARED], PAGES);
	cc_assert_shared_intact(view, &buffer);
	cc_buffer_rewrite(&buffer);
	cc_assert_shared_intact(view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void assert_private(struct ccp_hostview *view, const struct cc_buffer *buffer)
{
	cc_assert_synced(&buffer->pattern, &buffer->dmabuf, "mmap");
	cc_assert_plane_holds(view, CCP_HV_PRIVATE, buffer);
	cc_assert_plane_lacks(view, CCP_HV_SHARED, buffer);
	cc_assert_ledger_state(view, CCP_HV_PRIVATE, buffer);
}

static void test_private(struct ccp_hostview *view)
{
	struct ccp_hv_ledger since;
	struct cc_buffer buffer;

	since = create_fresh(view, CCP_HEAP_PRIVATE, &buffer);
	igt_assert_eq_u64(since.pages[CCP_HV_SHARED], 0);
	assert_private(view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_freed(struct ccp_hostview *view)
{
	struct ccp_hv_ledger before, since;
	struct cc_buffer buffer;

	create_fresh(view, cc_shared_heap(), &buffer);
	before = cc_ledger(view);
	ccp_buffer_destroy(&buffer.dmabuf);
	since = ledger_since(view, &before);
	igt_assert_eq_u64(since.pages[CCP_HV_PRIVATE], PAGES);
	igt_assert_eq_u64(since.accepted, PAGES);
	igt_assert_eq_u64(since.accepted_twice, 0);

	cc_buffer_create(&buffer, CCP_HEAP_PRIVATE, SIZE);
	assert_private(view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
}

/* An allocation whose second conversion is refused; what it did to the ledger. */
static struct ccp_hv_ledger refused(struct ccp_hostview *view)
{
	struct ccp_hv_ledger before = cc_ledger(view);
	struct ccp_buffer buffer;
	int err;

	cc_arm(view, CCP_HV_SHARED, CCP_HV_FAIL_REFUSE, 2, 0);
	err = ccp_buffer_create(&buffer, cc_shared_heap(), SIZE);
	cc_disarm(view);
	igt_assert_eq(err, -EIO);
	return ledger_since(view, &before);
}

static void test_refused(struct ccp_hostview *view)
{
	uint64_t shared = cc_shared_pages(view);
	struct ccp_hv_ledger since;
	struct filler filler = {};
	struct cc_buffer buffer;

	filler_take_all(view, &filler);
	for (;;) {
		since = refused(view);
		igt_assert_eq_u64(since.refused[CCP_HV_SHARED], 1);
		igt_assert_eq_u64(since.pages[CCP_HV_SHARED], since.pages[CCP_HV_PRIVATE]);
		/* What became private again was accepted again. */
		if (since.accepted > since.pages[CCP_HV_PRIVATE])
			break;
		filler_add(&filler);
	}
	/* Whether it accepts twice: cc_faults@refused-allocation-unwinds-only-what-it-tried */
	igt_assert_eq_u64(cc_shared_pages(view), shared);

	cc_buffer_create(&buffer, cc_shared_heap(), SIZE);
	cc_assert_shared_intact(view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
	filler_free(&filler);
}

int igt_main()
{
	static struct ccp_hostview *view;

	igt_fixture() {
		cc_require_coco();
		cc_require_heap(cc_shared_heap());
		view = cc_hostview_open();
		cc_require_hostview(view);
		require_unaccepted();
		cc_disarm(view);
	}

	igt_describe(
		"A shared buffer whose memory was never accepted has its pattern in the shared "
		"plane.");
	igt_subtest("shared-buffer-takes-unaccepted-memory")
		test_shared(view);

	igt_describe("A private buffer whose memory was never accepted has its pattern in the "
		     "private plane.");
	igt_subtest("private-buffer-takes-unaccepted-memory")
		test_private(view);

	igt_describe("Such memory is accepted once more when a shared buffer is freed, and is then "
		     "ordinary private memory.");
	igt_subtest("freed-memory-is-accepted-once")
		test_freed(view);

	igt_describe(
		"An allocation in such memory fails when a conversion is refused. No page stays "
		"shared, and the memory is used again.");
	igt_subtest("refused-conversion-leaves-memory-accepted") {
		cc_require_platform(CCP_PLATFORM_TDX);
		test_refused(view);
	}

	igt_fixture()
		ccp_hostview_close(view);
}

// SPDX-License-Identifier: MIT
/**
 * TEST: cc stress
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: all of a buffer's life, in random order
 * Test category: stress test
 * Description: Processes that allocate, import, map, edit, check and close system_cc_shared buffers
 *	at random. A run says its seed; CC_SEED in the environment brings it back.
 *
 * SUBTEST: stress-short
 * Description: Random steps of several processes for 5 s: no buffer loses a word, none is left.
 *
 * SUBTEST: stress-60s
 * Description: Random steps of several processes for 60 s: no buffer loses a word, none is left.
 */
#include "igt.h"

#include "ccprime.h"
#include "support/buffer.h"
#include "support/fd.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/importer.h"
#include "support/prime.h"
#include "support/random.h"
#include "support/sizes.h"

IGT_TEST_DESCRIPTION("Processes that allocate, import, map, edit, check and close "
		     "system_cc_shared buffers at random. A run says its seed; CC_SEED in the "
		     "environment brings it back.");

#define WORKERS	  4
#define SLOTS	  6
#define MAX_PAGES 300 /* the largest buffers have a chunk of each size */
#define COMMON	  (20 * PAGE)

#define DRIVERS CC_IMPORTERS_MAX

/* A buffer, and who holds it: its fd, its mapping, and a handle in each driver's file. */
struct slot {
	bool used;
	struct cc_buffer buffer;
	uint32_t handles[DRIVERS]; /* 0: not imported */
};

struct worker {
	struct cc_random random;
	struct ccp_hostview *view; /* or NULL */
	const struct cc_buffer *common; /* which all workers import, and none writes */
	int drm[DRIVERS]; /* negative: no such device */
	unsigned int drivers;
	struct slot slots[SLOTS];
	uint64_t steps;
};

/* ---- steps: each takes any slot, and does nothing where it has nothing to do ---- */

static void create(struct worker *worker, struct slot *slot)
{
	size_t pages = 1 + cc_random_below(&worker->random, MAX_PAGES);

	/* As many small ones as large ones */
	pages >>= cc_random_below(&worker->random, 9);
	if (slot->used)
		return;

	*slot = (struct slot){ .used = true };
	cc_buffer_create(&slot->buffer, cc_shared_heap(), (pages + !pages) * PAGE);
}

static void import_slot(struct worker *worker, struct slot *slot)
{
	uint32_t i = cc_random_below(&worker->random, worker->drivers);

	if (slot->used && slot->buffer.dmabuf.fd >= 0 && worker->drm[i] >= 0)
		slot->handles[i] = cc_prime_import(worker->drm[i], slot->buffer.dmabuf.fd);
}

static bool imported(const struct slot *slot)
{
	for (size_t i = 0; i < DRIVERS; i++)
		if (slot->handles[i])
			return true;
	return false;
}

/* The last holder is kept: an fd, or a handle that can be exported. */
static void close_handle(struct worker *worker, struct slot *slot)
{
	uint32_t i = cc_random_below(&worker->random, worker->drivers);

	if (!slot->used || !slot->handles[i] || slot->buffer.dmabuf.fd < 0)
		return;
	igt_assert_eq(ccp_gem_close(worker->drm[i], slot->handles[i]), 0);
	slot->handles[i] = 0;
}

static void close_fd(struct worker *worker, struct slot *slot)
{
	if (slot->used && imported(slot))
		ccp_buffer_close_fd(&slot->buffer.dmabuf);
}

static void export_handle(struct worker *worker, struct slot *slot)
{
	if (!slot->used || slot->buffer.dmabuf.fd >= 0)
		return;
	for (size_t i = 0; i < DRIVERS && slot->buffer.dmabuf.fd < 0; i++)
		if (slot->handles[i])
			slot->buffer.dmabuf.fd = cc_prime_export(worker->drm[i], slot->handles[i]);
	igt_assert_fd(slot->buffer.dmabuf.fd);
}

static void unmap(struct worker *worker, struct slot *slot)
{
	if (slot->used && slot->buffer.dmabuf.map)
		ccp_buffer_unmap(&slot->buffer.dmabuf);
}

static void map(struct worker *worker, struct slot *slot)
{
	struct ccp_buffer *dmabuf = &slot->buffer.dmabuf;

	if (!slot->used || dmabuf->map || dmabuf->fd < 0)
		return;
	dmabuf->map = cc_map(dmabuf->fd, 0, dmabuf->size, PROT_READ | PROT_WRITE);
}

static void edit(struct worker *worker, struct slot *slot)
{
	if (slot->used && slot->buffer.dmabuf.map && slot->buffer.dmabuf.fd >= 0)
		cc_buffer_rewrite(&slot->buffer);
}

static void check(struct worker *worker, struct slot *slot)
{
	if (slot->used && slot->buffer.dmabuf.map)
		cc_assert_shared_intact(worker->view, &slot->buffer);
}

static void check_common(struct worker *worker, struct slot *slot)
{
	uint32_t i = cc_random_below(&worker->random, worker->drivers);

	if (worker->drm[i] < 0)
		return;
	igt_assert_eq(ccp_gem_close(worker->drm[i],
				    cc_prime_import(worker->drm[i], worker->common->dmabuf.fd)),
		      0);
	cc_assert_cpu(&worker->common->pattern, worker->common->dmabuf.map, 0, COMMON,
		      "mapping of the common buffer");
}

static void destroy(struct worker *worker, struct slot *slot)
{
	if (!slot->used)
		return;
	for (size_t i = 0; i < DRIVERS; i++)
		if (slot->handles[i])
			igt_assert_eq(ccp_gem_close(worker->drm[i], slot->handles[i]), 0);
	ccp_buffer_destroy(&slot->buffer.dmabuf);
	slot->used = false;
}

static void (*const steps[])(struct worker *, struct slot *) = {
	create, import_slot, close_handle, close_fd, export_handle, unmap,
	map,	edit,	     check,	   check,    check_common,  destroy,
};

static void work(struct worker *worker, unsigned int seconds)
{
	struct cc_importers importers = cc_importers_find();

	worker->drivers = importers.count;
	for (unsigned int i = 0; i < importers.count; i++)
		worker->drm[i] = cc_importer_open(importers.driver[i]);

	igt_until_timeout(seconds) {
		struct slot *slot = &worker->slots[cc_random_below(&worker->random, SLOTS)];

		steps[cc_random_below(&worker->random, ARRAY_SIZE(steps))](worker, slot);
		worker->steps++;
	}
	for (size_t i = 0; i < SLOTS; i++) {
		check(worker, &worker->slots[i]);
		destroy(worker, &worker->slots[i]);
	}
	igt_info("%" PRIu64 " steps\n", worker->steps);
}

static void test_stress(struct ccp_hostview *view, unsigned int seconds)
{
	uint64_t before = cc_shared_pages(view);
	uint64_t seed = cc_seed();
	struct cc_buffer common;

	cc_buffer_create(&common, cc_shared_heap(), COMMON);
	igt_fork(index, WORKERS) {
		struct worker worker = {
			.random = cc_random_start(seed, (unsigned int)index),
			.view = view,
			.common = &common,
		};

		work(&worker, seconds);
	}
	igt_waitchildren();

	cc_assert_shared_intact(view, &common);
	ccp_buffer_destroy(&common.dmabuf);
	igt_assert_eq_u64(cc_shared_pages(view), before);
}

int igt_main()
{
	static struct ccp_hostview *view;

	igt_fixture() {
		cc_require_heap(cc_shared_heap());
		view = cc_hostview_open();
	}

	igt_describe("Random steps of several processes for 5 s: no buffer loses a word, none is "
		     "left.");
	igt_subtest("stress-short")
		test_stress(view, 5);

	igt_describe("Random steps of several processes for 60 s: no buffer loses a word, none is "
		     "left.");
	igt_subtest("stress-60s")
		test_stress(view, 60);

	igt_fixture()
		ccp_hostview_close(view);
}

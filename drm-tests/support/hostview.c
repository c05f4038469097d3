// SPDX-License-Identifier: MIT
#include "igt.h"

#include <sched.h>

#include "hostview.h"
#include "kernelfs.h"
#include "sizes.h"

#define CHUNK	 (64 * KIB)
#define FREED_NS 2000000000

/*
 * What a process leaves behind, virtio-gpu lets go of when the host has answered, and then a worker
 * frees it: until then it is in the list of dma-bufs, and from then on the worker runs.
 */
static void wait_for_rest(void)
{
	struct timespec start = {};

	while ((cc_bufinfo_count() || cc_running() > 1) && igt_nsec_elapsed(&start) < FREED_NS)
		sched_yield();
}

struct ccp_hostview *cc_hostview_open(void)
{
	struct ccp_hostview *view = NULL;
	int err = ccp_hostview_open(&view);

	igt_assert_f(!err || err == -ENODEV, "host view: %s\n", strerror(-err));
	if (view)
		wait_for_rest();
	return view;
}

void cc_require_hostview(const struct ccp_hostview *view)
{
	igt_require_f(view, "no monitor below this guest that could show its memory\n");
}

const char *cc_plane_name(enum ccp_hv_plane plane)
{
	return plane == CCP_HV_SHARED ? "shared" : "private";
}

struct ccp_hv_translation cc_translate(struct ccp_hostview *view, const void *addr)
{
	struct ccp_hv_translation at;
	int err;

	(void)*(const volatile char *)addr;
	err = ccp_hostview_translate(view, addr, &at);
	igt_assert_f(!err, "page table: %p: %s\n", addr, strerror(-err));
	return at;
}

/* Reads up to CHUNK bytes of one plane at offset of the buffer; returns how many. */
static size_t read_plane(struct ccp_hostview *view, enum ccp_hv_plane plane,
			 const struct ccp_buffer *dmabuf, size_t offset, uint64_t *words)
{
	size_t size = dmabuf->size - offset;
	int err;

	if (size > CHUNK)
		size = CHUNK;

	err = ccp_hostview_read(view, plane, (const char *)dmabuf->map + offset, words, size);
	igt_assert_f(!err, "%s plane at 0x%zx: %s\n", cc_plane_name(plane), offset, strerror(-err));
	return size;
}

void cc_assert_plane_holds(struct ccp_hostview *view, enum ccp_hv_plane plane,
			   const struct cc_buffer *buffer)
{
	const uint64_t *poison = ccp_hostview_info(view)->poison;
	static uint64_t words[CHUNK / WORD];
	struct ccp_mismatch all = {}, found;
	char where[32];

	for (size_t offset = 0, size; offset < buffer->dmabuf.size; offset += size) {
		size = read_plane(view, plane, &buffer->dmabuf, offset, words);
		if (!ccp_pattern_check(&buffer->pattern, words, offset, size, poison, &found))
			cc_mismatch_add(&all, &found);
	}

	snprintf(where, sizeof(where), "%s plane", cc_plane_name(plane));
	cc_assert_no_mismatch(&all, where);
}

void cc_assert_not_in_decoy(struct ccp_hostview *view, const struct ccp_pattern *pattern,
			    const void *at, size_t offset)
{
	static uint64_t words[PAGE / WORD], own[PAGE / WORD];
	int err;

	if (!view)
		return;

	err = ccp_hostview_read(view, (enum ccp_hv_plane)CCP_HV_DECOY, at, words, PAGE);
	if (err == -EINVAL)
		return;

	igt_assert_eq(err, 0);
	ccp_pattern_fill(pattern, own, offset, PAGE);
	igt_assert_f(memcmp(words, own, PAGE),
		     "page %zu: the device wrote elsewhere: it was given the address of a private "
		     "page\n",
		     offset / PAGE);
}

void cc_assert_plane_lacks(struct ccp_hostview *view, enum ccp_hv_plane plane,
			   const struct cc_buffer *buffer)
{
	static uint64_t words[CHUNK / WORD], own[CHUNK / WORD];

	for (size_t offset = 0, size; offset < buffer->dmabuf.size; offset += size) {
		size = read_plane(view, plane, &buffer->dmabuf, offset, words);
		/* At once: a call for each word would take most of the time */
		ccp_pattern_fill(&buffer->pattern, own, offset, size);

		for (size_t i = 0; i < size / WORD; i++) {
			size_t at = offset + i * WORD;

			igt_assert_f(words[i] != own[i],
				     "%s plane: page %zu + 0x%zx: found the buffer's own word "
				     "0x%016" PRIx64 ", which only the %s plane should hold\n",
				     cc_plane_name(plane), at / PAGE, at % PAGE, words[i],
				     cc_plane_name(!plane));
		}
	}
}

void cc_assert_ledger_state(struct ccp_hostview *view, enum ccp_hv_plane plane,
			    const struct cc_buffer *buffer)
{
	static uint8_t states[CHUNK];
	size_t pages = buffer->dmabuf.size / PAGE;
	int err;

	igt_assert_lte_u64(pages, sizeof(states));
	err = ccp_hostview_states(view, buffer->dmabuf.map, pages, states);
	igt_assert_f(!err, "states of %zu pages: %s\n", pages, strerror(-err));

	for (size_t i = 0; i < pages; i++)
		igt_assert_f(states[i] == plane, "ledger: page %zu is not %s (state %u)\n", i,
			     cc_plane_name(plane), states[i]);
}

void cc_assert_page_table(struct ccp_hostview *view, enum ccp_hv_plane plane,
			  const struct cc_buffer *buffer)
{
	for (size_t i = 0; i < buffer->dmabuf.size / PAGE; i++) {
		struct ccp_hv_translation at =
			cc_translate(view, (char *)buffer->dmabuf.map + i * PAGE);

		igt_assert_f(at.plane == plane,
			     "page table: page %zu leads to the %s plane, not to the %s one\n", i,
			     cc_plane_name(at.plane), cc_plane_name(plane));
	}
}

void cc_assert_shared_intact(struct ccp_hostview *view, const struct cc_buffer *buffer)
{
	const struct ccp_buffer *dmabuf = &buffer->dmabuf;

	cc_assert_cpu(&buffer->pattern, dmabuf->map, 0, dmabuf->size, "mapping");
	if (!view)
		return;

	cc_assert_plane_holds(view, CCP_HV_SHARED, buffer);
	cc_assert_plane_lacks(view, CCP_HV_PRIVATE, buffer);
	cc_assert_ledger_state(view, CCP_HV_SHARED, buffer);
}

void cc_arm(struct ccp_hostview *view, enum ccp_hv_plane plane, enum ccp_hv_fail_kind kind,
	    uint64_t nth, uint64_t pages)
{
	const struct ccp_hv_fail fail = {
		.plane = plane,
		.kind = kind,
		.nth = nth,
		.pages = pages,
	};

	igt_assert_eq(ccp_hostview_fail(view, &fail), 0);
}

void cc_disarm(struct ccp_hostview *view)
{
	cc_arm(view, CCP_HV_SHARED, CCP_HV_FAIL_REFUSE, 0, 0);
	cc_arm(view, CCP_HV_PRIVATE, CCP_HV_FAIL_REFUSE, 0, 0);
}

struct ccp_hv_ledger cc_ledger(struct ccp_hostview *view)
{
	struct ccp_hv_ledger ledger;

	igt_assert_eq(ccp_hostview_ledger(view, &ledger), 0);
	return ledger;
}

uint64_t cc_shared_pages(struct ccp_hostview *view)
{
	return view ? cc_ledger(view).shared_now : 0;
}

uint64_t cc_shared_pages_at_rest(struct ccp_hostview *view)
{
	if (view)
		wait_for_rest();
	return cc_shared_pages(view);
}

void cc_assert_more_shared(struct ccp_hostview *view, uint64_t before, uint64_t pages)
{
	if (view)
		igt_assert_eq_u64(cc_shared_pages(view) - before, pages);
}

void cc_assert_shared_pages_become(struct ccp_hostview *view, uint64_t pages)
{
	struct timespec start = {};

	while (cc_shared_pages(view) != pages && igt_nsec_elapsed(&start) < FREED_NS)
		sched_yield();
	igt_assert_eq_u64(cc_shared_pages(view), pages);
}

// SPDX-License-Identifier: MIT
#include "igt.h"

#include "pages.h"
#include "sizes.h"

void cc_snapshot_take(struct ccp_hostview *view, struct cc_snapshot *snapshot)
{
	int err;

	snapshot->pages = ccp_hostview_info(view)->ram_size / PAGE;
	snapshot->states = malloc(snapshot->pages);
	igt_assert(snapshot->states);

	err = ccp_hostview_gpa_states(view, 0, snapshot->pages, snapshot->states);
	igt_assert_f(!err, "states of all of RAM: %s\n", strerror(-err));
	snapshot->ledger = cc_ledger(view);
}

void cc_snapshot_free(struct cc_snapshot *snapshot)
{
	free(snapshot->states);
	snapshot->states = NULL;
}

void cc_pages_find(struct ccp_hostview *view, const struct ccp_buffer *buffer,
		   struct cc_pages *pages)
{
	pages->count = buffer->size / PAGE;
	pages->gpa = calloc(pages->count, sizeof(*pages->gpa));
	igt_assert(pages->gpa);

	for (size_t i = 0; i < pages->count; i++)
		pages->gpa[i] = cc_translate(view, (char *)buffer->map + i * PAGE).gpa;
}

uint64_t cc_device_gpa(struct ccp_hostview *view, uint64_t address)
{
	if (ccp_platform_detect() != CCP_PLATFORM_CCA)
		return address;
	if (address < ccp_hostview_info(view)->ram_size)
		return UINT64_MAX;

	return address & ~(1ull << (63 - __builtin_clzll(address)));
}

void cc_pages_free(struct cc_pages *pages)
{
	free(pages->gpa);
	pages->gpa = NULL;
}

static bool is_chunk(const struct cc_pages *pages, size_t first, size_t count)
{
	uint64_t base = pages->gpa[first];

	if (count > pages->count - first || base % (count * PAGE))
		return false;

	for (size_t i = 1; i < count; i++)
		if (pages->gpa[first + i] != base + i * PAGE)
			return false;

	return true;
}

size_t cc_chunk_pages(const struct cc_pages *pages, size_t first, size_t before)
{
	static const size_t sizes[] = { 256, 16 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		if ((!before || sizes[i] <= before) && is_chunk(pages, first, sizes[i]))
			return sizes[i];

	return 1;
}

size_t cc_chunk_count(const struct cc_pages *pages)
{
	size_t count = 0, chunk = 0;

	for (size_t first = 0; first < pages->count; first += chunk) {
		chunk = cc_chunk_pages(pages, first, chunk);
		count++;
	}

	return count;
}

void cc_assert_only_these_changed(const struct cc_snapshot *before, const struct cc_snapshot *after,
				  const struct cc_pages *pages)
{
	size_t count = pages ? pages->count : 0;
	bool *mine = calloc(before->pages, sizeof(*mine));

	igt_assert(mine);
	for (size_t i = 0; i < count; i++)
		mine[pages->gpa[i] / PAGE] = true;

	for (size_t i = 0; i < before->pages; i++) {
		bool changed = before->states[i] != after->states[i];

		igt_assert_f(changed == mine[i], "ledger: page 0x%zx, %s, went from %s to %s\n",
			     i * PAGE, mine[i] ? "of the buffer" : "not of the buffer",
			     cc_plane_name(before->states[i]), cc_plane_name(after->states[i]));
	}

	free(mine);
}

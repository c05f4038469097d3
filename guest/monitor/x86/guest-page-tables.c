// SPDX-License-Identifier: GPL-2.0-only
/* Long mode, four levels (APM volume 2, 5.3). */
#include "npt.h"
#include "svm.h"
#include "../walk.h"

bool walk_guest(const struct guest_space *space, uint64_t va, struct walk *walk)
{
	struct planes *planes = space->planes;
	uint64_t entry = space->root;
	bool writable = true, user = true;

	if (!space->paging) {
		*walk = (struct walk){ .gpa = va, .plane = CCP_HV_PRIVATE, .writable = true };
		return planes_is_ram(planes, va);
	}
	for (int shift = 39; shift >= 12; shift -= 9) {
		uint64_t table = npt_gpa(planes->stage2, entry & PTE_ADDRESS);
		uint64_t in_page = (1ull << shift) - 1;
		const uint64_t *entries;

		if (!planes_is_ram(planes, table))
			return false;
		entries = planes_ptr(planes, table, npt_plane(planes->stage2, entry));
		entry = entries[va >> shift & (PTE_TABLE_ENTRIES - 1)];
		if (!(entry & PTE_PRESENT))
			return false;
		writable &= !!(entry & PTE_WRITABLE);
		user &= !!(entry & PTE_USER);
		if (shift > 12 && !(shift < 39 && entry & PTE_LARGE))
			continue;
		walk->gpa =
			(npt_gpa(planes->stage2, entry & PTE_ADDRESS) & ~in_page) | (va & in_page);
		walk->plane = npt_plane(planes->stage2, entry);
		walk->writable = writable;
		return planes_is_ram(planes, walk->gpa) && (user || !space->user);
	}
	return false;
}

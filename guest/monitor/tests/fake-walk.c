// SPDX-License-Identifier: GPL-2.0-only
#include "fake-walk.h"

struct fake_entry fake_page_table[FAKE_ENTRIES];

bool walk_guest(const struct guest_space *space, uint64_t va, struct walk *walk)
{
	const struct fake_entry *entry = &fake_page_table[va / PAGE_SIZE % FAKE_ENTRIES];

	*walk = (struct walk){ .gpa = va, .plane = CCP_HV_PRIVATE, .writable = true };
	if (space->paging) {
		if (va / PAGE_SIZE >= FAKE_ENTRIES || !entry->present)
			return false;
		*walk = entry->leads_to;
		walk->gpa += va % PAGE_SIZE;
	}
	return planes_is_ram(space->planes, walk->gpa);
}

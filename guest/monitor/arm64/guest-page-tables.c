// SPDX-License-Identifier: GPL-2.0-only
/* EL0's half: 48 bits, four levels of 4 KiB tables (Arm ARM, "Translation process"). vcpu_space()
 * sees to that. */
#include "stage2-tables.h"
#include "sysreg.h"
#include "../walk.h"

bool walk_guest(const struct guest_space *space, uint64_t va, struct walk *walk)
{
	struct planes *planes = space->planes;
	uint64_t descriptor = space->root | DESC_TABLE;

	if (!space->paging || va >> 48)
		return false;
	for (int level = 0; level <= 3; level++) {
		uint64_t in_page = (1ul << (12 + 9 * (3 - level))) - 1;
		uint64_t table = stage2_gpa(descriptor & DESC_ADDRESS), index;
		const uint64_t *entries;

		if (!planes_is_ram(planes, table))
			return false;
		index = va >> (12 + 9 * (3 - level)) & (DESC_ENTRIES - 1);
		entries = planes_ptr(planes, table, stage2_plane(descriptor & DESC_ADDRESS));
		descriptor = entries[index];
		if (!(descriptor & DESC_VALID))
			return false;
		if (level < 3 && (descriptor & DESC_TABLE))
			continue;
		/* No block at level 0; at level 3 the bit tells a page */
		if (!level || (level == 3 && !(descriptor & DESC_TABLE)))
			return false;
		walk->gpa = (stage2_gpa(descriptor & DESC_ADDRESS) & ~in_page) | (va & in_page);
		walk->plane = stage2_plane(descriptor & DESC_ADDRESS);
		walk->writable = !(descriptor & DESC_READONLY);
		return planes_is_ram(planes, walk->gpa) && (descriptor & DESC_USER || !space->user);
	}
	return false;
}

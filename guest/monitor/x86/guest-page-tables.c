// SPDX-License-Identifier: GPL-2.0-only
#include "layout.h"
#include "npt.h"
#include "svm.h"
#include "walk.h"
#include "../freestanding.h"

bool walk_guest(const struct guest_space *space, uint64_t va, struct walk *walk)
{
	struct planes *planes = space->planes;
	uint64_t entry = space->cr3;
	bool writable = true, user = true;

	if (!space->paging) {
		*walk = (struct walk){ .gpa = va, .plane = CCP_HV_PRIVATE, .writable = true };
		return planes_is_ram(planes, va);
	}
	for (int shift = 39; shift >= 12; shift -= 9) {
		uint64_t table = entry & PTE_ADDRESS & ~PLANE_MASK;
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
		walk->gpa = (entry & PTE_ADDRESS & ~PLANE_MASK & ~in_page) | (va & in_page);
		walk->plane = npt_plane(planes->stage2, entry);
		walk->writable = writable;
		return planes_is_ram(planes, walk->gpa) && (user || !space->user);
	}
	return false;
}

static bool copy(const struct guest_space *space, uint64_t va, uint8_t *own, size_t size,
		 bool to_guest)
{
	while (size) {
		size_t chunk = PAGE_SIZE - (va & (PAGE_SIZE - 1));
		struct walk walk;
		void *guest;

		if (chunk > size)
			chunk = size;
		if (!walk_guest(space, va, &walk) || (to_guest && !walk.writable))
			return false;
		guest = planes_ptr(space->planes, walk.gpa, walk.plane);
		/* A process may name the same page as the source and as the target. */
		if (to_guest)
			memmove(guest, own, chunk);
		else
			memmove(own, guest, chunk);
		va += chunk;
		own += chunk;
		size -= chunk;
	}
	return true;
}

bool walk_read(const struct guest_space *space, uint64_t va, void *dst, size_t size)
{
	return copy(space, va, dst, size, false);
}

bool walk_write(const struct guest_space *space, uint64_t va, const void *src, size_t size)
{
	return copy(space, va, (uint8_t *)src, size, true);
}

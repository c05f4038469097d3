// SPDX-License-Identifier: GPL-2.0-only
#include "freestanding.h"
#include "walk.h"

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

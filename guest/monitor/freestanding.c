// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stdint.h>

#include "freestanding.h"

/*
 * Word by word: emulation pays for every instruction, and the monitor copies whole kernels. Words
 * are aligned: arm64 has no others while the MMU is off.
 */
void *memcpy(void *dst, const void *src, size_t size)
{
	bool is_aligned = !(((uintptr_t)dst | (uintptr_t)src) % sizeof(uint64_t));
	uint64_t *to = dst;
	const uint64_t *from = src;
	uint8_t *to_byte;
	const uint8_t *from_byte;

	for (; is_aligned && size >= sizeof(*to); size -= sizeof(*to))
		*to++ = *from++;
	to_byte = (uint8_t *)to;
	from_byte = (const uint8_t *)from;
	while (size--)
		*to_byte++ = *from_byte++;
	return dst;
}

void *memmove(void *dst, const void *src, size_t size)
{
	uint8_t *to = dst;
	const uint8_t *from = src;

	if (to <= from || to >= from + size)
		return memcpy(dst, src, size);
	while (size--)
		to[size] = from[size];
	return dst;
}

void *memset(void *dst, int byte, size_t size)
{
	uint8_t *to = dst;

	while (size--)
		*to++ = byte;
	return dst;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *x = a, *y = b;

	for (; size; size--, x++, y++)
		if (*x != *y)
			return *x < *y ? -1 : 1;
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (uint8_t)*a - (uint8_t)*b;
}

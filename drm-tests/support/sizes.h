/* SPDX-License-Identifier: MIT */
/*
 * Sizes in bytes. The heap takes chunks of 1 MiB, 64 KiB and 4 KiB, where it gets them.
 */
#ifndef CC_SIZES_H
#define CC_SIZES_H

#include <stddef.h>
#include <stdint.h>

#include "ccprime-hostview.h"

#define PAGE ((size_t)CCP_HV_PAGE_SIZE)
#define KIB  ((size_t)1024)
#define MIB  (1024 * KIB)

/* Bytes of a word of a pattern, and of a pixel (XRGB8888): a word is two pixels. */
#define WORD  sizeof(uint64_t)
#define PIXEL 4

/* A chunk of each size. */
#define MIXED_SIZE (MIB + 64 * KIB + 4 * KIB)

/* More takes seconds to look at. */
#define QUICK_SIZE (4 * MIB)

struct cc_size {
	const char *name;
	size_t size;
};

/* On both sides of each edge between chunks, and mixtures; in ascending order. */
extern const struct cc_size cc_sizes[];
extern const size_t cc_sizes_count;

/* Rounded up to whole pages. */
static inline size_t cc_page_align(size_t size)
{
	return (size + PAGE - 1) / PAGE * PAGE;
}

#endif

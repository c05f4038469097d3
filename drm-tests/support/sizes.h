/* SPDX-License-Identifier: MIT */
/*
 * Sizes of buffers. The heap takes chunks of 1 MiB, 64 KiB and 4 KiB, where it gets them.
 */
#ifndef CC_SIZES_H
#define CC_SIZES_H

#include <stddef.h>

#include "ccprime-hostview.h"

#define PAGE ((size_t)CCP_HV_PAGE_SIZE)
#define KIB  ((size_t)1024)
#define MIB  (1024 * KIB)

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

#endif

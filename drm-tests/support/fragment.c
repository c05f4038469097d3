// SPDX-License-Identifier: MIT
#include "igt.h"

#include <sys/mman.h>

#include "ccprime.h"
#include "fragment.h"
#include "kernelfs.h"
#include "pages.h"
#include "sizes.h"

/* What the rest of the guest lives on. */
#define RESERVE (24 * MIB)
#define SPARE	(40 * MIB)
/*
 * Runs of 32 KiB are given back, each with as much between them that is not: less than the heap's
 * chunks of 64 KiB, and enough for the kernel's stacks.
 */
#define RUN   (8 * PAGE)
#define SOAK  (MIB + 64 * KIB)
#define SOAKS 64
/*
 * Documentation/admin-guide/sysctl/vm.rst. Pages that are freed go to a CPU's list first, from
 * which only memory of the same kind is allocated: a large divisor keeps it short, 0 is the
 * default.
 */
#define CPU_LISTS "/proc/sys/vm/percpu_pagelist_high_fraction"
#define SHORT	  "100000"
#define DEFAULT	  "0"

/* Whether a buffer of so many pages is in as many chunks. */
static bool is_in_pages(struct ccp_hostview *view, const struct ccp_buffer *buffer)
{
	struct cc_pages pages;
	bool is;

	cc_pages_find(view, buffer, &pages);
	is = cc_chunk_count(&pages) == pages.count;
	cc_pages_free(&pages);
	return is;
}

static void set_cpu_lists(const char *divisor)
{
	cc_require_file(CPU_LISTS, cc_write_file(CPU_LISTS, divisor));
}

/* Buffers of the private heap get the large pieces that the reserve has. */
static void soak_up(struct ccp_hostview *view, struct cc_fragments *fragments)
{
	bool done = false;

	fragments->soaks = calloc(SOAKS, sizeof(*fragments->soaks));
	igt_assert(fragments->soaks);
	while (!done) {
		struct ccp_buffer *soak = &fragments->soaks[fragments->count];

		igt_assert_f(fragments->count < SOAKS, "free memory stays in large pieces\n");
		igt_assert_eq(ccp_buffer_create(soak, CCP_HEAP_PRIVATE, SOAK), 0);
		fragments->count++;
		done = is_in_pages(view, soak);
	}
}

void cc_fragment_memory(struct ccp_hostview *view, struct cc_fragments *fragments, size_t pages)
{
	size_t free = cc_meminfo("MemFree") * KIB;
	/* For the buffers that soak up the rest, too, and for what Linux keeps free. */
	size_t wanted = (pages * PAGE + SPARE + RUN - 1) / RUN * RUN;
	char *map;

	igt_require_f(free > RESERVE + 2 * wanted, "only %zu MiB of memory are free\n", free / MIB);
	set_cpu_lists(SHORT);
	*fragments = (struct cc_fragments){ .size = 2 * wanted };
	/* Most of it goes in large pieces, which is soon done. */
	igt_assert_eq(ccp_buffer_create(&fragments->bulk, CCP_HEAP_PRIVATE,
					(free - RESERVE - fragments->size) / PAGE * PAGE),
		      0);
	map = mmap(NULL, fragments->size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	igt_assert(map != MAP_FAILED);
	fragments->map = map;
	for (size_t given = 0; given < wanted; given += RUN)
		igt_assert_eq(madvise(map + 2 * given, RUN, MADV_DONTNEED), 0);
	set_cpu_lists(DEFAULT);
	soak_up(view, fragments);
}

void cc_fragments_free(struct cc_fragments *fragments)
{
	while (fragments->count)
		ccp_buffer_destroy(&fragments->soaks[--fragments->count]);
	free(fragments->soaks);
	munmap(fragments->map, fragments->size);
	ccp_buffer_destroy(&fragments->bulk);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's virtual memory, as its own page tables have it. */
#ifndef MONITOR_WALK_H
#define MONITOR_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "planes.h"

/* Whose view of virtual memory it is. */
struct guest_space {
	struct planes *planes;
	bool paging; /* else virtual addresses are physical ones, and private */
	uint64_t root; /* of the page tables, as the CPU's register holds it */
	bool user; /* only pages that user mode may touch */
};

struct walk {
	uint64_t gpa;
	enum ccp_hv_plane plane;
	bool writable; /* at every level */
};

/*
 * Translates a virtual address as the guest's CPU does: the architecture's (x86:
 * guest-page-tables.c). false: not present, not allowed, or a table or page outside guest RAM.
 * Whatever the tables hold, nothing outside guest RAM is read.
 */
bool walk_guest(const struct guest_space *space, uint64_t va, struct walk *walk);

/*
 * Copies between guest virtual memory and the monitor. false: some of it cannot be reached (or
 * written).
 */
bool walk_read(const struct guest_space *space, uint64_t va, void *dst, size_t size);
bool walk_write(const struct guest_space *space, uint64_t va, const void *src, size_t size);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's page table for tests of what is common to architectures: one level, an entry a page
 * from virtual address 0 on.
 */
#ifndef MONITOR_TESTS_FAKE_WALK_H
#define MONITOR_TESTS_FAKE_WALK_H

#include "walk.h"

#define FAKE_ENTRIES 64

struct fake_entry {
	bool present;
	struct walk leads_to; /* a page */
};

/* What a space leads to that pages: a test's to fill in. */
extern struct fake_entry fake_page_table[FAKE_ENTRIES];

#endif

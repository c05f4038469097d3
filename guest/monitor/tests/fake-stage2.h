/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A second stage for tests of what is common to architectures: a table of what is present, in
 * memory of the fake machine.
 */
#ifndef MONITOR_TESTS_FAKE_STAGE2_H
#define MONITOR_TESTS_FAKE_STAGE2_H

#include "page.h"
#include "stage2.h"

#define FAKE_RAM   (16ul << 20)
#define FAKE_PAGES (FAKE_RAM / PAGE_SIZE)

/* No RAM, though below its end. */
#define FAKE_HOLE     0xa0000ul
#define FAKE_HOLE_END 0x100000ul

/* Machine addresses: the shared plane is at 0, the private one here. */
#define FAKE_PRIVATE 0x80000000ul

struct stage2 {
	bool present[2][FAKE_PAGES]; /* by plane */
};

/* As stage2.h wants it: all of the private plane is present. */
void fake_stage2_init(struct stage2 *stage2);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The second stage of translation, from guest physical addresses to the machine's: what planes.c
 * wants of the architecture. x86: npt.c; arm64: stage2-tables.c.
 *
 * A guest physical address (GPA) is meant without the bit that chooses its plane.
 */
#ifndef MONITOR_STAGE2_H
#define MONITOR_STAGE2_H

#include <stdbool.h>
#include <stdint.h>

#include "ccprime-hostview.h"

/*
 * The architecture's tables. They start with all of RAM present in the private plane, and in no
 * other.
 */
struct stage2;

/* true: RAM, which has two planes. What is no RAM is the same in both. */
bool stage2_is_ram(const struct stage2 *stage2, uint64_t gpa);

/* The machine's address of a GPA in a plane. */
uint64_t stage2_machine(const struct stage2 *stage2, uint64_t gpa, enum ccp_hv_plane plane);

/*
 * The machine's address that a device gets to with the number of a private page's; 0: the
 * architecture's devices have no such place, and the shared plane is there.
 */
uint64_t stage2_decoy(const struct stage2 *stage2, uint64_t gpa);

/*
 * Makes a page of RAM present in a plane or not. The caller has CPUs forget what they know of it.
 */
void stage2_set_present(struct stage2 *stage2, uint64_t gpa, enum ccp_hv_plane plane, bool present);

/* Whether it is. */
bool stage2_is_present(struct stage2 *stage2, uint64_t gpa, enum ccp_hv_plane plane);

#endif

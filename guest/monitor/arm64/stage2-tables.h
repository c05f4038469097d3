/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The second stage's translation tables (Arm ARM, D8 "The AArch64 Virtual Memory System
 * Architecture"): intermediate physical addresses of IPA_BITS bits, of which the highest chooses
 * the plane.
 */
#ifndef MONITOR_STAGE2_TABLES_H
#define MONITOR_STAGE2_TABLES_H

#include "../stage2.h"

struct stage2 {
	uint64_t root; /* machine address; what VTTBR_EL2 wants */
	uint64_t next; /* the next free page for tables */
	uint64_t ram_end; /* guest physical */
};

/*
 * Makes tables from this machine address on: ram bytes from RAM_BASE on in the private plane, and
 * the machine's devices in both, but for the page of the monitor's own.
 */
void stage2_init(struct stage2 *stage2, uint64_t tables, uint64_t ram, uint64_t own_device);

/* An IPA's guest physical address and plane, and the other way round. */
uint64_t stage2_gpa(uint64_t ipa);
enum ccp_hv_plane stage2_plane(uint64_t ipa);
uint64_t stage2_ipa(uint64_t gpa, enum ccp_hv_plane plane);

#endif

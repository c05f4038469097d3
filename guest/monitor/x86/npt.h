/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD's nested page tables, which are ../stage2.h here: the two planes of guest memory under one
 * root. The halves of the guest's 48-bit physical address space, told apart by PLANE_BIT, lead to
 * the two planes.
 */
#ifndef MONITOR_NPT_H
#define MONITOR_NPT_H

#include <stdint.h>

#include "../stage2.h"

struct stage2 {
	uint64_t root; /* machine address, for VMCB nested_cr3 */
	/*
	 * The same, but addresses without PLANE_BIT are private too: for a CPU that does not page
	 */
	uint64_t unpaged_root;
	uint64_t next; /* first free machine address for tables */
	uint64_t ram; /* bytes of guest RAM, a multiple of 2 MiB */
	enum ccp_hv_plane with_bit; /* the plane that an address with PLANE_BIT leads to */
};

/*
 * Builds the tables from machine address tables on: the private plane of RAM as 4 KiB pages; the
 * legacy hole and everything from 3 GiB up as they are. The rest is not present: the shared plane,
 * and what is between RAM and 3 GiB.
 */
void npt_init(struct stage2 *npt, uint64_t tables, uint64_t ram, enum ccp_hv_plane with_bit);

/*
 * Maps [from, to), between ram and 3 GiB and widened to 2 MiB, as it is in both planes: ACPI
 * tables.
 */
void npt_map_identity(struct stage2 *npt, uint64_t from, uint64_t to);

/*
 * The two halves of a guest physical address with its PLANE_BIT: the GPA, and the plane that it
 * leads to.
 */
uint64_t npt_gpa(uint64_t address);
enum ccp_hv_plane npt_plane(const struct stage2 *npt, uint64_t address);

/* A guest physical address of this plane: gpa with or without PLANE_BIT. */
uint64_t npt_address(const struct stage2 *npt, uint64_t gpa, enum ccp_hv_plane plane);

#endif

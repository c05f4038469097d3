/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD's nested page tables, which are ../stage2.h here: the two planes of guest memory under one
 * root. The halves of the guest's physical address space, told apart by a bit, lead to the two
 * planes.
 */
#ifndef MONITOR_NPT_H
#define MONITOR_NPT_H

#include <stdint.h>

#include "../stage2.h"

/* How guest physical addresses tell the planes, and where the machine has the private one. */
struct npt_planes {
	enum ccp_hv_plane with_bit; /* the plane that an address with the bit leads to */
	uint64_t mask; /* the bit: C-bit, shared bit */
	uint64_t private_base; /* the machine's address of GPA 0 */
};

/* A confidential guest's, as layout.h has them: devices do not reach the private plane. */
#define CONFIDENTIAL_PLANES(plane_with_bit) \
	{ .with_bit = (plane_with_bit), .mask = PLANE_MASK, .private_base = PRIVATE_BASE }

struct stage2 {
	uint64_t root; /* machine address, for VMCB nested_cr3 */
	/*
	 * The same, but addresses without the bit are private too: for a CPU that does not page
	 */
	uint64_t unpaged_root;
	uint64_t next; /* first free machine address for tables */
	uint64_t ram; /* bytes of guest RAM, a multiple of 2 MiB */
	struct npt_planes planes;
};

/*
 * Builds the tables from machine address tables on: the private plane of RAM as 4 KiB pages; the
 * legacy hole and everything from 3 GiB up, to 512 GiB or the planes' bit, as they are. The rest is
 * not present: the shared plane, and what is between RAM and 3 GiB.
 */
void npt_init(struct stage2 *npt, uint64_t tables, uint64_t ram, struct npt_planes planes);

/*
 * Maps [from, to), between ram and 3 GiB and widened to 2 MiB, as it is in both planes: ACPI
 * tables.
 */
void npt_map_identity(struct stage2 *npt, uint64_t from, uint64_t to);

/*
 * The two halves of a guest physical address with its bit: the GPA, and the plane that it leads
 * to.
 */
uint64_t npt_gpa(const struct stage2 *npt, uint64_t address);
enum ccp_hv_plane npt_plane(const struct stage2 *npt, uint64_t address);

/* A guest physical address of this plane: gpa with or without the bit. */
uint64_t npt_address(const struct stage2 *npt, uint64_t gpa, enum ccp_hv_plane plane);

#endif

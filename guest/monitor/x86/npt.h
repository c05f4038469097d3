/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nested page tables: the two planes of guest memory under one root. The halves of the guest's 48-bit physical
 * address space, told apart by PLANE_BIT, lead to the two planes.
 */
#ifndef MONITOR_NPT_H
#define MONITOR_NPT_H

#include <stdbool.h>
#include <stdint.h>

#include "ccprime-hostview.h"

struct npt {
	uint64_t root; /* machine address, for VMCB nested_cr3 */
	uint64_t
		unpaged_root; /* the same, but addresses without PLANE_BIT are private too: for a CPU that does not page */
	uint64_t next; /* first free machine address for tables */
	uint64_t ram; /* bytes of guest RAM, a multiple of 2 MiB */
	enum ccp_hv_plane with_bit; /* the plane that an address with PLANE_BIT leads to */
};

/*
 * Builds the tables from machine address tables on: the private plane of RAM as 4 KiB pages; the legacy hole and
 * everything from 3 GiB up as they are. The rest is not present: the shared plane, and what is between RAM and 3 GiB.
 */
void npt_init(struct npt *npt, uint64_t tables, uint64_t ram, enum ccp_hv_plane with_bit);

/* Maps [from, to), between ram and 3 GiB and widened to 2 MiB, as it is in both planes: ACPI tables. */
void npt_map_identity(struct npt *npt, uint64_t from, uint64_t to);

/* Makes a page of RAM present in a plane or not. The caller flushes. */
void npt_set_present(struct npt *npt, uint64_t gpa, enum ccp_hv_plane plane, bool present);

/* Whether it is. */
bool npt_is_present(struct npt *npt, uint64_t gpa, enum ccp_hv_plane plane);

/* The plane that a guest physical address with its PLANE_BIT leads to. */
enum ccp_hv_plane npt_plane(const struct npt *npt, uint64_t address);

/* A guest physical address of this plane: gpa with or without PLANE_BIT. */
uint64_t npt_address(const struct npt *npt, uint64_t gpa, enum ccp_hv_plane plane);

/* Machine address of a guest physical address without PLANE_BIT, in a plane. */
uint64_t npt_machine(const struct npt *npt, uint64_t gpa, enum ccp_hv_plane plane);

#endif

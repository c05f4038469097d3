// SPDX-License-Identifier: GPL-2.0-only
#include "layout.h"
#include "npt.h"
#include "svm.h"
#include "../freestanding.h"
#include "../machine.h"

/*
 * Accessed and dirty are set from the start: nobody reads them, and the walker need not write them.
 */
#define NPT_LEAF  (PTE_PRESENT | PTE_WRITABLE | PTE_USER | PTE_ACCESSED | PTE_DIRTY)
#define NPT_TABLE NPT_LEAF

static uint64_t *new_table(struct stage2 *npt)
{
	uint64_t *table = machine_ptr(npt->next);

	npt->next += PAGE_SIZE;
	memset(table, 0, PAGE_SIZE);
	return table;
}

static unsigned int index_at(uint64_t address, unsigned int level)
{
	return address >> (12 + 9 * level) & (PTE_TABLE_ENTRIES - 1);
}

/* The entry for address at level (0: 4 KiB, 1: 2 MiB, 2: 1 GiB), tables above it made as needed. */
static uint64_t *entry_at(struct stage2 *npt, uint64_t address, unsigned int level)
{
	uint64_t *table = machine_ptr(npt->root);

	for (unsigned int l = 3; l > level; l--) {
		uint64_t *entry = &table[index_at(address, l)];

		if (!*entry) {
			*entry = npt->next | NPT_TABLE;
			new_table(npt);
		}
		table = machine_ptr(*entry & PTE_ADDRESS);
	}
	return &table[index_at(address, level)];
}

/* What is no RAM, as it is. */
static void map_outside(struct stage2 *npt, enum ccp_hv_plane plane)
{
	const uint64_t most = 512ul << 30;
	uint64_t gpa, end = npt->planes.mask < most ? npt->planes.mask : most;

	for (gpa = LEGACY_HOLE; gpa < LEGACY_HOLE_END; gpa += PAGE_SIZE)
		*entry_at(npt, npt_address(npt, gpa, plane), 0) = gpa | NPT_LEAF;
	for (gpa = MACHINE_TOP; gpa < end; gpa += HUGE_PAGE_SIZE)
		*entry_at(npt, npt_address(npt, gpa, plane), 2) = gpa | NPT_LEAF | PTE_LARGE;
}

void npt_init(struct stage2 *npt, uint64_t tables, uint64_t ram, struct npt_planes planes)
{
	*npt = (struct stage2){ .root = tables, .next = tables, .ram = ram, .planes = planes };
	new_table(npt);
	for (uint64_t gpa = 0; gpa < ram; gpa += PAGE_SIZE)
		stage2_set_present(npt, gpa, CCP_HV_PRIVATE, true);
	map_outside(npt, CCP_HV_SHARED);
	map_outside(npt, CCP_HV_PRIVATE);
	npt->unpaged_root = npt->next;
	*new_table(npt) = *entry_at(npt, npt_address(npt, 0, CCP_HV_PRIVATE), 3);
}

void npt_map_identity(struct stage2 *npt, uint64_t from, uint64_t to)
{
	for (uint64_t gpa = from & ~(LARGE_PAGE_SIZE - 1); gpa < to; gpa += LARGE_PAGE_SIZE) {
		*entry_at(npt, gpa, 1) = gpa | NPT_LEAF | PTE_LARGE;
		*entry_at(npt, gpa | npt->planes.mask, 1) = gpa | NPT_LEAF | PTE_LARGE;
	}
}

bool stage2_is_ram(const struct stage2 *npt, uint64_t gpa)
{
	return gpa < npt->ram && (gpa < LEGACY_HOLE || gpa >= LEGACY_HOLE_END);
}

void stage2_set_present(struct stage2 *npt, uint64_t gpa, enum ccp_hv_plane plane, bool present)
{
	uint64_t *entry = entry_at(npt, npt_address(npt, gpa, plane), 0);

	*entry = present ? stage2_machine(npt, gpa, plane) | NPT_LEAF : 0;
}

bool stage2_is_present(struct stage2 *npt, uint64_t gpa, enum ccp_hv_plane plane)
{
	return *entry_at(npt, npt_address(npt, gpa, plane), 0) & PTE_PRESENT;
}

uint64_t npt_gpa(const struct stage2 *npt, uint64_t address)
{
	return address & ~npt->planes.mask;
}

enum ccp_hv_plane npt_plane(const struct stage2 *npt, uint64_t address)
{
	return address & npt->planes.mask ? npt->planes.with_bit : !npt->planes.with_bit;
}

uint64_t npt_address(const struct stage2 *npt, uint64_t gpa, enum ccp_hv_plane plane)
{
	return plane == npt->planes.with_bit ? gpa | npt->planes.mask : gpa;
}

/* Devices reach the shared plane by the same numbers. */
uint64_t stage2_decoy(const struct stage2 *npt, uint64_t gpa)
{
	return 0;
}

uint64_t stage2_machine(const struct stage2 *npt, uint64_t gpa, enum ccp_hv_plane plane)
{
	if (!stage2_is_ram(npt, gpa))
		return gpa;
	return plane == CCP_HV_PRIVATE ? gpa + npt->planes.private_base : gpa;
}

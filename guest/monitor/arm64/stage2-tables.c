// SPDX-License-Identifier: GPL-2.0-only
#include "layout.h"
#include "stage2-tables.h"
#include "sysreg.h"
#include "../freestanding.h"
#include "../machine.h"

#define LEVEL_SHIFT(level) (12 + 9 * (3 - (level)))

#define LEAF   (DESC_VALID | DESC_AF | STAGE2_RW | STAGE2_INNER)
#define PAGE   (LEAF | DESC_TABLE | STAGE2_NORMAL)
#define DEVICE (LEAF | STAGE2_DEVICE) /* a block; a page with DESC_TABLE */

static uint64_t new_table(struct stage2 *stage2)
{
	uint64_t table = stage2->next;

	stage2->next += PAGE_SIZE;
	memset(machine_ptr(table), 0, PAGE_SIZE);
	return table;
}

/* The descriptor of an IPA at a level, tables above it made as needed. */
static uint64_t *descriptor_at(struct stage2 *stage2, uint64_t ipa, int level)
{
	uint64_t *table = machine_ptr(stage2->root);

	for (int l = 1; l < level; l++) {
		uint64_t *descriptor = &table[ipa >> LEVEL_SHIFT(l) & (DESC_ENTRIES - 1)];

		if (!*descriptor)
			*descriptor = new_table(stage2) | DESC_TABLE | DESC_VALID;
		table = machine_ptr(*descriptor & DESC_ADDRESS);
	}
	return &table[ipa >> LEVEL_SHIFT(level) & (DESC_ENTRIES - 1)];
}

/* Pages of 2 MiB at once: one table of level 3. */
static void map_private_block(struct stage2 *stage2, uint64_t gpa)
{
	uint64_t *descriptors = descriptor_at(stage2, stage2_ipa(gpa, CCP_HV_PRIVATE), 3);
	uint64_t first = stage2_machine(stage2, gpa, CCP_HV_PRIVATE) | PAGE;

	for (uint64_t i = 0; i < DESC_ENTRIES; i++)
		descriptors[i] = first + i * PAGE_SIZE;
}

static void map_devices(struct stage2 *stage2, enum ccp_hv_plane plane, uint64_t own)
{
	const uint64_t block = own & ~(LARGE_PAGE_SIZE - 1);

	for (uint64_t gpa = 0; gpa < RAM_BASE; gpa += LARGE_PAGE_SIZE)
		if (gpa != block)
			*descriptor_at(stage2, stage2_ipa(gpa, plane), 2) = gpa | DEVICE;
	for (uint64_t gpa = block; gpa < block + LARGE_PAGE_SIZE; gpa += PAGE_SIZE)
		if (gpa != own)
			*descriptor_at(stage2, stage2_ipa(gpa, plane), 3) =
				gpa | DEVICE | DESC_TABLE;
}

void stage2_init(struct stage2 *stage2, uint64_t tables, uint64_t ram, uint64_t own_device)
{
	*stage2 = (struct stage2){ .next = tables, .ram_end = RAM_BASE + ram };
	stage2->root = new_table(stage2);
	for (uint64_t gpa = RAM_BASE; gpa < stage2->ram_end; gpa += LARGE_PAGE_SIZE)
		map_private_block(stage2, gpa);
	map_devices(stage2, CCP_HV_PRIVATE, own_device);
	map_devices(stage2, CCP_HV_SHARED, own_device);
}

uint64_t stage2_gpa(uint64_t ipa)
{
	return ipa & ~SHARED_BIT;
}

enum ccp_hv_plane stage2_plane(uint64_t ipa)
{
	return ipa & SHARED_BIT ? CCP_HV_SHARED : CCP_HV_PRIVATE;
}

uint64_t stage2_ipa(uint64_t gpa, enum ccp_hv_plane plane)
{
	return plane == CCP_HV_SHARED ? gpa | SHARED_BIT : gpa;
}

bool stage2_is_ram(const struct stage2 *stage2, uint64_t gpa)
{
	return gpa >= RAM_BASE && gpa < stage2->ram_end;
}

uint64_t stage2_machine(const struct stage2 *stage2, uint64_t gpa, enum ccp_hv_plane plane)
{
	if (!stage2_is_ram(stage2, gpa))
		return gpa;
	return plane == CCP_HV_SHARED ? gpa | SHARED_BIT : gpa + PRIVATE_OFFSET;
}

uint64_t stage2_decoy(const struct stage2 *stage2, uint64_t gpa)
{
	return gpa;
}

void stage2_set_present(struct stage2 *stage2, uint64_t gpa, enum ccp_hv_plane plane, bool present)
{
	uint64_t *descriptor = descriptor_at(stage2, stage2_ipa(gpa, plane), 3);

	*descriptor = present ? stage2_machine(stage2, gpa, plane) | PAGE : 0;
}

bool stage2_is_present(struct stage2 *stage2, uint64_t gpa, enum ccp_hv_plane plane)
{
	return *descriptor_at(stage2, stage2_ipa(gpa, plane), 3) & DESC_VALID;
}

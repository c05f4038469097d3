/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine's memory map. A copy of the boot loader's, which lies in memory that becomes the
 * guest's.
 */
#ifndef MONITOR_MEMORY_MAP_H
#define MONITOR_MEMORY_MAP_H

#include <stdint.h>

#include "multiboot.h"

/* Types (ACPI specification, 15.1) */
#define E820_RAM      1u
#define E820_RESERVED 2u

#define MEMORY_MAP_MAX 32u

struct memory_region {
	uint64_t base, end;
	uint32_t type; /* e820's */
};

struct memory_map {
	unsigned int count;
	struct memory_region region[MEMORY_MAP_MAX];
};

/* Copies what the boot loader says; regions past MEMORY_MAP_MAX are left out. */
void memory_map_init(struct memory_map *map, const struct multiboot_info *info);

#endif

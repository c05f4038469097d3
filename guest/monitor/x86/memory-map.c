// SPDX-License-Identifier: GPL-2.0-only
#include "memory-map.h"

void memory_map_init(struct memory_map *map, const struct multiboot_info *info)
{
	uintptr_t at = info->mmap_addr, end = at + info->mmap_length;

	for (map->count = 0; at < end && map->count < MEMORY_MAP_MAX; map->count++) {
		const struct multiboot_region *region = (const void *)at;

		map->region[map->count] = (struct memory_region){
			.base = region->base,
			.end = region->base + region->length,
			.type = region->type,
		};
		at += region->size + sizeof(region->size);
	}
}

// SPDX-License-Identifier: GPL-2.0-only
#include <asm/bootparam.h>

#include "efi-tables.h"
#include "memory-map.h"
#include "../freestanding.h"
#include "../log.h"

/* UEFI specification 2.10, 4.3: EFI_SYSTEM_TABLE, "IBI SYST", revision 2.10 */
#define SYSTEM_TABLE_SIGNATURE 0x5453595320494249ul
#define SYSTEM_TABLE_REVISION  (2u << 16 | 100)

/* 7.2.3: memory types and attributes */
#define EFI_RESERVED_MEMORY	0u
#define EFI_CONVENTIONAL_MEMORY 7u
#define EFI_ACPI_RECLAIM_MEMORY 9u
#define EFI_ACPI_MEMORY_NVS	10u
#define EFI_UNACCEPTED_MEMORY	15u
#define EFI_MEMORY_WB		(1ul << 3)
#define MEMORY_MAP_VERSION	1u

/* boot.rst, efi_info: "EL64", entered from 64-bit firmware */
#define LOADER_SIGNATURE 0x34364c45u

/* ACPI specification, 15.1 */
#define E820_ACPI 3u
#define E820_NVS  4u

/* Linux' LINUX_EFI_UNACCEPTED_MEM_TABLE_GUID, and the table's version */
#define UNACCEPTED_GUID                                   \
	{ 0x3c, 0xde, 0xd1, 0xd5, 0x5c, 0x10, 0xf9, 0x44, \
	  0x9e, 0xa9, 0xbc, 0xef, 0x98, 0x12, 0x00, 0x31 }
#define UNACCEPTED_VERSION 1u

struct efi_system_table {
	uint64_t signature;
	uint32_t revision, header_size, crc32, reserved;
	uint64_t vendor;
	uint32_t vendor_revision, reserved_1;
	uint64_t consoles[6], runtime, boot;
	uint64_t table_count, tables;
};

struct efi_configuration_table {
	uint8_t guid[16];
	uint64_t table;
};

struct efi_memory_descriptor {
	uint32_t type, reserved;
	uint64_t physical, virtual, pages, attribute;
};

/* Linux' struct efi_unaccepted_memory */
struct unaccepted_table {
	uint32_t version, unit_size;
	uint64_t base, size; /* bytes of the bitmap */
	uint8_t bitmap[LEDGER_MAX_PAGES * PAGE_SIZE / EFI_UNACCEPTED_UNIT / 8];
};

struct tables {
	struct efi_system_table system;
	struct efi_configuration_table configuration;
	struct unaccepted_table unaccepted;
	struct efi_memory_descriptor map[64];
};

static_assert(sizeof(struct efi_system_table) == 120, "4.3");
static_assert(sizeof(struct efi_memory_descriptor) == 40, "7.2.3");
static_assert(sizeof(struct tables) <= PAGE_SIZE, "one page");

static uint32_t efi_type(uint32_t e820_type)
{
	switch (e820_type) {
	case E820_RAM:
		return EFI_CONVENTIONAL_MEMORY;
	case E820_ACPI:
		return EFI_ACPI_RECLAIM_MEMORY;
	case E820_NVS:
		return EFI_ACPI_MEMORY_NVS;
	default:
		return EFI_RESERVED_MEMORY;
	}
}

struct map {
	struct efi_memory_descriptor *next, *end;
};

static void add(struct map *map, uint32_t type, uint64_t from, uint64_t end)
{
	if (from >= end)
		return;
	if (map->next == map->end)
		fatal("the memory map has more regions than there is room for");
	*map->next++ = (struct efi_memory_descriptor){
		.type = type,
		.physical = from,
		.pages = (end - from) / PAGE_SIZE,
		.attribute = type == EFI_RESERVED_MEMORY ? 0 : EFI_MEMORY_WB,
	};
}

/* A region of RAM around what is not accepted: before it, of it, behind it. */
static void add_ram(struct map *map, uint64_t base, uint64_t end, uint64_t from, uint64_t to)
{
	uint64_t first = from < base ? base : from < end ? from : end;
	uint64_t last = to < first ? first : to < end ? to : end;

	add(map, EFI_CONVENTIONAL_MEMORY, base, first);
	add(map, EFI_UNACCEPTED_MEMORY, first, last);
	add(map, EFI_CONVENTIONAL_MEMORY, last, end);
}

static size_t write_map(struct tables *tables, const struct boot_params *params, uint64_t from,
			uint64_t to)
{
	struct map map = { tables->map,
			   tables->map + sizeof(tables->map) / sizeof(tables->map[0]) };

	for (unsigned int i = 0; i < params->e820_entries; i++) {
		const struct boot_e820_entry *entry = &params->e820_table[i];
		uint64_t base = entry->addr & ~(PAGE_SIZE - 1);
		uint64_t end = entry->addr + entry->size;

		if (entry->type == E820_RAM)
			add_ram(&map, base, end & ~(PAGE_SIZE - 1), from, to);
		else
			add(&map, efi_type(entry->type), base,
			    (end + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1));
	}
	return (map.next - tables->map) * sizeof(tables->map[0]);
}

void efi_tables_write(struct guest *guest, struct boot_params *params, uint64_t from, uint64_t end)
{
	struct tables *tables = planes_ptr(&guest->planes, GUEST_EFI_TABLES, CCP_HV_PRIVATE);
	struct unaccepted_table *unaccepted = &tables->unaccepted;

	memset(tables, 0, PAGE_SIZE);
	tables->system.signature = SYSTEM_TABLE_SIGNATURE;
	tables->system.revision = SYSTEM_TABLE_REVISION;
	tables->system.header_size = sizeof(tables->system);
	tables->system.table_count = 1;
	tables->system.tables = GUEST_EFI_TABLES + offsetof(struct tables, configuration);
	tables->configuration = (struct efi_configuration_table){
		.guid = UNACCEPTED_GUID,
		.table = GUEST_EFI_TABLES + offsetof(struct tables, unaccepted),
	};
	unaccepted->version = UNACCEPTED_VERSION;
	unaccepted->unit_size = EFI_UNACCEPTED_UNIT;
	unaccepted->base = from;
	unaccepted->size = sizeof(unaccepted->bitmap);
	for (uint64_t unit = 0; unit < (end - from) / EFI_UNACCEPTED_UNIT; unit++)
		unaccepted->bitmap[unit / 8] |= 1u << unit % 8;
	params->efi_info = (struct efi_info){
		.efi_loader_signature = LOADER_SIGNATURE,
		.efi_systab = GUEST_EFI_TABLES + offsetof(struct tables, system),
		.efi_memdesc_size = sizeof(tables->map[0]),
		.efi_memdesc_version = MEMORY_MAP_VERSION,
		.efi_memmap = GUEST_EFI_TABLES + offsetof(struct tables, map),
		.efi_memmap_size = write_map(tables, params, from, end),
	};
}

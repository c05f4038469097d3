/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What UEFI firmware leaves for an operating system, as far as Linux needs it to know which memory
 * is not accepted: a system table without services, the memory map, and the table of unaccepted
 * memory that Linux' own EFI stub makes of that map.
 */
#ifndef MONITOR_EFI_TABLES_H
#define MONITOR_EFI_TABLES_H

#include "guest.h"

struct boot_params;

/* Unaccepted memory is told in units of this many bytes. */
#define EFI_UNACCEPTED_UNIT LARGE_PAGE_SIZE

/*
 * Writes the tables to GUEST_EFI_TABLES and has boot_params, whose E820 map is complete, point to
 * them. [from, end) is what is not accepted: whole units of RAM.
 */
void efi_tables_write(struct guest *guest, struct boot_params *params, uint64_t from, uint64_t end);

#endif

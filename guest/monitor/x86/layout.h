/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where everything lies in the machine's memory (3 GiB of RAM below 4 GiB):
 *
 *   0 .. ram                    shared plane: guest physical = machine address, so that devices
 *                               reach it as they are
 *   MONITOR_BASE                the monitor, then kernel and initramfs as QEMU put them
 *   NPT_BASE                    nested page tables
 *   PRIVATE_BASE .. + ram       private plane of a confidential guest: guest physical +
 * PRIVATE_BASE
 *
 * and above 4 GiB
 *
 *   SME_MASK .. + ram           what a machine with SME has encrypted: an address with its C-bit is
 *                               the machine's, so that devices reach this plane, too
 *
 * All that is not RAM (ACPI tables, firmware, devices) is the same for both planes.
 */
#ifndef MONITOR_LAYOUT_H
#define MONITOR_LAYOUT_H

#include "../page.h"

#define MONITOR_BASE 0x40000000 /* monitor.lds has it too */
#define NPT_BASE     0x60000000
#define PRIVATE_BASE 0x80000000
#define MACHINE_TOP \
	0xc0000000ul /* end of RAM, which QEMU's pc machine keeps in one piece below 3 GiB */

/* vCPUs, and the stack of each. boot.S has them too */
#define MAX_CPUS   4
#define STACK_SIZE 16384

#define HUGE_PAGE_SIZE (1ul << 30)

/* The legacy hole: video memory, option ROMs, BIOS. Not RAM. */
#define TRAMPOLINE_END	0x9e000ul /* above are the BIOS's own data */
#define LEGACY_HOLE	0xa0000ul
#define LEGACY_HOLE_END 0x100000ul

/* The bit of a guest physical address that chooses the plane; 48 bits of address in all. */
#define PLANE_BIT  47
#define PLANE_MASK (1ul << PLANE_BIT)
/* The C-bit of a machine with SME. No device of this machine is above it. */
#define SME_BIT	 32
#define SME_MASK (1ul << SME_BIT)

/* Where the guest starts: in the private plane */
#define GUEST_BOOT_PARAMS  0x10000ul
#define GUEST_COMMAND_LINE 0x20000ul
#define GUEST_COMMAND_SIZE 0x8000ul
/*
 * Of the mode's launch(): RAM in the guest's memory map, as Linux reserves it itself and maps it
 * like RAM
 */
#define GUEST_SETUP_DATA 0x40000ul
/* What else the mode's launch() puts there; reserved in the guest's memory map */
#define GUEST_LAUNCH	  0x41000ul
#define GUEST_LAUNCH_END  0x43000ul
#define GUEST_PAGE_TABLES 0x30000ul
/* What firmware would leave, a page: efi-tables.c. RAM in the guest's memory map, too */
#define GUEST_EFI_TABLES 0x38000ul

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where everything lies in the machine's memory. QEMU's machine `virt` has RAM from 1 GiB on, here
 * 5 GiB of it:
 *
 *   RAM_BASE .. + ram           decoy: where a device gets to that was given the address of a
 *                               private page (the same number, as devices know of no planes)
 *   RAM_BASE + PRIVATE_OFFSET   private plane: guest physical + PRIVATE_OFFSET. QEMU's loader puts
 *                               kernel and initramfs there
 *   MONITOR_BASE                the monitor
 *   TABLES_BASE                 tables of the second stage
 *   RAM_BASE | SHARED_BIT       shared plane: intermediate physical = machine address, so that
 *                               devices reach it as they are
 *
 * Below RAM_BASE are the machine's devices, the same for both planes.
 */
#ifndef MONITOR_LAYOUT_H
#define MONITOR_LAYOUT_H

#include "../page.h"

#define GIB (1ul << 30)

#define RAM_BASE       0x40000000ul
#define PRIVATE_OFFSET GIB
#define MONITOR_BASE   0xc0000000 /* monitor.lds has it too */
#define TABLES_BASE    0xc8000000ul

/*
 * The bit of an intermediate physical address (IPA) that chooses the plane, the highest (RMM
 * specification, "Realm IPA space"), and how many there are.
 */
#define IPA_BITS   33
#define SHARED_BIT (1ul << (IPA_BITS - 1))

/* vCPUs. boot.S has it too */
#define MAX_CPUS 4

/* Where QEMU's loader puts them (host/machine/boot.py), guest physical */
#define GUEST_KERNEL	0x40200000ul
#define GUEST_DTB	0x47e00000ul
#define GUEST_INITRAMFS 0x48000000ul
#define GUEST_DTB_SIZE	(GUEST_INITRAMFS - GUEST_DTB)

/* hw/arm/virt.c of QEMU: where it leaves its device tree, and devices of the monitor's */
#define MACHINE_DTB    RAM_BASE
#define MACHINE_UART1  0x09040000ul
#define MACHINE_FW_CFG 0x09020000ul

#endif

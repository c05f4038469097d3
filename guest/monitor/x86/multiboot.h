/* SPDX-License-Identifier: GPL-2.0-only */
/* Multiboot specification 0.6.96, as far as QEMU's loader and the monitor need it. */
#ifndef MONITOR_MULTIBOOT_H
#define MONITOR_MULTIBOOT_H

/* 3.1.2: header */
#define MULTIBOOT_HEADER_MAGIC 0x1badb002
#define MULTIBOOT_MEMORY_INFO  0x00000002
/* 3.2: machine state */
#define MULTIBOOT_LOADER_MAGIC 0x2badb002

#ifndef __ASSEMBLER__

#include <stdint.h>

/* 3.3: boot information */
struct multiboot_info {
	uint32_t flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr;
	uint32_t syms[4];
	uint32_t mmap_length, mmap_addr;
};

struct multiboot_module {
	uint32_t start, end, string, reserved;
};

struct multiboot_region {
	uint32_t size; /* of what follows */
	uint64_t base, length;
	uint32_t type;
} __attribute__((packed));

#endif
#endif

// SPDX-License-Identifier: GPL-2.0-only
#include "io.h"
#include "../machine.h"

/* QEMU's isa-debugcon and isa-debug-exit, as the command line places them */
#define PORT_DEBUG 0xe9
#define PORT_EXIT  0xf4

const char machine_pc_name[] = "rip";
const char machine_level_name[] = "cpl";

void *machine_ptr(uint64_t address)
{
	return (void *)address;
}

void machine_putc(char c)
{
	outb(PORT_DEBUG, c);
}

void machine_stop(void)
{
	for (;;)
		outb(PORT_EXIT, 1);
}

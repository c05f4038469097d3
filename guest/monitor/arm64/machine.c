// SPDX-License-Identifier: GPL-2.0-only
#include "cpu.h"
#include "layout.h"
#include "psci.h"
#include "../machine.h"

/* The second serial port, a PL011 (Arm DDI 0183, "Register descriptions"): data and flags */
#define UART_DR	     0x00
#define UART_FR	     0x18
#define UART_FR_TXFF (1u << 5)

const char machine_pc_name[] = "elr";
const char machine_level_name[] = "el";

void *machine_ptr(uint64_t address)
{
	return (void *)address;
}

void machine_fill(uint64_t address, uint64_t size, uint64_t word)
{
	for (uint64_t at = address; at < address + size; at += 64)
		asm volatile("stp %1, %1, [%0]; stp %1, %1, [%0, #16];"
			     "stp %1, %1, [%0, #32]; stp %1, %1, [%0, #48]"
			     :
			     : "r"(at), "r"(word)
			     : "memory");
}

void machine_putc(char c)
{
	volatile uint32_t *flags = machine_ptr(MACHINE_UART1 + UART_FR);
	volatile uint32_t *data = machine_ptr(MACHINE_UART1 + UART_DR);

	while (*flags & UART_FR_TXFF)
		;
	*data = c;
}

void machine_stop(void)
{
	for (;;)
		cpu_smc(PSCI_OFF, 0, 0, 0);
}

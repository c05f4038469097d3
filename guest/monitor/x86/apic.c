// SPDX-License-Identifier: GPL-2.0-only
#include "apic.h"
#include "io.h"
#include "../machine.h"

/* 16.3.1: APIC base address register; 16.9.1: bit 10 is x2APIC mode */
#define MSR_APIC_BASE	 0x1bu
#define APIC_BASE_X2APIC (1ul << 10)
/* 16.9.5: x2APIC register addresses */
#define MSR_X2APIC_ICR 0x830u
/* 16.3.2: register offsets */
#define APIC_ADDRESS  0xfee00000ul
#define APIC_ICR_LOW  0x300
#define APIC_ICR_HIGH 0x310

unsigned int apic_id(void)
{
	uint32_t eax = 1, ebx, ecx = 0, edx;

	asm volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	return ebx >> 24;
}

void apic_send(unsigned int id, uint32_t command)
{
	volatile uint32_t *high = machine_ptr(APIC_ADDRESS + APIC_ICR_HIGH);
	volatile uint32_t *low = machine_ptr(APIC_ADDRESS + APIC_ICR_LOW);
	uint32_t guests;

	if (read_msr(MSR_APIC_BASE) & APIC_BASE_X2APIC) {
		write_msr(MSR_X2APIC_ICR, (uint64_t)id << 32 | command);
		return;
	}
	/* The guest may be between its two writes */
	guests = *high;
	*high = id << 24;
	*low = command;
	*high = guests;
}

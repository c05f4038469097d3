// SPDX-License-Identifier: GPL-2.0-only
#include "clock.h"
#include "../log.h"
#include "../machine.h"

/*
 * IA-PC HPET specification 1.0a, 2.3: registers, and the address that ACPI gives on QEMU's machines
 */
#define HPET_BASE	   0xfed00000ul
#define HPET_CAPABILITIES  0x000 /* bits 63:32: femtoseconds a tick */
#define HPET_CONFIGURATION 0x010 /* bit 0: the counter runs */
#define HPET_COUNTER	   0x0f0

#define FEMTOSECONDS_MAX    100000000ul /* 2.3.4: the slowest tick allowed */
#define SAMPLE_FEMTOSECONDS 10000000000000ul

static volatile uint64_t *hpet(unsigned int offset)
{
	return machine_ptr(HPET_BASE + offset);
}

uint64_t clock_ticks(void)
{
	uint32_t low, high;

	asm volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

uint32_t clock_tsc_mhz(void)
{
	uint64_t period = *hpet(HPET_CAPABILITIES) >> 32, ticks, start, tsc, configuration;

	if (!period || period > FEMTOSECONDS_MAX)
		fatal("no HPET to measure the clock with");
	ticks = SAMPLE_FEMTOSECONDS / period;
	configuration = *hpet(HPET_CONFIGURATION);
	*hpet(HPET_CONFIGURATION) = configuration | 1;
	start = *hpet(HPET_COUNTER);
	tsc = clock_ticks();
	while (*hpet(HPET_COUNTER) - start < ticks)
		;
	tsc = clock_ticks() - tsc;
	*hpet(HPET_CONFIGURATION) = configuration;
	return tsc / (SAMPLE_FEMTOSECONDS / 1000000000);
}

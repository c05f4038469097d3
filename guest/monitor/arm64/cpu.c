// SPDX-License-Identifier: GPL-2.0-only
#include "cpu.h"

extern const char cpu_entry_point[];

int64_t cpu_smc(uint32_t function, uint64_t x1, uint64_t x2, uint64_t x3)
{
	register uint64_t r0 asm("x0") = function;
	register uint64_t r1 asm("x1") = x1;
	register uint64_t r2 asm("x2") = x2;
	register uint64_t r3 asm("x3") = x3;

	/* SMC Calling Convention (Arm DEN0028), "Register use": X4 to X17 may change */
	asm volatile("smc #0"
		     : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3)
		     :
		     : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
		       "x16", "x17", "memory");
	return (int64_t)r0;
}

void cpu_flush_stage2(void)
{
	asm volatile("dsb ishst; tlbi vmalls12e1is; dsb ish; isb" ::: "memory");
}

uint64_t cpu_read_mdscr(void)
{
	uint64_t value;

	asm volatile("mrs %0, mdscr_el1" : "=r"(value));
	return value;
}

void cpu_write_mdscr(uint64_t value)
{
	asm volatile("msr mdscr_el1, %0; isb" : : "r"(value));
}

uint64_t cpu_entry(void)
{
	return (uintptr_t)cpu_entry_point;
}

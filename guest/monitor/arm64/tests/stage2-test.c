// SPDX-License-Identifier: GPL-2.0-only
/* The second stage's tables as a CPU reads them, and EL0's as the host view does. */
#include "fake-machine.h"
#include "fake-realm.h"
#include "tap.h"
#include "../../machine.h"

#define PAGE_A (RAM_BASE + 0x201000)

/* What a CPU finds for an IPA; UINT64_MAX: nothing. attributes: of the descriptor. */
static uint64_t walk_stage2(uint64_t ipa, uint64_t *attributes)
{
	uint64_t table = fake_guest.stage2.root;

	for (int shift = 30; shift >= 12; shift -= 9) {
		uint64_t *entries = machine_ptr(table);
		uint64_t descriptor = entries[ipa >> shift & 511];

		if (!(descriptor & DESC_VALID))
			return UINT64_MAX;
		*attributes = descriptor & ~DESC_ADDRESS;
		table = descriptor & DESC_ADDRESS;
		if (shift == 12 || !(descriptor & DESC_TABLE))
			return table | (ipa & ((1ul << shift) - 1));
	}
	return UINT64_MAX;
}

static void planes_are_apart(void)
{
	uint64_t attributes;

	fake_realm_reset();
	for (uint64_t gpa = RAM_BASE; gpa < RAM_BASE + FAKE_RAM; gpa += PAGE_SIZE) {
		check_eq(walk_stage2(gpa, &attributes), gpa + GIB);
		check_eq(attributes, 0x7ff);
		stage2_set_present(&fake_guest.stage2, gpa, CCP_HV_SHARED, true);
		check_eq(walk_stage2(gpa | 1ul << 32, &attributes), gpa | 1ul << 32);
	}
	stage2_set_present(&fake_guest.stage2, PAGE_A, CCP_HV_PRIVATE, false);
	check_eq(walk_stage2(PAGE_A, &attributes), UINT64_MAX);
	check(!stage2_is_ram(&fake_guest.stage2, RAM_BASE - 1));
	check(!stage2_is_ram(&fake_guest.stage2, RAM_BASE + FAKE_RAM));
}

static void devices_are_the_same_in_both(void)
{
	static const uint64_t addresses[] = { 0, 0x8000000, 0x9000abc, 0x10000000, 0x3fffffff };
	uint64_t attributes;

	fake_realm_reset();
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		check_eq(walk_stage2(addresses[i], &attributes), addresses[i]);
		check_eq(attributes >> 2 & 15, 1);
		check_eq(walk_stage2(addresses[i] | 1ul << 32, &attributes), addresses[i]);
	}
	check_eq(walk_stage2(MACHINE_UART1, &attributes), UINT64_MAX);
	check_eq(walk_stage2(MACHINE_UART1 | 1ul << 32, &attributes), UINT64_MAX);
	check_eq(walk_stage2(RAM_BASE + FAKE_RAM, &attributes), UINT64_MAX);
}

static void programs_memory_is_walked(void)
{
	const uint64_t page = DESC_VALID | DESC_TABLE | DESC_AF;
	struct vcpu *vcpu = fake_realm_reset();
	struct guest_space space;
	struct walk walk;

	fake_user_tables(vcpu,
			 (uint64_t[]){
				 PAGE_A | page | DESC_USER,
				 PAGE_A | SHARED_BIT | page | DESC_USER | DESC_READONLY,
				 PAGE_A | page, /* the kernel's */
				 (RAM_BASE + FAKE_RAM) | page | DESC_USER,
				 PAGE_A | DESC_VALID | DESC_USER, /* reserved */
			 },
			 5);
	space = vcpu_space(vcpu);
	check(walk_guest(&space, 0x1123, &walk));
	check_eq(walk.gpa, PAGE_A + 0x123);
	check_eq(walk.plane, CCP_HV_PRIVATE);
	check(walk.writable);
	check(walk_guest(&space, 0x2000, &walk));
	check_eq(walk.gpa, PAGE_A);
	check_eq(walk.plane, CCP_HV_SHARED);
	check(!walk.writable);
	for (uint64_t va = 0x3000; va < 0x7000; va += 0x1000)
		check(!walk_guest(&space, va, &walk));
	check(!walk_guest(&space, 1ul << 48 | 0x1000, &walk));
	vcpu->tcr_el1 = 25; /* 39 bits */
	space = vcpu_space(vcpu);
	check(!walk_guest(&space, 0x1000, &walk));
}

static const struct tap_test tests[] = {
	{ "planes are apart", planes_are_apart },
	{ "devices are the same in both", devices_are_the_same_in_both },
	{ "a program's memory is walked", programs_memory_is_walked },
};

TAP_MAIN(tests)

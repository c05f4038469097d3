// SPDX-License-Identifier: GPL-2.0-only
/* Nested page tables as a CPU reads them. */
#include "fake-machine.h"
#include "layout.h"
#include "npt.h"
#include "svm.h"
#include "tap.h"
#include "../../machine.h"

#define RAM (16ull << 20)

static struct stage2 npt;

static void reset(enum ccp_hv_plane with_bit)
{
	fake_machine_reset();
	npt_init(&npt, NPT_BASE, RAM, (struct npt_planes)CONFIDENTIAL_PLANES(with_bit));
}

/* What a CPU finds for a guest physical address; UINT64_MAX: not present. */
static uint64_t nested_walk(uint64_t address)
{
	uint64_t entry = npt.root;

	for (int shift = 39; shift >= 12; shift -= 9) {
		const uint64_t *table = machine_ptr(entry & PTE_ADDRESS);

		entry = table[address >> shift & (PTE_TABLE_ENTRIES - 1)];
		if (!(entry & PTE_PRESENT))
			return UINT64_MAX;
		if (shift == 12 || entry & PTE_LARGE)
			return (entry & PTE_ADDRESS) | (address & ((1ull << shift) - 1));
	}
	return UINT64_MAX;
}

static void planes_are_apart(void)
{
	for (int with_bit = CCP_HV_PRIVATE; with_bit <= CCP_HV_SHARED; with_bit++) {
		uint64_t c_bit = with_bit == CCP_HV_PRIVATE ? PLANE_MASK : 0;

		reset(with_bit);
		for (uint64_t gpa = 0; gpa < RAM; gpa += PAGE_SIZE) {
			if (gpa >= LEGACY_HOLE && gpa < LEGACY_HOLE_END)
				continue;
			check_eq(nested_walk(gpa | c_bit), gpa + PRIVATE_BASE);
			stage2_set_present(&npt, gpa, CCP_HV_SHARED, true);
			check_eq(nested_walk(gpa | (c_bit ^ PLANE_MASK)), gpa);
		}
	}
}

static void what_is_no_ram_is_the_same_in_both(void)
{
	static const uint64_t addresses[] = { LEGACY_HOLE, LEGACY_HOLE_END - PAGE_SIZE, 0xbfe12345,
					      0xfee00000, 511ull << 30 };

	reset(CCP_HV_PRIVATE);
	npt_map_identity(&npt, 0xbfe10000, 0xbff00000);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		check_eq(nested_walk(addresses[i]), addresses[i]);
		check_eq(nested_walk(addresses[i] | PLANE_MASK), addresses[i]);
	}
}

static void the_monitor_is_out_of_reach(void)
{
	static const uint64_t addresses[] = { RAM, MONITOR_BASE, NPT_BASE, PRIVATE_BASE,
					      PRIVATE_BASE + RAM };

	reset(CCP_HV_PRIVATE);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		check_eq(nested_walk(addresses[i]), UINT64_MAX);
		check_eq(nested_walk(addresses[i] | PLANE_MASK), UINT64_MAX);
	}
}

/* What a CPU that does not page reaches without PLANE_BIT. */
static void the_unpaged_root_is_private(void)
{
	reset(CCP_HV_PRIVATE);
	npt.root = npt.unpaged_root;
	check_eq(nested_walk(0x9a000), 0x9a000 + PRIVATE_BASE);
	check_eq(nested_walk(0xfee00000), 0xfee00000);
	reset(CCP_HV_SHARED);
	npt.root = npt.unpaged_root;
	check_eq(nested_walk(0x9a000), 0x9a000 + PRIVATE_BASE);
}

static void a_page_goes_and_comes_in_one_plane(void)
{
	reset(CCP_HV_PRIVATE);
	check(stage2_is_present(&npt, 0x401000, CCP_HV_PRIVATE));
	check(!stage2_is_present(&npt, 0x401000, CCP_HV_SHARED));
	stage2_set_present(&npt, 0x401000, CCP_HV_PRIVATE, false);
	check(!stage2_is_present(&npt, 0x401000, CCP_HV_PRIVATE));
	check_eq(nested_walk(0x401000 | PLANE_MASK), UINT64_MAX);
	check_eq(nested_walk(0x400000 | PLANE_MASK), 0x400000 + PRIVATE_BASE);
	check_eq(nested_walk(0x402000 | PLANE_MASK), 0x402000 + PRIVATE_BASE);
	stage2_set_present(&npt, 0x401000, CCP_HV_SHARED, true);
	check_eq(nested_walk(0x401000), 0x401000);
	stage2_set_present(&npt, 0x401000, CCP_HV_PRIVATE, true);
	check_eq(nested_walk(0x401000 | PLANE_MASK), 0x401000 + PRIVATE_BASE);
}

static void an_address_is_a_gpa_and_a_plane(void)
{
	for (int with_bit = CCP_HV_PRIVATE; with_bit <= CCP_HV_SHARED; with_bit++) {
		reset(with_bit);
		for (int plane = CCP_HV_PRIVATE; plane <= CCP_HV_SHARED; plane++) {
			uint64_t address = npt_address(&npt, 0x401234, plane);

			check_eq(npt_gpa(&npt, address), 0x401234);
			check_eq(npt_plane(&npt, address), plane);
			check_eq(address & PLANE_MASK, plane == with_bit ? PLANE_MASK : 0);
		}
	}
}

static const struct tap_test tests[] = {
	{ "the planes are apart, whichever the bit selects", planes_are_apart },
	{ "what is no RAM is the same in both planes", what_is_no_ram_is_the_same_in_both },
	{ "the guest cannot reach the monitor", the_monitor_is_out_of_reach },
	{ "the root of CPUs that do not page is private", the_unpaged_root_is_private },
	{ "a page goes and comes in one plane", a_page_goes_and_comes_in_one_plane },
	{ "an address is a GPA and a plane", an_address_is_a_gpa_and_a_plane },
};

TAP_MAIN(tests)

// SPDX-License-Identifier: GPL-2.0-only
/* Nested page tables as a CPU reads them, and guest page tables as the host view walks them. */
#include "fake-machine.h"
#include "layout.h"
#include "machine.h"
#include "svm.h"
#include "tap.h"
#include "walk.h"

#define RAM  (16ull << 20)
#define PML4 0x200000ull

static struct planes planes;

static void reset_with(const struct planes_config *config)
{
	fake_machine_reset();
	memset(&planes, 0, sizeof(planes));
	planes_init(&planes, config);
}

static void reset(enum ccp_hv_plane with_bit, bool strict)
{
	reset_with(&(struct planes_config){
		.ram = RAM, .with_bit = with_bit, .strict = strict, .fill = PLANES_FILL_OLD });
}

static void convert(uint64_t gpa, uint64_t count, enum ccp_hv_plane to)
{
	planes_convert(&planes, gpa, &count, to);
}

/* What a CPU finds for a guest physical address; UINT64_MAX: not present. */
static uint64_t nested_walk(uint64_t address)
{
	uint64_t entry = planes.npt.root;

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

		reset(with_bit, false);
		for (uint64_t gpa = 0; gpa < RAM; gpa += PAGE_SIZE) {
			if (gpa >= LEGACY_HOLE && gpa < LEGACY_HOLE_END)
				continue;
			check_eq(nested_walk(gpa | c_bit), gpa + PRIVATE_BASE);
			planes_ptr(&planes, gpa, CCP_HV_SHARED);
			check_eq(nested_walk(gpa | (c_bit ^ PLANE_MASK)), gpa);
		}
	}
}

static void what_is_no_ram_is_the_same_in_both(void)
{
	static const uint64_t addresses[] = { LEGACY_HOLE, LEGACY_HOLE_END - PAGE_SIZE, 0xbfe12345,
					      0xfee00000, 511ull << 30 };

	reset(CCP_HV_PRIVATE, false);
	npt_map_identity(&planes.npt, 0xbfe10000, 0xbff00000);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		check_eq(nested_walk(addresses[i]), addresses[i]);
		check_eq(nested_walk(addresses[i] | PLANE_MASK), addresses[i]);
	}
}

static void the_monitor_is_out_of_reach(void)
{
	static const uint64_t addresses[] = { RAM, MONITOR_BASE, NPT_BASE, PRIVATE_BASE,
					      PRIVATE_BASE + RAM };

	reset(CCP_HV_PRIVATE, false);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		check_eq(nested_walk(addresses[i]), UINT64_MAX);
		check_eq(nested_walk(addresses[i] | PLANE_MASK), UINT64_MAX);
	}
}

static uint64_t shared_word(uint64_t gpa)
{
	return *(uint64_t *)machine_ptr(gpa);
}

static void the_first_touch_finds_poison(void)
{
	reset(CCP_HV_PRIVATE, false);
	check_eq(nested_walk(0x400000), UINT64_MAX);
	check_eq(planes_fault(&planes, 0x400000), PLANES_FAULT_OPENED);
	check_eq(nested_walk(0x5ff000), 0x5ff000);
	check_eq(shared_word(0x400000), POISON_SHARED);
	check_eq(shared_word(0x5ffff8), POISON_SHARED);
	check_eq(shared_word(0x600000), 0);
	check_eq(planes.ledger.count.violations, 0);
}

static void a_conversion_finds_poison_once(void)
{
	reset(CCP_HV_PRIVATE, false);
	convert(0x3ff000, 2, CCP_HV_SHARED);
	check_eq(shared_word(0x3ff000), POISON_SHARED);
	check_eq(shared_word(0x400ff8), POISON_SHARED);
	*(uint64_t *)machine_ptr(0x400000) = 1; /* a device's write */
	planes_ptr(&planes, 0x400000, CCP_HV_SHARED);
	convert(0x400000, 1, CCP_HV_SHARED);
	check_eq(shared_word(0x400000), 1);
}

static void becoming_private_opens_nothing(void)
{
	reset(CCP_HV_PRIVATE, false);
	convert(0x400000, 512, CCP_HV_PRIVATE);
	check_eq(nested_walk(0x400000), UINT64_MAX);
	check_eq(shared_word(0x400000), 0);
	check_eq(planes_fault(&planes, 0x400000), PLANES_FAULT_OPENED);
	check_eq(shared_word(0x400000), POISON_SHARED);
}

static void strict_mode_shows_a_page_in_one_plane(void)
{
	reset(CCP_HV_PRIVATE, true);
	convert(0x401000, 1, CCP_HV_SHARED);
	check_eq(nested_walk(0x400000), UINT64_MAX);
	check_eq(nested_walk(0x400000 | PLANE_MASK), 0x400000 + PRIVATE_BASE);
	check_eq(nested_walk(0x401000), 0x401000);
	check_eq(nested_walk(0x401000 | PLANE_MASK), UINT64_MAX);
	convert(0x401000, 1, CCP_HV_PRIVATE);
	check_eq(nested_walk(0x401000), UINT64_MAX);
	check_eq(nested_walk(0x401000 | PLANE_MASK), 0x401000 + PRIVATE_BASE);
}

static bool went(void)
{
	bool gone = planes.gone;

	planes.gone = false;
	return gone;
}

static void strict_mode_tells_when_a_page_goes(void)
{
	reset(CCP_HV_PRIVATE, true);
	check(!went());
	convert(0x401000, 1, CCP_HV_SHARED);
	check(went());
	convert(0x401000, 1, CCP_HV_SHARED); /* redundant */
	check(!went());
	planes_fault(&planes, 0x401000 | PLANE_MASK); /* a violation: both planes now */
	check(!went());
	convert(0x401000, 1, CCP_HV_SHARED);
	check(went());
	convert(0x401000, 1, CCP_HV_PRIVATE);
	check(went());
}

static void without_strict_mode_nothing_goes(void)
{
	reset(CCP_HV_PRIVATE, false);
	convert(0x3ff000, 2, CCP_HV_SHARED);
	convert(0x3ff000, 2, CCP_HV_PRIVATE);
	planes_fault(&planes, 0x600000);
	check(!went());
	check_eq(nested_walk(0x400000), 0x400000);
	check_eq(nested_walk(0x400000 | PLANE_MASK), 0x400000 + PRIVATE_BASE);
}

static void a_violation_is_counted_and_let_through(void)
{
	reset(CCP_HV_PRIVATE, true);
	check_eq(planes_fault(&planes, 0x800123), PLANES_FAULT_VIOLATION);
	check_eq(planes.ledger.count.violations, 1);
	check_eq(nested_walk(0x800000), 0x800000);
	check_eq(nested_walk(0x801000), UINT64_MAX);
	check_eq(planes_fault(&planes, RAM), PLANES_FAULT_NO_RAM);
	check_eq(planes_fault(&planes, MONITOR_BASE), PLANES_FAULT_NO_RAM);
	check_eq(planes_fault(&planes, LEGACY_HOLE), PLANES_FAULT_NO_RAM);
}

static uint64_t private_word(uint64_t gpa)
{
	return *(uint64_t *)machine_ptr(gpa + PRIVATE_BASE);
}

static void a_conversion_brings_what_was_chosen(void)
{
	static const struct {
		enum planes_fill fill;
		uint64_t shared, private;
	} rows[] = {
		{ PLANES_FILL_POISON, POISON_SHARED, POISON_PRIVATE },
		{ PLANES_FILL_ZERO, 0, 0 },
		{ PLANES_FILL_OLD, 5, 7 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		reset_with(&(struct planes_config){ .ram = RAM, .fill = rows[i].fill });
		*(uint64_t *)planes_ptr(&planes, 0x400000, CCP_HV_SHARED) = 5;
		*(uint64_t *)planes_ptr(&planes, 0x400000, CCP_HV_PRIVATE) = 7;
		convert(0x400000, 1, CCP_HV_SHARED);
		check_eq(shared_word(0x400000), rows[i].shared);
		check_eq(private_word(0x400000), 7);
		convert(0x400000, 1, CCP_HV_PRIVATE);
		check_eq(private_word(0x400000), rows[i].private);
		*(uint64_t *)planes_ptr(&planes, 0x400000, CCP_HV_PRIVATE) = 9;
		convert(0x400000, 1, CCP_HV_PRIVATE); /* redundant */
		check_eq(private_word(0x400000), 9);
	}
}

static void a_pending_page_is_out_of_reach(void)
{
	reset_with(&(struct planes_config){ .ram = RAM,
					    .with_bit = CCP_HV_SHARED,
					    .needs_accept = true,
					    .accept_zeroes = true });
	convert(0x400000, 1, CCP_HV_SHARED);
	check(!went());
	convert(0x400000, 1, CCP_HV_PRIVATE);
	check(went());
	check_eq(nested_walk(0x400000), UINT64_MAX);
	check_eq(planes_fault(&planes, 0x400000), PLANES_FAULT_PENDING);
	check_eq(private_word(0x400000), POISON_PRIVATE);
	check_eq(planes_accept(&planes, 0x400000), 0);
	check_eq(nested_walk(0x400000), 0x400000 + PRIVATE_BASE);
	check_eq(private_word(0x400000), 0);
}

static void a_failed_call_converts_the_first_pages(void)
{
	struct ccp_hv_fail fail = { .plane = CCP_HV_SHARED, .nth = 1, .pages = 2 };
	uint64_t count = 4;

	reset(CCP_HV_PRIVATE, true);
	ledger_arm(&planes.ledger, &fail);
	check_eq(planes_convert(&planes, 0x400000, &count, CCP_HV_SHARED), LEDGER_REFUSED);
	check_eq(count, 2);
	check_eq(ledger_state(&planes.ledger, 0x401), CCP_HV_SHARED);
	check_eq(ledger_state(&planes.ledger, 0x402), CCP_HV_PRIVATE);
	check_eq(nested_walk(0x401000), 0x401000);
	check_eq(nested_walk(0x402000), UINT64_MAX);
}

static void set_entry(uint64_t table, unsigned int index, uint64_t value)
{
	((uint64_t *)machine_ptr(npt_machine(&planes.npt, table, CCP_HV_PRIVATE)))[index] = value;
}

/* Four levels below PML4 in the private plane: va 0x1000 -> 0x800000 private, 0x2000 -> 0x801000 shared, read only. */
static struct guest_space make_guest_tables(void)
{
	const uint64_t flags = PTE_PRESENT | PTE_WRITABLE | PTE_USER;

	reset(CCP_HV_PRIVATE, false);
	set_entry(PML4, 0, (PML4 + 0x1000) | PLANE_MASK | flags);
	set_entry(PML4 + 0x1000, 0, (PML4 + 0x2000) | PLANE_MASK | flags);
	set_entry(PML4 + 0x2000, 0, (PML4 + 0x3000) | PLANE_MASK | flags);
	set_entry(PML4 + 0x2000, 1, 0xa00000 | flags | PTE_LARGE);
	set_entry(PML4 + 0x3000, 1, 0x800000 | PLANE_MASK | flags);
	set_entry(PML4 + 0x3000, 2, 0x801000 | PTE_PRESENT | PTE_USER);
	set_entry(PML4 + 0x3000, 3, 0x802000 | PTE_PRESENT | PTE_WRITABLE);
	set_entry(PML4 + 0x3000, 4, (RAM + 0x1000) | flags);
	return (struct guest_space){
		.planes = &planes, .paging = true, .cr3 = PML4 | PLANE_MASK, .user = true
	};
}

static void the_guest_walk_tells_plane_and_rights(void)
{
	struct guest_space space = make_guest_tables();
	struct walk walk;

	check(walk_guest(&space, 0x1234, &walk));
	check_eq(walk.gpa, 0x800234);
	check_eq(walk.plane, CCP_HV_PRIVATE);
	check(walk.writable);
	check(walk_guest(&space, 0x2000, &walk));
	check_eq(walk.gpa, 0x801000);
	check_eq(walk.plane, CCP_HV_SHARED);
	check(!walk.writable);
	check(walk_guest(&space, 0x2abcde, &walk));
	check_eq(walk.gpa, 0xaabcde);
}

static void the_guest_walk_refuses(void)
{
	struct guest_space space = make_guest_tables();
	struct walk walk;

	check(!walk_guest(&space, 0, &walk)); /* not present */
	check(!walk_guest(&space, 0x3000, &walk)); /* the kernel's */
	check(!walk_guest(&space, 0x4000, &walk)); /* outside RAM */
	space.user = false;
	check(walk_guest(&space, 0x3000, &walk));
	space.cr3 = RAM | PLANE_MASK;
	check(!walk_guest(&space, 0x1000, &walk));
}

static void without_paging_everything_is_private(void)
{
	struct guest_space space = { .planes = &planes };
	struct walk walk;

	reset(CCP_HV_PRIVATE, false);
	check(walk_guest(&space, 0x5678, &walk));
	check_eq(walk.gpa, 0x5678);
	check_eq(walk.plane, CCP_HV_PRIVATE);
	check(!walk_guest(&space, RAM, &walk));
}

/* What a CPU that does not page reaches without PLANE_BIT. */
static void the_unpaged_root_is_private(void)
{
	reset(CCP_HV_PRIVATE, false);
	planes.npt.root = planes.npt.unpaged_root;
	check_eq(nested_walk(0x9a000), 0x9a000 + PRIVATE_BASE);
	check_eq(nested_walk(0xfee00000), 0xfee00000);
	reset(CCP_HV_SHARED, false);
	planes.npt.root = planes.npt.unpaged_root;
	check_eq(nested_walk(0x9a000), 0x9a000 + PRIVATE_BASE);
}

static void copies_cross_pages_and_planes(void)
{
	struct guest_space space = make_guest_tables();
	uint8_t *private_page = machine_ptr(0x800000 + PRIVATE_BASE);
	uint8_t *shared_page = planes_ptr(&planes, 0x801000, CCP_HV_SHARED);
	uint8_t bytes[4];

	private_page[4094] = 1;
	private_page[4095] = 2;
	shared_page[0] = 3;
	shared_page[1] = 4;
	check(walk_read(&space, 0x1ffe, bytes, sizeof(bytes)));
	check(!memcmp(bytes, (uint8_t[]){ 1, 2, 3, 4 }, sizeof(bytes)));
	check(!walk_write(&space, 0x1ffe, bytes, sizeof(bytes))); /* the second page is read only */
	check(walk_write(&space, 0x1000, bytes, sizeof(bytes)));
	check(!memcmp(private_page, bytes, sizeof(bytes)));
}

static const struct tap_test tests[] = {
	{ "the planes are apart, whichever the bit selects", planes_are_apart },
	{ "what is no RAM is the same in both planes", what_is_no_ram_is_the_same_in_both },
	{ "the guest cannot reach the monitor", the_monitor_is_out_of_reach },
	{ "the first touch of the shared plane finds poison", the_first_touch_finds_poison },
	{ "a conversion finds poison, but only once", a_conversion_finds_poison_once },
	{ "a page that becomes private opens nothing", becoming_private_opens_nothing },
	{ "strict mode shows a page in one plane", strict_mode_shows_a_page_in_one_plane },
	{ "strict mode tells when a page goes", strict_mode_tells_when_a_page_goes },
	{ "without strict mode nothing goes", without_strict_mode_nothing_goes },
	{ "a violation is counted and let through", a_violation_is_counted_and_let_through },
	{ "a conversion brings what was chosen", a_conversion_brings_what_was_chosen },
	{ "a page that is not accepted is out of reach", a_pending_page_is_out_of_reach },
	{ "a failed call converts the first pages", a_failed_call_converts_the_first_pages },
	{ "the guest walk tells plane and rights", the_guest_walk_tells_plane_and_rights },
	{ "the guest walk refuses what the guest could not reach", the_guest_walk_refuses },
	{ "without paging everything is private", without_paging_everything_is_private },
	{ "the root of CPUs that do not page is private", the_unpaged_root_is_private },
	{ "copies cross pages and planes", copies_cross_pages_and_planes },
};

TAP_MAIN(tests)

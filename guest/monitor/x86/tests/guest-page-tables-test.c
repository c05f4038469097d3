// SPDX-License-Identifier: GPL-2.0-only
/* Guest page tables as the host view walks them. */
#include "fake-machine.h"
#include "layout.h"
#include "npt.h"
#include "svm.h"
#include "tap.h"
#include "../../machine.h"
#include "../../walk.h"

#define RAM  (16ull << 20)
#define PML4 0x200000ull

static struct stage2 npt;
static struct planes planes;

static void reset(void)
{
	fake_machine_reset();
	memset(&planes, 0, sizeof(planes));
	npt_init(&npt, NPT_BASE, RAM, (struct npt_planes)CONFIDENTIAL_PLANES(CCP_HV_PRIVATE));
	planes_init(&planes, &npt, &(struct planes_config){ .ram = RAM });
}

static void set_entry(uint64_t table, unsigned int index, uint64_t value)
{
	((uint64_t *)machine_ptr(stage2_machine(&npt, table, CCP_HV_PRIVATE)))[index] = value;
}

/*
 * Four levels below PML4 in the private plane: va 0x1000 -> 0x800000 private, 0x2000 -> 0x801000
 * shared, read only.
 */
static struct guest_space make_guest_tables(void)
{
	const uint64_t flags = PTE_PRESENT | PTE_WRITABLE | PTE_USER;

	reset();
	set_entry(PML4, 0, (PML4 + 0x1000) | PLANE_MASK | flags);
	set_entry(PML4 + 0x1000, 0, (PML4 + 0x2000) | PLANE_MASK | flags);
	set_entry(PML4 + 0x2000, 0, (PML4 + 0x3000) | PLANE_MASK | flags);
	set_entry(PML4 + 0x2000, 1, 0xa00000 | flags | PTE_LARGE);
	set_entry(PML4 + 0x3000, 1, 0x800000 | PLANE_MASK | flags);
	set_entry(PML4 + 0x3000, 2, 0x801000 | PTE_PRESENT | PTE_USER);
	set_entry(PML4 + 0x3000, 3, 0x802000 | PTE_PRESENT | PTE_WRITABLE);
	set_entry(PML4 + 0x3000, 4, (RAM + 0x1000) | flags);
	return (struct guest_space){
		.planes = &planes, .paging = true, .root = PML4 | PLANE_MASK, .user = true
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
	space.root = RAM | PLANE_MASK;
	check(!walk_guest(&space, 0x1000, &walk));
}

static void without_paging_everything_is_private(void)
{
	struct guest_space space = { .planes = &planes };
	struct walk walk;

	reset();
	check(walk_guest(&space, 0x5678, &walk));
	check_eq(walk.gpa, 0x5678);
	check_eq(walk.plane, CCP_HV_PRIVATE);
	check(!walk_guest(&space, RAM, &walk));
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
	{ "the guest walk tells plane and rights", the_guest_walk_tells_plane_and_rights },
	{ "the guest walk refuses what the guest could not reach", the_guest_walk_refuses },
	{ "without paging everything is private", without_paging_everything_is_private },
	{ "copies cross pages and planes", copies_cross_pages_and_planes },
};

TAP_MAIN(tests)

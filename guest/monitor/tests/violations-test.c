// SPDX-License-Identifier: GPL-2.0-only
#include "fake-machine.h"
#include "fake-stage2.h"
#include "tap.h"
#include "violations.h"

#define PAGE 0x400000ul

static struct stage2 stage2;
static struct planes planes;

static void reset(bool strict)
{
	fake_machine_reset();
	fake_stage2_init(&stage2);
	memset(&planes, 0, sizeof(planes));
	planes_init(
		&planes, &stage2,
		&(struct planes_config){ .ram = FAKE_RAM, .strict = strict, .needs_accept = true });
}

static void convert(uint64_t gpa, enum ccp_hv_plane to)
{
	uint64_t count = 1;

	planes_convert(&planes, gpa, &count, to);
}

static struct guest_access an_access(uint64_t gpa, enum ccp_hv_plane plane)
{
	return (struct guest_access){
		.gpa = gpa, .plane = plane, .kind = "write", .pc = 0xabc, .level = 3
	};
}

static void a_violation_is_a_line_and_goes_on(void)
{
	struct guest_access access = an_access(PAGE + 0x123, CCP_HV_SHARED);

	reset(true);
	planes_ptr(&planes, PAGE, CCP_HV_SHARED);
	check(violations_answer(&planes, &access));
	check_str(fake_machine_said(),
		  "monitor: violation: write in the shared plane of private page 0x400000, "
		  "pc 0xabc level 3\n");
	check_eq(planes.ledger.count.violations, 1);
	check(stage2_is_present(&stage2, PAGE, CCP_HV_SHARED));
	convert(PAGE, CCP_HV_SHARED);
	access.plane = CCP_HV_PRIVATE;
	access.kind = "page table walk";
	check(violations_answer(&planes, &access));
	check_str(fake_machine_said(),
		  "monitor: violation: page table walk in the private plane of shared page "
		  "0x400000, pc 0xabc level 3\n");
}

static void the_first_touch_is_no_violation(void)
{
	struct guest_access access = an_access(PAGE, CCP_HV_SHARED);

	reset(false);
	check(violations_answer(&planes, &access));
	check_eq(planes.ledger.count.violations, 0);
	check(stage2_is_present(&stage2, PAGE, CCP_HV_SHARED));
}

static void what_is_no_ram_is_somebody_elses(void)
{
	static const uint64_t addresses[] = { FAKE_RAM, FAKE_HOLE, FAKE_PRIVATE };

	reset(true);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		struct guest_access access = an_access(addresses[i], CCP_HV_SHARED);

		check(!violations_answer(&planes, &access));
	}
	check_eq(planes.ledger.count.violations, 0);
}

static void answer(void *access)
{
	violations_answer(&planes, access);
}

static void a_page_that_is_not_accepted_ends_the_guest(void)
{
	struct guest_access access = an_access(PAGE + 8, CCP_HV_PRIVATE);

	reset(false);
	convert(PAGE, CCP_HV_SHARED);
	convert(PAGE, CCP_HV_PRIVATE);
	check(!fake_machine_run(answer, &access));
	check_str(fake_machine_said(), "monitor: fatal: private page 0x400008 touched before it "
				       "was accepted: pc 0xabc level 3\n");
}

static const struct tap_test tests[] = {
	{ "a violation is a line, and goes on", a_violation_is_a_line_and_goes_on },
	{ "the first touch is no violation", the_first_touch_is_no_violation },
	{ "what is no RAM is somebody else's", what_is_no_ram_is_somebody_elses },
	{ "a page that is not accepted ends the guest",
	  a_page_that_is_not_accepted_ends_the_guest },
};

TAP_MAIN(tests)

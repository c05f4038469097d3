// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which page is present in which plane, and what it holds, over a second stage that is no
 * architecture's.
 */
#include <errno.h>

#include "fake-machine.h"
#include "fake-stage2.h"
#include "machine.h"
#include "planes.h"
#include "tap.h"

static struct stage2 stage2;
static struct planes planes;

static void reset_with(const struct planes_config *config)
{
	fake_machine_reset();
	fake_stage2_init(&stage2);
	memset(&planes, 0, sizeof(planes));
	planes_init(&planes, &stage2, config);
}

static void reset(bool strict)
{
	reset_with(&(struct planes_config){
		.ram = FAKE_RAM, .strict = strict, .fill = PLANES_FILL_OLD });
}

static bool is_private(uint64_t gpa)
{
	return stage2_is_present(&stage2, gpa, CCP_HV_PRIVATE);
}

static bool is_shared(uint64_t gpa)
{
	return stage2_is_present(&stage2, gpa, CCP_HV_SHARED);
}

static void convert(uint64_t gpa, uint64_t count, enum ccp_hv_plane to)
{
	planes_convert(&planes, gpa, &count, to);
}

static uint64_t shared_word(uint64_t gpa)
{
	return *(uint64_t *)machine_ptr(gpa);
}

static void the_first_touch_finds_poison(void)
{
	reset(false);
	check(!is_shared(0x400000));
	check_eq(planes_fault(&planes, 0x400000, CCP_HV_SHARED), PLANES_FAULT_OPENED);
	check(is_shared(0x5ff000));
	check_eq(shared_word(0x400000), POISON_SHARED);
	check_eq(shared_word(0x5ffff8), POISON_SHARED);
	check_eq(shared_word(0x600000), 0);
	check_eq(planes.ledger.count.violations, 0);
}

static void a_conversion_finds_poison_once(void)
{
	reset(false);
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
	reset(false);
	convert(0x400000, 512, CCP_HV_PRIVATE);
	check(!is_shared(0x400000));
	check_eq(shared_word(0x400000), 0);
	check_eq(planes_fault(&planes, 0x400000, CCP_HV_SHARED), PLANES_FAULT_OPENED);
	check_eq(shared_word(0x400000), POISON_SHARED);
}

static void strict_mode_shows_a_page_in_one_plane(void)
{
	reset(true);
	convert(0x401000, 1, CCP_HV_SHARED);
	check(!is_shared(0x400000));
	check(is_private(0x400000));
	check(is_shared(0x401000));
	check(!is_private(0x401000));
	convert(0x401000, 1, CCP_HV_PRIVATE);
	check(!is_shared(0x401000));
	check(is_private(0x401000));
}

static bool went(void)
{
	bool gone = planes.gone;

	planes.gone = false;
	return gone;
}

static void strict_mode_tells_when_a_page_goes(void)
{
	reset(true);
	check(!went());
	convert(0x401000, 1, CCP_HV_SHARED);
	check(went());
	convert(0x401000, 1, CCP_HV_SHARED); /* redundant */
	check(!went());
	planes_fault(&planes, 0x401000, CCP_HV_PRIVATE); /* a violation: both planes now */
	check(!went());
	convert(0x401000, 1, CCP_HV_SHARED);
	check(went());
	convert(0x401000, 1, CCP_HV_PRIVATE);
	check(went());
}

static void without_strict_mode_nothing_goes(void)
{
	reset(false);
	convert(0x3ff000, 2, CCP_HV_SHARED);
	convert(0x3ff000, 2, CCP_HV_PRIVATE);
	planes_fault(&planes, 0x600000, CCP_HV_SHARED);
	check(!went());
	check(is_shared(0x400000));
	check(is_private(0x400000));
}

static void what_is_no_ram_is_left_alone(void)
{
	reset(true);
	planes_ptr(&planes, 0, CCP_HV_SHARED); /* the block around the hole */
	check(!is_shared(FAKE_HOLE));
	check(!is_private(FAKE_HOLE));
	convert(FAKE_HOLE, 1, CCP_HV_SHARED);
	check(!is_shared(FAKE_HOLE));
	check_eq(shared_word(FAKE_HOLE), 0);
}

static void a_violation_is_counted_and_let_through(void)
{
	reset(true);
	check_eq(planes_fault(&planes, 0x800123, CCP_HV_SHARED), PLANES_FAULT_VIOLATION);
	check_eq(planes.ledger.count.violations, 1);
	check(is_shared(0x800000));
	check(!is_shared(0x801000));
	check_eq(planes_fault(&planes, FAKE_RAM, CCP_HV_SHARED), PLANES_FAULT_NO_RAM);
	check_eq(planes_fault(&planes, FAKE_PRIVATE, CCP_HV_SHARED), PLANES_FAULT_NO_RAM);
	check_eq(planes_fault(&planes, FAKE_HOLE, CCP_HV_SHARED), PLANES_FAULT_NO_RAM);
}

static uint64_t private_word(uint64_t gpa)
{
	return *(uint64_t *)machine_ptr(FAKE_PRIVATE + gpa);
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
		reset_with(&(struct planes_config){ .ram = FAKE_RAM, .fill = rows[i].fill });
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
	reset_with(&(struct planes_config){
		.ram = FAKE_RAM, .needs_accept = true, .accept_zeroes = true });
	convert(0x400000, 1, CCP_HV_SHARED);
	check(!went());
	convert(0x400000, 1, CCP_HV_PRIVATE);
	check(went());
	check(!is_private(0x400000));
	check_eq(planes_fault(&planes, 0x400000, CCP_HV_PRIVATE), PLANES_FAULT_PENDING);
	check_eq(private_word(0x400000), POISON_PRIVATE);
	check_eq(planes_accept(&planes, 0x400000), 0);
	check(is_private(0x400000));
	check_eq(private_word(0x400000), 0);
}

static void memory_that_was_never_accepted_is_out_of_reach(void)
{
	reset_with(&(struct planes_config){ .ram = FAKE_RAM, .needs_accept = true });
	planes_leave_unaccepted(&planes, 0x400000, 0x600000);
	check(is_private(0x3ff000));
	check(!is_private(0x400000));
	check(!is_private(0x5ff000));
	check(is_private(0x600000));
	check_eq(planes_fault(&planes, 0x5ff000, CCP_HV_PRIVATE), PLANES_FAULT_PENDING);
	check_eq(planes_accept(&planes, 0x400000), 0);
	check(is_private(0x400000));
	check(!is_private(0x401000));
	check_eq(private_word(0x400000), POISON_PRIVATE);
	check_eq(planes.ledger.count.accepted, 1);
}

static void only_a_whole_block_is_accepted_at_once(void)
{
	reset_with(&(struct planes_config){
		.ram = FAKE_RAM, .needs_accept = true, .accept_zeroes = true });
	check_eq(planes_accept_block(&planes, 0x400000), -EINVAL);
	planes_leave_unaccepted(&planes, 0x400000, 0x600000);
	check_eq(planes_accept_block(&planes, 0x401000), -EINVAL);
	check_eq(planes_accept_block(&planes, 0x200000), -EINVAL);
	check_eq(planes_accept_block(&planes, FAKE_RAM), -EINVAL);
	check_eq(planes_accept(&planes, 0x5ff000), 0);
	check_eq(planes_accept_block(&planes, 0x400000), -EINVAL);
	check(!is_private(0x400000));
	planes_leave_unaccepted(&planes, 0x5ff000, 0x600000);
	check_eq(planes_accept_block(&planes, 0x400000), 0);
	check(is_private(0x400000));
	check(is_private(0x5ff000));
	check_eq(private_word(0x5ffff8), 0);
	check_eq(planes.ledger.count.accepted, 513);
	check_eq(planes.ledger.count.accepted_twice, 0);
}

static void a_failed_call_converts_the_first_pages(void)
{
	struct ccp_hv_fail fail = { .plane = CCP_HV_SHARED, .nth = 1, .pages = 2 };
	uint64_t count = 4;

	reset(true);
	ledger_arm(&planes.ledger, &fail);
	check_eq(planes_convert(&planes, 0x400000, &count, CCP_HV_SHARED), LEDGER_REFUSED);
	check_eq(count, 2);
	check_eq(ledger_state(&planes.ledger, 0x401), CCP_HV_SHARED);
	check_eq(ledger_state(&planes.ledger, 0x402), CCP_HV_PRIVATE);
	check(is_shared(0x401000));
	check(!is_shared(0x402000));
}

static const struct tap_test tests[] = {
	{ "the first touch of the shared plane finds poison", the_first_touch_finds_poison },
	{ "a conversion finds poison, but only once", a_conversion_finds_poison_once },
	{ "a page that becomes private opens nothing", becoming_private_opens_nothing },
	{ "strict mode shows a page in one plane", strict_mode_shows_a_page_in_one_plane },
	{ "strict mode tells when a page goes", strict_mode_tells_when_a_page_goes },
	{ "without strict mode nothing goes", without_strict_mode_nothing_goes },
	{ "what is no RAM is left alone", what_is_no_ram_is_left_alone },
	{ "a violation is counted and let through", a_violation_is_counted_and_let_through },
	{ "a conversion brings what was chosen", a_conversion_brings_what_was_chosen },
	{ "a page that is not accepted is out of reach", a_pending_page_is_out_of_reach },
	{ "memory that was never accepted is out of reach",
	  memory_that_was_never_accepted_is_out_of_reach },
	{ "only a whole block is accepted at once", only_a_whole_block_is_accepted_at_once },
	{ "a failed call converts the first pages", a_failed_call_converts_the_first_pages },
};

TAP_MAIN(tests)

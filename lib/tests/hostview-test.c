// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>

#include "fake-backend.h"
#include "tap.h"

static _Alignas(4096) uint8_t pages[FAKE_PAGES * 4096];

static struct ccp_hostview *open_fake(void)
{
	struct ccp_hostview *view = NULL;

	fake_reset(pages);
	if (ccp_hostview_open_backend(&view, &fake_backend))
		return NULL;
	fake.call_count = 0;
	return view;
}

static unsigned int calls_of(enum ccp_hv_call number)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < fake.call_count; i++)
		count += fake.calls[i].number == number;
	return count;
}

static void test_open_reads_info(void)
{
	struct ccp_hostview *view = open_fake();
	const struct ccp_hv_info *info;

	check(view);
	info = ccp_hostview_info(view);
	check_eq(info->ram_size, FAKE_PAGES * 4096);
	check_eq(info->poison[1], 2);
	check_eq(strlen(info->mode), sizeof(info->mode) - 1);
	ccp_hostview_close(view);
	check(fake.closed);
}

static void test_open_without_monitor(void)
{
	struct ccp_hostview *view = NULL;

	fake_reset(pages);
	fake.absent = true;
	check_eq(ccp_hostview_open_backend(&view, &fake_backend), -ENODEV);
	check(!view);
	check(!fake.closed);
}

static void test_open_cleans_up(void)
{
	struct ccp_hostview *view = NULL;

	fake_reset(pages);
	fake.fail_number = CCP_HV_INFO;
	fake.fail_error = -EFAULT;
	check_eq(ccp_hostview_open_backend(&view, &fake_backend), -EFAULT);
	check(!view);
	check(fake.closed);

	fake_reset(pages);
	fake.info_size = 8;
	check_eq(ccp_hostview_open_backend(&view, &fake_backend), -EPROTO);
	check(!view);
	check(fake.closed);

	fake_reset(pages);
	fake.info_calls = CCP_HV_STATES;
	check_eq(ccp_hostview_open_backend(&view, &fake_backend), -EPROTO);
	check(!view);
	check(fake.closed);
}

/* Whatever this machine is, the call must come back; where it finds a monitor, info is filled in.
 */
static void test_open_here(void)
{
	struct ccp_hostview *view = NULL;
	int err = ccp_hostview_open(&view);

	check(err ? err == -ENODEV && !view : ccp_hostview_info(view)->ram_size > 0);
	ccp_hostview_close(view);
}

static void test_read_in_pieces(void)
{
	static const struct {
		size_t offset, size;
		unsigned int calls;
	} cases[] = {
		{ 0, 1, 1 },
		{ 4095, 2, 1 },
		{ 100, 3 * 4096, 1 },
		{ 0, CCP_HV_MAX_COPY, 1 },
		{ 4095, CCP_HV_MAX_COPY, 1 },
		{ 8, CCP_HV_MAX_COPY + 1, 2 },
		{ 5, 3 * CCP_HV_MAX_COPY, 3 },
		{ 5, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (unsigned int plane = 0; plane < 2; plane++) {
			struct ccp_hostview *view = open_fake();
			uint8_t *found = malloc(cases[i].size + 1);

			check(view && found);
			found[cases[i].size] = 0xa5;
			check_eq(ccp_hostview_read(view, plane, pages + cases[i].offset, found,
						   cases[i].size),
				 0);
			for (size_t j = 0; j < cases[i].size; j++)
				check_eq(found[j], fake_byte(plane, cases[i].offset + j));
			check_eq(found[cases[i].size], 0xa5);
			check_eq(fake.call_count, cases[i].calls);
			free(found);
			ccp_hostview_close(view);
		}
	}
}

static void test_read_reports_errors(void)
{
	static uint8_t found[2 * CCP_HV_MAX_COPY];
	struct ccp_hostview *view = open_fake();

	check(view);
	fake.fail_number = CCP_HV_COPY;
	fake.fail_error = -EFAULT;
	check_eq(ccp_hostview_read(view, CCP_HV_SHARED, pages, found, sizeof(found)), -EFAULT);
	check_eq(fake.call_count, 1);
	ccp_hostview_close(view);
}

static void test_states_in_pieces(void)
{
	struct ccp_hostview *view = open_fake();
	static uint8_t states[FAKE_PAGES + 1];

	check(view);
	states[FAKE_PAGES] = 9;
	check_eq(ccp_hostview_states(view, pages, FAKE_PAGES, states), 0);
	for (unsigned int i = 0; i < FAKE_PAGES; i++)
		check_eq(states[i], (FAKE_PAGES - 1 - i) % 3 % 2);
	check_eq(states[FAKE_PAGES], 9);
	check_eq(calls_of(CCP_HV_STATES), 2);
	check_eq(fake.call_count, 2);
	check_eq(fake.calls[0].args[1], CCP_HV_MAX_STATES);
	check_eq(fake.calls[1].args[1], FAKE_PAGES - CCP_HV_MAX_STATES);

	fake.fail_number = CCP_HV_STATES;
	fake.fail_error = -EFAULT;
	check_eq(ccp_hostview_states(view, pages, FAKE_PAGES, states), -EFAULT);
	check_eq(fake.call_count, 3);
	ccp_hostview_close(view);
}

static void test_states_want_alignment(void)
{
	struct ccp_hostview *view = open_fake();
	uint8_t state = 9;

	check(view);
	check_eq(ccp_hostview_states(view, pages + 8, 1, &state), -EINVAL);
	check_eq(state, 9);
	check_eq(fake.call_count, 0);
	ccp_hostview_close(view);
}

static void test_translate(void)
{
	struct ccp_hv_translation at = { .gpa = 42 };
	struct ccp_hostview *view = open_fake();

	check(view);
	check_eq(ccp_hostview_translate(view, pages + 4096 + 12, &at), 0);
	check_eq(at.gpa, (FAKE_PAGES - 2) * 4096 + 12);
	check_eq(at.plane, CCP_HV_SHARED);
	check_eq(at.writable, 1);
	check_eq(ccp_hostview_translate(view, pages + sizeof(pages), &at), -EFAULT);
	check_eq(at.gpa, (FAKE_PAGES - 2) * 4096 + 12);
	ccp_hostview_close(view);
}

static void test_ledger(void)
{
	struct ccp_hv_ledger ledger = { .shared_now = 42 };
	struct ccp_hostview *view = open_fake();

	check(view);
	check_eq(ccp_hostview_ledger(view, &ledger), 0);
	check_eq(ledger.shared_now, 1);
	check_eq(ledger.pages[CCP_HV_SHARED], 3);
	check_eq(ledger.violations, 4);

	ledger.shared_now = 42;
	fake.fail_number = CCP_HV_LEDGER;
	fake.fail_error = -EFAULT;
	check_eq(ccp_hostview_ledger(view, &ledger), -EFAULT);
	check_eq(ledger.shared_now, 42);
	ccp_hostview_close(view);
}

static void test_gpa_states_go_by_guest_address(void)
{
	struct ccp_hostview *view = open_fake();
	uint8_t states[FAKE_PAGES] = { 9, 9, 9, 9 };

	check(view);
	check_eq(ccp_hostview_gpa_states(view, 4096, 2, states), 0);
	check_eq(states[0], 1);
	check_eq(states[1], 0);
	check_eq(states[2], 9);
	check_eq(fake.call_count, 1);
	check_eq(ccp_hostview_gpa_states(view, 0, 0, states), 0);
	check_eq(states[0], 1);
	check_eq(ccp_hostview_gpa_states(view, 8, 1, states), -EINVAL);
	check_eq(ccp_hostview_gpa_states(view, 4096, FAKE_PAGES, states), -EINVAL);
	ccp_hostview_close(view);
}

static void test_ledger_since(void)
{
	const struct ccp_hv_ledger mark = { 10, { 1, 2 }, { 3, 4 }, { 5, 6 }, 7, { 8, 9 }, 10, 11 };
	const struct ccp_hv_ledger now = {
		9, { 101, 202 }, { 303, 404 }, { 505, 606 }, 707, { 808, 909 }, 1010, 1111,
	};
	const struct ccp_hv_ledger expected = {
		-1ull, { 100, 200 }, { 300, 400 }, { 500, 600 }, 700, { 800, 900 }, 1000, 1100,
	};
	struct ccp_hv_ledger since = ccp_ledger_since(&mark, &now);

	check(!memcmp(&since, &expected, sizeof(since)));
}

static void test_fail(void)
{
	const struct ccp_hv_fail fail = { CCP_HV_SHARED, CCP_HV_FAIL_RETRY, 3, 5 };
	const struct ccp_hv_fail wrong = { .plane = 2 };
	struct ccp_hostview *view = open_fake();

	check(view);
	check_eq(ccp_hostview_fail(view, &fail), 0);
	check(!memcmp(&fake.armed, &fail, sizeof(fail)));
	check_eq(ccp_hostview_fail(view, &wrong), -EINVAL);
	check(!memcmp(&fake.armed, &fail, sizeof(fail)));
	ccp_hostview_close(view);
}

static const struct tap_test tests[] = {
	{ "open asks for the info", test_open_reads_info },
	{ "open without a monitor is ENODEV", test_open_without_monitor },
	{ "a failed open closes the back end", test_open_cleans_up },
	{ "open answers on this machine", test_open_here },
	{ "read goes by pieces that the monitor takes", test_read_in_pieces },
	{ "read stops at the first error", test_read_reports_errors },
	{ "states are asked for by pieces that the monitor takes", test_states_in_pieces },
	{ "states of an unaligned address are EINVAL", test_states_want_alignment },
	{ "translate follows the page table", test_translate },
	{ "states of guest addresses are asked for at once", test_gpa_states_go_by_guest_address },
	{ "ledger is copied on success only", test_ledger },
	{ "ledger since a mark subtracts every counter", test_ledger_since },
	{ "failures are armed as they are", test_fail },
};

TAP_MAIN(tests)

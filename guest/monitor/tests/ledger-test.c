// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "ledger.h"
#include "tap.h"

#define PAGES 64

static struct ledger ledger;

static void all_private_at_first(void)
{
	ledger_init(&ledger, PAGES);
	check_eq(ledger.count.shared_now, 0);
	for (uint64_t page = 0; page < PAGES; page++)
		check_eq(ledger_state(&ledger, page), CCP_HV_PRIVATE);
}

static void converts_exactly_the_range(void)
{
	ledger_init(&ledger, PAGES);
	ledger_convert(&ledger, 10, 5, CCP_HV_SHARED, false);
	for (uint64_t page = 0; page < PAGES; page++)
		check_eq(ledger_state(&ledger, page),
			 page >= 10 && page < 15 ? CCP_HV_SHARED : CCP_HV_PRIVATE);
	check_eq(ledger.count.shared_now, 5);
	check_eq(ledger.count.pages[CCP_HV_SHARED], 5);
}

static void counts_redundant_pages(void)
{
	ledger_init(&ledger, PAGES);
	ledger_convert(&ledger, 0, 4, CCP_HV_SHARED, false);
	ledger_convert(&ledger, 2, 4, CCP_HV_SHARED, false);
	ledger_convert(&ledger, 5, 2, CCP_HV_PRIVATE, false);
	check_eq(ledger.count.redundant[CCP_HV_SHARED], 2);
	check_eq(ledger.count.redundant[CCP_HV_PRIVATE], 1);
	check_eq(ledger.count.pages[CCP_HV_SHARED], 6);
	check_eq(ledger.count.pages[CCP_HV_PRIVATE], 1);
	check_eq(ledger.count.shared_now, 5);
}

static void covers_ram_only(void)
{
	ledger_init(&ledger, PAGES);
	check(ledger_covers(&ledger, 0, PAGES));
	check(ledger_covers(&ledger, PAGES - 1, 1));
	check(!ledger_covers(&ledger, 0, PAGES + 1));
	check(!ledger_covers(&ledger, PAGES, 0));
	check(!ledger_covers(&ledger, 1, UINT64_MAX));
	check(!ledger_covers(&ledger, UINT64_MAX, 2));
}

static void a_page_is_accepted_once(void)
{
	ledger_init(&ledger, PAGES);
	check_eq(ledger_accept(&ledger, 3), -EALREADY);
	ledger_convert(&ledger, 3, 1, CCP_HV_SHARED, true);
	check_eq(ledger_accept(&ledger, 3), -EINVAL);
	ledger_convert(&ledger, 3, 1, CCP_HV_PRIVATE, true);
	check_eq(ledger_acceptance(&ledger, 3), LEDGER_PENDING);
	check_eq(ledger_accept(&ledger, 3), 0);
	check_eq(ledger_acceptance(&ledger, 3), LEDGER_ACCEPTED);
	check_eq(ledger_accept(&ledger, 3), -EALREADY);
	check_eq(ledger.count.accepted, 1);
	check_eq(ledger.count.accepted_twice, 2);
}

static enum ledger_answer call(uint64_t count, enum ccp_hv_plane to, uint64_t *left)
{
	*left = count;
	return ledger_call(&ledger, left, to);
}

static void the_nth_call_fails_once(void)
{
	struct ccp_hv_fail fail = { .plane = CCP_HV_SHARED, .nth = 2, .pages = 3 };
	uint64_t done;

	ledger_init(&ledger, PAGES);
	check_eq(ledger_arm(&ledger, &fail), 0);
	check_eq(call(8, CCP_HV_PRIVATE, &done), LEDGER_CONVERTED);
	check_eq(call(8, CCP_HV_SHARED, &done), LEDGER_CONVERTED);
	check_eq(done, 8);
	check_eq(call(8, CCP_HV_SHARED, &done), LEDGER_REFUSED);
	check_eq(done, 3);
	check_eq(call(8, CCP_HV_SHARED, &done), LEDGER_CONVERTED);
	check_eq(done, 8);
	check_eq(ledger.count.refused[CCP_HV_SHARED], 1);
	check_eq(ledger.count.refused[CCP_HV_PRIVATE], 0);
	check_eq(ledger.count.conversions[CCP_HV_SHARED], 3);
}

static void a_failure_can_be_retry_or_disarmed(void)
{
	struct ccp_hv_fail fail = { .plane = CCP_HV_PRIVATE, .nth = 1, .kind = CCP_HV_FAIL_RETRY };
	uint64_t done;

	ledger_init(&ledger, PAGES);
	check_eq(ledger_arm(&ledger, &fail), 0);
	check_eq(call(8, CCP_HV_PRIVATE, &done), LEDGER_RETRY);
	check_eq(done, 0);
	check_eq(ledger_arm(&ledger, &fail), 0);
	fail.nth = 0;
	check_eq(ledger_arm(&ledger, &fail), 0);
	check_eq(call(8, CCP_HV_PRIVATE, &done), LEDGER_CONVERTED);
}

static void nonsense_is_not_armed(void)
{
	struct ccp_hv_fail fail = { .plane = 2, .nth = 1 };

	ledger_init(&ledger, PAGES);
	check_eq(ledger_arm(&ledger, &fail), -EINVAL);
	fail = (struct ccp_hv_fail){ .kind = CCP_HV_FAIL_ERROR + 1, .nth = 1 };
	check_eq(ledger_arm(&ledger, &fail), -EINVAL);
}

static const struct tap_test tests[] = {
	{ "every page is private at first", all_private_at_first },
	{ "a conversion changes exactly its range", converts_exactly_the_range },
	{ "redundant pages are counted apart", counts_redundant_pages },
	{ "a page is accepted once", a_page_is_accepted_once },
	{ "the Nth call fails, once", the_nth_call_fails_once },
	{ "a failure can say retry, or be disarmed", a_failure_can_be_retry_or_disarmed },
	{ "nonsense is not armed", nonsense_is_not_armed },
	{ "ranges outside RAM are refused", covers_ram_only },
};

TAP_MAIN(tests)

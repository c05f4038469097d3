// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "ledger.h"

void ledger_init(struct ledger *ledger, uint64_t pages)
{
	*ledger = (struct ledger){ .pages = pages };
}

bool ledger_covers(const struct ledger *ledger, uint64_t page, uint64_t count)
{
	return page < ledger->pages && count <= ledger->pages - page;
}

enum ccp_hv_plane ledger_state(const struct ledger *ledger, uint64_t page)
{
	return ledger->state[page];
}

void ledger_leave_unaccepted(struct ledger *ledger, uint64_t page)
{
	ledger->acceptance[page] = LEDGER_UNACCEPTED;
}

enum ledger_acceptance ledger_acceptance(const struct ledger *ledger, uint64_t page)
{
	return ledger->acceptance[page];
}

int ledger_arm(struct ledger *ledger, const struct ccp_hv_fail *fail)
{
	if (fail->plane > CCP_HV_SHARED || fail->kind > CCP_HV_FAIL_ERROR)
		return -EINVAL;
	ledger->fault[fail->plane] = (struct ledger_fault){
		.countdown = fail->nth,
		.pages = fail->pages,
		.kind = fail->kind,
	};
	return 0;
}

enum ledger_answer ledger_call(struct ledger *ledger, uint64_t *count, enum ccp_hv_plane to)
{
	static const enum ledger_answer answers[] = {
		[CCP_HV_FAIL_REFUSE] = LEDGER_REFUSED,
		[CCP_HV_FAIL_RETRY] = LEDGER_RETRY,
		[CCP_HV_FAIL_ERROR] = LEDGER_ERROR,
	};
	struct ledger_fault *fault = &ledger->fault[to];

	ledger->count.conversions[to]++;
	if (!fault->countdown || --fault->countdown)
		return LEDGER_CONVERTED;
	if (*count > fault->pages)
		*count = fault->pages;
	ledger->count.refused[to]++;
	return answers[fault->kind];
}

void ledger_convert(struct ledger *ledger, uint64_t page, uint64_t count, enum ccp_hv_plane to,
		    bool needs_accept)
{
	for (uint64_t i = page; i < page + count; i++) {
		if (ledger->state[i] == to) {
			ledger->count.redundant[to]++;
			continue;
		}
		ledger->state[i] = to;
		ledger->acceptance[i] =
			to == CCP_HV_PRIVATE && needs_accept ? LEDGER_PENDING : LEDGER_ACCEPTED;
		ledger->count.pages[to]++;
		ledger->count.shared_now += to == CCP_HV_SHARED ? 1 : -1;
	}
}

int ledger_accept(struct ledger *ledger, uint64_t page)
{
	if (ledger->state[page] != CCP_HV_PRIVATE)
		return -EINVAL;
	if (ledger->acceptance[page] == LEDGER_ACCEPTED) {
		ledger->count.accepted_twice++;
		return -EALREADY;
	}
	ledger->acceptance[page] = LEDGER_ACCEPTED;
	ledger->count.accepted++;
	return 0;
}

int ledger_rescind(struct ledger *ledger, uint64_t page)
{
	if (ledger->state[page] != CCP_HV_PRIVATE)
		return -EINVAL;
	if (ledger->acceptance[page] != LEDGER_ACCEPTED)
		return -EALREADY;
	ledger->acceptance[page] = LEDGER_PENDING;
	return 0;
}

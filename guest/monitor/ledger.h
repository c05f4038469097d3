/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ledger: which pages of guest RAM are shared, and every conversion the guest asked for. One
 * for a guest; architectures call it where their conversion calls arrive, the host view reads it.
 */
#ifndef MONITOR_LEDGER_H
#define MONITOR_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "ccprime-hostview.h"

#define LEDGER_MAX_PAGES (1u << 19) /* 2 GiB: RAM need not begin at 0 */

/* A failure that a test has armed for one target plane. */
struct ledger_fault {
	uint64_t countdown; /* conversion calls until it happens, itself included; 0: not armed */
	uint64_t pages; /* that are converted first */
	enum ccp_hv_fail_kind kind;
};

/* Whether the guest may touch a private page. */
enum ledger_acceptance {
	LEDGER_ACCEPTED, /* or shared */
	LEDGER_PENDING, /* it became private, and is not accepted since */
	LEDGER_UNACCEPTED, /* it was never accepted: so the guest found it */
};

struct ledger {
	uint64_t pages;
	struct ccp_hv_ledger count;
	struct ledger_fault fault[2]; /* by target plane */
	uint8_t state[LEDGER_MAX_PAGES]; /* enum ccp_hv_plane */
	uint8_t acceptance[LEDGER_MAX_PAGES]; /* enum ledger_acceptance */
};

enum ledger_answer {
	LEDGER_CONVERTED,
	LEDGER_REFUSED,
	LEDGER_RETRY,
	LEDGER_ERROR, /* a refusal with another word where the architecture has one */
};

/* Starts with every page private and accepted. pages: at most LEDGER_MAX_PAGES. */
void ledger_init(struct ledger *ledger, uint64_t pages);

/* true: all of [page, page + count) is RAM. */
bool ledger_covers(const struct ledger *ledger, uint64_t page, uint64_t count);

/* State of a page that the ledger covers. */
enum ccp_hv_plane ledger_state(const struct ledger *ledger, uint64_t page);

/* Leaves a covered page that is private unaccepted, as the guest finds it at launch. */
void ledger_leave_unaccepted(struct ledger *ledger, uint64_t page);

/* Acceptance of a page that the ledger covers. */
enum ledger_acceptance ledger_acceptance(const struct ledger *ledger, uint64_t page);

/* Arms a failure. -EINVAL: no such plane or kind. */
int ledger_arm(struct ledger *ledger, const struct ccp_hv_fail *fail);

/*
 * One conversion call arrives, for *count pages. Says whether it succeeds; where it does not,
 * *count becomes the number of pages that are converted all the same. The caller goes on with
 * ledger_convert().
 */
enum ledger_answer ledger_call(struct ledger *ledger, uint64_t *count, enum ccp_hv_plane to);

/*
 * Records new states. The range must be covered. needs_accept: private pages must be accepted
 * before use.
 */
void ledger_convert(struct ledger *ledger, uint64_t page, uint64_t count, enum ccp_hv_plane to,
		    bool needs_accept);

/*
 * The guest gives acceptance of a covered page up. -EINVAL: it is shared; -EALREADY: it is not
 * accepted.
 */
int ledger_rescind(struct ledger *ledger, uint64_t page);

/* The guest accepts a covered page. -EINVAL: it is shared; -EALREADY: it is accepted. */
int ledger_accept(struct ledger *ledger, uint64_t page);

#endif

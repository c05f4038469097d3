/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The monitor's end of ccprime-hostview.h: answers what test processes ask. How a call arrives is
 * the architecture's.
 */
#ifndef MONITOR_HOSTVIEW_H
#define MONITOR_HOSTVIEW_H

#include <stdint.h>

#include "walk.h"

struct hostview_call {
	uint64_t number; /* enum ccp_hv_call */
	uint64_t arg[4]; /* RBX, RCX, RDX and RSI in the comments there */
	struct guest_space space; /* the caller's */
	const char *platform; /* struct ccp_hv_info's mode: at most 15 characters */
};

/* The call's result: 0 or a negative errno. */
int hostview_answer(const struct hostview_call *call);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the guest reaches for where the second stage shows nothing: strict mode's violations, and
 * private pages that are not accepted. The lines of violations are read by
 * host/verdict/violations.py.
 */
#ifndef MONITOR_VIOLATIONS_H
#define MONITOR_VIOLATIONS_H

#include "planes.h"

struct guest_access {
	uint64_t gpa;
	enum ccp_hv_plane plane;
	const char *kind; /* "read", "write", "fetch", "page table walk" */
	uint64_t pc;
	unsigned int level; /* of privilege */
};

/*
 * Answers such an access: the guest repeats it, and gets there. false: it is no RAM, and somebody
 * else's to answer. fatal() where hardware would end the guest.
 */
bool violations_answer(struct planes *planes, const struct guest_access *access);

#endif

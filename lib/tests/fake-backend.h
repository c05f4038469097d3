/* SPDX-License-Identifier: MIT */
/* A monitor in the test's own process: its guest memory is an array, its page table another one. */
#ifndef CCP_TESTS_FAKE_BACKEND_H
#define CCP_TESTS_FAKE_BACKEND_H

#include "hostview-backend.h"

/* More than a call of each kind takes */
#define FAKE_PAGES (CCP_HV_MAX_STATES + 2)

struct fake_call {
	enum ccp_hv_call number;
	uint64_t args[4];
};

struct fake_monitor {
	bool absent; /* open says -ENODEV */
	uint32_t info_size; /* what the monitor says it filled in */
	uint64_t info_calls; /* ... and which calls it knows */
	const uint8_t *base; /* the process's FAKE_PAGES pages */
	unsigned int gpa_page[FAKE_PAGES]; /* where each lies in guest memory */
	uint8_t plane[2][FAKE_PAGES][4096];
	uint8_t state[FAKE_PAGES]; /* by guest page */
	enum ccp_hv_call fail_number; /* this call fails with fail_error, if not 0 */
	int fail_error;
	struct ccp_hv_fail armed; /* the last one */
	bool opened, closed;
	struct fake_call calls[64];
	unsigned int call_count;
};

extern const struct ccp_hostview_backend fake_backend;

/* There is one at a time: a backend's open() takes no argument. */
extern struct fake_monitor fake;

/* No calls yet, pages in reverse order, each byte of each plane its own. */
void fake_reset(const void *base);

/* What the plane holds for this offset of the process's pages. */
uint8_t fake_byte(enum ccp_hv_plane plane, size_t offset);

#endif

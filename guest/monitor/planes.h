/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's RAM: two planes, the ledger that says which of them each page is in, and what a plane
 * holds where nobody has written: poison.
 *
 * The shared plane is filled with poison 2 MiB at a time, when the guest, a conversion or the host
 * view first gets there ("opens" a block): filling all of it at start costs half a second for 512
 * MiB. Until then a device would read zeros.
 */
#ifndef MONITOR_PLANES_H
#define MONITOR_PLANES_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger.h"
#include "page.h"
#include "stage2.h"

/* Words that no test pattern and no kernel contains by chance. */
#define POISON_SHARED  0x5a5ed5a5ed5a5ed5ul
#define POISON_PRIVATE 0x9a1fa79a1fa79a1ful

#define PLANES_BLOCK	 LARGE_PAGE_SIZE
#define PLANES_MAX_BLOCK (LEDGER_MAX_PAGES * PAGE_SIZE / PLANES_BLOCK)

/* What a page holds when a conversion brings it into a plane. */
enum planes_fill {
	PLANES_FILL_POISON,
	PLANES_FILL_ZERO,
	PLANES_FILL_OLD, /* what that plane held before: the worst that a host may do */
};

struct planes_config {
	uint64_t ram; /* bytes, a multiple of PLANES_BLOCK */
	bool strict; /* a page is present only in the plane of its state */
	bool needs_accept; /* a page made private is out of reach until the guest accepts it */
	bool accept_zeroes; /* ... which clears it */
	enum planes_fill fill;
};

struct planes {
	struct planes_config config;
	struct stage2 *stage2; /* the caller's */
	struct ledger ledger;
	bool open[PLANES_MAX_BLOCK]; /* by block of the shared plane */
	bool gone; /* a page is not present any more in a plane: a CPU may hold its translation */
};

enum planes_fault {
	PLANES_FAULT_OPENED, /* a block was opened: nothing wrong */
	/* Strict mode: the page is in the other plane; it can be reached from now on */
	PLANES_FAULT_VIOLATION,
	PLANES_FAULT_PENDING, /* private, but not accepted: fatal on hardware */
	PLANES_FAULT_NO_RAM,
};

/*
 * Everything is private and accepted. Block 0 of the shared plane is open, and not poisoned.
 * stage2: fresh tables.
 */
void planes_init(struct planes *planes, struct stage2 *stage2, const struct planes_config *config);

/* true: RAM, which has two planes. */
bool planes_is_ram(const struct planes *planes, uint64_t gpa);

/* The bytes of a page of RAM in a plane, to the page's end. */
void *planes_ptr(struct planes *planes, uint64_t gpa, enum ccp_hv_plane plane);

/*
 * One conversion call for *count pages of RAM (ledger_covers()). *count becomes the number of pages
 * that were converted: fewer where a test wants the call to fail. The caller flushes translations
 * where a page is gone.
 */
enum ledger_answer planes_convert(struct planes *planes, uint64_t gpa, uint64_t *count,
				  enum ccp_hv_plane to);

/*
 * The state of one page, in a conversion call of several pieces that has been through
 * ledger_call().
 */
void planes_convert_page(struct planes *planes, uint64_t gpa, enum ccp_hv_plane to);

/*
 * The guest gives acceptance of a page of RAM up: ledger_rescind()'s answers. The caller flushes as
 * after planes_convert().
 */
int planes_rescind(struct planes *planes, uint64_t gpa);

/*
 * Leaves RAM in [from, end), which is private, unaccepted for the guest to find so. Before any CPU
 * runs; planes_accept() gives a page to the guest, with what a conversion would have brought.
 */
void planes_leave_unaccepted(struct planes *planes, uint64_t from, uint64_t end);

/* The guest accepts a page of RAM: ledger_accept()'s answers. Nothing goes. */
int planes_accept(struct planes *planes, uint64_t gpa);

/* The same for a whole block. -EINVAL: some page of it is no RAM, or not LEDGER_UNACCEPTED. */
int planes_accept_block(struct planes *planes, uint64_t gpa);

/* The guest touched an address, in a plane where it is not present. Nothing goes. */
enum planes_fault planes_fault(struct planes *planes, uint64_t gpa, enum ccp_hv_plane plane);

#endif

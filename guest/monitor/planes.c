// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "machine.h"
#include "planes.h"

#define BLOCK_PAGES (PLANES_BLOCK / PAGE_SIZE)

static bool is_visible(const struct planes *planes, uint64_t gpa, enum ccp_hv_plane plane)
{
	uint64_t page = gpa / PAGE_SIZE;

	if (plane == CCP_HV_PRIVATE && ledger_acceptance(&planes->ledger, page) != LEDGER_ACCEPTED)
		return false;
	if (plane == CCP_HV_SHARED && !planes->open[gpa / PLANES_BLOCK])
		return false;
	return !planes->config.strict || ledger_state(&planes->ledger, page) == plane;
}

static void show_page(struct planes *planes, uint64_t gpa)
{
	for (int plane = CCP_HV_PRIVATE; plane <= CCP_HV_SHARED; plane++) {
		bool visible = is_visible(planes, gpa, plane);

		planes->gone |= !visible && stage2_is_present(planes->stage2, gpa, plane);
		stage2_set_present(planes->stage2, gpa, plane, visible);
	}
}

static void show_block(struct planes *planes, uint64_t gpa)
{
	for (uint64_t i = 0; i < BLOCK_PAGES; i++)
		if (planes_is_ram(planes, gpa + i * PAGE_SIZE))
			show_page(planes, gpa + i * PAGE_SIZE);
}

static void fill(struct planes *planes, uint64_t gpa, uint64_t size, enum ccp_hv_plane plane,
		 uint64_t word)
{
	machine_fill(stage2_machine(planes->stage2, gpa, plane), size, word);
}

static void open_block(struct planes *planes, uint64_t gpa)
{
	uint64_t base = gpa & ~(PLANES_BLOCK - 1);
	bool *open = &planes->open[gpa / PLANES_BLOCK];

	if (*open)
		return;
	*open = true;
	fill(planes, base, PLANES_BLOCK, CCP_HV_SHARED, POISON_SHARED);
	show_block(planes, base);
}

void planes_init(struct planes *planes, struct stage2 *stage2, const struct planes_config *config)
{
	planes->stage2 = stage2;
	planes->config = *config;
	ledger_init(&planes->ledger, config->ram / PAGE_SIZE);
	planes->open[0] = true;
	show_block(planes, 0);
}

bool planes_is_ram(const struct planes *planes, uint64_t gpa)
{
	return stage2_is_ram(planes->stage2, gpa);
}

void *planes_ptr(struct planes *planes, uint64_t gpa, enum ccp_hv_plane plane)
{
	if (plane == CCP_HV_SHARED)
		open_block(planes, gpa);
	return machine_ptr(stage2_machine(planes->stage2, gpa, plane));
}

static void fill_converted(struct planes *planes, uint64_t gpa, enum ccp_hv_plane to)
{
	static const uint64_t poison[] = {
		[CCP_HV_PRIVATE] = POISON_PRIVATE,
		[CCP_HV_SHARED] = POISON_SHARED,
	};

	if (planes->config.fill == PLANES_FILL_OLD)
		return;
	fill(planes, gpa, PAGE_SIZE, to, planes->config.fill == PLANES_FILL_ZERO ? 0 : poison[to]);
}

void planes_convert_page(struct planes *planes, uint64_t gpa, enum ccp_hv_plane to)
{
	bool changes = ledger_state(&planes->ledger, gpa / PAGE_SIZE) != to;

	ledger_convert(&planes->ledger, gpa / PAGE_SIZE, 1, to, planes->config.needs_accept);
	if (!planes_is_ram(planes, gpa))
		return;
	/*
	 * Linux begins with making all of RAM private, which it is: nothing to open, and nothing to
	 * hide where no violation has shown it
	 */
	if (!changes && !planes->ledger.count.violations)
		return;
	if (to == CCP_HV_SHARED)
		open_block(planes, gpa);
	if (changes)
		fill_converted(planes, gpa, to);
	show_page(planes, gpa);
}

enum ledger_answer planes_convert(struct planes *planes, uint64_t gpa, uint64_t *count,
				  enum ccp_hv_plane to)
{
	enum ledger_answer answer = ledger_call(&planes->ledger, count, to);

	for (uint64_t i = 0; i < *count; i++)
		planes_convert_page(planes, gpa + i * PAGE_SIZE, to);
	return answer;
}

void planes_leave_unaccepted(struct planes *planes, uint64_t from, uint64_t end)
{
	for (uint64_t gpa = from; gpa < end; gpa += PAGE_SIZE) {
		ledger_leave_unaccepted(&planes->ledger, gpa / PAGE_SIZE);
		show_page(planes, gpa);
	}
}

int planes_accept(struct planes *planes, uint64_t gpa)
{
	bool fresh = ledger_acceptance(&planes->ledger, gpa / PAGE_SIZE) == LEDGER_UNACCEPTED;
	int err = ledger_accept(&planes->ledger, gpa / PAGE_SIZE);

	if (err)
		return err;
	if (planes->config.accept_zeroes)
		fill(planes, gpa, PAGE_SIZE, CCP_HV_PRIVATE, 0);
	else if (fresh)
		fill_converted(planes, gpa, CCP_HV_PRIVATE);
	show_page(planes, gpa);
	return 0;
}

int planes_accept_block(struct planes *planes, uint64_t gpa)
{
	if (gpa % PLANES_BLOCK)
		return -EINVAL;
	for (uint64_t i = 0; i < BLOCK_PAGES; i++)
		if (!planes_is_ram(planes, gpa + i * PAGE_SIZE) ||
		    ledger_acceptance(&planes->ledger, gpa / PAGE_SIZE + i) != LEDGER_UNACCEPTED)
			return -EINVAL;
	for (uint64_t i = 0; i < BLOCK_PAGES; i++)
		planes_accept(planes, gpa + i * PAGE_SIZE);
	return 0;
}

int planes_rescind(struct planes *planes, uint64_t gpa)
{
	int err = ledger_rescind(&planes->ledger, gpa / PAGE_SIZE);

	if (!err)
		show_page(planes, gpa);
	return err;
}

enum planes_fault planes_fault(struct planes *planes, uint64_t gpa, enum ccp_hv_plane plane)
{
	gpa &= ~(PAGE_SIZE - 1);
	if (!planes_is_ram(planes, gpa))
		return PLANES_FAULT_NO_RAM;
	if (!planes->open[gpa / PLANES_BLOCK]) {
		open_block(planes, gpa);
		if (stage2_is_present(planes->stage2, gpa, plane))
			return PLANES_FAULT_OPENED;
	}
	if (plane == CCP_HV_PRIVATE &&
	    ledger_acceptance(&planes->ledger, gpa / PAGE_SIZE) != LEDGER_ACCEPTED)
		return PLANES_FAULT_PENDING;
	stage2_set_present(planes->stage2, gpa, plane, true);
	planes->ledger.count.violations++;
	return PLANES_FAULT_VIOLATION;
}

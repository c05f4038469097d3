// SPDX-License-Identifier: GPL-2.0-only
#include "log.h"
#include "machine.h"
#include "violations.h"

static void log_violation(const struct guest_access *access)
{
	static const char *const names[] = { "private", "shared" };

	log_line("violation: %s in the %s plane of %s page 0x%lx, %s 0x%lx %s %u", access->kind,
		 names[access->plane], names[!access->plane], access->gpa & ~(PAGE_SIZE - 1),
		 machine_pc_name, access->pc, machine_level_name, access->level);
}

bool violations_answer(struct planes *planes, const struct guest_access *access)
{
	switch (planes_fault(planes, access->gpa, access->plane)) {
	case PLANES_FAULT_NO_RAM:
		return false;
	case PLANES_FAULT_PENDING:
		fatal("private page 0x%lx touched before it was accepted: %s 0x%lx %s %u",
		      access->gpa, machine_pc_name, access->pc, machine_level_name, access->level);
	case PLANES_FAULT_VIOLATION:
		log_violation(access);
		break;
	case PLANES_FAULT_OPENED:
		break;
	}
	return true;
}

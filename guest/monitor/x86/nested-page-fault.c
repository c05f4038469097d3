// SPDX-License-Identifier: GPL-2.0-only
#include "nested-page-fault.h"
#include "../violations.h"

static const char *access_kind(uint64_t info)
{
	if (info & SVM_NPF_TABLE_WALK)
		return "page table walk";
	if (info & SVM_NPF_FETCH)
		return "fetch";
	return info & SVM_NPF_WRITE ? "write" : "read";
}

enum exit_result exit_nested_page_fault(struct vcpu *vcpu)
{
	const struct vmcb *vmcb = &vcpu->vmcb;
	const struct guest_access access = {
		.gpa = npt_gpa(&vcpu->guest->npt, vmcb->exit_info2),
		.plane = npt_plane(&vcpu->guest->npt, vmcb->exit_info2),
		.kind = access_kind(vmcb->exit_info1),
		.pc = vmcb->rip,
		.level = vmcb->cpl,
	};

	return violations_answer(&vcpu->guest->planes, &access) ? EXIT_HANDLED : EXIT_UNHANDLED;
}

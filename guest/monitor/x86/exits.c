// SPDX-License-Identifier: GPL-2.0-only
#include <asm/svm.h>

#include "cpuid.h"
#include "exits.h"
#include "mode.h"
#include "msr.h"
#include "nested-page-fault.h"
#include "vcpu.h"
#include "vmmcall.h"
#include "../log.h"

static enum exit_result exit_undefined(struct vcpu *vcpu)
{
	vcpu_inject(vcpu, EXCEPTION_UD);
	return EXIT_HANDLED;
}

static enum exit_result exit_nmi(struct vcpu *vcpu)
{
	if (!guest_was_kicked(vcpu))
		vcpu_inject_nmi(vcpu);
	return EXIT_HANDLED;
}

static enum exit_result exit_shutdown(struct vcpu *vcpu)
{
	fatal("guest triple fault: cpu %u rip 0x%lx rsp 0x%lx cr3 0x%lx", vcpu->index,
	      vcpu->vmcb.rip, vcpu->vmcb.rsp, vcpu->vmcb.cr3);
}

static const struct exit_entry common_exits[] = {
	{ SVM_EXIT_CPUID, exit_cpuid },
	{ SVM_EXIT_NMI, exit_nmi },
	{ SVM_EXIT_MSR, exit_msr },
	{ SVM_EXIT_VMMCALL, exit_vmmcall },
	{ SVM_EXIT_NPF, exit_nested_page_fault },
	{ SVM_EXIT_SHUTDOWN, exit_shutdown },
	{ SVM_EXIT_VMRUN, exit_undefined },
	{ SVM_EXIT_VMLOAD, exit_undefined },
	{ SVM_EXIT_VMSAVE, exit_undefined },
	{ SVM_EXIT_STGI, exit_undefined },
	{ SVM_EXIT_CLGI, exit_undefined },
	{ SVM_EXIT_SKINIT, exit_undefined },
	{},
};

static enum exit_result dispatch(const struct exit_entry *row, struct vcpu *vcpu)
{
	for (; row->handle; row++)
		if (row->code == vcpu->vmcb.exit_code)
			return row->handle(vcpu);
	return EXIT_UNHANDLED;
}

void handle_exit(struct vcpu *vcpu)
{
	if (dispatch(vcpu->guest->mode->exits, vcpu) == EXIT_HANDLED ||
	    dispatch(common_exits, vcpu) == EXIT_HANDLED)
		return;
	fatal("exit 0x%lx is not known: info1 0x%lx info2 0x%lx rip 0x%lx cr3 0x%lx",
	      vcpu->vmcb.exit_code, vcpu->vmcb.exit_info1, vcpu->vmcb.exit_info2, vcpu->vmcb.rip,
	      vcpu->vmcb.cr3);
}

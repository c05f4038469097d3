// SPDX-License-Identifier: GPL-2.0-only
#include "exits.h"
#include "run.h"

void vcpu_run(struct vcpu *vcpu)
{
	struct vmcb *vmcb = &vcpu->vmcb;

	for (;;) {
		vmcb->rax = vcpu->gpr[RAX];
		vmcb->rsp = vcpu->gpr[RSP];
		guest_enter(vcpu, vmcb, vcpu->gpr);
		vcpu->gpr[RAX] = vmcb->rax;
		vcpu->gpr[RSP] = vmcb->rsp;
		vmcb->event_injection = 0;
		handle_exit(vcpu);
	}
}

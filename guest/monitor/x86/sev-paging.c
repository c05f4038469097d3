// SPDX-License-Identifier: GPL-2.0-only
#include <asm/svm.h>

#include "decode.h"
#include "layout.h"
#include "sev-paging.h"
#include "vcpu.h"

#define HIGH_HALF (1ul << 63)

/* The instruction at RIP, a move to this control register. */
static bool fetch_mov_to_cr(struct vcpu *vcpu, unsigned int cr, struct mov_to_cr *mov)
{
	struct guest_space space = vcpu_space(vcpu);
	uint8_t bytes[DECODE_MAX_BYTES];

	return walk_read(&space, vcpu->vmcb.cs.base + vcpu->vmcb.rip, bytes, sizeof(bytes)) &&
	       !decode_mov_to_cr(bytes, sizeof(bytes), mov) && mov->cr == cr;
}

enum exit_result sev_cr3_write(struct vcpu *vcpu)
{
	struct mov_to_cr mov;

	if (vcpu->vmcb.rip & HIGH_HALF) {
		vcpu->vmcb.intercept_cr &= ~SVM_INTERCEPT_CR_WRITE(3);
		return EXIT_HANDLED;
	}
	if (!fetch_mov_to_cr(vcpu, 3, &mov))
		return EXIT_UNHANDLED;
	vcpu->vmcb.cr3 = vcpu->gpr[mov.gpr] | PLANE_MASK;
	guest_flush(vcpu);
	vcpu_skip(vcpu, mov.length);
	return EXIT_HANDLED;
}

/* Without paging every access is private (15.34.5): another nested root, until the CPU pages. */
enum exit_result sev_cr0_write(struct vcpu *vcpu)
{
	struct vmcb *vmcb = &vcpu->vmcb;
	struct mov_to_cr mov;

	if (!fetch_mov_to_cr(vcpu, 0, &mov))
		return EXIT_UNHANDLED;
	vmcb->cr0 = vcpu->gpr[mov.gpr];
	if (vmcb->cr0 & CR0_PG) {
		if (vmcb->efer & EFER_LME)
			vmcb->efer |= EFER_LMA;
		vmcb->cr3 |= PLANE_MASK;
		vmcb->nested_cr3 = vcpu->guest->npt.root;
		vmcb->intercept_cr &= ~SVM_INTERCEPT_CR_WRITE(0);
	}
	guest_flush(vcpu);
	vcpu_skip(vcpu, mov.length);
	return EXIT_HANDLED;
}

void sev_setup(struct vcpu *vcpu)
{
	if (vcpu->vmcb.cr0 & CR0_PG) {
		vcpu->vmcb.intercept_cr |= SVM_INTERCEPT_CR_WRITE(3);
		return;
	}
	vcpu->vmcb.intercept_cr |= SVM_INTERCEPT_CR_WRITE(0);
	vcpu->vmcb.nested_cr3 = vcpu->guest->npt.unpaged_root;
}

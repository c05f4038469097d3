// SPDX-License-Identifier: GPL-2.0-only
#include "cpu.h"
#include "guest.h"
#include "sysreg.h"

#define INSTRUCTION_SIZE 4

/* VBAR_EL1: offsets of vectors (Arm ARM, "Exception vectors") */
#define VECTOR_EL1T 0x000
#define VECTOR_EL1H 0x200
#define VECTOR_EL0  0x400

void vcpu_skip(struct vcpu *vcpu)
{
	vcpu->elr += INSTRUCTION_SIZE;
}

static uint64_t vector_of(uint64_t spsr)
{
	switch (spsr & SPSR_MODE) {
	case SPSR_EL0:
		return VECTOR_EL0;
	case SPSR_MODE_EL1:
		return VECTOR_EL1H;
	default:
		return VECTOR_EL1T;
	}
}

void vcpu_inject(struct vcpu *vcpu, uint64_t esr, uint64_t far)
{
	vcpu->elr_el1 = vcpu->elr;
	vcpu->spsr_el1 = vcpu->spsr;
	vcpu->esr_el1 = esr;
	vcpu->far_el1 = far;
	vcpu->injects = true;
	vcpu->elr = vcpu->vbar_el1 + vector_of(vcpu->spsr);
	vcpu->spsr = SPSR_EL1H | (vcpu->sctlr_el1 & SCTLR_SPAN ? vcpu->spsr & SPSR_PAN : SPSR_PAN);
}

void vcpu_inject_undefined(struct vcpu *vcpu)
{
	vcpu_inject(vcpu, (uint64_t)ESR_EC_UNKNOWN << ESR_EC_SHIFT | ESR_IL, vcpu->far_el1);
}

struct guest_space vcpu_space(const struct vcpu *vcpu)
{
	bool is_known = (vcpu->tcr_el1 & TCR_T0SZ) == TCR_T0SZ_48 && !(vcpu->tcr_el1 & TCR_TG0);

	return (struct guest_space){
		.planes = &vcpu->guest->planes,
		.paging = vcpu->sctlr_el1 & SCTLR_M && is_known,
		.root = vcpu->ttbr0_el1 & TTBR_ADDRESS,
		.user = true,
	};
}

void guest_unlock(struct guest *guest)
{
	__atomic_clear(&guest->locked, __ATOMIC_RELEASE);
}

void guest_flush_gone(struct guest *guest)
{
	if (!guest->planes.gone)
		return;
	guest->planes.gone = false;
	cpu_flush_stage2();
}

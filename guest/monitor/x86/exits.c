// SPDX-License-Identifier: GPL-2.0-only
/* The exits that every mode has, and the tables of CPUID and MSR answers. */
#include <asm/svm.h>

#include "exits.h"
#include "guest.h"
#include "nested-page-fault.h"
#include "vmmcall.h"
#include "../log.h"

/* Instruction lengths: emulated CPUs do not save the next RIP */
#define LENGTH_CPUID 2

/* Fn8000_0001 ECX bit 2 (APM volume 3, E.4.2): no SVM inside, as in a confidential guest */
#define CPUID_SVM (1u << 2)

/* "ccpr", "ime ", "view" */
#define SIGNATURE_EBX 0x72706363u
#define SIGNATURE_ECX 0x20656d69u
#define SIGNATURE_EDX 0x77656976u

static const struct cpuid_entry common_cpuid[] = {
	{ 0x1, CPUID_ANY_SUBLEAF, {}, { 0, 0, CPUID_HYPERVISOR } },
	{ 0x80000001, CPUID_ANY_SUBLEAF, { 0, 0, CPUID_SVM }, {} },
	{ CCP_HV_CPUID_LEAF,
	  CPUID_ANY_SUBLEAF,
	  { ~0u, ~0u, ~0u, ~0u },
	  { CCP_HV_CPUID_LEAF, SIGNATURE_EBX, SIGNATURE_ECX, SIGNATURE_EDX } },
	{},
};

static bool cpuid_row_ends(const struct cpuid_entry *row)
{
	return !row->leaf && !row->subleaf;
}

static void apply_cpuid(const struct cpuid_entry *row, uint32_t leaf, uint32_t subleaf,
			uint32_t answer[4])
{
	for (; !cpuid_row_ends(row); row++) {
		if (row->leaf != leaf ||
		    (row->subleaf != CPUID_ANY_SUBLEAF && row->subleaf != subleaf))
			continue;
		for (int i = 0; i < 4; i++)
			answer[i] = (answer[i] & ~row->clear[i]) | row->set[i];
	}
}

void guest_cpuid(const struct guest *guest, uint32_t leaf, uint32_t subleaf, uint32_t answer[4])
{
	asm volatile("cpuid"
		     : "=a"(answer[0]), "=b"(answer[1]), "=c"(answer[2]), "=d"(answer[3])
		     : "a"(leaf), "c"(subleaf));
	apply_cpuid(common_cpuid, leaf, subleaf, answer);
	apply_cpuid(guest->mode->cpuid, leaf, subleaf, answer);
}

static enum exit_result exit_cpuid(struct vcpu *vcpu)
{
	uint32_t answer[4];

	guest_cpuid(vcpu->guest, vcpu->gpr[RAX], vcpu->gpr[RCX], answer);
	vcpu->gpr[RAX] = answer[0];
	vcpu->gpr[RBX] = answer[1];
	vcpu->gpr[RCX] = answer[2];
	vcpu->gpr[RDX] = answer[3];
	vcpu_skip(vcpu, LENGTH_CPUID);
	return EXIT_HANDLED;
}

static const struct msr_entry *find_msr(const struct mode *mode, uint32_t msr)
{
	for (const struct msr_entry *row = mode->msrs; row->msr; row++)
		if (row->msr == msr)
			return row;
	return NULL;
}

static enum exit_result exit_msr(struct vcpu *vcpu)
{
	const struct msr_entry *row = find_msr(vcpu->guest->mode, vcpu->gpr[RCX]);
	bool write = vcpu->vmcb.exit_info1 & 1;

	if (!row || (write && !row->write_ignored)) {
		vcpu_inject(vcpu, EXCEPTION_GP);
		return EXIT_HANDLED;
	}
	if (!write) {
		vcpu->gpr[RAX] = (uint32_t)row->value;
		vcpu->gpr[RDX] = row->value >> 32;
	}
	vcpu_skip(vcpu, LENGTH_MSR);
	return EXIT_HANDLED;
}

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

// SPDX-License-Identifier: GPL-2.0-only
#include "cpuid.h"
#include "vcpu.h"

/* Emulated CPUs do not save the next RIP */
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

enum exit_result exit_cpuid(struct vcpu *vcpu)
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

// SPDX-License-Identifier: GPL-2.0-only
/*
 * AMD SEV-SNP (APM volume 2, 15.36): the guest changes page states by VMGEXIT (vmgexit.c) and
 * validates its private pages with PVALIDATE (pvalidate.c).
 *
 * No #VC is ever injected: CPUID is answered directly, port I/O, MMIO and MSRs reach the machine.
 */
#include <asm/svm.h>

#include "ghcb.h"
#include "mode.h"
#include "pvalidate.h"
#include "sev-paging.h"
#include "sev.h"
#include "snp-launch.h"
#include "vmgexit.h"
#include "../freestanding.h"
#include "../log.h"

static const struct cpuid_entry snp_cpuid[] = {
	{ CPUID_EXTENDED_MAX, CPUID_ANY_SUBLEAF, { ~0u }, { CPUID_ENCRYPTION } },
	{ CPUID_ENCRYPTION,
	  CPUID_ANY_SUBLEAF,
	  { ~0u, ~0u, ~0u, ~0u },
	  { CPUID_SEV | CPUID_SEV_ES | CPUID_SEV_SNP, CPUID_C_BIT | CPUID_COHERENCY } },
	KVM_SIGNATURE_ROW,
	/* None of KVM's: with the hypercall Linux would announce conversions twice */
	{ KVM_CPUID_FEATURES, CPUID_ANY_SUBLEAF, { ~0u, ~0u, ~0u, ~0u }, {} },
	{},
};

static const struct msr_entry snp_msrs[] = {
	{ MSR_SEV_STATUS, SEV_STATUS_SEV | SEV_STATUS_SEV_ES | SEV_STATUS_SEV_SNP, false },
	{ MSR_GHCB, 0, false }, /* exit_ghcb_msr() answers */
	{},
};

static const struct exit_entry snp_exits[] = {
	{ SVM_EXIT_WRITE_CR0, sev_cr0_write },
	{ SVM_EXIT_WRITE_CR3, sev_cr3_write },
	{ SVM_EXIT_EXCP_BASE + EXCEPTION_UD, exit_pvalidate },
	{ SVM_EXIT_MSR, exit_ghcb_msr },
	{ SVM_EXIT_VMMCALL, exit_vmgexit },
	{},
};

static void snp_setup(struct vcpu *vcpu)
{
	vcpu->vmcb.intercept_exception |= SVM_INTERCEPT_EXCEPTION(EXCEPTION_UD);
	sev_setup(vcpu);
}

/* The VMSA begins like the VMCB's state save area (table B-4), up to 298h. */
static void snp_start_cpu(struct vcpu *vcpu)
{
	uint64_t vmsa = vcpu->guest->vmsa[vcpu->index];

	if (!vmsa)
		fatal("cpu %u started without AP creation", vcpu->index);
	memcpy(&vcpu->vmcb.es, planes_ptr(&vcpu->guest->planes, vmsa, CCP_HV_PRIVATE),
	       VMSA_COMMON_BYTES);
	vcpu->vmcb.efer |= EFER_SVME;
	vcpu->gpr[RAX] = vcpu->vmcb.rax;
	vcpu->gpr[RSP] = vcpu->vmcb.rsp;
}

const struct mode mode_snp = {
	.name = "snp",
	.platform = "sev-snp",
	.planes = CONFIDENTIAL_PLANES(CCP_HV_PRIVATE),
	.needs_accept = true,
	.cpuid = snp_cpuid,
	.msrs = snp_msrs,
	.exits = snp_exits,
	.setup = snp_setup,
	.launch = snp_launch,
	.start_cpu = snp_start_cpu,
};

// SPDX-License-Identifier: GPL-2.0-only
/*
 * AMD SEV (APM volume 2, 15.34), without SEV-ES: the C-bit chooses the private plane, and the guest
 * announces conversions by KVM's hypercall.
 */
#include <asm/kvm_para.h>
#include <asm/svm.h>
#include <errno.h>
#include <linux/kvm_para.h>

#include "layout.h"
#include "mode.h"
#include "sev-paging.h"
#include "sev.h"

static const struct cpuid_entry sev_cpuid[] = {
	{ CPUID_EXTENDED_MAX, CPUID_ANY_SUBLEAF, { ~0u }, { CPUID_ENCRYPTION } },
	{ CPUID_ENCRYPTION, CPUID_ANY_SUBLEAF, { ~0u, ~0u, ~0u, ~0u }, { CPUID_SEV, CPUID_C_BIT } },
	KVM_SIGNATURE_ROW,
	/* KVM has the hypercall; MIGRATION_CONTROL is what makes Linux issue it */
	{ KVM_CPUID_FEATURES,
	  CPUID_ANY_SUBLEAF,
	  { ~0u, ~0u, ~0u, ~0u },
	  { 1u << KVM_FEATURE_HC_MAP_GPA_RANGE | 1u << KVM_FEATURE_MIGRATION_CONTROL } },
	{},
};

static const struct msr_entry sev_msrs[] = {
	{ MSR_SEV_STATUS, SEV_STATUS_SEV, false },
	{ MSR_KVM_MIGRATION_CONTROL, 0, true },
	{},
};

static const struct exit_entry sev_exits[] = {
	{ SVM_EXIT_WRITE_CR0, sev_cr0_write },
	{ SVM_EXIT_WRITE_CR3, sev_cr3_write },
	{},
};

/* Documentation/virt/kvm/x86/hypercalls.rst, 9. KVM_HC_MAP_GPA_RANGE */
static int64_t map_gpa_range(struct vcpu *vcpu)
{
	uint64_t gpa = vcpu->gpr[RBX], count = vcpu->gpr[RCX], attributes = vcpu->gpr[RDX];
	enum ccp_hv_plane to;

	if (gpa % PAGE_SIZE || !count ||
	    !ledger_covers(&vcpu->guest->planes.ledger, gpa / PAGE_SIZE, count))
		return -KVM_EINVAL;
	to = attributes & KVM_MAP_GPA_RANGE_ENCRYPTED ? CCP_HV_PRIVATE : CCP_HV_SHARED;
	return guest_convert(vcpu, gpa, &count, to) == LEDGER_CONVERTED ? 0 : -KVM_EINVAL;
}

static void sev_hypercall(struct vcpu *vcpu)
{
	int64_t result = -KVM_ENOSYS;

	if (vcpu->vmcb.cpl)
		result = -KVM_EPERM;
	else if (vcpu->gpr[RAX] == KVM_HC_MAP_GPA_RANGE)
		result = map_gpa_range(vcpu);
	vcpu->gpr[RAX] = result;
}

const struct mode mode_sev = {
	.name = "sev",
	.platform = "sev",
	.planes = CONFIDENTIAL_PLANES(CCP_HV_PRIVATE),
	/* The hypercall comes after Linux has copied, at boot, what the pages held */
	.keeps_bytes = true,
	.cpuid = sev_cpuid,
	.msrs = sev_msrs,
	.exits = sev_exits,
	.setup = sev_setup,
	.hypercall = sev_hypercall,
};

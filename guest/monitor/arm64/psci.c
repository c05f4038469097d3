// SPDX-License-Identifier: GPL-2.0-only
#include "cpu.h"
#include "guest.h"
#include "psci.h"

/* MPIDR_EL1: the affinity fields. All but the lowest are zero for the first 16 CPUs of `virt`. */
#define MPIDR_AFFINITY 0xff00fffffful

static int64_t cpu_on(struct vcpu *vcpu)
{
	uint64_t index = vcpu->x[1] & MPIDR_AFFINITY;
	struct guest *guest = vcpu->guest;

	if (index >= MAX_CPUS)
		return PSCI_INVALID_PARAMETERS;
	if (!planes_is_ram(&guest->planes, vcpu->x[2]))
		return PSCI_INVALID_ADDRESS;
	guest->start[index] = (struct cpu_start){ .entry = vcpu->x[2], .context = vcpu->x[3] };
	return cpu_smc(PSCI_CPU_ON | PSCI_64_BIT, index, cpu_entry(), index);
}

static int64_t features(struct vcpu *vcpu)
{
	if ((uint32_t)vcpu->x[1] == SMCCC_VERSION)
		return PSCI_SUCCESS;
	return cpu_smc(PSCI_FEATURES, vcpu->x[1], 0, 0);
}

/* A CPU does not come back from this. */
static int64_t cpu_off(struct vcpu *vcpu)
{
	guest_unlock(vcpu->guest);
	return cpu_smc(PSCI_CPU_OFF, 0, 0, 0);
}

static int64_t answer_psci(struct vcpu *vcpu, uint32_t function)
{
	switch (function & ~PSCI_64_BIT) {
	case PSCI_CPU_ON:
		return cpu_on(vcpu);
	case PSCI_CPU_OFF:
		return cpu_off(vcpu);
	case PSCI_FEATURES:
		return features(vcpu);
	default:
		return cpu_smc(function, vcpu->x[1], vcpu->x[2], vcpu->x[3]);
	}
}

bool psci_answer(struct vcpu *vcpu)
{
	uint32_t function = vcpu->x[0], plain = function & ~PSCI_64_BIT;

	if (function == SMCCC_VERSION)
		vcpu->x[0] = SMCCC_VERSION_1_2;
	else if (function == SMCCC_ARCH_FEATURES)
		vcpu->x[0] = SMCCC_NOT_SUPPORTED;
	else if (plain >= PSCI_FIRST && plain <= PSCI_LAST)
		vcpu->x[0] = answer_psci(vcpu, function);
	else
		return false;
	return true;
}

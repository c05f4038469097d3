// SPDX-License-Identifier: GPL-2.0-only
#include "msr.h"
#include "vcpu.h"

static void intercept(struct guest *guest, uint32_t msr)
{
	static const uint32_t bases[] = { 0, 0xc0000000, 0xc0010000 }; /* 15.11 */

	for (unsigned int i = 0; i < 3; i++) {
		uint32_t index = msr - bases[i];

		if (index < SVM_MSRPM_RANGE_MSRS)
			guest->msrpm[i * SVM_MSRPM_RANGE_BYTES + index / 4] |= 3u << index % 4 * 2;
	}
}

void msr_intercept(struct guest *guest)
{
	for (const struct msr_entry *row = guest->mode->msrs; row->msr; row++)
		intercept(guest, row->msr);
}

static const struct msr_entry *find_msr(const struct mode *mode, uint32_t msr)
{
	for (const struct msr_entry *row = mode->msrs; row->msr; row++)
		if (row->msr == msr)
			return row;
	return NULL;
}

enum exit_result exit_msr(struct vcpu *vcpu)
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

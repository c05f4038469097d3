// SPDX-License-Identifier: GPL-2.0-only
#include "vcpu.h"
#include "vmmcall.h"
#include "../hostview.h"

#define LENGTH_VMMCALL 3

/* true: RAX holds a host view call, which is answered now. */
static bool ask_hostview(struct vcpu *vcpu)
{
	const struct hostview_call call = {
		.number = vcpu->gpr[RAX] ^ CCP_HV_CALL,
		.arg = { vcpu->gpr[RBX], vcpu->gpr[RCX], vcpu->gpr[RDX], vcpu->gpr[RSI] },
		.space = vcpu_space(vcpu),
		.platform = vcpu->guest->mode->platform,
	};

	if (call.number > (uint32_t)~CCP_HV_CALL_MASK)
		return false;
	vcpu->gpr[RAX] = (int64_t)hostview_answer(&call);
	return true;
}

enum exit_result exit_vmmcall(struct vcpu *vcpu)
{
	const struct mode *mode = vcpu->guest->mode;

	if (!ask_hostview(vcpu)) {
		if (!mode->hypercall) {
			vcpu_inject(vcpu, EXCEPTION_UD);
			return EXIT_HANDLED;
		}
		mode->hypercall(vcpu);
	}
	vcpu_skip(vcpu, LENGTH_VMMCALL);
	return EXIT_HANDLED;
}

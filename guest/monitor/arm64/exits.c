// SPDX-License-Identifier: GPL-2.0-only
#include "cpu.h"
#include "guest.h"
#include "psci.h"
#include "rsi.h"
#include "sysreg.h"
#include "../hostview.h"
#include "../log.h"
#include "../violations.h"

/* Op0, Op1, CRn, CRm and Op2 of MDSCR_EL1 (2, 0, c0, c2, 2) as the syndrome has them */
#define ESR_SYSREG_NAME	 0x3ffc1eul
#define ESR_SYSREG_MDSCR (2ul << 20 | 2ul << 17 | 2ul << 1)

#define XZR 31

/* Measurements, attestation and host calls are not there: docs/emulated-guests.md. */
static void exit_smc(struct vcpu *vcpu)
{
	vcpu_skip(vcpu);
	if (!rsi_answer(vcpu) && !psci_answer(vcpu))
		vcpu->x[0] = SMCCC_NOT_SUPPORTED;
}

/* RMM specification, "Realm exception model": a realm's HVC is undefined */
static void exit_hvc(struct vcpu *vcpu)
{
	vcpu->elr -= 4; /* the preferred return address is behind it */
	vcpu_inject_undefined(vcpu);
}

static void ask_hostview(struct vcpu *vcpu)
{
	const struct hostview_call call = {
		.number = vcpu->x[0] ^ CCP_HV_CALL,
		.arg = { vcpu->x[1], vcpu->x[2], vcpu->x[3], vcpu->x[4] },
		.space = vcpu_space(vcpu),
		.platform = "cca",
	};

	vcpu->x[0] = (int64_t)hostview_answer(&call);
	vcpu_skip(vcpu);
}

static bool from_el0(const struct vcpu *vcpu)
{
	return (vcpu->spsr & SPSR_MODE) == SPSR_EL0;
}

/* A debug exception: the guest's own, unless a program asks for the host view. */
static void exit_debug(struct vcpu *vcpu)
{
	unsigned int class = ESR_EC(vcpu->esr);
	uint64_t esr = vcpu->esr;

	if (class == ESR_EC_BRK && from_el0(vcpu) && (esr & ESR_BRK_NUMBER) == CCP_HV_BRK) {
		ask_hostview(vcpu);
		return;
	}
	if (class != ESR_EC_BRK && !from_el0(vcpu))
		esr |= (uint64_t)ESR_EC_SAME_LEVEL << ESR_EC_SHIFT;
	vcpu_inject(vcpu, esr, vcpu->far);
}

/*
 * Debug registers trap because debug exceptions do. MDSCR_EL1 is the guest's own, for single steps;
 * breakpoints and watchpoints in hardware do nothing.
 */
static void exit_debug_register(struct vcpu *vcpu)
{
	unsigned int rt = ESR_SYSREG_RT(vcpu->esr);
	bool is_mdscr = (vcpu->esr & ESR_SYSREG_NAME) == ESR_SYSREG_MDSCR;

	if (vcpu->esr & ESR_SYSREG_READ) {
		if (rt != XZR)
			vcpu->x[rt] = is_mdscr ? cpu_read_mdscr() : 0;
	} else if (is_mdscr) {
		cpu_write_mdscr(rt == XZR ? 0 : vcpu->x[rt]);
	}
	vcpu_skip(vcpu);
}

static void exit_sysreg(struct vcpu *vcpu)
{
	if (ESR_SYSREG_OP0(vcpu->esr) == 2)
		exit_debug_register(vcpu);
	else
		vcpu_inject_undefined(vcpu);
}

static const char *access_kind(const struct vcpu *vcpu)
{
	if (vcpu->esr & ESR_ABORT_S1PTW)
		return "page table walk";
	if (ESR_EC(vcpu->esr) == ESR_EC_FETCH_LOWER)
		return "fetch";
	return vcpu->esr & ESR_ABORT_WNR ? "write" : "read";
}

static void inject_external_abort(struct vcpu *vcpu)
{
	uint64_t class = ESR_EC(vcpu->esr) | (from_el0(vcpu) ? 0 : ESR_EC_SAME_LEVEL);

	vcpu_inject(vcpu, class << ESR_EC_SHIFT | ESR_IL | ESR_ABORT_EXTERNAL, vcpu->far);
}

/*
 * RMM specification, "Realm access to IPA space": a protected address that is empty, and one
 * outside of the realm's, is a synchronous external abort. What a shared address holds is the
 * host's: it answers with the shared plane.
 */
static void exit_abort(struct vcpu *vcpu)
{
	const uint64_t ipa = HPFAR_IPA(vcpu->hpfar) | vcpu->far % PAGE_SIZE;
	struct planes *planes = &vcpu->guest->planes;
	const struct guest_access access = {
		.gpa = stage2_gpa(ipa),
		.plane = stage2_plane(ipa),
		.kind = access_kind(vcpu),
		.pc = vcpu->elr,
		.level = from_el0(vcpu) ? 0 : 1,
	};

	if (ipa >> IPA_BITS || !violations_answer(planes, &access)) {
		inject_external_abort(vcpu);
		return;
	}
	if (access.plane == CCP_HV_PRIVATE &&
	    ledger_state(&planes->ledger, access.gpa / PAGE_SIZE) == CCP_HV_SHARED) {
		stage2_set_present(planes->stage2, access.gpa, CCP_HV_PRIVATE, false);
		inject_external_abort(vcpu);
	}
}

static const struct {
	unsigned int class;
	void (*handle)(struct vcpu *vcpu);
} exits[] = {
	{ ESR_EC_HVC, exit_hvc },	   { ESR_EC_SMC, exit_smc },
	{ ESR_EC_SYSREG, exit_sysreg },	   { ESR_EC_FETCH_LOWER, exit_abort },
	{ ESR_EC_DATA_LOWER, exit_abort }, { ESR_EC_BREAK_LOWER, exit_debug },
	{ ESR_EC_STEP_LOWER, exit_debug }, { ESR_EC_WATCH_LOWER, exit_debug },
	{ ESR_EC_BRK, exit_debug },
};

void handle_exit(struct vcpu *vcpu)
{
	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++)
		if (exits[i].class == ESR_EC(vcpu->esr)) {
			exits[i].handle(vcpu);
			return;
		}
	fatal("exit is not known: esr 0x%lx elr 0x%lx far 0x%lx", vcpu->esr, vcpu->elr, vcpu->far);
}

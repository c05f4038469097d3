// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel TDX: the shared bit, the highest of the guest physical address, chooses the shared plane.
 * The guest talks to the TDX module by TDCALL (tdcall.c).
 *
 * No #VE is ever injected: CPUID is answered directly, port I/O, MMIO and MSRs reach the machine.
 */
#include <asm/svm.h>

#include "clock.h"
#include "mode.h"
#include "tdcall.h"
#include "tdx.h"

/*
 * Leaf 15h: TSC frequency = ECX * EBX / EAX, where ECX is the crystal's, which also drives the APIC
 * timer: 1 GHz in QEMU. Linux multiplies kHz by EBX in 32 bits, hence megahertz over a thousand.
 */
#define CPUID_TSC	     0x15u
#define CPUID_TSC_DIVISOR    1000
#define CPUID_TSC_CRYSTAL_HZ 1000000000

enum { TDX_CPUID_TSC_ROW };

static struct cpuid_entry tdx_cpuid[] = {
	[TDX_CPUID_TSC_ROW] = { CPUID_TSC,
				CPUID_ANY_SUBLEAF,
				{ ~0u, ~0u, ~0u, ~0u },
				{ CPUID_TSC_DIVISOR, 0, CPUID_TSC_CRYSTAL_HZ } },
	/* "GenuineIntel", and leaf 21h is the last one */
	{ 0,
	  CPUID_ANY_SUBLEAF,
	  { ~0u, ~0u, ~0u, ~0u },
	  { CPUID_TDX, 0x756e6547, 0x6c65746e, 0x49656e69 } },
	/* Sapphire Rapids, family 6 model 8Fh: the first with TDX */
	{ 0x1, CPUID_ANY_SUBLEAF, { ~0u }, { 0x806f8 } },
	{ CPUID_TDX,
	  CPUID_ANY_SUBLEAF,
	  { ~0u, ~0u, ~0u, ~0u },
	  { 0, CPUID_TDX_EBX, CPUID_TDX_ECX, CPUID_TDX_EDX } },
	{},
};

static const struct msr_entry tdx_msrs[] = {
	{},
};

static const struct exit_entry tdx_exits[] = {
	{ SVM_EXIT_EXCP_BASE + EXCEPTION_UD, exit_tdcall },
	{},
};

static void tdx_init(struct guest *guest)
{
	tdx_cpuid[TDX_CPUID_TSC_ROW].set[1] = clock_tsc_mhz();
}

static void tdx_setup(struct vcpu *vcpu)
{
	vcpu->vmcb.intercept_exception |= SVM_INTERCEPT_EXCEPTION(EXCEPTION_UD);
}

const struct mode mode_tdx = {
	.name = "tdx",
	.platform = "tdx",
	.planes = CONFIDENTIAL_PLANES(CCP_HV_SHARED),
	.needs_accept = true,
	.accept_zeroes = true,
	.cpuid = tdx_cpuid,
	.msrs = tdx_msrs,
	.exits = tdx_exits,
	.init = tdx_init,
	.setup = tdx_setup,
};

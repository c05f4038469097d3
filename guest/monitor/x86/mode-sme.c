// SPDX-License-Identifier: GPL-2.0-only
/*
 * AMD SME (APM volume 2, 7.10): no guest, but a machine whose memory is encrypted where the C-bit
 * is set. Linux starts without the C-bit, finds SME enabled, and encrypts itself in place. Devices
 * reach both planes, as the memory controller decrypts for them, too.
 *
 * There is one CPU: another one would start in the plane that is the machine's memory, where the
 * guest's own trampoline is, and not the monitor's.
 */
#include "layout.h"
#include "mode.h"
#include "sev.h"

/* 7.10.1: SYSCFG, and its MemEncryptionModEn */
#define MSR_SYSCFG	   0xc0010010u
#define SYSCFG_MEM_ENCRYPT (1ul << 23)

static const struct cpuid_entry sme_cpuid[] = {
	/* Linux takes no SME from a hypervisor */
	{ 0x1, CPUID_ANY_SUBLEAF, { 0, 0, CPUID_HYPERVISOR }, {} },
	{ CPUID_EXTENDED_MAX, CPUID_ANY_SUBLEAF, { ~0u }, { CPUID_ENCRYPTION } },
	{ CPUID_ENCRYPTION,
	  CPUID_ANY_SUBLEAF,
	  { ~0u, ~0u, ~0u, ~0u },
	  { CPUID_SME, SME_BIT | 1u << 6 } },
	{},
};

static const struct msr_entry sme_msrs[] = {
	{ MSR_SYSCFG, SYSCFG_MEM_ENCRYPT, true },
	{ MSR_SEV_STATUS, 0, false },
	{},
};

static const struct exit_entry sme_exits[] = {
	{},
};

const struct mode mode_sme = {
	.name = "sme",
	.platform = "none",
	.planes = { .with_bit = CCP_HV_PRIVATE, .mask = SME_MASK, .private_base = SME_MASK },
	.start = CCP_HV_SHARED,
	.keeps_bytes = true,
	.cpuid = sme_cpuid,
	.msrs = sme_msrs,
	.exits = sme_exits,
};

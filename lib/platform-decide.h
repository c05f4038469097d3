/* SPDX-License-Identifier: MIT */
/* What platform.c observes, and what follows from it. */
#ifndef CCP_PLATFORM_DECIDE_H
#define CCP_PLATFORM_DECIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "ccprime.h"

/* CPUID leaf 0x8000001f EAX: the processor can run SEV guests. */
#define CCP_AMD_SEV (1u << 1)

/* MSR 0xc0010131: what is active in this guest. */
#define CCP_SEV_STATUS_SEV     (1u << 0)
#define CCP_SEV_STATUS_SEV_ES  (1u << 1)
#define CCP_SEV_STATUS_SEV_SNP (1u << 2)

struct ccp_platform_facts {
	bool cca_device;
	bool hypervisor; /* CPUID leaf 1 ECX bit 31 */
	char tdx[12]; /* CPUID leaf 0x21 EBX, EDX, ECX; no NUL */
	uint32_t amd; /* CPUID leaf 0x8000001f EAX */
	bool sev_status_known;
	uint64_t sev_status; /* MSR 0xc0010131 */
};

enum ccp_platform ccp_platform_decide(const struct ccp_platform_facts *facts);

/*
 * The kernel log, as klogctl() gives it, to the bits that the MSR would have. Returns false where
 * the kernel does not say. Lines that did not come from the kernel itself are passed over.
 */
bool ccp_platform_log_status(const char *log, uint64_t *sev_status);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A mode is one kind of confidential guest, as data: what its CPU says of itself, what exits, and
 * how. A new mode is a file with such a table and a line in mode.c.
 */
#ifndef MONITOR_MODE_H
#define MONITOR_MODE_H

#include <stdint.h>

#include "guest.h"

enum exit_result {
	EXIT_HANDLED,
	/* Somebody else's, or nobody's: the guest has done what the monitor does not know */
	EXIT_UNHANDLED,
};

/* One row of a table of exits (APM volume 2, appendix C); tables end with a row without handler. */
struct exit_entry {
	uint64_t code;
	enum exit_result (*handle)(struct vcpu *vcpu);
};

/* Fn0000_0001 ECX bit 31 (APM volume 3, E.3.2): a hypervisor is present */
#define CPUID_HYPERVISOR (1u << 31)

#define CPUID_ANY_SUBLEAF UINT32_MAX

/*
 * What CPUID answers: the machine's own value with bits cleared, then set. Ends with a row of leaf
 * 0 and no bits.
 */
struct cpuid_entry {
	uint32_t leaf, subleaf;
	uint32_t clear[4], set[4]; /* EAX, EBX, ECX, EDX */
};

/*
 * An MSR that answers for itself; writes are taken and forgotten or refused with #GP. Ends with msr
 * 0.
 */
struct msr_entry {
	uint32_t msr;
	uint64_t value;
	bool write_ignored;
};

struct boot_params;

struct mode {
	const char *name; /* for the command line */
	const char *platform; /* for tests: ccp_platform_name()'s word, in any case */
	struct npt_planes planes;
	enum ccp_hv_plane start; /* the plane in which Linux finds itself */
	bool needs_accept, accept_zeroes; /* as in struct planes_config */
	bool keeps_bytes; /* a conversion never touches memory, whatever fill= says */
	const struct cpuid_entry *cpuid; /* besides the common ones */
	const struct msr_entry *msrs;
	const struct exit_entry *exits; /* before the common ones */
	/* Once, before any vCPU. May be NULL. */
	void (*init)(struct guest *guest);
	/* Intercepts of its own, once a vCPU's registers are as they start. May be NULL. */
	void (*setup)(struct vcpu *vcpu);
	/*
	 * Pages that the guest finds in its private plane at launch, in the reserved range of
	 * layout.h. May be NULL.
	 */
	void (*launch)(struct guest *guest, struct boot_params *params);
	/*
	 * The registers of a CPU that has been started, before setup(). NULL: as INIT and SIPI
	 * leave it.
	 */
	void (*start_cpu)(struct vcpu *vcpu);
	/* A VMMCALL that is not the host view's. NULL: this CPU has no such instruction. */
	void (*hypercall)(struct vcpu *vcpu);
};

/* NULL: no such mode. */
const struct mode *mode_find(const char *name);

extern const struct mode mode_sev, mode_sme, mode_snp, mode_tdx;

#endif

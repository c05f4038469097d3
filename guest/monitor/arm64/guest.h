/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The realm and its virtual CPUs. One lock is held while the monitor runs: exits come one at a
 * time.
 */
#ifndef MONITOR_GUEST_H
#define MONITOR_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"
#include "stage2-tables.h"
#include "../planes.h"
#include "../walk.h"

struct guest;

/* boot.S knows that x is first. */
struct vcpu {
	uint64_t x[31]; /* the guest's while the monitor runs */
	struct guest *guest;

	/* Registers of the exit, by their names there; elr and spsr are where the guest goes on. */
	uint64_t elr, spsr, esr, far, hpfar;
	/* EL1's, as the guest has them */
	uint64_t sctlr_el1, tcr_el1, ttbr0_el1, vbar_el1;
	/* EL1's, where the guest is to take an exception */
	bool injects;
	uint64_t elr_el1, spsr_el1, esr_el1, far_el1;
};

/* What PSCI_CPU_ON asked for. */
struct cpu_start {
	uint64_t entry, context;
};

struct guest {
	struct stage2 stage2;
	struct planes planes;
	bool locked;
	struct cpu_start start[MAX_CPUS];
	struct vcpu cpus[MAX_CPUS];
};

/* Steps over the instruction. */
void vcpu_skip(struct vcpu *vcpu);

/*
 * Makes the guest take an exception where it is (Arm ARM, "Exception entry"). far: for aborts.
 */
void vcpu_inject(struct vcpu *vcpu, uint64_t esr, uint64_t far);

/* Makes the guest find an instruction undefined. */
void vcpu_inject_undefined(struct vcpu *vcpu);

/* Virtual memory as the program sees it that runs on the vCPU: EL0's half. */
struct guest_space vcpu_space(const struct vcpu *vcpu);

/* The end of an exit, or of a CPU: others may go on. */
void guest_unlock(struct guest *guest);

/* After a change of the planes: no CPU knows a page any more that has gone from one of them. */
void guest_flush_gone(struct guest *guest);

/* Answers the exit that the vCPU's registers describe. */
void handle_exit(struct vcpu *vcpu);

#endif

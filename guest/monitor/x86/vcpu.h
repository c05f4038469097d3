/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest and its virtual CPUs, and what an exit handler may do with them. */
#ifndef MONITOR_VCPU_H
#define MONITOR_VCPU_H

#include <stdbool.h>
#include <stdint.h>

#include "svm.h"
#include "../walk.h"

/* Numbers of general purpose registers in instructions (APM volume 3, table A-34). */
enum gpr {
	RAX,
	RCX,
	RDX,
	RBX,
	RSP,
	RBP,
	RSI,
	RDI,
	R8,
	R9,
	R10,
	R11,
	R12,
	R13,
	R14,
	R15,
	GPR_COUNT
};

struct guest;

struct vcpu {
	struct vmcb vmcb;
	struct vmcb idle; /* waits in the guest's place: vcpu_wait() */
	uint8_t host_save[4096]; /* 15.30.4: the CPU's own */
	uint64_t gpr[GPR_COUNT]; /* the guest's while the monitor runs */
	struct guest *guest;
	uint64_t ghcb; /* SNP: MSR C001_0130h */
	unsigned int index; /* in guest->cpus, and the APIC ID */

	/* For other CPUs to see: guest.c */
	bool in_guest;
	bool kicked;
	uint64_t generation; /* of the translations that it may hold */
} __attribute__((aligned(4096)));

/*
 * Readies the CPU that this runs on for a vCPU: guest->cpus[index], which starts anew. Its state is the mode's
 * or the caller's to fill in: all zero but for what VMRUN wants.
 */
struct vcpu *vcpu_init(struct guest *guest, unsigned int index);

/* The state that Linux' 64-bit entry wants (boot.rst); RIP and RSI are the caller's. */
void vcpu_reset_long_mode(struct vcpu *vcpu);

/* The state after INIT and SIPI (14.1.3 and 15.27): real mode, at vector << 12. */
void vcpu_reset_real_mode(struct vcpu *vcpu, unsigned int vector);

/* Runs the guest and answers its exits, for ever. The caller holds the guest's lock. */
__attribute__((noreturn)) void vcpu_run(struct vcpu *vcpu);

/* Steps over an instruction of this length. */
void vcpu_skip(struct vcpu *vcpu, unsigned int length);

/* Makes the guest take an exception where it is. */
void vcpu_inject(struct vcpu *vcpu, unsigned int vector);

/* Makes the guest take an NMI. */
void vcpu_inject_nmi(struct vcpu *vcpu);

/* Virtual memory as the code that runs on the vCPU sees it. */
struct guest_space vcpu_space(const struct vcpu *vcpu);

/* Waits until an interrupt may be there, without taking it: the guest does. */
void vcpu_wait(struct vcpu *vcpu);

#endif

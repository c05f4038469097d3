/* SPDX-License-Identifier: GPL-2.0-only */
/* Why the guest stopped, and what to do about it: the mode's table first, then the common one. */
#ifndef MONITOR_EXITS_H
#define MONITOR_EXITS_H

#include "mode.h"

/* RDMSR and WRMSR: emulated CPUs do not save the next RIP */
#define LENGTH_MSR 2

/* What CPUID says to the guest: EAX, EBX, ECX, EDX. */
void guest_cpuid(const struct guest *guest, uint32_t leaf, uint32_t subleaf, uint32_t answer[4]);

/* Answers the exit that the VMCB holds. Does not return where nobody can. */
void handle_exit(struct vcpu *vcpu);

#endif

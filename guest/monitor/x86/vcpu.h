/* SPDX-License-Identifier: GPL-2.0-only */
/* One virtual CPU: how it starts, and what an exit handler may do with it. */
#ifndef MONITOR_VCPU_H
#define MONITOR_VCPU_H

#include "guest.h"
#include "../walk.h"

/* APM volume 3, 1.2: the longest instruction, in bytes */
#define INSTRUCTION_MAX 15

/*
 * Readies the CPU that this runs on for a vCPU: guest->cpus[index], which starts anew. Its state is
 * the mode's or the caller's to fill in: all zero but for what VMRUN wants.
 */
struct vcpu *vcpu_init(struct guest *guest, unsigned int index);

/* The state that Linux' 64-bit entry wants (boot.rst); RIP and RSI are the caller's. */
void vcpu_reset_long_mode(struct vcpu *vcpu);

/* The state after INIT and SIPI (14.1.3 and 15.27): real mode, at vector << 12. */
void vcpu_reset_real_mode(struct vcpu *vcpu, unsigned int vector);

/* Steps over an instruction of this length. */
void vcpu_skip(struct vcpu *vcpu, unsigned int length);

/* Makes the guest take an exception where it is. */
void vcpu_inject(struct vcpu *vcpu, unsigned int vector);

/* Makes the guest take a page fault: its kernel read an address that is not mapped. */
void vcpu_inject_page_fault(struct vcpu *vcpu, uint64_t address);

/* Makes the guest take an NMI. */
void vcpu_inject_nmi(struct vcpu *vcpu);

/* Virtual memory as the code that runs on the vCPU sees it. */
struct guest_space vcpu_space(const struct vcpu *vcpu);

/* Whether the instruction at RIP is these bytes: at most INSTRUCTION_MAX. */
bool vcpu_executes(const struct vcpu *vcpu, const uint8_t *bytes, size_t size);

/* Waits until an interrupt may be there, without taking it: the guest does. */
void vcpu_wait(struct vcpu *vcpu);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Power State Coordination Interface (Arm DEN0022), "PSCI functions" for the numbers; SMC
 * Calling Convention (Arm DEN0028), "Arm Architecture Calls" for its own two.
 */
#ifndef MONITOR_PSCI_H
#define MONITOR_PSCI_H

#include <stdbool.h>

/* Function identifiers without the bit that tells 64-bit calls from 32-bit ones */
#define PSCI_FIRST    0x84000000u
#define PSCI_LAST     0x8400001fu
#define PSCI_64_BIT   0x40000000u
#define PSCI_CPU_OFF  0x84000002u
#define PSCI_CPU_ON   0x84000003u
#define PSCI_OFF      0x84000008u
#define PSCI_FEATURES 0x8400000au

/* "Return codes" */
#define PSCI_SUCCESS		0l
#define PSCI_INVALID_PARAMETERS -2l
#define PSCI_INVALID_ADDRESS	-9l

#define SMCCC_VERSION	    0x80000000u
#define SMCCC_ARCH_FEATURES 0x80000001u
#define SMCCC_VERSION_1_2   0x10002l
#define SMCCC_NOT_SUPPORTED -1l

struct vcpu;

/*
 * Answers the call in the vCPU's registers; the machine's own firmware does what concerns it.
 * false: it is no call of PSCI or of the calling convention, and nothing has changed.
 */
bool psci_answer(struct vcpu *vcpu);

#endif

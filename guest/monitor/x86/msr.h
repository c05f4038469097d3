/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MONITOR_MSR_H
#define MONITOR_MSR_H

#include "mode.h"

/* RDMSR and WRMSR: emulated CPUs do not save the next RIP */
#define LENGTH_MSR 2

/* Makes the mode's MSRs exit, on reads and writes. */
void msr_intercept(struct guest *guest);

/* RDMSR and WRMSR: the mode's table, or #GP. */
enum exit_result exit_msr(struct vcpu *vcpu);

#endif

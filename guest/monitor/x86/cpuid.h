/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MONITOR_CPUID_H
#define MONITOR_CPUID_H

#include "mode.h"

/* What CPUID says to the guest: EAX, EBX, ECX, EDX. */
void guest_cpuid(const struct guest *guest, uint32_t leaf, uint32_t subleaf, uint32_t answer[4]);

/* CPUID: the machine's answer, changed by the common table, then by the mode's. */
enum exit_result exit_cpuid(struct vcpu *vcpu);

#endif

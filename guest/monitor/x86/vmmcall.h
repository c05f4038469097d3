/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MONITOR_VMMCALL_H
#define MONITOR_VMMCALL_H

#include "mode.h"

/*
 * VMMCALL: what a test process asks the host view, or a hypercall of the kernel's, which the mode
 * answers.
 */
enum exit_result exit_vmmcall(struct vcpu *vcpu);

#endif

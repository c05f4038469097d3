/* SPDX-License-Identifier: GPL-2.0-only */
/* What an SNP guest asks its host for, by VMGEXIT: ghcb.h says how. */
#ifndef MONITOR_VMGEXIT_H
#define MONITOR_VMGEXIT_H

#include "mode.h"

/*
 * VMGEXIT, which arrives as VMMCALL with a prefix: answers by the GHCB's MSR or in its page, as the
 * MSR says.
 */
enum exit_result exit_vmgexit(struct vcpu *vcpu);

/* Reads and writes of the GHCB's MSR. */
enum exit_result exit_ghcb_msr(struct vcpu *vcpu);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which plane a CPU's page tables are in, for AMD's modes. On hardware they are always private (APM
 * volume 2, 15.34.5), and so is everything while the CPU does not page. Here the C-bit of CR3
 * decides: it is added where Linux, still at low addresses, leaves it out.
 */
#ifndef MONITOR_SEV_PAGING_H
#define MONITOR_SEV_PAGING_H

#include "mode.h"

/* For a mode's table of exits. */
enum exit_result sev_cr0_write(struct vcpu *vcpu);
enum exit_result sev_cr3_write(struct vcpu *vcpu);

/* For a mode's setup: the intercepts that lead there. */
void sev_setup(struct vcpu *vcpu);

#endif

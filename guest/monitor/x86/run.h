/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MONITOR_RUN_H
#define MONITOR_RUN_H

#include "guest.h"

/* Runs the guest and answers its exits, for ever. The caller holds the guest's lock. */
__attribute__((noreturn)) void vcpu_run(struct vcpu *vcpu);

#endif

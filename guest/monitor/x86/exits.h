/* SPDX-License-Identifier: GPL-2.0-only */
/* Why the guest stopped, and who answers: the mode's table first, then the common one. */
#ifndef MONITOR_EXITS_H
#define MONITOR_EXITS_H

#include "guest.h"

/* Answers the exit that the VMCB holds. Does not return where nobody can. */
void handle_exit(struct vcpu *vcpu);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* The monitor's end of ccprime-hostview.h: answers VMMCALLs that a test process executes. */
#ifndef MONITOR_HOSTVIEW_H
#define MONITOR_HOSTVIEW_H

#include <stdbool.h>

#include "vcpu.h"

/* true: RAX holds a host view call, which is answered now. */
bool hostview_call(struct vcpu *vcpu);

#endif

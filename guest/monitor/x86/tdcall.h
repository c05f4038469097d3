/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MONITOR_TDCALL_H
#define MONITOR_TDCALL_H

#include "mode.h"

/* TDCALL, which the emulated CPU does not know: it arrives as #UD. */
enum exit_result exit_tdcall(struct vcpu *vcpu);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MONITOR_PVALIDATE_H
#define MONITOR_PVALIDATE_H

#include "mode.h"

/* PVALIDATE and RMPADJUST, which the emulated CPU does not know: they arrive as #UD. */
enum exit_result exit_pvalidate(struct vcpu *vcpu);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's kernel, as Documentation/arch/arm64/booting.rst wants it. */
#ifndef MONITOR_LINUX_H
#define MONITOR_LINUX_H

#include "guest.h"

/*
 * Checks the kernel that QEMU's loader put into the private plane, gives it its device tree, and
 * points the vCPU at it. fatal() where there is none.
 */
void linux_load(struct vcpu *vcpu);

#endif

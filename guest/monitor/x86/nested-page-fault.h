/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MONITOR_NESTED_PAGE_FAULT_H
#define MONITOR_NESTED_PAGE_FAULT_H

#include "mode.h"

/* The guest touched an address that the nested page tables do not have (APM volume 2, 15.25.6). */
enum exit_result exit_nested_page_fault(struct vcpu *vcpu);

#endif

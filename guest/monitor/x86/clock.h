/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MONITOR_CLOCK_H
#define MONITOR_CLOCK_H

#include <stdint.h>

/* The time stamp counter. */
uint64_t clock_ticks(void);

/*
 * The time stamp counter's frequency, measured against the machine's HPET for 10 ms. fatal()
 * without an HPET.
 */
uint32_t clock_tsc_mhz(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* What only a CPU at EL2 can do. Unit tests supply their own. */
#ifndef MONITOR_CPU_H
#define MONITOR_CPU_H

#include <stdint.h>

/* A call of the machine's firmware. Returns X0. */
int64_t cpu_smc(uint32_t function, uint64_t x1, uint64_t x2, uint64_t x3);

/* All CPUs forget what they know of the second stage. */
void cpu_flush_stage2(void);

/* MDSCR_EL1, whose accesses trap with the other debug registers. */
uint64_t cpu_read_mdscr(void);
void cpu_write_mdscr(uint64_t value);

/* Where PSCI_CPU_ON has a CPU start for the monitor; boot.S. */
uint64_t cpu_entry(void);

#endif

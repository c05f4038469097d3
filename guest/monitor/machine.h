/* SPDX-License-Identifier: GPL-2.0-only */
/* Access to the machine's memory by machine address. The monitor maps it one to one; unit tests supply their own. */
#ifndef MONITOR_MACHINE_H
#define MONITOR_MACHINE_H

#include <stdint.h>

void *machine_ptr(uint64_t address);

/* Fills size bytes with a word. Both are multiples of 64. */
void machine_fill(uint64_t address, uint64_t size, uint64_t word);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine that the monitor runs on, as the architecture knows it. Unit tests supply their own.
 */
#ifndef MONITOR_MACHINE_H
#define MONITOR_MACHINE_H

#include <stdint.h>

/* The machine's memory. The monitor maps it one to one. */
void *machine_ptr(uint64_t address);

/* Fills size bytes with a word. Both are multiples of 64. */
void machine_fill(uint64_t address, uint64_t size, uint64_t word);

/* Says a character where the host side reads what the monitor says. */
void machine_putc(char c);

/* Ends the machine. */
__attribute__((noreturn)) void machine_stop(void);

/* What lines of the log call the guest's program counter and level of privilege. */
extern const char machine_pc_name[], machine_level_name[];

#endif

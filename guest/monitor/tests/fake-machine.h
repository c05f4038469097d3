/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine's memory for unit tests: 4 GiB of address space, of which only what is touched costs memory. */
#ifndef MONITOR_TESTS_FAKE_MACHINE_H
#define MONITOR_TESTS_FAKE_MACHINE_H

#include <stdint.h>

/* Fresh, zeroed memory. An address outside of it aborts the test. */
void fake_machine_reset(void);

/* From now on an address outside the two planes aborts too: so many bytes from 0, and from private on. */
void fake_machine_only_planes(uint64_t private, uint64_t size);

#endif

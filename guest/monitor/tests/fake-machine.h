/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine for unit tests. Its memory is 6 GiB of address space, of which only what is touched
 * costs memory; what the monitor says is kept, and what ends the machine comes back to the test.
 */
#ifndef MONITOR_TESTS_FAKE_MACHINE_H
#define MONITOR_TESTS_FAKE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

/* Fresh, zeroed memory. An address outside of it aborts the test. */
void fake_machine_reset(void);

/*
 * From now on an address outside the two planes aborts too: so many bytes from shared, and from
 * private on.
 */
void fake_machine_only_planes(uint64_t shared, uint64_t private, uint64_t size);

/* Calls run(data). false: it ended the machine, by fatal() or terminated(). */
bool fake_machine_run(void (*run)(void *data), void *data);

/* The last line that the monitor logged. */
const char *fake_machine_said(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A realm whose exits are answered in the test's own process, with its memory in the fake machine;
 * what the monitor would have the machine's firmware do is recorded.
 */
#ifndef MONITOR_TESTS_FAKE_REALM_H
#define MONITOR_TESTS_FAKE_REALM_H

#include "guest.h"
#include "sysreg.h"

#define FAKE_RAM (4ul << 20)
/* Where the instruction is that exits, and EL1's vectors. */
#define FAKE_CODE    0xffff800080001000ul
#define FAKE_VECTORS 0xffff800080010800ul

extern struct guest fake_guest;

/* The firmware's last call, what it answers, and how often CPUs had to forget translations. */
extern struct fake_firmware {
	uint32_t function;
	uint64_t x1, x2, x3;
	int64_t answer;
	unsigned int calls, flushes;
	uint64_t mdscr;
} fake_firmware;

/* A fresh realm, strict, everything private; the vCPU returned is its first, at EL1. */
struct vcpu *fake_realm_reset(void);

/*
 * Has the monitor answer an exit of this class. false: it ended the machine instead, and
 * fake_machine_said() tells why.
 */
bool fake_exit(struct vcpu *vcpu, unsigned int class, uint64_t iss);

/* An SMC with X0 to X3. */
bool fake_smc(struct vcpu *vcpu, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3);

/* A data abort at an IPA. */
bool fake_abort(struct vcpu *vcpu, uint64_t ipa);

/*
 * Four levels of tables for EL0: virtual address 0x1000 * (n + 1) leads to the nth of these
 * descriptors.
 */
void fake_user_tables(struct vcpu *vcpu, const uint64_t *descriptors, unsigned int count);

#endif

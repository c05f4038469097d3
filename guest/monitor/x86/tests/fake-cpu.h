/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest whose exits are answered in the test's own process: a vCPU that does not page, with its
 * memory in the fake machine.
 */
#ifndef MONITOR_TESTS_FAKE_CPU_H
#define MONITOR_TESTS_FAKE_CPU_H

#include "guest.h"
#include "mode.h"

#define FAKE_RAM (4ul << 20)
/* Where the instruction is that exits. */
#define FAKE_CODE 0x200000ul

extern struct guest fake_guest;

/*
 * A fresh guest of a mode, everything private; the vCPU returned is its first, in kernel mode at
 * FAKE_CODE.
 */
struct vcpu *fake_guest_reset(const struct mode *mode);

/* Puts an instruction of at most 16 bytes at RIP. */
void fake_code(struct vcpu *vcpu, const void *bytes, size_t size);

/*
 * Has the monitor answer an exit. false: it ended the machine instead, and fake_machine_said()
 * tells why.
 */
bool fake_exit(struct vcpu *vcpu, uint64_t code);

/* Commands that went to other CPUs' APICs, the last one's target. */
extern unsigned int fake_apic_commands, fake_apic_target;

#endif

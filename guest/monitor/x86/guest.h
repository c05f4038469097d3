/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest, its virtual CPUs and what they share: mode, planes, and one lock round everything but
 * running the guest. A change of the nested tables is complete only when no CPU can hold the old
 * translation any more.
 */
#ifndef MONITOR_GUEST_H
#define MONITOR_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"
#include "npt.h"
#include "svm.h"
#include "../planes.h"

struct guest;
struct mode;

/* Numbers of general purpose registers in instructions (APM volume 3, table A-34). */
enum gpr {
	RAX,
	RCX,
	RDX,
	RBX,
	RSP,
	RBP,
	RSI,
	RDI,
	R8,
	R9,
	R10,
	R11,
	R12,
	R13,
	R14,
	R15,
	GPR_COUNT
};

struct vcpu {
	struct vmcb vmcb;
	struct vmcb idle; /* waits in the guest's place: vcpu_wait() */
	uint8_t host_save[4096]; /* 15.30.4: the CPU's own */
	uint64_t gpr[GPR_COUNT]; /* the guest's while the monitor runs */
	struct guest *guest;
	uint64_t ghcb; /* SNP: MSR C001_0130h */
	unsigned int index; /* in guest->cpus, and the APIC ID */

	/* For other CPUs to see: guest.c */
	bool in_guest;
	bool kicked;
	uint64_t generation; /* of the translations that it may hold */
} __attribute__((aligned(4096)));

struct guest {
	const struct mode *mode;
	struct stage2 npt;
	struct planes planes;
	bool locked;
	uint64_t generation; /* of the nested tables' translations */
	uint8_t msrpm[SVM_MSRPM_BYTES] __attribute__((aligned(4096)));
	uint64_t vmsa[MAX_CPUS]; /* SNP: where a CPU's first state is; 0: not created */
	struct vcpu cpus[MAX_CPUS];
};

void guest_lock(struct guest *guest);
void guest_unlock(struct guest *guest);

/* Runs a VMCB, the vCPU's own or its idle one, without the lock. */
void guest_enter(struct vcpu *vcpu, struct vmcb *vmcb, uint64_t *gpr);

/* After an NMI exit: takes the NMI. true: it was another CPU's kick, not the guest's. */
bool guest_was_kicked(struct vcpu *vcpu);

/*
 * Makes every CPU forget its translations before it runs the guest again. Returns when all have,
 * but the calling one, which will at its next entry.
 */
void guest_flush(struct vcpu *vcpu);

/*
 * The same after a change of the planes, but only where a page has gone from one of them: a page
 * that appears was in no CPU's translations. Without strict mode none goes, and each conversion
 * would stop the other CPUs for nothing.
 */
void guest_flush_gone(struct vcpu *vcpu);

/* planes_convert(), planes_accept(), planes_accept_block() and planes_rescind(), and every CPU
 * knows of it. */
enum ledger_answer guest_convert(struct vcpu *vcpu, uint64_t gpa, uint64_t *count,
				 enum ccp_hv_plane to);
int guest_accept(struct vcpu *vcpu, uint64_t gpa);
int guest_accept_block(struct vcpu *vcpu, uint64_t gpa);
int guest_rescind(struct vcpu *vcpu, uint64_t gpa);

#endif

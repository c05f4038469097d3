/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the vCPUs share: mode, planes, and one lock round everything but running the guest. A change of the nested tables
 * is complete only when no CPU can hold the old translation any more.
 */
#ifndef MONITOR_GUEST_H
#define MONITOR_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"
#include "npt.h"
#include "svm.h"
#include "vcpu.h"
#include "../planes.h"

struct mode;

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
 * Makes every CPU forget its translations before it runs the guest again. Returns when all have, but the
 * calling one, which will at its next entry.
 */
void guest_flush(struct vcpu *vcpu);

/*
 * The same after a change of the planes, but only where a page has gone from one of them: a page that appears was in no
 * CPU's translations. Without strict mode none goes, and each conversion would stop the other CPUs for nothing.
 */
void guest_flush_gone(struct vcpu *vcpu);

/* planes_convert(), planes_accept() and planes_rescind(), and every CPU knows of it. */
enum ledger_answer guest_convert(struct vcpu *vcpu, uint64_t gpa, uint64_t *count,
				 enum ccp_hv_plane to);
int guest_accept(struct vcpu *vcpu, uint64_t gpa);
int guest_rescind(struct vcpu *vcpu, uint64_t gpa);

/* Makes an MSR exit on reads and writes. */
void guest_intercept_msr(struct guest *guest, uint32_t msr);

#endif

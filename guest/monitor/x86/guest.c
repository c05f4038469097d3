// SPDX-License-Identifier: GPL-2.0-only
#include "apic.h"
#include "clock.h"
#include "guest.h"

/* A CPU that does not answer has been taken offline by INIT; it flushes when it starts anew. */
#define KICK_TICKS 1000000000ul

/* vmrun.S: loads gpr (but RAX and RSP), VMRUN, stores them again */
void svm_enter(uint64_t vmcb, uint64_t *gpr);
void take_nmi(void);

static void pause(void)
{
	asm volatile("pause");
}

void guest_lock(struct guest *guest)
{
	while (__atomic_test_and_set(&guest->locked, __ATOMIC_ACQUIRE))
		pause();
}

void guest_unlock(struct guest *guest)
{
	__atomic_clear(&guest->locked, __ATOMIC_RELEASE);
}

/*
 * in_guest comes before the generation is read: whoever changes the generation afterwards sees it,
 * and kicks. A kick that comes before VMRUN stays pending (the global interrupt flag is clear) and
 * ends VMRUN at once.
 */
void guest_enter(struct vcpu *vcpu, struct vmcb *vmcb, uint64_t *gpr)
{
	struct guest *guest = vcpu->guest;
	uint64_t generation;

	guest_unlock(guest);
	__atomic_store_n(&vcpu->in_guest, true, __ATOMIC_SEQ_CST);
	generation = __atomic_load_n(&guest->generation, __ATOMIC_SEQ_CST);
	vmcb->tlb_control = generation == vcpu->generation ? 0 : SVM_TLB_FLUSH_ALL;
	__atomic_store_n(&vcpu->generation, generation, __ATOMIC_SEQ_CST);
	svm_enter((uintptr_t)vmcb, gpr);
	__atomic_store_n(&vcpu->in_guest, false, __ATOMIC_SEQ_CST);
	guest_lock(guest);
}

bool guest_was_kicked(struct vcpu *vcpu)
{
	take_nmi();
	return __atomic_exchange_n(&vcpu->kicked, false, __ATOMIC_SEQ_CST);
}

static bool may_hold_old(const struct vcpu *cpu, uint64_t generation)
{
	return __atomic_load_n(&cpu->in_guest, __ATOMIC_SEQ_CST) &&
	       __atomic_load_n(&cpu->generation, __ATOMIC_SEQ_CST) != generation;
}

static void kick(struct vcpu *cpu, uint64_t generation)
{
	uint64_t start = clock_ticks();

	if (!may_hold_old(cpu, generation))
		return;
	__atomic_store_n(&cpu->kicked, true, __ATOMIC_SEQ_CST);
	apic_send(cpu->index, APIC_NMI);
	while (may_hold_old(cpu, generation) && clock_ticks() - start < KICK_TICKS)
		pause();
}

void guest_flush(struct vcpu *vcpu)
{
	struct guest *guest = vcpu->guest;
	uint64_t generation = guest->generation + 1;

	__atomic_store_n(&guest->generation, generation, __ATOMIC_SEQ_CST);
	for (unsigned int i = 0; i < MAX_CPUS; i++)
		if (i != vcpu->index)
			kick(&guest->cpus[i], generation);
}

void guest_flush_gone(struct vcpu *vcpu)
{
	if (!vcpu->guest->planes.gone)
		return;
	vcpu->guest->planes.gone = false;
	guest_flush(vcpu);
}

enum ledger_answer guest_convert(struct vcpu *vcpu, uint64_t gpa, uint64_t *count,
				 enum ccp_hv_plane to)
{
	enum ledger_answer answer = planes_convert(&vcpu->guest->planes, gpa, count, to);

	guest_flush_gone(vcpu);
	return answer;
}

/* Something appears, nothing goes: no other CPU can hold a wrong translation. */
int guest_accept(struct vcpu *vcpu, uint64_t gpa)
{
	return planes_accept(&vcpu->guest->planes, gpa);
}

int guest_accept_block(struct vcpu *vcpu, uint64_t gpa)
{
	return planes_accept_block(&vcpu->guest->planes, gpa);
}

int guest_rescind(struct vcpu *vcpu, uint64_t gpa)
{
	int err = planes_rescind(&vcpu->guest->planes, gpa);

	if (!err)
		guest_flush_gone(vcpu);
	return err;
}

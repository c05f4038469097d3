// SPDX-License-Identifier: GPL-2.0-only
/* Who answers a VMMCALL, and in which registers. */
#include <asm/kvm_para.h>
#include <asm/svm.h>
#include <errno.h>
#include <linux/kvm_para.h>

#include "fake-cpu.h"
#include "tap.h"

#define SOURCE 0x300000ul
#define TARGET 0x380000ul

static struct vcpu *vcpu;

static bool vmmcall(uint64_t rax, uint64_t rbx, uint64_t rcx, uint64_t rdx, uint64_t rsi)
{
	static const uint8_t bytes[] = { 0x0f, 0x01, 0xd9 };

	vcpu->vmcb.rip = FAKE_CODE;
	fake_code(vcpu, bytes, sizeof(bytes));
	vcpu->gpr[RAX] = rax;
	vcpu->gpr[RBX] = rbx;
	vcpu->gpr[RCX] = rcx;
	vcpu->gpr[RDX] = rdx;
	vcpu->gpr[RSI] = rsi;
	return fake_exit(vcpu, SVM_EXIT_VMMCALL);
}

static uint8_t *byte_of(uint64_t gpa)
{
	return planes_ptr(&fake_guest.planes, gpa, CCP_HV_PRIVATE);
}

static void the_host_view_answers_in_every_mode(void)
{
	static const struct mode *const modes[] = { &mode_sev, &mode_snp, &mode_tdx };

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct ccp_hv_info info = { .size = sizeof(info) };

		vcpu = fake_guest_reset(modes[i]);
		vcpu->vmcb.cpl = 3;
		memcpy(byte_of(TARGET), &info, sizeof(info));
		check(vmmcall(CCP_HV_CALL | CCP_HV_INFO, TARGET, 0, 0, 0));
		check_eq(vcpu->gpr[RAX], 0);
		check_eq(vcpu->vmcb.rip, FAKE_CODE + 3);
		memcpy(&info, byte_of(TARGET), sizeof(info));
		check_str(info.mode, modes[i]->platform);
	}
}

static void arguments_are_in_their_registers(void)
{
	vcpu = fake_guest_reset(&mode_sev);
	memset(byte_of(SOURCE), 0x77, 16);
	check(vmmcall(CCP_HV_CALL | CCP_HV_READ, CCP_HV_PRIVATE, SOURCE, TARGET, 15));
	check_eq(vcpu->gpr[RAX], 0);
	check_eq(byte_of(TARGET)[14], 0x77);
	check_eq(byte_of(TARGET)[15], 0);
	check(vmmcall(CCP_HV_CALL | 0xfff, 0, 0, 0, 0));
	check_eq((int64_t)vcpu->gpr[RAX], -ENOSYS);
}

static void other_calls_are_the_modes(void)
{
	static const uint64_t numbers[] = { CCP_HV_CALL | 1ul << 32, CCP_HV_CALL + 0x1000, 77 };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		vcpu = fake_guest_reset(&mode_sev);
		check(vmmcall(numbers[i], 0, 0, 0, 0));
		check_eq((int64_t)vcpu->gpr[RAX], -KVM_ENOSYS);
		check_eq(vcpu->vmcb.rip, FAKE_CODE + 3);
	}
	/* In a TD there is no such instruction */
	vcpu = fake_guest_reset(&mode_tdx);
	check(vmmcall(77, 0, 0, 0, 0));
	check_eq(vcpu->vmcb.event_injection & 0xff, EXCEPTION_UD);
	check_eq(vcpu->vmcb.rip, FAKE_CODE);
}

static void sev_converts_by_hypercall(void)
{
	const struct ledger *ledger = &fake_guest.planes.ledger;

	vcpu = fake_guest_reset(&mode_sev);
	check(vmmcall(KVM_HC_MAP_GPA_RANGE, SOURCE, 2, 0, 0));
	check_eq(vcpu->gpr[RAX], 0);
	check_eq(ledger->state[SOURCE / PAGE_SIZE + 1], CCP_HV_SHARED);
	check(vmmcall(KVM_HC_MAP_GPA_RANGE, SOURCE, 1, KVM_MAP_GPA_RANGE_ENCRYPTED, 0));
	check_eq(vcpu->gpr[RAX], 0);
	check_eq(ledger->state[SOURCE / PAGE_SIZE], CCP_HV_PRIVATE);
	check_eq(ledger->count.shared_now, 1);
	check(vmmcall(KVM_HC_MAP_GPA_RANGE, FAKE_RAM, 1, 0, 0));
	check_eq((int64_t)vcpu->gpr[RAX], -KVM_EINVAL);
	vcpu->vmcb.cpl = 3;
	check(vmmcall(KVM_HC_MAP_GPA_RANGE, SOURCE, 1, 0, 0));
	check_eq((int64_t)vcpu->gpr[RAX], -KVM_EPERM);
	check_eq(ledger->state[SOURCE / PAGE_SIZE], CCP_HV_PRIVATE);
}

static const struct tap_test tests[] = {
	{ "the host view answers in every mode", the_host_view_answers_in_every_mode },
	{ "arguments are in their registers", arguments_are_in_their_registers },
	{ "other calls are the mode's", other_calls_are_the_modes },
	{ "SEV converts by hypercall", sev_converts_by_hypercall },
};

TAP_MAIN(tests)

// SPDX-License-Identifier: GPL-2.0-only
#include <asm/svm.h>

#include "fake-cpu.h"
#include "fake-machine.h"
#include "tap.h"
#include "tdx.h"

#define PAGE_A 0x380000ul

static struct vcpu *vcpu;

static bool tdcall(uint64_t leaf)
{
	static const uint8_t bytes[] = { 0x66, 0x0f, 0x01, 0xcc };

	vcpu->vmcb.rip = FAKE_CODE;
	fake_code(vcpu, bytes, sizeof(bytes));
	vcpu->gpr[RAX] = leaf;
	return fake_exit(vcpu, SVM_EXIT_EXCP_BASE + EXCEPTION_UD);
}

static uint64_t map_gpa(uint64_t address, uint64_t size)
{
	vcpu->gpr[R10] = 0;
	vcpu->gpr[R11] = TDVMCALL_MAP_GPA;
	vcpu->gpr[R12] = address;
	vcpu->gpr[R13] = size;
	if (!tdcall(TDG_VP_VMCALL) || vcpu->gpr[RAX])
		return UINT64_MAX;
	return vcpu->gpr[R10];
}

static uint64_t accept_page(uint64_t gpa, unsigned int level)
{
	vcpu->gpr[RCX] = gpa | level;
	return tdcall(TDG_MEM_PAGE_ACCEPT) ? vcpu->gpr[RAX] : UINT64_MAX;
}

static void info_tells_the_shared_bit(void)
{
	vcpu = fake_guest_reset(&mode_tdx);
	check(tdcall(TDG_VP_INFO));
	check_eq(vcpu->gpr[RAX], 0);
	check_eq(vcpu->gpr[RCX], 48);
	check_eq(vcpu->gpr[RDX], TDX_ATTRIBUTE_SEPT_VE_DISABLE);
	check_eq(vcpu->vmcb.rip, FAKE_CODE + 4);
}

static void other_undefined_instructions_stay_so(void)
{
	static const uint8_t ud2[] = { 0x0f, 0x0b, 0x90, 0x90 };

	vcpu = fake_guest_reset(&mode_tdx);
	fake_code(vcpu, ud2, sizeof(ud2));
	check(fake_exit(vcpu, SVM_EXIT_EXCP_BASE + EXCEPTION_UD));
	check_eq(vcpu->vmcb.event_injection & 0xff, EXCEPTION_UD);
	check_eq(vcpu->vmcb.rip, FAKE_CODE);
	vcpu->vmcb.event_injection = 0;
	vcpu->vmcb.cpl = 3;
	check(tdcall(TDG_VP_INFO));
	check_eq(vcpu->vmcb.event_injection & 0xff, EXCEPTION_GP);
}

static void a_page_goes_there_and_back(void)
{
	const struct ledger *ledger = &fake_guest.planes.ledger;

	vcpu = fake_guest_reset(&mode_tdx);
	check_eq(accept_page(PAGE_A, 0), TDX_PAGE_ALREADY_ACCEPTED);
	check_eq(map_gpa(PAGE_A | PLANE_MASK, 2 * PAGE_SIZE), TDVMCALL_SUCCESS);
	check_eq(ledger->state[PAGE_A / PAGE_SIZE], CCP_HV_SHARED);
	check_eq(ledger->state[PAGE_A / PAGE_SIZE + 1], CCP_HV_SHARED);
	check_eq(ledger->state[PAGE_A / PAGE_SIZE + 2], CCP_HV_PRIVATE);
	check_eq(map_gpa(PAGE_A, PAGE_SIZE), TDVMCALL_SUCCESS);
	check_eq(ledger_acceptance(ledger, PAGE_A / PAGE_SIZE), LEDGER_PENDING);
	check_eq(accept_page(PAGE_A, 1), TDX_PAGE_SIZE_MISMATCH | TDX_OPERAND_ID_RCX);
	check_eq(accept_page(PAGE_A, 0), TDX_SUCCESS);
	check_eq(ledger_acceptance(ledger, PAGE_A / PAGE_SIZE), LEDGER_ACCEPTED);
}

static void memory_that_was_never_accepted_is_accepted_by_2_mib(void)
{
	const struct ledger *ledger = &fake_guest.planes.ledger;
	const uint64_t block = 0x200000;

	vcpu = fake_guest_reset(&mode_tdx);
	check_eq(accept_page(block, 1), TDX_PAGE_SIZE_MISMATCH | TDX_OPERAND_ID_RCX);
	planes_leave_unaccepted(&fake_guest.planes, block, FAKE_RAM);
	check_eq(accept_page(block, 2), TDX_PAGE_SIZE_MISMATCH | TDX_OPERAND_ID_RCX);
	check_eq(accept_page(block, 1), TDX_SUCCESS);
	check_eq(ledger->count.accepted, 512);
	check_eq(ledger_acceptance(ledger, FAKE_RAM / PAGE_SIZE - 1), LEDGER_ACCEPTED);
	check_eq(accept_page(block, 0), TDX_PAGE_ALREADY_ACCEPTED);
}

/* A CPU may hold the translation of a page that goes, but not of one that appears. */
static void translations_are_forgotten_when_a_page_goes(void)
{
	vcpu = fake_guest_reset(&mode_tdx);
	check_eq(map_gpa(PAGE_A | PLANE_MASK, PAGE_SIZE), TDVMCALL_SUCCESS);
	check_eq(fake_guest.generation, 1);
	check_eq(map_gpa(PAGE_A | PLANE_MASK, PAGE_SIZE), TDVMCALL_SUCCESS);
	check_eq(fake_guest.generation, 1);
	check_eq(map_gpa(PAGE_A, PAGE_SIZE), TDVMCALL_SUCCESS);
	check_eq(fake_guest.generation, 2);
	check_eq(accept_page(PAGE_A, 0), TDX_SUCCESS);
	check_eq(fake_guest.generation, 2);
}

static void acceptance_of_a_shared_page_is_fatal(void)
{
	vcpu = fake_guest_reset(&mode_tdx);
	check_eq(map_gpa(PAGE_A | PLANE_MASK, PAGE_SIZE), TDVMCALL_SUCCESS);
	check_eq(accept_page(PAGE_A, 0), UINT64_MAX);
	check(strstr(fake_machine_said(), "TDG.MEM.PAGE.ACCEPT of shared page 0x380000"));
}

static void bad_ranges_are_refused(void)
{
	vcpu = fake_guest_reset(&mode_tdx);
	check_eq(map_gpa(PAGE_A + 1, PAGE_SIZE), TDVMCALL_ALIGN_ERROR);
	check_eq(map_gpa(PAGE_A, PAGE_SIZE + 1), TDVMCALL_ALIGN_ERROR);
	check_eq(map_gpa(PAGE_A, 0), TDVMCALL_INVALID_OPERAND);
	check_eq(map_gpa(FAKE_RAM, PAGE_SIZE), TDVMCALL_INVALID_OPERAND);
	check_eq(map_gpa(PAGE_A, ~0xffful), TDVMCALL_INVALID_OPERAND);
	check_eq(fake_guest.planes.ledger.count.shared_now, 0);
}

static void failures_speak_tdx(void)
{
	struct ccp_hv_fail fail = { .plane = CCP_HV_SHARED, .nth = 1, .pages = 1 };

	vcpu = fake_guest_reset(&mode_tdx);
	ledger_arm(&fake_guest.planes.ledger, &fail);
	check_eq(map_gpa(PAGE_A | PLANE_MASK, 4 * PAGE_SIZE), TDVMCALL_INVALID_OPERAND);
	check_eq(fake_guest.planes.ledger.count.shared_now, 1);
	fail.kind = CCP_HV_FAIL_RETRY;
	fail.pages = 2;
	ledger_arm(&fake_guest.planes.ledger, &fail);
	check_eq(map_gpa(PAGE_A | PLANE_MASK, 4 * PAGE_SIZE), TDVMCALL_RETRY);
	check_eq(vcpu->gpr[R11], (PAGE_A | PLANE_MASK) + 2 * PAGE_SIZE);
}

static void unknown_calls_are_refused(void)
{
	vcpu = fake_guest_reset(&mode_tdx);
	check(tdcall(99));
	check_eq(vcpu->gpr[RAX], TDX_OPERAND_INVALID);
	vcpu->gpr[R10] = 0;
	vcpu->gpr[R11] = 0x10099;
	check(tdcall(TDG_VP_VMCALL));
	check_eq(vcpu->gpr[RAX], TDX_SUCCESS);
	check_eq(vcpu->gpr[R10], TDVMCALL_UNSUPPORTED);
}

static void a_fatal_error_is_told(void)
{
	vcpu = fake_guest_reset(&mode_tdx);
	vcpu->gpr[R10] = 0;
	vcpu->gpr[R11] = TDVMCALL_REPORT_FATAL_ERROR;
	memcpy(&vcpu->gpr[R14], "broken", 7);
	check(!tdcall(TDG_VP_VMCALL));
	check_str(fake_machine_said(), "monitor: fatal: the TD reported a fatal error: broken\n");
}

static const struct tap_test tests[] = {
	{ "TDG.VP.INFO tells the shared bit", info_tells_the_shared_bit },
	{ "other undefined instructions stay so", other_undefined_instructions_stay_so },
	{ "a page goes to shared and back", a_page_goes_there_and_back },
	{ "memory that was never accepted is accepted by 2 MiB",
	  memory_that_was_never_accepted_is_accepted_by_2_mib },
	{ "translations are forgotten when a page goes",
	  translations_are_forgotten_when_a_page_goes },
	{ "acceptance of a shared page is fatal", acceptance_of_a_shared_page_is_fatal },
	{ "bad ranges are refused", bad_ranges_are_refused },
	{ "failures are TDX's own", failures_speak_tdx },
	{ "unknown calls are refused", unknown_calls_are_refused },
	{ "a reported fatal error is told", a_fatal_error_is_told },
};

TAP_MAIN(tests)

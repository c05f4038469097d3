// SPDX-License-Identifier: GPL-2.0-only
#include <asm/svm.h>

#include "fake-cpu.h"
#include "fake-machine.h"
#include "ghcb.h"
#include "machine.h"
#include "tap.h"

#define GHCB_GPA 0x300000ul
#define PAGE_A	 0x380000ul

static struct vcpu *vcpu;
static struct ghcb *ghcb;

static void reset(void)
{
	vcpu = fake_guest_reset(&mode_snp);
	planes_convert_page(&fake_guest.planes, GHCB_GPA, CCP_HV_SHARED);
	ghcb = planes_ptr(&fake_guest.planes, GHCB_GPA, CCP_HV_SHARED);
	memset(ghcb, 0, sizeof(*ghcb));
}

static bool vmgexit(uint64_t msr)
{
	static const uint8_t bytes[] = { 0xf3, 0x0f, 0x01, 0xd9 };

	fake_code(vcpu, bytes, sizeof(bytes));
	vcpu->ghcb = msr;
	return fake_exit(vcpu, SVM_EXIT_VMMCALL);
}

static bool ghcb_call(uint64_t code, uint64_t info_1, uint64_t info_2)
{
	ghcb->sw_exit_code = code;
	ghcb->sw_exit_info_1 = info_1;
	ghcb->sw_exit_info_2 = info_2;
	ghcb->valid_bitmap[1] = 7ul << (offsetof(struct ghcb, sw_exit_code) / 8 - 64);
	return vmgexit(GHCB_GPA);
}

static bool pvalidate(uint64_t gpa, bool large, bool validate)
{
	static const uint8_t bytes[] = { 0xf2, 0x0f, 0x01, 0xff };

	fake_code(vcpu, bytes, sizeof(bytes));
	vcpu->gpr[RAX] = gpa;
	vcpu->gpr[RCX] = large;
	vcpu->gpr[RDX] = validate;
	return fake_exit(vcpu, SVM_EXIT_EXCP_BASE + EXCEPTION_UD);
}

static uint64_t psc_entry(uint64_t gpa, unsigned int operation, bool large)
{
	return gpa | (uint64_t)operation << 52 | (uint64_t)large << 56;
}

static void set_psc(unsigned int at, unsigned int end, const uint64_t *entries, size_t count)
{
	struct ghcb_psc_header header = { .cur_entry = at, .end_entry = end };

	memcpy(ghcb->buffer, &header, sizeof(header));
	memcpy(ghcb->buffer + sizeof(header), entries, count * sizeof(*entries));
	ghcb->sw_scratch = GHCB_GPA + offsetof(struct ghcb, buffer);
}

static unsigned int psc_at(void)
{
	struct ghcb_psc_header header;

	memcpy(&header, ghcb->buffer, sizeof(header));
	return header.cur_entry;
}

static void msr_requests_get_their_response(void)
{
	reset();
	check(vmgexit(GHCB_INFO_SEV_REQUEST));
	check_eq(vcpu->ghcb, 2ul << 48 | 1ul << 32 | 47ul << 24 | 1);
	check_eq(vcpu->vmcb.rip, FAKE_CODE + 4);
	vcpu->vmcb.rip = FAKE_CODE;
	check(vmgexit(0x345000 | GHCB_INFO_REGISTER));
	check_eq(vcpu->ghcb, 0x345013);
	vcpu->vmcb.rip = FAKE_CODE;
	check(vmgexit(GHCB_INFO_FEATURES));
	check_eq(vcpu->ghcb, 3ul << 12 | 0x81);
	vcpu->vmcb.rip = FAKE_CODE;
	/* Fn8000_001F EBX: C-bit 47 */
	check(vmgexit(0x8000001ful << 32 | 1ul << 30 | GHCB_INFO_CPUID_REQUEST));
	check_eq(vcpu->ghcb >> 32 & 0x3f, 47);
	check_eq(vcpu->ghcb & 0xfff, GHCB_INFO_CPUID_RESPONSE);
}

static void the_msr_changes_a_page(void)
{
	reset();
	check(vmgexit(psc_entry(PAGE_A, GHCB_PSC_SHARED, false) | GHCB_INFO_PSC));
	check_eq(vcpu->ghcb, GHCB_INFO_PSC + 1);
	check_eq(ledger_state(&fake_guest.planes.ledger, PAGE_A / PAGE_SIZE), CCP_HV_SHARED);
	vcpu->vmcb.rip = FAKE_CODE;
	check(vmgexit(psc_entry(FAKE_RAM, GHCB_PSC_SHARED, false) | GHCB_INFO_PSC));
	check_eq(vcpu->ghcb, GHCB_PSC_FAILED | (GHCB_INFO_PSC + 1));
	vcpu->vmcb.rip = FAKE_CODE;
	check(vmgexit(psc_entry(PAGE_A, 7, false) | GHCB_INFO_PSC));
	check_eq(vcpu->ghcb, GHCB_PSC_FAILED | (GHCB_INFO_PSC + 1));
}

static void termination_is_no_crash(void)
{
	reset();
	check(!vmgexit(2ul << 16 | 1ul << 12 | GHCB_INFO_TERMINATE));
	check_str(fake_machine_said(), "monitor: terminated: by the guest, reason 1:2 PVALIDATE\n");
	reset();
	check(!vmgexit(0x0aa));
	check(strstr(fake_machine_said(), "monitor: fatal: GHCB MSR request 0xaa is not known"));
}

static void pvalidate_validates_once(void)
{
	const struct ledger *ledger = &fake_guest.planes.ledger;

	reset();
	check(pvalidate(PAGE_A, false, true));
	check_eq(vcpu->gpr[RAX], 0);
	check(vcpu->vmcb.rflags & 1); /* it was valid */
	vcpu->vmcb.rip = FAKE_CODE;
	check(pvalidate(PAGE_A, false, false));
	check(!(vcpu->vmcb.rflags & 1));
	check_eq(ledger_acceptance(ledger, PAGE_A / PAGE_SIZE), LEDGER_PENDING);
	vcpu->vmcb.rip = FAKE_CODE;
	check(pvalidate(PAGE_A, false, true));
	check(!(vcpu->vmcb.rflags & 1));
	check_eq(ledger_acceptance(ledger, PAGE_A / PAGE_SIZE), LEDGER_ACCEPTED);
}

static void pvalidate_refuses(void)
{
	reset();
	check(pvalidate(PAGE_A, true, true));
	check_eq(vcpu->gpr[RAX], 6);
	vcpu->vmcb.rip = FAKE_CODE;
	check(pvalidate(FAKE_RAM, false, true));
	check_eq(vcpu->gpr[RAX], 1);
	vcpu->vmcb.rip = FAKE_CODE;
	check(!pvalidate(GHCB_GPA, false, true));
	check(strstr(fake_machine_said(), "PVALIDATE of shared page 0x300000"));
	vcpu->vmcb.cpl = 3;
	check(pvalidate(PAGE_A, false, true));
	check(vcpu->vmcb.event_injection & SVM_EVENT_VALID);
}

/* The host provides it: no page changes its state, and no failure that is armed is used up. */
static void memory_that_was_never_accepted_is_provided(void)
{
	const uint64_t entries[] = { psc_entry(PAGE_A, GHCB_PSC_PRIVATE, false),
				     psc_entry(PAGE_A + PAGE_SIZE, GHCB_PSC_PRIVATE, false) };
	struct ccp_hv_fail fail = { .plane = CCP_HV_PRIVATE, .nth = 1 };
	struct ledger *ledger = &fake_guest.planes.ledger;

	reset();
	planes_leave_unaccepted(&fake_guest.planes, PAGE_A, PAGE_A + 2 * PAGE_SIZE);
	ledger_arm(ledger, &fail);
	check(vmgexit(entries[0] | GHCB_INFO_PSC));
	check_eq(vcpu->ghcb, GHCB_INFO_PSC + 1);
	set_psc(0, 1, entries, 2);
	vcpu->vmcb.rip = FAKE_CODE;
	check(ghcb_call(GHCB_EXIT_PSC, 0, 0));
	check_eq(ghcb->sw_exit_info_2, 0);
	check_eq(psc_at(), 2);
	check_eq(ledger->count.conversions[CCP_HV_PRIVATE], 0);
	check_eq(ledger->count.refused[CCP_HV_PRIVATE], 0);
	check_eq(ledger_acceptance(ledger, PAGE_A / PAGE_SIZE), LEDGER_UNACCEPTED);
	vcpu->vmcb.rip = FAKE_CODE;
	check(pvalidate(PAGE_A, false, true));
	check(!(vcpu->vmcb.rflags & 1)); /* it was not valid */
	check_eq(ledger_acceptance(ledger, PAGE_A / PAGE_SIZE), LEDGER_ACCEPTED);
	/* One of the two is a page like others now: this is a conversion, and the failure is there.
	 */
	set_psc(0, 1, entries, 2);
	vcpu->vmcb.rip = FAKE_CODE;
	check(ghcb_call(GHCB_EXIT_PSC, 0, 0));
	check_eq(ledger->count.refused[CCP_HV_PRIVATE], 1);
}

static void a_list_is_one_conversion_call(void)
{
	const uint64_t entries[] = { psc_entry(PAGE_A, GHCB_PSC_SHARED, false),
				     psc_entry(PAGE_A + PAGE_SIZE, GHCB_PSC_SHARED, false),
				     psc_entry(0x3a0000, GHCB_PSC_SHARED, false) };
	const struct ledger *ledger = &fake_guest.planes.ledger;

	reset();
	set_psc(0, 2, entries, 3);
	check(ghcb_call(GHCB_EXIT_PSC, 0, 0));
	check_eq(ghcb->sw_exit_info_1, 0);
	check_eq(ghcb->sw_exit_info_2, 0);
	check_eq(psc_at(), 3);
	check_eq(ledger->count.conversions[CCP_HV_SHARED], 1);
	check_eq(ledger->state[PAGE_A / PAGE_SIZE], CCP_HV_SHARED);
	check_eq(ledger->state[PAGE_A / PAGE_SIZE + 1], CCP_HV_SHARED);
	check_eq(ledger->state[PAGE_A / PAGE_SIZE + 2], CCP_HV_PRIVATE);
	check_eq(ledger->state[0x3a0], CCP_HV_SHARED);
}

static void a_list_fails_where_a_test_wants(void)
{
	const uint64_t entries[] = { psc_entry(PAGE_A, GHCB_PSC_SHARED, false),
				     psc_entry(PAGE_A + PAGE_SIZE, GHCB_PSC_SHARED, false) };
	struct ccp_hv_fail fail = { .plane = CCP_HV_SHARED, .nth = 1, .pages = 1 };
	struct ledger *ledger = &fake_guest.planes.ledger;

	reset();
	ledger_arm(ledger, &fail);
	set_psc(0, 1, entries, 2);
	check(ghcb_call(GHCB_EXIT_PSC, 0, 0));
	check_eq(ghcb->sw_exit_info_2, GHCB_PSC_GENERIC_ERROR);
	check_eq(psc_at(), 1);
	check_eq(ledger->state[PAGE_A / PAGE_SIZE], CCP_HV_SHARED);
	check_eq(ledger->state[PAGE_A / PAGE_SIZE + 1], CCP_HV_PRIVATE);
	fail.kind = CCP_HV_FAIL_RETRY;
	fail.pages = 0;
	ledger_arm(ledger, &fail);
	vcpu->vmcb.rip = FAKE_CODE;
	check(ghcb_call(GHCB_EXIT_PSC, 0, 0));
	check_eq(ghcb->sw_exit_info_2, 0); /* the guest looks at cur_entry and asks again */
	check_eq(psc_at(), 1);
}

static void bad_lists_change_nothing(void)
{
	const uint64_t good = psc_entry(PAGE_A, GHCB_PSC_SHARED, false);
	const struct {
		unsigned int at, end;
		uint64_t entry, answer;
	} rows[] = {
		{ 1, 0, good, GHCB_PSC_INVALID_HEADER },
		{ 0, 253, good, GHCB_PSC_INVALID_HEADER },
		{ 0, 0, psc_entry(FAKE_RAM, GHCB_PSC_SHARED, false), GHCB_PSC_INVALID_ENTRY },
		{ 0, 0, psc_entry(PAGE_A, 9, false), GHCB_PSC_INVALID_ENTRY },
		{ 0, 0, psc_entry(PAGE_A, GHCB_PSC_SHARED, true), GHCB_PSC_INVALID_ENTRY },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		reset();
		set_psc(rows[i].at, rows[i].end, &rows[i].entry, 1);
		check(ghcb_call(GHCB_EXIT_PSC, 0, 0));
		check_eq(ghcb->sw_exit_info_2, rows[i].answer);
		check_eq(ledger_state(&fake_guest.planes.ledger, PAGE_A / PAGE_SIZE),
			 CCP_HV_PRIVATE);
	}
	reset();
	set_psc(0, 0, &good, 1);
	ghcb->sw_scratch += 8;
	check(ghcb_call(GHCB_EXIT_PSC, 0, 0));
	check_eq(ghcb->sw_exit_info_1, GHCB_MALFORMED);
	check_eq(ghcb->sw_exit_info_2, GHCB_ERROR_SCRATCH);
}

static void a_cpu_is_created(void)
{
	reset();
	check(ghcb_call(GHCB_EXIT_AP_CREATION, 1ul << 32 | GHCB_AP_CREATE, PAGE_A));
	check_eq(ghcb->sw_exit_info_1, 0);
	check_eq(fake_guest.vmsa[1], PAGE_A);
	check_eq(fake_apic_commands, 2);
	check_eq(fake_apic_target, 1);
	vcpu->vmcb.rip = FAKE_CODE;
	check(ghcb_call(GHCB_EXIT_AP_CREATION, 77ul << 32 | GHCB_AP_CREATE, PAGE_A));
	check_eq(ghcb->sw_exit_info_1, GHCB_MALFORMED);
	check_eq(fake_apic_commands, 2);
}

static void malformed_calls_are_named(void)
{
	reset();
	ghcb->sw_exit_code = GHCB_EXIT_PSC;
	check(vmgexit(GHCB_GPA));
	check_eq(ghcb->sw_exit_info_1, GHCB_MALFORMED);
	check_eq(ghcb->sw_exit_info_2, GHCB_ERROR_MISSING_INPUT);
	vcpu->vmcb.rip = FAKE_CODE;
	check(ghcb_call(0x8000abcd, 0, 0));
	check_eq(ghcb->sw_exit_info_2, GHCB_ERROR_EVENT);
	reset();
	check(!vmgexit(PAGE_A));
	check(strstr(fake_machine_said(), "the GHCB at 0x380000 is no shared page"));
}

static const struct tap_test tests[] = {
	{ "MSR requests get their response", msr_requests_get_their_response },
	{ "the MSR protocol changes a page", the_msr_changes_a_page },
	{ "termination is told from a crash", termination_is_no_crash },
	{ "PVALIDATE validates once", pvalidate_validates_once },
	{ "PVALIDATE refuses what hardware refuses", pvalidate_refuses },
	{ "memory that was never accepted is provided",
	  memory_that_was_never_accepted_is_provided },
	{ "a list of pages is one conversion call", a_list_is_one_conversion_call },
	{ "a list fails where a test wants it", a_list_fails_where_a_test_wants },
	{ "bad lists change nothing", bad_lists_change_nothing },
	{ "a CPU is created", a_cpu_is_created },
	{ "malformed calls are named", malformed_calls_are_named },
};

TAP_MAIN(tests)

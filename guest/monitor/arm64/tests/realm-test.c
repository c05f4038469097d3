// SPDX-License-Identifier: GPL-2.0-only
/* What a realm asks for and what it runs into: RSI, PSCI, aborts, debug exceptions. */
#include "fake-machine.h"
#include "fake-realm.h"
#include "psci.h"
#include "rsi.h"
#include "tap.h"
#include "../../machine.h"

#define PAGE_A	   (RAM_BASE + 0x201000)
#define REALM_NONE 0x8600ff01u /* a vendor's hypervisor call */

static struct vcpu *vcpu;

static uint64_t state_set(uint64_t base, uint64_t size, uint64_t ripas)
{
	fake_smc(vcpu, RSI_IPA_STATE_SET, base, base + size, ripas);
	return vcpu->x[0];
}

static enum ccp_hv_plane state(uint64_t gpa)
{
	return ledger_state(&fake_guest.planes.ledger, gpa / PAGE_SIZE);
}

static void version_is_1_0(void)
{
	vcpu = fake_realm_reset();
	fake_smc(vcpu, RSI_VERSION, RSI_VERSION_1_0, 0, 0);
	check_eq(vcpu->x[0], RSI_SUCCESS);
	check_eq(vcpu->x[1], RSI_VERSION_1_0);
	check_eq(vcpu->x[2], RSI_VERSION_1_0);
	check_eq(vcpu->elr, FAKE_CODE + 4);
	fake_smc(vcpu, RSI_VERSION, 2 * RSI_VERSION_1_0, 0, 0);
	check_eq(vcpu->x[0], RSI_ERROR_INPUT);
	fake_smc(vcpu, RSI_FEATURES, 0, 0, 0);
	check_eq(vcpu->x[0], RSI_SUCCESS);
	check_eq(vcpu->x[1], 0);
}

static void configuration_tells_the_width(void)
{
	struct rsi_realm_config *config;

	vcpu = fake_realm_reset();
	config = machine_ptr(PAGE_A + PRIVATE_OFFSET);
	memset(config, 0xff, sizeof(*config));
	fake_smc(vcpu, RSI_REALM_CONFIG, PAGE_A, 0, 0);
	check_eq(vcpu->x[0], RSI_SUCCESS);
	check_eq(config->ipa_bits, 33);
	check_eq(config->personalization[63], 0);
	fake_smc(vcpu, RSI_REALM_CONFIG, PAGE_A + 8, 0, 0);
	check_eq(vcpu->x[0], RSI_ERROR_INPUT);
	fake_smc(vcpu, RSI_REALM_CONFIG, RAM_BASE + FAKE_RAM, 0, 0);
	check_eq(vcpu->x[0], RSI_ERROR_INPUT);
	state_set(PAGE_A, PAGE_SIZE, RSI_EMPTY);
	fake_smc(vcpu, RSI_REALM_CONFIG, PAGE_A, 0, 0);
	check_eq(vcpu->x[0], RSI_ERROR_INPUT);
}

static void a_page_goes_there_and_back(void)
{
	vcpu = fake_realm_reset();
	check_eq(state_set(PAGE_A, 2 * PAGE_SIZE, RSI_EMPTY), RSI_SUCCESS);
	check_eq(vcpu->x[1], PAGE_A + 2 * PAGE_SIZE);
	check_eq(vcpu->x[2], RSI_ACCEPT);
	check_eq(state(PAGE_A), CCP_HV_SHARED);
	check_eq(state(PAGE_A + PAGE_SIZE), CCP_HV_SHARED);
	check_eq(state(PAGE_A + 2 * PAGE_SIZE), CCP_HV_PRIVATE);
	check_eq(fake_firmware.flushes, 1);
	check_eq(state_set(PAGE_A, PAGE_SIZE, RSI_RAM), RSI_SUCCESS);
	check_eq(state(PAGE_A), CCP_HV_PRIVATE);
	check_eq(*(uint64_t *)machine_ptr(PAGE_A | SHARED_BIT), POISON_SHARED);
}

static void a_call_goes_as_far_as_a_block(void)
{
	const uint64_t block = RAM_BASE + 0x200000;

	vcpu = fake_realm_reset();
	check_eq(state_set(block - PAGE_SIZE, 3 * PAGE_SIZE, RSI_EMPTY), RSI_SUCCESS);
	check_eq(vcpu->x[1], block);
	check_eq(vcpu->x[2], RSI_ACCEPT);
	check_eq(state(block), CCP_HV_PRIVATE);
	fake_smc(vcpu, RSI_IPA_STATE_GET, block - PAGE_SIZE, block + PAGE_SIZE, 0);
	check_eq(vcpu->x[0], RSI_SUCCESS);
	check_eq(vcpu->x[1], block);
	check_eq(vcpu->x[2], RSI_EMPTY);
	fake_smc(vcpu, RSI_IPA_STATE_GET, block, block + PAGE_SIZE, 0);
	check_eq(vcpu->x[2], RSI_RAM);
	fake_smc(vcpu, RSI_IPA_STATE_GET, 0x9000000, 0x9001000, 0);
	check_eq(vcpu->x[2], RSI_EMPTY);
}

static void bad_ranges_are_refused(void)
{
	vcpu = fake_realm_reset();
	check_eq(state_set(PAGE_A + 1, PAGE_SIZE, RSI_EMPTY), RSI_ERROR_INPUT);
	check_eq(state_set(PAGE_A, PAGE_SIZE + 1, RSI_EMPTY), RSI_ERROR_INPUT);
	check_eq(state_set(PAGE_A, 0, RSI_EMPTY), RSI_ERROR_INPUT);
	check_eq(state_set(PAGE_A, -PAGE_SIZE, RSI_EMPTY), RSI_ERROR_INPUT);
	check_eq(state_set(PAGE_A, PAGE_SIZE, 2), RSI_ERROR_INPUT);
	check_eq(state_set(PAGE_A | SHARED_BIT, PAGE_SIZE, RSI_EMPTY), RSI_ERROR_INPUT);
	/* The host has no memory to put there. */
	check_eq(state_set(RAM_BASE + FAKE_RAM, PAGE_SIZE, RSI_RAM), RSI_SUCCESS);
	check_eq(vcpu->x[1], RAM_BASE + FAKE_RAM);
	check_eq(vcpu->x[2], RSI_REJECT);
	check_eq(state_set(RAM_BASE + FAKE_RAM - PAGE_SIZE, 2 * PAGE_SIZE, RSI_EMPTY), RSI_SUCCESS);
	check_eq(vcpu->x[1], RAM_BASE + FAKE_RAM);
	check_eq(fake_guest.planes.ledger.count.shared_now, 1);
	fake_smc(vcpu, RSI_IPA_STATE_GET, PAGE_A, PAGE_A, 0);
	check_eq(vcpu->x[0], RSI_ERROR_INPUT);
}

static void failures_speak_rsi(void)
{
	struct ccp_hv_fail fail = { .plane = CCP_HV_SHARED, .nth = 1, .pages = 2 };
	struct ledger *ledger = &fake_guest.planes.ledger;

	vcpu = fake_realm_reset();
	ledger_arm(ledger, &fail);
	check_eq(state_set(PAGE_A, 4 * PAGE_SIZE, RSI_EMPTY), RSI_SUCCESS);
	check_eq(vcpu->x[1], PAGE_A + 2 * PAGE_SIZE);
	check_eq(vcpu->x[2], RSI_REJECT);
	check_eq(ledger->count.shared_now, 2);
	fail.kind = CCP_HV_FAIL_RETRY;
	ledger_arm(ledger, &fail);
	check_eq(state_set(PAGE_A, 4 * PAGE_SIZE, RSI_EMPTY), RSI_SUCCESS);
	check_eq(vcpu->x[1], PAGE_A + 2 * PAGE_SIZE);
	check_eq(vcpu->x[2], RSI_ACCEPT);
	fail.kind = CCP_HV_FAIL_ERROR;
	fail.pages = 0;
	ledger_arm(ledger, &fail);
	check_eq(state_set(PAGE_A, 4 * PAGE_SIZE, RSI_EMPTY), RSI_ERROR_INPUT);
	check_eq(ledger->count.shared_now, 2);
	check_eq(state_set(PAGE_A, 4 * PAGE_SIZE, RSI_EMPTY), RSI_SUCCESS);
	check_eq(ledger->count.shared_now, 4);
}

static void unknown_calls_are_not_supported(void)
{
	static const uint32_t calls[] = { 0xc4000192, 0xc4000193, 0xc4000194,
					  0xc4000195, 0xc4000199, REALM_NONE };

	vcpu = fake_realm_reset();
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		fake_smc(vcpu, calls[i], 0, 0, 0);
		check_eq(vcpu->x[0], SMCCC_NOT_SUPPORTED);
	}
	check_eq(fake_firmware.calls, 0);
}

static void a_cpu_starts_in_the_monitor(void)
{
	vcpu = fake_realm_reset();
	fake_smc(vcpu, PSCI_CPU_ON | PSCI_64_BIT, 1, PAGE_A, 42);
	check_eq(vcpu->x[0], PSCI_SUCCESS);
	check_eq(fake_firmware.function, PSCI_CPU_ON | PSCI_64_BIT);
	check_eq(fake_firmware.x1, 1);
	check_eq(fake_firmware.x2, MONITOR_BASE);
	check_eq(fake_firmware.x3, 1);
	check_eq(fake_guest.start[1].entry, PAGE_A);
	check_eq(fake_guest.start[1].context, 42);
	fake_smc(vcpu, PSCI_CPU_ON | PSCI_64_BIT, MAX_CPUS, PAGE_A, 42);
	check_eq(vcpu->x[0], PSCI_INVALID_PARAMETERS);
	fake_smc(vcpu, PSCI_CPU_ON | PSCI_64_BIT, 0x100, PAGE_A, 42);
	check_eq(vcpu->x[0], PSCI_INVALID_PARAMETERS);
	fake_smc(vcpu, PSCI_CPU_ON | PSCI_64_BIT, 1, MONITOR_BASE, 42);
	check_eq(vcpu->x[0], PSCI_INVALID_ADDRESS);
	check_eq(fake_firmware.calls, 1);
}

static void firmware_does_the_rest(void)
{
	vcpu = fake_realm_reset();
	fake_firmware.answer = 0x10001;
	fake_smc(vcpu, PSCI_FIRST, 0, 0, 0);
	check_eq(vcpu->x[0], 0x10001);
	fake_smc(vcpu, PSCI_FEATURES, SMCCC_VERSION, 0, 0);
	check_eq(vcpu->x[0], PSCI_SUCCESS);
	fake_smc(vcpu, SMCCC_VERSION, 0, 0, 0);
	check_eq(vcpu->x[0], SMCCC_VERSION_1_2);
	fake_smc(vcpu, SMCCC_ARCH_FEATURES, 0x80008000, 0, 0);
	check_eq(vcpu->x[0], SMCCC_NOT_SUPPORTED);
	check_eq(fake_firmware.calls, 1);
	fake_guest.locked = true;
	fake_smc(vcpu, PSCI_CPU_OFF, 0, 0, 0);
	check(!fake_guest.locked);
	check(fake_exit(vcpu, ESR_EC_HVC, 0));
	check_eq(vcpu->esr_el1, ESR_IL);
}

static void what_is_empty_aborts(void)
{
	vcpu = fake_realm_reset();
	state_set(PAGE_A, PAGE_SIZE, RSI_EMPTY);
	vcpu->elr = FAKE_CODE;
	check(fake_abort(vcpu, PAGE_A + 0x123));
	check(vcpu->injects);
	check_eq(vcpu->elr, FAKE_VECTORS + 0x200);
	check_eq(vcpu->elr_el1, FAKE_CODE);
	check_eq(vcpu->spsr_el1, SPSR_EL1H);
	check_eq(vcpu->esr_el1, 0x25ul << 26 | ESR_IL | 0x10);
	check_eq(vcpu->far_el1, 0xffff000012345123ul);
	check(strstr(fake_machine_said(), "violation: read in the private plane of shared page "
					  "0x40201000, pc 0xffff800080001000 level 1"));
	check(!stage2_is_present(&fake_guest.stage2, PAGE_A, CCP_HV_PRIVATE));
	check_eq(fake_guest.planes.ledger.count.violations, 1);
	vcpu->spsr = SPSR_EL0;
	check(fake_exit(vcpu, ESR_EC_FETCH_LOWER, 0));
	check_eq(vcpu->elr, FAKE_VECTORS + 0x400);
	check_eq(vcpu->spsr, SPSR_EL1H | SPSR_PAN);
	vcpu->sctlr_el1 = SCTLR_SPAN;
	vcpu->spsr = SPSR_EL0;
	check(fake_exit(vcpu, ESR_EC_FETCH_LOWER, 0));
	check_eq(vcpu->spsr, SPSR_EL1H);
	check_eq(vcpu->esr_el1, 0x20ul << 26 | ESR_IL | 0x10);
}

static void what_is_shared_is_the_hosts(void)
{
	vcpu = fake_realm_reset();
	/* The first touch of a block opens it. */
	state_set(PAGE_A, PAGE_SIZE, RSI_EMPTY);
	check(fake_abort(vcpu, (PAGE_A + PAGE_SIZE) | SHARED_BIT));
	check(!vcpu->injects);
	check_eq(fake_guest.planes.ledger.count.violations, 1);
	check(stage2_is_present(&fake_guest.stage2, PAGE_A + PAGE_SIZE, CCP_HV_SHARED));
}

static void no_memory_aborts(void)
{
	static const uint64_t addresses[] = { RAM_BASE + FAKE_RAM,
					      (RAM_BASE + FAKE_RAM) | SHARED_BIT, MACHINE_UART1,
					      1ul << IPA_BITS };

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		vcpu = fake_realm_reset();
		check(fake_abort(vcpu, addresses[i]));
		check(vcpu->injects);
		check_eq(vcpu->esr_el1 & 0x3f, 0x10);
	}
	check_eq(fake_guest.planes.ledger.count.violations, 0);
}

static void a_program_asks_for_the_host_view(void)
{
	const uint64_t user = DESC_VALID | DESC_TABLE | DESC_USER | DESC_AF;
	struct ccp_hv_info *info;

	vcpu = fake_realm_reset();
	fake_user_tables(vcpu,
			 (uint64_t[]){ PAGE_A | user, (PAGE_A + PAGE_SIZE) | user | DESC_READONLY },
			 2);
	info = machine_ptr(PAGE_A + PRIVATE_OFFSET);
	info->size = sizeof(*info);
	vcpu->x[0] = CCP_HV_CALL | CCP_HV_INFO;
	vcpu->x[1] = 0x1000;
	check(fake_exit(vcpu, ESR_EC_BRK, CCP_HV_BRK));
	check(!vcpu->injects);
	check_eq(vcpu->x[0], 0);
	check_eq(vcpu->elr, FAKE_CODE + 4);
	check_str(info->mode, "cca");
	check_eq(info->ram_size, RAM_BASE + FAKE_RAM);
	for (uint64_t va = 0; va < 0x4000; va += 0x2000) {
		vcpu->x[0] = CCP_HV_CALL | CCP_HV_LEDGER;
		vcpu->x[1] = va; /* nothing, or read only */
		check(fake_exit(vcpu, ESR_EC_BRK, CCP_HV_BRK));
		check_eq((int64_t)vcpu->x[0], -14);
	}
	vcpu->x[0] = CCP_HV_CALL | 99;
	check(fake_exit(vcpu, ESR_EC_BRK, CCP_HV_BRK));
	check_eq((int64_t)vcpu->x[0], -38);
}

/* A device that was given the address of a private page */
static void the_decoy_is_neither_plane(void)
{
	const uint64_t user = DESC_VALID | DESC_TABLE | DESC_USER | DESC_AF;

	vcpu = fake_realm_reset();
	fake_user_tables(vcpu, (uint64_t[]){ PAGE_A | user }, 1);
	*(uint64_t *)machine_ptr(PAGE_A) = 4711;
	memcpy(vcpu->x, (uint64_t[]){ CCP_HV_CALL | CCP_HV_READ, CCP_HV_DECOY, PAGE_A, 0x1000, 8 },
	       40);
	check(fake_exit(vcpu, ESR_EC_BRK, CCP_HV_BRK));
	check_eq(vcpu->x[0], 0);
	check_eq(*(uint64_t *)machine_ptr(PAGE_A + PRIVATE_OFFSET), 4711);
	memcpy(vcpu->x, (uint64_t[]){ CCP_HV_CALL | CCP_HV_READ, 3, PAGE_A, 0x1000, 8 }, 40);
	check(fake_exit(vcpu, ESR_EC_BRK, CCP_HV_BRK));
	check_eq((int64_t)vcpu->x[0], -22);
}

static void other_debug_exceptions_are_the_guests(void)
{
	vcpu = fake_realm_reset();
	check(fake_exit(vcpu, ESR_EC_BRK, CCP_HV_BRK)); /* the kernel's own */
	check(vcpu->injects);
	check_eq(vcpu->esr_el1, 0x3cul << 26 | ESR_IL | CCP_HV_BRK);
	check_eq(vcpu->elr, FAKE_VECTORS + 0x200);
	vcpu = fake_realm_reset();
	check(fake_exit(vcpu, ESR_EC_STEP_LOWER, 0x22));
	check_eq(vcpu->esr_el1, 0x33ul << 26 | ESR_IL | 0x22);
	vcpu = fake_realm_reset();
	vcpu->spsr = SPSR_EL0;
	check(fake_exit(vcpu, ESR_EC_STEP_LOWER, 0x22));
	check_eq(vcpu->esr_el1, 0x32ul << 26 | ESR_IL | 0x22);
}

static uint64_t debug_register(unsigned int crn_crm, unsigned int rt, bool read)
{
	return 2ul << 20 | 2ul << 17 | (uint64_t)crn_crm << 1 | rt << 5 | read;
}

static void debug_registers_do_nothing_but_one(void)
{
	vcpu = fake_realm_reset();
	vcpu->x[3] = 0x8000;
	check(fake_exit(vcpu, ESR_EC_SYSREG, debug_register(2, 3, false)));
	check_eq(fake_firmware.mdscr, 0x8000);
	check(fake_exit(vcpu, ESR_EC_SYSREG, debug_register(2, 4, true)));
	check_eq(vcpu->x[4], 0x8000);
	check(fake_exit(vcpu, ESR_EC_SYSREG, debug_register(2, 31, false)));
	check_eq(fake_firmware.mdscr, 0);
	vcpu->x[4] = 1;
	check(fake_exit(vcpu, ESR_EC_SYSREG, debug_register(5, 4, true)));
	check_eq(vcpu->x[4], 0);
	check_eq(vcpu->elr, FAKE_CODE + 16);
	check(fake_exit(vcpu, ESR_EC_SYSREG, 3ul << 20));
	check_eq(vcpu->esr_el1, ESR_IL);
}

static void unknown_exits_are_fatal(void)
{
	vcpu = fake_realm_reset();
	check(!fake_exit(vcpu, 0x2f, 0));
	check(strstr(fake_machine_said(), "fatal: exit is not known: esr 0xbe000000"));
}

static const struct tap_test tests[] = {
	{ "RSI's version is 1.0", version_is_1_0 },
	{ "the configuration tells the width of addresses", configuration_tells_the_width },
	{ "a page goes to shared and back", a_page_goes_there_and_back },
	{ "a call goes as far as a block", a_call_goes_as_far_as_a_block },
	{ "bad ranges are refused", bad_ranges_are_refused },
	{ "failures are RSI's own", failures_speak_rsi },
	{ "unknown calls are not supported", unknown_calls_are_not_supported },
	{ "a CPU starts in the monitor", a_cpu_starts_in_the_monitor },
	{ "firmware does the rest of PSCI", firmware_does_the_rest },
	{ "what is empty aborts", what_is_empty_aborts },
	{ "what is shared is the host's", what_is_shared_is_the_hosts },
	{ "no memory aborts", no_memory_aborts },
	{ "a program asks for the host view", a_program_asks_for_the_host_view },
	{ "the decoy is neither plane", the_decoy_is_neither_plane },
	{ "other debug exceptions are the guest's", other_debug_exceptions_are_the_guests },
	{ "debug registers do nothing, but for one", debug_registers_do_nothing_but_one },
	{ "unknown exits are fatal", unknown_exits_are_fatal },
};

TAP_MAIN(tests)

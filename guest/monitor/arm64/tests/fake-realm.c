// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "cpu.h"
#include "fake-machine.h"
#include "fake-realm.h"
#include "../../machine.h"

#define TABLES (RAM_BASE + 0x100000)

struct guest fake_guest;
struct fake_firmware fake_firmware;

int64_t cpu_smc(uint32_t function, uint64_t x1, uint64_t x2, uint64_t x3)
{
	fake_firmware.function = function;
	fake_firmware.x1 = x1;
	fake_firmware.x2 = x2;
	fake_firmware.x3 = x3;
	fake_firmware.calls++;
	return fake_firmware.answer;
}

void cpu_flush_stage2(void)
{
	fake_firmware.flushes++;
}

uint64_t cpu_read_mdscr(void)
{
	return fake_firmware.mdscr;
}

void cpu_write_mdscr(uint64_t value)
{
	fake_firmware.mdscr = value;
}

uint64_t cpu_entry(void)
{
	return MONITOR_BASE;
}

struct vcpu *fake_realm_reset(void)
{
	struct vcpu *vcpu = &fake_guest.cpus[0];

	memset(&fake_guest, 0, sizeof(fake_guest));
	memset(&fake_firmware, 0, sizeof(fake_firmware));
	fake_machine_reset();
	stage2_init(&fake_guest.stage2, TABLES_BASE, FAKE_RAM, MACHINE_UART1);
	planes_init(&fake_guest.planes, &fake_guest.stage2,
		    &(struct planes_config){ .ram = RAM_BASE + FAKE_RAM, .strict = true });
	vcpu->guest = &fake_guest;
	vcpu->elr = FAKE_CODE;
	vcpu->spsr = SPSR_EL1H;
	vcpu->vbar_el1 = FAKE_VECTORS;
	return vcpu;
}

static void run_exit(void *vcpu)
{
	handle_exit(vcpu);
}

bool fake_exit(struct vcpu *vcpu, unsigned int class, uint64_t iss)
{
	vcpu->esr = (uint64_t)class << ESR_EC_SHIFT | ESR_IL | iss;
	return fake_machine_run(run_exit, vcpu);
}

bool fake_smc(struct vcpu *vcpu, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	memcpy(vcpu->x, (uint64_t[]){ x0, x1, x2, x3 }, 4 * sizeof(x0));
	return fake_exit(vcpu, ESR_EC_SMC, 0);
}

bool fake_abort(struct vcpu *vcpu, uint64_t ipa)
{
	vcpu->hpfar = ipa >> 12 << 4;
	vcpu->far = 0xffff000012345000ul | (ipa & (PAGE_SIZE - 1));
	return fake_exit(vcpu, ESR_EC_DATA_LOWER, 0);
}

void fake_user_tables(struct vcpu *vcpu, const uint64_t *descriptors, unsigned int count)
{
	uint64_t *table;

	for (unsigned int level = 0; level < 4; level++) {
		table = machine_ptr(TABLES + PRIVATE_OFFSET + level * PAGE_SIZE);
		table[0] = (TABLES + (level + 1) * PAGE_SIZE) | DESC_TABLE | DESC_VALID;
	}
	table[0] = 0;
	memcpy(table + 1, descriptors, count * sizeof(*descriptors));
	vcpu->sctlr_el1 = SCTLR_M;
	vcpu->tcr_el1 = TCR_T0SZ_48;
	vcpu->ttbr0_el1 = TABLES | 7ul << 48; /* an ASID */
	vcpu->spsr = SPSR_EL0;
}

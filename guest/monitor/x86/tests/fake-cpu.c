// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <string.h>

#include "apic.h"
#include "fake-cpu.h"
#include "fake-machine.h"
#include "machine.h"
#include "../log.h"

struct guest fake_guest;
unsigned int fake_apic_commands, fake_apic_target;

/* vmrun.S has them for the monitor */
void svm_enter(uint64_t vmcb, uint64_t *gpr);
void take_nmi(void);
extern const char idle_code[];
const char idle_code[1];

static jmp_buf stopped;
static char line[512];
static size_t line_size;

void machine_putc(char c)
{
	if (line_size && line[line_size - 1] == '\n')
		line_size = 0;
	if (line_size < sizeof(line) - 1)
		line[line_size++] = c;
	line[line_size] = '\0';
}

void machine_stop(void)
{
	longjmp(stopped, 1);
}

void svm_enter(uint64_t vmcb, uint64_t *gpr)
{
}

void take_nmi(void)
{
}

void apic_send(unsigned int id, uint32_t command)
{
	fake_apic_commands++;
	fake_apic_target = id;
}

struct vcpu *fake_guest_reset(const struct mode *mode)
{
	struct vcpu *vcpu = &fake_guest.cpus[0];

	memset(&fake_guest, 0, sizeof(fake_guest));
	fake_machine_reset();
	npt_init(&fake_guest.npt, NPT_BASE, FAKE_RAM, mode->with_bit);
	planes_init(&fake_guest.planes, &fake_guest.npt,
		    &(struct planes_config){
			    .ram = FAKE_RAM,
			    .strict = true,
			    .needs_accept = mode->needs_accept,
			    .accept_zeroes = mode->accept_zeroes,
		    });
	fake_guest.mode = mode;
	vcpu->guest = &fake_guest;
	vcpu->vmcb.rip = FAKE_CODE;
	fake_apic_commands = 0;
	return vcpu;
}

void fake_code(struct vcpu *vcpu, const void *bytes, size_t size)
{
	memcpy(planes_ptr(&fake_guest.planes, vcpu->vmcb.rip, CCP_HV_PRIVATE), bytes, size);
}

enum fake_end fake_exit(struct vcpu *vcpu, uint64_t code)
{
	vcpu->vmcb.exit_code = code;
	if (setjmp(stopped))
		return FAKE_STOPPED;
	for (const struct exit_entry *row = fake_guest.mode->exits; row->handle; row++)
		if (row->code == code)
			return row->handle(vcpu) == EXIT_HANDLED ? FAKE_WENT_ON : FAKE_NOT_HANDLED;
	return FAKE_NOT_HANDLED;
}

const char *fake_said(void)
{
	return line;
}

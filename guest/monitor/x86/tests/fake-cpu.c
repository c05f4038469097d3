// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "apic.h"
#include "exits.h"
#include "fake-cpu.h"
#include "fake-machine.h"

struct guest fake_guest;
unsigned int fake_apic_commands, fake_apic_target;

/* vmrun.S has them for the monitor */
void svm_enter(uint64_t vmcb, uint64_t *gpr);
void take_nmi(void);
extern const char idle_code[];
const char idle_code[1];

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
	npt_init(&fake_guest.npt, NPT_BASE, FAKE_RAM, mode->planes);
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

static void run_exit(void *vcpu)
{
	handle_exit(vcpu);
}

bool fake_exit(struct vcpu *vcpu, uint64_t code)
{
	vcpu->vmcb.exit_code = code;
	return fake_machine_run(run_exit, vcpu);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: registers, code and GHCB are the guest's. Whatever they hold, the ledger's sums stay
 * right and nothing outside the guest's planes is touched.
 */
#include <asm/svm.h>
#include <stdlib.h>
#include <string.h>

#include "fake-cpu.h"
#include "fake-machine.h"
#include "ghcb.h"
#include "tdx.h"

#define GHCB_GPA 0x300000ul

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct mode *const fuzzed[] = { &mode_sev, &mode_snp, &mode_tdx };

static const uint64_t codes[] = { SVM_EXIT_WRITE_CR0,
				  SVM_EXIT_WRITE_CR3,
				  SVM_EXIT_MSR,
				  SVM_EXIT_VMMCALL,
				  SVM_EXIT_EXCP_BASE + EXCEPTION_UD,
				  SVM_EXIT_CPUID,
				  SVM_EXIT_NPF };

static const uint8_t instructions[][4] = {
	{ 0xf3, 0x0f, 0x01, 0xd9 }, { 0xf2, 0x0f, 0x01, 0xff }, { 0xf3, 0x0f, 0x01, 0xfe },
	{ 0x66, 0x0f, 0x01, 0xcc }, { 0x0f, 0x22, 0xc0, 0x90 }, { 0x0f, 0x22, 0xd8, 0x90 },
};

struct input {
	uint8_t mode, code, instruction, cpl;
	uint64_t ghcb;
	uint64_t gpr[GPR_COUNT];
	uint64_t event[4]; /* GHCB: exit code, infos, scratch */
};

static void check_ledger(const struct ledger *ledger)
{
	uint64_t shared = 0;

	for (uint64_t page = 0; page < ledger->pages; page++) {
		shared += ledger->state[page] == CCP_HV_SHARED;
		if (ledger_acceptance(ledger, page) != LEDGER_ACCEPTED &&
		    ledger->state[page] != CCP_HV_PRIVATE)
			abort();
	}
	if (shared != ledger->count.shared_now)
		abort();
}

static void put_ghcb(const struct input *input, const uint8_t *rest, size_t size)
{
	struct ghcb *ghcb;

	planes_convert_page(&fake_guest.planes, GHCB_GPA, CCP_HV_SHARED);
	ghcb = planes_ptr(&fake_guest.planes, GHCB_GPA, CCP_HV_SHARED);
	memset(ghcb, 0, sizeof(*ghcb));
	ghcb->valid_bitmap[1] = ~0ul;
	ghcb->sw_exit_code = input->event[0];
	ghcb->sw_exit_info_1 = input->event[1];
	ghcb->sw_exit_info_2 = input->event[2];
	ghcb->sw_scratch = input->event[3];
	memcpy(ghcb->buffer, rest, size < GHCB_BUFFER_SIZE ? size : GHCB_BUFFER_SIZE);
}

/*
 * The host view, which a process may ask for anything; half of the arguments are in RAM or just
 * behind.
 */
static void ask_hostview(struct vcpu *vcpu, const struct input *input)
{
	static const uint8_t vmmcall[] = { 0x0f, 0x01, 0xd9 };
	static const int arguments[] = { RBX, RCX, RDX, RSI };

	for (int i = 0; i < 4; i++)
		if (input->instruction >> i & 1)
			vcpu->gpr[arguments[i]] %= FAKE_RAM + 2 * PAGE_SIZE;
	vcpu->gpr[RAX] = CCP_HV_CALL | (input->gpr[RAX] & 15);
	fake_code(vcpu, vmmcall, sizeof(vmmcall));
	if (!fake_exit(vcpu, SVM_EXIT_VMMCALL))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t head = size < sizeof(struct input) ? size : sizeof(struct input);
	struct input input = {};
	struct vcpu *vcpu;

	memcpy(&input, data, head);
	vcpu = fake_guest_reset(fuzzed[input.mode % 3]);
	put_ghcb(&input, data + head, size - head);
	fake_code(vcpu, instructions[input.instruction % 6], 4);
	memcpy(vcpu->gpr, input.gpr, sizeof(input.gpr));
	vcpu->ghcb = input.cpl & 4 ? input.ghcb : GHCB_GPA;
	vcpu->vmcb.cpl = input.cpl & 3;
	vcpu->vmcb.exit_info1 = input.event[0];
	/* Half of the addresses that fault are in RAM or just behind, in either plane */
	vcpu->vmcb.exit_info2 = input.cpl & 8 ? input.event[1]
					      : input.event[1] % (FAKE_RAM + 2 * PAGE_SIZE) |
							(input.event[1] & PLANE_MASK);
	/* Port I/O is the machine's: the monitor only passes it on */
	if (vcpu->gpr[R11] == TDVMCALL_IO)
		return 0;
	if (input.code & 0x80)
		ask_hostview(vcpu, &input);
	else
		fake_exit(vcpu, codes[input.code % (sizeof(codes) / sizeof(codes[0]))]);
	check_ledger(&fake_guest.planes.ledger);
	return 0;
}

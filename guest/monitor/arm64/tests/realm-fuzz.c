// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: registers, syndromes and page tables are the guest's. Whatever they hold, the ledger's
 * sums stay right and nothing outside the guest's planes, the decoy and the monitor's tables is
 * touched.
 */
#include <stdlib.h>
#include <string.h>

#include "fake-machine.h"
#include "fake-realm.h"
#include "rsi.h"
#include "../../machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const unsigned int classes[] = { ESR_EC_HVC,	    ESR_EC_SMC,	       ESR_EC_SYSREG,
					ESR_EC_FETCH_LOWER, ESR_EC_DATA_LOWER, ESR_EC_STEP_LOWER,
					ESR_EC_BRK };

static const uint32_t functions[] = { RSI_VERSION,	 RSI_FEATURES,	    RSI_REALM_CONFIG,
				      RSI_IPA_STATE_SET, RSI_IPA_STATE_GET, 0xc4000003 };

struct input {
	uint8_t class, function, call, flags;
	uint64_t x[5];
	uint64_t iss, ipa, ttbr0;
	uint64_t fail[2];
	uint64_t descriptors[8];
};

static void check_ledger(const struct ledger *ledger)
{
	uint64_t shared = 0;

	for (uint64_t page = 0; page < ledger->pages; page++)
		shared += ledger->state[page] == CCP_HV_SHARED;
	if (shared != ledger->count.shared_now)
		abort();
}

/* Half of the addresses are in RAM or just behind, in either plane */
static uint64_t near_ram(uint64_t address)
{
	return (RAM_BASE + address % (FAKE_RAM + 2 * PAGE_SIZE)) | (address & SHARED_BIT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vcpu *vcpu = fake_realm_reset();
	struct input input = {};

	memcpy(&input, data, size < sizeof(input) ? size : sizeof(input));
	for (int i = 0; i < 8; i++)
		if (input.flags & 1)
			input.descriptors[i] = (near_ram(input.descriptors[i]) & DESC_ADDRESS) |
					       (input.descriptors[i] & 0xfff) | DESC_VALID;
	fake_user_tables(vcpu, input.descriptors, 8);
	if (input.flags & 2)
		vcpu->ttbr0_el1 = input.ttbr0;
	ledger_arm(&fake_guest.planes.ledger,
		   &(struct ccp_hv_fail){ .plane = input.fail[0] & 1,
					  .kind = input.fail[0] >> 1 & 3,
					  .nth = 1,
					  .pages = input.fail[1] % 1024 });
	memcpy(vcpu->x, input.x, sizeof(input.x));
	for (int i = 1; i < 5; i++)
		if (input.flags >> (3 + i) & 1)
			vcpu->x[i] = near_ram(vcpu->x[i]);
	if (input.flags & 4)
		vcpu->x[0] = functions[input.function % 6];
	if (input.flags & 8) {
		vcpu->x[0] = CCP_HV_CALL | (input.call & 15);
		input.class = 6;
		input.iss = CCP_HV_BRK;
		for (int i = 1; i < 5; i++)
			vcpu->x[i] %= 0xa000;
	}
	vcpu->hpfar = near_ram(input.ipa) >> 12 << 4;
	fake_exit(vcpu, classes[input.class % 7], input.iss & 0x1ffffff);
	check_ledger(&fake_guest.planes.ledger);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
#include "guest.h"
#include "rsi.h"
#include "../freestanding.h"

/*
 * Bytes that one RSI_IPA_STATE_SET changes at most: as far as a block of level 2 goes, where a
 * monitor's walk of its tables begins anew. The guest asks again for the rest.
 */
#define STEP LARGE_PAGE_SIZE

/* What a command returns: X0 and the registers behind it. */
struct rsi_result {
	uint64_t status, x1, x2;
};

static const struct rsi_result error_input = { .status = RSI_ERROR_INPUT };

static bool is_private_ram(const struct vcpu *vcpu, uint64_t gpa)
{
	const struct planes *planes = &vcpu->guest->planes;

	return planes_is_ram(planes, gpa) &&
	       ledger_state(&planes->ledger, gpa / PAGE_SIZE) == CCP_HV_PRIVATE;
}

/* Pages, and inside of what can be protected: without the bit that says shared. */
static bool is_range(uint64_t base, uint64_t top)
{
	return !(base % PAGE_SIZE) && !(top % PAGE_SIZE) && base < top && top <= SHARED_BIT;
}

static struct rsi_result version(struct vcpu *vcpu)
{
	return (struct rsi_result){
		.status = vcpu->x[1] == RSI_VERSION_1_0 ? RSI_SUCCESS : RSI_ERROR_INPUT,
		.x1 = RSI_VERSION_1_0,
		.x2 = RSI_VERSION_1_0,
	};
}

/* There are no registers but the first, and no feature in it. */
static struct rsi_result features(struct vcpu *vcpu)
{
	return (struct rsi_result){ .status = RSI_SUCCESS };
}

static struct rsi_result realm_config(struct vcpu *vcpu)
{
	uint64_t gpa = vcpu->x[1];
	struct rsi_realm_config *config;

	if (gpa % PAGE_SIZE || !is_private_ram(vcpu, gpa))
		return error_input;
	config = planes_ptr(&vcpu->guest->planes, gpa, CCP_HV_PRIVATE);
	memset(config, 0, sizeof(*config));
	config->ipa_bits = IPA_BITS;
	return (struct rsi_result){ .status = RSI_SUCCESS };
}

/* How many bytes from base on a single command can change; 0: there is no RAM. */
static uint64_t one_step(const struct vcpu *vcpu, uint64_t base, uint64_t top)
{
	uint64_t end = (base & ~(STEP - 1)) + STEP, ram_end = vcpu->guest->stage2.ram_end;

	if (!planes_is_ram(&vcpu->guest->planes, base))
		return 0;
	end = end < top ? end : top;
	return (end < ram_end ? end : ram_end) - base;
}

static struct rsi_result ipa_state_set(struct vcpu *vcpu)
{
	uint64_t base = vcpu->x[1], top = vcpu->x[2], ripas = vcpu->x[3], count;
	struct rsi_result result = { .status = RSI_SUCCESS, .x2 = RSI_ACCEPT };
	struct guest *guest = vcpu->guest;
	enum ledger_answer answer;

	if (!is_range(base, top) || (ripas != RSI_EMPTY && ripas != RSI_RAM))
		return error_input;
	count = one_step(vcpu, base, top) / PAGE_SIZE;
	if (!count) /* a host has nothing to put there */
		return (struct rsi_result){ .x1 = base, .x2 = RSI_REJECT };
	answer = planes_convert(&guest->planes, base, &count,
				ripas == RSI_RAM ? CCP_HV_PRIVATE : CCP_HV_SHARED);
	guest_flush_gone(guest);
	result.x1 = base + count * PAGE_SIZE;
	if (answer == LEDGER_REFUSED)
		result.x2 = RSI_REJECT;
	/* LEDGER_RETRY is what RSI always has: it went as far as X1 says */
	return answer == LEDGER_ERROR ? error_input : result;
}

/* What is no RAM is empty: devices are the host's. */
static uint64_t ripas_of(const struct vcpu *vcpu, uint64_t gpa)
{
	return is_private_ram(vcpu, gpa) ? RSI_RAM : RSI_EMPTY;
}

static struct rsi_result ipa_state_get(struct vcpu *vcpu)
{
	uint64_t base = vcpu->x[1], top = vcpu->x[2], ripas, end;

	if (!is_range(base, top))
		return error_input;
	ripas = ripas_of(vcpu, base);
	top = top - base < STEP ? top : base + STEP;
	for (end = base + PAGE_SIZE; end < top && ripas_of(vcpu, end) == ripas;)
		end += PAGE_SIZE;
	return (struct rsi_result){ .status = RSI_SUCCESS, .x1 = end, .x2 = ripas };
}

static const struct {
	uint32_t function;
	struct rsi_result (*answer)(struct vcpu *vcpu);
} commands[] = {
	{ RSI_VERSION, version },
	{ RSI_FEATURES, features },
	{ RSI_REALM_CONFIG, realm_config },
	{ RSI_IPA_STATE_SET, ipa_state_set },
	{ RSI_IPA_STATE_GET, ipa_state_get },
};

bool rsi_answer(struct vcpu *vcpu)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		struct rsi_result result;

		if (commands[i].function != (uint32_t)vcpu->x[0])
			continue;
		result = commands[i].answer(vcpu);
		vcpu->x[0] = result.status;
		vcpu->x[1] = result.x1;
		vcpu->x[2] = result.x2;
		return true;
	}
	return false;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Realm Services Interface as the Realm Management Monitor specification (Arm DEN0137, version
 * 1.0, part B) has it; the section's title stands beside each constant. Linux has the same numbers
 * in arch/arm64/include/asm/rsi_smc.h.
 */
#ifndef MONITOR_RSI_H
#define MONITOR_RSI_H

#include <stdbool.h>
#include <stdint.h>

/* "RSI commands": function identifiers in X0 */
#define RSI_VERSION	  0xc4000190u
#define RSI_FEATURES	  0xc4000191u
#define RSI_REALM_CONFIG  0xc4000196u
#define RSI_IPA_STATE_SET 0xc4000197u
#define RSI_IPA_STATE_GET 0xc4000198u

/* "RSI version": major version in the bits above, minor in the 16 below */
#define RSI_VERSION_1_0 0x10000ul

/* "RSI types", RsiCommandReturnCode: X0 on return */
#define RSI_SUCCESS	0ul
#define RSI_ERROR_INPUT 1ul

/* RsiResponse: what the host said to a change, X2 of RSI_IPA_STATE_SET */
#define RSI_ACCEPT 0ul
#define RSI_REJECT 1ul

/* RsiRipas: X3 of RSI_IPA_STATE_SET, X2 of RSI_IPA_STATE_GET */
#define RSI_EMPTY 0ul
#define RSI_RAM	  1ul

/* RsiRealmConfig: a granule */
struct rsi_realm_config {
	uint64_t ipa_bits;
	uint64_t hash_algorithm; /* RsiHashAlgorithm; 0: SHA-256 */
	uint8_t reserved[0x1f0];
	uint8_t personalization[64];
	uint8_t reserved2[0xdc0];
};

_Static_assert(sizeof(struct rsi_realm_config) == 4096, "RsiRealmConfig: a granule");

struct vcpu;

/*
 * Answers the call in the vCPU's registers. false: it is none of the commands above, and nothing
 * has changed.
 */
bool rsi_answer(struct vcpu *vcpu);

#endif

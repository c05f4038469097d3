/* SPDX-License-Identifier: MIT */
/* Random numbers that a seed brings back: CC_SEED=0x1234 cc_stress --run-subtest stress-short. */
#ifndef CC_RANDOM_H
#define CC_RANDOM_H

#include <stdint.h>

struct cc_random {
	uint64_t state;
};

/* The environment's CC_SEED, or else a new one. Prints it in either case. */
uint64_t cc_seed(void);

/* One of many independent sequences of a seed. */
struct cc_random cc_random_start(uint64_t seed, unsigned int stream);

uint64_t cc_random_next(struct cc_random *random);

/* 0 to limit - 1. */
uint32_t cc_random_below(struct cc_random *random, uint32_t limit);

#endif

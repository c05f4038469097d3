// SPDX-License-Identifier: MIT
#include "igt.h"

#include <sys/random.h>

#include "random.h"

uint64_t cc_seed(void)
{
	const char *text = getenv("CC_SEED");
	uint64_t seed;
	char *end;

	if (text) {
		seed = strtoull(text, &end, 0);
		igt_assert_f(*text && !*end, "CC_SEED: '%s' is not a number\n", text);
	} else {
		igt_assert_eq((int)getrandom(&seed, sizeof(seed), 0), (int)sizeof(seed));
	}

	igt_info("CC_SEED=0x%" PRIx64 "\n", seed);
	return seed;
}

/* SplitMix64: neighbouring seeds and streams give sequences without likeness. */
static uint64_t mix(uint64_t value)
{
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
	value = (value ^ value >> 27) * 0x94d049bb133111eb;
	return value ^ value >> 31;
}

struct cc_random cc_random_start(uint64_t seed, unsigned int stream)
{
	return (struct cc_random){ .state = mix(seed + mix(stream + 1)) };
}

uint64_t cc_random_next(struct cc_random *random)
{
	random->state += 0x9e3779b97f4a7c15;
	return mix(random->state);
}

uint32_t cc_random_below(struct cc_random *random, uint32_t limit)
{
	return (uint32_t)(cc_random_next(random) >> 32) % limit;
}

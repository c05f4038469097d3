// SPDX-License-Identifier: MIT
#include "igt.h"

#include "sizes.h"

const struct cc_size cc_sizes[] = {
	{ "4k", 4 * KIB },
	{ "8k", 8 * KIB },
	{ "60k", 60 * KIB },
	{ "64k", 64 * KIB },
	{ "68k", 68 * KIB },
	{ "1m-minus-4k", MIB - 4 * KIB },
	{ "1m", MIB },
	{ "1m-plus-4k", MIB + 4 * KIB },
	{ "1m-plus-64k", MIB + 64 * KIB },
	{ "1m-plus-68k", MIXED_SIZE },
	{ "4m", 4 * MIB },
	{ "64m", 64 * MIB },
};

const size_t cc_sizes_count = ARRAY_SIZE(cc_sizes);

// SPDX-License-Identifier: MIT
/* Messages: more than the log holds, and in pieces. */
#include "igt.h"

int igt_main()
{
	igt_subtest("long") {
		char padding[150];

		memset(padding, 'x', sizeof(padding));
		for (int i = 0; i < 5000; i++)
			igt_debug("line %d %.*s\n", i, i % (int)sizeof(padding), padding);
		igt_fail(IGT_EXIT_FAILURE);
	}

	/* More than a limit, and then nothing more. */
	igt_subtest("flood") {
		for (int i = 0; i < 1000; i++)
			igt_info("line %d of a hundred letters or so%70s\n", i, "");
		for (;;)
			pause();
	}

	igt_subtest("pieces") {
		igt_warn("one ");
		igt_warn("two\n");
		igt_warn("three\n");
	}
}

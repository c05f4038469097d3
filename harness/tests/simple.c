// SPDX-License-Identifier: MIT
/* A program without subtests. RESULT says what comes out. */
#include "igt.h"

IGT_TEST_DESCRIPTION("A simple test.");

int igt_simple_main()
{
	const char *result = getenv("RESULT");

	igt_skip_on(result && !strcmp(result, "skip"));
	igt_fail_on(result && !strcmp(result, "fail"));
	if (result && !strcmp(result, "crash"))
		raise(SIGSEGV);
}

// SPDX-License-Identifier: MIT
/* Subtests with dynamic subtests. */
#include "igt.h"

int igt_main()
{
	igt_subtest_with_dynamic("pass") {
		for (volatile int i = 1; i <= 3; i++)
			igt_dynamic_f("part-%d", i)
				igt_info("in part %d\n", i);
	}

	igt_subtest_with_dynamic_f("%s", "one-fails") {
		igt_dynamic("good") {
		}
		igt_dynamic("bad") {
			igt_debug("before the failure\n");
			igt_assert(!"this");
		}
		igt_dynamic("good-again") {
		}
	}

	igt_subtest_with_dynamic("one-skips") {
		igt_dynamic("good") {
		}
		igt_dynamic("skips")
			igt_skip("not here\n");
	}

	igt_subtest_with_dynamic("all-skip") {
		igt_dynamic("skips")
			igt_skip("not here\n");
	}

	igt_subtest_with_dynamic("none") {
	}

	igt_subtest_with_dynamic("skips-before") {
		igt_skip("none of them\n");
		igt_dynamic("never") {
		}
	}

	igt_subtest_with_dynamic("skips-after-failure") {
		igt_dynamic("bad")
			igt_assert(!"this");
		igt_skip("too late\n");
	}

	igt_subtest_with_dynamic("one-crashes") {
		igt_dynamic("crash")
			raise(SIGSEGV);
		igt_dynamic("good") {
		}
	}
}

// SPDX-License-Identifier: MIT
/* One subtest for each result, with groups and descriptions. */
#include "igt.h"

IGT_TEST_DESCRIPTION(
	"One subtest for each result, and a description that is so long that it does not fit "
	"into one line of eighty columns.");

int igt_main()
{
	igt_info("outside of all blocks\n");

	igt_fixture()
		igt_info("first fixture\n");

	igt_describe("A subtest that succeeds.");
	igt_subtest("pass") {
		igt_debug("a detail\n");
		igt_info("in pass\n");
	}

	igt_fixture()
		igt_info("second fixture\n");

	igt_subtest("pass-early") {
		igt_success();
		igt_info("not reached\n");
	}

	igt_describe("The group.");
	igt_subtest_group() {
		igt_describe_f("Skip number %d.", 1);
		igt_subtest("skip") {
			igt_skip("a reason %d\n", 1);
		}

		igt_subtest_f("skip-%s-%d", "formatted", 2) {
			igt_skip("another reason\n");
		}
	}

	igt_subtest("fail") {
		igt_debug("what happened before\n");
		igt_fail(IGT_EXIT_FAILURE);
	}

	igt_subtest("fail-with-42") {
		igt_fail(42);
	}

	igt_subtest("warn") {
		igt_warn("strange, but no failure\n");
	}

	igt_subtest("abort") {
		igt_abort_on_f(1 + 1 == 2, "no use %s\n", "to go on");
	}

	igt_subtest("Upper_case") {
	}
}

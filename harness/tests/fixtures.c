// SPDX-License-Identifier: MIT
/*
 * Fixtures that skip and fail, in groups and outside. FIXTURE says which one of the outer fixture.
 */
#include "igt.h"

static bool asked_for(const char *what)
{
	const char *fixture = getenv("FIXTURE");

	return fixture && !strcmp(fixture, what);
}

int igt_main()
{
	igt_fixture() {
		/* What a list must never do: open a device, or fail. */
		igt_info("device opened\n");
		igt_require(!asked_for("skip"));
		igt_assert(!asked_for("fail"));
		if (asked_for("crash"))
			raise(SIGSEGV);
	}

	igt_fixture()
		igt_info("second fixture\n");

	igt_subtest("outer") {
	}

	igt_subtest_group() {
		igt_fixture()
			igt_skip("no such feature\n");

		igt_subtest("in-skipping-group")
			igt_info("not reached\n");

		igt_subtest_group() {
			igt_fixture()
				igt_info("not reached\n");
			igt_subtest("in-nested-group")
				igt_info("not reached\n");
		}
	}

	igt_subtest_group() {
		igt_fixture()
			igt_assert(!asked_for("fail-in-group"));

		igt_subtest("in-failing-group") {
		}
	}

	igt_subtest("last") {
	}

	igt_fixture()
		igt_info("device closed\n");
}

// SPDX-License-Identifier: MIT
/* Mistakes that the harness must not let pass. MISTAKE says which, where it is not in a subtest. */
#include "igt.h"

static bool asked_for(const char *what)
{
	const char *mistake = getenv("MISTAKE");

	return mistake && !strcmp(mistake, what);
}

#define HANDLER(n)                       \
	static void handler_##n(int sig) \
	{                                \
	}
HANDLER(0)
HANDLER(1)
HANDLER(2)
HANDLER(3)
HANDLER(4)
HANDLER(5)
HANDLER(6)
HANDLER(7)
HANDLER(8)
HANDLER(9)
HANDLER(10)

static void install_many_handlers(void)
{
	static const igt_exit_handler_t handlers[] = {
		handler_0, handler_1, handler_2, handler_3, handler_4,	handler_5,
		handler_6, handler_7, handler_8, handler_9, handler_10,
	};

	for (size_t i = 0; i < ARRAY_SIZE(handlers); i++)
		igt_install_exit_handler(handlers[i]);
}

int igt_main()
{
	if (asked_for("no-subtest"))
		igt_exit();
	if (asked_for("skip-outside"))
		igt_skip("nowhere to skip\n");
	if (asked_for("fail-outside"))
		igt_assert(!"this");
	if (asked_for("name"))
		igt_subtest("has a blank") {
		}
	if (asked_for("long-name"))
		igt_subtest_f("%0200d", 1) {
		}
	if (asked_for("fork-outside"))
		igt_fork(child, 1) {
		}
	if (asked_for("many-handlers"))
		install_many_handlers();
	if (asked_for("dynamic-outside"))
		igt_dynamic("part") {
		}
	if (asked_for("subtest-in-fixture"))
		igt_fixture()
			igt_subtest("nested") {
			}

	igt_subtest("fixture-in-subtest")
		igt_fixture()
			igt_info("not reached\n");
	igt_subtest("subtest-in-subtest")
		igt_subtest("nested") {
		}
	igt_subtest("group-in-subtest")
		igt_subtest_group() {
		}
	igt_subtest("describe-in-subtest")
		igt_describe("Too late.");
	igt_subtest("fork-in-child") {
		igt_fork(child, 1)
			igt_fork(grandchild, 1) {
			}
		igt_waitchildren();
	}
	igt_subtest("many-children")
		igt_fork(child, 65)
			pause();
	igt_subtest("dynamic-in-plain")
		igt_dynamic("part") {
		}
	igt_subtest_with_dynamic("fail-in-container")
		igt_assert(!"this");
	igt_subtest("fail-with-skip-code")
		igt_fail(IGT_EXIT_SKIP);
}

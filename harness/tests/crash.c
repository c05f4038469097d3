// SPDX-License-Identifier: MIT
/* Signals, exit handlers, timeouts, exit() in the wrong place. */
#include "igt.h"

static void say(const char *text)
{
	if (write(STDOUT_FILENO, text, strlen(text)) < 0)
		abort();
}

static void first_handler(int sig)
{
	say("first handler\n");
}

static void second_handler(int sig)
{
	say(sig ? "second handler, signal\n" : "second handler, exit\n");
}

static void failing_handler(int sig)
{
	igt_assert(!"this");
}

int igt_main()
{
	igt_fixture() {
		igt_install_exit_handler(first_handler);
		igt_install_exit_handler(second_handler);
		igt_install_exit_handler(first_handler);
	}

	igt_subtest("segv") {
		/* A real fault, not raise(): the handler must not return to it. */
		volatile int *nothing =
			mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		*nothing = 1;
	}

	igt_subtest("bus")
		raise(SIGBUS);

	igt_subtest("fpe")
		raise(SIGFPE);

	igt_subtest("abrt")
		abort();

	igt_subtest("quit")
		raise(SIGQUIT);

	igt_subtest("term")
		raise(SIGTERM);

	igt_subtest("pass") {
	}

	igt_subtest("exit")
		exit(0);

	igt_subtest("handler-fails")
		igt_install_exit_handler(failing_handler);

	igt_subtest("timeout") {
		igt_set_timeout(1, "waiting for nothing");
		for (;;)
			pause();
	}

	igt_subtest("timeout-reset") {
		struct timespec start = {};

		igt_set_timeout(1, "not reached");
		igt_reset_timeout();
		while (igt_nsec_elapsed(&start) < UINT64_C(1200000000))
			usleep(10000);
	}

	igt_subtest("until-timeout") {
		struct timespec start = {};
		int rounds = 0;

		igt_assert_eq_u64(igt_nsec_elapsed(&start), 0);
		igt_until_timeout(1)
			rounds++;
		igt_assert_lt(1, rounds);
		igt_assert_lte_u64(UINT64_C(1) << 30, igt_nsec_elapsed(&start));
	}

	igt_subtest("hang")
		for (;;)
			pause();
}

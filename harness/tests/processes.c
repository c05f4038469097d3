// SPDX-License-Identifier: MIT
/* Child processes. */
#include <sys/wait.h>

#include "igt.h"

static void handler(int sig)
{
	igt_info("handler of %s\n", "the parent");
}

__attribute__((noreturn)) static void wait_forever(void)
{
	for (;;)
		pause();
}

int igt_main()
{
	static int *seen;

	igt_fixture() {
		seen = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		igt_assert(seen != MAP_FAILED);
		igt_install_exit_handler(handler);
	}

	igt_subtest("pass") {
		igt_info("half a line, ");
		igt_fork(child, 3)
			seen[child] = child + 1;
		igt_waitchildren();
		for (int i = 0; i < 3; i++)
			igt_assert_eq(seen[i], i + 1);
		igt_info("the other half\n");
	}

	igt_subtest("child-fails") {
		igt_fork(child, 3) {
			if (child != 1)
				wait_forever();
			igt_assert_f(false, "said by child %d\n", child);
		}
		igt_waitchildren();
	}

	igt_subtest("child-crashes") {
		igt_fork(child, 2) {
			if (child == 0)
				wait_forever();
			raise(SIGSEGV);
		}
		igt_waitchildren();
	}

	igt_subtest("child-skips") {
		igt_fork(child, 1)
			igt_skip("not allowed\n");
		igt_waitchildren();
	}

	igt_subtest("children-left") {
		igt_fork(child, 2) {
			/* Tells the checker who must be gone afterwards. */
			igt_info("left: %d\n", getpid());
			seen[child] = -1;
			wait_forever();
		}
		while (((volatile int *)seen)[0] != -1 || ((volatile int *)seen)[1] != -1)
			usleep(1000);
		igt_fail(IGT_EXIT_FAILURE);
	}

	igt_subtest("stray-child") {
		int alive[2];

		igt_assert_eq(pipe(alive), 0);
		if (fork() == 0) {
			char byte;

			/* Nothing comes; the end of the file is the end of the parent. */
			close(alive[1]);
			_exit(read(alive[0], &byte, 1));
		}
	}

	igt_subtest("foreign-child") {
		int alive[2];

		igt_assert_eq(pipe(alive), 0);
		if (fork() == 0)
			_exit(3);
		close(alive[1]);
		igt_fork(child, 1) {
			char byte;

			/* Ends after the other one. */
			igt_assert_eq(read(alive[0], &byte, 1), 0);
		}
		igt_waitchildren();
		close(alive[0]);
	}

	igt_subtest("after") {
		igt_assert_eq(waitpid(-1, NULL, WNOHANG), -1);
		igt_assert_eq(errno, ECHILD);
	}
}

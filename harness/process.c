// SPDX-License-Identifier: MIT
/* Child processes of a subtest. */
#include <sys/wait.h>

#include "internal.h"

#define MAX_CHILDREN 64

static pid_t children[MAX_CHILDREN]; /* 0: waited for */
static int child_count;
static bool is_child;

bool igt_process_is_child(void)
{
	return is_child;
}

bool __igt_fork(void)
{
	pid_t pid;

	if (!igt_core_may_fork())
		igt_misuse("igt_fork() outside of a subtest");
	if (is_child)
		igt_misuse("igt_fork() in a child");
	if (child_count == MAX_CHILDREN)
		igt_misuse("too many children");

	fflush(NULL);
	pid = fork();
	igt_assert_lte(0, pid);
	if (pid) {
		children[child_count++] = pid;
		return false;
	}

	is_child = true;
	child_count = 0;
	igt_signal_forget_exit_handlers();
	return true;
}

void igt_process_kill_children(void)
{
	for (int i = 0; i < child_count; i++) {
		if (!children[i])
			continue;
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
	child_count = 0;
}

/* The exit code that a child's status gives its parent. */
static int report_child(int index, int status)
{
	if (WIFEXITED(status)) {
		if (WEXITSTATUS(status))
			printf("child %d failed with exit status %d\n", index, WEXITSTATUS(status));
		return WEXITSTATUS(status);
	}

	printf("child %d died with signal %d, %s\n", index, WTERMSIG(status),
	       strsignal(WTERMSIG(status)));
	return 128 + WTERMSIG(status);
}

static int find_child(pid_t pid)
{
	int i = 0;

	while (i < child_count && children[i] != pid)
		i++;
	return i;
}

void igt_waitchildren(void)
{
	int exit_code = 0, status;

	/* Any child may be the first to fail, and the others may wait for it forever. */
	for (int running = child_count; running && !exit_code;) {
		pid_t pid = wait(&status);
		int i = find_child(pid);

		if (pid < 0 && errno != EINTR)
			igt_misuse("a child was waited for elsewhere");
		if (pid < 0 || i == child_count)
			continue;
		running--;
		children[i] = 0;
		exit_code = report_child(i, status);
	}

	igt_process_kill_children();
	if (exit_code)
		igt_fail(exit_code);
}

// SPDX-License-Identifier: MIT
/* Timeouts, and how long something takes. */
#include "internal.h"

static const char *timed_operation;

static void on_alarm(int sig)
{
	igt_info("Timed out%s%s\n", timed_operation ? ": " : "",
		 timed_operation ? timed_operation : "");
	igt_fail(IGT_EXIT_FAILURE);
}

void igt_set_timeout(unsigned int seconds, const char *operation)
{
	timed_operation = operation;
	signal(SIGALRM, on_alarm);
	alarm(seconds);
}

void igt_reset_timeout(void)
{
	igt_set_timeout(0, NULL);
}

uint64_t igt_nsec_elapsed(struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	if (!start->tv_sec && !start->tv_nsec) {
		*start = now;
		return 0;
	}
	return (now.tv_sec - start->tv_sec) * UINT64_C(1000000000) + now.tv_nsec - start->tv_nsec;
}

// SPDX-License-Identifier: MIT
#include "igt.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"
#include "kernelfs.h"

#define DEBUGFS "/sys/kernel/debug/"

/* By default most allocations are spared, and each failure has a stack in the log. */
static const struct {
	const char *path, *value;
} settings[] = {
	{ DEBUGFS "failslab/ignore-gfp-wait", "N" },
	{ DEBUGFS "failslab/verbose", "0" },
	{ DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N" },
	{ DEBUGFS "fail_page_alloc/ignore-gfp-highmem", "N" },
	{ DEBUGFS "fail_page_alloc/min-order", "0" },
	{ DEBUGFS "fail_page_alloc/verbose", "0" },
	{ DEBUGFS "fail_usercopy/verbose", "0" },
};

void cc_failure_open(struct cc_failure *failure)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
		cc_require_file(settings[i].path,
				cc_write_file(settings[i].path, settings[i].value));
	failure->fd = cc_open_file("/proc/thread-self/fail-nth", O_RDWR);
}

void cc_failure_close(struct cc_failure *failure)
{
	close(failure->fd);
}

void cc_failure_arm(const struct cc_failure *failure, unsigned int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", nth);

	igt_assert_eq(pwrite(failure->fd, text, length, 0), length);
}

bool cc_failure_disarm(const struct cc_failure *failure)
{
	char text[16] = "";
	bool failed;

	/* Where this itself is what fails, nothing did before. */
	failed = pread(failure->fd, text, sizeof(text) - 1, 0) > 0 && !strtoul(text, NULL, 10);
	while (pwrite(failure->fd, "0", 1, 0) != 1)
		igt_assert_eq(errno, EFAULT);
	return failed;
}

// SPDX-License-Identifier: MIT
/* How the kernel is to treat a test program. */
#include <fcntl.h>

#include "internal.h"

/* Not everybody may, and not everywhere there is such a file: tests run all the same. */
static void try_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	dprintf(fd, "%s", text);
	close(fd);
}

void igt_kernel_prepare(bool trace_on_oops)
{
	/*
	 * igt_runner hides itself from the OOM killer, and a child inherits that: without a process
	 * to kill, a test that takes all memory would end in a panic.
	 */
	try_write("/proc/self/oom_score_adj", "1000");
	if (trace_on_oops)
		try_write("/proc/sys/kernel/ftrace_dump_on_oops", "1");
}

/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <sys/stat.h>

#include "igt.h"
#include "debug.h"

#define BUFINFO	 "/sys/kernel/debug/dma_buf/bufinfo"
#define END_MARK "ccprime: end of trace"
#define PATH_LEN 128

/* tracefs, mounted by itself or below debugfs. */
static const char *const tracefs_dirs[] = {
	"/sys/kernel/tracing",
	"/sys/kernel/debug/tracing",
};

static void trace_write(const struct cc_trace *trace, const char *file, const char *text)
{
	char path[PATH_LEN];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", trace->dir, file);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	igt_assert_f(fd >= 0, "%s: %s\n", path, strerror(errno));
	igt_assert_f(write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s: %s\n", path,
		     strerror(errno));
	close(fd);
}

static void trace_enable(const struct cc_trace *trace, const char *value)
{
	for (const char *const *event = trace->events; *event; event++) {
		char file[PATH_LEN];

		snprintf(file, sizeof(file), "events/%s/enable", *event);
		trace_write(trace, file, value);
	}
}

static bool trace_has(const struct cc_trace *trace, const char *event)
{
	char path[PATH_LEN];

	snprintf(path, sizeof(path), "%s/events/%s/enable", trace->dir, event);
	return !access(path, W_OK);
}

void cc_require_trace(struct cc_trace *trace, const char *const *events)
{
	const char *const *event = events;

	trace->events = events;
	for (size_t i = 0; i < ARRAY_SIZE(tracefs_dirs); i++) {
		trace->dir = tracefs_dirs[i];
		for (event = events; *event && trace_has(trace, *event); event++)
			;
		if (!*event)
			return;
	}
	igt_require_f(!*event, "no trace event %s\n", *event);
}

void cc_trace_start(const struct cc_trace *trace)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", getpid());
	trace_write(trace, "set_event_pid", pid);
	trace_write(trace, "trace", "");
	trace_write(trace, "tracing_on", "1");
	trace_enable(trace, "1");
}

void cc_trace_stop(const struct cc_trace *trace)
{
	trace_write(trace, "trace_marker", END_MARK "\n");
	trace_enable(trace, "0");
	trace_write(trace, "set_event_pid", "");
	igt_assert_f(cc_trace_count(trace, END_MARK, ""),
		     "the trace does not record, so its silence says nothing\n");
}

unsigned int cc_trace_count(const struct cc_trace *trace, const char *event, const char *word)
{
	static char line[16384]; /* a trace line is at most 8 KiB long */
	unsigned int count = 0;
	char path[PATH_LEN];
	FILE *file;

	snprintf(path, sizeof(path), "%s/trace", trace->dir);
	file = fopen(path, "re");
	igt_assert_f(file, "%s: %s\n", path, strerror(errno));
	while (fgets(line, sizeof(line), file))
		count += strstr(line, event) && strstr(line, word);
	fclose(file);

	return count;
}

void cc_require_bufinfo(void)
{
	igt_require_f(!access(BUFINFO, R_OK), "no " BUFINFO "\n");
}

/*
 * A buffer's line ends with its inode and its name; "Attached Devices:" and a line a device follow,
 * then "Total".
 */
struct cc_bufinfo cc_bufinfo(unsigned long ino)
{
	bool ours = false, devices = false;
	struct cc_bufinfo info = {};
	char line[512], word[64];
	FILE *file;

	file = fopen(BUFINFO, "re");
	igt_assert_f(file, BUFINFO ": %s\n", strerror(errno));

	while (fgets(line, sizeof(line), file)) {
		unsigned long found;
		size_t size;

		if (sscanf(line, "%zu %*x %*x %*d %63s %lu", &size, word, &found) == 3) {
			ours = found == ino;
			devices = false;
			if (!ours)
				continue;
			info.found = true;
			info.size = size;
			strcpy(info.exporter, word);
		} else if (strstr(line, "Attached Devices:")) {
			devices = ours;
		} else if (!strncmp(line, "Total", 5)) {
			devices = false;
		} else if (devices && sscanf(line, "%63s", word) == 1 && !info.devices++) {
			strcpy(info.device, word);
		}
	}
	fclose(file);

	return info;
}

unsigned long cc_inode(int fd)
{
	struct stat stat;

	igt_assert_eq(fstat(fd, &stat), 0);
	return stat.st_ino;
}

unsigned long cc_read_number(const char *path)
{
	unsigned long number = 0;
	FILE *file = fopen(path, "re");

	igt_require_f(file, "no %s\n", path);
	igt_assert_eq(fscanf(file, "%lu", &number), 1);
	fclose(file);
	return number;
}

void cc_require_no_forced_bounce(void)
{
	char line[4096] = "";
	FILE *file = fopen("/proc/cmdline", "re");

	igt_assert(file);
	igt_assert(fgets(line, sizeof(line), file));
	fclose(file);
	igt_require_f(!strstr(line, "swiotlb=force"), "the kernel bounces all: swiotlb=force\n");
}

unsigned long cc_meminfo(const char *name)
{
	unsigned long kib = 0;
	bool found = false;
	char line[128];
	FILE *file = fopen("/proc/meminfo", "re");

	igt_assert(file);
	while (!found && fgets(line, sizeof(line), file))
		found = !strncmp(line, name, strlen(name)) &&
			sscanf(line + strlen(name), ": %lu kB", &kib) == 1;
	fclose(file);
	igt_assert_f(found, "/proc/meminfo has no %s\n", name);
	return kib;
}

// SPDX-License-Identifier: MIT
#include "igt.h"

#include "kernelfs.h"
#include "trace.h"

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
	int err;

	snprintf(path, sizeof(path), "%s/%s", trace->dir, file);
	err = cc_write_file(path, text);
	igt_assert_f(!err, "%s: %s\n", path, strerror(-err));
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

unsigned int cc_trace_count_device(const struct cc_trace *trace, const char *event,
				   const char *device, const char *word)
{
	char start[PATH_LEN];

	snprintf(start, sizeof(start), "%s: %s ", event, device);
	return cc_trace_count(trace, start, word);
}

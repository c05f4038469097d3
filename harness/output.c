// SPDX-License-Identifier: MIT
/*
 * Everything that a test program prints: the lines that igt_runner reads, messages, and marks in
 * the kernel log.
 */
#include <fcntl.h>
#include <sys/utsname.h>

#include "internal.h"

#define LINE_COLUMNS 80
#define LOG_SIZE     (64 * 1024)

static struct {
	bool quiet; /* only listing: nothing but the list may be printed */
	enum igt_log_level level; /* messages below it are not printed */
	bool sentinel; /* results on stderr, too: igt_runner cuts it into subtests there */
	bool line_open; /* the last message had no newline at its end */
	size_t log_used;
	/* What to show of a failed subtest; no malloc(), which may have crashed */
	char log[LOG_SIZE];
} output;

static const struct {
	const char *start, *result;
} part_names[] = {
	[IGT_PART_SUBTEST] = { "subtest", "Subtest" },
	[IGT_PART_DYNAMIC] = { "dynamic subtest", "Dynamic subtest" },
};

static const char *const level_names[] = {
	[IGT_LOG_DEBUG] = "DEBUG",
	[IGT_LOG_INFO] = "INFO",
	[IGT_LOG_WARN] = "WARNING",
	[IGT_LOG_CRITICAL] = "CRITICAL",
};

void igt_output_print_version(void)
{
	struct utsname host;

	uname(&host);
	printf("IGT-Version: %s-ccprime (%s) (%s: %s %s)\n", IGT_HARNESS_VERSION, host.machine,
	       host.sysname, host.release, host.machine);
}

void igt_output_init(bool quiet, enum igt_log_level level)
{
	output.quiet = quiet;
	output.level = level;
	output.sentinel = getenv("IGT_SENTINEL_ON_STDERR") != NULL;

	/* What was printed must survive a crash of the kernel. */
	setvbuf(stdout, NULL, _IOLBF, 0);

	if (quiet)
		return;
	igt_output_kmsg("executing");
	igt_output_print_version();
}

void igt_output_start(enum igt_part part, const char *name)
{
	const char *word = part_names[part].start;

	igt_output_kmsg("starting %s %s", word, name);
	printf("Starting %s: %s\n", word, name);
	if (output.sentinel)
		fprintf(stderr, "Starting %s: %s\n", word, name);
}

void igt_output_result(enum igt_part part, const char *name, const char *result, double seconds)
{
	const char *word = part_names[part].result;

	printf("%s %s: %s (%.3fs)\n", word, name, result, seconds);
	if (output.sentinel)
		fprintf(stderr, "%s %s: %s (%.3fs)\n", word, name, result, seconds);
}

void igt_output_kmsg(const char *format, ...)
{
	char text[512];
	va_list args;
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	dprintf(fd, "<6>[IGT] %s: %s\n", program_invocation_short_name, text);
	close(fd);
}

/* The newest text matters most: where it does not fit, the oldest lines go. */
static void append_to_log(const char *text)
{
	size_t size = strlen(text), room = sizeof(output.log) - output.log_used;

	if (size > room) {
		const char *end = output.log + output.log_used;
		const char *cut = memchr(output.log + size - room - 1, '\n',
					 output.log_used - (size - room - 1));

		cut = cut ? cut + 1 : end;
		output.log_used = end - cut;
		memmove(output.log, cut, output.log_used);
	}
	memcpy(output.log + output.log_used, text, size);
	output.log_used += size;
}

static void print_message(enum igt_log_level level, const char *prefix, const char *text)
{
	if (level < output.level)
		return;
	if (output.quiet && level < IGT_LOG_CRITICAL)
		return;

	fprintf(level < IGT_LOG_WARN ? stdout : stderr, "%s%s", level == IGT_LOG_INFO ? "" : prefix,
		text);
}

void igt_output_vlog(enum igt_log_level level, const char *format, va_list args)
{
	char prefix[IGT_NAME_SIZE] = "", text[4096];

	vsnprintf(text, sizeof(text), format, args);
	if (!output.line_open)
		snprintf(prefix, sizeof(prefix), "(%s:%d) %s: ", program_invocation_short_name,
			 getpid(), level_names[level]);
	output.line_open = *text && text[strlen(text) - 1] != '\n';

	append_to_log(prefix);
	append_to_log(text);
	print_message(level, prefix, text);
}

void __igt_log(enum igt_log_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	igt_output_vlog(level, format, args);
	va_end(args);
}

void igt_output_dump_log(const char *what, const char *name)
{
	fprintf(stderr, "%s %s failed.\n", what, name);
	if (output.log_used)
		fprintf(stderr, "**** DEBUG ****\n%.*s****  END  ****\n", (int)output.log_used,
			output.log);
	else
		fprintf(stderr, "No log.\n");
	igt_output_reset_log();
}

void igt_output_reset_log(void)
{
	output.log_used = 0;
}

void igt_output_wrapped(const char *indent, const char *text)
{
	size_t column = 0;

	for (size_t length; *text; text += length) {
		length = strcspn(text += *text == ' ', " ");
		if (column && column + 1 + length > LINE_COLUMNS) {
			putchar('\n');
			column = 0;
		}
		column += printf("%s%.*s", column ? " " : indent, (int)length, text);
	}
	putchar('\n');
}

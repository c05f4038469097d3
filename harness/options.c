// SPDX-License-Identifier: MIT
/* The command line of a test program. */
#include <fnmatch.h>

#include "internal.h"

enum {
	OPTION_LIST = 256,
	OPTION_RUN,
	OPTION_DYNAMIC,
	OPTION_DESCRIBE,
	OPTION_DESCRIPTION,
	OPTION_DEBUG,
	OPTION_INTERACTIVE,
	OPTION_HELP = 'h',
};

static const struct option long_options[] = {
	{ "list-subtests", no_argument, NULL, OPTION_LIST },
	{ "run-subtest", required_argument, NULL, OPTION_RUN },
	{ "dynamic-subtest", required_argument, NULL, OPTION_DYNAMIC },
	{ "describe", optional_argument, NULL, OPTION_DESCRIBE },
	{ "help-description", no_argument, NULL, OPTION_DESCRIPTION },
	{ "debug", no_argument, NULL, OPTION_DEBUG },
	{ "interactive-debug", optional_argument, NULL, OPTION_INTERACTIVE },
	{ "help", no_argument, NULL, OPTION_HELP },
	{},
};

static void print_usage(FILE *stream)
{
	fprintf(stream,
		"Usage: %s [OPTIONS]\n"
		"  --list-subtests\n"
		"  --run-subtest <pattern>[,<pattern>][,!<pattern>]\n"
		"  --dynamic-subtest <pattern>\n"
		"  --describe[=<pattern>]\n"
		"  --help-description\n"
		"  --debug\n"
		"  --interactive-debug (accepted and ignored)\n"
		"  --help|-h\n",
		program_invocation_short_name);
}

static void print_description(void)
{
	if (&__igt_test_description)
		igt_output_wrapped("", __igt_test_description);
}

__igt_noreturn static void wrong_use(void)
{
	print_usage(stderr);
	exit(IGT_EXIT_INVALID);
}

static void handle_option(struct igt_options *options, int option)
{
	switch (option) {
	case OPTION_LIST:
		options->mode = IGT_MODE_LIST;
		break;
	case OPTION_RUN:
		options->subtest = optarg;
		break;
	case OPTION_DYNAMIC:
		options->dynamic = optarg;
		break;
	case OPTION_DESCRIBE:
		options->mode = IGT_MODE_DESCRIBE;
		if (optarg)
			options->subtest = optarg;
		break;
	case OPTION_DESCRIPTION:
		print_description();
		exit(IGT_EXIT_SUCCESS);
	case OPTION_DEBUG:
		options->debug = true;
		break;
	case OPTION_INTERACTIVE:
		break;
	case OPTION_HELP:
		print_usage(stdout);
		exit(IGT_EXIT_SUCCESS);
	default:
		wrong_use();
	}
}

/* igt_runner learns from IGT_EXIT_INVALID that a program has no subtests. */
static void refuse_subtest_options(const struct igt_options *options)
{
	if (options->subtest)
		__igt_log(IGT_LOG_CRITICAL, "Unknown subtest: %s\n", options->subtest);
	if (options->subtest || options->mode != IGT_MODE_RUN)
		exit(IGT_EXIT_INVALID);
}

void igt_options_parse(struct igt_options *options, int argc, char **argv, bool has_subtests)
{
	int option;

	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1)
		handle_option(options, option);

	if (optind < argc) {
		fprintf(stderr, "%s: unexpected argument '%s'\n", argv[0], argv[optind]);
		wrong_use();
	}

	/* A list is of all subtests, whatever is to run. */
	if (options->mode == IGT_MODE_LIST)
		options->subtest = NULL;
	if (options->mode == IGT_MODE_DESCRIBE && &__igt_test_description) {
		print_description();
		putchar('\n');
	}
	if (!has_subtests)
		refuse_subtest_options(options);
}

bool igt_options_match(const char *globs, const char *name)
{
	char glob[IGT_NAME_SIZE];
	bool matches = false;

	for (;;) {
		bool negated = *globs == '!';
		size_t length;

		globs += negated;
		length = strcspn(globs, ",");
		snprintf(glob, sizeof(glob), "%.*s", (int)length, globs);
		if (length < sizeof(glob) && fnmatch(glob, name, 0) == 0)
			matches = !negated;
		if (!globs[length])
			return matches;
		globs += length + 1;
	}
}

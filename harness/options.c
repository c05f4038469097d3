// SPDX-License-Identifier: MIT
/* The command line of a test program, and what the environment says beside it. */
#include <fnmatch.h>

#include "internal.h"

static void list_subtests(struct igt_options *options, const char *argument)
{
	options->mode = IGT_MODE_LIST;
}

static void show_testlist(struct igt_options *options, const char *argument)
{
	options->mode = IGT_MODE_TESTLIST;
}

static void describe(struct igt_options *options, const char *argument)
{
	options->mode = IGT_MODE_DESCRIBE;
	if (argument)
		options->subtest = argument;
}

static void run_subtest(struct igt_options *options, const char *argument)
{
	options->subtest = argument;
}

static void dynamic_subtest(struct igt_options *options, const char *argument)
{
	options->dynamic = argument;
}

/* In igt-gpu-tools a test's own messages are of the domain "application". Here there is no other.
 */
static void debug(struct igt_options *options, const char *argument)
{
	if (!argument || !*argument || !strcmp(argument, "application"))
		options->log_level = IGT_LOG_DEBUG;
}

static void trace_on_oops(struct igt_options *options, const char *argument)
{
	options->trace_on_oops = true;
}

static void add_hook(struct igt_options *options, const char *argument)
{
	const char *error = igt_hook_add(argument);

	if (!error)
		return;
	fprintf(stderr, "%s: --hook '%s': %s\n", program_invocation_short_name, argument, error);
	exit(IGT_EXIT_INVALID);
}

/* The device is opened by others, who look into the environment: a library, a hook, a child. */
static void choose_device(struct igt_options *options, const char *argument)
{
	setenv("IGT_DEVICE", argument, true);
}

static void choose_connector(struct igt_options *options, const char *argument)
{
	setenv("IGT_CONNECTOR", argument, true);
}

static void ignore(struct igt_options *options, const char *argument)
{
}

static void print_description(void)
{
	if (&__igt_test_description)
		igt_output_wrapped("", __igt_test_description);
}

static void print_help(void);

/* All that igt-gpu-tools 2.5 gives each of its programs, in its order. */
static const struct {
	const char *name;
	int has_argument; /* as of getopt_long() */
	const char *usage; /* what the help text says behind the name */
	void (*handle)(struct igt_options *options, const char *argument);
	void (*print)(void); /* instead: that is all that was asked for */
} known_options[] = {
	{ "list-subtests", no_argument, "", .handle = list_subtests },
	{ "show-testlist", no_argument, "", .handle = show_testlist },
	{ "run-subtest", required_argument, " <pattern>[,<pattern>][,!<pattern>]",
	  .handle = run_subtest },
	{ "dynamic-subtest", required_argument, " <pattern>", .handle = dynamic_subtest },
	{ "debug", optional_argument, "[=log-domain]", .handle = debug },
	{ "interactive-debug", optional_argument, "[=domain] (ignored)", .handle = ignore },
	{ "skip-crc-compare", no_argument, " (ignored)", .handle = ignore },
	{ "trace-on-oops", no_argument, "", .handle = trace_on_oops },
	{ "hook", required_argument, " [<events>:]<cmd>", .handle = add_hook },
	{ "help-hook", no_argument, "", .print = igt_hook_print_help },
	{ "help-description", no_argument, "", .print = print_description },
	{ "describe", optional_argument, "[=<pattern>]", .handle = describe },
	{ "device", required_argument, " <filters>", .handle = choose_device },
	{ "connector", required_argument, " <name>", .handle = choose_connector },
	{ "version", no_argument, "", .print = igt_output_print_version },
	{ "help", no_argument, "|-h", .print = print_help },
};

static void print_usage(FILE *stream)
{
	fprintf(stream, "Usage: %s [OPTIONS]\n", program_invocation_short_name);
	for (size_t i = 0; i < ARRAY_SIZE(known_options); i++)
		fprintf(stream, "  --%s%s\n", known_options[i].name, known_options[i].usage);
}

static void print_help(void)
{
	print_usage(stdout);
}

__igt_noreturn static void wrong_use(void)
{
	print_usage(stderr);
	exit(IGT_EXIT_INVALID);
}

__igt_noreturn static void print_and_leave(void (*print)(void))
{
	print();
	exit(IGT_EXIT_SUCCESS);
}

static void parse_arguments(struct igt_options *options, int argc, char **argv)
{
	struct option long_options[ARRAY_SIZE(known_options) + 1] = {};
	int option, index;

	for (size_t i = 0; i < ARRAY_SIZE(known_options); i++) {
		long_options[i].name = known_options[i].name;
		long_options[i].has_arg = known_options[i].has_argument;
	}

	while ((option = getopt_long(argc, argv, "h", long_options, &index)) != -1) {
		if (option == '?')
			wrong_use();
		if (option == 'h')
			print_and_leave(print_help);
		if (known_options[index].print)
			print_and_leave(known_options[index].print);
		known_options[index].handle(options, optarg);
	}
	if (optind < argc) {
		fprintf(stderr, "%s: unexpected argument '%s'\n", argv[0], argv[optind]);
		wrong_use();
	}
}

/* What is no level leaves it as it is, as in igt-gpu-tools. */
static void parse_environment(struct igt_options *options)
{
	static const char *const names[] = {
		[IGT_LOG_DEBUG] = "debug",	 [IGT_LOG_INFO] = "info", [IGT_LOG_WARN] = "warn",
		[IGT_LOG_CRITICAL] = "critical", [IGT_LOG_NONE] = "none",
	};
	const char *level = getenv("IGT_LOG_LEVEL");

	for (size_t i = 0; level && i < ARRAY_SIZE(names); i++)
		if (!strcmp(level, names[i]))
			options->log_level = i;
}

/* igt_runner learns from IGT_EXIT_INVALID that a program has no subtests. */
static void refuse_subtest_options(const struct igt_options *options)
{
	if (options->subtest) {
		__igt_log(IGT_LOG_CRITICAL, "Unknown subtest: %s\n", options->subtest);
		exit(IGT_EXIT_INVALID);
	}
	if (options->mode == IGT_MODE_TESTLIST) {
		printf("igt@%s\n", program_invocation_short_name);
		exit(IGT_EXIT_SUCCESS);
	}
	if (options->mode != IGT_MODE_RUN)
		exit(IGT_EXIT_INVALID);
}

void igt_options_parse(struct igt_options *options, int argc, char **argv, bool has_subtests)
{
	options->log_level = IGT_LOG_INFO;
	parse_environment(options);
	parse_arguments(options, argc, argv);

	/* A list is of all subtests, whatever is to run. */
	if (options->mode == IGT_MODE_LIST || options->mode == IGT_MODE_TESTLIST)
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

// SPDX-License-Identifier: MIT
/* What runs, and what came out of it. */
#include <ctype.h>
#include <sys/wait.h>

#include "internal.h"

#define MAX_GROUPS	 8
#define DESCRIPTION_SIZE 512

sigjmp_buf __igt_subtest_jump;
sigjmp_buf __igt_dynamic_jump;

/* What becomes of the subtests that come next. */
enum outlook { OUTLOOK_RUN, OUTLOOK_SKIP, OUTLOOK_FAIL };

/* A subtest or dynamic subtest that runs. */
struct block {
	bool active;
	char name[IGT_NAME_SIZE];
	struct timespec start;
};

static struct {
	struct igt_options options;
	bool has_subtests;
	bool found; /* a subtest has a name that was asked for */
	bool in_fixture;
	enum outlook outlook;

	struct block subtest;
	bool container; /* the subtest has dynamic ones */
	int dynamic_results; /* of the container, without skips */
	bool dynamic_failed;
	struct block dynamic;

	bool any_result, any_success, any_failure;
	int exit_code; /* of the first failure */
	struct timespec start;
	bool may_exit;

	char description[DESCRIPTION_SIZE]; /* of what comes next */
	int group_count;
	struct {
		enum outlook outlook; /* to go back to */
		char description[DESCRIPTION_SIZE];
	} groups[MAX_GROUPS];
} test;

void igt_misuse(const char *what)
{
	fprintf(stderr, "%s: wrong use of igt.h: %s\n", program_invocation_short_name, what);
	abort();
}

static struct block *innermost_block(void)
{
	return test.dynamic.active ? &test.dynamic : &test.subtest;
}

/* Where a result makes sense. */
static bool may_end(void)
{
	return !test.has_subtests || test.in_fixture || test.subtest.active;
}

bool igt_core_may_fork(void)
{
	return !test.has_subtests || test.subtest.active;
}

bool igt_core_may_exit(void)
{
	return test.may_exit || igt_process_is_child();
}

bool igt_only_list_subtests(void)
{
	return test.options.mode != IGT_MODE_RUN;
}

void __igt_init(int argc, char **argv, bool has_subtests)
{
	test.has_subtests = has_subtests;
	igt_options_parse(&test.options, argc, argv, has_subtests);
	igt_output_init(igt_only_list_subtests(), test.options.log_level);
	igt_signal_init();
	if (!igt_only_list_subtests()) {
		igt_kernel_prepare(test.options.trace_on_oops);
		igt_hook_notify(IGT_HOOK_PRE_TEST, "", "", "");
	}
	igt_nsec_elapsed(&test.start);
	errno = 0;
}

/* ---- blocks ---- */

bool __igt_fixture_begin(void)
{
	if (!test.has_subtests)
		igt_misuse("igt_fixture() in igt_simple_main()");
	if (may_end())
		igt_misuse("igt_fixture() inside a fixture or a subtest");
	if (igt_only_list_subtests() || test.outlook != OUTLOOK_RUN)
		return false;

	test.in_fixture = true;
	return true;
}

void __igt_fixture_end(void)
{
	test.in_fixture = false;
	siglongjmp(__igt_subtest_jump, 1);
}

__igt_printf(2, 0) static void format_name(char name[IGT_NAME_SIZE], const char *format,
					   va_list args)
{
	int length = vsnprintf(name, IGT_NAME_SIZE, format, args);

	if (length <= 0 || length >= IGT_NAME_SIZE)
		igt_misuse("a subtest's name is empty or too long");
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '-' && *c != '_')
			igt_misuse("a subtest's name has characters other than A-Za-z0-9_-");
}

/* An event of the subtest that runs, or of its dynamic subtest. */
static void notify_hooks(enum igt_hook_event event, const char *result)
{
	igt_hook_notify(event, test.subtest.name, test.dynamic.active ? test.dynamic.name : "",
			result);
}

static void begin_block(struct block *block, enum igt_part part)
{
	igt_output_start(part, block->name);
	igt_output_reset_log();
	block->active = true;
	block->start = (struct timespec){};
	igt_nsec_elapsed(&block->start);
	notify_hooks(part == IGT_PART_DYNAMIC ? IGT_HOOK_PRE_DYN_SUBTEST : IGT_HOOK_PRE_SUBTEST,
		     "");
	errno = 0;
}

static void print_subtest_description(const char *file, int line)
{
	bool described = false;

	printf("SUB %s %s:%d:\n", test.subtest.name, file, line);
	for (int i = 0; i <= test.group_count; i++) {
		const char *text =
			i < test.group_count ? test.groups[i].description : test.description;

		if (!*text)
			continue;
		described = true;
		igt_output_wrapped("  ", text);
		putchar('\n');
	}
	if (!described)
		printf("  NO DOCUMENTATION!\n\n");
}

static void enumerate_subtest(const char *file, int line)
{
	if (test.options.mode == IGT_MODE_DESCRIBE)
		print_subtest_description(file, line);
	else if (test.options.mode == IGT_MODE_TESTLIST)
		printf("igt@%s@%s\n", program_invocation_short_name, test.subtest.name);
	else
		puts(test.subtest.name);
}

bool __igt_subtest_begin(bool container, const char *file, int line, const char *format, ...)
{
	va_list args;
	bool wanted;

	if (may_end())
		igt_misuse("igt_subtest() outside of igt_main(), or inside a fixture or a subtest");

	va_start(args, format);
	format_name(test.subtest.name, format, args);
	va_end(args);

	wanted =
		!test.options.subtest || igt_options_match(test.options.subtest, test.subtest.name);
	test.found |= wanted;
	if (wanted && igt_only_list_subtests())
		enumerate_subtest(file, line);
	*test.description = '\0';
	if (!wanted || igt_only_list_subtests())
		return false;

	if (test.outlook != OUTLOOK_RUN) {
		igt_output_result(IGT_PART_SUBTEST, test.subtest.name,
				  test.outlook == OUTLOOK_SKIP ? "SKIP" : "FAIL", 0);
		return false;
	}

	test.container = container;
	test.dynamic_results = 0;
	test.dynamic_failed = false;
	begin_block(&test.subtest, IGT_PART_SUBTEST);
	return true;
}

bool __igt_dynamic_begin(const char *format, ...)
{
	va_list args;

	if (!test.subtest.active || !test.container || test.dynamic.active)
		igt_misuse("igt_dynamic() outside of igt_subtest_with_dynamic()");

	va_start(args, format);
	format_name(test.dynamic.name, format, args);
	va_end(args);

	if (test.options.dynamic && !igt_options_match(test.options.dynamic, test.dynamic.name))
		return false;

	begin_block(&test.dynamic, IGT_PART_DYNAMIC);
	return true;
}

bool __igt_group_begin(void)
{
	if (!test.has_subtests || may_end())
		igt_misuse("igt_subtest_group() outside of igt_main(), or inside a block");
	if (test.group_count == MAX_GROUPS)
		igt_misuse("igt_subtest_group() nested too deeply");

	test.groups[test.group_count].outlook = test.outlook;
	strcpy(test.groups[test.group_count].description, test.description);
	*test.description = '\0';
	test.group_count++;
	return true;
}

bool __igt_group_end(void)
{
	test.outlook = test.groups[--test.group_count].outlook;
	return false;
}

void igt_describe_f(const char *format, ...)
{
	va_list args;
	int length;

	if (may_end())
		igt_misuse("igt_describe() inside of what it describes");

	va_start(args, format);
	length = vsnprintf(test.description, DESCRIPTION_SIZE, format, args);
	va_end(args);
	if (length >= DESCRIPTION_SIZE)
		igt_misuse("a description is too long");
}

/* ---- results ---- */

__igt_noreturn static void end_block(const char *result)
{
	struct block *block = innermost_block();
	bool dynamic = block == &test.dynamic;

	notify_hooks(dynamic ? IGT_HOOK_POST_DYN_SUBTEST : IGT_HOOK_POST_SUBTEST, result);
	igt_output_result(dynamic ? IGT_PART_DYNAMIC : IGT_PART_SUBTEST, block->name, result,
			  igt_nsec_elapsed(&block->start) * 1e-9);
	igt_output_kmsg("finished subtest %s, %s", block->name, result);
	igt_output_reset_log();
	igt_process_kill_children();
	block->active = false;
	siglongjmp(dynamic ? __igt_dynamic_jump : __igt_subtest_jump, 1);
}

static void note_failure(int exit_code)
{
	if (!test.any_failure)
		test.exit_code = exit_code;
	test.any_failure = true;
	test.any_result = true;
}

static void end_container(void)
{
	if (test.dynamic_failed)
		igt_fail(IGT_EXIT_FAILURE);
	if (!test.dynamic_results)
		igt_skip("No dynamic tests executed.\n");
}

void igt_success(void)
{
	if (igt_process_is_child())
		exit(IGT_EXIT_SUCCESS);

	if (test.dynamic.active) {
		test.dynamic_results++;
		end_block("SUCCESS");
	}
	if (test.subtest.active && test.container)
		end_container();
	test.any_success = true;
	test.any_result = true;
	if (test.subtest.active)
		end_block("SUCCESS");
}

static void dump_log(void)
{
	if (test.dynamic.active)
		igt_output_dump_log("Dynamic subtest", test.dynamic.name);
	else if (test.subtest.active && !test.container)
		igt_output_dump_log("Subtest", test.subtest.name);
	else if (!test.subtest.active)
		igt_output_dump_log("Test", program_invocation_short_name);
	/* else: the dynamic subtests of this one have said what there is to say */
}

void igt_fail(int exit_code)
{
	if (exit_code == IGT_EXIT_SUCCESS || exit_code == IGT_EXIT_SKIP)
		igt_misuse("igt_fail() with an exit code that is no failure");
	if (igt_signal_exiting())
		_exit(IGT_EXIT_FAILURE);
	if (!may_end())
		igt_misuse("a failure outside of a fixture and a subtest");
	if (test.subtest.active && test.container && !test.dynamic.active && !test.dynamic_failed)
		igt_misuse("a failure in igt_subtest_with_dynamic() outside of igt_dynamic()");

	dump_log();
	if (igt_process_is_child())
		exit(exit_code);

	if (test.dynamic.active)
		test.dynamic_failed = true;
	else
		note_failure(exit_code);
	if (test.subtest.active)
		end_block("FAIL");
	if (test.in_fixture) {
		test.outlook = OUTLOOK_FAIL;
		__igt_fixture_end();
	}
	igt_exit();
}

void igt_skip(const char *format, ...)
{
	va_list args;

	if (igt_process_is_child())
		igt_misuse("a skip in a child of igt_fork()");
	if (!may_end())
		igt_misuse("a skip outside of a fixture and a subtest");

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	test.any_result = true;
	if (test.subtest.active && !test.dynamic.active && test.dynamic_failed)
		igt_fail(IGT_EXIT_FAILURE);
	if (test.subtest.active)
		end_block("SKIP");
	if (test.in_fixture) {
		test.outlook = OUTLOOK_SKIP;
		__igt_fixture_end();
	}
	test.exit_code = IGT_EXIT_SKIP;
	igt_exit();
}

void igt_core_crashed(int sig)
{
	/* A child ends by its signal: its parent reports that. */
	if (igt_process_is_child())
		return;

	note_failure(128 + sig);
	test.dynamic_failed = true;
	if (test.subtest.active)
		end_block("CRASH");
}

void igt_core_abort(void)
{
	dump_log();
	test.may_exit = true;
	exit(IGT_EXIT_ABORT);
}

static const char *test_result(void)
{
	if (test.exit_code == IGT_EXIT_SUCCESS)
		return "SUCCESS";
	if (test.exit_code == IGT_EXIT_SKIP)
		return "SKIP";
	return "FAIL";
}

void igt_exit(void)
{
	test.may_exit = true;
	if (test.options.subtest && !test.found) {
		__igt_log(IGT_LOG_CRITICAL, "Unknown subtest: %s\n", test.options.subtest);
		exit(IGT_EXIT_INVALID);
	}
	if (igt_only_list_subtests())
		exit(IGT_EXIT_SUCCESS);
	if (test.has_subtests && !test.any_result)
		igt_misuse("a program without subtests; should be igt_simple_main()");
	if (test.has_subtests && !test.any_failure && !test.any_success)
		test.exit_code = IGT_EXIT_SKIP;

	igt_process_kill_children();
	if (waitpid(-1, NULL, WNOHANG) >= 0)
		igt_misuse("a child process is left behind");
	igt_output_kmsg("exiting, ret=%d", test.exit_code);
	if (!test.has_subtests)
		printf("%s (%.3fs)\n", test_result(), igt_nsec_elapsed(&test.start) * 1e-9);
	igt_hook_notify(IGT_HOOK_POST_TEST, "", "", test_result());
	exit(test.exit_code);
}

/* SPDX-License-Identifier: MIT */
/*
 * A test harness that is source compatible with igt-gpu-tools 2.5, as far as this file goes.
 *
 * A test includes "igt.h" and compiles unchanged inside an igt-gpu-tools checkout; igt_runner runs
 * it. Names that start with two underscores serve the macros only.
 *
 *	IGT_TEST_DESCRIPTION("What the whole program is about.");
 *
 *	int igt_main()
 *	{
 *		int fd = -1;
 *
 *		igt_fixture()
 *			fd = open_device();
 *
 *		igt_describe("Why this subtest exists.");
 *		igt_subtest("first")
 *			igt_assert_eq(ask_device(fd), 0);
 *	}
 *
 * Subtests, fixtures and dynamic subtests are left by a jump: a local variable that changes inside
 * such a block and is read outside of it must live in a fixture, be static, or be volatile. Never
 * return from igt_main().
 */
#ifndef IGT_H
#define IGT_H

/* What igt.h includes upstream, so that a test that builds here builds there. */
#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define __igt_printf(text, first) __attribute__((format(printf, text, first)))
#define __igt_noreturn		  __attribute__((noreturn))

#define __igt_paste_expanded(a, b) a##b
#define __igt_paste(a, b)	   __igt_paste_expanded(a, b)
#define __igt_unique(name)	   __igt_paste(name, __LINE__)

/* ---- exit codes of a test program ---- */

#define IGT_EXIT_SUCCESS 0
#define IGT_EXIT_SKIP	 77
#define IGT_EXIT_INVALID 79 /* an invalid option, or no such subtest */
#define IGT_EXIT_FAILURE 98
#define IGT_EXIT_ABORT	 112 /* going on testing makes no sense */

/* ---- the program ---- */

/* The text of --help-description; at file scope, at most once. */
#define IGT_TEST_DESCRIPTION(text) const char *__igt_test_description = text
extern const char *__igt_test_description __attribute__((weak));

void __igt_init(int argc, char **argv, bool has_subtests);

/* Results are complete: leaves with the exit code that they give. igt_main() does it at its end. */
__igt_noreturn void igt_exit(void);

/*
 * The word int in front of igt_main() declares main(); the block behind it becomes a function of
 * its own.
 */
#define __igt_define_main(has_subtests)               \
	main(int argc, char **argv);                  \
	static void __igt_body(void);                 \
	int main(int argc, char **argv)               \
	{                                             \
		__igt_init(argc, argv, has_subtests); \
		__igt_body();                         \
		igt_exit();                           \
	}                                             \
	static void __igt_body(void)

/*
 * A program with subtests: int igt_main() { ... }. Outside of fixtures and subtests it only
 * enumerates.
 */
#define igt_main() __igt_define_main(true)

/* A program that is one test: int igt_simple_main() { ... }. */
#define igt_simple_main() __igt_define_main(false)

/* ---- fixtures, subtests, groups ---- */

extern sigjmp_buf __igt_subtest_jump;
extern sigjmp_buf __igt_dynamic_jump;

bool __igt_fixture_begin(void);
__igt_noreturn void __igt_fixture_end(void);
__igt_printf(4, 5) bool __igt_subtest_begin(bool container, const char *file, int line,
					    const char *format, ...);
__igt_printf(1, 2) bool __igt_dynamic_begin(const char *format, ...);
bool __igt_group_begin(void);
bool __igt_group_end(void);

/*
 * Runs a block once, where begin says so; done, a skip and a failure all jump back to the
 * condition, which ends the loop.
 */
#define __igt_block(begin, jump, done) for (; (begin) && sigsetjmp(jump, 1) == 0; done)

/*
 * Set-up or clean-up around subtests. Does not run when subtests are only listed, nor after a
 * fixture that skipped or failed: then the subtests up to the end of the group, or of the program,
 * get that result without running.
 */
#define igt_fixture() __igt_block(__igt_fixture_begin(), __igt_subtest_jump, __igt_fixture_end())

/* A subtest; names are [A-Za-z0-9_-], at most 127 characters. */
#define igt_subtest_f(...)                                                       \
	__igt_block(__igt_subtest_begin(false, __FILE__, __LINE__, __VA_ARGS__), \
		    __igt_subtest_jump, igt_success())
#define igt_subtest(name) igt_subtest_f("%s", name)

/*
 * A subtest whose parts are only known while it runs. It fails if one of its dynamic subtests does,
 * and skips if none succeeds or fails. It may skip, but not fail, outside of them.
 */
#define igt_subtest_with_dynamic_f(...)                                         \
	__igt_block(__igt_subtest_begin(true, __FILE__, __LINE__, __VA_ARGS__), \
		    __igt_subtest_jump, igt_success())
#define igt_subtest_with_dynamic(name) igt_subtest_with_dynamic_f("%s", name)

#define igt_dynamic_f(...) \
	__igt_block(__igt_dynamic_begin(__VA_ARGS__), __igt_dynamic_jump, igt_success())
#define igt_dynamic(name) igt_dynamic_f("%s", name)

/* Subtests that share fixtures: a skip or failure of a fixture in the group ends with the group. */
#define igt_subtest_group()                                                                   \
	for (bool __igt_unique(__igt_group) = __igt_group_begin(); __igt_unique(__igt_group); \
	     __igt_unique(__igt_group) = __igt_group_end())

/* Describes the subtest or group that follows, for --describe: its intent. */
__igt_printf(1, 2) void igt_describe_f(const char *format, ...);
#define igt_describe(text) igt_describe_f("%s", text)

/* True while subtests are only listed or described: open no device. */
bool igt_only_list_subtests(void);

/* ---- results ---- */

/*
 * Each ends the dynamic subtest, the subtest, the fixture or the simple program that it is called
 * in.
 */
void igt_success(void);
__igt_noreturn __igt_printf(1, 2) void igt_skip(const char *format, ...);
__igt_noreturn void igt_fail(int exit_code);

__igt_noreturn __igt_printf(5, 6) void __igt_skip_check(const char *file, int line,
							const char *function, const char *check,
							const char *format, ...);
__igt_noreturn __igt_printf(5, 6) void __igt_fail_assert(const char *file, int line,
							 const char *function,
							 const char *assertion, const char *format,
							 ...);
__igt_noreturn __igt_printf(5, 6) void __igt_abort(const char *file, int line, const char *function,
						   const char *expression, const char *format, ...);

/* A requirement that is not met skips; the text of the _f variants ends with a newline. */
#define __igt_require(met, text, ...)                                                      \
	do {                                                                               \
		if (!(met))                                                                \
			__igt_skip_check(__FILE__, __LINE__, __func__, text, __VA_ARGS__); \
		igt_debug("Test requirement passed: %s\n", text);                          \
	} while (0)
#define igt_require(expression)	       __igt_require(expression, #expression, NULL)
#define igt_require_f(expression, ...) __igt_require(expression, #expression, __VA_ARGS__)
#define igt_skip_on(expression)	       __igt_require(!(expression), "!(" #expression ")", NULL)
#define igt_skip_on_f(expression, ...) \
	__igt_require(!(expression), "!(" #expression ")", __VA_ARGS__)

/* An assertion that does not hold fails; the text of the _f variants ends with a newline. */
#define __igt_assert(holds, text, ...)                                                      \
	do {                                                                                \
		if (!(holds))                                                               \
			__igt_fail_assert(__FILE__, __LINE__, __func__, text, __VA_ARGS__); \
	} while (0)
#define igt_assert(expression)	       __igt_assert(expression, #expression, NULL)
#define igt_assert_f(expression, ...)  __igt_assert(expression, #expression, __VA_ARGS__)
#define igt_fail_on(expression)	       igt_assert(!(expression))
#define igt_fail_on_f(expression, ...) igt_assert_f(!(expression), __VA_ARGS__)

#define igt_assert_fd(fd) __igt_assert((fd) >= 0, #fd " >= 0", "file descriptor " #fd " failed\n")

#define __igt_compare(type, format, a, op, negated, b)                                         \
	do {                                                                                   \
		type __igt_a = (a), __igt_b = (b);                                             \
		__igt_assert(__igt_a op __igt_b, #a " " #op " " #b,                            \
			     "error: " format " " #negated " " format "\n", __igt_a, __igt_b); \
	} while (0)
#define __igt_compare_int(a, op, negated, b) __igt_compare(int, "%d", a, op, negated, b)
#define __igt_compare_u32(a, op, negated, b) __igt_compare(unsigned int, "%#x", a, op, negated, b)
#define __igt_compare_s64(a, op, negated, b) __igt_compare(long long, "%lld", a, op, negated, b)
#define __igt_compare_u64(a, op, negated, b) \
	__igt_compare(unsigned long long, "%#llx", a, op, negated, b)

#define igt_assert_eq(a, b)	 __igt_compare_int(a, ==, !=, b)
#define igt_assert_eq_u32(a, b)	 __igt_compare_u32(a, ==, !=, b)
#define igt_assert_eq_s64(a, b)	 __igt_compare_s64(a, ==, !=, b)
#define igt_assert_eq_u64(a, b)	 __igt_compare_u64(a, ==, !=, b)
#define igt_assert_neq(a, b)	 __igt_compare_int(a, !=, ==, b)
#define igt_assert_neq_u32(a, b) __igt_compare_u32(a, !=, ==, b)
#define igt_assert_neq_u64(a, b) __igt_compare_u64(a, !=, ==, b)
#define igt_assert_lt(a, b)	 __igt_compare_int(a, <, >=, b)
#define igt_assert_lt_u32(a, b)	 __igt_compare_u32(a, <, >=, b)
#define igt_assert_lt_s64(a, b)	 __igt_compare_s64(a, <, >=, b)
#define igt_assert_lt_u64(a, b)	 __igt_compare_u64(a, <, >=, b)
#define igt_assert_lte(a, b)	 __igt_compare_int(a, <=, >, b)
#define igt_assert_lte_u32(a, b) __igt_compare_u32(a, <=, >, b)
#define igt_assert_lte_s64(a, b) __igt_compare_s64(a, <=, >, b)
#define igt_assert_lte_u64(a, b) __igt_compare_u64(a, <=, >, b)

/* The machine is in no state for more tests: leaves the program with IGT_EXIT_ABORT. */
#define igt_abort_on_f(expression, ...)                                                      \
	do {                                                                                 \
		if (expression)                                                              \
			__igt_abort(__FILE__, __LINE__, __func__, #expression, __VA_ARGS__); \
	} while (0)

/* ---- messages ---- */

enum igt_log_level {
	IGT_LOG_DEBUG,
	IGT_LOG_INFO,
	IGT_LOG_WARN,
	IGT_LOG_CRITICAL,
	IGT_LOG_NONE,
};

__igt_printf(2, 3) void __igt_log(enum igt_log_level level, const char *format, ...);

/*
 * Shown on failure, or with --debug; to stdout; to stderr, where a pass becomes a warn.
 * IGT_LOG_LEVEL of the environment says which are shown: debug, info (the default), warn, critical
 * or none.
 */
#define igt_debug(...) __igt_log(IGT_LOG_DEBUG, __VA_ARGS__)
#define igt_info(...)  __igt_log(IGT_LOG_INFO, __VA_ARGS__)
#define igt_warn(...)  __igt_log(IGT_LOG_WARN, __VA_ARGS__)

/* ---- processes, signals, time ---- */

bool __igt_fork(void);

/*
 * Runs the block in count child processes (at most 64 at a time) of a subtest; index is 0 to
 * count - 1. A child must not skip, and runs no exit handler of its parent. Children that are still
 * there when the subtest ends are killed.
 */
#define igt_fork(index, count)                        \
	for (int index = 0; index < (count); index++) \
		for (; __igt_fork(); exit(IGT_EXIT_SUCCESS))

/*
 * Waits for all children. The first one that fails has the others killed, and its exit code fails
 * the subtest.
 */
void igt_waitchildren(void);

/*
 * The function runs once, last installed first, when the program exits or is killed by a signal
 * (its number, else 0, is the argument). At most 10; installing one again changes nothing.
 */
typedef void (*igt_exit_handler_t)(int sig);
void igt_install_exit_handler(igt_exit_handler_t handler);

/*
 * Fails what runs then, unless reset, after so many seconds; operation says in the output what
 * timed out, or is NULL.
 */
void igt_set_timeout(unsigned int seconds, const char *operation);
void igt_reset_timeout(void);

/* Nanoseconds since *start. A zeroed *start is set to now, and gives 0. */
uint64_t igt_nsec_elapsed(struct timespec *start);

/* The same in seconds of 2^30 ns. */
static inline uint32_t igt_seconds_elapsed(struct timespec *start)
{
	return igt_nsec_elapsed(start) >> 30;
}

/* Repeats a block for so many seconds, and at least once. */
#define igt_until_timeout(seconds)                           \
	for (struct timespec __igt_unique(__igt_start) = {}; \
	     igt_seconds_elapsed(&__igt_unique(__igt_start)) < (seconds);)

#endif

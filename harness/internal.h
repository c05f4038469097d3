/* SPDX-License-Identifier: MIT */
/* What the harness's own files say to each other. */
#ifndef IGT_INTERNAL_H
#define IGT_INTERNAL_H

#include "igt.h"

#define IGT_NAME_SIZE 128

/* ---- core.c: what runs, and what came out of it ---- */

/* A mistake in the test's source, not in what it tests: says so and aborts. */
__igt_noreturn void igt_misuse(const char *what);

/* A signal like SIGSEGV came. Inside a subtest this is a result, and the call does not return. */
void igt_core_crashed(int sig);

/* Leaves the program with IGT_EXIT_ABORT. */
__igt_noreturn void igt_core_abort(void);

/* True inside a subtest, or anywhere in a program without subtests. */
bool igt_core_may_fork(void);

/* False: somebody called exit() behind the harness's back. */
bool igt_core_may_exit(void);

/* ---- options.c: the command line, and the enumeration that it may ask for ---- */

enum igt_mode {
	IGT_MODE_RUN,
	IGT_MODE_LIST, /* names of subtests */
	IGT_MODE_TESTLIST, /* their full names, as in a file for igt_runner --test-list */
	IGT_MODE_DESCRIBE,
};

struct igt_options {
	enum igt_mode mode;
	const char *subtest; /* globs, or NULL: all */
	const char *dynamic; /* globs, or NULL: all */
	enum igt_log_level log_level;
	bool trace_on_oops;
};

/* Fills options; leaves the program on a wrong option and on --help and the like. */
void igt_options_parse(struct igt_options *options, int argc, char **argv, bool has_subtests);

/*
 * Globs are separated by commas; the last one that matches decides, a leading ! turns it into a no.
 */
bool igt_options_match(const char *globs, const char *name);

/* ---- output.c: everything that is printed ---- */

enum igt_part { IGT_PART_SUBTEST, IGT_PART_DYNAMIC };

/*
 * quiet: only listing, so that nothing but the list may be printed. Messages below the level are
 * not printed.
 */
void igt_output_init(bool quiet, enum igt_log_level level);
void igt_output_print_version(void);
void igt_output_start(enum igt_part part, const char *name);
void igt_output_result(enum igt_part part, const char *name, const char *result, double seconds);

/*
 * A line in the kernel log, at level 6 (info): a more urgent one would make a dmesg-warn of a pass.
 */
__igt_printf(1, 2) void igt_output_kmsg(const char *format, ...);

__igt_printf(2, 0) void igt_output_vlog(enum igt_log_level level, const char *format, va_list args);

/*
 * The log since the last reset, debug messages included, to stderr; then resets. what: "Subtest
 * NAME" and the like.
 */
void igt_output_dump_log(const char *what, const char *name);
void igt_output_reset_log(void);

/* Breaks the text into lines of at most 80 columns, each with the indent in front. */
void igt_output_wrapped(const char *indent, const char *text);

/* ---- hook.c: shell commands of --hook ---- */

enum igt_hook_event {
	IGT_HOOK_PRE_TEST,
	IGT_HOOK_PRE_SUBTEST,
	IGT_HOOK_PRE_DYN_SUBTEST,
	IGT_HOOK_POST_DYN_SUBTEST,
	IGT_HOOK_POST_SUBTEST,
	IGT_HOOK_POST_TEST,
	IGT_HOOK_POST_KMOD_UNBIND, /* only IGT's functions for modules have it */
};

/* Adds [EVENT[,EVENT]...:]COMMAND; keeps the pointer. What is wrong with it, or NULL. */
const char *igt_hook_add(const char *descriptor);

/*
 * Runs the commands of the event. subtest and dynamic: names, or "". result: SUCCESS and so on, or
 * "" before it.
 */
void igt_hook_notify(enum igt_hook_event event, const char *subtest, const char *dynamic,
		     const char *result);
void igt_hook_print_help(void);

/* ---- kernel.c: how the kernel treats the program ---- */

void igt_kernel_prepare(bool trace_on_oops);

/* ---- process.c: children ---- */

bool igt_process_is_child(void);
void igt_process_kill_children(void);

/* ---- signal.c: how a process ends ---- */

void igt_signal_init(void);

/* A child has its parent's signal handlers, but not its exit handlers. */
void igt_signal_forget_exit_handlers(void);

/* True while exit handlers run: a result can no longer be reported. */
bool igt_signal_exiting(void);

#endif

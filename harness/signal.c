// SPDX-License-Identifier: MIT
/* How a process ends: exit handlers and fatal signals. */
#include "internal.h"

#define MAX_EXIT_HANDLERS 10

static igt_exit_handler_t exit_handlers[MAX_EXIT_HANDLERS];
static size_t exit_handler_count;
static bool exiting;

static const struct {
	int number;
	const char *notice; /* NULL: a polite request to end, nothing to say */
	bool crash;
} fatal_signals[] = {
	{ .number = SIGINT },
	{ .number = SIGHUP },
	{ .number = SIGPIPE },
	{ .number = SIGTERM },
	{ .number = SIGQUIT, .notice = "Received signal SIGQUIT.\n" }, /* a timeout of igt_runner */
	{ .number = SIGABRT, .notice = "Received signal SIGABRT.\n" },
	{ .number = SIGSEGV, .notice = "Received signal SIGSEGV.\n", .crash = true },
	{ .number = SIGBUS, .notice = "Received signal SIGBUS.\n", .crash = true },
	{ .number = SIGFPE, .notice = "Received signal SIGFPE.\n", .crash = true },
};

static void restore_signals(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(fatal_signals); i++)
		signal(fatal_signals[i].number, SIG_DFL);
}

/* Leaves nothing behind. */
static void clean_up(int sig)
{
	exiting = true;
	igt_process_kill_children();
	while (exit_handler_count)
		exit_handlers[--exit_handler_count](sig);
}

static void on_exit_call(void)
{
	restore_signals();
	clean_up(0);
	if (!igt_core_may_exit())
		igt_misuse("exit() called inside the test: its result would be lost");
}

/* stdio may be what crashed. */
static void write_notice(const char *notice)
{
	ssize_t written = write(STDERR_FILENO, notice, strlen(notice));

	(void)written; /* the way the process ends tells the same */
}

static void on_fatal_signal(int sig)
{
	size_t i = 0;

	while (fatal_signals[i].number != sig)
		i++;
	if (fatal_signals[i].notice)
		write_notice(fatal_signals[i].notice);
	if (fatal_signals[i].crash)
		igt_core_crashed(sig);

	/*
	 * Blocked until the handler returns; then it ends the process as it would have without a
	 * handler.
	 */
	restore_signals();
	clean_up(sig);
	raise(sig);
}

void igt_signal_init(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(fatal_signals); i++)
		signal(fatal_signals[i].number, on_fatal_signal);
	atexit(on_exit_call);
}

void igt_signal_forget_exit_handlers(void)
{
	exit_handler_count = 0;
}

bool igt_signal_exiting(void)
{
	return exiting;
}

void igt_install_exit_handler(igt_exit_handler_t handler)
{
	for (size_t i = 0; i < exit_handler_count; i++)
		if (exit_handlers[i] == handler)
			return;

	if (exit_handler_count == MAX_EXIT_HANDLERS)
		igt_misuse("too many exit handlers");
	exit_handlers[exit_handler_count++] = handler;
}

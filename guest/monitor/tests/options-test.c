// SPDX-License-Identifier: GPL-2.0-only
#include "fake-machine.h"
#include "options.h"
#include "tap.h"

static struct options options;

static void run(void *line)
{
	options_read(&options, line);
}

/* NULL: the line was read; else why not. */
static const char *read_line(const char *line)
{
	memset(&options, 0xff, sizeof(options));
	return fake_machine_run(run, (void *)line) ? NULL : fake_machine_said();
}

static void what_is_not_said_has_a_default(void)
{
	check(!read_line("/run/monitor mode=sev ram=768M"));
	check_str(options.mode, "sev");
	check_eq(options.ram, 768ul << 20);
	check(!options.strict);
	check_eq(options.fill, PLANES_FILL_POISON);
	check(!options.lazy);
}

static void the_order_does_not_matter(void)
{
	check(!read_line("fill=old  strict ram=2 mode=snp "));
	check_str(options.mode, "snp");
	check_eq(options.ram, 2ul << 20);
	check(options.strict);
	check_eq(options.fill, PLANES_FILL_OLD);
}

static void every_filling_has_its_name(void)
{
	check(!read_line("mode=tdx ram=4M fill=zero"));
	check_eq(options.fill, PLANES_FILL_ZERO);
	check(!read_line("mode=tdx ram=4M fill=poison"));
	check_eq(options.fill, PLANES_FILL_POISON);
}

static void acceptance_is_chosen(void)
{
	check(!read_line("mode=tdx accept=lazy ram=4M"));
	check(options.lazy);
	check(!read_line("mode=tdx ram=4M accept=eager"));
	check(!options.lazy);
	check_str(read_line("mode=tdx ram=4M accept=laz"),
		  "monitor: fatal: command line: accept= wants eager or lazy\n");
}

static void strict_is_a_whole_word(void)
{
	check(!read_line("mode=sev ram=4M stricter"));
	check(!options.strict);
	check(!read_line("mode=sev ram=4M unstrict"));
	check(!options.strict);
}

static void what_means_nothing_is_told(void)
{
	static const struct {
		const char *line, *said;
	} rows[] = {
		{ "", "monitor: fatal: command line: mode=NAME is missing or too long\n" },
		{ "ram=768M", "monitor: fatal: command line: mode=NAME is missing or too long\n" },
		{ "mode=0123456789abcdef ram=768M",
		  "monitor: fatal: command line: mode=NAME is missing or too long\n" },
		{ "mode=sev ram=768M fill=ze",
		  "monitor: fatal: command line: fill= wants poison, zero or old\n" },
		{ "mode=sev ram=768M fill=zeros",
		  "monitor: fatal: command line: fill= wants poison, zero or old\n" },
		{ "mode=sev ram=768M fill=",
		  "monitor: fatal: command line: fill= wants poison, zero or old\n" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *said = read_line(rows[i].line);

		check(said);
		check_str(said, rows[i].said);
	}
	/* The longest name that fits */
	check(!read_line("mode=0123456789abcde ram=768M"));
	check_str(options.mode, "0123456789abcde");
}

static void ram_has_bounds(void)
{
	static const char *const bad[] = {
		"mode=sev",	   "mode=sev ram=",	 "mode=sev ram=0",
		"mode=sev ram=3M", "mode=sev ram=1022M", "mode=sev ram=99999999999999999999M",
		"mode=sev ram=1G", "mode=sev ram=768MM", "mode=sev ram=-2",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *said = read_line(bad[i]);

		check(said);
		check_str(said, "monitor: fatal: command line: ram=N wants an even number of MiB, "
				"at most 1020\n");
	}
	check(!read_line("mode=sev ram=1020M"));
	check_eq(options.ram, 1020ul << 20);
}

static const struct tap_test tests[] = {
	{ "what is not said has a default", what_is_not_said_has_a_default },
	{ "the order does not matter", the_order_does_not_matter },
	{ "every filling has its name", every_filling_has_its_name },
	{ "acceptance is chosen", acceptance_is_chosen },
	{ "strict is a whole word", strict_is_a_whole_word },
	{ "what means nothing is told", what_means_nothing_is_told },
	{ "RAM has bounds", ram_has_bounds },
};

TAP_MAIN(tests)

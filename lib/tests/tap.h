/* SPDX-License-Identifier: MIT */
/* A table of test functions, one TAP line each. A failed check ends its test, not the program. */
#ifndef CCP_TESTS_TAP_H
#define CCP_TESTS_TAP_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct tap_test {
	const char *name;
	void (*run)(void);
};

static bool tap_failed;

/* For use in functions that return nothing. */
#define check(cond)                                                                 \
	do {                                                                        \
		if (!(cond)) {                                                      \
			printf("# %s:%d: failed: %s\n", __FILE__, __LINE__, #cond); \
			tap_failed = true;                                          \
			return;                                                     \
		}                                                                   \
	} while (0)

#define check_eq(found, expected)                                                                  \
	do {                                                                                       \
		long long found_ = (long long)(found), expected_ = (long long)(expected);          \
                                                                                                   \
		if (found_ != expected_) {                                                         \
			printf("# %s:%d: %s is %lld, expected %lld\n", __FILE__, __LINE__, #found, \
			       found_, expected_);                                                 \
			tap_failed = true;                                                         \
			return;                                                                    \
		}                                                                                  \
	} while (0)

#define check_str(found, expected)                                                             \
	do {                                                                                   \
		const char *found_ = (found), *expected_ = (expected);                         \
                                                                                               \
		if (strcmp(found_, expected_)) {                                               \
			printf("# %s:%d: %s is \"%s\", expected \"%s\"\n", __FILE__, __LINE__, \
			       #found, found_, expected_);                                     \
			tap_failed = true;                                                     \
			return;                                                                \
		}                                                                              \
	} while (0)

/* The plan comes first: a crash leaves it unfulfilled. */
static int tap_run(const struct tap_test *tests, size_t count)
{
	bool any_failed = false;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..%zu\n", count);
	for (size_t i = 0; i < count; i++) {
		tap_failed = false;
		tests[i].run();
		printf("%s %zu - %s\n", tap_failed ? "not ok" : "ok", i + 1, tests[i].name);
		any_failed |= tap_failed;
	}

	return any_failed;
}

#define TAP_MAIN(tests)                                                      \
	int main(void)                                                       \
	{                                                                    \
		return tap_run((tests), sizeof(tests) / sizeof((tests)[0])); \
	}

#endif

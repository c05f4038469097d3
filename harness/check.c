// SPDX-License-Identifier: MIT
/* What a requirement or an assertion says when it does not hold. */
#include "internal.h"

void __igt_skip_check(const char *file, int line, const char *function, const char *check,
		      const char *format, ...)
{
	char reason[1024] = "", error[128] = "";
	va_list args;

	if (errno)
		snprintf(error, sizeof(error), "Last errno: %d, %s\n", errno, strerror(errno));
	if (format) {
		va_start(args, format);
		vsnprintf(reason, sizeof(reason), format, args);
		va_end(args);
	}
	igt_skip("Test requirement not met in function %s, file %s:%d:\n"
		 "Test requirement: %s\n%s%s",
		 function, file, line, check, reason, error);
}

__igt_printf(7, 0) static void explain(const char *event, const char *file, int line,
				       const char *function, const char *condition,
				       const char *expression, const char *format, va_list args)
{
	int error = errno;

	__igt_log(IGT_LOG_CRITICAL, "Test %s function %s, file %s:%d:\n", event, function, file,
		  line);
	__igt_log(IGT_LOG_CRITICAL, "%s: %s\n", condition, expression);
	if (error)
		__igt_log(IGT_LOG_CRITICAL, "Last errno: %d, %s\n", error, strerror(error));
	if (format)
		igt_output_vlog(IGT_LOG_CRITICAL, format, args);
}

void __igt_fail_assert(const char *file, int line, const char *function, const char *assertion,
		       const char *format, ...)
{
	va_list args;

	va_start(args, format);
	explain("assertion failure", file, line, function, "Failed assertion", assertion, format,
		args);
	va_end(args);
	igt_fail(IGT_EXIT_FAILURE);
}

void __igt_abort(const char *file, int line, const char *function, const char *expression,
		 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	explain("abort in", file, line, function, "abort condition", expression, format, args);
	va_end(args);
	igt_core_abort();
}

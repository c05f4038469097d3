// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdbool.h>

#include "log.h"
#include "machine.h"

static void put_string(const char *s)
{
	while (*s)
		machine_putc(*s++);
}

static void put_number(unsigned long value, unsigned int base)
{
	char digits[20];
	unsigned int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (n)
		machine_putc(digits[--n]);
}

static void put_format(const char *format, va_list args)
{
	for (const char *p = format; *p; p++) {
		bool is_long = false;

		if (*p != '%') {
			machine_putc(*p);
			continue;
		}
		if (*++p == 'l') {
			is_long = true;
			p++;
		}
		switch (*p) {
		case 's':
			put_string(va_arg(args, const char *));
			break;
		case 'u':
		case 'x':
			put_number(is_long ? va_arg(args, unsigned long)
					   : va_arg(args, unsigned int),
				   *p == 'u' ? 10 : 16);
			break;
		default:
			machine_putc(*p);
		}
	}
}

void log_line(const char *format, ...)
{
	va_list args;

	put_string("monitor: ");
	va_start(args, format);
	put_format(format, args);
	va_end(args);
	machine_putc('\n');
}

void fatal(const char *format, ...)
{
	va_list args;

	put_string("monitor: fatal: ");
	va_start(args, format);
	put_format(format, args);
	va_end(args);
	machine_putc('\n');
	machine_stop();
}

void terminated(const char *format, ...)
{
	va_list args;

	put_string("monitor: terminated: ");
	va_start(args, format);
	put_format(format, args);
	va_end(args);
	machine_putc('\n');
	machine_stop();
}

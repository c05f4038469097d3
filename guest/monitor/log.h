/* SPDX-License-Identifier: GPL-2.0-only */
/* What the monitor says: lines "monitor: ..." as machine_putc() takes them. */
#ifndef MONITOR_LOG_H
#define MONITOR_LOG_H

/* Formats: %s, %u (unsigned), %lu, %x, %lx, %%. Adds the prefix and the newline. */
__attribute__((format(printf, 1, 2))) void log_line(const char *format, ...);

/*
 * Says "monitor: fatal: ..." and ends the machine: the host side reports that line as the reason.
 */
__attribute__((format(printf, 1, 2), noreturn)) void fatal(const char *format, ...);

/* Says "monitor: terminated: ..." and ends the machine: the guest asked for it. */
__attribute__((format(printf, 1, 2), noreturn)) void terminated(const char *format, ...);

#endif

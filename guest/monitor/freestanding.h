/* SPDX-License-Identifier: GPL-2.0-only */
/* The four functions that a freestanding compiler may call, and two more for command lines. */
#ifndef MONITOR_FREESTANDING_H
#define MONITOR_FREESTANDING_H

#include <stddef.h>

void *memcpy(void *dst, const void *src, size_t size);
void *memmove(void *dst, const void *src, size_t size);
void *memset(void *dst, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Files of proc, sysfs and debugfs: what the kernel tells of a buffer and of itself, and what it is
 * told. Most are for root only.
 */
#ifndef CC_KERNELFS_H
#define CC_KERNELFS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * After an open or a write that returned err (0 or more: it worked): skips where this machine lacks
 * the file or this user may not use it, and fails for any other reason.
 */
void cc_require_file(const char *path, int err);

/* Opens a file, with O_CLOEXEC; skips as cc_require_file() does. */
int cc_open_file(const char *path, int flags);

/* Skips without /sys/kernel/debug/dma_buf/bufinfo. */
void cc_require_bufinfo(void);

struct cc_bufinfo {
	bool found;
	size_t size;
	char exporter[64];
	unsigned int devices; /* that are attached */
	char device[64]; /* the first of them, or "" */
};

/* What bufinfo has on the dma-buf with this inode number. */
struct cc_bufinfo cc_bufinfo(unsigned long ino);

/* How many dma-bufs there are, of any exporter; 0 without bufinfo. */
unsigned long cc_bufinfo_count(void);

/* How many tasks run or could, this one included (proc_loadavg(5), the fourth field). */
unsigned long cc_running(void);

/* A file's number, as /sys/kernel/debug/swiotlb/io_tlb_used has it; skips where it is missing. */
unsigned long cc_read_number(const char *path);

/* The first word of a file; skips as cc_require_file() does. */
void cc_read_word(const char *path, char *word, size_t size);

/* Writes text to a file that is there: 0 or a negative errno. */
int cc_write_file(const char *path, const char *text);

/* Skips where the kernel's command line has every mapping bounced. */
void cc_require_no_forced_bounce(void);

/* "NAME: 123 kB" of /proc/meminfo, in KiB; fails where it is missing. */
unsigned long cc_meminfo(const char *name);

#endif

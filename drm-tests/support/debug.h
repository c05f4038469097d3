/* SPDX-License-Identifier: MIT */
/*
 * What the kernel itself tells of a buffer: trace events, bufinfo, counters. For root only;
 * cc_require_*() skips where the kernel does not tell.
 */
#ifndef CC_DEBUG_H
#define CC_DEBUG_H

#include <stdbool.h>
#include <stddef.h>

/* Trace events of this process. */
struct cc_trace {
	const char *dir; /* of tracefs */
	const char *const *events; /* "dma/dma_map_sg", ...; NULL at the end */
};

/* Finds tracefs. Skips where one of the events is missing. */
void cc_require_trace(struct cc_trace *trace, const char *const *events);

/* From here to the stop, the trace holds this process's events and nothing else. */
void cc_trace_start(const struct cc_trace *trace);

/* Fails where the trace did not record, for then its silence says nothing. */
void cc_trace_stop(const struct cc_trace *trace);

/* Lines of the trace that hold both words. */
unsigned int cc_trace_count(const struct cc_trace *trace, const char *event, const char *word);

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

/* The inode number of a dma-buf. */
unsigned long cc_inode(int fd);

/* A file's number, as /sys/kernel/debug/swiotlb/io_tlb_used has it; skips where it is missing. */
unsigned long cc_read_number(const char *path);

/* Skips where the kernel's command line has every mapping bounced. */
void cc_require_no_forced_bounce(void);

/* "NAME: 123 kB" of /proc/meminfo, in KiB; fails where it is missing. */
unsigned long cc_meminfo(const char *name);

#endif

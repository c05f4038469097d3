/* SPDX-License-Identifier: MIT */
/* The kernel's trace events of this process. For root only. */
#ifndef CC_TRACE_H
#define CC_TRACE_H

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

/*
 * The lines of one event of a device, as cc_bufinfo.device has its name, that hold the word. event
 * is "dev_name" for events of swiotlb.
 */
unsigned int cc_trace_count_device(const struct cc_trace *trace, const char *event,
				   const char *device, const char *word);

#endif

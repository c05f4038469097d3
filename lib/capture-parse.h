/* SPDX-License-Identifier: MIT */
/* The parts of capture.c that need no device. */
#ifndef CCP_CAPTURE_PARSE_H
#define CCP_CAPTURE_PARSE_H

#include <sys/types.h>

#include "ccprime.h"

#define CCP_CAPTURE_MAX_SIDE 16384u
#define CCP_CAPTURE_MAX_LINE 200u

/* Where the bytes of an answer come from. */
struct ccp_capture_source {
	/* At most size bytes into data: their number, 0 at the end, or a negative errno. */
	ssize_t (*read)(void *state, void *data, size_t size);
	void *state;
};

/* [a-z0-9-]{1,63} */
bool ccp_capture_name_valid(const char *name);

/*
 * "ok WIDTH HEIGHT\n" and the pixels, or "error TEXT\n"; each side 1 to CCP_CAPTURE_MAX_SIDE.
 * Errors as ccp_capture_take(). Reads no byte past the answer, and allocates no more than twice
 * what came.
 */
int ccp_capture_parse(const struct ccp_capture_source *source, struct ccp_capture *capture);

/*
 * Looks below dir (/sys/class/virtio-ports) for the port of this name; writes its directory's name,
 * which is also the device's, to node. -ENODEV: none.
 */
int ccp_capture_find_port(const char *dir, const char *name, char node[64]);

#endif

/* SPDX-License-Identifier: MIT */
/* How a kind of monitor is reached. hostview.c does all the rest. */
#ifndef CCP_HOSTVIEW_BACKEND_H
#define CCP_HOSTVIEW_BACKEND_H

#include "ccprime.h"

struct ccp_hostview_backend {
	/*
	 * 0: the monitor is there, *state is the backend's own; -ENODEV: it is not; else another
	 * negative errno.
	 */
	int (*open)(void **state);
	void (*close)(void *state);
	/*
	 * One call; args as ccprime-hostview.h lists them. Returns 0 or a
	 * negative errno.
	 */
	int (*call)(void *state, enum ccp_hv_call number, const uint64_t args[4]);
};

extern const struct ccp_hostview_backend ccp_hostview_x86, ccp_hostview_arm64;

/* ccp_hostview_open() with this backend only. */
int ccp_hostview_open_backend(struct ccp_hostview **view,
			      const struct ccp_hostview_backend *backend);

#endif

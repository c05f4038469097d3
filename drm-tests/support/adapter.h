/* SPDX-License-Identifier: MIT */
/*
 * Importers under test, as ccprime-importer.h has them: a device node of a driver that answers the
 * calls, or a shared object that answers for a driver with calls of its own.
 */
#ifndef CC_ADAPTER_H
#define CC_ADAPTER_H

#include <glob.h>
#include <stddef.h>

#include "ccprime-importer.h"

/* An open importer. */
struct cc_adapter {
	int fd; /* -1: of a shared object */
	void *library, *file;
	int (*call)(void *file, unsigned long call, void *argument);
};

/*
 * The paths of all importers: /dev/ccprime-importer-*, or what the variable CCPRIME_IMPORTERS
 * names; skips where there is none. Undo with globfree().
 */
void cc_adapters_find(glob_t *found);

/* An importer's name for a dynamic subtest, from its path. */
void cc_adapter_name(const char *path, char *name, size_t size);

/* Opens a node, or a shared object (a path that ends in .so): 0 or a negative errno. */
int cc_adapter_open(struct cc_adapter *adapter, const char *path);
void cc_adapter_close(struct cc_adapter *adapter);

/* One of CCP_IMPORTER_*: 0 or a negative errno. */
int cc_adapter_call(const struct cc_adapter *adapter, unsigned long call, void *argument);

#endif

// SPDX-License-Identifier: MIT
#include "igt.h"

#include <ctype.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>

#include "adapter.h"
#include "fd.h"

#define NODES	 "/dev/ccprime-importer-*"
#define VARIABLE "CCPRIME_IMPORTERS"

void cc_adapters_find(glob_t *found)
{
	const char *named = getenv(VARIABLE);
	char copy[PATH_MAX], *rest = copy, *path;
	int flags = 0;

	memset(found, 0, sizeof(*found));
	snprintf(copy, sizeof(copy), "%s", named ? named : NODES);
	while ((path = strsep(&rest, ","))) {
		glob(path, flags, NULL, found);
		flags = GLOB_APPEND;
	}
	igt_require_f(found->gl_pathc, "no %s\n", named ? named : NODES);
}

/* It has letters, digits, - and _. */
void cc_adapter_name(const char *path, char *name, size_t size)
{
	size_t at = 0;

	for (const char *c = strrchr(path, '/') + 1; *c && at < size - 1; c++)
		name[at++] = isalnum((unsigned char)*c) ? *c : '-';
	name[at] = '\0';
}

static bool is_shared_object(const char *path)
{
	size_t length = strlen(path);

	return length > 3 && !strcmp(path + length - 3, ".so");
}

static int open_shared_object(struct cc_adapter *adapter, const char *path)
{
	void *(*open_file)(void);

	adapter->fd = -1;
	adapter->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	igt_assert_f(adapter->library, "%s\n", dlerror());
	*(void **)&open_file = dlsym(adapter->library, "ccp_importer_open");
	*(void **)&adapter->call = dlsym(adapter->library, "ccp_importer_call");
	igt_assert_f(open_file && adapter->call && dlsym(adapter->library, "ccp_importer_close"),
		     "%s lacks a function of ccprime-importer.h\n", path);
	adapter->file = open_file();
	return adapter->file ? 0 : -ENODEV;
}

int cc_adapter_open(struct cc_adapter *adapter, const char *path)
{
	*adapter = (struct cc_adapter){ 0 };
	if (is_shared_object(path))
		return open_shared_object(adapter, path);
	adapter->fd = open(path, O_RDWR | O_CLOEXEC);
	return adapter->fd < 0 ? -errno : 0;
}

void cc_adapter_close(struct cc_adapter *adapter)
{
	void (*close_file)(void *file);

	if (adapter->fd >= 0) {
		close(adapter->fd);
		return;
	}
	*(void **)&close_file = dlsym(adapter->library, "ccp_importer_close");
	close_file(adapter->file);
	dlclose(adapter->library);
}

int cc_adapter_call(const struct cc_adapter *adapter, unsigned long call, void *argument)
{
	if (adapter->fd >= 0)
		return cc_ioctl(adapter->fd, call, argument);
	return adapter->call(adapter->file, call, argument);
}

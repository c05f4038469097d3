// SPDX-License-Identifier: MIT
#include "igt.h"

#include <drm.h>
#include <fcntl.h>
#include <xf86drm.h>

#include "ccprime.h"
#include "importer.h"
#include "sizes.h"
#include "virtgpu.h"

#define CARDS	 64
#define VARIABLE "CCPRIME_DRIVERS"

/*
 * Whether the driver takes a page of private memory, as any driver does that takes memory of others
 * at all. DRM_CAP_PRIME says so of some that do not.
 */
static bool takes_foreign(int drm)
{
	struct ccp_buffer buffer;
	uint32_t handle;
	int err;

	/* Without that heap the tests find out. */
	if (ccp_buffer_create(&buffer, CCP_HEAP_PRIVATE, PAGE))
		return true;
	err = ccp_prime_import(drm, buffer.fd, &handle);
	if (!err)
		ccp_gem_close(drm, handle);
	ccp_buffer_destroy(&buffer);
	return !err;
}

int cc_importer_open(const char *driver)
{
	int drm = ccp_drm_open(driver);
	bool takes;

	if (drm < 0)
		return drm;
	takes = strcmp(driver, "virtio_gpu") ? takes_foreign(drm) : !cc_virtgpu_refusal(drm);
	if (takes)
		return drm;
	close(drm);
	return -EOPNOTSUPP;
}

/* Whether a list of words with commas between them has this one. */
static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (!strncmp(at, word, length) && (!at[length] || at[length] == ','))
			return true;
	}
	return false;
}

static bool is_known(const struct cc_importers *found, const char *driver)
{
	for (unsigned int i = 0; i < found->count; i++)
		if (!strcmp(found->driver[i], driver))
			return true;
	return false;
}

static bool imports(int drm)
{
	uint64_t prime = 0;

	return !drmGetCap(drm, DRM_CAP_PRIME, &prime) && prime & DRM_PRIME_CAP_IMPORT;
}

static void add_driver(struct cc_importers *found, int drm)
{
	const char *wanted = getenv(VARIABLE);
	drmVersionPtr version = drmGetVersion(drm);

	if (!version)
		return;
	if (found->count < CC_IMPORTERS_MAX && imports(drm) && !is_known(found, version->name) &&
	    (!wanted || has_word(wanted, version->name)))
		snprintf(found->driver[found->count++], sizeof(found->driver[0]), "%s",
			 version->name);
	drmFreeVersion(version);
}

struct cc_importers cc_importers_find(void)
{
	struct cc_importers found = {};

	for (int i = 0; i < CARDS; i++) {
		char path[32];
		int drm;

		snprintf(path, sizeof(path), "/dev/dri/card%d", i);
		drm = open(path, O_RDWR | O_CLOEXEC);
		if (drm < 0)
			continue;
		add_driver(&found, drm);
		close(drm);
	}
	igt_require_f(found.count,
		      "no DRM device that imports, such as vgem, vkms or virtio_gpu\n");
	return found;
}

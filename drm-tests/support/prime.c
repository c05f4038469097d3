// SPDX-License-Identifier: MIT
#include "igt.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "ccprime.h"
#include "prime.h"

int cc_drm_open(const char *driver)
{
	int drm = ccp_drm_open(driver);

	igt_require_f(drm >= 0, "no %s device: %s\n", driver, strerror(-drm));
	return drm;
}

uint32_t cc_prime_import(int drm, int dmabuf)
{
	uint32_t handle = 0;
	int err = ccp_prime_import(drm, dmabuf, &handle);

	igt_assert_f(!err, "import: %s\n", strerror(-err));
	igt_assert_neq_u32(handle, 0);
	return handle;
}

int cc_prime_export(int drm, uint32_t handle)
{
	int fd = ccp_prime_export(drm, handle);

	igt_assert_f(fd >= 0, "export: %s\n", strerror(-fd));
	return fd;
}

void cc_drm_debugfs_path(int drm, const char *file, char *path, size_t size)
{
	struct stat stat;

	igt_assert_eq(fstat(drm, &stat), 0);
	snprintf(path, size, "/sys/kernel/debug/dri/%u/%s", minor(stat.st_rdev), file);
}

// SPDX-License-Identifier: MIT
#include "igt.h"

#include "ccprime.h"
#include "importer.h"
#include "virtgpu.h"

int cc_importer_open(const char *driver)
{
	int drm = ccp_drm_open(driver);

	if (drm < 0 || strcmp(driver, "virtio_gpu") || !cc_virtgpu_refusal(drm))
		return drm;
	close(drm);
	return -EOPNOTSUPP;
}

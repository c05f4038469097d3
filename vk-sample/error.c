// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "vks.h"

#define NAME(result) { result, #result }

static const struct {
	VkResult result;
	const char *name;
} names[] = {
	NAME(VK_SUCCESS),
	NAME(VK_NOT_READY),
	NAME(VK_TIMEOUT),
	NAME(VK_INCOMPLETE),
	NAME(VK_ERROR_OUT_OF_HOST_MEMORY),
	NAME(VK_ERROR_OUT_OF_DEVICE_MEMORY),
	NAME(VK_ERROR_INITIALIZATION_FAILED),
	NAME(VK_ERROR_DEVICE_LOST),
	NAME(VK_ERROR_MEMORY_MAP_FAILED),
	NAME(VK_ERROR_LAYER_NOT_PRESENT),
	NAME(VK_ERROR_EXTENSION_NOT_PRESENT),
	NAME(VK_ERROR_FEATURE_NOT_PRESENT),
	NAME(VK_ERROR_INCOMPATIBLE_DRIVER),
	NAME(VK_ERROR_TOO_MANY_OBJECTS),
	NAME(VK_ERROR_FORMAT_NOT_SUPPORTED),
	NAME(VK_ERROR_FRAGMENTED_POOL),
	NAME(VK_ERROR_UNKNOWN),
	NAME(VK_ERROR_OUT_OF_POOL_MEMORY),
	NAME(VK_ERROR_INVALID_EXTERNAL_HANDLE),
	NAME(VK_ERROR_INVALID_DRM_FORMAT_MODIFIER_PLANE_LAYOUT_EXT),
};

const char *vks_result_name(VkResult result)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].result == result)
			return names[i].name;
	return "a VkResult without a name here";
}

int vks_fail(struct vks_gpu *gpu, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(gpu->error, sizeof(gpu->error), format, args);
	va_end(args);
	return err;
}

int vks_check(struct vks_gpu *gpu, const char *call, VkResult result)
{
	if (result == VK_SUCCESS)
		return 0;
	return vks_fail(gpu, -EIO, "%s: %s", call, vks_result_name(result));
}

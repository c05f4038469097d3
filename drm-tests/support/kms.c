// SPDX-License-Identifier: MIT
#include "igt.h"

#include <drm_fourcc.h>
#include <xf86drmMode.h>

#include "fd.h"
#include "kms.h"
#include "sizes.h"

int cc_add_fb(int drm, uint32_t width, uint32_t height, uint32_t handle, uint32_t stride,
	      uint32_t offset, uint32_t *fb)
{
	uint32_t handles[4] = { handle }, strides[4] = { stride }, offsets[4] = { offset };

	return drmModeAddFB2(drm, width, height, DRM_FORMAT_XRGB8888, handles, strides, offsets, fb,
			     0);
}

void *cc_dumb_create(int drm, uint32_t width, uint32_t height, uint32_t *handle)
{
	uint64_t size, offset;
	uint32_t pitch;

	igt_assert_eq(
		drmModeCreateDumbBuffer(drm, width, height, 8 * PIXEL, 0, handle, &pitch, &size),
		0);
	igt_assert_eq_u32(pitch, width * PIXEL);
	igt_assert_eq(drmModeMapDumbBuffer(drm, *handle, &offset), 0);
	return cc_map(drm, (off_t)offset, (size_t)width * height * PIXEL, PROT_READ | PROT_WRITE);
}

uint32_t cc_find_property(int drm, uint32_t object, const char *name, uint64_t *value)
{
	drmModeObjectProperties *all = drmModeObjectGetProperties(drm, object, DRM_MODE_OBJECT_ANY);
	uint32_t found = 0;

	igt_assert(all);
	for (uint32_t i = 0; i < all->count_props && !found; i++) {
		drmModePropertyRes *property = drmModeGetProperty(drm, all->props[i]);

		igt_assert(property);
		if (!strcmp(property->name, name)) {
			found = property->prop_id;
			*value = all->prop_values[i];
		}
		drmModeFreeProperty(property);
	}
	drmModeFreeObjectProperties(all);

	return found;
}

/* SPDX-License-Identifier: MIT */
/**
 * TEST: cc virtgpu own
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: virtio-gpu's own memory, scanout
 * Test category: functionality test
 * Description: Memory that virtio-gpu allocates is private and bounced: what the host shows is the
 *	copy that the driver made last.
 *
 * SUBTEST: dumb-picture-is-shown
 * Description: The host shows a picture in a dumb buffer, and a change of it.
 *
 * SUBTEST: guest-blob-picture-is-shown
 * Description: The host shows a picture in a guest blob, which was drawn after the blob was made.
 *
 * SUBTEST: guest-blob-edit-is-shown
 * Description: The host shows what the CPU changed in a guest blob that is on the screen.
 */
#include <drm/virtgpu_drm.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "igt.h"
#include "ccprime.h"
#include "support/buffer.h"
#include "support/fd.h"
#include "support/heap.h"
#include "support/screen.h"
#include "support/sizes.h"
#include "support/virtgpu.h"

IGT_TEST_DESCRIPTION("Memory that virtio-gpu allocates is private and bounced: what the host shows "
		     "is the copy that the driver made last.");

struct screen {
	int drm;
	uint32_t width, height;
};

/* A buffer of virtio-gpu's own with a picture in it. */
struct picture {
	uint32_t handle;
	void *map;
	size_t size;
	struct ccp_pattern pattern;
	struct ccp_scanout scanout;
};

static void map_picture(struct picture *picture, int drm, uint64_t offset)
{
	picture->map = cc_map(drm, (off_t)offset, picture->size, PROT_READ | PROT_WRITE);
}

static void create_dumb(struct picture *picture, const struct screen *screen)
{
	uint32_t pitch;
	uint64_t offset;

	igt_assert_eq(drmModeCreateDumbBuffer(screen->drm, screen->width, screen->height, 32, 0,
					      &picture->handle, &pitch, &picture->size),
		      0);
	igt_assert_eq_u32(pitch, screen->width * PIXEL);
	igt_assert_eq(drmModeMapDumbBuffer(screen->drm, picture->handle, &offset), 0);
	map_picture(picture, screen->drm, offset);
}

static void create_blob(struct picture *picture, const struct screen *screen)
{
	struct drm_virtgpu_resource_create_blob blob = {
		.blob_mem = VIRTGPU_BLOB_MEM_GUEST,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE,
		.size = (uint64_t)screen->width * screen->height * PIXEL,
	};
	struct drm_virtgpu_map map = {};

	igt_require_f(cc_virtgpu_param(screen->drm, VIRTGPU_PARAM_RESOURCE_BLOB),
		      "this virtio-gpu has no blob resources (QEMU: blob=on)\n");
	igt_assert_eq(drmIoctl(screen->drm, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &blob), 0);
	picture->handle = map.handle = blob.bo_handle;
	picture->size = blob.size;
	igt_assert_eq(drmIoctl(screen->drm, DRM_IOCTL_VIRTGPU_MAP, &map), 0);
	map_picture(picture, screen->drm, map.offset);
}

static void draw(struct picture *picture)
{
	picture->pattern = cc_pattern_next();
	ccp_pattern_fill(&picture->pattern, picture->map, 0, picture->size);
}

static void show(struct picture *picture, const struct screen *screen)
{
	igt_assert_eq(ccp_scanout_create(&picture->scanout, screen->drm, picture->handle,
					 screen->width * PIXEL, 0),
		      0);
	igt_assert_eq(ccp_scanout_flush(&picture->scanout), 0);
}

static void destroy(struct picture *picture)
{
	ccp_scanout_destroy(&picture->scanout);
	munmap(picture->map, picture->size);
	igt_assert_eq(ccp_gem_close(picture->scanout.drm, picture->handle), 0);
}

static void assert_shows(const struct picture *picture, const char *name)
{
	cc_assert_shown(NULL, &picture->scanout, &picture->pattern, 0, name);
}

static void test_dumb(const struct screen *screen)
{
	struct picture picture;

	create_dumb(&picture, screen);
	draw(&picture);
	show(&picture, screen);
	assert_shows(&picture, "cc-virtgpu-own-dumb");
	draw(&picture);
	igt_assert_eq(ccp_scanout_flush(&picture.scanout), 0);
	assert_shows(&picture, "cc-virtgpu-own-dumb-edit");
	destroy(&picture);
}

static void test_blob(const struct screen *screen)
{
	struct picture picture;

	create_blob(&picture, screen);
	draw(&picture);
	show(&picture, screen);
	assert_shows(&picture, "cc-virtgpu-own-blob");
	destroy(&picture);
}

static void test_blob_edit(const struct screen *screen)
{
	struct picture picture;

	create_blob(&picture, screen);
	show(&picture, screen);
	draw(&picture);
	igt_assert_eq(ccp_scanout_flush(&picture.scanout), 0);
	assert_shows(&picture, "cc-virtgpu-own-blob-edit");
	destroy(&picture);
}

int igt_main()
{
	static struct screen screen = { .drm = -1 };

	igt_fixture() {
		int err;

		cc_require_coco();
		screen.drm = ccp_drm_open("virtio_gpu");
		igt_require_f(screen.drm >= 0, "no virtio-gpu device: %s\n", strerror(-screen.drm));
		err = ccp_scanout_size(screen.drm, &screen.width, &screen.height);
		igt_require_f(err != -ENODEV, "no connected screen\n");
		igt_assert_eq(err, 0);
	}

	igt_describe("The host shows a picture in a dumb buffer, and a change of it.");
	igt_subtest("dumb-picture-is-shown")
		test_dumb(&screen);

	igt_describe("The host shows a picture in a guest blob, which was drawn after the blob was "
		     "made.");
	igt_subtest("guest-blob-picture-is-shown")
		test_blob(&screen);

	igt_describe("The host shows what the CPU changed in a guest blob that is on the screen.");
	igt_subtest("guest-blob-edit-is-shown")
		test_blob_edit(&screen);

	igt_fixture()
		close(screen.drm);
}

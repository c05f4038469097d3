// SPDX-License-Identifier: MIT
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
#include "igt.h"

#include <xf86drm.h>

#include "ccprime.h"
#include "support/buffer.h"
#include "support/heap.h"
#include "support/kms.h"
#include "support/prime.h"
#include "support/screen.h"
#include "support/sizes.h"
#include "support/uapi.h"
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

static void create_dumb(struct picture *picture, const struct screen *screen)
{
	picture->map = cc_dumb_create(screen->drm, screen->width, screen->height, &picture->handle);
	picture->size = (size_t)screen->width * screen->height * PIXEL;
}

static void create_blob(struct picture *picture, const struct screen *screen)
{
	struct drm_virtgpu_resource_create_blob blob = {
		.blob_mem = VIRTGPU_BLOB_MEM_GUEST,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE,
		.size = (uint64_t)screen->width * screen->height * PIXEL,
	};

	cc_require_virtgpu_blob(screen->drm);
	igt_assert_eq(drmIoctl(screen->drm, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &blob), 0);
	picture->handle = blob.bo_handle;
	picture->size = blob.size;
	picture->map = cc_virtgpu_map(screen->drm, blob.bo_handle, blob.size);
}

static void draw(struct picture *picture)
{
	picture->pattern = cc_pattern_next();
	ccp_pattern_fill(&picture->pattern, picture->map, 0, picture->size);
}

static void show(struct picture *picture, const struct screen *screen)
{
	picture->scanout = cc_show(screen->drm, picture->handle, screen->width * PIXEL, 0);
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
		cc_require_coco();
		screen.drm = cc_drm_open("virtio_gpu");
		cc_require_screen(screen.drm, &screen.width, &screen.height);
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

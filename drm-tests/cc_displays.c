// SPDX-License-Identifier: MIT
/**
 * TEST: cc displays
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: scanout of PRIME imports
 * Test category: functionality test
 * Description: Pictures in heap buffers on the screens of DRM drivers that copy what they show,
 *such as bochs and cirrus. virtio_gpu, which does not, has tests of its own, and so has vkms.
 *
 * SUBTEST: shared-picture-is-shown
 * Description: A picture in a shared buffer is on the screen.
 *
 * SUBTEST: shared-edit-is-shown-after-flush
 * Description: So is an edit, once the driver is told that the picture changed.
 *
 * SUBTEST: private-picture-is-shown
 * Description: So is a picture in a private buffer: the CPU copies it.
 *
 * SUBTEST: picture-in-a-part-is-shown
 * Description: So is a picture that begins inside a buffer.
 *
 * SUBTEST: picture-outlives-its-buffer
 * Description: A picture stays on the screen when its fd and its handle are closed; its memory is
 *	free when it goes.
 */
#include "igt.h"

#include "ccprime.h"
#include "support/buffer.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/importer.h"
#include "support/prime.h"
#include "support/screen.h"
#include "support/sizes.h"

IGT_TEST_DESCRIPTION("Pictures in heap buffers on the screens of DRM drivers that copy what they "
		     "show, such as bochs and cirrus. virtio_gpu, which does not, has tests of its "
		     "own, and so has vkms.");

/* A driver's screen, which QEMU knows by the driver's name. */
struct display {
	const char *driver;
	int drm;
	uint32_t width, height;
	struct ccp_hostview *view; /* or NULL */
};

static size_t picture_size(const struct display *display)
{
	return (size_t)display->width * display->height * PIXEL;
}

static struct ccp_scanout show(const struct display *display, const struct cc_buffer *buffer,
			       uint32_t *handle, uint32_t offset)
{
	*handle = cc_prime_import(display->drm, buffer->dmabuf.fd);
	return cc_show(display->drm, *handle, display->width * PIXEL, offset);
}

static void assert_shown(const struct display *display, const struct ccp_scanout *scanout,
			 const struct cc_buffer *buffer, uint64_t offset, const char *what)
{
	char name[63];

	snprintf(name, sizeof(name), "cc-displays-%s-%s", what, display->driver);
	/* A capture's name has no other letters. */
	for (char *c = name; (c = strchr(c, '_'));)
		*c = '-';
	cc_assert_shown_on(display->view, scanout, &buffer->pattern, offset, name, display->driver);
}

static void hide(const struct display *display, struct ccp_scanout *scanout, uint32_t handle)
{
	ccp_scanout_destroy(scanout);
	igt_assert_eq(ccp_gem_close(display->drm, handle), 0);
}

static void show_from(const struct display *display, const char *heap, size_t before,
		      const char *name)
{
	struct ccp_scanout scanout;
	struct cc_buffer buffer;
	uint32_t handle;

	cc_require_heap(heap);
	cc_buffer_create(&buffer, heap, before + picture_size(display));
	scanout = show(display, &buffer, &handle, (uint32_t)before);
	assert_shown(display, &scanout, &buffer, before, name);
	hide(display, &scanout, handle);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_shared(const struct display *display)
{
	show_from(display, cc_shared_heap(), 0, "shared");
}

static void test_private(const struct display *display)
{
	show_from(display, CCP_HEAP_PRIVATE, 0, "private");
}

static void test_part(const struct display *display)
{
	show_from(display, cc_shared_heap(), 3 * PAGE + 64, "part");
}

static void test_edit(const struct display *display)
{
	struct ccp_scanout scanout;
	struct cc_buffer buffer;
	uint32_t handle;

	cc_buffer_create(&buffer, cc_shared_heap(), picture_size(display));
	scanout = show(display, &buffer, &handle, 0);
	assert_shown(display, &scanout, &buffer, 0, "before-edit");
	cc_buffer_rewrite(&buffer);
	igt_assert_eq(ccp_scanout_flush(&scanout), 0);
	assert_shown(display, &scanout, &buffer, 0, "edit");
	hide(display, &scanout, handle);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_outlives(const struct display *display)
{
	uint64_t before = cc_shared_pages_at_rest(display->view);
	struct ccp_scanout scanout;
	struct cc_buffer buffer;
	uint32_t handle;

	cc_buffer_create(&buffer, cc_shared_heap(), picture_size(display));
	scanout = show(display, &buffer, &handle, 0);
	ccp_buffer_destroy(&buffer.dmabuf);
	igt_assert_eq(ccp_gem_close(display->drm, handle), 0);
	igt_assert_eq(ccp_scanout_flush(&scanout), 0);
	assert_shown(display, &scanout, &buffer, 0, "outlives");
	ccp_scanout_destroy(&scanout);
	cc_assert_shared_pages_become(display->view, before);
}

/* Drivers whose screen is no display of QEMU's, or that have tests of their own. */
static bool is_other(const char *driver)
{
	return !strcmp(driver, "vgem") || !strcmp(driver, "vkms") || !strcmp(driver, "virtio_gpu");
}

static void with_driver(struct ccp_hostview *view, const char *driver,
			void (*test)(const struct display *))
{
	igt_dynamic_f("%s", driver) {
		struct display display = { .driver = driver, .view = view };

		display.drm = cc_importer_open(driver);
		igt_require_f(display.drm >= 0, "%s takes no imports: %s\n", driver,
			      strerror(-display.drm));
		cc_require_screen(display.drm, &display.width, &display.height);
		test(&display);
		close(display.drm);
	}
}

static void each_display(struct ccp_hostview *view, void (*test)(const struct display *))
{
	struct cc_importers importers = cc_importers_find();

	for (unsigned int i = 0; i < importers.count; i++)
		if (!is_other(importers.driver[i]))
			with_driver(view, importers.driver[i], test);
}

int igt_main()
{
	static struct ccp_hostview *view;

	igt_fixture() {
		cc_require_heap(cc_shared_heap());
		view = cc_hostview_open();
	}

	igt_describe("A picture in a shared buffer is on the screen.");
	igt_subtest_with_dynamic("shared-picture-is-shown")
		each_display(view, test_shared);

	igt_describe("So is an edit, once the driver is told that the picture changed.");
	igt_subtest_with_dynamic("shared-edit-is-shown-after-flush")
		each_display(view, test_edit);

	igt_describe("So is a picture in a private buffer: the CPU copies it.");
	igt_subtest_with_dynamic("private-picture-is-shown")
		each_display(view, test_private);

	igt_describe("So is a picture that begins inside a buffer.");
	igt_subtest_with_dynamic("picture-in-a-part-is-shown")
		each_display(view, test_part);

	igt_describe("A picture stays on the screen when its fd and its handle are closed; its "
		     "memory is free when it goes.");
	igt_subtest_with_dynamic("picture-outlives-its-buffer")
		each_display(view, test_outlives);

	igt_fixture()
		ccp_hostview_close(view);
}

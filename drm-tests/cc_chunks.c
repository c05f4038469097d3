// SPDX-License-Identifier: MIT
/**
 * TEST: cc chunks
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: system_cc_shared heap
 * Test category: functionality test
 * Description: Buffers by the number of their chunks. Memory that is fragmented gives single pages,
 *	and importers and hosts have limits for how many.
 *
 * SUBTEST: chunks-are-shared
 * Description: A buffer in as many chunks as pages is shared memory, and private again when it is
 *	freed.
 *
 * SUBTEST: picture-in-a-thousand-chunks-is-shown
 * Description: A picture is shown that ends a buffer of 250 or 1024 chunks.
 *
 * SUBTEST: picture-in-1025-chunks-is-shown
 * Description: The same with 1025 chunks: the kernel says that the picture is shown, and the
 *	screen shows it.
 *
 * SUBTEST: picture-in-16384-chunks-is-shown
 * Description: The same with 16384 chunks, the most that QEMU takes.
 *
 * SUBTEST: more-chunks-than-the-host-takes-are-refused
 * Description: The same with 16385 chunks, which QEMU refuses: an error, not a black screen.
 */
#include "igt.h"

#include "ccprime.h"
#include "support/buffer.h"
#include "support/fragment.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/pages.h"
#include "support/prime.h"
#include "support/screen.h"
#include "support/sizes.h"
#include "support/virtgpu.h"

IGT_TEST_DESCRIPTION("Buffers by the number of their chunks. Memory that is fragmented gives "
		     "single pages, and importers and hosts have limits for how many.");

/* QEMU's udmabuf, which makes one buffer of a guest's pages: module parameter list_limit */
#define UDMABUF_LIMIT 1024
/* QEMU, virtio_gpu_create_mapping_iov() */
#define QEMU_LIMIT 16384

struct screen {
	int drm;
	uint32_t width, height;
};

static size_t picture_pages(const struct screen *screen)
{
	return cc_page_align((size_t)screen->width * screen->height * PIXEL) / PAGE;
}

static void assert_chunks(struct ccp_hostview *view, const struct cc_buffer *buffer, size_t count)
{
	struct cc_pages pages;

	cc_pages_find(view, &buffer->dmabuf, &pages);
	igt_assert_eq_u64(cc_chunk_count(&pages), count);
	cc_pages_free(&pages);
}

static void test_shared(struct ccp_hostview *view)
{
	uint64_t before = cc_shared_pages(view);
	struct cc_fragments fragments;
	struct cc_buffer buffer;

	cc_fragment_memory(view, &fragments, UDMABUF_LIMIT);
	cc_buffer_create(&buffer, cc_shared_heap(), UDMABUF_LIMIT * PAGE);
	assert_chunks(view, &buffer, UDMABUF_LIMIT);
	cc_assert_more_shared(view, before, UDMABUF_LIMIT);
	cc_assert_shared_intact(view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
	cc_assert_more_shared(view, before, 0);
	cc_fragments_free(&fragments);
}

/* A buffer of so many chunks, which are pages but for few, has the picture in its last pages. */
static void test_picture(struct ccp_hostview *view, const struct screen *screen, size_t chunks)
{
	size_t least = picture_pages(screen), pages = chunks < least ? least : chunks;
	uint32_t offset = (pages - least) * PAGE, handle;
	struct cc_fragments fragments;
	struct ccp_scanout scanout;
	struct cc_buffer buffer;
	char name[32];

	cc_fragment_memory(view, &fragments, pages);
	cc_buffer_create(&buffer, cc_shared_heap(), pages * PAGE);
	assert_chunks(view, &buffer, pages);
	handle = cc_prime_import(screen->drm, buffer.dmabuf.fd);
	scanout = cc_show(screen->drm, handle, screen->width * PIXEL, offset);

	snprintf(name, sizeof(name), "cc-chunks-%zu", chunks);
	cc_assert_shown(view, &scanout, &buffer.pattern, offset, name);

	ccp_scanout_destroy(&scanout);
	igt_assert_eq(ccp_gem_close(screen->drm, handle), 0);
	ccp_buffer_destroy(&buffer.dmabuf);
	cc_fragments_free(&fragments);
}

static void test_refused(struct ccp_hostview *view, const struct screen *screen)
{
	struct cc_fragments fragments;
	struct cc_buffer buffer;
	uint32_t handle = 0;
	int err;

	cc_fragment_memory(view, &fragments, QEMU_LIMIT + 1);
	cc_buffer_create(&buffer, cc_shared_heap(), (QEMU_LIMIT + 1) * PAGE);
	assert_chunks(view, &buffer, QEMU_LIMIT + 1);
	err = ccp_prime_import(screen->drm, buffer.dmabuf.fd, &handle);
	if (!err)
		igt_assert_eq(ccp_gem_close(screen->drm, handle), 0);
	ccp_buffer_destroy(&buffer.dmabuf);
	cc_fragments_free(&fragments);
	igt_assert_f(err < 0, "the import of %d chunks returned 0\n", QEMU_LIMIT + 1);
}

/* Not in the loop: see dynamic_size() in cc_pagestate. */
static void dynamic_chunks(struct ccp_hostview *view, const struct screen *screen, size_t chunks)
{
	igt_dynamic_f("%zu", chunks)
		test_picture(view, screen, chunks);
}

static void all_chunks(struct ccp_hostview *view, const struct screen *screen, const size_t *chunks,
		       size_t count)
{
	for (size_t i = 0; i < count; i++)
		dynamic_chunks(view, screen, chunks[i]);
}

int igt_main()
{
	static const size_t few[] = { 250, UDMABUF_LIMIT };
	static struct ccp_hostview *view;
	static struct screen screen;

	igt_fixture() {
		cc_require_heap(cc_shared_heap());
		cc_require_heap(CCP_HEAP_PRIVATE);
		view = cc_hostview_open();
		cc_require_hostview(view);
	}

	igt_describe("A buffer in as many chunks as pages is shared memory, and private again when "
		     "it is freed.");
	igt_subtest("chunks-are-shared")
		test_shared(view);

	igt_subtest_group() {
		igt_fixture() {
			screen.drm = cc_virtgpu_open();
			cc_require_screen(screen.drm, &screen.width, &screen.height);
		}

		igt_describe("A picture is shown that ends a buffer of 250 or 1024 chunks.");
		igt_subtest_with_dynamic("picture-in-a-thousand-chunks-is-shown")
			all_chunks(view, &screen, few, ARRAY_SIZE(few));

		igt_describe("The same with 1025 chunks: the kernel says that the picture is "
			     "shown, and the screen shows it.");
		igt_subtest("picture-in-1025-chunks-is-shown")
			test_picture(view, &screen, UDMABUF_LIMIT + 1);

		igt_describe("The same with 16384 chunks, the most that QEMU takes.");
		igt_subtest("picture-in-16384-chunks-is-shown")
			test_picture(view, &screen, QEMU_LIMIT);

		igt_describe(
			"The same with 16385 chunks, which QEMU refuses: an error, not a black "
			"screen.");
		igt_subtest("more-chunks-than-the-host-takes-are-refused")
			test_refused(view, &screen);

		igt_fixture()
			close(screen.drm);
	}

	igt_fixture()
		ccp_hostview_close(view);
}

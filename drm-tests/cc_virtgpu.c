// SPDX-License-Identifier: MIT
/**
 * TEST: cc virtgpu
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: PRIME import into virtio-gpu, scanout
 * Test category: functionality test
 * Description: virtio-gpu as a device that reads foreign memory: what the CPU writes to a buffer is
 *	what the host shows, pixel by pixel.
 *
 * SUBTEST: shared-picture-is-shown
 * Description: The host shows a picture in a shared buffer.
 *
 * SUBTEST: shared-edit-is-shown-after-sync
 * Description: The host shows what the CPU changed in a shared buffer that is on the screen.
 *
 * SUBTEST: shared-edit-is-shown-without-sync
 * Description: The device reads a shared buffer itself, not a bounced copy of it.
 *
 * SUBTEST: shared-picture-inside-a-buffer-is-shown
 * Description: Offset and stride of a picture count, in a buffer of several chunks of each size.
 *
 * SUBTEST: private-picture-is-shown
 * Description: The host shows the copy of a private buffer that the import bounced.
 *
 * SUBTEST: private-edit-is-not-shown-without-sync
 * Description: A private buffer's copy goes stale: nobody but the CPU sees private memory.
 *
 * SUBTEST: private-edit-is-shown-after-sync
 * Description: DMA_BUF_IOCTL_SYNC brings a private buffer's copy up to date.
 *
 * SUBTEST: private-buffer-above-1m-is-eio
 * Description: A private buffer with chunks too large to bounce cannot be imported.
 *
 * SUBTEST: shared-buffer-above-1m-is-imported
 * Description: A shared buffer of any size can be imported, for it need not be bounced.
 *
 * SUBTEST: map-is-refused
 * Description: virtio-gpu does not map foreign memory as if it were its own.
 *
 * SUBTEST: import-is-a-guest-blob
 * Description: virtio-gpu says of an import that it is a blob of the guest's memory.
 *
 * SUBTEST: transfer-to-host-is-refused
 * Description: The host has the pages of an import: there is nothing to transfer.
 *
 * SUBTEST: page-flip-between-two-buffers
 * Description: The host shows the buffer that was flipped to, and what was written to it meanwhile.
 *
 * SUBTEST: two-pictures-in-one-buffer
 * Description: Framebuffers at two places of a buffer, with strides of their own, show what is
 *	there.
 *
 * SUBTEST: picture-through-vgem-is-shown
 * Description: A buffer that comes from another importer's export is the same memory on the screen.
 *
 * SUBTEST: picture-outlives-its-buffer
 * Description: The framebuffer alone keeps the memory on the screen; its end frees all of it.
 *
 * SUBTEST: vgem-edit-is-shown
 * Description: The host shows an edit of vgem's own memory, which virtio-gpu has imported, after
 *	DMA_BUF_IOCTL_SYNC.
 *
 * SUBTEST: unmapped-picture-is-shown
 * Description: The host shows a buffer that the CPU does not map any more.
 *
 * SUBTEST: two-files-show-one-buffer
 * Description: A picture stays on the screen when another file lets go of its import.
 *
 * SUBTEST: shared-edit-is-shown-with-two-importers
 * Description: DMA_BUF_IOCTL_SYNC on a shared buffer reaches the importer that shows it,
 *	whichever of two was first.
 *
 * SUBTEST: private-edit-is-shown-with-two-importers
 * Description: The same with a private buffer, of which each importer has a copy.
 *
 * SUBTEST: cursor-from-shared-is-taken
 * Description: A shared buffer can be the cursor, beside a picture that stays what it was.
 *
 * SUBTEST: picture-returns-after-dpms-off
 * Description: The host shows nothing while the screen is off, and what was written to the buffer
 *	meanwhile when it is on again.
 *
 * SUBTEST: picture-returns-after-crtc-off
 * Description: The host shows nothing while the CRTC has no mode, and what was written to the
 *	buffer meanwhile when it has one again.
 *
 * SUBTEST: formats-it-cannot-show-are-refused
 * Description: A framebuffer of a format or layout that the host does not know is an error.
 *
 * SUBTEST: framebuffer-past-the-end-is-refused
 * Description: A framebuffer that is larger than its shared buffer is an error.
 *
 * SUBTEST: rebound-driver-shows-the-buffer
 * Description: A shared buffer is left alone when a driver that had it is unbound from its device,
 *	and can be shown when it is bound again.
 *
 * SUBTEST: import-without-blob-is-refused
 * Description: A virtio-gpu without blob resources can map a shared buffer, but not use it: the
 *	import is an error, and leaves nothing behind.
 *
 * SUBTEST: import-with-3d-is-refused
 * Description: The driver of a virtio-gpu with 3D can map a shared buffer, but not use it: the
 *	import is an error, and leaves nothing behind.
 */
#include "igt.h"

#include <drm_fourcc.h>
#include <limits.h>
#include <linux/dma-buf.h>
#include <poll.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "ccprime.h"
#include "support/buffer.h"
#include "support/fd.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/kernelfs.h"
#include "support/kms.h"
#include "support/prime.h"
#include "support/screen.h"
#include "support/sizes.h"
#include "support/uapi.h"
#include "support/virtgpu.h"

IGT_TEST_DESCRIPTION("virtio-gpu as a device that reads foreign memory: what the CPU writes to a "
		     "buffer is what the host shows, pixel by pixel.");

#define CURSOR	64 /* pixels, the only size that the driver takes */
#define FLIP_MS 10000

struct gpu {
	int drm;
	struct ccp_hostview *view; /* or NULL */
	uint32_t width, height; /* of the screen */
};

/* A buffer with a picture in it, on the screen. */
struct shown {
	struct cc_buffer buffer;
	uint32_t handle;
	uint32_t offset; /* of the picture in the buffer; whole words */
	struct ccp_scanout scanout;
};

static size_t picture_size(const struct gpu *gpu)
{
	return (size_t)gpu->width * gpu->height * PIXEL;
}

/* The largest sg entry of such a picture's buffer is 64 KiB, which swiotlb can bounce. */
static void require_bounced_picture(const struct gpu *gpu)
{
	cc_require_coco();
	cc_require_heap(CCP_HEAP_PRIVATE);
	igt_require_f(picture_size(gpu) < MIB, "a picture of %ux%u has 1 MiB or more\n", gpu->width,
		      gpu->height);
}

static void show(struct shown *shown, const struct gpu *gpu, const char *heap, size_t size,
		 uint32_t stride, uint32_t offset)
{
	shown->offset = offset;
	cc_buffer_create(&shown->buffer, heap, size);
	shown->handle = cc_prime_import(gpu->drm, shown->buffer.dmabuf.fd);
	shown->scanout = cc_show(gpu->drm, shown->handle, stride, offset);
}

static void show_picture(struct shown *shown, const struct gpu *gpu, const char *heap)
{
	show(shown, gpu, heap, picture_size(gpu), gpu->width * PIXEL, 0);
}

static void hide(struct shown *shown)
{
	ccp_scanout_destroy(&shown->scanout);
	igt_assert_eq(ccp_gem_close(shown->scanout.drm, shown->handle), 0);
	ccp_buffer_destroy(&shown->buffer.dmabuf);
}

/* What the host shows is what this pattern has at the picture's place. */
static void assert_shows(const struct gpu *gpu, const struct shown *shown,
			 const struct ccp_pattern *pattern, const char *name)
{
	cc_assert_shown(gpu->view, &shown->scanout, pattern, shown->offset, name);
}

static void test_shared_picture(const struct gpu *gpu)
{
	struct shown shown;

	show_picture(&shown, gpu, cc_shared_heap());
	assert_shows(gpu, &shown, &shown.buffer.pattern, "cc-virtgpu-shared-picture");
	hide(&shown);
}

static void test_edit_with_sync(const struct gpu *gpu, const char *heap, const char *name)
{
	struct shown shown;

	show_picture(&shown, gpu, heap);
	cc_buffer_rewrite(&shown.buffer);
	igt_assert_eq(ccp_scanout_flush(&shown.scanout), 0);
	assert_shows(gpu, &shown, &shown.buffer.pattern, name);
	hide(&shown);
}

/*
 * Edits without DMA_BUF_IOCTL_SYNC. Returns the pattern of the edit; the buffer keeps that of the
 * picture.
 */
static struct ccp_pattern edit_unsynced(struct shown *shown)
{
	const struct ccp_buffer *dmabuf = &shown->buffer.dmabuf;
	struct ccp_pattern edit = cc_pattern_next();

	ccp_pattern_fill(&edit, dmabuf->map, 0, dmabuf->size);
	igt_assert_eq(ccp_scanout_flush(&shown->scanout), 0);
	return edit;
}

static void test_shared_edit_unsynced(const struct gpu *gpu)
{
	struct ccp_pattern edit;
	struct shown shown;

	cc_require_no_forced_bounce();

	show_picture(&shown, gpu, cc_shared_heap());
	edit = edit_unsynced(&shown);
	assert_shows(gpu, &shown, &edit, "cc-virtgpu-shared-edit-unsynced");
	hide(&shown);
}

static void test_shared_inside(const struct gpu *gpu)
{
	uint32_t stride = gpu->width * PIXEL + 192, offset = MIB - 5 * PAGE + 64;
	size_t size = offset + (size_t)stride * gpu->height;
	struct shown shown;

	size = cc_page_align(size);
	show(&shown, gpu, cc_shared_heap(), size, stride, offset);
	assert_shows(gpu, &shown, &shown.buffer.pattern, "cc-virtgpu-shared-inside");
	hide(&shown);
}

static void test_private_picture(const struct gpu *gpu)
{
	struct shown shown;

	require_bounced_picture(gpu);
	show_picture(&shown, gpu, CCP_HEAP_PRIVATE);
	assert_shows(gpu, &shown, &shown.buffer.pattern, "cc-virtgpu-private-picture");
	hide(&shown);
}

static void test_private_edit_unsynced(const struct gpu *gpu)
{
	struct ccp_pattern edit;
	struct shown shown;

	require_bounced_picture(gpu);
	show_picture(&shown, gpu, CCP_HEAP_PRIVATE);
	edit = edit_unsynced(&shown);
	cc_assert_cpu(&edit, shown.buffer.dmabuf.map, 0, shown.buffer.dmabuf.size, "mapping");
	assert_shows(gpu, &shown, &shown.buffer.pattern, "cc-virtgpu-private-edit-unsynced");
	hide(&shown);
}

static void test_import_error(int drm, const char *heap, size_t size, int expected)
{
	struct cc_buffer buffer;
	uint32_t handle = 0;
	int err;

	cc_buffer_create(&buffer, heap, size);
	err = ccp_prime_import(drm, buffer.dmabuf.fd, &handle);
	igt_assert_f(err == expected, "import of %zu bytes from %s: %d, expected %d\n", size, heap,
		     err, expected);
	if (!err)
		igt_assert_eq(ccp_gem_close(drm, handle), 0);
	ccp_buffer_destroy(&buffer.dmabuf);
}

/* An ioctl on the handle of an imported buffer is EINVAL. */
static void test_refused(int drm, unsigned long request, void *arg, uint32_t *arg_handle)
{
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), 16 * PAGE);
	*arg_handle = cc_prime_import(drm, buffer.dmabuf.fd);
	igt_assert_eq(cc_ioctl(drm, request, arg), -EINVAL);
	igt_assert_eq(ccp_gem_close(drm, *arg_handle), 0);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_map(int drm)
{
	struct drm_virtgpu_map arg = {};

	test_refused(drm, DRM_IOCTL_VIRTGPU_MAP, &arg, &arg.handle);
}

static void test_guest_blob(int drm)
{
	struct drm_virtgpu_resource_info info = {};
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), 16 * PAGE);
	info.bo_handle = cc_prime_import(drm, buffer.dmabuf.fd);
	igt_assert_eq(drmIoctl(drm, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info), 0);
	igt_assert_eq_u32(info.size, 16 * PAGE);
	igt_assert_f(info.blob_mem == VIRTGPU_BLOB_MEM_GUEST,
		     "blob_mem is %u, not VIRTGPU_BLOB_MEM_GUEST\n", info.blob_mem);
	igt_assert_eq(ccp_gem_close(drm, info.bo_handle), 0);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_transfer(int drm)
{
	struct drm_virtgpu_3d_transfer_to_host arg = { .box = { .w = 1, .h = 1, .d = 1 } };

	test_refused(drm, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &arg, &arg.bo_handle);
}

/* ---- several framebuffers ---- */

static void on_flipped(int drm, unsigned int frame, unsigned int seconds, unsigned int microseconds,
		       void *flipped)
{
	*(bool *)flipped = true;
}

/* Makes it the picture on the screen, without a mode set. */
static void flip_to(const struct gpu *gpu, const struct shown *shown)
{
	drmEventContext events = { .version = 2, .page_flip_handler = on_flipped };
	struct pollfd pollfd = { .fd = gpu->drm, .events = POLLIN };
	bool flipped = false;

	igt_assert_eq(drmModePageFlip(gpu->drm, shown->scanout.crtc, shown->scanout.fb,
				      DRM_MODE_PAGE_FLIP_EVENT, &flipped),
		      0);
	igt_assert_f(poll(&pollfd, 1, FLIP_MS) == 1, "not flipped within %d ms\n", FLIP_MS);
	igt_assert_eq(drmHandleEvent(gpu->drm, &events), 0);
	igt_assert(flipped);
	igt_assert_eq(ccp_scanout_flush(&shown->scanout), 0);
}

/* Another framebuffer for the CRTC that shows the first one; not on the screen yet. */
static void add_picture(struct shown *second, const struct shown *first, const struct gpu *gpu,
			uint32_t stride, uint32_t offset)
{
	second->offset = offset;
	second->scanout = first->scanout;
	second->scanout.stride = stride;
	igt_assert_eq(cc_add_fb(gpu->drm, gpu->width, gpu->height, second->handle, stride, offset,
				&second->scanout.fb),
		      0);
}

static void test_page_flip(const struct gpu *gpu)
{
	struct shown first, second;

	show_picture(&first, gpu, cc_shared_heap());
	cc_buffer_create(&second.buffer, cc_shared_heap(), picture_size(gpu));
	second.handle = cc_prime_import(gpu->drm, second.buffer.dmabuf.fd);
	add_picture(&second, &first, gpu, gpu->width * PIXEL, 0);

	flip_to(gpu, &second);
	assert_shows(gpu, &second, &second.buffer.pattern, "cc-virtgpu-flip-there");
	cc_buffer_rewrite(&first.buffer);
	assert_shows(gpu, &second, &second.buffer.pattern, "cc-virtgpu-flip-stays");
	flip_to(gpu, &first);
	assert_shows(gpu, &first, &first.buffer.pattern, "cc-virtgpu-flip-back");
	hide(&second);
	hide(&first);
}

static void test_two_pictures(const struct gpu *gpu)
{
	uint32_t stride = gpu->width * PIXEL + 64, offset = 3 * PAGE + 128;
	uint32_t second_stride = gpu->width * PIXEL + 256;
	uint32_t second_offset = offset + stride * gpu->height;
	size_t size = second_offset + (size_t)second_stride * gpu->height;
	struct shown first, second;

	show(&first, gpu, cc_shared_heap(), cc_page_align(size), stride, offset);
	second.handle = first.handle;
	add_picture(&second, &first, gpu, second_stride, second_offset);

	assert_shows(gpu, &first, &first.buffer.pattern, "cc-virtgpu-two-first");
	flip_to(gpu, &second);
	assert_shows(gpu, &second, &first.buffer.pattern, "cc-virtgpu-two-second");
	ccp_scanout_destroy(&second.scanout);
	hide(&first);
}

/* ---- whose memory it is, and how long ---- */

/* Puts an import on the screen whose file descriptor may be gone. */
static void show_import(struct shown *shown, const struct gpu *gpu)
{
	shown->offset = 0;
	shown->scanout = cc_show(gpu->drm, shown->handle, gpu->width * PIXEL, 0);
}

static void create_imported(struct shown *shown, const struct gpu *gpu)
{
	cc_buffer_create(&shown->buffer, cc_shared_heap(), picture_size(gpu));
	shown->handle = cc_prime_import(gpu->drm, shown->buffer.dmabuf.fd);
}

static void test_through_vgem(const struct gpu *gpu)
{
	int vgem = cc_drm_open("vgem"), fd;
	struct shown shown;
	uint32_t handle;

	cc_buffer_create(&shown.buffer, cc_shared_heap(), picture_size(gpu));
	handle = cc_prime_import(vgem, shown.buffer.dmabuf.fd);
	ccp_buffer_close_fd(&shown.buffer.dmabuf);

	fd = cc_prime_export(vgem, handle);
	igt_assert_eq(ccp_gem_close(vgem, handle), 0);
	shown.handle = cc_prime_import(gpu->drm, fd);
	close(fd);
	close(vgem);

	show_import(&shown, gpu);
	assert_shows(gpu, &shown, &shown.buffer.pattern, "cc-virtgpu-through-vgem");
	hide(&shown);
}

/* Private memory that no heap exports. */
static void test_vgem_edit(const struct gpu *gpu)
{
	int vgem = cc_drm_open("vgem"), fd;
	size_t size = picture_size(gpu);
	struct ccp_pattern pattern;
	struct shown shown;
	uint32_t handle;
	void *map;

	map = cc_dumb_create(vgem, gpu->width, gpu->height, &handle);
	pattern = cc_pattern_next();
	ccp_pattern_fill(&pattern, map, 0, size);
	fd = cc_prime_export(vgem, handle);
	shown.handle = cc_prime_import(gpu->drm, fd);
	show_import(&shown, gpu);
	assert_shows(gpu, &shown, &pattern, "cc-virtgpu-vgem");

	igt_assert_eq(ccp_dmabuf_begin_cpu_access(fd, DMA_BUF_SYNC_WRITE), 0);
	pattern = cc_pattern_next();
	ccp_pattern_fill(&pattern, map, 0, size);
	igt_assert_eq(ccp_dmabuf_end_cpu_access(fd, DMA_BUF_SYNC_WRITE), 0);
	igt_assert_eq(ccp_scanout_flush(&shown.scanout), 0);
	assert_shows(gpu, &shown, &pattern, "cc-virtgpu-vgem-edit");

	ccp_scanout_destroy(&shown.scanout);
	igt_assert_eq(ccp_gem_close(gpu->drm, shown.handle), 0);
	munmap(map, size);
	close(fd);
	close(vgem);
}

static void test_picture_lifetime(const struct gpu *gpu)
{
	uint64_t before = cc_shared_pages_at_rest(gpu->view);
	struct shown shown;

	show_picture(&shown, gpu, cc_shared_heap());
	igt_assert_eq(ccp_gem_close(gpu->drm, shown.handle), 0);
	ccp_buffer_destroy(&shown.buffer.dmabuf);
	igt_assert_eq(ccp_scanout_flush(&shown.scanout), 0);
	assert_shows(gpu, &shown, &shown.buffer.pattern, "cc-virtgpu-outlives");

	ccp_scanout_destroy(&shown.scanout);
	cc_assert_shared_pages_become(gpu->view, before);
}

static void test_unmapped_picture(const struct gpu *gpu)
{
	struct shown shown;

	cc_buffer_create(&shown.buffer, cc_shared_heap(), picture_size(gpu));
	ccp_buffer_unmap(&shown.buffer.dmabuf);
	shown.handle = cc_prime_import(gpu->drm, shown.buffer.dmabuf.fd);
	show_import(&shown, gpu);
	assert_shows(gpu, &shown, &shown.buffer.pattern, "cc-virtgpu-unmapped");
	hide(&shown);
}

static void test_two_files(const struct gpu *gpu)
{
	int other = cc_drm_open("virtio_gpu");
	struct shown shown;
	uint32_t handle;

	show_picture(&shown, gpu, cc_shared_heap());
	handle = cc_prime_import(other, shown.buffer.dmabuf.fd);
	igt_assert_eq(ccp_gem_close(other, handle), 0);
	close(other);

	cc_buffer_rewrite(&shown.buffer);
	igt_assert_eq(ccp_scanout_flush(&shown.scanout), 0);
	assert_shows(gpu, &shown, &shown.buffer.pattern, "cc-virtgpu-two-files");
	hide(&shown);
}

/* The picture's importer is the first or the second one. */
static void test_two_importers(const struct gpu *gpu, const char *heap, int shown_one,
			       const char *name)
{
	int other = cc_drm_open("virtio_gpu");
	uint32_t handles[2];
	struct shown shown;

	cc_buffer_create(&shown.buffer, heap, picture_size(gpu));
	for (int i = 0; i < 2; i++)
		handles[i] =
			cc_prime_import(i == shown_one ? gpu->drm : other, shown.buffer.dmabuf.fd);
	shown.handle = handles[shown_one];
	show_import(&shown, gpu);

	cc_buffer_rewrite(&shown.buffer);
	igt_assert_eq(ccp_scanout_flush(&shown.scanout), 0);
	assert_shows(gpu, &shown, &shown.buffer.pattern, name);

	igt_assert_eq(ccp_gem_close(other, handles[!shown_one]), 0);
	close(other);
	hide(&shown);
}

/*
 * A cursor stays where it is when its file is closed, and a driver with an import cannot be
 * unbound. So this is also for a test that did not get to its end.
 */
static void hide_cursors(int drm)
{
	drmModeRes *resources = drmModeGetResources(drm);

	igt_assert(resources);
	for (int i = 0; i < resources->count_crtcs; i++)
		igt_assert_eq(drmModeSetCursor(drm, resources->crtcs[i], 0, 0, 0), 0);
	drmModeFreeResources(resources);
}

/* The host keeps the cursor apart from the picture, and a capture has the picture only. */
static void test_cursor(const struct gpu *gpu)
{
	struct cc_buffer cursor;
	struct shown shown;
	uint32_t handle, crtc;

	show_picture(&shown, gpu, cc_shared_heap());
	crtc = shown.scanout.crtc;
	cc_buffer_create(&cursor, cc_shared_heap(), (size_t)CURSOR * CURSOR * PIXEL);
	handle = cc_prime_import(gpu->drm, cursor.dmabuf.fd);

	igt_assert_eq(drmModeSetCursor(gpu->drm, crtc, handle, CURSOR, CURSOR), 0);
	igt_assert_eq(drmModeMoveCursor(gpu->drm, crtc, CURSOR, CURSOR), 0);
	assert_shows(gpu, &shown, &shown.buffer.pattern, "cc-virtgpu-cursor");
	cc_assert_shared_intact(gpu->view, &cursor);

	hide_cursors(gpu->drm);
	igt_assert_eq(ccp_gem_close(gpu->drm, handle), 0);
	ccp_buffer_destroy(&cursor.dmabuf);
	hide(&shown);
}

/* ---- a screen that is off for a while ---- */

static uint32_t connected_connector(int drm)
{
	drmModeRes *resources = drmModeGetResources(drm);
	uint32_t found = 0;

	igt_assert(resources);
	for (int i = 0; i < resources->count_connectors && !found; i++) {
		drmModeConnector *connector = drmModeGetConnector(drm, resources->connectors[i]);

		igt_assert(connector);
		if (connector->connection == DRM_MODE_CONNECTED)
			found = connector->connector_id;
		drmModeFreeConnector(connector);
	}
	drmModeFreeResources(resources);
	igt_assert(found);
	return found;
}

static void set_dpms(int drm, uint32_t connector, uint64_t level)
{
	uint64_t old;
	uint32_t dpms = cc_find_property(drm, connector, "DPMS", &old);

	igt_assert(dpms);
	igt_assert_eq(drmModeConnectorSetProperty(drm, connector, dpms, level), 0);
}

/* Nothing of the picture is in the middle of what the host shows, whatever that is. */
static void assert_hidden(const struct shown *shown, const char *name)
{
	const struct ccp_scanout *scanout = &shown->scanout;
	struct ccp_capture capture = cc_capture_screen(name);
	uint32_t y = scanout->height / 2;
	uint64_t row = shown->offset + (uint64_t)y * scanout->stride;

	for (uint32_t x = 0; y < capture.height && x + 1 < capture.width && x < scanout->width;
	     x += 2) {
		uint64_t word = ccp_pattern_word(&shown->buffer.pattern, row + x * PIXEL);

		igt_assert_f(ccp_capture_word(&capture, x, y, word) != word,
			     "pixel %u, %u is on a screen that is off\n", x, y);
	}
	ccp_capture_free(&capture);
}

static void test_dpms(const struct gpu *gpu)
{
	uint32_t connector = connected_connector(gpu->drm);
	struct shown shown;

	show_picture(&shown, gpu, cc_shared_heap());
	set_dpms(gpu->drm, connector, DRM_MODE_DPMS_OFF);
	assert_hidden(&shown, "cc-virtgpu-dpms-off");
	cc_buffer_rewrite(&shown.buffer);
	set_dpms(gpu->drm, connector, DRM_MODE_DPMS_ON);
	assert_shows(gpu, &shown, &shown.buffer.pattern, "cc-virtgpu-dpms-on");
	hide(&shown);
}

static void test_crtc_off(const struct gpu *gpu)
{
	uint32_t connector = connected_connector(gpu->drm);
	struct shown shown;
	drmModeCrtc *crtc;

	show_picture(&shown, gpu, cc_shared_heap());
	crtc = drmModeGetCrtc(gpu->drm, shown.scanout.crtc);
	igt_assert(crtc && crtc->mode_valid);
	igt_assert_eq(drmModeSetCrtc(gpu->drm, crtc->crtc_id, 0, 0, 0, NULL, 0, NULL), 0);
	assert_hidden(&shown, "cc-virtgpu-crtc-off");
	cc_buffer_rewrite(&shown.buffer);
	igt_assert_eq(drmModeSetCrtc(gpu->drm, crtc->crtc_id, shown.scanout.fb, 0, 0, &connector, 1,
				     &crtc->mode),
		      0);
	drmModeFreeCrtc(crtc);
	assert_shows(gpu, &shown, &shown.buffer.pattern, "cc-virtgpu-crtc-on");
	hide(&shown);
}

/* ---- framebuffers that are none ---- */

static void test_formats(const struct gpu *gpu)
{
	static const uint32_t formats[] = {
		DRM_FORMAT_NV12,     DRM_FORMAT_YUYV,	  DRM_FORMAT_RGB565,
		DRM_FORMAT_XBGR8888, DRM_FORMAT_BGRX8888, DRM_FORMAT_XRGB2101010,
	};
	struct shown shown;
	uint32_t fb;

	create_imported(&shown, gpu);
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		uint32_t handles[4] = { shown.handle, i ? 0 : shown.handle };
		uint32_t strides[4] = { gpu->width * PIXEL, i ? 0 : gpu->width * PIXEL };
		uint32_t offsets[4] = {};
		int err = drmModeAddFB2(gpu->drm, gpu->width, gpu->height / 2, formats[i], handles,
					strides, offsets, &fb, 0);

		igt_assert_f(err == -EINVAL || err == -ENOENT, "format 0x%08x: %d\n", formats[i],
			     err);
	}
	igt_assert_eq(cc_add_fb(gpu->drm, gpu->width, gpu->height, shown.handle,
				gpu->width * PIXEL - 1, 0, &fb),
		      -EINVAL);
	igt_assert_eq(ccp_gem_close(gpu->drm, shown.handle), 0);
	ccp_buffer_destroy(&shown.buffer.dmabuf);
}

static void test_past_the_end(const struct gpu *gpu)
{
	struct shown shown;
	uint32_t fb;
	int err;

	create_imported(&shown, gpu);
	err = cc_add_fb(gpu->drm, gpu->width, gpu->height, shown.handle, gpu->width * PIXEL, PAGE,
			&fb);
	igt_assert_f(err == -EINVAL, "a framebuffer that ends a page behind its buffer: %d\n", err);
	igt_assert_eq(ccp_gem_close(gpu->drm, shown.handle), 0);
	ccp_buffer_destroy(&shown.buffer.dmabuf);
}

/* ---- a driver that goes and comes back ---- */

static void import_once(const struct cc_buffer *buffer)
{
	int drm = cc_virtgpu_open();

	cc_prime_import(drm, buffer->dmabuf.fd);
	close(drm);
}

/* Nobody has an import when the driver goes: Linux 7.3 does not survive that. */
static void test_rebound(struct gpu *gpu)
{
	int unbound, bound;
	struct shown shown;
	char device[NAME_MAX + 1];

	cc_virtgpu_device(device, sizeof(device));
	cc_buffer_create(&shown.buffer, cc_shared_heap(), picture_size(gpu));
	import_once(&shown.buffer);

	unbound = cc_virtgpu_unbind(device);
	bound = cc_virtgpu_bind(device);
	igt_assert_eq(unbound, 0);
	igt_assert_eq(bound, 0);
	cc_assert_shared_intact(gpu->view, &shown.buffer);

	gpu->drm = cc_virtgpu_open();
	shown.handle = cc_prime_import(gpu->drm, shown.buffer.dmabuf.fd);
	show_import(&shown, gpu);
	assert_shows(gpu, &shown, &shown.buffer.pattern, "cc-virtgpu-rebound");
	hide(&shown);
	close(gpu->drm);
}

/* ---- devices whose driver takes no imports ---- */

/*
 * Larger than what swiotlb could bounce, so that ENODEV says that the mapping was fine: it would be
 * EIO.
 */
static void test_import_refused(const struct gpu *gpu)
{
	uint64_t before = cc_shared_pages(gpu->view);
	struct cc_buffer buffer;
	struct cc_bufinfo info;
	uint32_t handle = 0;

	cc_require_bufinfo();
	cc_buffer_create(&buffer, cc_shared_heap(), 4 * MIB);
	igt_assert_eq(ccp_prime_import(gpu->drm, buffer.dmabuf.fd, &handle), -ENODEV);
	igt_assert_eq_u32(handle, 0);

	info = cc_bufinfo(cc_inode(buffer.dmabuf.fd));
	igt_assert_f(info.found && !info.devices, "still attached to %s\n", info.device);
	cc_assert_shared_intact(gpu->view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
	igt_assert_eq_u64(cc_shared_pages(gpu->view), before);
}

static void test_without_blob(const struct gpu *gpu)
{
	igt_require_f(!cc_virtgpu_param(gpu->drm, VIRTGPU_PARAM_RESOURCE_BLOB),
		      "this virtio-gpu has blob resources (QEMU: blob=off)\n");
	test_import_refused(gpu);
}

static void test_with_3d(const struct gpu *gpu)
{
	cc_require_virtgpu_3d(gpu->drm);
	igt_require_f(!cc_virtgpu_param(gpu->drm, CC_VIRTGPU_PARAM_RESOURCE_BACKING),
		      "the driver takes imports where virtio-gpu has 3D\n");
	test_import_refused(gpu);
}

static void test_importer(struct gpu *gpu)
{
	igt_fixture()
		gpu->drm = cc_virtgpu_open();

	igt_subtest_group() {
		igt_fixture()
			cc_require_screen(gpu->drm, &gpu->width, &gpu->height);

		igt_describe("The host shows a picture in a shared buffer.");
		igt_subtest("shared-picture-is-shown")
			test_shared_picture(gpu);

		igt_describe("The host shows what the CPU changed in a shared buffer that is on "
			     "the screen.");
		igt_subtest("shared-edit-is-shown-after-sync")
			test_edit_with_sync(gpu, cc_shared_heap(), "cc-virtgpu-shared-edit");

		igt_describe("The device reads a shared buffer itself, not a bounced copy of it.");
		igt_subtest("shared-edit-is-shown-without-sync")
			test_shared_edit_unsynced(gpu);

		igt_describe("Offset and stride of a picture count, in a buffer of several chunks "
			     "of each size.");
		igt_subtest("shared-picture-inside-a-buffer-is-shown")
			test_shared_inside(gpu);

		igt_describe("The host shows the copy of a private buffer that the import "
			     "bounced.");
		igt_subtest("private-picture-is-shown")
			test_private_picture(gpu);

		igt_describe("A private buffer's copy goes stale: nobody but the CPU sees private "
			     "memory.");
		igt_subtest("private-edit-is-not-shown-without-sync")
			test_private_edit_unsynced(gpu);

		igt_describe("DMA_BUF_IOCTL_SYNC brings a private buffer's copy up to date.");
		igt_subtest("private-edit-is-shown-after-sync") {
			require_bounced_picture(gpu);
			test_edit_with_sync(gpu, CCP_HEAP_PRIVATE, "cc-virtgpu-private-edit");
		}

		igt_describe("The host shows the buffer that was flipped to, and what was written "
			     "to it meanwhile.");
		igt_subtest("page-flip-between-two-buffers")
			test_page_flip(gpu);

		igt_describe("Framebuffers at two places of a buffer, with strides of their own, "
			     "show what is there.");
		igt_subtest("two-pictures-in-one-buffer")
			test_two_pictures(gpu);

		igt_describe("A buffer that comes from another importer's export is the same "
			     "memory on the screen.");
		igt_subtest("picture-through-vgem-is-shown")
			test_through_vgem(gpu);

		igt_describe("The framebuffer alone keeps the memory on the screen; its end frees "
			     "all of it.");
		igt_subtest("picture-outlives-its-buffer")
			test_picture_lifetime(gpu);

		igt_describe("The host shows an edit of vgem's own memory, which virtio-gpu has "
			     "imported, after DMA_BUF_IOCTL_SYNC.");
		igt_subtest("vgem-edit-is-shown")
			test_vgem_edit(gpu);

		igt_describe("The host shows a buffer that the CPU does not map any more.");
		igt_subtest("unmapped-picture-is-shown")
			test_unmapped_picture(gpu);

		igt_describe(
			"A picture stays on the screen when another file lets go of its import.");
		igt_subtest("two-files-show-one-buffer")
			test_two_files(gpu);

		igt_describe(
			"DMA_BUF_IOCTL_SYNC on a shared buffer reaches the importer that shows "
			"it, whichever of two was first.");
		igt_subtest("shared-edit-is-shown-with-two-importers") {
			test_two_importers(gpu, cc_shared_heap(), 0, "cc-virtgpu-shared-first");
			test_two_importers(gpu, cc_shared_heap(), 1, "cc-virtgpu-shared-second");
		}

		igt_describe("The same with a private buffer, of which each importer has a copy.");
		igt_subtest("private-edit-is-shown-with-two-importers") {
			require_bounced_picture(gpu);
			test_two_importers(gpu, CCP_HEAP_PRIVATE, 0, "cc-virtgpu-private-first");
			test_two_importers(gpu, CCP_HEAP_PRIVATE, 1, "cc-virtgpu-private-second");
		}

		igt_describe("A shared buffer can be the cursor, beside a picture that stays what "
			     "it was.");
		igt_subtest("cursor-from-shared-is-taken")
			test_cursor(gpu);

		igt_describe("The host shows nothing while the screen is off, and what was "
			     "written to the buffer meanwhile when it is on again.");
		igt_subtest("picture-returns-after-dpms-off")
			test_dpms(gpu);

		igt_describe("The host shows nothing while the CRTC has no mode, and what was "
			     "written to the buffer meanwhile when it has one again.");
		igt_subtest("picture-returns-after-crtc-off")
			test_crtc_off(gpu);

		igt_describe("A framebuffer of a format or layout that the host does not know is "
			     "an error.");
		igt_subtest("formats-it-cannot-show-are-refused")
			test_formats(gpu);

		igt_describe("A framebuffer that is larger than its shared buffer is an error.");
		igt_subtest("framebuffer-past-the-end-is-refused")
			test_past_the_end(gpu);
	}

	igt_describe("A private buffer with chunks too large to bounce cannot be imported.");
	igt_subtest("private-buffer-above-1m-is-eio") {
		cc_require_coco();
		cc_require_heap(CCP_HEAP_PRIVATE);
		test_import_error(gpu->drm, CCP_HEAP_PRIVATE, 4 * MIB, -EIO);
	}

	igt_describe("A shared buffer of any size can be imported, for it need not be bounced.");
	igt_subtest("shared-buffer-above-1m-is-imported")
		test_import_error(gpu->drm, cc_shared_heap(), 4 * MIB, 0);

	igt_describe("virtio-gpu does not map foreign memory as if it were its own.");
	igt_subtest("map-is-refused")
		test_map(gpu->drm);

	igt_describe("virtio-gpu says of an import that it is a blob of the guest's memory.");
	igt_subtest("import-is-a-guest-blob")
		test_guest_blob(gpu->drm);

	igt_describe("The host has the pages of an import: there is nothing to transfer.");
	igt_subtest("transfer-to-host-is-refused")
		test_transfer(gpu->drm);

	igt_fixture() {
		hide_cursors(gpu->drm);
		close(gpu->drm);
	}
}

int igt_main()
{
	static struct gpu gpu = { .drm = -1 };

	igt_fixture() {
		cc_require_heap(cc_shared_heap());
		gpu.view = cc_hostview_open();
	}

	igt_subtest_group() {
		igt_fixture()
			gpu.drm = cc_drm_open("virtio_gpu");

		igt_describe("A virtio-gpu without blob resources can map a shared buffer, but not "
			     "use it: the import is an error, and leaves nothing behind.");
		igt_subtest("import-without-blob-is-refused")
			test_without_blob(&gpu);

		igt_describe("The driver of a virtio-gpu with 3D can map a shared buffer, but not "
			     "use it: the import is an error, and leaves nothing behind.");
		igt_subtest("import-with-3d-is-refused")
			test_with_3d(&gpu);

		igt_fixture()
			close(gpu.drm);
	}

	igt_subtest_group()
		test_importer(&gpu);

	igt_subtest_group() {
		igt_fixture() {
			gpu.drm = cc_virtgpu_open();
			cc_require_screen(gpu.drm, &gpu.width, &gpu.height);
			close(gpu.drm);
		}

		igt_describe("A shared buffer is left alone when a driver that had it is unbound "
			     "from its device, and can be shown when it is bound again.");
		igt_subtest("rebound-driver-shows-the-buffer")
			test_rebound(&gpu);
	}

	igt_fixture()
		ccp_hostview_close(gpu.view);
}

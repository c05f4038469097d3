// SPDX-License-Identifier: MIT
/**
 * TEST: cc vkms
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: PRIME import into vkms, composition and writeback
 * Test category: functionality test
 * Description: vkms as a kernel that reads and writes foreign memory through the heap's vmap: what
 *	it composes and what it writes back is what a buffer holds, in the shared plane.
 *
 * SUBTEST: crc-equals-native
 * Description: A picture in a shared buffer has the CRC of the same picture in vkms's own memory.
 *
 * SUBTEST: crc-follows-edit
 * Description: The kernel composes what the CPU changed in a shared buffer, not an older picture.
 *
 * SUBTEST: crc-of-picture-with-a-stride
 * Description: Lines of a picture are found at their stride, in a buffer of several chunks of each
 *	size.
 *
 * SUBTEST: crc-of-picture-at-an-offset
 * Description: A picture is found at its offset, in a buffer of several chunks of each size.
 *
 * SUBTEST: crc-of-planes-in-two-buffers
 * Description: Each plane of a YUV picture is read from its own buffer.
 *
 * SUBTEST: crc-after-fds-are-closed
 * Description: The framebuffer alone keeps the memory that the kernel reads.
 *
 * SUBTEST: kernel-mapping-goes-with-the-picture
 * Description: The kernel's mapping of a shared buffer ends when nobody in the kernel uses it
 *	any more.
 *
 * SUBTEST: crc-of-private-picture
 * Description: The kernel reads a private buffer as a private one, whose picture no device sees.
 *
 * SUBTEST: writeback-into-shared
 * Description: The kernel writes each pixel to its place in a shared buffer.
 *
 * SUBTEST: writeback-from-shared
 * Description: The kernel reads each pixel from its place in a shared buffer.
 *
 * SUBTEST: writeback-lands-in-shared-plane
 * Description: What the kernel writes to a shared buffer is in the shared plane, and only there.
 *
 * SUBTEST: writeback-into-private-stays-private
 * Description: What the kernel writes to a private buffer never is in the shared plane.
 *
 * SUBTEST: writeback-leaves-the-rest-alone
 * Description: The kernel writes the picture's bytes of a shared buffer and no others.
 *
 * SUBTEST: writeback-within-one-buffer
 * Description: Two kernel mappings of one shared buffer, to read and to write, are one memory.
 */
#include "igt.h"

#include <drm_fourcc.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <poll.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "ccprime.h"
#include "support/buffer.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/kernelfs.h"
#include "support/kms.h"
#include "support/prime.h"
#include "support/sizes.h"

IGT_TEST_DESCRIPTION(
	"vkms as a kernel that reads and writes foreign memory through the heap's "
	"vmap: what it composes and what it writes back is what a buffer holds, in the "
	"shared plane.");

/*
 * A picture of a chunk of each size that the heap gets, 1 MiB + 64 KiB + 4 KiB, and no part of a
 * page more.
 */
#define WIDTH  416
#define HEIGHT 672
#define STRIDE ((size_t)WIDTH * PIXEL)
#define SIZE   (STRIDE * HEIGHT)

/* The bytes of a word that no pixel shows; writeback sets them. */
#define UNUSED_BYTES CCP_CAPTURE_UNUSED

/* An emulated CPU composes a frame in a fraction of a second. */
#define FRAME_MS 10000

/* Slow enough for an emulated CPU to compose each frame before the next one. */
static const drmModeModeInfo mode = {
	.clock = (WIDTH + 40) * (HEIGHT + 28) * 20 / 1000,
	.hdisplay = WIDTH,
	.hsync_start = WIDTH + 10,
	.hsync_end = WIDTH + 20,
	.htotal = WIDTH + 40,
	.vdisplay = HEIGHT,
	.vsync_start = HEIGHT + 7,
	.vsync_end = HEIGHT + 14,
	.vtotal = HEIGHT + 28,
	.vrefresh = 20,
	.type = DRM_MODE_TYPE_USERDEF,
	.name = "ccprime",
};

struct vkms {
	int drm;
	struct ccp_hostview *view; /* or NULL */
	uint32_t crtc, plane, connector;
	uint32_t writeback; /* its connector, or 0 */
	uint32_t mode; /* property blob */
};

/* Memory that vkms can read and write, and what was last written to it. */
struct picture {
	struct cc_buffer buffer; /* dmabuf.fd is -1 for vkms's own memory */
	uint32_t handle;
};

/* ---- pictures ---- */

static void create_in_heap(const struct vkms *vkms, struct picture *picture, const char *heap,
			   size_t size)
{
	int err;

	cc_buffer_create(&picture->buffer, heap, size);
	err = ccp_prime_import(vkms->drm, picture->buffer.dmabuf.fd, &picture->handle);
	igt_require_f(err != -EIO || strcmp(heap, CCP_HEAP_PRIVATE),
		      "vkms maps imports for DMA, and pieces of 1 MiB cannot be bounced\n");
	igt_assert_f(!err, "import of %zu bytes from %s: %s\n", size, heap, strerror(-err));
}

static void create_shared(const struct vkms *vkms, struct picture *picture)
{
	create_in_heap(vkms, picture, cc_shared_heap(), SIZE);
}

/* A dumb buffer, filled with this pattern. */
static void create_native(const struct vkms *vkms, struct picture *picture,
			  struct ccp_pattern pattern)
{
	void *map = cc_dumb_create(vkms->drm, WIDTH, HEIGHT, &picture->handle);

	picture->buffer.dmabuf = (struct ccp_buffer){ .fd = -1, .size = SIZE, .map = map };
	picture->buffer.pattern = pattern;
	ccp_pattern_fill(&pattern, map, 0, SIZE);
}

static void destroy(const struct vkms *vkms, struct picture *picture)
{
	igt_assert_eq(ccp_gem_close(vkms->drm, picture->handle), 0);
	ccp_buffer_destroy(&picture->buffer.dmabuf);
}

static uint32_t add_fb(const struct vkms *vkms, uint32_t handle, size_t stride, size_t offset)
{
	uint32_t fb;

	igt_assert_eq(cc_add_fb(vkms->drm, WIDTH, HEIGHT, handle, stride, offset, &fb), 0);
	return fb;
}

/* ---- mode setting ---- */

static uint32_t find_primary_plane(int drm)
{
	drmModePlaneRes *planes = drmModeGetPlaneResources(drm);
	uint32_t primary = 0;

	igt_assert(planes);
	for (uint32_t i = 0; i < planes->count_planes && !primary; i++) {
		uint64_t type = DRM_PLANE_TYPE_OVERLAY;

		cc_find_property(drm, planes->planes[i], "type", &type);
		if (type == DRM_PLANE_TYPE_PRIMARY)
			primary = planes->planes[i];
	}
	drmModeFreePlaneResources(planes);

	return primary;
}

static void find_connectors(struct vkms *vkms, const drmModeRes *resources)
{
	for (int i = 0; i < resources->count_connectors; i++) {
		drmModeConnector *connector =
			drmModeGetConnector(vkms->drm, resources->connectors[i]);
		bool writeback;

		igt_assert(connector);
		writeback = connector->connector_type == DRM_MODE_CONNECTOR_WRITEBACK;
		if (writeback && !vkms->writeback)
			vkms->writeback = connector->connector_id;
		if (!writeback && !vkms->connector)
			vkms->connector = connector->connector_id;
		drmModeFreeConnector(connector);
	}
}

static void find_output(struct vkms *vkms)
{
	drmModeRes *resources;

	igt_assert_eq(drmSetClientCap(vkms->drm, DRM_CLIENT_CAP_ATOMIC, 1), 0);
	igt_assert_eq(drmSetClientCap(vkms->drm, DRM_CLIENT_CAP_WRITEBACK_CONNECTORS, 1), 0);

	resources = drmModeGetResources(vkms->drm);
	igt_assert(resources);
	igt_assert_lte(1, resources->count_crtcs);
	vkms->crtc = resources->crtcs[0];
	find_connectors(vkms, resources);
	drmModeFreeResources(resources);

	vkms->plane = find_primary_plane(vkms->drm);
	igt_assert(vkms->plane && vkms->connector);

	igt_assert_eq(drmModeCreatePropertyBlob(vkms->drm, &mode, sizeof(mode), &vkms->mode), 0);
}

/* A value for a property, in a table that ends with an object of 0. */
struct setting {
	uint32_t object;
	const char *name;
	uint64_t value;
};

static void commit(const struct vkms *vkms, const struct setting *settings)
{
	drmModeAtomicReq *request = drmModeAtomicAlloc();
	int err;

	igt_assert(request);
	for (const struct setting *setting = settings; setting->object; setting++) {
		uint64_t old;
		uint32_t property =
			cc_find_property(vkms->drm, setting->object, setting->name, &old);

		igt_assert_f(property, "no property %s\n", setting->name);
		igt_assert_lte(0, drmModeAtomicAddProperty(request, setting->object, property,
							   setting->value));
	}
	err = drmModeAtomicCommit(vkms->drm, request, DRM_MODE_ATOMIC_ALLOW_MODESET, NULL);
	drmModeAtomicFree(request);
	igt_assert_f(!err, "commit: %s\n", strerror(-err));
}

/*
 * Shows a framebuffer; fence is not NULL: and has it written back to another one, once. *fence
 * becomes a sync file, signalled when that is done.
 */
static void show(const struct vkms *vkms, uint32_t fb, uint32_t writeback_fb, int *fence)
{
	const uint64_t width = WIDTH, height = HEIGHT;
	const struct setting settings[] = {
		{ vkms->connector, "CRTC_ID", vkms->crtc },
		{ vkms->crtc, "MODE_ID", vkms->mode },
		{ vkms->crtc, "ACTIVE", 1 },
		{ vkms->plane, "FB_ID", fb },
		{ vkms->plane, "CRTC_ID", vkms->crtc },
		{ vkms->plane, "SRC_W", width << 16 },
		{ vkms->plane, "SRC_H", height << 16 },
		{ vkms->plane, "CRTC_W", width },
		{ vkms->plane, "CRTC_H", height },
		{ fence ? vkms->writeback : 0, "CRTC_ID",
		  vkms->crtc }, /* ends the table without one */
		{ vkms->writeback, "WRITEBACK_FB_ID", writeback_fb },
		{ vkms->writeback, "WRITEBACK_OUT_FENCE_PTR", (uintptr_t)fence },
		{},
	};

	commit(vkms, settings);
}

static void switch_off(const struct vkms *vkms)
{
	const struct setting settings[] = {
		{ vkms->connector, "CRTC_ID", 0 },
		{ vkms->crtc, "MODE_ID", 0 },
		{ vkms->crtc, "ACTIVE", 0 },
		{ vkms->plane, "FB_ID", 0 },
		{ vkms->plane, "CRTC_ID", 0 },
		{ vkms->writeback, "CRTC_ID", 0 },
		{},
	};

	commit(vkms, settings);
}

/* ---- composition ---- */

/* The CRTC's CRC file "control" or "data" in debugfs. */
static int open_crc(const struct vkms *vkms, const char *file, int flags)
{
	char name[32], path[128];

	snprintf(name, sizeof(name), "crtc-0/crc/%s", file);
	cc_drm_debugfs_path(vkms->drm, name, path, sizeof(path));
	return cc_open_file(path, flags);
}

/* The CRC of the first frame after this one. */
static uint32_t read_crc(int fd, uint64_t after)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	uint32_t frame, crc;
	char line[64] = "";

	do {
		igt_assert_f(poll(&pollfd, 1, FRAME_MS) == 1, "no frame within %d ms\n", FRAME_MS);
		igt_assert_lt(0, (int)read(fd, line, sizeof(line) - 1));
		igt_assert_f(sscanf(line, "0x%" SCNx32 " 0x%" SCNx32, &frame, &crc) == 2,
			     "no CRC: '%s'\n", line);
	} while (frame <= after);

	return crc;
}

/*
 * The CRC of what is on the screen now: of a frame that the kernel began to compose after the call.
 */
static uint32_t current_crc(const struct vkms *vkms)
{
	uint64_t frame, ns;
	uint32_t crc;
	int fd;

	igt_assert_eq(drmCrtcGetSequence(vkms->drm, vkms->crtc, &frame, &ns), 0);
	fd = open_crc(vkms, "data", O_RDONLY);
	crc = read_crc(fd, frame);
	close(fd);
	return crc;
}

static uint32_t framebuffer_crc(const struct vkms *vkms, uint32_t fb)
{
	uint32_t crc;

	show(vkms, fb, 0, NULL);
	crc = current_crc(vkms);
	switch_off(vkms);
	return crc;
}

/* The CRC of a picture that has no other place than the start of its buffer. */
static uint32_t picture_crc(const struct vkms *vkms, const struct picture *picture)
{
	uint32_t fb = add_fb(vkms, picture->handle, STRIDE, 0);
	uint32_t crc = framebuffer_crc(vkms, fb);

	igt_assert_eq(drmModeRmFB(vkms->drm, fb), 0);
	return crc;
}

/* The CRC that a picture with this pattern has in vkms's own memory. */
static uint32_t native_crc(const struct vkms *vkms, struct ccp_pattern pattern)
{
	struct picture native;
	uint32_t crc;

	create_native(vkms, &native, pattern);
	crc = picture_crc(vkms, &native);
	destroy(vkms, &native);
	return crc;
}

static void assert_crc(const struct vkms *vkms, uint32_t crc, struct ccp_pattern pattern)
{
	uint32_t expected = native_crc(vkms, pattern);

	igt_assert_f(crc == expected,
		     "the kernel's mapping shows another picture: CRC 0x%08x, 0x%08x expected\n",
		     crc, expected);
}

static void test_crc(const struct vkms *vkms)
{
	struct picture shared;

	create_shared(vkms, &shared);
	assert_crc(vkms, picture_crc(vkms, &shared), shared.buffer.pattern);
	cc_assert_shared_intact(vkms->view, &shared.buffer);
	destroy(vkms, &shared);
}

static void test_crc_edit(const struct vkms *vkms)
{
	struct picture shared;
	uint32_t fb, before, after;

	create_shared(vkms, &shared);
	fb = add_fb(vkms, shared.handle, STRIDE, 0);
	show(vkms, fb, 0, NULL);
	before = current_crc(vkms);

	cc_buffer_rewrite(&shared.buffer);
	after = current_crc(vkms);
	switch_off(vkms);
	igt_assert_neq_u32(after, before);
	assert_crc(vkms, after, shared.buffer.pattern);

	igt_assert_eq(drmModeRmFB(vkms->drm, fb), 0);
	destroy(vkms, &shared);
}

/* Copies a picture at its start to the native layout; the native buffer has no pattern then. */
static uint32_t crc_of_copy(const struct vkms *vkms, const struct picture *picture, size_t stride,
			    size_t offset)
{
	struct picture native;
	uint32_t crc;

	create_native(vkms, &native, picture->buffer.pattern);
	for (size_t y = 0; y < HEIGHT; y++)
		ccp_pattern_fill(&picture->buffer.pattern,
				 (char *)native.buffer.dmabuf.map + y * STRIDE, offset + y * stride,
				 STRIDE);
	crc = picture_crc(vkms, &native);
	destroy(vkms, &native);
	return crc;
}

/* There is room for the offset twice, for a kernel that counts it twice. */
static void test_crc_inside(const struct vkms *vkms, size_t stride, size_t offset)
{
	size_t size = cc_page_align(2 * offset + stride * HEIGHT);
	uint32_t fb, crc, expected;
	struct picture shared;

	create_in_heap(vkms, &shared, cc_shared_heap(), size);
	fb = add_fb(vkms, shared.handle, stride, offset);
	crc = framebuffer_crc(vkms, fb);
	expected = crc_of_copy(vkms, &shared, stride, offset);
	igt_assert_f(crc == expected, "stride %zu, offset %zu: CRC 0x%08x, 0x%08x expected\n",
		     stride, offset, crc, expected);
	igt_assert_eq(drmModeRmFB(vkms->drm, fb), 0);
	destroy(vkms, &shared);
}

/*
 * NV12, brightness in one buffer and colours in another, or the same, one behind the other; the
 * place in the wrong buffer is there, too, for a kernel that looks for the colours there.
 */
#define LUMA   ((size_t)WIDTH * HEIGHT)
#define CHROMA (LUMA / 2)

static uint32_t nv12_crc(const struct vkms *vkms, const struct picture *luma,
			 const struct picture *chroma)
{
	const uint32_t handles[4] = { luma->handle, chroma->handle };
	const uint32_t strides[4] = { WIDTH, WIDTH }, offsets[4] = { 0, LUMA };
	uint32_t fb, crc;

	igt_assert_eq(drmModeAddFB2(vkms->drm, WIDTH, HEIGHT, DRM_FORMAT_NV12, handles, strides,
				    offsets, &fb, 0),
		      0);
	crc = framebuffer_crc(vkms, fb);
	igt_assert_eq(drmModeRmFB(vkms->drm, fb), 0);
	return crc;
}

static void require_nv12(const struct vkms *vkms)
{
	drmModePlane *plane = drmModeGetPlane(vkms->drm, vkms->plane);
	bool found = false;

	igt_assert(plane);
	for (uint32_t i = 0; i < plane->count_formats; i++)
		found |= plane->formats[i] == DRM_FORMAT_NV12;
	drmModeFreePlane(plane);
	igt_require_f(found, "vkms has no NV12\n");
}

static void test_crc_planes(const struct vkms *vkms)
{
	const size_t size = cc_page_align(LUMA + CHROMA);
	struct picture whole, luma, chroma;
	uint32_t crc, expected;

	require_nv12(vkms);
	create_in_heap(vkms, &whole, cc_shared_heap(), size);
	create_in_heap(vkms, &luma, cc_shared_heap(), size);
	create_in_heap(vkms, &chroma, cc_shared_heap(), size);
	ccp_pattern_fill(&whole.buffer.pattern, luma.buffer.dmabuf.map, 0, LUMA);
	ccp_pattern_fill(&whole.buffer.pattern, (char *)chroma.buffer.dmabuf.map + LUMA, LUMA,
			 CHROMA);

	expected = nv12_crc(vkms, &whole, &whole);
	/* The same brightness with other colours is another picture. */
	igt_assert_neq_u32(nv12_crc(vkms, &luma, &luma), expected);
	crc = nv12_crc(vkms, &luma, &chroma);
	igt_assert_f(crc == expected, "planes in two buffers: CRC 0x%08x, 0x%08x expected\n", crc,
		     expected);
	destroy(vkms, &chroma);
	destroy(vkms, &luma);
	destroy(vkms, &whole);
}

static void test_crc_lifetime(const struct vkms *vkms)
{
	struct picture shared;
	uint32_t fb, crc;

	create_shared(vkms, &shared);
	fb = add_fb(vkms, shared.handle, STRIDE, 0);
	destroy(vkms, &shared);

	crc = framebuffer_crc(vkms, fb);
	igt_assert_eq(drmModeRmFB(vkms->drm, fb), 0);
	assert_crc(vkms, crc, shared.buffer.pattern);
}

/* Kernel mappings of as many pages as a picture has; each has a guard page. */
static unsigned int kernel_mappings(void)
{
	size_t size = cc_page_align(SIZE) + PAGE, found;
	unsigned int count = 0;
	char line[512];
	FILE *file = fopen("/proc/vmallocinfo", "re");

	igt_require_f(file, "no /proc/vmallocinfo: %s\n", strerror(errno));
	while (fgets(line, sizeof(line), file))
		count += sscanf(line, "%*s %zu", &found) == 1 && found == size &&
			 strstr(line, " vmap");
	fclose(file);
	return count;
}

static void test_kernel_mapping(const struct vkms *vkms)
{
	unsigned int before = kernel_mappings(), shown;
	struct picture shared;
	uint32_t fb;

	create_shared(vkms, &shared);
	fb = add_fb(vkms, shared.handle, STRIDE, 0);
	show(vkms, fb, 0, NULL);
	shown = kernel_mappings();
	switch_off(vkms);
	igt_assert_eq(drmModeRmFB(vkms->drm, fb), 0);
	destroy(vkms, &shared);

	igt_assert_eq_u32(shown, before + 1);
	igt_assert_eq_u32(kernel_mappings(), before);
}

static void test_crc_private(const struct vkms *vkms)
{
	struct picture private;

	cc_require_coco();
	cc_require_heap(CCP_HEAP_PRIVATE);
	create_in_heap(vkms, &private, CCP_HEAP_PRIVATE, SIZE);
	assert_crc(vkms, picture_crc(vkms, &private), private.buffer.pattern);
	if (vkms->view)
		cc_assert_plane_lacks(vkms->view, CCP_HV_SHARED, &private.buffer);
	destroy(vkms, &private);
}

/* ---- writeback ---- */

static void require_writeback(const struct vkms *vkms)
{
	igt_require_f(vkms->writeback, "this vkms has no writeback connector\n");
}

static void write_back(const struct vkms *vkms, uint32_t from, uint32_t to)
{
	struct pollfd pollfd = { .fd = -1, .events = POLLIN };

	show(vkms, from, to, &pollfd.fd);
	igt_assert_fd(pollfd.fd);
	igt_assert_f(poll(&pollfd, 1, FRAME_MS) == 1, "not written back within %d ms\n", FRAME_MS);
	close(pollfd.fd);
	switch_off(vkms);
}

static void write_back_picture(const struct vkms *vkms, const struct picture *from,
			       const struct picture *to)
{
	uint32_t from_fb = add_fb(vkms, from->handle, STRIDE, 0);
	uint32_t to_fb = add_fb(vkms, to->handle, STRIDE, 0);

	write_back(vkms, from_fb, to_fb);
	igt_assert_eq(drmModeRmFB(vkms->drm, from_fb), 0);
	igt_assert_eq(drmModeRmFB(vkms->drm, to_fb), 0);
}

/*
 * The picture of this pattern was written back to words: each pixel is its source, and each unused
 * byte is 0xff.
 */
static void assert_written(const struct ccp_pattern *pattern, const uint64_t *words,
			   const uint64_t poison[2], const char *where)
{
	static uint64_t found[SIZE / WORD];
	struct ccp_mismatch mismatch = {};

	for (size_t i = 0; i < SIZE / WORD; i++) {
		uint64_t unused = ccp_pattern_word(pattern, i * WORD) & UNUSED_BYTES;
		bool set = (words[i] & UNUSED_BYTES) == UNUSED_BYTES;

		found[i] = set ? (words[i] & ~UNUSED_BYTES) | unused : words[i];
	}
	ccp_pattern_check(pattern, found, 0, SIZE, poison, &mismatch);
	cc_assert_no_mismatch(&mismatch, where);
}

/* What the CPU finds in the picture, between DMA_BUF_IOCTL_SYNC's start and end. */
static void assert_cpu_finds(const struct ccp_pattern *pattern, const struct picture *picture)
{
	const struct ccp_buffer *dmabuf = &picture->buffer.dmabuf;

	if (dmabuf->fd >= 0)
		igt_assert_eq(ccp_dmabuf_begin_cpu_access(dmabuf->fd, DMA_BUF_SYNC_READ), 0);
	assert_written(pattern, dmabuf->map, NULL, "mapping of what the kernel wrote");
	if (dmabuf->fd >= 0)
		igt_assert_eq(ccp_dmabuf_end_cpu_access(dmabuf->fd, DMA_BUF_SYNC_READ), 0);
}

static void test_writeback_into_shared(const struct vkms *vkms)
{
	struct picture native, shared;

	require_writeback(vkms);
	create_native(vkms, &native, cc_pattern_next());
	create_shared(vkms, &shared);
	write_back_picture(vkms, &native, &shared);
	assert_cpu_finds(&native.buffer.pattern, &shared);
	destroy(vkms, &shared);
	destroy(vkms, &native);
}

static void test_writeback_from_shared(const struct vkms *vkms)
{
	struct picture native, shared;

	require_writeback(vkms);
	create_native(vkms, &native, cc_pattern_next());
	create_shared(vkms, &shared);
	write_back_picture(vkms, &shared, &native);
	assert_cpu_finds(&shared.buffer.pattern, &native);
	cc_assert_shared_intact(vkms->view, &shared.buffer);
	destroy(vkms, &shared);
	destroy(vkms, &native);
}

/*
 * Writes back into a buffer of this heap: the bytes are in that plane, and in no way in the other
 * one.
 */
static void test_writeback_plane(const struct vkms *vkms, const char *heap, enum ccp_hv_plane plane)
{
	static uint64_t words[SIZE / WORD];
	const char *const names[] = { "private plane", "shared plane" };
	struct picture native, target;

	require_writeback(vkms);
	cc_require_hostview(vkms->view);
	cc_require_heap(heap);
	create_native(vkms, &native, cc_pattern_next());
	create_in_heap(vkms, &target, heap, SIZE);
	write_back_picture(vkms, &native, &target);

	igt_assert_eq(ccp_hostview_read(vkms->view, plane, target.buffer.dmabuf.map, words, SIZE),
		      0);
	assert_written(&native.buffer.pattern, words, ccp_hostview_info(vkms->view)->poison,
		       names[plane]);

	igt_assert_eq(ccp_hostview_read(vkms->view, !plane, target.buffer.dmabuf.map, words, SIZE),
		      0);
	for (size_t i = 0; i < SIZE / WORD; i++) {
		uint64_t word = ccp_pattern_word(&native.buffer.pattern, i * WORD) | UNUSED_BYTES;

		igt_assert_f(words[i] != word, "%s: page %zu: found a word that the kernel wrote\n",
			     names[!plane], i * WORD / PAGE);
	}

	destroy(vkms, &target);
	destroy(vkms, &native);
}

static void test_writeback_bounds(const struct vkms *vkms)
{
	size_t stride = STRIDE + 192, offset = 3 * PAGE + 64;
	size_t size = (offset + stride * HEIGHT + 2 * PAGE) / PAGE * PAGE;
	struct picture native, shared;
	uint32_t from, to;
	char *map;

	require_writeback(vkms);
	create_native(vkms, &native, cc_pattern_next());
	create_in_heap(vkms, &shared, cc_shared_heap(), size);
	from = add_fb(vkms, native.handle, STRIDE, 0);
	to = add_fb(vkms, shared.handle, stride, offset);
	write_back(vkms, from, to);

	map = shared.buffer.dmabuf.map;
	cc_assert_cpu(&shared.buffer.pattern, map, 0, offset, "before the picture");
	for (size_t y = 0, at = offset; y < HEIGHT; y++, at += stride) {
		const uint64_t *row = (const void *)(map + at);

		for (size_t i = 0; i < STRIDE / WORD; i++)
			igt_assert_eq_u64(row[i], ccp_pattern_word(&native.buffer.pattern,
								   y * STRIDE + i * WORD) |
							  UNUSED_BYTES);
		cc_assert_cpu(&shared.buffer.pattern, map + at + STRIDE, at + STRIDE,
			      stride - STRIDE, "between two rows");
	}
	offset += stride * HEIGHT;
	cc_assert_cpu(&shared.buffer.pattern, map + offset, offset, size - offset,
		      "behind the picture");

	igt_assert_eq(drmModeRmFB(vkms->drm, from), 0);
	igt_assert_eq(drmModeRmFB(vkms->drm, to), 0);
	destroy(vkms, &shared);
	destroy(vkms, &native);
}

static void test_writeback_within(const struct vkms *vkms)
{
	struct picture shared;
	uint32_t from, to;

	require_writeback(vkms);
	create_in_heap(vkms, &shared, cc_shared_heap(), 2 * SIZE);
	from = add_fb(vkms, shared.handle, STRIDE, 0);
	to = add_fb(vkms, shared.handle, STRIDE, SIZE);
	write_back(vkms, from, to);

	cc_assert_cpu(&shared.buffer.pattern, shared.buffer.dmabuf.map, 0, SIZE, "source");
	assert_written(&shared.buffer.pattern,
		       (const void *)((char *)shared.buffer.dmabuf.map + SIZE), NULL,
		       "mapping of what the kernel wrote");

	igt_assert_eq(drmModeRmFB(vkms->drm, from), 0);
	igt_assert_eq(drmModeRmFB(vkms->drm, to), 0);
	destroy(vkms, &shared);
}

int igt_main()
{
	static struct vkms vkms = { .drm = -1 };

	igt_fixture() {
		cc_require_heap(cc_shared_heap());
		vkms.drm = cc_drm_open("vkms");
		find_output(&vkms);
		vkms.view = cc_hostview_open();
	}

	igt_describe("A picture in a shared buffer has the CRC of the same picture in vkms's own "
		     "memory.");
	igt_subtest("crc-equals-native")
		test_crc(&vkms);

	igt_describe("The kernel composes what the CPU changed in a shared buffer, not an older "
		     "picture.");
	igt_subtest("crc-follows-edit")
		test_crc_edit(&vkms);

	igt_describe("Lines of a picture are found at their stride, in a buffer of several chunks "
		     "of each size.");
	igt_subtest("crc-of-picture-with-a-stride")
		test_crc_inside(&vkms, STRIDE + MIB / HEIGHT / WORD * WORD, 0);

	igt_describe("A picture is found at its offset, in a buffer of several chunks of each "
		     "size.");
	igt_subtest("crc-of-picture-at-an-offset")
		test_crc_inside(&vkms, STRIDE, MIB - 5 * PAGE + 64);

	igt_describe("Each plane of a YUV picture is read from its own buffer.");
	igt_subtest("crc-of-planes-in-two-buffers")
		test_crc_planes(&vkms);

	igt_describe("The framebuffer alone keeps the memory that the kernel reads.");
	igt_subtest("crc-after-fds-are-closed")
		test_crc_lifetime(&vkms);

	igt_describe(
		"The kernel's mapping of a shared buffer ends when nobody in the kernel uses it "
		"any more.");
	igt_subtest("kernel-mapping-goes-with-the-picture")
		test_kernel_mapping(&vkms);

	igt_describe("The kernel reads a private buffer as a private one, whose picture no device "
		     "sees.");
	igt_subtest("crc-of-private-picture")
		test_crc_private(&vkms);

	igt_describe("The kernel writes each pixel to its place in a shared buffer.");
	igt_subtest("writeback-into-shared")
		test_writeback_into_shared(&vkms);

	igt_describe("The kernel reads each pixel from its place in a shared buffer.");
	igt_subtest("writeback-from-shared")
		test_writeback_from_shared(&vkms);

	igt_describe("What the kernel writes to a shared buffer is in the shared plane, and only "
		     "there.");
	igt_subtest("writeback-lands-in-shared-plane")
		test_writeback_plane(&vkms, cc_shared_heap(), CCP_HV_SHARED);

	igt_describe("What the kernel writes to a private buffer never is in the shared plane.");
	igt_subtest("writeback-into-private-stays-private") {
		cc_require_coco();
		test_writeback_plane(&vkms, CCP_HEAP_PRIVATE, CCP_HV_PRIVATE);
	}

	igt_describe("The kernel writes the picture's bytes of a shared buffer and no others.");
	igt_subtest("writeback-leaves-the-rest-alone")
		test_writeback_bounds(&vkms);

	igt_describe("Two kernel mappings of one shared buffer, to read and to write, are one "
		     "memory.");
	igt_subtest("writeback-within-one-buffer")
		test_writeback_within(&vkms);

	igt_fixture() {
		ccp_hostview_close(vkms.view);
		close(vkms.drm);
	}
}

// SPDX-License-Identifier: MIT
/**
 * TEST: cc vulkan
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: VK_EXT_external_memory_dma_buf, VK_EXT_image_drm_format_modifier, SYNC_FD
 *	semaphores
 * Test category: functionality test
 * Description: A Vulkan driver as an importer of system_cc_shared buffers: what shaders read and
 *	write there is what the CPU, the host and the screen see.
 *
 * SUBTEST: imported-buffer-is-inverted
 * Description: A shader reads and writes every word of a shared buffer, in chunks of each size.
 *
 * SUBTEST: imported-buffer-of-64m-is-inverted
 * Description: The same for a buffer of 64 MiB.
 *
 * SUBTEST: imported-part-is-inverted
 * Description: A shader reaches the imported part of a buffer, and no byte round it.
 *
 * SUBTEST: imports-of-one-buffer-are-one-memory
 * Description: What a shader writes through one import, another one reads through a second import.
 *
 * SUBTEST: exported-memory-is-inverted
 * Description: Memory of the driver's own, exported, is the same for the CPU and for shaders.
 *
 * SUBTEST: exported-memory-comes-back
 * Description: Memory of the driver's own, exported and imported again, is the same for all.
 *
 * SUBTEST: import-outlives-the-buffer
 * Description: The import alone keeps the memory shared; freeing it gives every page back.
 *
 * SUBTEST: freed-imports-leave-nothing
 * Description: After imports were freed, no fd, mapping or shared page is left.
 *
 * SUBTEST: picture-is-drawn
 * Description: The graphics queue draws a picture into a shared buffer, every pixel right.
 *
 * SUBTEST: picture-at-an-offset-is-drawn
 * Description: Offset and pitch count, and no byte round the picture's rows changes.
 *
 * SUBTEST: picture-in-linear-tiling-is-drawn
 * Description: The same without DRM format modifiers, in the layout that the driver chooses.
 *
 * SUBTEST: drawn-picture-is-shown
 * Description: What was drawn into a shared buffer is what the host sees on virtio-gpu's screen.
 *
 * SUBTEST: shader-waits-for-the-buffers-fence
 * Description: A shader does not start before the buffer's fence, a semaphore to it, is signalled.
 *
 * SUBTEST: poll-waits-for-the-shader
 * Description: Whoever polls the buffer finds the shader's work done.
 *
 * SUBTEST: ranges-outside-the-buffer-are-refused
 * Description: Parts that a buffer does not have are an error before the driver sees them.
 *
 * SUBTEST: layouts-outside-the-buffer-are-refused
 * Description: Pitches, offsets and sizes that the driver would take on trust are an error.
 *
 * SUBTEST: refused-import-leaves-nothing
 * Description: An import that the driver refuses has its VkResult's name, and leaves no fd behind.
 */
#include "igt.h"

#include <linux/dma-buf.h>
#include <poll.h>

#include "ccprime.h"
#include "support/buffer.h"
#include "support/fd.h"
#include "support/fence.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/prime.h"
#include "support/sizes.h"
#include "vks.h"

IGT_TEST_DESCRIPTION(
	"A Vulkan driver as an importer of system_cc_shared buffers: what shaders read "
	"and write there is what the CPU, the host and the screen see.");

#define PIECE	(64 * KIB)
#define HELD_UP 1000000000 /* ns: what is not held up is done by then */
#define POLL_MS 30000
#define CYCLES	4
#define WIDTH	640
#define HEIGHT	400

struct env {
	struct vks_gpu gpu;
	struct ccp_hostview *view; /* or NULL */
};

/*
 * A step of the sample's worked, and the validation layer has nothing to say; skips where driver or
 * machine lack what it needs.
 */
static void need(const struct env *env, int err)
{
	igt_require_f(err != -ENOTSUP, "%s\n", env->gpu.error);
	igt_assert_f(!err, "%s\n", env->gpu.error);
	igt_assert_f(!env->gpu.complaint[0], "%s\n", env->gpu.complaint);
}

static void open_gpu(struct env *env)
{
	int err = vks_instance_open(&env->gpu, true);

	/* The layer is for developers; not everyone has it */
	if (err == -ENOTSUP) {
		vks_gpu_close(&env->gpu);
		err = vks_instance_open(&env->gpu, false);
	}
	need(env, err);
	need(env, vks_device_open(&env->gpu, NULL));
}

/* ---- what there should be ---- */

/* What a plane of memory holds at size bytes of a mapping. Free it. */
static void *plane_of(const struct env *env, const void *map, size_t size)
{
	void *copy = malloc(size);

	igt_assert(copy);
	igt_assert_eq(ccp_hostview_read(env->view, CCP_HV_SHARED, map, copy, size), 0);
	return copy;
}

static void assert_plane_inverted(const struct env *env, const struct cc_buffer *buffer,
				  uint64_t offset, uint64_t size)
{
	const uint64_t *poison = ccp_hostview_info(env->view)->poison;
	struct ccp_mismatch all = {}, found;

	for (uint64_t done = 0; done < size; done += PIECE) {
		uint64_t at = offset + done, piece = size - done < PIECE ? size - done : PIECE;
		void *copy = plane_of(env, (const char *)buffer->dmabuf.map + at, piece);

		if (!vks_inverted_check(&buffer->pattern, copy, at, piece, poison, &found))
			cc_mismatch_add(&all, &found);
		free(copy);
	}
	cc_assert_no_mismatch(&all, "shared plane, inverted");
}

/* These bytes are the buffer's pattern with every bit turned over, from each side. */
static void assert_inverted(const struct env *env, const struct cc_buffer *buffer, uint64_t offset,
			    uint64_t size)
{
	int fd = buffer->dmabuf.fd;
	struct ccp_mismatch mismatch = {};

	igt_assert_eq(ccp_dmabuf_begin_cpu_access(fd, DMA_BUF_SYNC_READ), 0);
	vks_inverted_check(&buffer->pattern, (const char *)buffer->dmabuf.map + offset, offset,
			   size, NULL, &mismatch);
	igt_assert_eq(ccp_dmabuf_end_cpu_access(fd, DMA_BUF_SYNC_READ), 0);
	cc_assert_no_mismatch(&mismatch, "mapping, inverted");
	if (env->view)
		assert_plane_inverted(env, buffer, offset, size);
}

static void assert_untouched(const struct cc_buffer *buffer, uint64_t offset, uint64_t size)
{
	cc_assert_cpu(&buffer->pattern, (const char *)buffer->dmabuf.map + offset, offset, size,
		      "bytes round it");
}

static void assert_no_wrong_pixels(const struct vks_wrong_pixels *wrong, const char *where)
{
	igt_assert_f(!wrong->count,
		     "%s: pixel %u,%u: expected %#08x, found %#08x; %" PRIu64 " pixels wrong\n",
		     where, wrong->x, wrong->y, wrong->expected, wrong->found, wrong->count);
}

static void assert_picture(const struct env *env, const struct cc_buffer *buffer,
			   const struct vks_layout *layout)
{
	struct vks_wrong_pixels wrong;
	void *copy;

	vks_picture_check(layout, buffer->dmabuf.map, &wrong);
	assert_no_wrong_pixels(&wrong, "mapping");
	if (!env->view)
		return;

	copy = plane_of(env, buffer->dmabuf.map, buffer->dmabuf.size);
	vks_picture_check(layout, copy, &wrong);
	free(copy);
	assert_no_wrong_pixels(&wrong, "shared plane");
}

/* Lines of /proc/self/maps that are of dma-bufs. */
static unsigned int count_mappings(void)
{
	FILE *file = fopen("/proc/self/maps", "re");
	unsigned int count = 0;
	char line[512];

	igt_assert(file);
	while (fgets(line, sizeof(line), file))
		count += !!strstr(line, "dmabuf");
	fclose(file);
	return count;
}

/* ---- compute ---- */

static void invert(struct env *env, struct vks_buffer *buffer, int dmabuf)
{
	struct vks_inverter inverter;

	need(env, vks_inverter_create(&env->gpu, &inverter));
	need(env, vks_invert_now(&env->gpu, &inverter, buffer, dmabuf));
	vks_inverter_destroy(&env->gpu, &inverter);
}

static void test_invert(struct env *env, size_t size)
{
	struct cc_buffer memory;
	struct vks_buffer buffer;

	cc_buffer_create(&memory, cc_shared_heap(), size);
	need(env, vks_buffer_import(&env->gpu, memory.dmabuf.fd, 0, size, &buffer));
	invert(env, &buffer, memory.dmabuf.fd);
	assert_inverted(env, &memory, 0, size);
	vks_buffer_destroy(&env->gpu, &buffer);
	ccp_buffer_destroy(&memory.dmabuf);
}

static void test_part(struct env *env)
{
	const uint64_t start = MIB - PAGE, size = 3 * PAGE + 264, end = start + size;
	struct cc_buffer memory;
	struct vks_buffer buffer;

	cc_buffer_create(&memory, cc_shared_heap(), MIXED_SIZE);
	need(env, vks_buffer_import(&env->gpu, memory.dmabuf.fd, start, size, &buffer));
	invert(env, &buffer, memory.dmabuf.fd);
	assert_inverted(env, &memory, start, size);
	assert_untouched(&memory, 0, start);
	assert_untouched(&memory, end, MIXED_SIZE - end);
	vks_buffer_destroy(&env->gpu, &buffer);
	ccp_buffer_destroy(&memory.dmabuf);
}

static void test_two_imports(struct env *env)
{
	struct vks_buffer first, second;
	struct cc_buffer memory;

	cc_buffer_create(&memory, cc_shared_heap(), MIXED_SIZE);
	need(env, vks_buffer_import(&env->gpu, memory.dmabuf.fd, 0, MIXED_SIZE, &first));
	need(env, vks_buffer_import(&env->gpu, memory.dmabuf.fd, 0, MIXED_SIZE, &second));
	invert(env, &first, memory.dmabuf.fd);
	assert_inverted(env, &memory, 0, MIXED_SIZE);
	invert(env, &second, memory.dmabuf.fd);
	cc_assert_shared_intact(env->view, &memory);
	vks_buffer_destroy(&env->gpu, &second);
	vks_buffer_destroy(&env->gpu, &first);
	ccp_buffer_destroy(&memory.dmabuf);
}

/*
 * The CPU's view of an exported buffer, filled with a pattern. Without DMA_BUF_IOCTL_SYNC: lavapipe
 * exports udmabufs, which it breaks in a confidential guest (cc_udmabuf).
 */
static void map_export(struct cc_buffer *memory, int dmabuf, size_t size)
{
	*memory = cc_buffer_map(dmabuf, size, cc_pattern_next());
	ccp_pattern_fill(&memory->pattern, memory->dmabuf.map, 0, size);
}

/* By the CPU only: it is no memory of the heap. */
static void assert_export_inverted(const struct cc_buffer *memory)
{
	struct ccp_mismatch mismatch = {};

	vks_inverted_check(&memory->pattern, memory->dmabuf.map, 0, memory->dmabuf.size, NULL,
			   &mismatch);
	cc_assert_no_mismatch(&mismatch, "mapping of the export, inverted");
}

static void create_export(struct env *env, struct vks_buffer *exported, struct cc_buffer *memory)
{
	int dmabuf = -1;

	need(env, vks_buffer_export(&env->gpu, MIXED_SIZE, exported, &dmabuf));
	map_export(memory, dmabuf, MIXED_SIZE);
}

static void test_export(struct env *env)
{
	struct vks_buffer exported;
	struct cc_buffer memory;

	create_export(env, &exported, &memory);
	invert(env, &exported, -1);
	assert_export_inverted(&memory);
	vks_buffer_destroy(&env->gpu, &exported);
	ccp_buffer_destroy(&memory.dmabuf);
}

static void test_export_and_import(struct env *env)
{
	struct vks_buffer exported, imported;
	struct cc_buffer memory;

	create_export(env, &exported, &memory);
	need(env, vks_buffer_import(&env->gpu, memory.dmabuf.fd, 0, MIXED_SIZE, &imported));
	invert(env, &imported, memory.dmabuf.fd);
	assert_export_inverted(&memory);
	invert(env, &exported, memory.dmabuf.fd);
	cc_assert_cpu(&memory.pattern, memory.dmabuf.map, 0, MIXED_SIZE, "mapping of the export");

	vks_buffer_destroy(&env->gpu, &imported);
	vks_buffer_destroy(&env->gpu, &exported);
	ccp_buffer_destroy(&memory.dmabuf);
}

/* ---- lifetime ---- */

static void test_lifetime(struct env *env)
{
	uint64_t before = cc_shared_pages(env->view);
	struct vks_buffer buffer;
	struct cc_buffer memory;

	cc_require_hostview(env->view);
	cc_buffer_create(&memory, cc_shared_heap(), MIXED_SIZE);
	need(env, vks_buffer_import(&env->gpu, memory.dmabuf.fd, 0, MIXED_SIZE, &buffer));
	ccp_buffer_destroy(&memory.dmabuf);
	igt_assert_eq_u64(cc_shared_pages(env->view), before + MIXED_SIZE / PAGE);

	/* A shader still can use it */
	invert(env, &buffer, -1);
	vks_buffer_destroy(&env->gpu, &buffer);
	igt_assert_eq_u64(cc_shared_pages(env->view), before);
}

static void test_leaks(struct env *env)
{
	unsigned int fds, mappings;
	uint64_t shared;

	/* What the driver keeps for later is no leak */
	test_invert(env, MIXED_SIZE);
	fds = cc_open_fds();
	mappings = count_mappings();
	shared = cc_shared_pages(env->view);
	for (int i = 0; i < CYCLES; i++)
		test_invert(env, MIXED_SIZE);
	igt_assert_eq_u32(cc_open_fds(), fds);
	igt_assert_eq_u32(count_mappings(), mappings);
	igt_assert_eq_u64(cc_shared_pages(env->view), shared);
}

/* ---- pictures ---- */

static void draw(struct env *env, int dmabuf, const struct vks_layout *layout,
		 enum vks_tiling tiling)
{
	struct vks_painter painter;
	struct vks_image image;

	need(env, vks_image_import(&env->gpu, dmabuf, layout, tiling, &image));
	need(env, vks_painter_create(&env->gpu, &painter));
	need(env, vks_paint_now(&env->gpu, &painter, &image, dmabuf));
	vks_painter_destroy(&env->gpu, &painter);
	vks_image_destroy(&env->gpu, &image);
}

/* Bytes to allocate for a picture, padding included that the driver may want. */
static uint64_t picture_size(struct env *env, const struct vks_layout *layout,
			     enum vks_tiling tiling)
{
	uint64_t needed;

	need(env, vks_image_needs(&env->gpu, layout, tiling, &needed));
	return needed;
}

static void test_picture(struct env *env, enum vks_tiling tiling)
{
	struct vks_layout layout = vks_layout_packed(WIDTH, HEIGHT);
	struct cc_buffer memory;

	cc_buffer_create(&memory, cc_shared_heap(), picture_size(env, &layout, tiling));
	draw(env, memory.dmabuf.fd, &layout, tiling);
	assert_picture(env, &memory, &layout);
	ccp_buffer_destroy(&memory.dmabuf);
}

static void test_picture_inside(struct env *env)
{
	struct vks_layout layout = {
		.width = WIDTH,
		.height = HEIGHT,
		.offset = MIB - 5 * PAGE,
		.pitch = WIDTH * VKS_PIXEL + 256,
	};
	uint64_t row = WIDTH * VKS_PIXEL;
	uint64_t size = (picture_size(env, &layout, VKS_EXPLICIT) / PAGE + 2) * PAGE;
	struct cc_buffer memory;

	cc_buffer_create(&memory, cc_shared_heap(), size);
	draw(env, memory.dmabuf.fd, &layout, VKS_EXPLICIT);
	assert_picture(env, &memory, &layout);

	assert_untouched(&memory, 0, layout.offset);
	for (uint32_t y = 0; y < HEIGHT - 1; y++)
		assert_untouched(&memory, layout.offset + y * layout.pitch + row,
				 layout.pitch - row);
	assert_untouched(&memory, vks_layout_end(&layout), size - vks_layout_end(&layout));
	ccp_buffer_destroy(&memory.dmabuf);
}

static void test_shown(struct env *env)
{
	struct vks_wrong_pixels wrong;
	struct ccp_capture capture;
	struct vks_screen screen;
	struct vks_layout layout;
	struct cc_buffer memory;

	need(env, vks_screen_open(&env->gpu, &screen));
	layout = vks_layout_packed(screen.width, screen.height);
	cc_buffer_create(&memory, cc_shared_heap(), picture_size(env, &layout, VKS_EXPLICIT));
	need(env, vks_screen_show(&env->gpu, &screen, memory.dmabuf.fd, &layout));
	draw(env, memory.dmabuf.fd, &layout, VKS_EXPLICIT);
	igt_assert_eq(ccp_scanout_flush(&screen.scanout), 0);

	need(env, vks_screen_capture(&env->gpu, "cc-vulkan-drawn-picture", &capture));
	vks_capture_check(&layout, &capture, &wrong);
	ccp_capture_free(&capture);
	vks_screen_close(&screen);
	ccp_buffer_destroy(&memory.dmabuf);
	assert_no_wrong_pixels(&wrong, "scanout, which shows the shared plane");
}

/* ---- fences ---- */

static void test_waits(struct env *env)
{
	int vgem = cc_drm_open("vgem");
	struct vks_inverter inverter;
	struct vks_buffer buffer;
	struct cc_buffer memory;
	struct vks_work work;
	uint32_t handle, fence;

	need(env, vks_require(&env->gpu, VKS_SYNC_FILES));
	cc_buffer_create(&memory, cc_shared_heap(), MIXED_SIZE);
	need(env, vks_buffer_import(&env->gpu, memory.dmabuf.fd, 0, MIXED_SIZE, &buffer));
	need(env, vks_inverter_create(&env->gpu, &inverter));
	handle = cc_prime_import(vgem, memory.dmabuf.fd);

	/* Once before, for what the driver compiles only when it is run */
	need(env, vks_invert_now(&env->gpu, &inverter, &buffer, memory.dmabuf.fd));
	cc_buffer_rewrite(&memory);

	fence = cc_vgem_fence_attach(vgem, handle, 0);
	need(env, vks_work_begin(&env->gpu, &work));
	vks_invert(&env->gpu, &inverter, &work, &buffer);
	need(env, vks_work_submit(&env->gpu, &work, memory.dmabuf.fd));
	igt_assert_eq(vkWaitForFences(env->gpu.device, 1, &work.done, VK_TRUE, HELD_UP),
		      VK_TIMEOUT);
	cc_assert_cpu(&memory.pattern, memory.dmabuf.map, 0, MIXED_SIZE, "before the fence");

	cc_vgem_fence_signal(vgem, fence);
	need(env, vks_work_wait(&env->gpu, &work));
	assert_inverted(env, &memory, 0, MIXED_SIZE);

	vks_work_end(&env->gpu, &work);
	igt_assert_eq(ccp_gem_close(vgem, handle), 0);
	vks_inverter_destroy(&env->gpu, &inverter);
	vks_buffer_destroy(&env->gpu, &buffer);
	ccp_buffer_destroy(&memory.dmabuf);
	close(vgem);
}

static void test_poll(struct env *env)
{
	const size_t size = QUICK_SIZE;
	struct vks_inverter inverter;
	struct vks_buffer buffer;
	struct cc_buffer memory;
	struct vks_work work;

	need(env, vks_require(&env->gpu, VKS_SYNC_FILES));
	cc_buffer_create(&memory, cc_shared_heap(), size);
	need(env, vks_buffer_import(&env->gpu, memory.dmabuf.fd, 0, size, &buffer));
	need(env, vks_inverter_create(&env->gpu, &inverter));

	need(env, vks_work_begin(&env->gpu, &work));
	vks_invert(&env->gpu, &inverter, &work, &buffer);
	need(env, vks_work_submit(&env->gpu, &work, memory.dmabuf.fd));
	need(env, vks_work_publish(&env->gpu, &work, memory.dmabuf.fd));
	igt_assert_eq(cc_ready(memory.dmabuf.fd, POLLOUT, POLL_MS), POLLOUT);
	assert_inverted(env, &memory, 0, size);

	vks_work_end(&env->gpu, &work);
	vks_inverter_destroy(&env->gpu, &inverter);
	vks_buffer_destroy(&env->gpu, &buffer);
	ccp_buffer_destroy(&memory.dmabuf);
}

/* ---- what must not work ---- */

static void test_ranges(struct env *env)
{
	static const struct {
		uint64_t offset, size;
	} ranges[] = {
		{ 0, 0 },
		{ 0, 4 },
		{ 4, PAGE },
		{ 0, MIXED_SIZE + PAGE },
		{ PAGE, MIXED_SIZE },
		{ MIXED_SIZE, PAGE },
		{ MIXED_SIZE + PAGE, PAGE },
		{ PAGE, UINT64_MAX - 7 },
		{ -(uint64_t)PAGE, 2 * PAGE },
	};
	struct vks_buffer buffer;
	struct cc_buffer memory;
	unsigned int fds;

	cc_buffer_create(&memory, cc_shared_heap(), MIXED_SIZE);
	fds = cc_open_fds();
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		int err = vks_buffer_import(&env->gpu, memory.dmabuf.fd, ranges[i].offset,
					    ranges[i].size, &buffer);

		igt_assert_f(err == -EINVAL, "%#" PRIx64 " bytes at %#" PRIx64 ": %d\n",
			     ranges[i].size, ranges[i].offset, err);
	}
	igt_assert_eq_u32(cc_open_fds(), fds);
	ccp_buffer_destroy(&memory.dmabuf);
}

static void test_layouts(struct env *env, enum vks_tiling tiling)
{
	const uint64_t row = WIDTH * VKS_PIXEL, all = row * HEIGHT;
	const struct vks_layout layouts[] = {
		{ 0, HEIGHT, 0, row },
		{ WIDTH, 0, 0, row },
		{ 16385, 1, 0, 16385 * VKS_PIXEL },
		{ WIDTH, HEIGHT, 0, row - VKS_PIXEL },
		{ WIDTH, HEIGHT, 0, 0 },
		{ WIDTH, HEIGHT / 2, 0, row + 2 },
		{ WIDTH, HEIGHT / 2, 2, row },
		{ WIDTH, HEIGHT, 64, row },
		{ WIDTH, HEIGHT + 1, 0, row },
		{ WIDTH, HEIGHT, 0, row + 64 },
		{ WIDTH, 1, all, row },
		{ WIDTH, 1, -row, row },
		{ WIDTH, HEIGHT, 0, UINT64_MAX - 3 },
	};
	struct cc_buffer memory;
	struct vks_image image;
	unsigned int fds;

	cc_buffer_create(&memory, cc_shared_heap(), all);
	fds = cc_open_fds();
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		int err =
			vks_image_import(&env->gpu, memory.dmabuf.fd, &layouts[i], tiling, &image);

		igt_require_f(err != -ENOTSUP, "%s\n", env->gpu.error);
		igt_assert_f(err == -EINVAL, "%ux%u, offset %#" PRIx64 ", pitch %#" PRIx64 ": %d\n",
			     layouts[i].width, layouts[i].height, layouts[i].offset,
			     layouts[i].pitch, err);
	}
	igt_assert_eq_u32(cc_open_fds(), fds);
	ccp_buffer_destroy(&memory.dmabuf);
}

static void test_refused(struct env *env)
{
	unsigned int fds, mappings;
	struct cc_buffer memory;
	VkDeviceMemory imported;
	int err;

	cc_buffer_create(&memory, cc_shared_heap(), MIXED_SIZE);
	fds = cc_open_fds();
	mappings = count_mappings();
	for (int i = 0; i < CYCLES; i++) {
		err = vks_memory_import(&env->gpu, memory.dmabuf.fd, MIXED_SIZE + MIB, ~0u,
					VK_NULL_HANDLE, &imported);
		igt_assert_eq(err, -EIO);
		igt_assert_f(strstr(env->gpu.error, "VK_ERROR_"), "said \"%s\"\n", env->gpu.error);
	}
	igt_assert_eq_u32(cc_open_fds(), fds);
	igt_assert_eq_u32(count_mappings(), mappings);
	cc_assert_shared_intact(env->view, &memory);
	ccp_buffer_destroy(&memory.dmabuf);
}

int igt_main()
{
	static struct env env;

	igt_fixture() {
		cc_require_heap(cc_shared_heap());
		env.view = cc_hostview_open();
		open_gpu(&env);
	}

	igt_describe("A shader reads and writes every word of a shared buffer, in chunks of each "
		     "size.");
	igt_subtest("imported-buffer-is-inverted") {
		test_invert(&env, PAGE);
		test_invert(&env, MIXED_SIZE);
	}

	igt_describe("The same for a buffer of 64 MiB.");
	igt_subtest("imported-buffer-of-64m-is-inverted")
		test_invert(&env, 64 * MIB);

	igt_describe("A shader reaches the imported part of a buffer, and no byte round it.");
	igt_subtest("imported-part-is-inverted")
		test_part(&env);

	igt_describe("What a shader writes through one import, another one reads through a second "
		     "import.");
	igt_subtest("imports-of-one-buffer-are-one-memory")
		test_two_imports(&env);

	igt_describe(
		"Memory of the driver's own, exported, is the same for the CPU and for shaders.");
	igt_subtest("exported-memory-is-inverted")
		test_export(&env);

	igt_describe(
		"Memory of the driver's own, exported and imported again, is the same for all.");
	igt_subtest("exported-memory-comes-back")
		test_export_and_import(&env);

	igt_describe("The import alone keeps the memory shared; freeing it gives every page back.");
	igt_subtest("import-outlives-the-buffer")
		test_lifetime(&env);

	igt_describe("After imports were freed, no fd, mapping or shared page is left.");
	igt_subtest("freed-imports-leave-nothing")
		test_leaks(&env);

	igt_describe("The graphics queue draws a picture into a shared buffer, every pixel right.");
	igt_subtest("picture-is-drawn")
		test_picture(&env, VKS_EXPLICIT);

	igt_describe("Offset and pitch count, and no byte round the picture's rows changes.");
	igt_subtest("picture-at-an-offset-is-drawn")
		test_picture_inside(&env);

	igt_describe("The same without DRM format modifiers, in the layout that the driver "
		     "chooses.");
	igt_subtest("picture-in-linear-tiling-is-drawn")
		test_picture(&env, VKS_LINEAR);

	igt_describe("What was drawn into a shared buffer is what the host sees on virtio-gpu's "
		     "screen.");
	igt_subtest("drawn-picture-is-shown")
		test_shown(&env);

	igt_describe("A shader does not start before the buffer's fence, a semaphore to it, is "
		     "signalled.");
	igt_subtest("shader-waits-for-the-buffers-fence")
		test_waits(&env);

	igt_describe("Whoever polls the buffer finds the shader's work done.");
	igt_subtest("poll-waits-for-the-shader")
		test_poll(&env);

	igt_describe("Parts that a buffer does not have are an error before the driver sees them.");
	igt_subtest("ranges-outside-the-buffer-are-refused")
		test_ranges(&env);

	igt_describe(
		"Pitches, offsets and sizes that the driver would take on trust are an error.");
	igt_subtest("layouts-outside-the-buffer-are-refused") {
		test_layouts(&env, VKS_EXPLICIT);
		test_layouts(&env, VKS_LINEAR);
	}

	igt_describe("An import that the driver refuses has its VkResult's name, and leaves no fd "
		     "behind.");
	igt_subtest("refused-import-leaves-nothing")
		test_refused(&env);

	igt_fixture() {
		vks_gpu_close(&env.gpu);
		ccp_hostview_close(env.view);
	}
}

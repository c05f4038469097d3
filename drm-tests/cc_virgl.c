// SPDX-License-Identifier: MIT
/**
 * TEST: cc virgl
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: virtio-gpu with 3D, PRIME import, resources
 * Test category: functionality test
 * Description: The host's GPU as a device that reads and writes a guest's memory: its own driver's,
 *	and that of imported dma-bufs.
 *
 * SUBTEST: own-buffer-has-what-the-gpu-wrote
 * Description: What the GPU copied from one buffer of the driver's to another is what the CPU
 *	reads there, by way of an exported dma-buf.
 *
 * SUBTEST: own-edit-is-read-by-the-gpu
 * Description: The GPU reads what the CPU changed in a buffer of the driver's.
 *
 * SUBTEST: part-of-own-buffer-is-written
 * Description: What the GPU writes to a part of a buffer of the driver's leaves the rest as the CPU
 *	wrote it last.
 *
 * SUBTEST: shared-buffer-has-what-the-gpu-wrote
 * Description: What the GPU wrote to a shared buffer is what the CPU reads there, without
 *	DMA_BUF_IOCTL_SYNC, in buffers of all sizes.
 *
 * SUBTEST: shared-buffer-is-read-by-the-gpu
 * Description: The GPU reads what the CPU wrote to a shared buffer, in buffers of all sizes.
 *
 * SUBTEST: shared-edit-is-read-without-sync
 * Description: The GPU reads a shared buffer itself, not a bounced copy of it.
 *
 * SUBTEST: part-of-shared-buffer-is-written
 * Description: What the GPU writes to a part of a shared buffer leaves the rest as it was.
 *
 * SUBTEST: gpu-copies-between-shared-buffers
 * Description: The GPU reads one shared buffer and writes another.
 *
 * SUBTEST: sync-waits-for-the-gpu
 * Description: DMA_BUF_IOCTL_SYNC on a shared buffer waits until the GPU has written it.
 *
 * SUBTEST: gpu-waits-for-the-buffers-fence
 * Description: The GPU reads a shared buffer once a fence of somebody else, who still writes to
 *	it, is signalled.
 *
 * SUBTEST: gpu-writes-the-shared-plane
 * Description: What the GPU wrote is in the shared plane of memory, and not in the private one.
 *
 * SUBTEST: private-buffer-is-stale-without-sync
 * Description: What the GPU wrote for a private buffer stays in a bounced copy until
 *	DMA_BUF_IOCTL_SYNC brings it.
 *
 * SUBTEST: private-edit-is-not-read-without-sync
 * Description: The GPU reads the bounced copy of a private buffer, and what is new there after
 *	DMA_BUF_IOCTL_SYNC.
 *
 * SUBTEST: two-resources-of-one-buffer
 * Description: Two resources of one import have the same memory on this side.
 *
 * SUBTEST: resource-outlives-its-buffer
 * Description: A resource alone keeps the memory that it was made of; its end frees all of it.
 *
 * SUBTEST: picture-comes-back
 * Description: A picture goes from one shared buffer to the GPU and from there to another one.
 *
 * SUBTEST: picture-with-a-stride-comes-back
 * Description: The rows of a picture in a shared buffer may have gaps, which stay as they are.
 *
 * SUBTEST: shared-picture-is-shown
 * Description: The host shows a picture that the GPU has from a shared buffer.
 *
 * SUBTEST: shared-edit-is-shown
 * Description: The host shows what the CPU changed in a shared buffer, once the GPU has it.
 *
 * SUBTEST: wrong-backing-is-refused
 * Description: What is no import, or too small, cannot be a resource's memory; and nobody exports
 *	or maps an import by way of a resource.
 */
#include "igt.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "ccprime.h"
#include "support/buffer.h"
#include "support/fd.h"
#include "support/fence.h"
#include "support/heap.h"
#include "support/hostgpu.h"
#include "support/hostview.h"
#include "support/kernelfs.h"
#include "support/prime.h"
#include "support/screen.h"
#include "support/sizes.h"
#include "support/uapi.h"
#include "support/virtgpu.h"

IGT_TEST_DESCRIPTION("The host's GPU as a device that reads and writes a guest's memory: its own "
		     "driver's, and that of imported dma-bufs.");

#define WIDTH  320
#define HEIGHT 200

struct gpu {
	int drm;
	struct ccp_hostview *view; /* or NULL */
	uint64_t shared_pages; /* of the whole guest, before any test */
};

/* A resource with memory of the driver's. */
struct own {
	struct cc_resource resource;
	void *map;
	size_t size;
	struct ccp_pattern pattern;
};

/* A resource whose memory is a heap buffer. */
struct backed {
	struct cc_buffer buffer;
	uint32_t import;
	struct cc_resource resource;
};

/* ---- both kinds ---- */

static void own_fill(struct own *own)
{
	own->pattern = cc_pattern_next();
	ccp_pattern_fill(&own->pattern, own->map, 0, own->size);
}

static void own_create(struct own *own, int drm, size_t size)
{
	own->size = size;
	igt_assert_eq(cc_resource_create_buffer(&own->resource, drm, 0, size), 0);
	own->map = cc_virtgpu_map(drm, own->resource.handle, size);
	own_fill(own);
}

static void own_destroy(struct own *own)
{
	munmap(own->map, own->size);
	cc_resource_destroy(&own->resource);
}

static void import(struct backed *backed, int drm, const char *heap, size_t size)
{
	cc_buffer_create(&backed->buffer, heap, size);
	backed->import = cc_prime_import(drm, backed->buffer.dmabuf.fd);
}

static void backed_create(struct backed *backed, int drm, const char *heap, size_t size)
{
	import(backed, drm, heap, size);
	igt_assert_eq(cc_resource_create_buffer(&backed->resource, drm, backed->import, size), 0);
}

static void backed_destroy(struct backed *backed)
{
	igt_assert_eq(ccp_gem_close(backed->resource.drm, backed->import), 0);
	cc_resource_destroy(&backed->resource);
	ccp_buffer_destroy(&backed->buffer.dmabuf);
}

static void push_all(const struct cc_resource *resource)
{
	cc_resource_push(resource, 0, resource->width);
}

static void pull_all(const struct cc_resource *resource)
{
	cc_resource_pull(resource, 0, resource->width);
}

/* By way of the GPU, from one's memory on this side to the other's. */
static void copy_over(const struct cc_resource *from, const struct cc_resource *to)
{
	push_all(from);
	cc_resource_copy(from, to);
	pull_all(to);
}

/* This pattern is what the GPU has in a resource. */
static void assert_gpu_has(const struct cc_resource *resource, const struct ccp_pattern *pattern)
{
	struct own seen;

	own_create(&seen, resource->drm, resource->width);
	cc_resource_copy(resource, &seen.resource);
	pull_all(&seen.resource);
	cc_assert_cpu(pattern, seen.map, 0, seen.size, "what the GPU read");
	own_destroy(&seen);
}

/* The GPU reads this pattern in a resource's memory. */
static void assert_gpu_reads(const struct cc_resource *resource, const struct ccp_pattern *pattern)
{
	push_all(resource);
	assert_gpu_has(resource, pattern);
}

/* ---- the driver's memory ---- */

static void test_own(const struct gpu *gpu)
{
	struct cc_buffer exported;
	struct own from, to;

	own_create(&from, gpu->drm, MIXED_SIZE);
	own_create(&to, gpu->drm, MIXED_SIZE);
	copy_over(&from.resource, &to.resource);
	cc_assert_cpu(&from.pattern, to.map, 0, to.size, "the driver's mapping");

	exported =
		cc_buffer_map(cc_prime_export(gpu->drm, to.resource.handle), to.size, from.pattern);
	cc_assert_synced(&exported.pattern, &exported.dmabuf, "the dma-buf's mapping");
	ccp_buffer_destroy(&exported.dmabuf);
	own_destroy(&to);
	own_destroy(&from);
}

static void test_own_edit(const struct gpu *gpu)
{
	struct own own;

	own_create(&own, gpu->drm, MIXED_SIZE);
	assert_gpu_reads(&own.resource, &own.pattern);
	own_fill(&own);
	assert_gpu_reads(&own.resource, &own.pattern);
	own_destroy(&own);
}

/* Whole words, from the middle of a page in one chunk to the middle of one in the next. */
#define PART_START (MIB - PAGE / 2)
#define PART_END   (MIB + 5 * PAGE + 8)

/*
 * The GPU writes a part of a resource, which is of MIXED_SIZE, mapped here, and has this pattern.
 */
static void check_part(const struct own *from, const struct cc_resource *to, const char *map,
		       const struct ccp_pattern *rest)
{
	push_all(&from->resource);
	cc_resource_copy(&from->resource, to);
	cc_resource_pull(to, PART_START, PART_END - PART_START);

	cc_assert_cpu(rest, map, 0, PART_START, "before the part");
	cc_assert_cpu(&from->pattern, map + PART_START, PART_START, PART_END - PART_START,
		      "the part");
	cc_assert_cpu(rest, map + PART_END, PART_END, MIXED_SIZE - PART_END, "behind the part");
}

static void test_own_part(const struct gpu *gpu)
{
	struct own from, to;

	own_create(&from, gpu->drm, MIXED_SIZE);
	own_create(&to, gpu->drm, MIXED_SIZE);
	/* What is bounced has seen this pattern, and not the next one. */
	push_all(&to.resource);
	own_fill(&to);
	check_part(&from, &to.resource, to.map, &to.pattern);
	own_destroy(&to);
	own_destroy(&from);
}

/* ---- shared buffers ---- */

static void check_written(const struct gpu *gpu, size_t size)
{
	struct backed backed;
	struct own from;

	own_create(&from, gpu->drm, size);
	backed_create(&backed, gpu->drm, cc_shared_heap(), size);
	copy_over(&from.resource, &backed.resource);
	cc_assert_cpu(&from.pattern, backed.buffer.dmabuf.map, 0, size, "mapping");
	backed_destroy(&backed);
	own_destroy(&from);
}

static void check_read(const struct gpu *gpu, size_t size)
{
	struct backed backed;

	backed_create(&backed, gpu->drm, cc_shared_heap(), size);
	assert_gpu_reads(&backed.resource, &backed.buffer.pattern);
	backed_destroy(&backed);
}

static void test_sizes(const struct gpu *gpu, void (*check)(const struct gpu *gpu, size_t size))
{
	cc_require_no_forced_bounce();

	for (size_t i = 0; i < cc_sizes_count; i++) {
		if (cc_sizes[i].size <= QUICK_SIZE)
			check(gpu, cc_sizes[i].size);
	}
}

static void test_shared_edit(const struct gpu *gpu)
{
	struct ccp_pattern edit = cc_pattern_next();
	struct backed backed;

	cc_require_no_forced_bounce();

	backed_create(&backed, gpu->drm, cc_shared_heap(), MIXED_SIZE);
	assert_gpu_reads(&backed.resource, &backed.buffer.pattern);
	ccp_pattern_fill(&edit, backed.buffer.dmabuf.map, 0, MIXED_SIZE);
	assert_gpu_reads(&backed.resource, &edit);
	backed_destroy(&backed);
}

static void test_part(const struct gpu *gpu)
{
	struct backed backed;
	struct own from;

	own_create(&from, gpu->drm, MIXED_SIZE);
	backed_create(&backed, gpu->drm, cc_shared_heap(), MIXED_SIZE);
	check_part(&from, &backed.resource, backed.buffer.dmabuf.map, &backed.buffer.pattern);
	backed_destroy(&backed);
	own_destroy(&from);
}

static void test_between(const struct gpu *gpu)
{
	struct backed from, to;

	backed_create(&from, gpu->drm, cc_shared_heap(), MIXED_SIZE);
	backed_create(&to, gpu->drm, cc_shared_heap(), MIXED_SIZE);
	copy_over(&from.resource, &to.resource);
	cc_assert_cpu(&from.buffer.pattern, to.buffer.dmabuf.map, 0, MIXED_SIZE, "mapping");
	backed_destroy(&to);
	backed_destroy(&from);
}

static void test_sync_waits(const struct gpu *gpu)
{
	struct backed backed;
	struct own from;

	own_create(&from, gpu->drm, QUICK_SIZE);
	backed_create(&backed, gpu->drm, cc_shared_heap(), QUICK_SIZE);
	push_all(&from.resource);
	cc_resource_copy(&from.resource, &backed.resource);
	cc_resource_start_pull(&backed.resource, 0, QUICK_SIZE);

	cc_assert_synced(&from.pattern, &backed.buffer.dmabuf, "mapping after SYNC");
	backed_destroy(&backed);
	own_destroy(&from);
}

struct push {
	const struct cc_resource *resource;
	atomic_int tid;
	atomic_bool done;
};

static void *push_in_thread(void *arg)
{
	struct push *push = arg;

	push->tid = gettid();
	push_all(push->resource);
	push->done = true;
	return NULL;
}

/* Whether a thread of this process sleeps: the state is what follows the name in parentheses. */
static bool sleeps(pid_t tid)
{
	char path[64], line[256], *name;
	FILE *file;
	bool read;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	file = fopen(path, "re");
	if (!file)
		return false;
	read = fgets(line, sizeof(line), file);
	fclose(file);
	name = read ? strrchr(line, ')') : NULL;
	return name && (name[2] == 'S' || name[2] == 'D');
}

static void test_fence(const struct gpu *gpu)
{
	int vgem = cc_drm_open("vgem");
	struct push push = {};
	struct backed backed;
	uint32_t handle, fence;
	pthread_t thread;

	backed_create(&backed, gpu->drm, cc_shared_heap(), MIXED_SIZE);
	handle = cc_prime_import(vgem, backed.buffer.dmabuf.fd);
	fence = cc_vgem_fence_attach(vgem, handle, VGEM_FENCE_WRITE);

	push.resource = &backed.resource;
	igt_assert_eq(pthread_create(&thread, NULL, push_in_thread, &push), 0);
	while (!push.done && !(push.tid && sleeps(push.tid)))
		sched_yield();
	backed.buffer.pattern = cc_pattern_next();
	ccp_pattern_fill(&backed.buffer.pattern, backed.buffer.dmabuf.map, 0, MIXED_SIZE);
	cc_vgem_fence_signal(vgem, fence);
	igt_assert_eq(pthread_join(thread, NULL), 0);

	assert_gpu_has(&backed.resource, &backed.buffer.pattern);
	igt_assert_eq(ccp_gem_close(vgem, handle), 0);
	close(vgem);
	backed_destroy(&backed);
}

static void test_planes(const struct gpu *gpu)
{
	struct backed backed;
	struct own from;

	cc_require_hostview(gpu->view);

	own_create(&from, gpu->drm, MIXED_SIZE);
	backed_create(&backed, gpu->drm, cc_shared_heap(), MIXED_SIZE);
	copy_over(&from.resource, &backed.resource);
	backed.buffer.pattern = from.pattern;
	cc_assert_shared_intact(gpu->view, &backed.buffer);
	backed_destroy(&backed);
	own_destroy(&from);
}

/* ---- private buffers: chunks of 64 KiB at most, which swiotlb can bounce ---- */

#define PRIVATE_SIZE (192 * KIB)

static void test_private_stale(const struct gpu *gpu)
{
	struct backed backed;
	struct own from;

	cc_require_heap(CCP_HEAP_PRIVATE);

	own_create(&from, gpu->drm, PRIVATE_SIZE);
	backed_create(&backed, gpu->drm, CCP_HEAP_PRIVATE, PRIVATE_SIZE);
	copy_over(&from.resource, &backed.resource);
	cc_assert_cpu(&backed.buffer.pattern, backed.buffer.dmabuf.map, 0, PRIVATE_SIZE,
		      "mapping before SYNC");
	cc_assert_synced(&from.pattern, &backed.buffer.dmabuf, "mapping after SYNC");
	backed_destroy(&backed);
	own_destroy(&from);
}

static void test_private_edit(const struct gpu *gpu)
{
	struct ccp_pattern edit = cc_pattern_next();
	struct backed backed;

	cc_require_heap(CCP_HEAP_PRIVATE);

	backed_create(&backed, gpu->drm, CCP_HEAP_PRIVATE, PRIVATE_SIZE);
	ccp_pattern_fill(&edit, backed.buffer.dmabuf.map, 0, PRIVATE_SIZE);
	assert_gpu_reads(&backed.resource, &backed.buffer.pattern);
	cc_buffer_rewrite(&backed.buffer);
	assert_gpu_reads(&backed.resource, &backed.buffer.pattern);
	backed_destroy(&backed);
}

/* ---- whose memory it is, and how long ---- */

static void test_two_resources(const struct gpu *gpu)
{
	struct cc_resource second;
	struct backed backed;
	struct own from;

	own_create(&from, gpu->drm, MIXED_SIZE);
	backed_create(&backed, gpu->drm, cc_shared_heap(), MIXED_SIZE);
	igt_assert_eq(cc_resource_create_buffer(&second, gpu->drm, backed.import, MIXED_SIZE), 0);

	/* What the first one wrote is what the second one reads. */
	copy_over(&from.resource, &backed.resource);
	assert_gpu_reads(&second, &from.pattern);

	cc_resource_destroy(&second);
	cc_buffer_rewrite(&backed.buffer);
	assert_gpu_reads(&backed.resource, &backed.buffer.pattern);
	backed_destroy(&backed);
	own_destroy(&from);
}

static void test_lifetime(const struct gpu *gpu)
{
	struct backed backed;

	cc_require_hostview(gpu->view);

	/* Nothing is left of the tests before this one. */
	cc_assert_shared_pages_become(gpu->view, gpu->shared_pages);
	backed_create(&backed, gpu->drm, cc_shared_heap(), MIXED_SIZE);
	igt_assert_eq(ccp_gem_close(gpu->drm, backed.import), 0);
	ccp_buffer_destroy(&backed.buffer.dmabuf);
	assert_gpu_reads(&backed.resource, &backed.buffer.pattern);
	igt_assert_eq_u64(cc_shared_pages(gpu->view), gpu->shared_pages + MIXED_SIZE / PAGE);

	cc_resource_destroy(&backed.resource);
	cc_assert_shared_pages_become(gpu->view, gpu->shared_pages);
}

/* ---- pictures ---- */

static void picture_create(struct backed *backed, int drm, uint32_t width, uint32_t height)
{
	import(backed, drm, cc_shared_heap(), (size_t)width * height * PIXEL);
	igt_assert_eq(
		cc_resource_create_picture(&backed->resource, drm, backed->import, width, height),
		0);
}

/* Whoever has a texture may do what it likes with the bytes that are no colour. */
static bool same_colours(const void *wanted, const void *found, size_t pixels)
{
	const uint32_t *one = wanted, *other = found;

	for (size_t i = 0; i < pixels; i++) {
		if ((one[i] ^ other[i]) & 0xffffff)
			return false;
	}
	return true;
}

static void test_picture(const struct gpu *gpu)
{
	struct backed from, to;

	picture_create(&from, gpu->drm, WIDTH, HEIGHT);
	picture_create(&to, gpu->drm, WIDTH, HEIGHT);
	copy_over(&from.resource, &to.resource);
	igt_assert(same_colours(from.buffer.dmabuf.map, to.buffer.dmabuf.map, WIDTH * HEIGHT));
	backed_destroy(&to);
	backed_destroy(&from);
}

static void test_stride(const struct gpu *gpu)
{
	const uint32_t row = WIDTH * PIXEL, stride = row + 192;
	struct cc_resource resource;
	struct backed from, to;
	char *map;

	picture_create(&from, gpu->drm, WIDTH, HEIGHT);
	import(&to, gpu->drm, cc_shared_heap(), (size_t)stride * HEIGHT);
	map = to.buffer.dmabuf.map;
	igt_assert_eq(cc_resource_create_picture(&to.resource, gpu->drm, to.import, WIDTH, HEIGHT),
		      0);
	to.resource.stride = stride;
	copy_over(&from.resource, &to.resource);
	for (uint32_t y = 0; y < HEIGHT; y++) {
		size_t gap = y * stride + row;

		igt_assert_f(
			same_colours(from.buffer.dmabuf.map + y * row, map + y * stride, WIDTH),
			"row %u is wrong\n", y);
		cc_assert_cpu(&to.buffer.pattern, map + gap, gap, stride - row, "a gap");
	}

	/* And back, from the rows with gaps. */
	resource = from.resource;
	cc_buffer_rewrite(&from.buffer);
	copy_over(&to.resource, &resource);
	for (uint32_t y = 0; y < HEIGHT; y++)
		igt_assert_f(
			same_colours(from.buffer.dmabuf.map + y * row, map + y * stride, WIDTH),
			"row %u is wrong on its way back\n", y);
	backed_destroy(&to);
	backed_destroy(&from);
}

/* A picture that fills the screen, in a shared buffer, as the GPU got it. */
static void show(struct backed *picture, struct ccp_scanout *scanout, const struct gpu *gpu)
{
	uint32_t width, height;

	cc_require_screen(gpu->drm, &width, &height);
	picture_create(picture, gpu->drm, width, height);
	push_all(&picture->resource);
	*scanout = cc_show(gpu->drm, picture->resource.handle, width * PIXEL, 0);
}

static void test_shown(const struct gpu *gpu)
{
	struct ccp_scanout scanout;
	struct backed picture;

	show(&picture, &scanout, gpu);
	cc_assert_shown(gpu->view, &scanout, &picture.buffer.pattern, 0, "cc-virgl-shared-picture");
	ccp_scanout_destroy(&scanout);
	backed_destroy(&picture);
}

static void test_shown_edit(const struct gpu *gpu)
{
	struct ccp_scanout scanout;
	struct backed picture;

	show(&picture, &scanout, gpu);
	picture.buffer.pattern = cc_pattern_next();
	ccp_pattern_fill(&picture.buffer.pattern, picture.buffer.dmabuf.map, 0,
			 picture.buffer.dmabuf.size);
	push_all(&picture.resource);
	igt_assert_eq(ccp_scanout_flush(&scanout), 0);
	cc_assert_shown(gpu->view, &scanout, &picture.buffer.pattern, 0, "cc-virgl-shared-edit");
	ccp_scanout_destroy(&scanout);
	backed_destroy(&picture);
}

static void test_wrong_backing(const struct gpu *gpu)
{
	struct drm_virtgpu_map map = {};
	struct cc_resource refused;
	struct backed backed;
	struct own own;

	own_create(&own, gpu->drm, PAGE);
	backed_create(&backed, gpu->drm, cc_shared_heap(), 4 * PAGE);

	igt_assert_eq(cc_resource_create_buffer(&refused, gpu->drm, 12345, PAGE), -ENOENT);
	igt_assert_eq(cc_resource_create_buffer(&refused, gpu->drm, own.resource.handle, PAGE),
		      -EINVAL);
	igt_assert_eq(cc_resource_create_buffer(&refused, gpu->drm, backed.resource.handle, PAGE),
		      -EINVAL);
	igt_assert_eq(cc_resource_create_buffer(&refused, gpu->drm, backed.import, 5 * PAGE),
		      -EINVAL);
	igt_assert_eq(ccp_prime_export(gpu->drm, backed.resource.handle), -EOPNOTSUPP);
	map.handle = backed.resource.handle;
	if (!cc_ioctl(gpu->drm, DRM_IOCTL_VIRTGPU_MAP, &map))
		igt_assert(cc_map_error(gpu->drm, (off_t)map.offset, PAGE, PROT_READ, MAP_SHARED));

	assert_gpu_reads(&backed.resource, &backed.buffer.pattern);
	backed_destroy(&backed);
	own_destroy(&own);
}

/* ---- */

static void imports(const struct gpu *gpu)
{
	igt_fixture()
		cc_require_backing(gpu->drm);

	igt_describe("What the GPU wrote to a shared buffer is what the CPU reads there, without "
		     "DMA_BUF_IOCTL_SYNC, in buffers of all sizes.");
	igt_subtest("shared-buffer-has-what-the-gpu-wrote")
		test_sizes(gpu, check_written);

	igt_describe("The GPU reads what the CPU wrote to a shared buffer, in buffers of all "
		     "sizes.");
	igt_subtest("shared-buffer-is-read-by-the-gpu")
		test_sizes(gpu, check_read);

	igt_describe("The GPU reads a shared buffer itself, not a bounced copy of it.");
	igt_subtest("shared-edit-is-read-without-sync")
		test_shared_edit(gpu);

	igt_describe("What the GPU writes to a part of a shared buffer leaves the rest as it was.");
	igt_subtest("part-of-shared-buffer-is-written")
		test_part(gpu);

	igt_describe("The GPU reads one shared buffer and writes another.");
	igt_subtest("gpu-copies-between-shared-buffers")
		test_between(gpu);

	igt_describe("DMA_BUF_IOCTL_SYNC on a shared buffer waits until the GPU has written it.");
	igt_subtest("sync-waits-for-the-gpu")
		test_sync_waits(gpu);

	igt_describe(
		"The GPU reads a shared buffer once a fence of somebody else, who still writes "
		"to it, is signalled.");
	igt_subtest("gpu-waits-for-the-buffers-fence")
		test_fence(gpu);

	igt_describe("What the GPU wrote is in the shared plane of memory, and not in the private "
		     "one.");
	igt_subtest("gpu-writes-the-shared-plane")
		test_planes(gpu);

	igt_describe("What the GPU wrote for a private buffer stays in a bounced copy until "
		     "DMA_BUF_IOCTL_SYNC brings it.");
	igt_subtest("private-buffer-is-stale-without-sync")
		test_private_stale(gpu);

	igt_describe("The GPU reads the bounced copy of a private buffer, and what is new there "
		     "after DMA_BUF_IOCTL_SYNC.");
	igt_subtest("private-edit-is-not-read-without-sync")
		test_private_edit(gpu);

	igt_describe("Two resources of one import have the same memory on this side.");
	igt_subtest("two-resources-of-one-buffer")
		test_two_resources(gpu);

	igt_describe("A resource alone keeps the memory that it was made of; its end frees all of "
		     "it.");
	igt_subtest("resource-outlives-its-buffer")
		test_lifetime(gpu);

	igt_describe("A picture goes from one shared buffer to the GPU and from there to another "
		     "one.");
	igt_subtest("picture-comes-back")
		test_picture(gpu);

	igt_describe("The rows of a picture in a shared buffer may have gaps, which stay as they "
		     "are.");
	igt_subtest("picture-with-a-stride-comes-back")
		test_stride(gpu);

	igt_describe("The host shows a picture that the GPU has from a shared buffer.");
	igt_subtest("shared-picture-is-shown")
		test_shown(gpu);

	igt_describe(
		"The host shows what the CPU changed in a shared buffer, once the GPU has it.");
	igt_subtest("shared-edit-is-shown")
		test_shown_edit(gpu);

	igt_describe("What is no import, or too small, cannot be a resource's memory; and nobody "
		     "exports or maps an import by way of a resource.");
	igt_subtest("wrong-backing-is-refused")
		test_wrong_backing(gpu);
}

int igt_main()
{
	static struct gpu gpu = { .drm = -1 };

	igt_fixture() {
		cc_require_coco();
		cc_require_heap(cc_shared_heap());
		gpu.drm = cc_hostgpu_open();
		gpu.view = cc_hostview_open();
		gpu.shared_pages = cc_shared_pages(gpu.view);
	}

	igt_describe("What the GPU copied from one buffer of the driver's to another is what the "
		     "CPU reads there, by way of an exported dma-buf.");
	igt_subtest("own-buffer-has-what-the-gpu-wrote")
		test_own(&gpu);

	igt_describe("The GPU reads what the CPU changed in a buffer of the driver's.");
	igt_subtest("own-edit-is-read-by-the-gpu")
		test_own_edit(&gpu);

	igt_describe("What the GPU writes to a part of a buffer of the driver's leaves the rest as "
		     "the CPU wrote it last.");
	igt_subtest("part-of-own-buffer-is-written")
		test_own_part(&gpu);

	igt_subtest_group()
		imports(&gpu);

	igt_fixture() {
		ccp_hostview_close(gpu.view);
		close(gpu.drm);
	}
}

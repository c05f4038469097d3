// SPDX-License-Identifier: MIT
/**
 * TEST: cc sync
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: DMA_BUF_IOCTL_SYNC, sync files, fences
 * Test category: functionality test
 * Description: Who may touch a shared buffer when: the SYNC ioctl in all its forms and
 *	orders, fences of importers, sync files, poll. Importers' copies show what is lost
 *	without it.
 *
 * SUBTEST: sync-flags-are-checked
 * Description: SYNC takes each combination of read, write, start and end, and no other bit.
 *
 * SUBTEST: sync-bad-pointer-is-efault
 * Description: An argument that cannot be read is EFAULT.
 *
 * SUBTEST: order-of-begin-and-end-is-free
 * Description: Ends without starts, starts without ends and nested ones neither fail nor
 *	change a byte.
 *
 * SUBTEST: sync-needs-no-mapping
 * Description: SYNC works for read-only, write-only and unmapped file descriptors.
 *
 * SUBTEST: sync-of-many-processes-at-once
 * Description: Processes that sync, and write to parts of their own, do not disturb each
 *	other.
 *
 * SUBTEST: begin-waits-for-write-fence
 * Description: The start of an access waits until the importer's write is signalled.
 *
 * SUBTEST: begin-write-waits-for-read-fence
 * Description: The start of a write waits until the importer's read is signalled.
 *
 * SUBTEST: begin-read-passes-read-fence
 * Description: Two readers do not wait for each other.
 *
 * SUBTEST: end-waits-for-nobody
 * Description: The end of an access does not wait for a fence.
 *
 * SUBTEST: sync-file-flags-are-checked
 * Description: Export and import of sync files take read, write or both, and no other bit.
 *
 * SUBTEST: only-sync-files-are-imported
 * Description: Whatever is no sync file is EINVAL.
 *
 * SUBTEST: export-for-read-passes-readers
 * Description: A sync file for reading waits for writers, one for writing also for readers.
 *
 * SUBTEST: import-for-read-holds-up-writers
 * Description: A sync file that comes in as a reader's holds up writers only.
 *
 * SUBTEST: import-for-write-holds-up-both
 * Description: A sync file that comes in as a writer's holds up readers and writers.
 *
 * SUBTEST: merged-sync-file-waits-for-all
 * Description: A merged sync file is signalled when the last of its fences is.
 *
 * SUBTEST: sync-file-outlives-the-buffer
 * Description: A sync file keeps its fence after the buffer and the importer's handle are
 *	gone.
 *
 * SUBTEST: sw-sync-fence-holds-up-readers
 * Description: A fence of the software timeline holds up a shared buffer until the timeline
 *	gets there.
 *
 * SUBTEST: shared-edit-survives-begin
 * Description: What the CPU wrote to a shared buffer without an end stays, for there is no
 *	copy to bring back.
 *
 * SUBTEST: private-edit-is-lost-at-begin
 * Description: What the CPU wrote to a private buffer without an end is lost: the bounced
 *	copy comes back over it.
 *
 * SUBTEST: private-edit-after-end-stays
 * Description: What the CPU wrote to a private buffer before an end is in the copy that
 *	comes back.
 */
#include "igt.h"

#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/sync_file.h>
#include <poll.h>

#include "ccprime.h"
#include "support/buffer.h"
#include "support/fd.h"
#include "support/fence.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/kernelfs.h"
#include "support/prime.h"
#include "support/sizes.h"
#include "support/uapi.h"
#include "support/virtgpu.h"

IGT_TEST_DESCRIPTION("Who may touch a shared buffer when: the SYNC ioctl in all its forms and "
		     "orders, fences of importers, sync files, poll. Importers' copies show what "
		     "is lost without it.");

/* Chunks of 64 KiB, which can be bounced. */
#define BOUNCED_SIZE (256 * KIB)

/* How long something that should not happen is given to happen. */
#define QUIET_MS 50

#define WRITERS 4
#define ROUNDS	20

#define SW_SYNC "/sys/kernel/debug/sync/sw_sync"

struct env {
	struct ccp_hostview *view; /* or NULL */
	int vgem;
};

/* A buffer with a pending fence of vgem's. */
struct fenced {
	struct cc_buffer buffer;
	uint32_t handle, fence;
};

static void create_fenced(const struct env *env, struct fenced *fenced, uint32_t fence_flags)
{
	cc_buffer_create(&fenced->buffer, cc_shared_heap(), MIXED_SIZE);
	fenced->handle = cc_prime_import(env->vgem, fenced->buffer.dmabuf.fd);
	fenced->fence = cc_vgem_fence_attach(env->vgem, fenced->handle, fence_flags);
}

static void destroy_fenced(const struct env *env, struct fenced *fenced)
{
	igt_assert_eq(ccp_gem_close(env->vgem, fenced->handle), 0);
	ccp_buffer_destroy(&fenced->buffer.dmabuf);
}

/* ---- the SYNC ioctl ---- */

static int sync_raw(int fd, uint64_t flags)
{
	struct dma_buf_sync sync = { .flags = flags };

	return cc_ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync);
}

static void assert_sync(int fd, uint64_t flags, int expected)
{
	int err = sync_raw(fd, flags);

	igt_assert_f(err == expected, "flags 0x%" PRIx64 ": %d, expected %d\n", flags, err,
		     expected);
}

static void test_sync_flags(void)
{
	const uint64_t valid = DMA_BUF_SYNC_RW | DMA_BUF_SYNC_END;
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), PAGE);
	for (uint64_t flags = 0; flags <= valid; flags++)
		assert_sync(buffer.dmabuf.fd, flags, flags & DMA_BUF_SYNC_RW ? 0 : -EINVAL);
	for (unsigned int bit = 0; bit < 64; bit++)
		if (!(valid & 1ull << bit))
			assert_sync(buffer.dmabuf.fd, DMA_BUF_SYNC_RW | 1ull << bit, -EINVAL);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_sync_pointer(void)
{
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), PAGE);
	igt_assert_eq(cc_ioctl(buffer.dmabuf.fd, DMA_BUF_IOCTL_SYNC, NULL), -EFAULT);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_sync_order(const struct env *env)
{
	static const uint64_t calls[] = {
		DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE,	 DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW,
		DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ,	 DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE,
		DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW,	 DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW,
		DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ,	 DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ,
		DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ,
	};
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		buffer.pattern = cc_pattern_next();
		ccp_pattern_fill(&buffer.pattern, buffer.dmabuf.map, 0, MIXED_SIZE);
		assert_sync(buffer.dmabuf.fd, calls[i], 0);
		cc_assert_cpu(&buffer.pattern, buffer.dmabuf.map, 0, MIXED_SIZE, "after SYNC");
	}
	cc_assert_shared_intact(env->view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_sync_modes(void)
{
	static const uint32_t modes[] = { O_RDONLY, O_WRONLY, O_RDWR };

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		int fd = cc_heap_alloc_page(modes[i] | O_CLOEXEC);

		assert_sync(fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW, 0);
		assert_sync(fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW, 0);
		close(fd);
	}
}

static void sync_and_write(const struct cc_buffer *buffer, size_t offset, size_t size)
{
	char *part = (char *)buffer->dmabuf.map + offset;

	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct ccp_pattern pattern = cc_pattern_next();

		igt_assert_eq(ccp_dmabuf_begin_cpu_access(buffer->dmabuf.fd, DMA_BUF_SYNC_RW), 0);
		ccp_pattern_fill(&pattern, part, offset, size);
		igt_assert_eq(ccp_dmabuf_end_cpu_access(buffer->dmabuf.fd, DMA_BUF_SYNC_RW), 0);
		cc_assert_cpu(&pattern, part, offset, size, "own part");
	}
	ccp_pattern_fill(&buffer->pattern, part, offset, size);
}

static void test_sync_processes(const struct env *env)
{
	size_t size = 64 * KIB;
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), WRITERS * size);
	igt_fork(child, WRITERS)
		sync_and_write(&buffer, child * size, size);
	igt_waitchildren();
	cc_assert_shared_intact(env->view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
}

/* ---- the SYNC ioctl and fences ---- */

/* A child that starts an access, and says so in the pipe. */
static void begin_in_child(const struct fenced *fenced, uint64_t flags, int said)
{
	char byte = 0;

	igt_fork(child, 1) {
		igt_assert_eq(ccp_dmabuf_begin_cpu_access(fenced->buffer.dmabuf.fd, flags), 0);
		igt_assert_eq(write(said, &byte, 1), 1);
	}
}

static void test_begin_waits(const struct env *env, uint32_t fence_flags, uint64_t sync_flags)
{
	struct fenced fenced;
	int said[2];

	igt_assert_eq(pipe2(said, O_CLOEXEC), 0);
	create_fenced(env, &fenced, fence_flags);
	begin_in_child(&fenced, sync_flags, said[1]);
	igt_assert_eq(cc_ready(said[0], POLLIN, QUIET_MS), 0);

	cc_vgem_fence_signal(env->vgem, fenced.fence);
	igt_assert_eq(cc_ready(said[0], POLLIN, CC_SIGNAL_MS), POLLIN);
	igt_waitchildren();
	cc_assert_shared_intact(env->view, &fenced.buffer);

	destroy_fenced(env, &fenced);
	close(said[0]);
	close(said[1]);
}

static void test_begin_passes(const struct env *env, uint32_t fence_flags, uint64_t sync_flags)
{
	struct fenced fenced;
	int said[2];

	igt_assert_eq(pipe2(said, O_CLOEXEC), 0);
	create_fenced(env, &fenced, fence_flags);
	begin_in_child(&fenced, sync_flags, said[1]);
	igt_assert_eq(cc_ready(said[0], POLLIN, CC_SIGNAL_MS), POLLIN);
	cc_vgem_fence_signal(env->vgem, fenced.fence);
	igt_waitchildren();

	destroy_fenced(env, &fenced);
	close(said[0]);
	close(said[1]);
}

static void test_end_passes(const struct env *env)
{
	struct fenced fenced;

	create_fenced(env, &fenced, VGEM_FENCE_WRITE);
	igt_assert_eq(ccp_dmabuf_end_cpu_access(fenced.buffer.dmabuf.fd, DMA_BUF_SYNC_RW), 0);
	/* It is pending still: vgem has not signalled it meanwhile */
	igt_assert_eq(cc_ready(fenced.buffer.dmabuf.fd, POLLIN, 0), 0);
	cc_vgem_fence_signal(env->vgem, fenced.fence);
	destroy_fenced(env, &fenced);
}

/* ---- sync files ---- */

static void test_sync_file_flags(void)
{
	struct cc_buffer buffer;
	int fd;

	cc_buffer_create(&buffer, cc_shared_heap(), PAGE);
	fd = cc_export_sync_file(buffer.dmabuf.fd, DMA_BUF_SYNC_RW);
	for (unsigned int bit = 0; bit < 32; bit++) {
		uint32_t flags = 1u << bit;
		bool valid = flags & DMA_BUF_SYNC_RW;
		int found = ccp_dmabuf_export_sync_file(buffer.dmabuf.fd, flags);

		igt_assert_f(valid ? found >= 0 : found == -EINVAL, "export 0x%x: %d\n", flags,
			     found);
		if (valid)
			close(found);
		found = ccp_dmabuf_import_sync_file(buffer.dmabuf.fd, flags, fd);
		igt_assert_f(found == (valid ? 0 : -EINVAL), "import 0x%x: %d\n", flags, found);
	}
	igt_assert_eq(ccp_dmabuf_export_sync_file(buffer.dmabuf.fd, 0), -EINVAL);
	igt_assert_eq(ccp_dmabuf_import_sync_file(buffer.dmabuf.fd, 0, fd), -EINVAL);
	close(fd);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_import_wrong(const struct env *env)
{
	struct cc_buffer buffer;
	int ends[2];

	igt_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	cc_buffer_create(&buffer, cc_shared_heap(), PAGE);
	close(cc_export_sync_file(buffer.dmabuf.fd, DMA_BUF_SYNC_RW));
	igt_assert_eq(ccp_dmabuf_import_sync_file(buffer.dmabuf.fd, DMA_BUF_SYNC_WRITE, -1),
		      -EINVAL);
	igt_assert_eq(ccp_dmabuf_import_sync_file(buffer.dmabuf.fd, DMA_BUF_SYNC_WRITE, ends[0]),
		      -EINVAL);
	igt_assert_eq(
		ccp_dmabuf_import_sync_file(buffer.dmabuf.fd, DMA_BUF_SYNC_WRITE, buffer.dmabuf.fd),
		-EINVAL);
	igt_assert_eq(ccp_dmabuf_import_sync_file(buffer.dmabuf.fd, DMA_BUF_SYNC_WRITE, env->vgem),
		      -EINVAL);
	ccp_buffer_destroy(&buffer.dmabuf);
	close(ends[0]);
	close(ends[1]);
}

static void test_export_directions(const struct env *env)
{
	struct fenced fenced;
	int reads, writes;

	create_fenced(env, &fenced, 0);
	reads = cc_export_sync_file(fenced.buffer.dmabuf.fd, DMA_BUF_SYNC_READ);
	writes = cc_export_sync_file(fenced.buffer.dmabuf.fd, DMA_BUF_SYNC_WRITE);
	igt_assert_eq(cc_sync_file_status(reads), 1);
	igt_assert_eq(cc_sync_file_status(writes), 0);

	cc_vgem_fence_signal(env->vgem, fenced.fence);
	igt_assert_eq(cc_ready(writes, POLLIN, CC_SIGNAL_MS), POLLIN);
	igt_assert_eq(cc_sync_file_status(writes), 1);

	close(writes);
	close(reads);
	destroy_fenced(env, &fenced);
}

/* blocked: of POLLIN and POLLOUT, what the other buffer is not ready for. */
static void test_import_direction(const struct env *env, uint32_t flags, short blocked)
{
	const short all = POLLIN | POLLOUT;
	struct cc_buffer other;
	struct fenced fenced;
	int sync_file;

	create_fenced(env, &fenced, VGEM_FENCE_WRITE);
	cc_buffer_create(&other, cc_shared_heap(), PAGE);
	sync_file = cc_export_sync_file(fenced.buffer.dmabuf.fd, DMA_BUF_SYNC_RW);
	igt_assert_eq(ccp_dmabuf_import_sync_file(other.dmabuf.fd, flags, sync_file), 0);
	igt_assert_eq(cc_ready(other.dmabuf.fd, POLLIN, 0), POLLIN & ~blocked);
	igt_assert_eq(cc_ready(other.dmabuf.fd, POLLOUT, 0), POLLOUT & ~blocked);

	cc_vgem_fence_signal(env->vgem, fenced.fence);
	igt_assert_eq(cc_ready(other.dmabuf.fd, POLLIN, CC_SIGNAL_MS), POLLIN);
	igt_assert_eq(cc_ready(other.dmabuf.fd, POLLOUT, CC_SIGNAL_MS), POLLOUT);
	igt_assert_eq(cc_ready(other.dmabuf.fd, all, 0) & all, all);

	close(sync_file);
	ccp_buffer_destroy(&other.dmabuf);
	destroy_fenced(env, &fenced);
}

static int merge(int one, int other)
{
	struct sync_merge_data data = { .name = "ccprime", .fd2 = other };

	igt_assert_eq(cc_ioctl(one, SYNC_IOC_MERGE, &data), 0);
	return data.fence;
}

static void test_merge(const struct env *env)
{
	struct fenced first, second;
	int one, other, both;

	create_fenced(env, &first, VGEM_FENCE_WRITE);
	create_fenced(env, &second, VGEM_FENCE_WRITE);
	one = cc_export_sync_file(first.buffer.dmabuf.fd, DMA_BUF_SYNC_READ);
	other = cc_export_sync_file(second.buffer.dmabuf.fd, DMA_BUF_SYNC_READ);
	both = merge(one, other);

	cc_vgem_fence_signal(env->vgem, second.fence);
	igt_assert_eq(cc_sync_file_status(other), 1);
	igt_assert_eq(cc_sync_file_status(both), 0);
	igt_assert_eq(cc_ready(both, POLLIN, 0), 0);
	cc_vgem_fence_signal(env->vgem, first.fence);
	igt_assert_eq(cc_ready(both, POLLIN, CC_SIGNAL_MS), POLLIN);
	igt_assert_eq(cc_sync_file_status(both), 1);

	close(both);
	close(other);
	close(one);
	destroy_fenced(env, &second);
	destroy_fenced(env, &first);
}

static void test_sync_file_outlives(const struct env *env)
{
	struct fenced fenced;
	int sync_file;

	create_fenced(env, &fenced, VGEM_FENCE_WRITE);
	sync_file = cc_export_sync_file(fenced.buffer.dmabuf.fd, DMA_BUF_SYNC_READ);
	destroy_fenced(env, &fenced);
	igt_assert_eq(cc_sync_file_status(sync_file), 0);
	cc_vgem_fence_signal(env->vgem, fenced.fence);
	igt_assert_eq(cc_ready(sync_file, POLLIN, CC_SIGNAL_MS), POLLIN);
	igt_assert_eq(cc_sync_file_status(sync_file), 1);
	close(sync_file);
}

static void test_sw_sync(void)
{
	struct sw_sync_create_fence_data data = { .value = 2, .name = "ccprime" };
	struct cc_buffer buffer;
	uint32_t step = 1;
	int timeline;

	timeline = cc_open_file(SW_SYNC, O_RDWR);
	igt_assert_eq(cc_ioctl(timeline, SW_SYNC_IOC_CREATE_FENCE, &data), 0);

	cc_buffer_create(&buffer, cc_shared_heap(), PAGE);
	igt_assert_eq(ccp_dmabuf_import_sync_file(buffer.dmabuf.fd, DMA_BUF_SYNC_WRITE, data.fence),
		      0);
	igt_assert_eq(cc_ready(buffer.dmabuf.fd, POLLIN, 0), 0);
	igt_assert_eq(cc_ioctl(timeline, SW_SYNC_IOC_INC, &step), 0);
	igt_assert_eq(cc_ready(buffer.dmabuf.fd, POLLIN, 0), 0);
	igt_assert_eq(cc_ioctl(timeline, SW_SYNC_IOC_INC, &step), 0);
	igt_assert_eq(cc_ready(buffer.dmabuf.fd, POLLIN, CC_SIGNAL_MS), POLLIN);

	ccp_buffer_destroy(&buffer.dmabuf);
	close(data.fence);
	close(timeline);
}

/* ---- the SYNC ioctl and copies: virtio-gpu maps for DMA, and never writes ---- */

static void import_for_dma(struct cc_buffer *buffer, const char *heap, int *drm, uint32_t *handle)
{
	cc_require_heap(heap);
	*drm = cc_virtgpu_open();
	cc_buffer_create(buffer, heap, BOUNCED_SIZE);
	*handle = cc_prime_import(*drm, buffer->dmabuf.fd);
}

static void end_import(struct cc_buffer *buffer, int drm, uint32_t handle)
{
	igt_assert_eq(ccp_gem_close(drm, handle), 0);
	ccp_buffer_destroy(&buffer->dmabuf);
	close(drm);
}

/* An edit that no end has announced, then a start. stays: the edit; else what was before it. */
static void test_edit_before_begin(const char *heap, bool stays)
{
	struct ccp_pattern edit = cc_pattern_next();
	struct cc_buffer buffer;
	uint32_t handle;
	int drm;

	cc_require_no_forced_bounce();
	import_for_dma(&buffer, heap, &drm, &handle);
	ccp_pattern_fill(&edit, buffer.dmabuf.map, 0, BOUNCED_SIZE);
	cc_assert_synced(stays ? &edit : &buffer.pattern, &buffer.dmabuf, "after the start");
	end_import(&buffer, drm, handle);
}

static void test_edit_before_end(const char *heap)
{
	struct cc_buffer buffer;
	uint32_t handle;
	int drm;

	import_for_dma(&buffer, heap, &drm, &handle);
	cc_buffer_rewrite(&buffer);
	cc_assert_synced(&buffer.pattern, &buffer.dmabuf, "after the start");
	end_import(&buffer, drm, handle);
}

int igt_main()
{
	static struct env env = { .vgem = -1 };

	igt_fixture() {
		cc_require_heap(cc_shared_heap());
		env.vgem = cc_drm_open("vgem");
		env.view = cc_hostview_open();
	}

	igt_describe("SYNC takes each combination of read, write, start and end, and no "
		     "other bit.");
	igt_subtest("sync-flags-are-checked")
		test_sync_flags();

	igt_describe("An argument that cannot be read is EFAULT.");
	igt_subtest("sync-bad-pointer-is-efault")
		test_sync_pointer();

	igt_describe("Ends without starts, starts without ends and nested ones neither fail "
		     "nor change a byte.");
	igt_subtest("order-of-begin-and-end-is-free")
		test_sync_order(&env);

	igt_describe("SYNC works for read-only, write-only and unmapped file descriptors.");
	igt_subtest("sync-needs-no-mapping")
		test_sync_modes();

	igt_describe("Processes that sync, and write to parts of their own, do not disturb "
		     "each other.");
	igt_subtest("sync-of-many-processes-at-once")
		test_sync_processes(&env);

	igt_describe("The start of an access waits until the importer's write is signalled.");
	igt_subtest("begin-waits-for-write-fence")
		test_begin_waits(&env, VGEM_FENCE_WRITE, DMA_BUF_SYNC_READ);

	igt_describe("The start of a write waits until the importer's read is signalled.");
	igt_subtest("begin-write-waits-for-read-fence")
		test_begin_waits(&env, 0, DMA_BUF_SYNC_WRITE);

	igt_describe("Two readers do not wait for each other.");
	igt_subtest("begin-read-passes-read-fence")
		test_begin_passes(&env, 0, DMA_BUF_SYNC_READ);

	igt_describe("The end of an access does not wait for a fence.");
	igt_subtest("end-waits-for-nobody")
		test_end_passes(&env);

	igt_describe("Export and import of sync files take read, write or both, and no other "
		     "bit.");
	igt_subtest("sync-file-flags-are-checked")
		test_sync_file_flags();

	igt_describe("Whatever is no sync file is EINVAL.");
	igt_subtest("only-sync-files-are-imported")
		test_import_wrong(&env);

	igt_describe("A sync file for reading waits for writers, one for writing also for "
		     "readers.");
	igt_subtest("export-for-read-passes-readers")
		test_export_directions(&env);

	igt_describe("A sync file that comes in as a reader's holds up writers only.");
	igt_subtest("import-for-read-holds-up-writers")
		test_import_direction(&env, DMA_BUF_SYNC_READ, POLLOUT);

	igt_describe("A sync file that comes in as a writer's holds up readers and writers.");
	igt_subtest("import-for-write-holds-up-both")
		test_import_direction(&env, DMA_BUF_SYNC_WRITE, POLLIN | POLLOUT);

	igt_describe("A merged sync file is signalled when the last of its fences is.");
	igt_subtest("merged-sync-file-waits-for-all")
		test_merge(&env);

	igt_describe("A sync file keeps its fence after the buffer and the importer's handle "
		     "are gone.");
	igt_subtest("sync-file-outlives-the-buffer")
		test_sync_file_outlives(&env);

	igt_describe("A fence of the software timeline holds up a shared buffer until the "
		     "timeline gets there.");
	igt_subtest("sw-sync-fence-holds-up-readers")
		test_sw_sync();

	igt_describe("What the CPU wrote to a shared buffer without an end stays, for there "
		     "is no copy to bring back.");
	igt_subtest("shared-edit-survives-begin")
		test_edit_before_begin(cc_shared_heap(), true);

	igt_describe("What the CPU wrote to a private buffer without an end is lost: the "
		     "bounced copy comes back over it.");
	igt_subtest("private-edit-is-lost-at-begin")
		test_edit_before_begin(CCP_HEAP_PRIVATE, false);

	igt_describe("What the CPU wrote to a private buffer before an end is in the copy "
		     "that comes back.");
	igt_subtest("private-edit-after-end-stays")
		test_edit_before_end(CCP_HEAP_PRIVATE);

	igt_fixture() {
		ccp_hostview_close(env.view);
		close(env.vgem);
	}
}

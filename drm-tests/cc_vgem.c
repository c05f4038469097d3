// SPDX-License-Identifier: MIT
/**
 * TEST: cc vgem
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: PRIME import into vgem
 * Test category: functionality test
 * Description: vgem as an importer of system_cc_shared buffers: identity, lifetime and fences. The
 *	memory stays what it was.
 *
 * SUBTEST: import-leaves-memory-alone
 * Description: Importing neither moves nor converts the pages, nor does closing the handle.
 *
 * SUBTEST: two-imports-give-one-handle
 * Description: A dma-buf has one handle in a file, however often and by whichever fd it comes.
 *
 * SUBTEST: closed-handle-is-gone
 * Description: One GEM_CLOSE ends the handle, and the buffer can be imported again.
 *
 * SUBTEST: reexport-is-the-same-dmabuf
 * Description: Exporting an imported handle gives the dma-buf that came in, not a copy.
 *
 * SUBTEST: reexport-maps-the-same-memory
 * Description: A mapping of the re-exported fd reads and writes the buffer's shared memory.
 *
 * SUBTEST: map-dumb-is-refused
 * Description: vgem does not map foreign memory as if it were its own.
 *
 * SUBTEST: write-fence-is-seen-by-poll
 * Description: A pending write holds up readers and writers of the dma-buf until it is signalled.
 *
 * SUBTEST: read-fence-is-seen-by-poll
 * Description: A pending read holds up writers of the dma-buf, but not readers.
 *
 * SUBTEST: fence-is-seen-by-sync-file
 * Description: A sync file exported from the dma-buf carries the importer's fence.
 *
 * SUBTEST: sync-file-holds-up-another-buffer
 * Description: The importer's fence can be handed to another buffer as a sync file.
 *
 * SUBTEST: importer-outlives-fds
 * Description: The handle alone keeps memory, content and state; its end frees all of it.
 *
 * SUBTEST: dma-mapping-is-told
 * Description: Whether this kernel's vgem maps imports for DMA at all, by the kernel's own trace.
 *
 * SUBTEST: import-that-maps-is-cc-shared
 * Description: A vgem that maps imports maps a shared buffer once, with CC_SHARED, and unmaps it.
 *
 * SUBTEST: mapping-leads-to-the-buffer
 * Description: The DMA addresses of a shared buffer are those of its own pages, all of them.
 *
 * SUBTEST: private-mapping-leads-elsewhere
 * Description: The DMA addresses of a private buffer are not those of its pages.
 */
#include "igt.h"

#include <drm.h>
#include <linux/dma-buf.h>
#include <poll.h>

#include "ccprime.h"
#include "support/buffer.h"
#include "support/fd.h"
#include "support/fence.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/kernelfs.h"
#include "support/pages.h"
#include "support/prime.h"
#include "support/sizes.h"
#include "support/trace.h"
#include "support/uapi.h"

IGT_TEST_DESCRIPTION("vgem as an importer of system_cc_shared buffers: identity, lifetime and "
		     "fences. The memory stays what it was.");

#define MAP_IMPORTS "/sys/module/vgem/parameters/map_imports"

static void create_imported(int vgem, struct cc_buffer *buffer, uint32_t *handle)
{
	cc_buffer_create(buffer, cc_shared_heap(), MIXED_SIZE);
	*handle = cc_prime_import(vgem, buffer->dmabuf.fd);
}

static void destroy_imported(int vgem, struct cc_buffer *buffer, uint32_t handle)
{
	igt_assert_eq(ccp_gem_close(vgem, handle), 0);
	ccp_buffer_destroy(&buffer->dmabuf);
}

static void test_import(int vgem, struct ccp_hostview *view)
{
	struct cc_buffer buffer;
	uint32_t handle;

	create_imported(vgem, &buffer, &handle);
	cc_assert_shared_intact(view, &buffer);

	igt_assert_eq(ccp_gem_close(vgem, handle), 0);
	cc_assert_shared_intact(view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_one_handle(int vgem)
{
	uint32_t handle, again, by_dup;
	struct cc_buffer buffer, other;
	uint32_t other_handle;
	int fd;

	create_imported(vgem, &buffer, &handle);
	again = cc_prime_import(vgem, buffer.dmabuf.fd);
	igt_assert_eq_u32(again, handle);

	fd = dup(buffer.dmabuf.fd);
	igt_assert_fd(fd);
	by_dup = cc_prime_import(vgem, fd);
	igt_assert_eq_u32(by_dup, handle);
	close(fd);

	create_imported(vgem, &other, &other_handle);
	igt_assert_neq_u32(other_handle, handle);

	destroy_imported(vgem, &other, other_handle);
	destroy_imported(vgem, &buffer, handle);
}

static void test_closed_handle(int vgem)
{
	struct cc_buffer buffer;
	uint32_t handle;

	create_imported(vgem, &buffer, &handle);
	cc_prime_import(vgem, buffer.dmabuf.fd);

	igt_assert_eq(ccp_gem_close(vgem, handle), 0);
	igt_assert_eq(ccp_gem_close(vgem, handle), -EINVAL);
	igt_assert_eq(ccp_prime_export(vgem, handle), -ENOENT);

	handle = cc_prime_import(vgem, buffer.dmabuf.fd);
	destroy_imported(vgem, &buffer, handle);
}

static void test_same_dmabuf(int vgem)
{
	struct cc_buffer buffer;
	uint32_t handle;
	int fd;

	create_imported(vgem, &buffer, &handle);
	fd = cc_prime_export(vgem, handle);
	cc_assert_same_dmabuf(fd, buffer.dmabuf.fd);
	close(fd);
	destroy_imported(vgem, &buffer, handle);
}

static void test_same_memory(int vgem, struct ccp_hostview *view)
{
	struct cc_buffer buffer, reexported;
	uint32_t handle;

	create_imported(vgem, &buffer, &handle);
	reexported = cc_buffer_map(cc_prime_export(vgem, handle), MIXED_SIZE, buffer.pattern);
	cc_assert_cpu(&buffer.pattern, reexported.dmabuf.map, 0, MIXED_SIZE,
		      "mapping of the re-exported fd");

	cc_buffer_rewrite(&reexported);
	buffer.pattern = reexported.pattern;
	cc_assert_shared_intact(view, &buffer);

	ccp_buffer_destroy(&reexported.dmabuf);
	destroy_imported(vgem, &buffer, handle);
}

static void test_map_dumb(int vgem)
{
	struct drm_mode_map_dumb arg = {};
	struct cc_buffer buffer;
	uint32_t handle;

	create_imported(vgem, &buffer, &handle);
	arg.handle = handle;
	igt_assert_eq(cc_ioctl(vgem, DRM_IOCTL_MODE_MAP_DUMB, &arg), -EINVAL);
	destroy_imported(vgem, &buffer, handle);
}

/* A fence of this kind holds up, in poll()'s words, these events, until it is signalled. */
static void test_poll(int vgem, uint32_t fence_flags, short blocked, short open)
{
	struct cc_buffer buffer;
	uint32_t handle, fence;

	create_imported(vgem, &buffer, &handle);
	igt_assert_eq(cc_ready(buffer.dmabuf.fd, POLLIN, 0), POLLIN);
	igt_assert_eq(cc_ready(buffer.dmabuf.fd, POLLOUT, 0), POLLOUT);

	fence = cc_vgem_fence_attach(vgem, handle, fence_flags);
	igt_assert_eq(cc_ready(buffer.dmabuf.fd, blocked, 0), 0);
	igt_assert_eq(cc_ready(buffer.dmabuf.fd, open, 0), open);

	cc_vgem_fence_signal(vgem, fence);
	igt_assert_eq(cc_ready(buffer.dmabuf.fd, POLLIN, CC_SIGNAL_MS), POLLIN);
	igt_assert_eq(cc_ready(buffer.dmabuf.fd, POLLOUT, CC_SIGNAL_MS), POLLOUT);
	destroy_imported(vgem, &buffer, handle);
}

static void test_sync_file(int vgem)
{
	struct cc_buffer buffer;
	uint32_t handle, fence;
	int idle, busy;

	create_imported(vgem, &buffer, &handle);
	idle = cc_export_sync_file(buffer.dmabuf.fd, DMA_BUF_SYNC_RW);
	igt_assert_eq(cc_sync_file_status(idle), 1);

	fence = cc_vgem_fence_attach(vgem, handle, VGEM_FENCE_WRITE);
	busy = cc_export_sync_file(buffer.dmabuf.fd, DMA_BUF_SYNC_READ);
	igt_assert_eq(cc_ready(busy, POLLIN, 0), 0);
	igt_assert_eq(cc_sync_file_status(busy), 0);
	igt_assert_eq(cc_sync_file_status(idle), 1);

	cc_vgem_fence_signal(vgem, fence);
	igt_assert_eq(cc_ready(busy, POLLIN, CC_SIGNAL_MS), POLLIN);
	igt_assert_eq(cc_sync_file_status(busy), 1);

	close(busy);
	close(idle);
	destroy_imported(vgem, &buffer, handle);
}

static void test_sync_file_import(int vgem)
{
	struct cc_buffer buffer, other;
	uint32_t handle, fence;
	int sync_file;

	create_imported(vgem, &buffer, &handle);
	cc_buffer_create(&other, cc_shared_heap(), MIXED_SIZE);

	fence = cc_vgem_fence_attach(vgem, handle, VGEM_FENCE_WRITE);
	sync_file = cc_export_sync_file(buffer.dmabuf.fd, DMA_BUF_SYNC_READ);
	igt_assert_eq(cc_ready(other.dmabuf.fd, POLLIN, 0), POLLIN);
	igt_assert_eq(ccp_dmabuf_import_sync_file(other.dmabuf.fd, DMA_BUF_SYNC_WRITE, sync_file),
		      0);
	igt_assert_eq(cc_ready(other.dmabuf.fd, POLLIN, 0), 0);

	cc_vgem_fence_signal(vgem, fence);
	igt_assert_eq(cc_ready(other.dmabuf.fd, POLLIN, CC_SIGNAL_MS), POLLIN);

	close(sync_file);
	ccp_buffer_destroy(&other.dmabuf);
	destroy_imported(vgem, &buffer, handle);
}

static void test_lifetime(int vgem, struct ccp_hostview *view)
{
	uint64_t before = cc_shared_pages(view);
	struct cc_buffer buffer;
	uint32_t handle;

	create_imported(vgem, &buffer, &handle);
	ccp_buffer_destroy(&buffer.dmabuf);
	cc_assert_more_shared(view, before, MIXED_SIZE / PAGE);

	buffer = cc_buffer_map(cc_prime_export(vgem, handle), MIXED_SIZE, buffer.pattern);
	cc_assert_shared_intact(view, &buffer);

	destroy_imported(vgem, &buffer, handle);
	igt_assert_eq_u64(cc_shared_pages(view), before);
}

/* Returns how many mappings the kernel's trace has of an import. */
static unsigned int trace_import(int vgem)
{
	static const char *const events[] = { "dma/dma_map_sg", "dma/dma_unmap_sg", NULL };
	struct cc_bufinfo before, imported, after;
	unsigned int mapped, shared, unmapped;
	struct cc_buffer buffer;
	struct cc_trace trace;
	uint32_t handle = 0;
	unsigned long ino;
	int err;

	cc_require_trace(&trace, events);
	cc_require_bufinfo();

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	ino = cc_inode(buffer.dmabuf.fd);
	before = cc_bufinfo(ino);

	cc_trace_start(&trace);
	err = ccp_prime_import(vgem, buffer.dmabuf.fd, &handle);
	imported = cc_bufinfo(ino);
	ccp_gem_close(vgem, handle);
	cc_trace_stop(&trace);
	after = cc_bufinfo(ino);
	igt_assert_eq(err, 0);

	igt_assert_eq(before.devices, 0);
	igt_assert_eq(imported.devices, 1);
	igt_assert_eq(after.devices, 0);

	mapped = cc_trace_count_device(&trace, "dma_map_sg", imported.device, "");
	shared = cc_trace_count_device(&trace, "dma_map_sg", imported.device, "CC_SHARED");
	unmapped = cc_trace_count_device(&trace, "dma_unmap_sg", imported.device, "");

	igt_info("vgem attaches as %s and %s\n", imported.device,
		 mapped ? "maps the import for DMA" : "never maps the import for DMA");
	igt_assert_eq(mapped, unmapped);
	igt_assert_f(shared == mapped, "%u of %u DMA mappings lack the attribute CC_SHARED\n",
		     mapped - shared, mapped);
	ccp_buffer_destroy(&buffer.dmabuf);
	return mapped;
}

/* ---- a vgem that maps ---- */

static void set_map_imports(const char *value)
{
	int err = cc_write_file(MAP_IMPORTS, value);

	igt_assert_f(!err || err == -ENOENT, MAP_IMPORTS ": %s\n", strerror(-err));
}

static void leave_imports_unmapped(int sig)
{
	set_map_imports("0");
}

static void test_mapped_as_shared(int vgem)
{
	igt_assert_eq_u32(trace_import(vgem), 1);
}

/* One piece of an import, as vgem has mapped it. */
struct piece {
	size_t offset;
	uint64_t addr;
	uint32_t length;
};

static FILE *open_imports(int vgem)
{
	char path[64];
	FILE *file;

	cc_drm_debugfs_path(vgem, "imports", path, sizeof(path));
	file = fopen(path, "re");
	igt_require_f(file, "no %s\n", path);
	return file;
}

/* Pages of a piece whose DMA address is their own. */
static size_t own_pages(struct ccp_hostview *view, const struct cc_buffer *buffer,
			const struct piece *piece)
{
	const char *map = buffer->dmabuf.map;
	uint64_t gpa = cc_device_gpa(view, piece->addr);
	size_t own = 0;

	for (size_t at = 0; at < piece->length; at += PAGE) {
		uint64_t page = cc_translate(view, map + piece->offset + at).gpa;

		own += page == gpa + at;
	}
	return own;
}

/* Imports a buffer and counts its pages that have their own address as DMA address. */
static size_t import_own_pages(int vgem, struct ccp_hostview *view, const char *heap, size_t size)
{
	struct piece piece;
	struct cc_buffer buffer;
	unsigned long ino, found;
	size_t own = 0, next = 0;
	uint32_t handle;
	char line[128];
	FILE *file;

	cc_require_hostview(view);
	file = open_imports(vgem);
	cc_buffer_create(&buffer, heap, size);
	ino = cc_inode(buffer.dmabuf.fd);
	handle = cc_prime_import(vgem, buffer.dmabuf.fd);

	/* The first read is what looks. */
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lu %zu %" SCNx64 " %" SCNu32, &found, &piece.offset, &piece.addr,
			   &piece.length) != 4 ||
		    found != ino)
			continue;
		igt_assert_eq_u64(piece.offset, next);
		igt_assert_lte_u64(piece.offset + piece.length, size);
		next += piece.length;
		own += own_pages(view, &buffer, &piece);
	}
	fclose(file);
	igt_assert_eq_u64(next, size);

	igt_assert_eq(ccp_gem_close(vgem, handle), 0);
	ccp_buffer_destroy(&buffer.dmabuf);
	return own;
}

static void test_mapping(int vgem, struct ccp_hostview *view)
{
	igt_assert_eq_u64(import_own_pages(vgem, view, cc_shared_heap(), MIXED_SIZE),
			  MIXED_SIZE / PAGE);
}

static void test_private_mapping(int vgem, struct ccp_hostview *view)
{
	size_t size = 17 * PAGE; /* a chunk of 64 KiB, which can be bounced, and one of 4 KiB */

	cc_require_heap(CCP_HEAP_PRIVATE);
	igt_assert_eq_u64(import_own_pages(vgem, view, CCP_HEAP_PRIVATE, size), 0);
}

int igt_main()
{
	static struct ccp_hostview *view;
	static int vgem = -1;

	igt_fixture() {
		cc_require_heap(cc_shared_heap());
		vgem = cc_drm_open("vgem");
		view = cc_hostview_open();
	}

	igt_describe(
		"Importing neither moves nor converts the pages, nor does closing the handle.");
	igt_subtest("import-leaves-memory-alone")
		test_import(vgem, view);

	igt_describe(
		"A dma-buf has one handle in a file, however often and by whichever fd it comes.");
	igt_subtest("two-imports-give-one-handle")
		test_one_handle(vgem);

	igt_describe("One GEM_CLOSE ends the handle, and the buffer can be imported again.");
	igt_subtest("closed-handle-is-gone")
		test_closed_handle(vgem);

	igt_describe("Exporting an imported handle gives the dma-buf that came in, not a copy.");
	igt_subtest("reexport-is-the-same-dmabuf")
		test_same_dmabuf(vgem);

	igt_describe(
		"A mapping of the re-exported fd reads and writes the buffer's shared memory.");
	igt_subtest("reexport-maps-the-same-memory")
		test_same_memory(vgem, view);

	igt_describe("vgem does not map foreign memory as if it were its own.");
	igt_subtest("map-dumb-is-refused")
		test_map_dumb(vgem);

	igt_describe("A pending write holds up readers and writers of the dma-buf until it is "
		     "signalled.");
	igt_subtest("write-fence-is-seen-by-poll")
		test_poll(vgem, VGEM_FENCE_WRITE, POLLIN | POLLOUT, 0);

	igt_describe("A pending read holds up writers of the dma-buf, but not readers.");
	igt_subtest("read-fence-is-seen-by-poll")
		test_poll(vgem, 0, POLLOUT, POLLIN);

	igt_describe("A sync file exported from the dma-buf carries the importer's fence.");
	igt_subtest("fence-is-seen-by-sync-file")
		test_sync_file(vgem);

	igt_describe("The importer's fence can be handed to another buffer as a sync file.");
	igt_subtest("sync-file-holds-up-another-buffer")
		test_sync_file_import(vgem);

	igt_describe("The handle alone keeps memory, content and state; its end frees all of it.");
	igt_subtest("importer-outlives-fds")
		test_lifetime(vgem, view);

	igt_describe("Whether this kernel's vgem maps imports for DMA at all, by the kernel's own "
		     "trace.");
	igt_subtest("dma-mapping-is-told")
		trace_import(vgem);

	igt_subtest_group() {
		igt_fixture() {
			igt_require_f(!access(MAP_IMPORTS, W_OK) || trace_import(vgem),
				      "vgem never maps an import, and has no " MAP_IMPORTS "\n");
			igt_install_exit_handler(leave_imports_unmapped);
			set_map_imports("1");
		}

		igt_describe(
			"A vgem that maps imports maps a shared buffer once, with CC_SHARED, and "
			"unmaps it.");
		igt_subtest("import-that-maps-is-cc-shared")
			test_mapped_as_shared(vgem);

		igt_describe("The DMA addresses of a shared buffer are those of its own pages, all "
			     "of them.");
		igt_subtest("mapping-leads-to-the-buffer")
			test_mapping(vgem, view);

		igt_describe("The DMA addresses of a private buffer are not those of its pages.");
		igt_subtest("private-mapping-leads-elsewhere")
			test_private_mapping(vgem, view);

		igt_fixture()
			set_map_imports("0");
	}

	igt_fixture() {
		ccp_hostview_close(view);
		close(vgem);
	}
}

// SPDX-License-Identifier: MIT
/**
 * TEST: cc nomem
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: system_cc_shared heap
 * Test category: functionality test
 * Description: A call is made again and again, and each time the next one of the allocations and
 *	user copies that the kernel makes for it fails. The call fails or does without; it leaves no
 *	page shared and no file open, and the buffer as it was.
 *
 * SUBTEST: each-failure-of-an-allocation
 * Description: An allocation of a shared buffer.
 *
 * SUBTEST: each-failure-of-a-private-allocation
 * Description: An allocation of a private buffer, by the heap system.
 *
 * SUBTEST: each-failure-of-a-longer-argument
 * Description: An allocation with an argument that the kernel has no room for on its stack.
 *
 * SUBTEST: each-failure-of-a-mapping
 * Description: An mmap of a shared buffer.
 *
 * SUBTEST: each-failure-of-an-import
 * Description: An import of a shared buffer, by the driver of each DRM device.
 *
 * SUBTEST: each-failure-of-a-private-import
 * Description: An import of a private buffer, by the driver of each DRM device.
 *
 * SUBTEST: each-failure-of-an-export
 * Description: An export of a driver's own buffer, by vgem.
 *
 * SUBTEST: each-failure-of-a-picture
 * Description: A picture of vkms in a shared buffer, which the kernel maps for itself.
 *
 * SUBTEST: each-failure-of-an-attachment
 * Description: A mapping of a shared buffer for a device's DMA, by each importer under test.
 *
 * SUBTEST: each-failure-of-a-bounced-attachment
 * Description: A mapping of a private buffer for a device's DMA, by each importer under test.
 *
 * SUBTEST: each-failure-of-a-sync-file
 * Description: An export of a shared buffer's fences, and an import.
 *
 * SUBTEST: each-failure-of-a-udmabuf
 * Description: A dma-buf of a memfd's pages.
 */
#include "igt.h"

#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <xf86drmMode.h>

#include "ccprime-importer.h"
#include "ccprime.h"
#include "support/adapter.h"
#include "support/buffer.h"
#include "support/failure.h"
#include "support/fd.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/importer.h"
#include "support/kernelfs.h"
#include "support/kms.h"
#include "support/prime.h"
#include "support/sizes.h"

IGT_TEST_DESCRIPTION("A call is made again and again, and each time the next one of the "
		     "allocations and user copies that the kernel makes for it fails. The call "
		     "fails or does without; it leaves no page shared and no file open, and the "
		     "buffer as it was.");

/* More than any call here makes. */
#define FAILURES_MAX 2000
/* Bounce memory has room for it. */
#define BOUNCED_SIZE (64 * KIB + PAGE)

/* What a call is made with. */
struct context {
	const char *heap; /* of the buffer */
	struct ccp_hostview *view; /* or NULL */
	struct cc_failure failure;
	struct cc_buffer buffer;
	size_t size;
	int fd; /* the heap, a DRM device, udmabuf */
	int memfd;
	uint32_t handle;
	struct cc_adapter adapter;
	/* What the picture is shown on */
	uint32_t fb, crtc, connector;
	drmModeModeInfo mode;
};

/*
 * A call: 0, an fd or a handle, or a negative errno. undo: what a call that did not fail is undone
 * with; NULL: nothing is.
 */
struct call {
	int (*make)(struct context *context);
	void (*undo)(struct context *context, int result);
};

/* ---- calls ---- */

static int allocate(struct context *context)
{
	struct dma_heap_allocation_data data = { .len = context->size,
						 .fd_flags = O_RDWR | O_CLOEXEC };
	int err = cc_ioctl(context->fd, DMA_HEAP_IOCTL_ALLOC, &data);

	return err ?: (int)data.fd;
}

/* More than dma_heap_ioctl() has on its stack. */
static int allocate_by_long_argument(struct context *context)
{
	union {
		struct dma_heap_allocation_data data;
		char bytes[256];
	} argument = { .data = { .len = context->size, .fd_flags = O_RDWR | O_CLOEXEC } };
	int err = cc_ioctl(context->fd,
			   _IOC(_IOC_READ | _IOC_WRITE, DMA_HEAP_IOC_MAGIC, 0, sizeof(argument)),
			   &argument);

	return err ?: (int)argument.data.fd;
}

static void close_result(struct context *context, int result)
{
	close(result);
}

static int map(struct context *context)
{
	return cc_map_error(context->buffer.dmabuf.fd, 0, context->size, PROT_READ | PROT_WRITE,
			    MAP_SHARED);
}

static int import(struct context *context)
{
	int err = ccp_prime_import(context->fd, context->buffer.dmabuf.fd, &context->handle);

	return err ?: (int)context->handle;
}

static void close_handle(struct context *context, int result)
{
	igt_assert_eq(ccp_gem_close(context->fd, result), 0);
}

static int export(struct context *context)
{
	return ccp_prime_export(context->fd, context->handle);
}

static int show(struct context *context)
{
	return drmModeSetCrtc(context->fd, context->crtc, context->fb, 0, 0, &context->connector, 1,
			      &context->mode);
}

static void hide(struct context *context, int result)
{
	igt_assert_eq(drmModeSetCrtc(context->fd, context->crtc, 0, 0, 0, NULL, 0, NULL), 0);
}

static int attach_and_map(struct context *context)
{
	struct ccp_importer_attach attach = { .fd = context->buffer.dmabuf.fd };
	struct ccp_importer_map map = { .direction = CCP_IMPORTER_BOTH_WAYS };
	int err;

	err = cc_adapter_call(&context->adapter, CCP_IMPORTER_ATTACH, &attach);
	if (err)
		return err;
	err = cc_adapter_call(&context->adapter, CCP_IMPORTER_MAP, &map);
	if (err)
		cc_adapter_call(&context->adapter, CCP_IMPORTER_DETACH, NULL);
	return err;
}

static void detach(struct context *context, int result)
{
	igt_assert_eq(cc_adapter_call(&context->adapter, CCP_IMPORTER_DETACH, NULL), 0);
}

static int pass_fences(struct context *context)
{
	int file = ccp_dmabuf_export_sync_file(context->buffer.dmabuf.fd, DMA_BUF_SYNC_RW), err;

	if (file < 0)
		return file;
	err = ccp_dmabuf_import_sync_file(context->buffer.dmabuf.fd, DMA_BUF_SYNC_WRITE, file);
	close(file);
	return err;
}

static int create_udmabuf(struct context *context)
{
	struct udmabuf_create create = {
		.memfd = context->memfd,
		.flags = UDMABUF_FLAGS_CLOEXEC,
		.size = context->size,
	};
	int fd = ioctl(context->fd, UDMABUF_CREATE, &create);

	return fd < 0 ? -errno : fd;
}

static const struct call allocation = { allocate, close_result };
static const struct call long_argument = { allocate_by_long_argument, close_result };
static const struct call mapping = { map, NULL };
static const struct call importing = { import, close_handle };
static const struct call exporting = { export, close_result };
static const struct call picture = { show, hide };
static const struct call attachment = { attach_and_map, detach };
static const struct call fences = { pass_fences, NULL };
static const struct call udmabuf = { create_udmabuf, close_result };

/* ---- failures ---- */

/* Makes the call with its nth allocation or copy failing; returns whether that one was there. */
static bool fails_at(struct context *context, const struct call *call, unsigned int nth)
{
	unsigned int files = cc_open_fds();
	bool failed;
	int result;

	cc_failure_arm(&context->failure, nth);
	result = call->make(context);
	failed = cc_failure_disarm(&context->failure);
	igt_debug("failure %u: %s\n", nth, result < 0 ? strerror(-result) : "success");
	igt_assert_f(result >= 0 || (failed && (result == -ENOMEM || result == -EFAULT)),
		     "failure %u of the call: %s\n", nth, strerror(-result));
	if (result >= 0 && call->undo)
		call->undo(context, result);
	igt_assert_eq_u32(cc_open_fds(), files);
	return failed;
}

/* The first call finds what the kernel keeps for later ones. */
static void assert_each_failure_leaves_nothing(struct context *context, const struct call *call)
{
	uint64_t before;
	unsigned int nth;

	fails_at(context, call, FAILURES_MAX);
	before = cc_shared_pages(context->view);
	for (nth = 1; fails_at(context, call, nth); nth++) {
		igt_assert_lt_u32(nth, FAILURES_MAX);
		igt_assert_f(cc_shared_pages(context->view) == before,
			     "failure %u: %" PRIu64 " pages are shared, were %" PRIu64 "\n", nth,
			     cc_shared_pages(context->view), before);
	}
	igt_info("%u failures\n", nth - 1);
	igt_assert_lt_u32(1, nth);
}

/* The same for a call that works on a buffer. */
static void assert_buffer_survives(struct context *context, const struct call *call)
{
	cc_buffer_create(&context->buffer, context->heap, context->size);
	assert_each_failure_leaves_nothing(context, call);
	cc_assert_cpu(&context->buffer.pattern, context->buffer.dmabuf.map, 0, context->size,
		      "mmap");
	ccp_buffer_destroy(&context->buffer.dmabuf);
}

static struct context begin(struct ccp_hostview *view, const char *heap)
{
	bool bounced = !strcmp(heap, CCP_HEAP_PRIVATE);
	struct context context = { .heap = heap,
				   .view = view,
				   .size = bounced ? BOUNCED_SIZE : MIXED_SIZE };

	cc_require_heap(heap);
	cc_failure_open(&context.failure);
	return context;
}

static void test_allocation(struct ccp_hostview *view, const char *heap, const struct call *call)
{
	struct context context = begin(view, heap);
	uint64_t before = cc_shared_pages(view);

	context.fd = ccp_heap_open(heap);
	igt_assert_fd(context.fd);
	assert_each_failure_leaves_nothing(&context, call);
	igt_assert_eq_u64(cc_shared_pages(view), before);
	close(context.fd);
	cc_failure_close(&context.failure);
}

/* A call on a buffer and nothing else. */
static void test_buffer(struct ccp_hostview *view, const struct call *call)
{
	struct context context = begin(view, cc_shared_heap());
	uint64_t before = cc_shared_pages(view);

	assert_buffer_survives(&context, call);
	igt_assert_eq_u64(cc_shared_pages(view), before);
	cc_failure_close(&context.failure);
}

static void test_import(struct ccp_hostview *view, const char *heap, const char *driver)
{
	struct context context = begin(view, heap);

	context.fd = cc_importer_open(driver);
	igt_require_f(context.fd >= 0, "no %s device that takes imports: %s\n", driver,
		      strerror(-context.fd));
	assert_buffer_survives(&context, &importing);
	close(context.fd);
	cc_failure_close(&context.failure);
}

static void with_each_driver(struct ccp_hostview *view, const char *heap)
{
	struct cc_importers importers = cc_importers_find();

	for (unsigned int i = 0; i < importers.count; i++)
		igt_dynamic_f("%s", importers.driver[i])
			test_import(view, heap, importers.driver[i]);
}

static void test_export(struct ccp_hostview *view)
{
	struct context context = begin(view, cc_shared_heap());
	void *map;

	context.fd = cc_drm_open("vgem");
	map = cc_dumb_create(context.fd, 1024, 4, &context.handle);
	assert_each_failure_leaves_nothing(&context, &exporting);
	munmap(map, (size_t)1024 * 4 * PIXEL);
	igt_assert_eq(ccp_gem_close(context.fd, context.handle), 0);
	close(context.fd);
	cc_failure_close(&context.failure);
}

/* The first output, in its first mode. */
static void find_output(struct context *context)
{
	drmModeRes *resources = drmModeGetResources(context->fd);
	drmModeConnector *connector;

	igt_assert(resources && resources->count_crtcs && resources->count_connectors);
	context->crtc = resources->crtcs[0];
	context->connector = resources->connectors[0];
	connector = drmModeGetConnector(context->fd, context->connector);
	igt_assert(connector && connector->count_modes);
	context->mode = connector->modes[0];
	drmModeFreeConnector(connector);
	drmModeFreeResources(resources);
}

static void test_picture(struct ccp_hostview *view)
{
	struct context context = begin(view, cc_shared_heap());
	uint64_t before = cc_shared_pages(view);
	uint32_t stride;

	context.fd = cc_drm_open("vkms");
	find_output(&context);
	stride = context.mode.hdisplay * PIXEL;
	context.size = cc_page_align((size_t)stride * context.mode.vdisplay);
	cc_buffer_create(&context.buffer, context.heap, context.size);
	context.handle = cc_prime_import(context.fd, context.buffer.dmabuf.fd);
	igt_assert_eq(cc_add_fb(context.fd, context.mode.hdisplay, context.mode.vdisplay,
				context.handle, stride, 0, &context.fb),
		      0);
	assert_each_failure_leaves_nothing(&context, &picture);
	cc_assert_shared_intact(view, &context.buffer);
	drmModeRmFB(context.fd, context.fb);
	igt_assert_eq(ccp_gem_close(context.fd, context.handle), 0);
	ccp_buffer_destroy(&context.buffer.dmabuf);
	close(context.fd);
	cc_assert_shared_pages_become(view, before);
	cc_failure_close(&context.failure);
}

static void test_attachment(struct ccp_hostview *view, const char *heap, const char *path)
{
	struct context context = begin(view, heap);

	cc_require_file(path, cc_adapter_open(&context.adapter, path));
	assert_buffer_survives(&context, &attachment);
	cc_adapter_close(&context.adapter);
	cc_failure_close(&context.failure);
}

static void with_node(struct ccp_hostview *view, const char *heap, const char *path)
{
	char name[64];

	cc_adapter_name(path, name, sizeof(name));
	igt_dynamic_f("%s", name)
		test_attachment(view, heap, path);
}

static void with_each_node(struct ccp_hostview *view, const char *heap)
{
	glob_t found;

	cc_adapters_find(&found);
	for (size_t i = 0; i < found.gl_pathc; i++)
		with_node(view, heap, found.gl_pathv[i]);
	globfree(&found);
}

static void test_udmabuf(struct ccp_hostview *view)
{
	struct context context = begin(view, cc_shared_heap());

	context.fd = cc_open_file("/dev/udmabuf", O_RDWR);
	context.memfd = memfd_create("nomem", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	igt_assert_fd(context.memfd);
	igt_assert_eq(ftruncate(context.memfd, context.size), 0);
	igt_assert_eq(fcntl(context.memfd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	assert_each_failure_leaves_nothing(&context, &udmabuf);
	close(context.memfd);
	close(context.fd);
	cc_failure_close(&context.failure);
}

int igt_main()
{
	static struct ccp_hostview *view;

	igt_fixture() {
		cc_require_heap(cc_shared_heap());
		view = cc_hostview_open();
	}

	igt_describe("An allocation of a shared buffer.");
	igt_subtest("each-failure-of-an-allocation")
		test_allocation(view, cc_shared_heap(), &allocation);

	igt_describe("An allocation of a private buffer, by the heap system.");
	igt_subtest("each-failure-of-a-private-allocation")
		test_allocation(view, CCP_HEAP_PRIVATE, &allocation);

	igt_describe("An allocation with an argument that the kernel has no room for on its "
		     "stack.");
	igt_subtest("each-failure-of-a-longer-argument")
		test_allocation(view, cc_shared_heap(), &long_argument);

	igt_describe("An mmap of a shared buffer.");
	igt_subtest("each-failure-of-a-mapping")
		test_buffer(view, &mapping);

	igt_describe("An import of a shared buffer, by the driver of each DRM device.");
	igt_subtest_with_dynamic("each-failure-of-an-import")
		with_each_driver(view, cc_shared_heap());

	igt_describe("An import of a private buffer, by the driver of each DRM device.");
	igt_subtest_with_dynamic("each-failure-of-a-private-import")
		with_each_driver(view, CCP_HEAP_PRIVATE);

	igt_describe("An export of a driver's own buffer, by vgem.");
	igt_subtest("each-failure-of-an-export")
		test_export(view);

	igt_describe("A picture of vkms in a shared buffer, which the kernel maps for itself.");
	igt_subtest("each-failure-of-a-picture")
		test_picture(view);

	igt_describe("A mapping of a shared buffer for a device's DMA, by each importer under "
		     "test.");
	igt_subtest_with_dynamic("each-failure-of-an-attachment")
		with_each_node(view, cc_shared_heap());

	igt_describe("A mapping of a private buffer for a device's DMA, by each importer under "
		     "test.");
	igt_subtest_with_dynamic("each-failure-of-a-bounced-attachment")
		with_each_node(view, CCP_HEAP_PRIVATE);

	igt_describe("An export of a shared buffer's fences, and an import.");
	igt_subtest("each-failure-of-a-sync-file")
		test_buffer(view, &fences);

	igt_describe("A dma-buf of a memfd's pages.");
	igt_subtest("each-failure-of-a-udmabuf")
		test_udmabuf(view);

	igt_fixture()
		ccp_hostview_close(view);
}

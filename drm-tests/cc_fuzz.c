// SPDX-License-Identifier: MIT
/**
 * TEST: cc fuzz
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: ioctl arguments of heap, dma-buf and PRIME
 * Test category: fuzz test
 * Description: Random arguments, more than 100,000 calls in all: no kernel warning, no word of a
 *	buffer lost. A run says its seed; CC_SEED in the environment brings it back.
 *
 * SUBTEST: heap-ioctls
 * Description: Random requests to the heap leave no shared page behind.
 *
 * SUBTEST: dmabuf-calls
 * Description: Random ioctls and mappings of a shared buffer leave its content and state alone.
 *
 * SUBTEST: prime-ioctls
 * Description: Random imports, exports and closes leave a shared buffer alone, and let go of it.
 */
#include "igt.h"

#include <drm.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <poll.h>
#include <sys/ioctl.h>

#include "ccprime.h"
#include "support/buffer.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/importer.h"
#include "support/kernelfs.h"
#include "support/random.h"
#include "support/sizes.h"

IGT_TEST_DESCRIPTION("Random arguments, more than 100,000 calls in all: no kernel warning, no word "
		     "of a buffer lost. A run says its seed; CC_SEED in the environment brings it "
		     "back.");

/* Of each subtest: a call that allocates, or that goes to the host, takes longest. */
#define HEAP_CALLS   10000
#define DMABUF_CALLS 40000
#define PRIME_CALLS  64000
#define SIZE	     (64 * KIB + 4 * KIB)
#define MAX_MAPPING  (256 * MIB)

/* One of the values, or now and then any. */
static uint64_t one_of(struct cc_random *random, const uint64_t *values, uint32_t count)
{
	if (!cc_random_below(random, 8))
		return cc_random_next(random) >> cc_random_below(random, 64);
	return values[cc_random_below(random, count)];
}

#define ONE_OF(random, ...)                               \
	one_of(random, (const uint64_t[]){ __VA_ARGS__ }, \
	       sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))

/* An ioctl's number with these letters, as its header has it or with another direction and size. */
static unsigned long number(struct cc_random *random, unsigned long valid)
{
	if (cc_random_below(random, 4))
		return valid;
	return _IOC(cc_random_below(random, 4), _IOC_TYPE(valid),
		    cc_random_below(random, 4) ? _IOC_NR(valid) : cc_random_below(random, 256),
		    cc_random_below(random, 128));
}

static unsigned long taint(void)
{
	return cc_read_number("/proc/sys/kernel/tainted");
}

/* ---- the heap ---- */

/*
 * The kernel sets no limit to a length, so all lengths here are small, also where a request that is
 * too short cuts them. A success makes an fd that the kernel does not always tell, for the request
 * may have no place for it: it is next, the lowest free one.
 */
static bool call_heap(struct cc_random *random, int heap, int next)
{
	static const uint64_t lengths[] = { 0, 1, PAGE, 3 * PAGE, SIZE };
	/* Room for the largest size that number() makes up */
	union {
		struct dma_heap_allocation_data data;
		uint8_t bytes[256];
	} arg = {};
	unsigned long request = number(random, DMA_HEAP_IOCTL_ALLOC);

	arg.data.len = lengths[cc_random_below(random, ARRAY_SIZE(lengths))];
	arg.data.fd = ONE_OF(random, 0, 0, 0, 1, ~0u);
	arg.data.fd_flags = ONE_OF(random, O_RDWR, O_RDWR | O_CLOEXEC, O_RDONLY, O_WRONLY, O_TRUNC);
	arg.data.heap_flags = ONE_OF(random, 0, 0, 0, 1, ~0ull);
	if (ioctl(heap, request, &arg))
		return false;

	close(next);
	return true;
}

static void test_heap(struct ccp_hostview *view)
{
	struct cc_random random = cc_random_start(cc_seed(), 0);
	int heap = ccp_heap_open(cc_shared_heap());
	uint64_t before = cc_shared_pages(view);
	unsigned long tainted = taint();
	unsigned int done = 0;
	int next;

	igt_assert_fd(heap);
	next = dup(heap);
	igt_assert_fd(next);
	close(next);
	for (int i = 0; i < HEAP_CALLS; i++)
		done += call_heap(&random, heap, next);
	close(heap);

	igt_info("%u of %d calls succeeded\n", done, HEAP_CALLS);
	igt_assert_lt_u32(HEAP_CALLS / 100, done);
	igt_assert_eq_u64(cc_shared_pages(view), before);
	igt_assert_eq_u64(taint(), tainted);
}

/* ---- a dma-buf ---- */

static bool call_sync(struct cc_random *random, int fd)
{
	struct dma_buf_sync arg = {
		.flags = ONE_OF(random, DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE, DMA_BUF_SYNC_RW,
				DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW, 0, ~0ull),
	};

	return !ioctl(fd, DMA_BUF_IOCTL_SYNC, &arg);
}

static bool call_set_name(struct cc_random *random, int fd)
{
	char name[64];

	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = (char)cc_random_next(random);
	return !ioctl(fd, cc_random_below(random, 2) ? DMA_BUF_SET_NAME_A : DMA_BUF_SET_NAME_B,
		      name);
}

static bool call_export_sync_file(struct cc_random *random, int fd)
{
	struct dma_buf_export_sync_file arg = {
		.flags = ONE_OF(random, DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE, DMA_BUF_SYNC_RW, 0),
		.fd = (int)ONE_OF(random, 0, ~0u),
	};

	if (ioctl(fd, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &arg))
		return false;
	close(arg.fd);
	return true;
}

static bool call_import_sync_file(struct cc_random *random, int fd)
{
	int sync_file = -1;
	struct dma_buf_import_sync_file arg = {
		.flags = ONE_OF(random, DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE, DMA_BUF_SYNC_RW, 0),
		.fd = (int)ONE_OF(random, 0, (uint32_t)fd, ~0u),
	};
	bool done;

	if (cc_random_below(random, 2)) {
		sync_file = ccp_dmabuf_export_sync_file(fd, DMA_BUF_SYNC_RW);
		igt_assert_fd(sync_file);
		arg.fd = sync_file;
	}
	done = !ioctl(fd, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &arg);
	if (sync_file >= 0)
		close(sync_file);
	return done;
}

static bool call_any(struct cc_random *random, int fd)
{
	uint64_t arg[32];

	for (size_t i = 0; i < ARRAY_SIZE(arg); i++)
		arg[i] = cc_random_next(random);
	/* Numbers that the kernel does not know yet: those below have calls of their own */
	return !ioctl(fd,
		      _IOC(cc_random_below(random, 4), DMA_BUF_BASE,
			   4 + cc_random_below(random, 252), cc_random_below(random, 256)),
		      arg);
}

static bool call_mmap(struct cc_random *random, int fd)
{
	size_t size = ONE_OF(random, PAGE, SIZE, SIZE + PAGE, 0, 1);
	off_t offset = (off_t)ONE_OF(random, 0, PAGE, SIZE, SIZE - PAGE, 1);
	int protection = (int)cc_random_below(random, 4);
	int flags = cc_random_below(random, 4) ? MAP_SHARED : MAP_PRIVATE;
	/* The kernel warns of a private mapping larger than its memory */
	void *map = mmap(NULL, size % MAX_MAPPING, protection, flags, fd, offset);

	if (map == MAP_FAILED)
		return false;
	munmap(map, size % MAX_MAPPING);
	return true;
}

static bool call_seek(struct cc_random *random, int fd)
{
	return lseek(fd, (off_t)ONE_OF(random, 0, SIZE, 1),
		     (int)ONE_OF(random, SEEK_SET, SEEK_CUR, SEEK_END)) >= 0;
}

static bool call_poll(struct cc_random *random, int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = (short)cc_random_next(random) };

	return poll(&pollfd, 1, 0) > 0;
}

static bool (*const dmabuf_calls[])(struct cc_random *, int) = {
	call_sync, call_set_name, call_export_sync_file, call_import_sync_file, call_any, call_mmap,
	call_seek, call_poll,
};

static void test_dmabuf(struct ccp_hostview *view)
{
	struct cc_random random = cc_random_start(cc_seed(), 1);
	uint64_t before = cc_shared_pages(view);
	unsigned long tainted = taint();
	struct cc_buffer buffer;
	unsigned int done = 0;

	cc_buffer_create(&buffer, cc_shared_heap(), SIZE);
	for (int i = 0; i < DMABUF_CALLS; i++)
		done += dmabuf_calls[cc_random_below(&random, ARRAY_SIZE(dmabuf_calls))](
			&random, buffer.dmabuf.fd);

	igt_info("%u of %d calls succeeded\n", done, DMABUF_CALLS);
	igt_assert_lt_u32(DMABUF_CALLS / 100, done);
	cc_assert_shared_intact(view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
	igt_assert_eq_u64(cc_shared_pages(view), before);
	igt_assert_eq_u64(taint(), tainted);
}

/* ---- PRIME ---- */

struct prime {
	int drm, dmabuf;
	uint32_t handle; /* that was imported last */
};

static bool call_import(struct cc_random *random, struct prime *prime)
{
	struct drm_prime_handle arg = {
		.fd = (int)ONE_OF(random, (uint32_t)prime->dmabuf, (uint32_t)prime->drm,
				  STDERR_FILENO, ~0u),
		.flags = ONE_OF(random, 0, DRM_CLOEXEC),
		.handle = ONE_OF(random, 0, 1),
	};

	if (ioctl(prime->drm, DRM_IOCTL_PRIME_FD_TO_HANDLE, &arg))
		return false;
	prime->handle = arg.handle;
	return true;
}

static bool call_export(struct cc_random *random, struct prime *prime)
{
	struct drm_prime_handle arg = {
		.handle = ONE_OF(random, prime->handle, prime->handle, 0, 1),
		.flags = ONE_OF(random, 0, DRM_CLOEXEC, DRM_RDWR, DRM_RDWR | DRM_CLOEXEC, ~0u),
		.fd = (int)ONE_OF(random, 0, ~0u),
	};

	if (ioctl(prime->drm, DRM_IOCTL_PRIME_HANDLE_TO_FD, &arg))
		return false;
	close(arg.fd);
	return true;
}

static bool call_close(struct cc_random *random, struct prime *prime)
{
	struct drm_gem_close arg = { .handle = ONE_OF(random, prime->handle, 0, 1, 2) };

	return !ioctl(prime->drm, DRM_IOCTL_GEM_CLOSE, &arg);
}

static bool call_flink(struct cc_random *random, struct prime *prime)
{
	struct drm_gem_flink arg = { .handle = ONE_OF(random, prime->handle, 0, 1) };

	return !ioctl(prime->drm, DRM_IOCTL_GEM_FLINK, &arg);
}

static bool call_open(struct cc_random *random, struct prime *prime)
{
	struct drm_gem_open arg = { .name = ONE_OF(random, 0, 1, 2, ~0u) };

	return !ioctl(prime->drm, DRM_IOCTL_GEM_OPEN, &arg);
}

static bool (*const prime_calls[])(struct cc_random *, struct prime *) = {
	call_import, call_export, call_export, call_close, call_flink, call_open,
};

/* This many calls to one driver, on the buffer. */
static void fuzz_driver(struct cc_random *random, const char *driver, int dmabuf, int calls)
{
	struct prime prime = { .drm = cc_importer_open(driver), .dmabuf = dmabuf };
	unsigned int done = 0;

	if (prime.drm < 0) {
		igt_info("no %s device that takes imports\n", driver);
		return;
	}
	for (int i = 0; i < calls; i++)
		done += prime_calls[cc_random_below(random, ARRAY_SIZE(prime_calls))](random,
										      &prime);
	close(prime.drm);
	igt_info("%s: %u of %d calls succeeded\n", driver, done, calls);
	igt_assert_lt_u32((unsigned int)calls / 100, done);
}

/* Most calls are for vgem: an import into virtio-gpu goes to the host and back. */
static int share_of(const char *driver)
{
	return PRIME_CALLS / 8 * (!strcmp(driver, "vgem") ? 5 : !strcmp(driver, "vkms") ? 2 : 1);
}

static void test_prime(struct ccp_hostview *view)
{
	struct cc_importers importers = cc_importers_find();
	struct cc_random random = cc_random_start(cc_seed(), 2);
	uint64_t before = cc_shared_pages(view);
	unsigned long tainted = taint();
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), SIZE);
	for (unsigned int i = 0; i < importers.count; i++)
		fuzz_driver(&random, importers.driver[i], buffer.dmabuf.fd,
			    share_of(importers.driver[i]));

	cc_assert_shared_intact(view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
	igt_assert_eq_u64(cc_shared_pages(view), before);
	igt_assert_eq_u64(taint(), tainted);
}

int igt_main()
{
	static struct ccp_hostview *view;

	igt_fixture() {
		cc_require_heap(cc_shared_heap());
		view = cc_hostview_open();
	}

	igt_describe("Random requests to the heap leave no shared page behind.");
	igt_subtest("heap-ioctls")
		test_heap(view);

	igt_describe("Random ioctls and mappings of a shared buffer leave its content and state "
		     "alone.");
	igt_subtest("dmabuf-calls")
		test_dmabuf(view);

	igt_describe("Random imports, exports and closes leave a shared buffer alone, and let go "
		     "of it.");
	igt_subtest("prime-ioctls")
		test_prime(view);

	igt_fixture()
		ccp_hostview_close(view);
}

// SPDX-License-Identifier: MIT
/**
 * TEST: cc bounce
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: importers without bounce memory
 * Test category: functionality test
 * Description: Private imports take all bounce memory, so that the driver's own commands cannot be
 *	mapped. Leaves a process that cannot be killed where the kernel gets that wrong, so it runs
 *	only by name.
 *
 * SUBTEST: importer-ends-without-bounce-memory
 * Description: A process that has taken all bounce memory by imports ends, all of it is free again,
 *	and virtio-gpu still shows pictures.
 *
 * SUBTEST: default-is-64-mib
 * Description: Where nobody asks for another size, a confidential guest has 64 MiB of bounce
 *	memory or more.
 */
#include "igt.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/videodev2.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "ccprime.h"
#include "support/buffer.h"
#include "support/fd.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/kernelfs.h"
#include "support/prime.h"
#include "support/screen.h"
#include "support/sizes.h"
#include "support/virtgpu.h"

IGT_TEST_DESCRIPTION("Private imports take all bounce memory, so that the driver's own commands "
		     "cannot be mapped. Leaves a process that cannot be killed where the kernel "
		     "gets that wrong, so it runs only by name.");

#define SLOTS	   "/sys/kernel/debug/swiotlb/io_tlb_nslabs"
#define SLOTS_USED "/sys/kernel/debug/swiotlb/io_tlb_used"
/* kernel/dma/swiotlb.c, IO_TLB_SIZE: a page takes two. */
#define SLOT 2048
#define FEW  (PAGE / SLOT - 1)
/* include/linux/swiotlb.h, IO_TLB_DEFAULT_SIZE */
#define DEFAULT_SLOTS (64 * MIB / SLOT)

#define END_MS	20000
#define STEP_MS 10
/* In which a device answers to its last commands. */
#define FILL_NS 2000000000ull

#define IMPORT (64 * KIB)

/*
 * Bounce memory that is given back without one command to a device: buffers that vivid's second
 * device has mapped, which wants memory in one piece. The rest of the guest goes on with it.
 */
#define RESERVE_DEVICE "platform:vivid-001"
#define RESERVE_COUNT  16
#define MAX_DEVICES    64

static int open_reserve(void)
{
	cc_require_low_addresses("vivid's second device");
	for (int i = 0; i < MAX_DEVICES; i++) {
		struct v4l2_capability found = {};
		char path[32];
		int fd;

		snprintf(path, sizeof(path), "/dev/video%d", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd >= 0 && !cc_ioctl(fd, VIDIOC_QUERYCAP, &found) &&
		    !strcmp((char *)found.bus_info, RESERVE_DEVICE) &&
		    found.device_caps & V4L2_CAP_VIDEO_CAPTURE)
			return fd;
		if (fd >= 0)
			close(fd);
	}
	igt_skip("no vivid device that wants memory in one piece\n");
}

static void hold_reserve(int vivid)
{
	struct v4l2_format format = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.fmt.pix = { .width = 320, .height = 180, .pixelformat = V4L2_PIX_FMT_GREY },
	};
	struct v4l2_requestbuffers buffers = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_DMABUF,
		.count = RESERVE_COUNT,
	};

	igt_assert_eq(cc_ioctl(vivid, VIDIOC_S_FMT, &format), 0);
	igt_assert_lte_u32(format.fmt.pix.sizeimage, IMPORT);
	igt_assert_eq(cc_ioctl(vivid, VIDIOC_REQBUFS, &buffers), 0);
	igt_assert_eq_u32(buffers.count, RESERVE_COUNT);
	for (uint32_t i = 0; i < RESERVE_COUNT; i++) {
		struct v4l2_buffer queued = {
			.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
			.memory = V4L2_MEMORY_DMABUF,
			.index = i,
		};
		struct ccp_buffer buffer;

		igt_assert_eq(ccp_buffer_create(&buffer, CCP_HEAP_PRIVATE, IMPORT), 0);
		queued.m.fd = buffer.fd;
		igt_assert_eq(cc_ioctl(vivid, VIDIOC_QBUF, &queued), 0);
		ccp_buffer_destroy(&buffer);
	}
}

/* Private imports of this size until there is no bounce memory for one more; slots in use then. */
static unsigned long import_all(int drm, size_t size)
{
	struct ccp_buffer buffer;
	uint32_t handle;
	int err;

	do {
		if (ccp_buffer_create(&buffer, CCP_HEAP_PRIVATE, size))
			_exit(EXIT_FAILURE);
		err = ccp_prime_import(drm, buffer.fd, &handle);
		ccp_buffer_destroy(&buffer);
	} while (!err);
	return cc_read_number(SLOTS_USED);
}

/* What the child tells. */
struct child {
	unsigned long most; /* slots in use */
	bool filled;
};

/*
 * Commands that the device has answered leave bounce memory, which goes, too. Says nothing: what a
 * test prints goes through bounce memory. Keeps no other file open, or igt_runner would wait for
 * it.
 */
static void take_bounce_memory_and_end(int drm, struct child *child)
{
	struct timespec start = {};
	unsigned long used;

	dup2(drm, STDIN_FILENO);
	if (close_range(STDOUT_FILENO, UINT_MAX, 0))
		_exit(EXIT_FAILURE);
	import_all(STDIN_FILENO, IMPORT);
	while (igt_nsec_elapsed(&start) < FILL_NS) {
		used = import_all(STDIN_FILENO, PAGE);
		child->most = used > child->most ? used : child->most;
	}
	__atomic_store_n(&child->filled, true, __ATOMIC_RELEASE);
	close(STDIN_FILENO);
	_exit(EXIT_SUCCESS);
}

/* Pages that the device has read are free a moment after its answer. */
static void assert_used_becomes(unsigned long used)
{
	struct timespec start = {};

	while (cc_read_number(SLOTS_USED) > used && igt_nsec_elapsed(&start) < FILL_NS)
		sched_yield();
	igt_assert_lte_u64(cc_read_number(SLOTS_USED), used);
}

static void assert_shows_picture(struct ccp_hostview *view, int drm)
{
	struct ccp_scanout scanout;
	uint32_t width, height, handle;
	struct cc_buffer buffer;

	cc_require_screen(drm, &width, &height);
	cc_buffer_create(&buffer, cc_shared_heap(), (size_t)width * height * PIXEL);
	handle = cc_prime_import(drm, buffer.dmabuf.fd);
	scanout = cc_show(drm, handle, width * PIXEL, 0);
	cc_assert_shown(view, &scanout, &buffer.pattern, 0, "cc-bounce-afterwards");
	ccp_scanout_destroy(&scanout);
	igt_assert_eq(ccp_gem_close(drm, handle), 0);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_full(struct ccp_hostview *view)
{
	unsigned long slots = cc_read_number(SLOTS), before = cc_read_number(SLOTS_USED);
	int drm = cc_virtgpu_open(), vivid = open_reserve(), status;
	struct child *child = mmap(NULL, sizeof(*child), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool ended;
	pid_t pid;

	igt_assert(child != MAP_FAILED);
	hold_reserve(vivid);
	pid = fork();
	igt_assert_lte(0, pid);
	if (!pid)
		take_bounce_memory_and_end(drm, child);
	close(drm);
	while (!cc_ends_in_time(pid, STEP_MS) && !__atomic_load_n(&child->filled, __ATOMIC_ACQUIRE))
		;
	ended = cc_ends_in_time(pid, END_MS);
	close(vivid);

	igt_assert_lte_u64(slots - FEW, child->most);
	igt_assert_f(ended, "the process with the imports does not end\n");
	igt_assert_eq(waitpid(pid, &status, 0), pid);
	igt_assert_eq(status, 0);
	assert_used_becomes(before);
	drm = cc_virtgpu_open();
	assert_shows_picture(view, drm);
	close(drm);
}

/*
 * What the command line asks for, in slots; 0: it does not. The default size is one that the kernel
 * takes for nobody's wish.
 */
static unsigned long wanted_slots(void)
{
	FILE *file = fopen("/proc/cmdline", "r");
	unsigned long slots = 0;
	char word[1024];

	igt_assert(file);
	while (fscanf(file, "%1023s", word) == 1)
		sscanf(word, "swiotlb=%lu", &slots);
	fclose(file);

	return slots;
}

static void test_default(void)
{
	unsigned long wanted = wanted_slots();

	igt_require_f(!wanted || wanted == DEFAULT_SLOTS,
		      "this guest was started with swiotlb=%lu, not with the default size\n",
		      wanted);
	igt_assert_lte_u64(DEFAULT_SLOTS, cc_read_number(SLOTS));
}

int igt_main()
{
	static struct ccp_hostview *view;

	igt_fixture() {
		cc_require_coco();
		cc_require_heap(cc_shared_heap());
		cc_require_heap(CCP_HEAP_PRIVATE);
		cc_read_number(SLOTS_USED);
		view = cc_hostview_open();
	}

	igt_describe("A process that has taken all bounce memory by imports ends, all of it is "
		     "free again, and virtio-gpu still shows pictures.");
	igt_subtest("importer-ends-without-bounce-memory")
		test_full(view);

	igt_describe(
		"Where nobody asks for another size, a confidential guest has 64 MiB of bounce "
		"memory or more.");
	igt_subtest("default-is-64-mib")
		test_default();

	igt_fixture()
		ccp_hostview_close(view);
}

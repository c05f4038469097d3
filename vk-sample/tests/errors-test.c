// SPDX-License-Identifier: MIT
/* Whatever call fails: it is named, and nothing is left, neither objects nor fds. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake-vulkan.h"
#include "tap.h"
#include "vks.h"

#define SIZE   (1024 * 1024)
#define WIDTH  64
#define HEIGHT 32

static unsigned int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* Only its size counts. */
static int create_dmabuf(void)
{
	int fd = memfd_create("dma-buf", MFD_CLOEXEC);

	return ftruncate(fd, SIZE) ? -1 : fd;
}

static int compute(struct vks_gpu *gpu, int dmabuf)
{
	struct vks_inverter inverter;
	struct vks_buffer buffer;
	int err;

	err = vks_inverter_create(gpu, &inverter);
	if (err)
		return err;
	err = vks_buffer_import(gpu, dmabuf, 4096, SIZE / 2, &buffer);
	if (!err) {
		err = vks_invert_now(gpu, &inverter, &buffer, dmabuf);
		vks_buffer_destroy(gpu, &buffer);
	}
	vks_inverter_destroy(gpu, &inverter);
	return err;
}

static int export(struct vks_gpu *gpu)
{
	struct vks_buffer buffer;
	int dmabuf, err;

	err = vks_buffer_create(gpu, SIZE, &buffer);
	if (err)
		return err;
	vks_buffer_destroy(gpu, &buffer);

	err = vks_buffer_export(gpu, SIZE, &buffer, &dmabuf);
	if (err)
		return err;
	vks_buffer_destroy(gpu, &buffer);
	close(dmabuf);
	return 0;
}

static int draw(struct vks_gpu *gpu, int dmabuf)
{
	struct vks_layout layout = vks_layout_packed(WIDTH, HEIGHT);
	struct vks_painter painter;
	struct vks_image image;
	uint64_t needed;
	int err;

	err = vks_painter_create(gpu, &painter);
	if (err)
		return err;
	err = vks_image_needs(gpu, &layout, VKS_EXPLICIT, &needed);
	if (!err)
		err = vks_image_import(gpu, dmabuf, &layout, VKS_EXPLICIT, &image);
	if (!err) {
		err = vks_paint_now(gpu, &painter, &image, dmabuf);
		vks_image_destroy(gpu, &image);
	}
	vks_painter_destroy(gpu, &painter);
	return err;
}

/* Everything once. */
static int run(struct vks_gpu *gpu, int dmabuf)
{
	int err;

	err = vks_instance_open(gpu, false);
	if (!err)
		err = vks_device_open(gpu, NULL);
	if (!err)
		err = compute(gpu, dmabuf);
	if (!err)
		err = export(gpu);
	if (!err)
		err = draw(gpu, dmabuf);
	vks_gpu_close(gpu);
	return err;
}

/* Fails each call in turn. */
static void sweep(VkResult result, const char *name)
{
	int dmabuf = create_dmabuf(), err;
	unsigned int fds = count_fds(), calls;
	struct vks_gpu gpu;

	fake = (struct fake){};
	check_eq(run(&gpu, dmabuf), 0);
	calls = fake.calls;
	check(calls > 50);
	for (unsigned int i = 1; i <= calls; i++) {
		fake = (struct fake){ .fail_at = i, .result = result };
		err = run(&gpu, dmabuf);
		check(err < 0);
		check(strstr(gpu.error, name) || strstr(gpu.error, "DMA_BUF_IOCTL"));
		check_eq(fake.live, 0);
		check_eq(fake.misused, 0);
		check_eq(count_fds(), fds);
	}
	close(dmabuf);
}

static void test_device_lost(void)
{
	sweep(VK_ERROR_DEVICE_LOST, "VK_ERROR_DEVICE_LOST");
}

static void test_out_of_memory(void)
{
	sweep(VK_ERROR_OUT_OF_DEVICE_MEMORY, "VK_ERROR_OUT_OF_DEVICE_MEMORY");
}

static void test_refused_import(void)
{
	sweep(VK_ERROR_INVALID_EXTERNAL_HANDLE, "VK_ERROR_INVALID_EXTERNAL_HANDLE");
}

/* A semaphore that is signalled has no sync file, which is no error. */
static void test_done_early(void)
{
	int dmabuf = create_dmabuf();
	unsigned int fds = count_fds();
	struct vks_gpu gpu;

	fake = (struct fake){ .sync_file_done = true };
	check_eq(run(&gpu, dmabuf), 0);
	check_eq(fake.live, 0);
	check_eq(count_fds(), fds);
	close(dmabuf);
}

static void check_missing(const char *extension, int expected)
{
	int dmabuf = create_dmabuf();
	struct vks_gpu gpu;

	fake = (struct fake){ .missing = extension };
	check_eq(run(&gpu, dmabuf), expected);
	check(!expected || strstr(gpu.error, extension));
	check_eq(fake.live, 0);
	close(dmabuf);
}

/* What is missing is named; what can be done without, is. */
static void test_missing_extensions(void)
{
	check_missing(VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME, -ENOTSUP);
	check_missing(VK_EXT_EXTERNAL_MEMORY_DMA_BUF_EXTENSION_NAME, -ENOTSUP);
	check_missing(VK_EXT_IMAGE_DRM_FORMAT_MODIFIER_EXTENSION_NAME, -ENOTSUP);
	check_missing(VK_EXT_QUEUE_FAMILY_FOREIGN_EXTENSION_NAME, 0);
	check_missing(VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME, 0);
}

/* What the driver says it needs counts, beside what we compute. */
static void test_drivers_needs(void)
{
	struct vks_layout layout = vks_layout_packed(WIDTH, HEIGHT);
	int dmabuf = create_dmabuf();
	struct vks_buffer buffer;
	struct vks_image image;
	struct vks_gpu gpu;

	fake = (struct fake){ .alignment = 65536 };
	check_eq(vks_instance_open(&gpu, false), 0);
	check_eq(vks_device_open(&gpu, NULL), 0);
	check_eq(vks_buffer_import(&gpu, dmabuf, 4096, 4096, &buffer), -EINVAL);
	check(strstr(gpu.error, "not a multiple of 65536"));
	check_eq(vks_buffer_import(&gpu, dmabuf, 65536, 4096, &buffer), 0);
	vks_buffer_destroy(&gpu, &buffer);

	fake.needed = SIZE + 1;
	check_eq(vks_buffer_import(&gpu, dmabuf, 0, 4096, &buffer), -EINVAL);
	check(strstr(gpu.error, "needs 1048577 bytes of 1048576"));
	check_eq(vks_image_import(&gpu, dmabuf, &layout, VKS_EXPLICIT, &image), -EINVAL);
	check(strstr(gpu.error, "needs 1048577 bytes of 1048576"));
	layout.pitch += 256;
	check_eq(vks_image_import(&gpu, dmabuf, &layout, VKS_LINEAR, &image), -ENOTSUP);
	check(strstr(gpu.error, "wants offset 0 and pitch 256, not 0 and 512"));
	vks_gpu_close(&gpu);
	check_eq(fake.live, 0);
	close(dmabuf);
}

/* A dma-buf of as many bytes as the driver asks for is enough, and a refusal has numbers. */
static void test_padding(void)
{
	struct vks_layout layout = vks_layout_packed(WIDTH, HEIGHT);
	int dmabuf = create_dmabuf();
	struct vks_buffer buffer;
	struct vks_image image;
	struct vks_gpu gpu;
	uint64_t needed;

	fake = (struct fake){};
	check_eq(vks_instance_open(&gpu, false), 0);
	check_eq(vks_device_open(&gpu, NULL), 0);
	check_eq(vks_buffer_needs(&gpu, 4096, &needed), 0);
	check_eq(needed, 4096);
	layout.offset = 512;
	check_eq(vks_image_needs(&gpu, &layout, VKS_LINEAR, &needed), 0);
	check_eq(needed, vks_layout_end(&layout));

	fake.needed = SIZE - 512;
	check_eq(vks_buffer_needs(&gpu, 4096, &needed), 0);
	check_eq(needed, SIZE - 512);
	check_eq(vks_image_needs(&gpu, &layout, VKS_LINEAR, &needed), 0);
	check_eq(needed, SIZE);
	check_eq(vks_image_import(&gpu, dmabuf, &layout, VKS_LINEAR, &image), 0);
	vks_image_destroy(&gpu, &image);

	/* Fails: vkCreateBuffer, vkGetMemoryFdPropertiesKHR, vkAllocateMemory. */
	fake.fail_at = fake.calls + 3;
	fake.result = VK_ERROR_INVALID_EXTERNAL_HANDLE;
	check_eq(vks_buffer_import(&gpu, dmabuf, 0, 4096, &buffer), -EIO);
	check_str(gpu.error,
		  "vkAllocateMemory: VK_ERROR_INVALID_EXTERNAL_HANDLE: import of 1048576 "
		  "bytes from a dma-buf of 1048576 by fake GPU");
	vks_gpu_close(&gpu);
	check_eq(fake.live, 0);
	close(dmabuf);
}

/* No dma-buf at all. */
static void test_no_dmabuf(void)
{
	struct vks_buffer buffer;
	struct vks_gpu gpu;
	int fds[2];

	fake = (struct fake){};
	check_eq(pipe(fds), 0);
	check_eq(vks_instance_open(&gpu, false), 0);
	check_eq(vks_device_open(&gpu, "0"), 0);
	check_eq(vks_buffer_import(&gpu, fds[0], 0, 4096, &buffer), -ESPIPE);
	check_eq(vks_buffer_import(&gpu, -1, 0, 4096, &buffer), -EBADF);
	vks_gpu_close(&gpu);
	check_eq(fake.live, 0);
	close(fds[0]);
	close(fds[1]);
}

static void test_device_names(void)
{
	struct vks_gpu gpu;

	fake = (struct fake){};
	check_eq(vks_instance_open(&gpu, false), 0);
	check_eq(vks_device_open(&gpu, "1"), -ENODEV);
	check_str(gpu.error, "no device 1 among 1");
	check_eq(vks_device_open(&gpu, "true"), -ENODEV);
	check_eq(vks_device_open(&gpu, "fake"), 0);
	vks_gpu_close(&gpu);
	check_eq(fake.live, 0);
}

static void test_result_names(void)
{
	check_str(vks_result_name(VK_ERROR_DEVICE_LOST), "VK_ERROR_DEVICE_LOST");
	check_str(vks_result_name((VkResult)12345), "a VkResult without a name here");
}

static const struct tap_test tests[] = {
	{ "a lost device leaves nothing", test_device_lost },
	{ "no memory leaves nothing", test_out_of_memory },
	{ "a refused import leaves nothing", test_refused_import },
	{ "work that is done early has no sync file", test_done_early },
	{ "missing extensions are named or done without", test_missing_extensions },
	{ "the driver's own needs count", test_drivers_needs },
	{ "a driver that wants padding gets it", test_padding },
	{ "what is no dma-buf is refused", test_no_dmabuf },
	{ "devices by name and number", test_device_names },
	{ "VkResults have names", test_result_names },
};

TAP_MAIN(tests)

// SPDX-License-Identifier: MIT
/* What needs no device: refusals, and what they leave behind. */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ccprime.h"
#include "tap.h"

static void test_heap_names(void)
{
	static const char long_name[] =
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

	check_eq(strlen(long_name), 65);
	check_eq(ccp_heap_open(""), -EINVAL);
	check_eq(ccp_heap_open("."), -EINVAL);
	check_eq(ccp_heap_open(".."), -EINVAL);
	check_eq(ccp_heap_open("../null"), -EINVAL);
	check_eq(ccp_heap_open("a/b"), -EINVAL);
	check_eq(ccp_heap_open("/dev/null"), -EINVAL);
	check_eq(ccp_heap_open(long_name), -EINVAL);
	check_eq(ccp_heap_open(long_name + 1), -ENOENT);
	check_eq(ccp_heap_open("no_such_heap"), -ENOENT);
}

static void test_buffer_create_fails_clean(void)
{
	struct ccp_buffer buffer = { .fd = 42 };

	check_eq(ccp_buffer_create(&buffer, "no_such_heap", 4096), -ENOENT);
	check_eq(ccp_buffer_create(&buffer, "a/b", 4096), -EINVAL);
	check_eq(buffer.fd, 42);
}

/* A memfd stands in for a dma-buf, where only the fd and the mapping count. */
static void test_buffer_parts(void)
{
	struct ccp_buffer buffer = { .fd = memfd_create("buffer", MFD_CLOEXEC), .size = 4096 };
	int fd = buffer.fd;
	unsigned char vec;
	void *map;

	check(fd >= 0);
	check_eq(ftruncate(fd, 4096), 0);
	buffer.map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check(buffer.map != MAP_FAILED);

	ccp_buffer_close_fd(&buffer);
	check_eq(buffer.fd, -1);
	check_eq(fcntl(fd, F_GETFD), -1);
	*(volatile char *)buffer.map = 1;

	map = buffer.map;
	ccp_buffer_destroy(&buffer);
	check(!buffer.map);
	check_eq(mincore(map, 4096, &vec), -1);
	ccp_buffer_destroy(&buffer);
}

static void test_no_dmabuf(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	check(fd >= 0);
	check_eq(ccp_heap_alloc(fd, 4096), -ENOTTY);
	check_eq(ccp_dmabuf_begin_cpu_access(fd, DMA_BUF_SYNC_READ), -ENOTTY);
	check_eq(ccp_dmabuf_end_cpu_access(fd, DMA_BUF_SYNC_READ), -ENOTTY);
	check_eq(ccp_dmabuf_export_sync_file(fd, DMA_BUF_SYNC_READ), -ENOTTY);
	check_eq(ccp_dmabuf_import_sync_file(fd, DMA_BUF_SYNC_READ, fd), -ENOTTY);
	close(fd);

	check_eq(ccp_heap_alloc(-1, 4096), -EBADF);
	check_eq(ccp_dmabuf_begin_cpu_access(-1, DMA_BUF_SYNC_READ), -EBADF);
	check_eq(ccp_dmabuf_end_cpu_access(-1, DMA_BUF_SYNC_READ), -EBADF);
	check_eq(ccp_dmabuf_export_sync_file(-1, DMA_BUF_SYNC_READ), -EBADF);
	check_eq(ccp_dmabuf_import_sync_file(-1, DMA_BUF_SYNC_READ, -1), -EBADF);
}

static void test_no_drm(void)
{
	uint32_t handle = 42, width = 42, height = 42;
	struct ccp_scanout scanout = { .fb = 42 };
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	check(fd >= 0);
	check_eq(ccp_prime_import(fd, fd, &handle), -ENOTTY);
	check_eq(handle, 42);
	check_eq(ccp_prime_export(fd, 1), -ENOTTY);
	check_eq(ccp_gem_close(fd, 1), -ENOTTY);
	check_eq(ccp_scanout_size(fd, &width, &height), -ENOTTY);
	check_eq(width, 42);
	check_eq(ccp_scanout_create(&scanout, fd, 1, 2560, 0), -ENOTTY);
	check_eq(scanout.fb, 42);
	close(fd);

	check(ccp_drm_open("no_such_driver") == -ENODEV ||
	      ccp_drm_open("no_such_driver") == -EACCES);
}

static const struct tap_test tests[] = {
	{ "a heap's name is a plain file name", test_heap_names },
	{ "a buffer that cannot be made changes nothing", test_buffer_create_fails_clean },
	{ "a buffer can lose its fd, its mapping, and both", test_buffer_parts },
	{ "no dma-buf, no ioctl", test_no_dmabuf },
	{ "no DRM device, no ioctl", test_no_drm },
};

TAP_MAIN(tests)

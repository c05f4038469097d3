// SPDX-License-Identifier: MIT
/**
 * TEST: cc heap gup
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: system_cc_shared heap, get_user_pages
 * Test category: functionality test
 * Description: Nothing in the kernel may get hold of the pages behind a mapping of a
 *	system_cc_shared buffer and use them as ordinary, private memory: who asks for them is
 *	refused, who copies sees the buffer.
 *
 * SUBTEST: read-and-write-copy
 * Description: read() and write() copy to and from a mapping, word by word.
 *
 * SUBTEST: direct-io-is-refused
 * Description: A disk reads into ordinary memory, but not into a mapping of the buffer.
 *
 * SUBTEST: vmsplice-is-refused
 * Description: A pipe takes over no pages of the buffer.
 *
 * SUBTEST: process-vm-is-refused
 * Description: process_vm_readv() and process_vm_writev() do not reach the buffer.
 *
 * SUBTEST: io-uring-buffer-is-refused
 * Description: io_uring registers ordinary memory, but not the buffer.
 *
 * SUBTEST: proc-mem-is-refused
 * Description: /proc/self/mem neither reads nor writes the buffer.
 *
 * SUBTEST: shared-futex-is-refused
 * Description: A futex between processes cannot lie in the buffer, one within a process
 *	can.
 */
#include "igt.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "ccprime.h"
#include "support/buffer.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/sizes.h"

IGT_TEST_DESCRIPTION("Nothing in the kernel may get hold of the pages behind a mapping of a "
		     "system_cc_shared buffer and use them as ordinary, private memory: who asks "
		     "for them is refused, who copies sees the buffer.");

/* One chunk, and what a pipe holds. */
#define SIZE (16 * PAGE)

/*
 * The attempts below are made twice: on ordinary memory, where they must work (else a refusal says
 * nothing), and on a mapping of a buffer. Each returns 0 or a negative errno.
 */
typedef int (*attempt_fn)(void *map);

static void check_attempt(struct ccp_hostview *view, attempt_fn attempt, int expected)
{
	struct cc_buffer buffer;
	void *ordinary;

	ordinary = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	igt_assert(ordinary != MAP_FAILED);
	memset(ordinary, 0, SIZE);
	igt_assert_eq(attempt(ordinary), 0);
	munmap(ordinary, SIZE);

	cc_buffer_create(&buffer, cc_shared_heap(), SIZE);
	igt_assert_eq(attempt(buffer.dmabuf.map), expected);
	cc_assert_shared_intact(view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_copy(struct ccp_hostview *view)
{
	static uint64_t words[SIZE / WORD];
	struct cc_buffer buffer;
	int fds[2];

	igt_assert_eq(pipe2(fds, O_CLOEXEC), 0);
	igt_assert_lte((int)SIZE, fcntl(fds[1], F_SETPIPE_SZ, (int)SIZE));
	cc_buffer_create(&buffer, cc_shared_heap(), SIZE);

	igt_assert_eq(write(fds[1], buffer.dmabuf.map, SIZE), (int)SIZE);
	igt_assert_eq(read(fds[0], words, SIZE), (int)SIZE);
	cc_assert_cpu(&buffer.pattern, words, 0, SIZE, "what write() copied");

	buffer.pattern = cc_pattern_next();
	ccp_pattern_fill(&buffer.pattern, words, 0, SIZE);
	igt_assert_eq(write(fds[1], words, SIZE), (int)SIZE);
	igt_assert_eq(read(fds[0], buffer.dmabuf.map, SIZE), (int)SIZE);
	cc_assert_shared_intact(view, &buffer);

	ccp_buffer_destroy(&buffer.dmabuf);
	close(fds[0]);
	close(fds[1]);
}

/* A disk that can be read past the page cache; reading harms none. Returns an fd, or -1. */
static int open_disk(void)
{
	DIR *dir = opendir("/sys/block");
	const struct dirent *entry;
	int fd = -1;

	while (dir && fd < 0 && (entry = readdir(dir))) {
		char path[sizeof("/dev/") + sizeof(entry->d_name)];
		uint64_t size = 0;

		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
		if (fd >= 0 && (ioctl(fd, BLKGETSIZE64, &size) || size < SIZE)) {
			close(fd);
			fd = -1;
		}
	}
	if (dir)
		closedir(dir);
	return fd;
}

static int read_disk(void *map)
{
	int fd = open_disk();
	ssize_t done = pread(fd, map, SIZE, 0);
	int err = done < 0 ? -errno : 0;

	close(fd);
	return err;
}

static void test_direct_io(struct ccp_hostview *view)
{
	int fd = open_disk();

	igt_require_f(fd >= 0, "no disk to read with O_DIRECT\n");
	close(fd);
	check_attempt(view, read_disk, -EFAULT);
}

static int splice_pages(void *map)
{
	struct iovec iov = { .iov_base = map, .iov_len = SIZE };
	int fds[2], err;

	igt_assert_eq(pipe2(fds, O_CLOEXEC), 0);
	err = vmsplice(fds[1], &iov, 1, SPLICE_F_NONBLOCK) < 0 ? -errno : 0;
	close(fds[0]);
	close(fds[1]);
	return err;
}

static void test_vmsplice(struct ccp_hostview *view)
{
	check_attempt(view, splice_pages, -EFAULT);
}

static int vm_read(void *map)
{
	static char bytes[SIZE];
	struct iovec local = { .iov_base = bytes, .iov_len = SIZE };
	struct iovec remote = { .iov_base = map, .iov_len = SIZE };

	return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) < 0 ? -errno : 0;
}

static int vm_write(void *map)
{
	static char bytes[SIZE];
	struct iovec local = { .iov_base = bytes, .iov_len = SIZE };
	struct iovec remote = { .iov_base = map, .iov_len = SIZE };

	return process_vm_writev(getpid(), &local, 1, &remote, 1, 0) < 0 ? -errno : 0;
}

static bool has_process_vm(void)
{
	return !process_vm_readv(getpid(), NULL, 0, NULL, 0, 0) || errno != ENOSYS;
}

static void test_process_vm(struct ccp_hostview *view)
{
	igt_require_f(has_process_vm(), "no process_vm_readv (CONFIG_CROSS_MEMORY_ATTACH)\n");
	check_attempt(view, vm_read, -EFAULT);
	check_attempt(view, vm_write, -EFAULT);
}

static int uring_setup(void)
{
	struct io_uring_params params = {};

	return syscall(__NR_io_uring_setup, 1, &params);
}

static int uring_register(void *map)
{
	struct iovec iov = { .iov_base = map, .iov_len = SIZE };
	int ring = uring_setup(), err;

	igt_assert_fd(ring);
	err = syscall(__NR_io_uring_register, ring, IORING_REGISTER_BUFFERS, &iov, 1) ? -errno : 0;
	close(ring);
	return err;
}

static void test_io_uring(struct ccp_hostview *view)
{
	int ring = uring_setup();

	igt_require_f(ring >= 0, "no io_uring: %s\n", strerror(errno));
	close(ring);
	check_attempt(view, uring_register, -EFAULT);
}

static int mem_error(void *map, bool write_it)
{
	uint64_t word = 0;
	ssize_t done;
	int fd, err;

	fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	igt_assert_fd(fd);
	done = write_it ? pwrite(fd, &word, sizeof(word), (uintptr_t)map)
			: pread(fd, &word, sizeof(word), (uintptr_t)map);
	err = done < 0 ? -errno : 0;
	close(fd);
	return err;
}

static int mem_read(void *map)
{
	return mem_error(map, false);
}

static int mem_write(void *map)
{
	return mem_error(map, true);
}

static void test_proc_mem(struct ccp_hostview *view)
{
	check_attempt(view, mem_read, -EIO);
	check_attempt(view, mem_write, -EIO);
}

static int futex_wake(void *map, int operation)
{
	return syscall(__NR_futex, map, operation, 1, NULL, NULL, 0) < 0 ? -errno : 0;
}

static int wake_shared(void *map)
{
	return futex_wake(map, FUTEX_WAKE);
}

static int wake_private(void *map)
{
	return futex_wake(map, FUTEX_WAKE_PRIVATE);
}

static void test_futex(struct ccp_hostview *view)
{
	check_attempt(view, wake_shared, -EFAULT);
	check_attempt(view, wake_private, 0);
}

int igt_main()
{
	static struct ccp_hostview *view;

	igt_fixture() {
		cc_require_heap(cc_shared_heap());
		view = cc_hostview_open();
	}

	igt_describe("read() and write() copy to and from a mapping, word by word.");
	igt_subtest("read-and-write-copy")
		test_copy(view);

	igt_describe("A disk reads into ordinary memory, but not into a mapping of the "
		     "buffer.");
	igt_subtest("direct-io-is-refused")
		test_direct_io(view);

	igt_describe("A pipe takes over no pages of the buffer.");
	igt_subtest("vmsplice-is-refused")
		test_vmsplice(view);

	igt_describe("process_vm_readv() and process_vm_writev() do not reach the buffer.");
	igt_subtest("process-vm-is-refused")
		test_process_vm(view);

	igt_describe("io_uring registers ordinary memory, but not the buffer.");
	igt_subtest("io-uring-buffer-is-refused")
		test_io_uring(view);

	igt_describe("/proc/self/mem neither reads nor writes the buffer.");
	igt_subtest("proc-mem-is-refused")
		test_proc_mem(view);

	igt_describe("A futex between processes cannot lie in the buffer, one within a "
		     "process can.");
	igt_subtest("shared-futex-is-refused")
		test_futex(view);

	igt_fixture()
		ccp_hostview_close(view);
}

// SPDX-License-Identifier: MIT
/**
 * TEST: cc heap uapi
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: system_cc_shared heap, ioctl and file descriptors
 * Test category: functionality test
 * Description: The heap's ioctl over its whole argument space, and what the file
 *	descriptors that it gives can and cannot do.
 *
 * SUBTEST: access-mode-is-that-of-the-fd
 * Description: Each access mode gives a file descriptor with this mode, and mappings no
 *	wider than it.
 *
 * SUBTEST: every-other-fd-flag-is-refused
 * Description: Each bit that is no fd flag of the heap is EINVAL, alone.
 *
 * SUBTEST: every-heap-flag-is-refused
 * Description: Each bit of heap_flags is EINVAL: none means anything yet.
 *
 * SUBTEST: every-fd-is-refused
 * Description: The field in which the fd comes back has to be 0.
 *
 * SUBTEST: bad-pointer-leaves-nothing
 * Description: An argument that cannot be read, or not be written, is EFAULT, and the pages
 *	are private again.
 *
 * SUBTEST: unknown-ioctl-is-refused
 * Description: An ioctl that the heap does not have is EINVAL.
 *
 * SUBTEST: longer-argument-is-taken
 * Description: A program that was built for a longer argument works.
 *
 * SUBTEST: length-is-rounded-to-pages
 * Description: Any length gives whole pages, and no more of them than needed.
 *
 * SUBTEST: lseek-tells-the-size
 * Description: lseek() tells the size, and goes nowhere else.
 *
 * SUBTEST: fd-is-no-file
 * Description: A buffer's bytes are reached by mapping it only.
 *
 * SUBTEST: heap-node-is-no-memory
 * Description: The heap itself can neither be read nor mapped.
 *
 * SUBTEST: no-fd-left-leaves-nothing
 * Description: Where no fd is free the allocation is EMFILE, and its pages are private
 *	again.
 *
 * SUBTEST: fd-zero-is-a-buffer-too
 * Description: Where 0 is the lowest free fd, an allocation gives it.
 *
 * SUBTEST: close-on-exec-is-kept
 * Description: exec() closes the file descriptor where that was asked for, and only there.
 *
 * SUBTEST: fd-passed-to-a-process-is-the-buffer
 * Description: A process that gets the fd over a socket sees, and changes, the same shared
 *	memory.
 *
 * SUBTEST: fd-in-flight-keeps-the-buffer
 * Description: A file descriptor that is under way in a socket keeps content and state;
 *	lost, it frees them.
 *
 * SUBTEST: fdinfo-tells-heap-and-size
 * Description: /proc/self/fdinfo tells the exporting heap, the size and the name that was
 *	given.
 *
 * SUBTEST: name-has-a-limit
 * Description: A name of 31 bytes is taken, a longer one is EINVAL and changes nothing.
 *
 * SUBTEST: bufinfo-lists-the-buffer
 * Description: debugfs lists a buffer with heap, size and attached devices, as long as it
 *	is there.
 */
#include "igt.h"

#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "ccprime.h"
#include "support/buffer.h"
#include "support/fd.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/kernelfs.h"
#include "support/sizes.h"

IGT_TEST_DESCRIPTION("The heap's ioctl over its whole argument space, and what the file "
		     "descriptors that it gives can and cannot do.");

#define FD_FLAGS   (O_RDWR | O_CLOEXEC)
#define NAME_BYTES 31 /* the longest name of a dma-buf */

/* A page with these arguments is EINVAL; the value of the field is why. */
static void assert_refused(struct dma_heap_allocation_data data, const char *field, uint64_t value)
{
	int err;

	data.len = PAGE;
	err = cc_heap_ioctl(DMA_HEAP_IOCTL_ALLOC, &data);
	igt_assert_f(err == -EINVAL, "%s 0x%" PRIx64 ": %d, expected -EINVAL\n", field, value, err);
}

static void test_access_modes(void)
{
	static const struct {
		uint32_t flags;
		int read, write; /* results of mapping it so */
	} modes[] = {
		{ O_RDONLY, 0, -EACCES },
		{ O_WRONLY, -EACCES, -EACCES },
		{ O_RDWR, 0, 0 },
		{ O_RDONLY | O_CLOEXEC, 0, -EACCES },
		{ O_WRONLY | O_CLOEXEC, -EACCES, -EACCES },
		{ O_RDWR | O_CLOEXEC, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		int fd = cc_heap_alloc_page(modes[i].flags);

		igt_assert_eq(fcntl(fd, F_GETFL) & O_ACCMODE, modes[i].flags & O_ACCMODE);
		igt_assert_eq(fcntl(fd, F_GETFD), modes[i].flags & O_CLOEXEC ? FD_CLOEXEC : 0);
		igt_assert_eq(cc_map_error(fd, 0, PAGE, PROT_READ, MAP_SHARED), modes[i].read);
		igt_assert_eq(cc_map_error(fd, 0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED),
			      modes[i].write);
		close(fd);
	}
}

static void test_fd_flag_bits(void)
{
	for (unsigned int bit = 0; bit < 32; bit++) {
		uint32_t flag = 1u << bit;

		if (flag & (O_CLOEXEC | O_ACCMODE))
			continue;
		assert_refused((struct dma_heap_allocation_data){ .fd_flags = FD_FLAGS | flag },
			       "fd flag", flag);
	}
}

static void test_heap_flag_bits(void)
{
	for (unsigned int bit = 0; bit < 64; bit++) {
		uint64_t flag = 1ull << bit;

		assert_refused((struct dma_heap_allocation_data){ .fd_flags = FD_FLAGS,
								  .heap_flags = flag },
			       "heap flag", flag);
	}
}

static void test_fd_field(void)
{
	static const uint32_t fds[] = { 1, 2, 1023, INT_MAX, 1u << 31, UINT_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		assert_refused(
			(struct dma_heap_allocation_data){ .fd = fds[i], .fd_flags = FD_FLAGS },
			"fd", fds[i]);
}

static void test_bad_pointer(struct ccp_hostview *view)
{
	const struct dma_heap_allocation_data data = { .len = PAGE, .fd_flags = FD_FLAGS };
	uint64_t before = cc_shared_pages(view);
	void *page;

	igt_assert_eq(cc_heap_ioctl(DMA_HEAP_IOCTL_ALLOC, NULL), -EFAULT);

	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	igt_assert(page != MAP_FAILED);
	memcpy(page, &data, sizeof(data));
	igt_assert_eq(mprotect(page, PAGE, PROT_READ), 0);
	igt_assert_eq(cc_heap_ioctl(DMA_HEAP_IOCTL_ALLOC, page), -EFAULT);
	igt_assert_eq(memcmp(page, &data, sizeof(data)), 0);
	munmap(page, PAGE);

	igt_assert_eq_u64(cc_shared_pages(view), before);
}

static void test_unknown_ioctl(void)
{
	struct dma_heap_allocation_data data = { .len = PAGE, .fd_flags = FD_FLAGS };

	for (unsigned int nr = 1; nr < 256; nr++) {
		int err = cc_heap_ioctl(_IOWR(DMA_HEAP_IOC_MAGIC, nr, data), &data);

		igt_assert_f(err == -EINVAL, "ioctl %u: %d, expected -EINVAL\n", nr, err);
	}
}

/* The kernel reads the size of the argument from the ioctl's number. */
static void test_longer_argument(void)
{
	static const size_t sizes[] = { 32, 128, 136, 4096 };
	static union {
		struct dma_heap_allocation_data data;
		char bytes[4096];
	} argument;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned long request =
			_IOC(_IOC_READ | _IOC_WRITE, DMA_HEAP_IOC_MAGIC, 0, sizes[i]);

		argument.data =
			(struct dma_heap_allocation_data){ .len = PAGE, .fd_flags = FD_FLAGS };
		igt_assert_eq(cc_heap_ioctl(request, &argument), 0);
		igt_assert_eq(
			cc_map_error(argument.data.fd, 0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED),
			0);
		close(argument.data.fd);
	}
}

static void test_rounding(struct ccp_hostview *view)
{
	static const size_t lengths[] = {
		1, PAGE - 1, PAGE, PAGE + 1, 64 * KIB - 1, 64 * KIB + 1, MIB - 1, MIB + 1,
	};

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct dma_heap_allocation_data data = { .len = lengths[i], .fd_flags = FD_FLAGS };
		size_t size = cc_page_align(lengths[i]);
		uint64_t before = cc_shared_pages(view);

		igt_assert_eq(cc_heap_ioctl(DMA_HEAP_IOCTL_ALLOC, &data), 0);
		igt_assert_eq_u64(lseek(data.fd, 0, SEEK_END), size);
		cc_assert_more_shared(view, before, size / PAGE);
		close(data.fd);
	}
}

static void test_lseek(void)
{
	static const struct {
		off_t offset;
		int whence;
		off_t expected; /* or a negative errno */
	} cases[] = {
		{ 0, SEEK_END, PAGE },	     { 0, SEEK_SET, 0 },	{ 1, SEEK_SET, -EINVAL },
		{ PAGE, SEEK_SET, -EINVAL }, { -1, SEEK_END, -EINVAL }, { 1, SEEK_END, -EINVAL },
		{ 0, SEEK_CUR, -EINVAL },    { 1, SEEK_CUR, -EINVAL },	{ 0, SEEK_DATA, -EINVAL },
		{ 0, SEEK_HOLE, -EINVAL },
	};
	int fd = cc_heap_alloc_page(FD_FLAGS);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		off_t found = lseek(fd, cases[i].offset, cases[i].whence);

		if (found < 0)
			found = -errno;
		igt_assert_f(found == cases[i].expected, "lseek(%ld, %d): %ld, expected %ld\n",
			     (long)cases[i].offset, cases[i].whence, (long)found,
			     (long)cases[i].expected);
	}
	close(fd);
}

static void test_no_file(void)
{
	uint64_t word = 0x0123456789abcdef;
	int fd = cc_heap_alloc_page(FD_FLAGS);

	igt_assert_eq(read(fd, &word, sizeof(word)) < 0 ? errno : 0, EINVAL);
	igt_assert_eq(write(fd, &word, sizeof(word)) < 0 ? errno : 0, EINVAL);
	igt_assert_eq(pread(fd, &word, sizeof(word), 0) < 0 ? errno : 0, ESPIPE);
	igt_assert_eq(pwrite(fd, &word, sizeof(word), 0) < 0 ? errno : 0, ESPIPE);
	igt_assert_eq_u64(word, 0x0123456789abcdef);
	igt_assert_eq_u64(lseek(fd, 0, SEEK_END), PAGE);
	close(fd);
}

static void test_heap_node(void)
{
	int heap = ccp_heap_open(cc_shared_heap());
	char byte;

	igt_assert_fd(heap);
	igt_assert_eq(cc_map_error(heap, 0, PAGE, PROT_READ, MAP_SHARED), -ENODEV);
	igt_assert_eq(read(heap, &byte, 1) < 0 ? errno : 0, EINVAL);
	close(heap);
}

static void test_no_fd_left(struct ccp_hostview *view)
{
	struct dma_heap_allocation_data data = { .len = MIXED_SIZE, .fd_flags = FD_FLAGS };
	uint64_t before = cc_shared_pages(view);
	int heap = ccp_heap_open(cc_shared_heap());
	struct rlimit old, none;
	int err;

	igt_assert_fd(heap);
	igt_assert_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = (struct rlimit){ .rlim_cur = 0, .rlim_max = old.rlim_max };
	igt_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	err = cc_ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data);
	igt_assert_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	close(heap);

	igt_assert_eq(err, -EMFILE);
	igt_assert_eq_u64(cc_shared_pages(view), before);
}

static void test_fd_zero(struct ccp_hostview *view)
{
	struct dma_heap_allocation_data data = { .len = PAGE, .fd_flags = FD_FLAGS };
	uint64_t before = cc_shared_pages(view);
	int heap = ccp_heap_open(cc_shared_heap()), input, err;
	ssize_t length;

	igt_assert_fd(heap);
	input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, heap);
	igt_assert_fd(input);
	close(STDIN_FILENO);
	err = cc_ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data);
	length = lseek(STDIN_FILENO, 0, SEEK_END);
	igt_assert_eq(dup2(input, STDIN_FILENO), STDIN_FILENO);
	close(input);
	close(heap);

	igt_assert_eq(err, 0);
	igt_assert_eq_u32(data.fd, 0);
	igt_assert_eq_u64(length, PAGE);
	igt_assert_eq_u64(cc_shared_pages(view), before);
}

/* Whether a program that a child executes finds this fd open. */
static bool open_after_exec(int fd)
{
	static const char script[] = "test -e /proc/self/fd/$0";
	char number[16];
	int status;
	pid_t pid;

	snprintf(number, sizeof(number), "%d", fd);
	pid = fork();
	igt_assert_lte(0, pid);
	if (!pid) {
		execl("/bin/sh", "sh", "-c", script, number, (char *)NULL);
		_exit(127);
	}
	igt_assert_eq(waitpid(pid, &status, 0), pid);
	igt_assert(WIFEXITED(status) && WEXITSTATUS(status) < 2);
	return !WEXITSTATUS(status);
}

static void test_exec(void)
{
	int closed = cc_heap_alloc_page(O_RDWR | O_CLOEXEC), kept = cc_heap_alloc_page(O_RDWR);

	igt_assert(!open_after_exec(closed));
	igt_assert(open_after_exec(kept));
	close(kept);
	close(closed);
}

/* ---- over a socket ---- */

union fd_message {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

static struct msghdr message_header(union fd_message *message, struct iovec *iov, char *byte)
{
	*iov = (struct iovec){ .iov_base = byte, .iov_len = 1 };
	return (struct msghdr){
		.msg_iov = iov,
		.msg_iovlen = 1,
		.msg_control = message,
		.msg_controllen = sizeof(*message),
	};
}

static void send_fd(int sock, int fd)
{
	union fd_message message = {
		.header = { .cmsg_level = SOL_SOCKET,
			    .cmsg_type = SCM_RIGHTS,
			    .cmsg_len = CMSG_LEN(sizeof(fd)) },
	};
	struct iovec iov;
	char byte = 0;
	struct msghdr header = message_header(&message, &iov, &byte);

	memcpy(CMSG_DATA(&message.header), &fd, sizeof(fd));
	igt_assert_eq(sendmsg(sock, &header, 0), 1);
}

static int receive_fd(int sock)
{
	union fd_message message = {};
	struct iovec iov;
	char byte;
	struct msghdr header = message_header(&message, &iov, &byte);
	int fd;

	igt_assert_eq(recvmsg(sock, &header, MSG_CMSG_CLOEXEC), 1);
	igt_assert_eq(message.header.cmsg_type, SCM_RIGHTS);
	memcpy(&fd, CMSG_DATA(&message.header), sizeof(fd));
	return fd;
}

static void test_passed(struct ccp_hostview *view)
{
	struct cc_buffer buffer;
	struct ccp_pattern edit;
	int socks[2];

	igt_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks), 0);
	igt_fork(child, 1) {
		struct ccp_pattern pattern;
		struct cc_buffer received;

		igt_assert_eq(read(socks[1], &pattern, sizeof(pattern)), sizeof(pattern));
		received = cc_buffer_map(receive_fd(socks[1]), MIXED_SIZE, pattern);
		cc_assert_shared_intact(view, &received);
		cc_buffer_rewrite(&received);
		igt_assert_eq(write(socks[1], &received.pattern, sizeof(received.pattern)),
			      sizeof(received.pattern));
		ccp_buffer_destroy(&received.dmabuf);
	}

	/* After the fork: the child has nothing but what the socket brings. */
	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	igt_assert_eq(write(socks[0], &buffer.pattern, sizeof(buffer.pattern)),
		      sizeof(buffer.pattern));
	send_fd(socks[0], buffer.dmabuf.fd);
	igt_assert_eq(read(socks[0], &edit, sizeof(edit)), sizeof(edit));
	igt_waitchildren();
	buffer.pattern = edit;
	cc_assert_shared_intact(view, &buffer);

	ccp_buffer_destroy(&buffer.dmabuf);
	close(socks[0]);
	close(socks[1]);
}

static void test_in_flight(struct ccp_hostview *view)
{
	uint64_t before = cc_shared_pages(view);
	struct cc_buffer buffer;
	int socks[2];

	igt_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks), 0);
	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	send_fd(socks[0], buffer.dmabuf.fd);
	ccp_buffer_destroy(&buffer.dmabuf);
	cc_assert_more_shared(view, before, MIXED_SIZE / PAGE);

	buffer = cc_buffer_map(receive_fd(socks[1]), MIXED_SIZE, buffer.pattern);
	cc_assert_shared_intact(view, &buffer);

	send_fd(socks[0], buffer.dmabuf.fd);
	ccp_buffer_destroy(&buffer.dmabuf);
	close(socks[0]);
	close(socks[1]);
	igt_assert_eq_u64(cc_shared_pages(view), before);
}

/* ---- what the kernel tells ---- */

/* The value of "KEY:\tVALUE" in the fd's fdinfo; empty where there is none. */
static void fdinfo(int fd, const char *key, char value[64])
{
	char path[48], line[128], found[64], text[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	igt_assert_f(file, "%s: %s\n", path, strerror(errno));
	*value = '\0';
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%63[^:]: %63s", found, text) == 2 && !strcmp(found, key))
			strcpy(value, text);
	fclose(file);
}

static void assert_fdinfo(int fd, const char *key, const char *expected)
{
	char value[64];

	fdinfo(fd, key, value);
	igt_assert_f(!strcmp(value, expected), "fdinfo: %s is \"%s\", expected \"%s\"\n", key,
		     value, expected);
}

static int set_name(int fd, const char *name)
{
	return cc_ioctl(fd, DMA_BUF_SET_NAME_B, (void *)name);
}

static void test_fdinfo(void)
{
	struct cc_buffer buffer;
	char size[32];

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	snprintf(size, sizeof(size), "%zu", MIXED_SIZE);
	assert_fdinfo(buffer.dmabuf.fd, "exp_name", cc_shared_heap());
	assert_fdinfo(buffer.dmabuf.fd, "size", size);
	assert_fdinfo(buffer.dmabuf.fd, "name", "");

	igt_assert_eq(set_name(buffer.dmabuf.fd, "ccprime"), 0);
	assert_fdinfo(buffer.dmabuf.fd, "name", "ccprime");
	assert_fdinfo(buffer.dmabuf.fd, "exp_name", cc_shared_heap());
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_name_limit(void)
{
	char name[NAME_BYTES + 2];
	int fd = cc_heap_alloc_page(FD_FLAGS);

	memset(name, 'n', sizeof(name));
	name[NAME_BYTES + 1] = '\0';
	igt_assert_eq(set_name(fd, name), -EINVAL);
	assert_fdinfo(fd, "name", "");

	name[NAME_BYTES] = '\0';
	igt_assert_eq(set_name(fd, name), 0);
	assert_fdinfo(fd, "name", name);
	close(fd);
}

static void test_bufinfo(void)
{
	struct cc_bufinfo info;
	struct cc_buffer buffer;
	unsigned long ino;

	cc_require_bufinfo();
	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	ino = cc_inode(buffer.dmabuf.fd);
	info = cc_bufinfo(ino);
	igt_assert(info.found);
	igt_assert_eq_u64(info.size, MIXED_SIZE);
	igt_assert_f(!strcmp(info.exporter, cc_shared_heap()), "exporter %s\n", info.exporter);
	igt_assert_eq(info.devices, 0);

	ccp_buffer_destroy(&buffer.dmabuf);
	igt_assert(!cc_bufinfo(ino).found);
}

int igt_main()
{
	static struct ccp_hostview *view;

	igt_fixture() {
		cc_require_heap(cc_shared_heap());
		view = cc_hostview_open();
	}

	igt_describe("Each access mode gives a file descriptor with this mode, and mappings "
		     "no wider than it.");
	igt_subtest("access-mode-is-that-of-the-fd")
		test_access_modes();

	igt_describe("Each bit that is no fd flag of the heap is EINVAL, alone.");
	igt_subtest("every-other-fd-flag-is-refused")
		test_fd_flag_bits();

	igt_describe("Each bit of heap_flags is EINVAL: none means anything yet.");
	igt_subtest("every-heap-flag-is-refused")
		test_heap_flag_bits();

	igt_describe("The field in which the fd comes back has to be 0.");
	igt_subtest("every-fd-is-refused")
		test_fd_field();

	igt_describe("An argument that cannot be read, or not be written, is EFAULT, and the "
		     "pages are private again.");
	igt_subtest("bad-pointer-leaves-nothing")
		test_bad_pointer(view);

	igt_describe("An ioctl that the heap does not have is EINVAL.");
	igt_subtest("unknown-ioctl-is-refused")
		test_unknown_ioctl();

	igt_describe("A program that was built for a longer argument works.");
	igt_subtest("longer-argument-is-taken")
		test_longer_argument();

	igt_describe("Any length gives whole pages, and no more of them than needed.");
	igt_subtest("length-is-rounded-to-pages")
		test_rounding(view);

	igt_describe("lseek() tells the size, and goes nowhere else.");
	igt_subtest("lseek-tells-the-size")
		test_lseek();

	igt_describe("A buffer's bytes are reached by mapping it only.");
	igt_subtest("fd-is-no-file")
		test_no_file();

	igt_describe("The heap itself can neither be read nor mapped.");
	igt_subtest("heap-node-is-no-memory")
		test_heap_node();

	igt_describe("Where no fd is free the allocation is EMFILE, and its pages are "
		     "private again.");
	igt_subtest("no-fd-left-leaves-nothing")
		test_no_fd_left(view);

	igt_describe("Where 0 is the lowest free fd, an allocation gives it.");
	igt_subtest("fd-zero-is-a-buffer-too")
		test_fd_zero(view);

	igt_describe("exec() closes the file descriptor where that was asked for, and only "
		     "there.");
	igt_subtest("close-on-exec-is-kept")
		test_exec();

	igt_describe("A process that gets the fd over a socket sees, and changes, the same "
		     "shared memory.");
	igt_subtest("fd-passed-to-a-process-is-the-buffer")
		test_passed(view);

	igt_describe("A file descriptor that is under way in a socket keeps content and "
		     "state; lost, it frees them.");
	igt_subtest("fd-in-flight-keeps-the-buffer")
		test_in_flight(view);

	igt_describe("/proc/self/fdinfo tells the exporting heap, the size and the name that "
		     "was given.");
	igt_subtest("fdinfo-tells-heap-and-size")
		test_fdinfo();

	igt_describe("A name of 31 bytes is taken, a longer one is EINVAL and changes "
		     "nothing.");
	igt_subtest("name-has-a-limit")
		test_name_limit();

	igt_describe("debugfs lists a buffer with heap, size and attached devices, as long "
		     "as it is there.");
	igt_subtest("bufinfo-lists-the-buffer")
		test_bufinfo();

	igt_fixture()
		ccp_hostview_close(view);
}

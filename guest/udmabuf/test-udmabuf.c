// SPDX-License-Identifier: MIT
/* Tests of the udmabuf stand-in, linked with it: the calls below are its functions. */

#include <errno.h>
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tap.h"

#define PAGE	  4096u
#define RAM_PAGES 16u

/* What stands for QEMU's RAM: page n is filled with the byte n + 1. */
static struct {
	int fd;
	uint8_t *map;
	int device;
} ram;

static void ram_create(void)
{
	ram.fd = memfd_create("ram", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (ram.fd < 0 || ftruncate(ram.fd, RAM_PAGES * PAGE) ||
	    fcntl(ram.fd, F_ADD_SEALS, F_SEAL_SHRINK)) {
		perror("memfd");
		exit(1);
	}
	ram.map = mmap(NULL, RAM_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, ram.fd, 0);
	ram.device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	if (ram.map == MAP_FAILED || ram.device < 0) {
		perror("/dev/udmabuf");
		exit(1);
	}
	for (unsigned int page = 0; page < RAM_PAGES; page++)
		memset(ram.map + page * PAGE, (int)page + 1, PAGE);
}

static void ram_destroy(void)
{
	munmap(ram.map, RAM_PAGES * PAGE);
	close(ram.device);
	close(ram.fd);
}

struct run {
	unsigned int page, pages;
};

/* A buffer of runs of RAM pages, in this order. */
static int create_list(const struct run *runs, uint32_t count)
{
	struct udmabuf_create_list *list = calloc(1, sizeof(*list) + count * sizeof(list->list[0]));
	int fd;

	if (!list)
		return -1;
	list->count = count;
	list->flags = UDMABUF_FLAGS_CLOEXEC;
	for (uint32_t i = 0; i < count; i++)
		list->list[i] = (struct udmabuf_create_item){
			.memfd = (uint32_t)ram.fd,
			.offset = (uint64_t)runs[i].page * PAGE,
			.size = (uint64_t)runs[i].pages * PAGE,
		};

	fd = ioctl(ram.device, UDMABUF_CREATE_LIST, list);
	free(list);
	return fd;
}

/* Every byte of every page of map is the one of RAM page expected[i]. */
static bool shows(const uint8_t *map, const unsigned int *expected, size_t pages)
{
	for (size_t i = 0; i < pages * PAGE; i++)
		if (map[i] != expected[i / PAGE] + 1)
			return false;
	return true;
}

static const struct run out_of_order[] = { { 9, 2 }, { 15, 1 }, { 0, 3 }, { 5, 1 } };
static const unsigned int out_of_order_pages[] = { 9, 10, 15, 0, 1, 2, 5 };

#define PIECES 4u
#define PAGES  7u

static void test_pieces_in_list_order(void)
{
	int fd = create_list(out_of_order, PIECES);
	uint8_t *map = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_SHARED, fd, 0);

	check(fd >= 0);
	check(lseek(fd, 0, SEEK_END) == PAGES * PAGE);
	check(map != MAP_FAILED && shows(map, out_of_order_pages, PAGES));
	munmap(map, PAGES * PAGE);
	close(fd);
}

static void test_same_memory(void)
{
	int fd = create_list(out_of_order, PIECES);
	uint8_t *map = mmap64(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	/* RAM page 15 is the last page of RAM and the third one of the buffer. */
	ram.map[15 * PAGE + PAGE - 1] = 0xaa;
	check(map[2 * PAGE + PAGE - 1] == 0xaa);
	map[2 * PAGE + PAGE - 1] = 16;
	check(ram.map[15 * PAGE + PAGE - 1] == 16);
	munmap(map, PAGES * PAGE);
	close(fd);
}

static void test_part_of_a_buffer(void)
{
	int fd = create_list(out_of_order, PIECES);
	/*
	 * From the second page of the first piece to the second page of the third one; a length
	 * inside a page.
	 */
	uint8_t *map = mmap(NULL, 3 * PAGE + 1, PROT_READ, MAP_SHARED, fd, PAGE);

	check(map != MAP_FAILED && shows(map, out_of_order_pages + 1, 4));
	munmap(map, 4 * PAGE);
	close(fd);
}

static void test_fixed_address(void)
{
	int fd = create_list(out_of_order, PIECES);
	void *place = mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *map = mmap(place, PAGES * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);

	check(map == place && shows(map, out_of_order_pages, PAGES));
	munmap(place, PAGES * PAGE);
	close(fd);
}

static void test_mapping_outlives_descriptors(void)
{
	int fd = create_list(out_of_order, PIECES);
	uint8_t *map = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_SHARED, fd, 0);

	close(fd);
	check(map != MAP_FAILED && shows(map, out_of_order_pages, PAGES));
	munmap(map, PAGES * PAGE);
}

static void test_single(void)
{
	struct udmabuf_create create = {
		.memfd = (uint32_t)ram.fd,
		.offset = 3 * PAGE,
		.size = 2 * PAGE,
	};
	static const unsigned int expected[] = { 3, 4 };
	int fd = ioctl(ram.device, UDMABUF_CREATE, &create);
	uint8_t *map = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0);

	check(fd >= 0 && !(fcntl(fd, F_GETFD) & FD_CLOEXEC));
	check(map != MAP_FAILED && shows(map, expected, 2));
	munmap(map, 2 * PAGE);
	close(fd);
}

/* Without our mmap(), as in a process that got the descriptor. */
static void test_whole_memfd_elsewhere(void)
{
	static const struct run all = { 0, RAM_PAGES };
	int fd = create_list(&all, 1);
	uint8_t *map =
		(uint8_t *)syscall(SYS_mmap, NULL, RAM_PAGES * PAGE, PROT_READ, MAP_SHARED, fd, 0);

	check(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC));
	check(map != MAP_FAILED && map[0] == 1 && map[RAM_PAGES * PAGE - 1] == RAM_PAGES);
	check_eq(lseek(fd, 0, SEEK_END), RAM_PAGES * PAGE);
	munmap(map, RAM_PAGES * PAGE);
	close(fd);
}

static void test_refused_lists(void)
{
	static const struct {
		struct udmabuf_create create;
		int err;
	} cases[] = {
		{ { .size = 0 }, EINVAL },
		{ { .size = PAGE - 1 }, EINVAL },
		{ { .offset = 1, .size = PAGE }, EINVAL },
		{ { .size = PAGE, .flags = 2 }, EINVAL },
		{ { .offset = RAM_PAGES * PAGE, .size = PAGE }, EINVAL },
		{ { .offset = (RAM_PAGES - 1) * PAGE, .size = 2 * PAGE }, EINVAL },
		{ { .offset = PAGE, .size = -(uint64_t)PAGE }, EINVAL },
		{ { .memfd = 9999, .size = PAGE }, EBADFD },
	};
	/* The last piece is bad: those before it must not stay. */
	static const struct run runs[] = { { 0, 1 }, { 1, 1 }, { RAM_PAGES, 1 } };
	int before, after;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct udmabuf_create create = cases[i].create;

		if (!create.memfd)
			create.memfd = (uint32_t)ram.fd;
		errno = 0;
		check(ioctl(ram.device, UDMABUF_CREATE, &create) == -1 && errno == cases[i].err);
	}

	before = dup(ram.fd);
	close(before);
	errno = 0;
	check(create_list(runs, 3) == -1 && errno == EINVAL);
	check(create_list(runs, 0) == -1 && errno == EINVAL);

	after = dup(ram.fd);
	check(before == after);
	close(after);
}

static void test_refused_memfds(void)
{
	int unsealed = memfd_create("unsealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct udmabuf_create create = { .memfd = (uint32_t)unsealed, .size = PAGE };
	int pipes[2];

	check(!ftruncate(unsealed, PAGE));
	check(ioctl(ram.device, UDMABUF_CREATE, &create) == -1 && errno == EINVAL);
	close(unsealed);

	check(!pipe2(pipes, O_CLOEXEC));
	create.memfd = (uint32_t)pipes[0];
	check(ioctl(ram.device, UDMABUF_CREATE, &create) == -1 && errno == EBADFD);
	close(pipes[0]);
	close(pipes[1]);
}

static void test_refused_mappings(void)
{
	static const struct {
		size_t length;
		int flags;
		off_t offset;
	} cases[] = {
		{ PAGES * PAGE, MAP_PRIVATE, 0 },
		{ 0, MAP_SHARED, 0 },
		{ (PAGES + 1) * PAGE, MAP_SHARED, 0 },
		{ PAGES * PAGE + 1, MAP_SHARED, 0 },
		{ PAGES * PAGE, MAP_SHARED, PAGE },
		{ PAGE, MAP_SHARED, PAGES * PAGE },
		{ PAGE, MAP_SHARED, 1 },
		{ SIZE_MAX, MAP_SHARED, 0 },
	};
	int fd = create_list(out_of_order, PIECES);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		errno = 0;
		check(mmap(NULL, cases[i].length, PROT_READ, cases[i].flags, fd, cases[i].offset) ==
			      MAP_FAILED &&
		      errno == EINVAL);
	}
	close(fd);
}

static void test_others_are_left_alone(void)
{
	int pipes[2], waiting = -1, fd, other;
	uint8_t *map;

	check(!pipe2(pipes, O_CLOEXEC));
	check(write(pipes[1], "abc", 3) == 3);
	check(!ioctl(pipes[0], FIONREAD, &waiting) && waiting == 3);
	check(ioctl(pipes[0], UDMABUF_CREATE, NULL) == -1 && errno == ENOTTY);
	check(ioctl(ram.device, FIONREAD, &waiting) == -1 && errno == ENOTTY);
	close(pipes[0]);
	close(pipes[1]);

	/* A closed buffer's number means nothing to us when somebody else gets it. */
	fd = create_list(out_of_order, PIECES);
	close(fd);
	other = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	check(dup2(other, fd) == fd);
	map = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	check(map != MAP_FAILED && !memcmp(map, "\177ELF", 4));
	munmap(map, PAGE);
	close(other);
	close(fd);
	check(open("/nonexistent/udmabuf", O_RDWR) == -1 && errno == ENOENT);
}

#define THREADS 4

/* Returns NULL where every buffer showed its pages. */
static void *use_buffers(void *data)
{
	void *wrong = NULL;

	for (int i = 0; i < 200; i++) {
		int fd = create_list(out_of_order, PIECES);
		uint8_t *map = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_SHARED, fd, 0);

		if (map == MAP_FAILED || !shows(map, out_of_order_pages, PAGES))
			wrong = data;
		munmap(map, PAGES * PAGE);
		close(fd);
	}
	return wrong;
}

static void test_threads(void)
{
	pthread_t threads[THREADS];
	bool wrong = false;

	for (size_t i = 0; i < THREADS; i++)
		check(!pthread_create(&threads[i], NULL, use_buffers, threads));
	for (size_t i = 0; i < THREADS; i++) {
		void *result = threads;

		wrong |= pthread_join(threads[i], &result) || result;
	}
	check(!wrong);
}

int main(void)
{
	static const struct tap_test tests[] = {
		{ "pieces in the list's order", test_pieces_in_list_order },
		{ "the same memory on both sides", test_same_memory },
		{ "part of a buffer", test_part_of_a_buffer },
		{ "fixed address", test_fixed_address },
		{ "mapping outlives descriptors", test_mapping_outlives_descriptors },
		{ "single piece", test_single },
		{ "a whole memfd, in another process", test_whole_memfd_elsewhere },
		{ "refused lists", test_refused_lists },
		{ "refused memfds", test_refused_memfds },
		{ "refused mappings", test_refused_mappings },
		{ "others are left alone", test_others_are_left_alone },
		{ "threads", test_threads },
	};

	int status;

	ram_create();
	status = tap_run(tests, sizeof(tests) / sizeof(tests[0]));
	ram_destroy();
	return status;
}

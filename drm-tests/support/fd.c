/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <poll.h>
#include <sys/stat.h>

#include "igt.h"
#include "fd.h"
#include "sizes.h"

void cc_assert_same_dmabuf(int fd, int other)
{
	struct stat stat, other_stat;

	igt_assert_eq(fstat(fd, &stat), 0);
	igt_assert_eq(fstat(other, &other_stat), 0);
	igt_assert_eq_u64(stat.st_dev, other_stat.st_dev);
	igt_assert_eq_u64(stat.st_ino, other_stat.st_ino);
}

unsigned int cc_open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int count = 0;

	igt_assert(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

int cc_map_error(int fd, int prot)
{
	void *map = mmap(NULL, PAGE, prot, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		return -errno;
	munmap(map, PAGE);
	return 0;
}

unsigned long cc_inode(int fd)
{
	struct stat stat;

	igt_assert_eq(fstat(fd, &stat), 0);
	return stat.st_ino;
}

int cc_ready(int fd, short events, int timeout_ms)
{
	struct pollfd pollfd = { .fd = fd, .events = events };

	igt_assert_lte(0, poll(&pollfd, 1, timeout_ms));
	return pollfd.revents;
}

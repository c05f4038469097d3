// SPDX-License-Identifier: MIT
#include "igt.h"

#include <dirent.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "fd.h"

int cc_ioctl(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) < 0 ? -errno : 0;
}

void *cc_map(int fd, off_t offset, size_t size, int prot)
{
	void *map = mmap(NULL, size, prot, MAP_SHARED, fd, offset);

	igt_assert_f(map != MAP_FAILED, "mapping %zu bytes at %lld: %s\n", size, (long long)offset,
		     strerror(errno));
	return map;
}

int cc_map_error(int fd, off_t offset, size_t size, int prot, int flags)
{
	void *map = mmap(NULL, size, prot, flags, fd, offset);

	if (map == MAP_FAILED)
		return -errno;
	munmap(map, size);
	return 0;
}

int cc_ready(int fd, short events, int timeout_ms)
{
	struct pollfd pollfd = { .fd = fd, .events = events };

	igt_assert_lte(0, poll(&pollfd, 1, timeout_ms));
	return pollfd.revents;
}

bool cc_ends_in_time(pid_t pid, int timeout_ms)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	bool ended;

	igt_assert_fd(fd);
	ended = cc_ready(fd, POLLIN, timeout_ms) & POLLIN;
	close(fd);
	return ended;
}

unsigned long cc_inode(int fd)
{
	struct stat stat;

	igt_assert_eq(fstat(fd, &stat), 0);
	return stat.st_ino;
}

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

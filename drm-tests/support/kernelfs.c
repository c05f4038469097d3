// SPDX-License-Identifier: MIT
#include "igt.h"

#include <fcntl.h>

#include "kernelfs.h"

#define BUFINFO "/sys/kernel/debug/dma_buf/bufinfo"

void cc_require_bufinfo(void)
{
	igt_require_f(!access(BUFINFO, R_OK), "no " BUFINFO "\n");
}

/*
 * A buffer's line ends with its inode and its name; "Attached Devices:" and a line a device follow,
 * then "Total".
 */
struct cc_bufinfo cc_bufinfo(unsigned long ino)
{
	bool ours = false, devices = false;
	struct cc_bufinfo info = {};
	char line[512], word[64];
	FILE *file;

	file = fopen(BUFINFO, "re");
	igt_assert_f(file, BUFINFO ": %s\n", strerror(errno));

	while (fgets(line, sizeof(line), file)) {
		unsigned long found;
		size_t size;

		if (sscanf(line, "%zu %*x %*x %*d %63s %lu", &size, word, &found) == 3) {
			ours = found == ino;
			devices = false;
			if (!ours)
				continue;
			info.found = true;
			info.size = size;
			strcpy(info.exporter, word);
		} else if (strstr(line, "Attached Devices:")) {
			devices = ours;
		} else if (!strncmp(line, "Total", 5)) {
			devices = false;
		} else if (devices && sscanf(line, "%63s", word) == 1 && !info.devices++) {
			strcpy(info.device, word);
		}
	}
	fclose(file);

	return info;
}

unsigned long cc_bufinfo_count(void)
{
	FILE *file = fopen(BUFINFO, "re");
	unsigned long count = 0;
	char line[512];

	/* "Total 1 devices attached" comes after each of them, "Total 1 objects" at the end. */
	while (file && fgets(line, sizeof(line), file)) {
		if (strstr(line, " objects"))
			sscanf(line, "Total %lu objects", &count);
	}
	if (file)
		fclose(file);
	return count;
}

unsigned long cc_running(void)
{
	FILE *file = fopen("/proc/loadavg", "re");
	unsigned long running;

	igt_assert(file);
	igt_assert_eq(fscanf(file, "%*s %*s %*s %lu", &running), 1);
	fclose(file);
	return running;
}

void cc_require_file(const char *path, int err)
{
	igt_require_f(err != -ENOENT && err != -ENOTDIR, "no %s\n", path);
	igt_require_f(err != -EACCES && err != -EPERM && err != -EROFS,
		      "%s: this user may not: %s\n", path, strerror(-err));
	igt_assert_f(err >= 0, "%s: %s\n", path, strerror(-err));
}

int cc_open_file(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	cc_require_file(path, fd < 0 ? -errno : 0);
	return fd;
}

unsigned long cc_read_number(const char *path)
{
	unsigned long number = 0;
	FILE *file = fopen(path, "re");

	igt_require_f(file, "no %s\n", path);
	igt_assert_eq(fscanf(file, "%lu", &number), 1);
	fclose(file);
	return number;
}

void cc_read_word(const char *path, char *word, size_t size)
{
	int fd = cc_open_file(path, O_RDONLY);
	ssize_t length = read(fd, word, size - 1);

	igt_assert_f(length >= 0, "%s: %m\n", path);
	word[length] = '\0';
	word[strcspn(word, " \n")] = '\0';
	close(fd);
}

int cc_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

void cc_require_no_forced_bounce(void)
{
	char line[4096] = "";
	FILE *file = fopen("/proc/cmdline", "re");

	igt_assert(file);
	igt_assert(fgets(line, sizeof(line), file));
	fclose(file);
	igt_require_f(!strstr(line, "swiotlb=force"), "the kernel bounces all: swiotlb=force\n");
}

unsigned long cc_meminfo(const char *name)
{
	unsigned long kib = 0;
	bool found = false;
	char line[128];
	FILE *file = fopen("/proc/meminfo", "re");

	igt_assert(file);
	while (!found && fgets(line, sizeof(line), file))
		found = !strncmp(line, name, strlen(name)) &&
			sscanf(line + strlen(name), ": %lu kB", &kib) == 1;
	fclose(file);
	igt_assert_f(found, "/proc/meminfo has no %s\n", name);
	return kib;
}

// SPDX-License-Identifier: MIT
/*
 * /dev/udmabuf for QEMU on machines that have none. Preloaded (LD_PRELOAD) in front of QEMU, it
 * answers open() of that device, remembers each list of memfd pieces that becomes a buffer, and
 * builds the buffer's mappings from the pieces: what QEMU reads there is the guest's memory itself,
 * as with the real driver.
 *
 * Stands on the uapi of linux/udmabuf.h. Errors are the driver's: EINVAL, EBADFD, ENOMEM, EMFILE,
 * EFAULT excepted.
 */

/* Both names of each function are defined below: no macro may turn one into the other. */
#undef _FILE_OFFSET_BITS

#include <errno.h>
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DEVICE "/dev/udmabuf"

/* As the driver's parameter list_limit. */
#define PIECES_MAX 1024u

struct piece {
	int memfd; /* ours */
	uint64_t offset, size; /* bytes, page aligned */
};

/* A descriptor that we handed out. Itself it is an empty memfd, for the number and for its size. */
struct file {
	struct file *next;
	int fd;
	uint64_t size;
	uint32_t count; /* 0: the device; else a buffer with so many pieces */
	struct piece pieces[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct file *files;

static int sys_close(int fd)
{
	return (int)syscall(SYS_close, fd);
}

static void *sys_mmap(void *addr, size_t length, int prot, int flags, int fd, uint64_t offset)
{
	return (void *)syscall(SYS_mmap, addr, length, prot, flags, fd, offset);
}

static void file_free(struct file *file)
{
	for (uint32_t i = 0; i < file->count; i++)
		sys_close(file->pieces[i].memfd);
	free(file);
}

/* Needs the lock. The link that leads to fd's file, or to NULL. */
static struct file **file_find(int fd)
{
	struct file **link = &files;

	while (*link && (*link)->fd != fd)
		link = &(*link)->next;
	return link;
}

/* Gives the file a descriptor and takes it over. Returns the descriptor or a negative errno. */
static int file_publish(struct file *file, const char *name, bool cloexec)
{
	int fd = memfd_create(name, cloexec ? MFD_CLOEXEC : 0), err;

	if (fd >= 0 && !ftruncate(fd, (off_t)file->size)) {
		pthread_mutex_lock(&lock);
		file->fd = fd;
		file->next = files;
		files = file;
		pthread_mutex_unlock(&lock);
		return fd;
	}

	err = -errno;
	if (fd >= 0)
		sys_close(fd);
	file_free(file);
	return err;
}

/* Returns a piece's own memfd or a negative errno, as the driver judges it. */
static int piece_open(const struct udmabuf_create_item *item)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	int seals = fcntl((int)item->memfd, F_GET_SEALS), fd;
	struct stat st;

	if (seals < 0 || fstat((int)item->memfd, &st))
		return -EBADFD;
	if (!(seals & F_SEAL_SHRINK) || (seals & F_SEAL_WRITE))
		return -EINVAL;
	if (!item->size || item->offset % page || item->size % page)
		return -EINVAL;
	if (item->offset > (uint64_t)st.st_size || item->size > (uint64_t)st.st_size - item->offset)
		return -EINVAL;

	fd = fcntl((int)item->memfd, F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

/*
 * The descriptor of a buffer that is all of one memfd is that memfd's: it works in other processes,
 * too.
 */
static int publish_whole(struct file *file, bool cloexec)
{
	int fd = fcntl(file->pieces[0].memfd, cloexec ? F_DUPFD_CLOEXEC : F_DUPFD, 0);
	int err = -errno;

	file_free(file);
	return fd < 0 ? err : fd;
}

static bool is_whole(const struct file *file)
{
	struct stat st;

	return file->count == 1 && !file->pieces[0].offset && !fstat(file->pieces[0].memfd, &st) &&
	       (uint64_t)st.st_size == file->size;
}

static int buffer_create(const struct udmabuf_create_item *items, uint32_t count, uint32_t flags)
{
	bool cloexec = flags & UDMABUF_FLAGS_CLOEXEC;
	struct file *file;

	if (!count || count > PIECES_MAX || (flags & ~(uint32_t)UDMABUF_FLAGS_CLOEXEC))
		return -EINVAL;

	file = calloc(1, sizeof(*file) + count * sizeof(file->pieces[0]));
	if (!file)
		return -ENOMEM;

	for (uint32_t i = 0; i < count; i++) {
		int memfd = piece_open(&items[i]);

		if (memfd < 0) {
			file_free(file);
			return memfd;
		}
		file->pieces[i] = (struct piece){ memfd, items[i].offset, items[i].size };
		file->count = i + 1;
		file->size += items[i].size;
	}

	if (is_whole(file))
		return publish_whole(file, cloexec);
	return file_publish(file, "udmabuf-buffer", cloexec);
}

static int device_open(int flags)
{
	struct file *file = calloc(1, sizeof(*file));

	return file ? file_publish(file, "udmabuf", flags & O_CLOEXEC) : -ENOMEM;
}

static int device_ioctl(unsigned long request, const void *arg)
{
	const struct udmabuf_create *one = arg;
	const struct udmabuf_create_list *list = arg;

	if (request == UDMABUF_CREATE) {
		struct udmabuf_create_item item = {
			.memfd = one->memfd,
			.offset = one->offset,
			.size = one->size,
		};

		return buffer_create(&item, 1, one->flags);
	}
	if (request == UDMABUF_CREATE_LIST)
		return buffer_create(list->list, list->count, list->flags);
	return -ENOTTY;
}

/* Puts the pieces from a byte offset of the buffer on over [base, base + length). */
static int map_pieces(const struct file *file, char *base, size_t length, int prot, uint64_t offset)
{
	size_t done = 0;

	for (uint32_t i = 0; i < file->count && done < length; i++) {
		const struct piece *piece = &file->pieces[i];
		size_t size;

		if (offset >= piece->size) {
			offset -= piece->size;
			continue;
		}

		size = piece->size - offset;
		if (size > length - done)
			size = length - done;
		if (sys_mmap(base + done, size, prot, MAP_SHARED | MAP_FIXED, piece->memfd,
			     piece->offset + offset) == MAP_FAILED)
			return -errno;
		done += size;
		offset = 0;
	}
	return 0;
}

/* mmap() of a buffer; returns 0 and the address, or a negative errno. */
static int buffer_mmap(const struct file *file, void **addr, size_t length, int prot, int flags,
		       uint64_t offset)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t rounded = (length + page - 1) & ~(page - 1);
	int place = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE), err;
	char *base;

	if (!(flags & MAP_SHARED) || !length || offset % page)
		return -EINVAL;
	if (offset > file->size || rounded < length || rounded > file->size - offset)
		return -EINVAL;

	/* One range for all the pieces, where the caller wants it. */
	base = sys_mmap(*addr, rounded, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | place, -1, 0);
	if (base == MAP_FAILED)
		return -errno;

	err = map_pieces(file, base, rounded, prot, offset);
	if (err)
		munmap(base, rounded);
	else
		*addr = base;
	return err;
}

/* What a libc function returns for one of ours. */
static int libc_result(int result)
{
	if (result >= 0)
		return result;
	errno = -result;
	return -1;
}

static int any_openat(int dir, const char *path, int flags, mode_t mode)
{
	if (!strcmp(path, DEVICE))
		return libc_result(device_open(flags));
	return (int)syscall(SYS_openat, dir, path, flags, mode);
}

static void *any_mmap(void *addr, size_t length, int prot, int flags, int fd, uint64_t offset)
{
	const struct file *file;
	int err = -ENOENT;

	if (fd >= 0) {
		pthread_mutex_lock(&lock);
		file = *file_find(fd);
		if (file && file->count)
			err = buffer_mmap(file, &addr, length, prot, flags, offset);
		pthread_mutex_unlock(&lock);
	}
	if (err == -ENOENT)
		return sys_mmap(addr, length, prot, flags, fd, offset);
	return libc_result(err) ? MAP_FAILED : addr;
}

/* The optional last argument of open() and its like. */
#define MODE_ARGUMENT(flags, mode)                     \
	do {                                           \
		if ((flags) & (O_CREAT | O_TMPFILE)) { \
			va_list args;                  \
			va_start(args, flags);         \
			(mode) = va_arg(args, mode_t); \
			va_end(args);                  \
		}                                      \
	} while (0)

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;

	MODE_ARGUMENT(flags, mode);
	return any_openat(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	mode_t mode = 0;

	MODE_ARGUMENT(flags, mode);
	return any_openat(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

int openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;

	MODE_ARGUMENT(flags, mode);
	return any_openat(dir, path, flags, mode);
}

int openat64(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;

	MODE_ARGUMENT(flags, mode);
	return any_openat(dir, path, flags | O_LARGEFILE, mode);
}

int ioctl(int fd, unsigned long request, ...)
{
	const struct file *file;
	va_list args;
	bool device;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);

	pthread_mutex_lock(&lock);
	file = *file_find(fd);
	device = file && !file->count;
	pthread_mutex_unlock(&lock);
	if (device)
		return libc_result(device_ioctl(request, arg));
	return (int)syscall(SYS_ioctl, fd, request, arg);
}

void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
{
	return any_mmap(addr, length, prot, flags, fd, (uint64_t)offset);
}

void *mmap64(void *addr, size_t length, int prot, int flags, int fd, off64_t offset)
{
	return any_mmap(addr, length, prot, flags, fd, (uint64_t)offset);
}

int close(int fd)
{
	struct file **link, *file;

	pthread_mutex_lock(&lock);
	link = file_find(fd);
	file = *link;
	if (file)
		*link = file->next;
	pthread_mutex_unlock(&lock);
	if (file)
		file_free(file);
	return sys_close(fd);
}

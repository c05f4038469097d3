// SPDX-License-Identifier: MIT
#include <linux/dma-buf.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ccprime.h"
#include "ioctl.h"

/* Headers before 6.0 lack them; the numbers are uapi. */
#ifndef DMA_BUF_IOCTL_EXPORT_SYNC_FILE
struct dma_buf_export_sync_file {
	__u32 flags;
	__s32 fd;
};

struct dma_buf_import_sync_file {
	__u32 flags;
	__s32 fd;
};

#define DMA_BUF_IOCTL_EXPORT_SYNC_FILE _IOWR(DMA_BUF_BASE, 2, struct dma_buf_export_sync_file)
#define DMA_BUF_IOCTL_IMPORT_SYNC_FILE _IOW(DMA_BUF_BASE, 3, struct dma_buf_import_sync_file)
#endif

int ccp_buffer_create(struct ccp_buffer *buffer, const char *heap, size_t size)
{
	int heap_fd, fd, err;
	void *map;

	heap_fd = ccp_heap_open(heap);
	if (heap_fd < 0)
		return heap_fd;

	fd = ccp_heap_alloc(heap_fd, size);
	close(heap_fd);
	if (fd < 0)
		return fd;

	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		err = -errno;
		close(fd);
		return err;
	}

	*buffer = (struct ccp_buffer){ .fd = fd, .size = size, .map = map };
	return 0;
}

void ccp_buffer_destroy(struct ccp_buffer *buffer)
{
	ccp_buffer_unmap(buffer);
	ccp_buffer_close_fd(buffer);
}

void ccp_buffer_close_fd(struct ccp_buffer *buffer)
{
	if (buffer->fd >= 0)
		close(buffer->fd);
	buffer->fd = -1;
}

void ccp_buffer_unmap(struct ccp_buffer *buffer)
{
	if (buffer->map)
		munmap(buffer->map, buffer->size);
	buffer->map = NULL;
}

static int dmabuf_sync(int fd, uint64_t flags)
{
	struct dma_buf_sync sync = { .flags = flags };

	return ccp_ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync);
}

int ccp_dmabuf_begin_cpu_access(int fd, uint64_t flags)
{
	return dmabuf_sync(fd, flags | DMA_BUF_SYNC_START);
}

int ccp_dmabuf_end_cpu_access(int fd, uint64_t flags)
{
	return dmabuf_sync(fd, flags | DMA_BUF_SYNC_END);
}

int ccp_dmabuf_export_sync_file(int fd, uint32_t flags)
{
	struct dma_buf_export_sync_file data = { .flags = flags, .fd = -1 };
	int ret;

	ret = ccp_ioctl(fd, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &data);
	return ret ? ret : data.fd;
}

int ccp_dmabuf_import_sync_file(int fd, uint32_t flags, int sync_file)
{
	struct dma_buf_import_sync_file data = { .flags = flags, .fd = sync_file };

	return ccp_ioctl(fd, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &data);
}

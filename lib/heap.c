// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <stdio.h>
#include <string.h>

#include "ccprime.h"
#include "ioctl.h"

#define NAME_MAX_LEN 64

int ccp_heap_open(const char *name)
{
	char path[sizeof("/dev/dma_heap/") + NAME_MAX_LEN];
	int fd;

	if (!*name || *name == '.' || strchr(name, '/') || strlen(name) > NAME_MAX_LEN)
		return -EINVAL;

	snprintf(path, sizeof(path), "/dev/dma_heap/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int ccp_heap_alloc(int heap, size_t size)
{
	struct dma_heap_allocation_data data = {
		.len = size,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	int ret;

	ret = ccp_ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data);
	return ret ? ret : (int)data.fd;
}

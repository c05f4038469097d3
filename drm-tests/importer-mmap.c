// SPDX-License-Identifier: MIT
/*
 * An importer without a driver, as a shared object (ccprime-importer.h): the CPU copies through its
 * own mapping of the dma-buf. An adapter for a driver with calls of its own looks like this one.
 */
#include <errno.h>
#include <linux/dma-buf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ccprime-importer.h"

#define MEMORY 4096

struct file {
	int dmabuf; /* -1: nothing is attached */
	size_t size;
	void *map; /* NULL: nothing is mapped */
	uint32_t direction;
	uint8_t memory[MEMORY];
};

static int attach(struct file *file, const struct ccp_importer_attach *arg)
{
	int fd;

	if (file->dmabuf >= 0)
		return -EBUSY;
	fd = dup(arg->fd);
	if (fd < 0)
		return -errno;
	file->dmabuf = fd;
	file->size = (size_t)lseek(fd, 0, SEEK_END);
	return 0;
}

static int map(struct file *file, struct ccp_importer_map *arg)
{
	void *found;

	if (file->dmabuf < 0)
		return -ENXIO;
	if (file->map)
		return -EBUSY;
	if (arg->direction > CCP_IMPORTER_FROM_DEVICE)
		return -EINVAL;
	found = mmap(NULL, file->size, PROT_READ | PROT_WRITE, MAP_SHARED, file->dmabuf, 0);
	if (found == MAP_FAILED)
		return -errno;
	file->map = found;
	file->direction = arg->direction;
	arg->entries = 0;
	return 0;
}

static int unmap(struct file *file)
{
	if (!file->map)
		return -ENXIO;
	munmap(file->map, file->size);
	file->map = NULL;
	return 0;
}

static int detach(struct file *file)
{
	if (file->dmabuf < 0)
		return -ENXIO;
	unmap(file);
	close(file->dmabuf);
	file->dmabuf = -1;
	return 0;
}

static int sync_buffer(const struct file *file, uint64_t flags)
{
	struct dma_buf_sync arg = { .flags = flags };

	return ioctl(file->dmabuf, DMA_BUF_IOCTL_SYNC, &arg) ? -errno : 0;
}

static int check(const struct file *file, const struct ccp_importer_transfer *arg)
{
	if (!file->map)
		return -ENXIO;
	if (arg->direction != CCP_IMPORTER_TO_DEVICE && arg->direction != CCP_IMPORTER_FROM_DEVICE)
		return -EINVAL;
	if (file->direction != CCP_IMPORTER_BOTH_WAYS && file->direction != arg->direction)
		return -EACCES;
	if (!arg->length || arg->length > MEMORY || arg->length > file->size ||
	    arg->offset > file->size - arg->length)
		return -EINVAL;
	return 0;
}

static int transfer(struct file *file, const struct ccp_importer_transfer *arg)
{
	bool writes = arg->direction == CCP_IMPORTER_FROM_DEVICE;
	uint64_t way = writes ? DMA_BUF_SYNC_WRITE : DMA_BUF_SYNC_READ;
	int err = check(file, arg);

	if (!err)
		err = sync_buffer(file, DMA_BUF_SYNC_START | way);
	if (err)
		return err;
	if (writes)
		memcpy((char *)file->map + arg->offset, file->memory, arg->length);
	else
		memcpy(file->memory, (char *)file->map + arg->offset, arg->length);
	return sync_buffer(file, DMA_BUF_SYNC_END | way);
}

static int memory(struct file *file, const struct ccp_importer_memory *arg)
{
	void *data = (void *)(uintptr_t)arg->data;

	if (arg->length > MEMORY || arg->offset > MEMORY - arg->length)
		return -EINVAL;
	if (arg->write)
		memcpy(file->memory + arg->offset, data, arg->length);
	else
		memcpy(data, file->memory + arg->offset, arg->length);
	return 0;
}

static int info(struct ccp_importer_info *arg)
{
	*arg = (struct ccp_importer_info){ .memory = MEMORY };
	return 0;
}

void *ccp_importer_open(void)
{
	struct file *file = calloc(1, sizeof(*file));

	if (file)
		file->dmabuf = -1;
	return file;
}

int ccp_importer_call(void *opened, unsigned long call, void *argument)
{
	struct file *file = opened;

	switch (call) {
	case CCP_IMPORTER_INFO:
		return info(argument);
	case CCP_IMPORTER_ATTACH:
		return attach(file, argument);
	case CCP_IMPORTER_MAP:
		return map(file, argument);
	case CCP_IMPORTER_TRANSFER:
		return transfer(file, argument);
	case CCP_IMPORTER_UNMAP:
		return unmap(file);
	case CCP_IMPORTER_DETACH:
		return detach(file);
	case CCP_IMPORTER_MEMORY:
		return memory(file, argument);
	default:
		return -ENOTTY;
	}
}

void ccp_importer_close(void *opened)
{
	detach(opened);
	free(opened);
}

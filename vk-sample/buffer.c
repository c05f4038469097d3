// SPDX-License-Identifier: MIT
#include <errno.h>
#include <inttypes.h>

#include "vks.h"

int vks_buffer_check_size(struct vks_gpu *gpu, uint64_t size)
{
	uint32_t limit = gpu->properties.limits.maxStorageBufferRange;

	if (size > limit)
		return vks_fail(gpu, -EINVAL, "%" PRIu64 " bytes: a shader here reaches %u", size,
				limit);
	return vks_range_check(gpu, 0, size, size, 1);
}

/* A VkBuffer without memory, and what memory it needs. */
static int create_buffer(struct vks_gpu *gpu, uint64_t size, bool foreign,
			 struct vks_buffer *buffer, VkMemoryRequirements *needed)
{
	VkExternalMemoryBufferCreateInfo external = {
		.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO,
		.handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT,
	};
	VkBufferCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
		.pNext = foreign ? &external : NULL,
		.size = size,
		.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT,
	};
	int err;

	*buffer = (struct vks_buffer){ .size = size, .foreign = foreign };
	err = vks_buffer_check_size(gpu, size);
	if (err)
		return err;
	err = vks_check(gpu, "vkCreateBuffer",
			vkCreateBuffer(gpu->device, &info, NULL, &buffer->handle));
	if (err)
		return err;

	vkGetBufferMemoryRequirements(gpu->device, buffer->handle, needed);
	return 0;
}

static int bind(struct vks_gpu *gpu, struct vks_buffer *buffer, uint64_t offset)
{
	return vks_check(gpu, "vkBindBufferMemory",
			 vkBindBufferMemory(gpu->device, buffer->handle, buffer->memory, offset));
}

static int import(struct vks_gpu *gpu, int dmabuf, uint64_t offset,
		  const VkMemoryRequirements *needed, struct vks_buffer *buffer)
{
	uint64_t total;
	int err;

	err = vks_dmabuf_size(gpu, dmabuf, &total);
	if (err)
		return err;
	err = vks_range_check(gpu, offset, buffer->size, total, needed->alignment);
	if (err)
		return err;
	/* Nobody promises that the driver needs no more than the buffer has. */
	if (needed->size > total - offset)
		return vks_fail(gpu, -EINVAL, "%s needs %" PRIu64 " bytes of %" PRIu64,
				gpu->properties.deviceName, (uint64_t)needed->size, total - offset);
	err = vks_memory_import(gpu, dmabuf, total, needed->memoryTypeBits, VK_NULL_HANDLE,
				&buffer->memory);
	return err ? err : bind(gpu, buffer, offset);
}

int vks_buffer_needs(struct vks_gpu *gpu, uint64_t size, uint64_t *needed)
{
	VkMemoryRequirements requirements;
	struct vks_buffer buffer;
	int err;

	err = create_buffer(gpu, size, true, &buffer, &requirements);
	if (err)
		return err;
	vks_buffer_destroy(gpu, &buffer);
	*needed = requirements.size > size ? requirements.size : size;
	return 0;
}

int vks_buffer_import(struct vks_gpu *gpu, int dmabuf, uint64_t offset, uint64_t size,
		      struct vks_buffer *buffer)
{
	VkMemoryRequirements needed;
	int err;

	err = create_buffer(gpu, size, true, buffer, &needed);
	if (err)
		return err;
	err = import(gpu, dmabuf, offset, &needed, buffer);
	if (err)
		vks_buffer_destroy(gpu, buffer);
	return err;
}

int vks_buffer_create(struct vks_gpu *gpu, uint64_t size, struct vks_buffer *buffer)
{
	VkMemoryRequirements needed;
	int err;

	err = create_buffer(gpu, size, false, buffer, &needed);
	if (err)
		return err;
	err = vks_memory_allocate(gpu, &needed, NULL, &buffer->memory);
	if (!err)
		err = bind(gpu, buffer, 0);
	if (err)
		vks_buffer_destroy(gpu, buffer);
	return err;
}

static int export(struct vks_gpu *gpu, struct vks_buffer *buffer, int *dmabuf)
{
	VkMemoryGetFdInfoKHR info = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR,
		.memory = buffer->memory,
		.handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT,
	};

	return vks_check(gpu, "vkGetMemoryFdKHR", gpu->get_memory_fd(gpu->device, &info, dmabuf));
}

/* Whether the driver makes dma-bufs at all: an extension alone does not tell. */
static int require_export(struct vks_gpu *gpu)
{
	VkPhysicalDeviceExternalBufferInfo info = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_BUFFER_INFO,
		.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT,
		.handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT,
	};
	VkExternalBufferProperties found = {
		.sType = VK_STRUCTURE_TYPE_EXTERNAL_BUFFER_PROPERTIES,
	};

	vkGetPhysicalDeviceExternalBufferProperties(gpu->physical, &info, &found);
	if (found.externalMemoryProperties.externalMemoryFeatures &
	    VK_EXTERNAL_MEMORY_FEATURE_EXPORTABLE_BIT)
		return 0;
	return vks_fail(gpu, -ENOTSUP, "%s exports no dma-bufs", gpu->properties.deviceName);
}

int vks_buffer_export(struct vks_gpu *gpu, uint64_t size, struct vks_buffer *buffer, int *dmabuf)
{
	VkExportMemoryAllocateInfo exportable = {
		.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO,
		.handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT,
	};
	VkMemoryRequirements needed;
	int err;

	err = require_export(gpu);
	if (err)
		return err;
	err = create_buffer(gpu, size, true, buffer, &needed);
	if (err)
		return err;
	err = vks_memory_allocate(gpu, &needed, &exportable, &buffer->memory);
	if (!err)
		err = bind(gpu, buffer, 0);
	if (!err)
		err = export(gpu, buffer, dmabuf);
	if (err)
		vks_buffer_destroy(gpu, buffer);
	return err;
}

void vks_buffer_destroy(struct vks_gpu *gpu, struct vks_buffer *buffer)
{
	vkDestroyBuffer(gpu->device, buffer->handle, NULL);
	vkFreeMemory(gpu->device, buffer->memory, NULL);
	*buffer = (struct vks_buffer){};
}

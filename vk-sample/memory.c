// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "vks.h"

int vks_dmabuf_size(struct vks_gpu *gpu, int dmabuf, uint64_t *size)
{
	off_t end = lseek(dmabuf, 0, SEEK_END);

	if (end < 0)
		return vks_fail(gpu, -errno, "no dma-buf: lseek: %s", strerror(errno));
	*size = end;
	return 0;
}

/* The memory types through which this driver can reach this dma-buf. */
static int importable_types(struct vks_gpu *gpu, int dmabuf, uint32_t *types)
{
	VkMemoryFdPropertiesKHR properties = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_FD_PROPERTIES_KHR,
	};
	VkResult result = gpu->get_memory_fd_properties(
		gpu->device, VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT, dmabuf, &properties);

	*types = properties.memoryTypeBits;
	return vks_check(gpu, "vkGetMemoryFdPropertiesKHR", result);
}

int vks_memory_import(struct vks_gpu *gpu, int dmabuf, uint64_t size, uint32_t types, VkImage image,
		      VkDeviceMemory *memory)
{
	VkMemoryDedicatedAllocateInfo dedicated = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO,
		.image = image,
	};
	VkImportMemoryFdInfoKHR import = {
		.sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR,
		.pNext = image ? &dedicated : NULL,
		.handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT,
	};
	VkMemoryAllocateInfo info = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
		.pNext = &import,
		.allocationSize = size,
	};
	uint32_t importable;
	uint64_t total;
	VkResult result;
	int err;

	err = vks_dmabuf_size(gpu, dmabuf, &total);
	if (!err)
		err = importable_types(gpu, dmabuf, &importable);
	if (err)
		return err;
	if (!(types & importable))
		return vks_fail(gpu, -ENOTSUP, "no memory type (%#x) can import it (%#x)", types,
				importable);
	info.memoryTypeIndex = __builtin_ctz(types & importable);

	/*
	 * A successful import takes the fd; so it gets one of its own, which is ours again if it
	 * fails.
	 */
	import.fd = fcntl(dmabuf, F_DUPFD_CLOEXEC, 0);
	if (import.fd < 0)
		return vks_fail(gpu, -errno, "dup: %s", strerror(errno));
	result = vkAllocateMemory(gpu->device, &info, NULL, memory);
	if (!result)
		return 0;
	close(import.fd);
	return vks_fail(gpu, -EIO,
			"vkAllocateMemory: %s: import of %" PRIu64
			" bytes from a dma-buf of %" PRIu64 " by %s",
			vks_result_name(result), size, total, gpu->properties.deviceName);
}

int vks_memory_allocate(struct vks_gpu *gpu, const VkMemoryRequirements *needed, const void *next,
			VkDeviceMemory *memory)
{
	VkMemoryAllocateInfo info = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
		.pNext = next,
		.allocationSize = needed->size,
		.memoryTypeIndex = __builtin_ctz(needed->memoryTypeBits),
	};

	return vks_check(gpu, "vkAllocateMemory",
			 vkAllocateMemory(gpu->device, &info, NULL, memory));
}

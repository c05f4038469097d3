// SPDX-License-Identifier: MIT
/*
 * One submission to the queue. Vulkan knows nothing of the dma-buf's other users; it has to be told
 * twice: by ownership transfers, after which caches and compressed data are where others find them,
 * and by semaphores made of the dma-buf's implicit fences, after which others have finished.
 */
#include <errno.h>
#include <linux/dma-buf.h>
#include <string.h>
#include <unistd.h>

#include "vks.h"

#define TIMEOUT_NS 60000000000

int vks_work_begin(struct vks_gpu *gpu, struct vks_work *work)
{
	VkCommandBufferAllocateInfo commands = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
		.commandPool = gpu->pool,
		.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
		.commandBufferCount = 1,
	};
	VkCommandBufferBeginInfo begin = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
		.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT,
	};
	VkFenceCreateInfo fence = { .sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO };
	int err;

	*work = (struct vks_work){};
	err = vks_check(gpu, "vkAllocateCommandBuffers",
			vkAllocateCommandBuffers(gpu->device, &commands, &work->commands));
	if (err)
		return err;
	err = vks_check(gpu, "vkCreateFence",
			vkCreateFence(gpu->device, &fence, NULL, &work->done));
	if (err)
		return err;
	return vks_check(gpu, "vkBeginCommandBuffer", vkBeginCommandBuffer(work->commands, &begin));
}

/* Whoever is not this Vulkan device. */
static uint32_t others(const struct vks_gpu *gpu)
{
	return gpu->has[VKS_FOREIGN] ? VK_QUEUE_FAMILY_FOREIGN_EXT : VK_QUEUE_FAMILY_EXTERNAL;
}

static void buffer_barrier(struct vks_work *work, const VkBufferMemoryBarrier2 *barrier)
{
	VkDependencyInfo info = {
		.sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO,
		.bufferMemoryBarrierCount = 1,
		.pBufferMemoryBarriers = barrier,
	};

	vkCmdPipelineBarrier2(work->commands, &info);
}

void vks_acquire_buffer(struct vks_gpu *gpu, struct vks_work *work, struct vks_buffer *buffer)
{
	VkBufferMemoryBarrier2 barrier = {
		.sType = VK_STRUCTURE_TYPE_BUFFER_MEMORY_BARRIER_2,
		.dstStageMask = VK_PIPELINE_STAGE_2_COMPUTE_SHADER_BIT,
		.dstAccessMask =
			VK_ACCESS_2_SHADER_STORAGE_READ_BIT | VK_ACCESS_2_SHADER_STORAGE_WRITE_BIT,
		.srcQueueFamilyIndex = others(gpu),
		.dstQueueFamilyIndex = gpu->family,
		.buffer = buffer->handle,
		.size = VK_WHOLE_SIZE,
	};

	if (buffer->foreign)
		buffer_barrier(work, &barrier);
}

void vks_release_buffer(struct vks_gpu *gpu, struct vks_work *work, struct vks_buffer *buffer)
{
	VkBufferMemoryBarrier2 barrier = {
		.sType = VK_STRUCTURE_TYPE_BUFFER_MEMORY_BARRIER_2,
		.srcStageMask = VK_PIPELINE_STAGE_2_COMPUTE_SHADER_BIT,
		.srcAccessMask = VK_ACCESS_2_SHADER_STORAGE_WRITE_BIT,
		.srcQueueFamilyIndex = gpu->family,
		.dstQueueFamilyIndex = others(gpu),
		.buffer = buffer->handle,
		.size = VK_WHOLE_SIZE,
	};

	if (buffer->foreign)
		buffer_barrier(work, &barrier);
}

static void image_barrier(struct vks_work *work, VkImageMemoryBarrier2 *barrier)
{
	VkDependencyInfo info = {
		.sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO,
		.imageMemoryBarrierCount = 1,
		.pImageMemoryBarriers = barrier,
	};

	barrier->sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER_2;
	barrier->subresourceRange =
		(VkImageSubresourceRange){ VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1 };
	vkCmdPipelineBarrier2(work->commands, &info);
}

void vks_acquire_image(struct vks_gpu *gpu, struct vks_work *work, struct vks_image *image)
{
	VkImageMemoryBarrier2 barrier = {
		.dstStageMask = VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT,
		.dstAccessMask = VK_ACCESS_2_COLOR_ATTACHMENT_READ_BIT |
				 VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT,
		.oldLayout = VK_IMAGE_LAYOUT_UNDEFINED,
		.newLayout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL,
		.srcQueueFamilyIndex = others(gpu),
		.dstQueueFamilyIndex = gpu->family,
		.image = image->handle,
	};

	image_barrier(work, &barrier);
}

void vks_release_image(struct vks_gpu *gpu, struct vks_work *work, struct vks_image *image)
{
	VkImageMemoryBarrier2 barrier = {
		.srcStageMask = VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT,
		.srcAccessMask = VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT,
		.oldLayout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL,
		.newLayout = VK_IMAGE_LAYOUT_GENERAL,
		.srcQueueFamilyIndex = gpu->family,
		.dstQueueFamilyIndex = others(gpu),
		.image = image->handle,
	};

	image_barrier(work, &barrier);
}

/* A semaphore; after: that can become a sync file. */
static int create_semaphore(struct vks_gpu *gpu, bool after, VkSemaphore *semaphore)
{
	VkExportSemaphoreCreateInfo exportable = {
		.sType = VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO,
		.handleTypes = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT,
	};
	VkSemaphoreCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO,
		.pNext = after ? &exportable : NULL,
	};

	return vks_check(gpu, "vkCreateSemaphore",
			 vkCreateSemaphore(gpu->device, &info, NULL, semaphore));
}

/* work->before stands for all that others still do with the dma-buf. */
static int wait_for_others(struct vks_gpu *gpu, struct vks_work *work, int dmabuf)
{
	VkImportSemaphoreFdInfoKHR info = {
		.sType = VK_STRUCTURE_TYPE_IMPORT_SEMAPHORE_FD_INFO_KHR,
		.flags = VK_SEMAPHORE_IMPORT_TEMPORARY_BIT,
		.handleType = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT,
	};
	VkResult result;
	int err;

	err = create_semaphore(gpu, false, &work->before);
	if (err)
		return err;
	/* A writer waits for readers, too */
	info.fd = ccp_dmabuf_export_sync_file(dmabuf, DMA_BUF_SYNC_WRITE);
	if (info.fd < 0)
		return vks_fail(gpu, info.fd, "DMA_BUF_IOCTL_EXPORT_SYNC_FILE: %s",
				strerror(-info.fd));

	/* As with memory: an import that succeeds takes the fd. */
	info.semaphore = work->before;
	result = gpu->import_semaphore_fd(gpu->device, &info);
	if (result)
		close(info.fd);
	return vks_check(gpu, "vkImportSemaphoreFdKHR", result);
}

int vks_work_submit(struct vks_gpu *gpu, struct vks_work *work, int dmabuf)
{
	bool fences = dmabuf >= 0 && gpu->has[VKS_SYNC_FILES];
	VkSemaphoreSubmitInfo wait = {
		.sType = VK_STRUCTURE_TYPE_SEMAPHORE_SUBMIT_INFO,
		.stageMask = VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT,
	};
	VkSemaphoreSubmitInfo signal = wait;
	VkCommandBufferSubmitInfo commands = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_SUBMIT_INFO,
		.commandBuffer = work->commands,
	};
	VkSubmitInfo2 info = {
		.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO_2,
		.waitSemaphoreInfoCount = fences,
		.pWaitSemaphoreInfos = &wait,
		.commandBufferInfoCount = 1,
		.pCommandBufferInfos = &commands,
		.signalSemaphoreInfoCount = fences,
		.pSignalSemaphoreInfos = &signal,
	};
	int err;

	err = vks_check(gpu, "vkEndCommandBuffer", vkEndCommandBuffer(work->commands));
	if (!err && fences)
		err = wait_for_others(gpu, work, dmabuf);
	if (!err && fences)
		err = create_semaphore(gpu, true, &work->after);
	if (err)
		return err;

	wait.semaphore = work->before;
	signal.semaphore = work->after;
	err = vks_check(gpu, "vkQueueSubmit2", vkQueueSubmit2(gpu->queue, 1, &info, work->done));
	work->submitted = !err;
	return err;
}

int vks_work_publish(struct vks_gpu *gpu, struct vks_work *work, int dmabuf)
{
	VkSemaphoreGetFdInfoKHR info = {
		.sType = VK_STRUCTURE_TYPE_SEMAPHORE_GET_FD_INFO_KHR,
		.semaphore = work->after,
		.handleType = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT,
	};
	int sync_file, err;

	if (!work->after)
		return 0;
	err = vks_check(gpu, "vkGetSemaphoreFdKHR",
			gpu->get_semaphore_fd(gpu->device, &info, &sync_file));
	if (err)
		return err;
	/* -1: the work is done already, and there is nothing to wait for. */
	if (sync_file < 0)
		return 0;

	err = ccp_dmabuf_import_sync_file(dmabuf, DMA_BUF_SYNC_WRITE, sync_file);
	close(sync_file);
	if (err)
		return vks_fail(gpu, err, "DMA_BUF_IOCTL_IMPORT_SYNC_FILE: %s", strerror(-err));
	return 0;
}

int vks_work_wait(struct vks_gpu *gpu, struct vks_work *work)
{
	return vks_check(gpu, "vkWaitForFences",
			 vkWaitForFences(gpu->device, 1, &work->done, VK_TRUE, TIMEOUT_NS));
}

void vks_work_end(struct vks_gpu *gpu, struct vks_work *work)
{
	if (work->submitted)
		vkQueueWaitIdle(gpu->queue);
	vkDestroySemaphore(gpu->device, work->before, NULL);
	vkDestroySemaphore(gpu->device, work->after, NULL);
	vkDestroyFence(gpu->device, work->done, NULL);
	if (work->commands)
		vkFreeCommandBuffers(gpu->device, gpu->pool, 1, &work->commands);
	*work = (struct vks_work){};
}

int vks_work_run(struct vks_gpu *gpu, struct vks_work *work, int dmabuf)
{
	int err;

	err = vks_work_submit(gpu, work, dmabuf);
	if (!err)
		err = vks_work_publish(gpu, work, dmabuf);
	return err ? err : vks_work_wait(gpu, work);
}

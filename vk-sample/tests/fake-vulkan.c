// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake-vulkan.h"
#include "ccprime.h"

#define OBJECTS_MAX 256
#define NOTHING	    ((const VkAllocationCallbacks *)NULL)

struct fake fake;

static struct object {
	bool live;
	int fd; /* that belongs to it, or -1 */
} objects[OBJECTS_MAX];

static bool fails(void)
{
	return ++fake.calls == fake.fail_at;
}

/* Handles are indices from 1 on. */
static uint64_t create_object(int fd)
{
	for (uint64_t i = 1; i < OBJECTS_MAX; i++) {
		if (!objects[i].live) {
			objects[i] = (struct object){ true, fd };
			fake.live++;
			return i;
		}
	}
	return 0;
}

static void destroy_object(uint64_t i)
{
	if (!i)
		return;
	if (i >= OBJECTS_MAX || !objects[i].live) {
		fake.misused++;
		return;
	}
	if (objects[i].fd >= 0)
		close(objects[i].fd);
	objects[i].live = false;
	fake.live--;
}

/* vkCreate*(device, info, allocator, &handle) and its vkDestroy*(device, handle, allocator) */
#define OBJECT(name, type)                                                                 \
	VKAPI_ATTR VkResult VKAPI_CALL vkCreate##name(                                     \
		VkDevice device, const type##CreateInfo *info,                             \
		const VkAllocationCallbacks *allocator, type *handle)                      \
	{                                                                                  \
		if (fails())                                                               \
			return fake.result;                                                \
		*handle = (type)create_object(-1);                                         \
		return VK_SUCCESS;                                                         \
	}                                                                                  \
	VKAPI_ATTR void VKAPI_CALL vkDestroy##name(VkDevice device, type handle,           \
						   const VkAllocationCallbacks *allocator) \
	{                                                                                  \
		destroy_object((uint64_t)handle);                                          \
	}

OBJECT(Buffer, VkBuffer)
OBJECT(CommandPool, VkCommandPool)
OBJECT(DescriptorPool, VkDescriptorPool)
OBJECT(DescriptorSetLayout, VkDescriptorSetLayout)
OBJECT(Fence, VkFence)
OBJECT(ImageView, VkImageView)
OBJECT(PipelineLayout, VkPipelineLayout)
OBJECT(Semaphore, VkSemaphore)
OBJECT(ShaderModule, VkShaderModule)

/* ---- instance and device: the handles are addresses, which the loader's types want ---- */

static char instance, physical, device_handle, queue;

VKAPI_ATTR VkResult VKAPI_CALL vkCreateInstance(const VkInstanceCreateInfo *info,
						const VkAllocationCallbacks *allocator,
						VkInstance *handle)
{
	if (fails())
		return fake.result;
	fake.live++;
	*handle = (VkInstance)&instance;
	return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL vkDestroyInstance(VkInstance handle,
					     const VkAllocationCallbacks *allocator)
{
	fake.live -= handle ? 1 : 0;
}

VKAPI_ATTR VkResult VKAPI_CALL vkCreateDevice(VkPhysicalDevice from, const VkDeviceCreateInfo *info,
					      const VkAllocationCallbacks *allocator,
					      VkDevice *handle)
{
	if (fails())
		return fake.result;
	fake.live++;
	*handle = (VkDevice)&device_handle;
	return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL vkDestroyDevice(VkDevice handle, const VkAllocationCallbacks *allocator)
{
	fake.live -= handle ? 1 : 0;
}

VKAPI_ATTR VkResult VKAPI_CALL vkEnumeratePhysicalDevices(VkInstance handle, uint32_t *count,
							  VkPhysicalDevice *devices)
{
	if (fails())
		return fake.result;
	*count = 1;
	devices[0] = (VkPhysicalDevice)&physical;
	return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL vkGetPhysicalDeviceProperties(VkPhysicalDevice handle,
							 VkPhysicalDeviceProperties *properties)
{
	*properties = (VkPhysicalDeviceProperties){
		.apiVersion = VK_API_VERSION_1_3,
		.deviceName = "fake GPU",
		.limits.maxStorageBufferRange = 1 << 27,
	};
}

static const char *const extensions[] = {
	VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME,
	VK_EXT_EXTERNAL_MEMORY_DMA_BUF_EXTENSION_NAME,
	VK_EXT_IMAGE_DRM_FORMAT_MODIFIER_EXTENSION_NAME,
	VK_EXT_QUEUE_FAMILY_FOREIGN_EXTENSION_NAME,
	VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME,
};

VKAPI_ATTR VkResult VKAPI_CALL vkEnumerateDeviceExtensionProperties(VkPhysicalDevice handle,
								    const char *layer,
								    uint32_t *count,
								    VkExtensionProperties *found)
{
	if (fails())
		return fake.result;
	*count = 0;
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
		if (fake.missing && !strcmp(extensions[i], fake.missing))
			continue;
		if (found)
			strcpy(found[*count].extensionName, extensions[i]);
		++*count;
	}
	return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL vkGetPhysicalDeviceQueueFamilyProperties(
	VkPhysicalDevice handle, uint32_t *count, VkQueueFamilyProperties *families)
{
	*count = 1;
	families[0] = (VkQueueFamilyProperties){
		.queueFlags = VK_QUEUE_GRAPHICS_BIT | VK_QUEUE_COMPUTE_BIT,
	};
}

VKAPI_ATTR void VKAPI_CALL vkGetPhysicalDeviceExternalSemaphoreProperties(
	VkPhysicalDevice handle, const VkPhysicalDeviceExternalSemaphoreInfo *info,
	VkExternalSemaphoreProperties *properties)
{
	properties->externalSemaphoreFeatures = VK_EXTERNAL_SEMAPHORE_FEATURE_EXPORTABLE_BIT |
						VK_EXTERNAL_SEMAPHORE_FEATURE_IMPORTABLE_BIT;
}

VKAPI_ATTR void VKAPI_CALL vkGetPhysicalDeviceExternalBufferProperties(
	VkPhysicalDevice handle, const VkPhysicalDeviceExternalBufferInfo *info,
	VkExternalBufferProperties *properties)
{
	properties->externalMemoryProperties.externalMemoryFeatures =
		VK_EXTERNAL_MEMORY_FEATURE_EXPORTABLE_BIT;
}

VKAPI_ATTR VkResult VKAPI_CALL vkGetPhysicalDeviceImageFormatProperties2(
	VkPhysicalDevice handle, const VkPhysicalDeviceImageFormatInfo2 *info,
	VkImageFormatProperties2 *properties)
{
	VkExternalImageFormatProperties *external = properties->pNext;

	external->externalMemoryProperties.externalMemoryFeatures =
		VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT;
	return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL vkGetDeviceQueue(VkDevice device, uint32_t family, uint32_t index,
					    VkQueue *handle)
{
	*handle = (VkQueue)&queue;
}

/* ---- memory ---- */

/* An import that succeeds takes the fd; one that fails leaves it alone. */
VKAPI_ATTR VkResult VKAPI_CALL vkAllocateMemory(VkDevice device, const VkMemoryAllocateInfo *info,
						const VkAllocationCallbacks *allocator,
						VkDeviceMemory *memory)
{
	const VkImportMemoryFdInfoKHR *import = info->pNext;
	bool imports = import && import->sType == VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR;

	if (fails())
		return fake.result;
	*memory = (VkDeviceMemory)create_object(imports ? import->fd : -1);
	return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL vkFreeMemory(VkDevice device, VkDeviceMemory memory,
					const VkAllocationCallbacks *allocator)
{
	destroy_object((uint64_t)memory);
}

static VKAPI_ATTR VkResult VKAPI_CALL
get_memory_fd_properties(VkDevice device, VkExternalMemoryHandleTypeFlagBits type, int fd,
			 VkMemoryFdPropertiesKHR *properties)
{
	if (fails())
		return fake.result;
	properties->memoryTypeBits = 2;
	return VK_SUCCESS;
}

static VKAPI_ATTR VkResult VKAPI_CALL get_memory_fd(VkDevice device,
						    const VkMemoryGetFdInfoKHR *info, int *fd)
{
	if (fails())
		return fake.result;
	*fd = memfd_create("export", MFD_CLOEXEC);
	return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL vkGetBufferMemoryRequirements(VkDevice device, VkBuffer buffer,
							 VkMemoryRequirements *needed)
{
	unsigned int alignment = fake.alignment ? fake.alignment : 16;

	VkDeviceSize size = fake.needed ? fake.needed : 64;

	*needed =
		(VkMemoryRequirements){ .size = size, .alignment = alignment, .memoryTypeBits = 3 };
}

VKAPI_ATTR VkResult VKAPI_CALL vkBindBufferMemory(VkDevice device, VkBuffer buffer,
						  VkDeviceMemory memory, VkDeviceSize offset)
{
	return fails() ? fake.result : VK_SUCCESS;
}

/* ---- images: the layout is told to the next question ---- */

static VkSubresourceLayout plane;

VKAPI_ATTR VkResult VKAPI_CALL vkCreateImage(VkDevice device, const VkImageCreateInfo *info,
					     const VkAllocationCallbacks *allocator, VkImage *image)
{
	const VkExternalMemoryImageCreateInfo *external = info->pNext;
	const VkImageDrmFormatModifierExplicitCreateInfoEXT *modifier = external->pNext;

	if (fails())
		return fake.result;
	plane = modifier ? modifier->pPlaneLayouts[0]
			 : (VkSubresourceLayout){ .rowPitch = info->extent.width * 4 };
	*image = (VkImage)create_object(-1);
	return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL vkDestroyImage(VkDevice device, VkImage image,
					  const VkAllocationCallbacks *allocator)
{
	destroy_object((uint64_t)image);
}

VKAPI_ATTR void VKAPI_CALL vkGetImageSubresourceLayout(VkDevice device, VkImage image,
						       const VkImageSubresource *subresource,
						       VkSubresourceLayout *layout)
{
	*layout = plane;
}

VKAPI_ATTR void VKAPI_CALL vkGetImageMemoryRequirements2(VkDevice device,
							 const VkImageMemoryRequirementsInfo2 *info,
							 VkMemoryRequirements2 *needed)
{
	VkDeviceSize size = fake.needed ? fake.needed : 64;

	needed->memoryRequirements =
		(VkMemoryRequirements){ .size = size, .alignment = 16, .memoryTypeBits = 3 };
}

VKAPI_ATTR VkResult VKAPI_CALL vkBindImageMemory(VkDevice device, VkImage image,
						 VkDeviceMemory memory, VkDeviceSize offset)
{
	return fails() ? fake.result : VK_SUCCESS;
}

/* ---- pipelines and descriptors ---- */

#define PIPELINES(kind)                                                                           \
	VKAPI_ATTR VkResult VKAPI_CALL vkCreate##kind##Pipelines(                                 \
		VkDevice device, VkPipelineCache cache, uint32_t count,                           \
		const Vk##kind##PipelineCreateInfo *info, const VkAllocationCallbacks *allocator, \
		VkPipeline *pipeline)                                                             \
	{                                                                                         \
		if (fails())                                                                      \
			return fake.result;                                                       \
		*pipeline = (VkPipeline)create_object(-1);                                        \
		return VK_SUCCESS;                                                                \
	}

PIPELINES(Compute)
PIPELINES(Graphics)

VKAPI_ATTR void VKAPI_CALL vkDestroyPipeline(VkDevice device, VkPipeline pipeline,
					     const VkAllocationCallbacks *allocator)
{
	destroy_object((uint64_t)pipeline);
}

/* Sets go with their pool. */
VKAPI_ATTR VkResult VKAPI_CALL vkAllocateDescriptorSets(VkDevice device,
							const VkDescriptorSetAllocateInfo *info,
							VkDescriptorSet *sets)
{
	return fails() ? fake.result : VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL vkUpdateDescriptorSets(VkDevice device, uint32_t writes,
						  const VkWriteDescriptorSet *write,
						  uint32_t copies, const VkCopyDescriptorSet *copy)
{
}

/* ---- commands ---- */

VKAPI_ATTR VkResult VKAPI_CALL vkAllocateCommandBuffers(VkDevice device,
							const VkCommandBufferAllocateInfo *info,
							VkCommandBuffer *commands)
{
	if (fails())
		return fake.result;
	*commands = (VkCommandBuffer)create_object(-1);
	return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL vkFreeCommandBuffers(VkDevice device, VkCommandPool pool, uint32_t count,
						const VkCommandBuffer *commands)
{
	destroy_object((uint64_t)commands[0]);
}

VKAPI_ATTR VkResult VKAPI_CALL vkBeginCommandBuffer(VkCommandBuffer commands,
						    const VkCommandBufferBeginInfo *info)
{
	return fails() ? fake.result : VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL vkEndCommandBuffer(VkCommandBuffer commands)
{
	return fails() ? fake.result : VK_SUCCESS;
}

#define COMMAND(name, ...)                                                       \
	VKAPI_ATTR void VKAPI_CALL name(VkCommandBuffer commands, ##__VA_ARGS__) \
	{                                                                        \
	}

COMMAND(vkCmdPipelineBarrier2, const VkDependencyInfo *info)
COMMAND(vkCmdBindPipeline, VkPipelineBindPoint point, VkPipeline pipeline)
COMMAND(vkCmdBindDescriptorSets, VkPipelineBindPoint point, VkPipelineLayout layout, uint32_t first,
	uint32_t count, const VkDescriptorSet *sets, uint32_t offset_count, const uint32_t *offsets)
COMMAND(vkCmdPushConstants, VkPipelineLayout layout, VkShaderStageFlags stages, uint32_t offset,
	uint32_t size, const void *values)
COMMAND(vkCmdDispatch, uint32_t x, uint32_t y, uint32_t z)
COMMAND(vkCmdBeginRendering, const VkRenderingInfo *info)
COMMAND(vkCmdEndRendering)
COMMAND(vkCmdSetViewport, uint32_t first, uint32_t count, const VkViewport *viewports)
COMMAND(vkCmdSetScissor, uint32_t first, uint32_t count, const VkRect2D *scissors)
COMMAND(vkCmdDraw, uint32_t vertices, uint32_t instances, uint32_t first, uint32_t first_instance)

/* ---- the queue, and semaphores as sync files ---- */

VKAPI_ATTR VkResult VKAPI_CALL vkQueueSubmit2(VkQueue handle, uint32_t count,
					      const VkSubmitInfo2 *info, VkFence fence)
{
	return fails() ? fake.result : VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL vkQueueWaitIdle(VkQueue handle)
{
	return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL vkWaitForFences(VkDevice device, uint32_t count,
					       const VkFence *fences, VkBool32 all,
					       uint64_t timeout)
{
	return fails() ? fake.result : VK_SUCCESS;
}

static VKAPI_ATTR VkResult VKAPI_CALL import_semaphore_fd(VkDevice device,
							  const VkImportSemaphoreFdInfoKHR *info)
{
	if (fails())
		return fake.result;
	close(info->fd);
	return VK_SUCCESS;
}

static VKAPI_ATTR VkResult VKAPI_CALL get_semaphore_fd(VkDevice device,
						       const VkSemaphoreGetFdInfoKHR *info, int *fd)
{
	if (fails())
		return fake.result;
	*fd = fake.sync_file_done ? -1 : eventfd(0, EFD_CLOEXEC);
	return VK_SUCCESS;
}

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL vkGetDeviceProcAddr(VkDevice device, const char *name)
{
	static const struct {
		const char *name;
		PFN_vkVoidFunction function;
	} functions[] = {
		{ "vkGetMemoryFdPropertiesKHR", (PFN_vkVoidFunction)get_memory_fd_properties },
		{ "vkGetMemoryFdKHR", (PFN_vkVoidFunction)get_memory_fd },
		{ "vkImportSemaphoreFdKHR", (PFN_vkVoidFunction)import_semaphore_fd },
		{ "vkGetSemaphoreFdKHR", (PFN_vkVoidFunction)get_semaphore_fd },
	};

	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (!strcmp(functions[i].name, name))
			return functions[i].function;
	return NULL;
}

/* No validation layer here. */
VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL vkGetInstanceProcAddr(VkInstance handle, const char *name)
{
	return NULL;
}

/* ---- the dma-buf's side of it, in place of libccprime's ---- */

int ccp_dmabuf_export_sync_file(int fd, uint32_t flags)
{
	return fails() ? -EBADF : eventfd(0, EFD_CLOEXEC);
}

int ccp_dmabuf_import_sync_file(int fd, uint32_t flags, int sync_file)
{
	return fails() ? -EBADF : 0;
}

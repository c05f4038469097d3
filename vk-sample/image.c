// SPDX-License-Identifier: MIT
#include <errno.h>
#include <inttypes.h>

#include <drm_fourcc.h>

#include "vks.h"

#define FORMAT VK_FORMAT_B8G8R8A8_UNORM /* DRM_FORMAT_XRGB8888, in memory */
#define USAGE  VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT

static const VkImageTiling tilings[] = {
	[VKS_EXPLICIT] = VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT,
	[VKS_LINEAR] = VK_IMAGE_TILING_LINEAR,
};

/* What an aspect of an image's memory is called depends on who chose the layout. */
static const VkImageAspectFlags aspects[] = {
	[VKS_EXPLICIT] = VK_IMAGE_ASPECT_MEMORY_PLANE_0_BIT_EXT,
	[VKS_LINEAR] = VK_IMAGE_ASPECT_COLOR_BIT,
};

/* Whether the driver draws into such a picture in an imported dma-buf. */
static int require_import(struct vks_gpu *gpu, enum vks_tiling tiling)
{
	VkPhysicalDeviceImageDrmFormatModifierInfoEXT modifier = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_DRM_FORMAT_MODIFIER_INFO_EXT,
		.drmFormatModifier = DRM_FORMAT_MOD_LINEAR,
	};
	VkPhysicalDeviceExternalImageFormatInfo external = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_IMAGE_FORMAT_INFO,
		.pNext = tiling == VKS_EXPLICIT ? &modifier : NULL,
		.handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT,
	};
	VkPhysicalDeviceImageFormatInfo2 info = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_FORMAT_INFO_2,
		.pNext = &external,
		.format = FORMAT,
		.type = VK_IMAGE_TYPE_2D,
		.tiling = tilings[tiling],
		.usage = USAGE,
	};
	VkExternalImageFormatProperties found = {
		.sType = VK_STRUCTURE_TYPE_EXTERNAL_IMAGE_FORMAT_PROPERTIES,
	};
	VkImageFormatProperties2 properties = {
		.sType = VK_STRUCTURE_TYPE_IMAGE_FORMAT_PROPERTIES_2,
		.pNext = &found,
	};
	VkResult result =
		vkGetPhysicalDeviceImageFormatProperties2(gpu->physical, &info, &properties);

	if (result)
		return vks_fail(gpu, -ENOTSUP,
				"%s draws into no linear dma-buf: "
				"vkGetPhysicalDeviceImageFormatProperties2: %s",
				gpu->properties.deviceName, vks_result_name(result));
	if (found.externalMemoryProperties.externalMemoryFeatures &
	    VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT)
		return 0;
	return vks_fail(gpu, -ENOTSUP, "%s imports no linear dma-buf as an image",
			gpu->properties.deviceName);
}

/* An image without memory. */
static int create_image(struct vks_gpu *gpu, enum vks_tiling tiling, struct vks_image *image)
{
	VkSubresourceLayout plane = { .offset = image->layout.offset,
				      .rowPitch = image->layout.pitch };
	VkImageDrmFormatModifierExplicitCreateInfoEXT modifier = {
		.sType = VK_STRUCTURE_TYPE_IMAGE_DRM_FORMAT_MODIFIER_EXPLICIT_CREATE_INFO_EXT,
		.drmFormatModifier = DRM_FORMAT_MOD_LINEAR,
		.drmFormatModifierPlaneCount = 1,
		.pPlaneLayouts = &plane,
	};
	VkExternalMemoryImageCreateInfo external = {
		.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO,
		.pNext = tiling == VKS_EXPLICIT ? &modifier : NULL,
		.handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT,
	};
	VkImageCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
		.pNext = &external,
		.imageType = VK_IMAGE_TYPE_2D,
		.format = FORMAT,
		.extent = { image->layout.width, image->layout.height, 1 },
		.mipLevels = 1,
		.arrayLayers = 1,
		.samples = VK_SAMPLE_COUNT_1_BIT,
		.tiling = tilings[tiling],
		.usage = USAGE,
	};

	int err;

	err = tiling == VKS_EXPLICIT ? vks_require(gpu, VKS_MODIFIERS) : 0;
	if (!err)
		err = require_import(gpu, tiling);
	if (err)
		return err;
	return vks_check(gpu, "vkCreateImage",
			 vkCreateImage(gpu->device, &info, NULL, &image->handle));
}

/* An explicit layout has the offset in it; else it is where the memory is bound. */
static uint64_t bound_at(enum vks_tiling tiling, const struct vks_layout *layout)
{
	return tiling == VKS_EXPLICIT ? 0 : layout->offset;
}

/* The driver draws where we shall look. bound: where the image's memory begins in the dma-buf. */
static int check_driver_layout(struct vks_gpu *gpu, enum vks_tiling tiling, uint64_t bound,
			       const struct vks_image *image)
{
	VkImageSubresource subresource = { .aspectMask = aspects[tiling] };
	const struct vks_layout *wanted = &image->layout;
	VkSubresourceLayout found;

	vkGetImageSubresourceLayout(gpu->device, image->handle, &subresource, &found);
	if (found.rowPitch == wanted->pitch && bound + found.offset == wanted->offset)
		return 0;
	return vks_fail(gpu, -ENOTSUP,
			"%s wants offset %" PRIu64 " and pitch %" PRIu64 ", not %" PRIu64
			" and %" PRIu64,
			gpu->properties.deviceName, bound + found.offset, (uint64_t)found.rowPitch,
			wanted->offset, wanted->pitch);
}

static void memory_needed(struct vks_gpu *gpu, VkImage image, VkMemoryRequirements *needed,
			  bool *dedicated)
{
	VkMemoryDedicatedRequirements alone = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_REQUIREMENTS,
	};
	VkMemoryRequirements2 requirements = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_REQUIREMENTS_2,
		.pNext = &alone,
	};
	VkImageMemoryRequirementsInfo2 info = {
		.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_REQUIREMENTS_INFO_2,
		.image = image,
	};

	vkGetImageMemoryRequirements2(gpu->device, &info, &requirements);
	*needed = requirements.memoryRequirements;
	*dedicated = alone.requiresDedicatedAllocation;
}

static int bind_import(struct vks_gpu *gpu, int dmabuf, uint64_t total, uint64_t bound,
		       struct vks_image *image)
{
	VkMemoryRequirements needed;
	bool dedicated;
	int err;

	memory_needed(gpu, image->handle, &needed, &dedicated);
	if (bound % needed.alignment)
		return vks_fail(gpu, -EINVAL, "offset %" PRIu64 ": not a multiple of %" PRIu64,
				bound, (uint64_t)needed.alignment);
	if (needed.size > total - bound)
		return vks_fail(gpu, -EINVAL, "%s needs %" PRIu64 " bytes of %" PRIu64,
				gpu->properties.deviceName, (uint64_t)needed.size, total - bound);

	err = vks_memory_import(gpu, dmabuf, dedicated ? needed.size : total, needed.memoryTypeBits,
				dedicated ? image->handle : VK_NULL_HANDLE, &image->memory);
	if (err)
		return err;
	return vks_check(gpu, "vkBindImageMemory",
			 vkBindImageMemory(gpu->device, image->handle, image->memory, bound));
}

static int create_view(struct vks_gpu *gpu, struct vks_image *image)
{
	VkImageViewCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO,
		.image = image->handle,
		.viewType = VK_IMAGE_VIEW_TYPE_2D,
		.format = FORMAT,
		.subresourceRange = { VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1 },
	};

	return vks_check(gpu, "vkCreateImageView",
			 vkCreateImageView(gpu->device, &info, NULL, &image->view));
}

int vks_image_needs(struct vks_gpu *gpu, const struct vks_layout *layout, enum vks_tiling tiling,
		    uint64_t *needed)
{
	struct vks_image image = { .layout = *layout };
	uint64_t end = vks_layout_end(layout);
	VkMemoryRequirements requirements;
	bool dedicated;
	int err;

	err = create_image(gpu, tiling, &image);
	if (err)
		return err;
	memory_needed(gpu, image.handle, &requirements, &dedicated);
	vks_image_destroy(gpu, &image);
	*needed = bound_at(tiling, layout) + requirements.size;
	if (*needed < end)
		*needed = end;
	return 0;
}

int vks_image_import(struct vks_gpu *gpu, int dmabuf, const struct vks_layout *layout,
		     enum vks_tiling tiling, struct vks_image *image)
{
	uint64_t bound = bound_at(tiling, layout);
	uint64_t total;
	int err;

	err = vks_dmabuf_size(gpu, dmabuf, &total);
	if (!err)
		err = vks_layout_check(gpu, layout, total);
	if (err)
		return err;

	*image = (struct vks_image){ .layout = *layout };
	err = create_image(gpu, tiling, image);
	if (err)
		return err;
	err = check_driver_layout(gpu, tiling, bound, image);
	if (!err)
		err = bind_import(gpu, dmabuf, total, bound, image);
	if (!err)
		err = create_view(gpu, image);
	if (err)
		vks_image_destroy(gpu, image);
	return err;
}

void vks_image_destroy(struct vks_gpu *gpu, struct vks_image *image)
{
	vkDestroyImageView(gpu->device, image->view, NULL);
	vkDestroyImage(gpu->device, image->handle, NULL);
	vkFreeMemory(gpu->device, image->memory, NULL);
	*image = (struct vks_image){};
}

/* SPDX-License-Identifier: MIT */
/*
 * vk-sample: memory of a DMA heap under Vulkan. Read main.c first; each step there has a file here.
 *
 * Conventions: a function that can fail returns 0 or a negative errno and has put one line for
 * people into gpu->error; -ENOTSUP means that driver or machine lack something, which the line
 * names. What it was to create is then not there, and file descriptors are as they were: those
 * passed in stay the caller's in any case. Sizes and offsets are bytes.
 */
#ifndef VKS_H
#define VKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vulkan/vulkan.h>

#include "ccprime.h"

#define VKS_ERROR_SIZE 256

/* ---- gpu.c: an instance, a device, and one queue that can draw and compute ---- */

/* What the driver may lack, and what is done without it. */
enum vks_extension {
	VKS_MODIFIERS, /* images with an explicit layout; else the driver's own linear one */
	VKS_FOREIGN, /* transfers to VK_QUEUE_FAMILY_FOREIGN_EXT; else to _EXTERNAL */
	VKS_SYNC_FILES, /* semaphores to and from a dma-buf's fences; else only the CPU waits */
	VKS_EXTENSIONS
};

struct vks_gpu {
	VkInstance instance;
	VkDebugUtilsMessengerEXT messenger; /* with validation only */
	char complaint[VKS_ERROR_SIZE]; /* the validation layer's first one, or "" */

	VkPhysicalDevice physical;
	VkPhysicalDeviceProperties properties;
	VkDevice device;
	uint32_t family; /* of the queue */
	VkQueue queue;
	VkCommandPool pool;
	bool has[VKS_EXTENSIONS];

	PFN_vkGetMemoryFdPropertiesKHR get_memory_fd_properties;
	PFN_vkGetMemoryFdKHR get_memory_fd;
	PFN_vkImportSemaphoreFdKHR import_semaphore_fd;
	PFN_vkGetSemaphoreFdKHR get_semaphore_fd;

	char error[VKS_ERROR_SIZE];
};

/*
 * Opens the Vulkan loader, and with validate the Khronos validation layer in front of each driver,
 * synchronization checks included: what it has to say goes to stderr.
 */
int vks_instance_open(struct vks_gpu *gpu, bool validate);

/*
 * The names of up to count devices, in Vulkan's order. Returns how many there are. -ENOTSUP: none.
 */
int vks_list(struct vks_gpu *gpu, VkPhysicalDeviceProperties *properties, unsigned int count);

/*
 * Opens the device with this index or with this in its name; NULL: the first one that can import
 * dma-bufs. The instance must be open. -ENODEV: no such device; -ENOTSUP: it cannot import.
 */
int vks_device_open(struct vks_gpu *gpu, const char *wanted);

/* Closes all that is open. */
void vks_gpu_close(struct vks_gpu *gpu);

/* -ENOTSUP, and the extension's name as the error, where the device lacks it. */
int vks_require(struct vks_gpu *gpu, enum vks_extension extension);

/* ---- error.c ---- */

/* Puts the line together and returns err. */
__attribute__((format(printf, 3, 4))) int vks_fail(struct vks_gpu *gpu, int err, const char *format,
						   ...);

/* 0 where a Vulkan call succeeded; else -EIO, and "CALL: VK_ERROR_..." as the line. */
int vks_check(struct vks_gpu *gpu, const char *call, VkResult result);

/* "VK_ERROR_DEVICE_LOST", ... */
const char *vks_result_name(VkResult result);

/* ---- layout.c: what drivers do not check about somebody else's memory ---- */

#define VKS_PIXEL 4 /* bytes: XRGB8888 to DRM, B8G8R8A8 to Vulkan */

/* Where a picture lies in a dma-buf. */
struct vks_layout {
	uint32_t width, height; /* pixels */
	uint64_t offset;
	uint64_t pitch; /* from row to row */
};

/* Rows one after the other. */
struct vks_layout vks_layout_packed(uint32_t width, uint32_t height);

/* The first byte behind the picture. */
uint64_t vks_layout_end(const struct vks_layout *layout);

/* -EINVAL: the picture does not fit into size bytes, or its rows overlap or are not aligned. */
int vks_layout_check(struct vks_gpu *gpu, const struct vks_layout *layout, uint64_t size);

/*
 * -EINVAL: not a range of whole words inside total bytes, at an offset that is a multiple of
 * alignment.
 */
int vks_range_check(struct vks_gpu *gpu, uint64_t offset, uint64_t size, uint64_t total,
		    uint64_t alignment);

/* ---- memory.c: VkDeviceMemory, imported and other ---- */

/* Bytes of a dma-buf, which its fd knows. */
int vks_dmabuf_size(struct vks_gpu *gpu, int dmabuf, uint64_t *size);

/*
 * Imports size bytes of the dma-buf; a refusal names them, and how many it has. types: memory types
 * that will do for what is to be bound, of which the driver's own answer for this dma-buf leaves
 * one. image: for an allocation that serves this image alone, or VK_NULL_HANDLE.
 */
int vks_memory_import(struct vks_gpu *gpu, int dmabuf, uint64_t size, uint32_t types, VkImage image,
		      VkDeviceMemory *memory);

/* Memory that the driver picks. next: NULL, or what makes it exportable. */
int vks_memory_allocate(struct vks_gpu *gpu, const VkMemoryRequirements *needed, const void *next,
			VkDeviceMemory *memory);

/* ---- buffer.c ---- */

struct vks_buffer {
	VkBuffer handle;
	VkDeviceMemory memory;
	uint64_t size;
	bool foreign; /* others have this memory, too: it changes hands round each use */
};

/* -EINVAL: no size for a buffer here, which is whole words, and no more than a shader can reach. */
int vks_buffer_check_size(struct vks_gpu *gpu, uint64_t size);

/*
 * Bytes of a dma-buf that the driver wants for an import of size bytes: drivers may round up, so
 * this, not size, is what to allocate.
 */
int vks_buffer_needs(struct vks_gpu *gpu, uint64_t size, uint64_t *needed);

/* size bytes of the dma-buf from offset on, both multiples of 8. */
int vks_buffer_import(struct vks_gpu *gpu, int dmabuf, uint64_t offset, uint64_t size,
		      struct vks_buffer *buffer);

/* The driver's own memory. */
int vks_buffer_create(struct vks_gpu *gpu, uint64_t size, struct vks_buffer *buffer);

/* The driver's own memory, and a dma-buf of it, which is the caller's. */
int vks_buffer_export(struct vks_gpu *gpu, uint64_t size, struct vks_buffer *buffer, int *dmabuf);

void vks_buffer_destroy(struct vks_gpu *gpu, struct vks_buffer *buffer);

/* ---- image.c ---- */

struct vks_image {
	VkImage handle;
	VkImageView view;
	VkDeviceMemory memory;
	struct vks_layout layout;
};

enum vks_tiling {
	VKS_EXPLICIT, /* DRM_FORMAT_MOD_LINEAR with offset and pitch as they are wanted */
	VKS_LINEAR, /* VK_IMAGE_TILING_LINEAR: the driver decides, and has to decide the same */
};

/*
 * Bytes of a dma-buf that the driver wants for such a picture, which may be more than the picture
 * has: some GPUs and scanout engines read whole tiles.
 */
int vks_image_needs(struct vks_gpu *gpu, const struct vks_layout *layout, enum vks_tiling tiling,
		    uint64_t *needed);

/* A picture to draw into, with this layout in the dma-buf. */
int vks_image_import(struct vks_gpu *gpu, int dmabuf, const struct vks_layout *layout,
		     enum vks_tiling tiling, struct vks_image *image);

void vks_image_destroy(struct vks_gpu *gpu, struct vks_image *image);

/* ---- work.c: commands, who owns what meanwhile, and the fences of the dma-buf ---- */

struct vks_work {
	VkCommandBuffer commands;
	VkSemaphore before, after; /* the dma-buf's fences as they were; this work's end */
	VkFence done;
	bool submitted;
};

/* Starts recording. End in any case with vks_work_end(). */
int vks_work_begin(struct vks_gpu *gpu, struct vks_work *work);

/* Records that the memory passes from its other users to the queue and back. */
void vks_acquire_buffer(struct vks_gpu *gpu, struct vks_work *work, struct vks_buffer *buffer);
void vks_release_buffer(struct vks_gpu *gpu, struct vks_work *work, struct vks_buffer *buffer);
/* The picture's old content is not kept. */
void vks_acquire_image(struct vks_gpu *gpu, struct vks_work *work, struct vks_image *image);
void vks_release_image(struct vks_gpu *gpu, struct vks_work *work, struct vks_image *image);

/*
 * Starts the work behind all that the dma-buf's fences stand for (DMA_BUF_IOCTL_EXPORT_SYNC_FILE),
 * as one that writes; dmabuf -1: at once.
 */
int vks_work_submit(struct vks_gpu *gpu, struct vks_work *work, int dmabuf);

/*
 * Makes the work's end a fence of the dma-buf (DMA_BUF_IOCTL_IMPORT_SYNC_FILE), for others to wait
 * for. Some drivers only return when the work is done.
 */
int vks_work_publish(struct vks_gpu *gpu, struct vks_work *work, int dmabuf);

/* Waits for the end; -EIO with VK_TIMEOUT after a minute. */
int vks_work_wait(struct vks_gpu *gpu, struct vks_work *work);

/* Frees it, waiting for what still runs. */
void vks_work_end(struct vks_gpu *gpu, struct vks_work *work);

/* All three, for those who have nothing else to do meanwhile. */
int vks_work_run(struct vks_gpu *gpu, struct vks_work *work, int dmabuf);

/* ---- shader.c: what compute.c and render.c have in common ---- */

/* code: SPIR-V, size bytes. Free with vkDestroyShaderModule(). */
int vks_shader_create(struct vks_gpu *gpu, const uint32_t *code, size_t size,
		      VkShaderModule *shader);

/* Constants of size bytes for one stage, and a set of descriptors or VK_NULL_HANDLE. */
int vks_pipeline_layout_create(struct vks_gpu *gpu, VkShaderStageFlags stage, uint32_t size,
			       VkDescriptorSetLayout set, VkPipelineLayout *layout);

/* ---- compute.c: a shader that turns every bit of a buffer over ---- */

struct vks_inverter {
	VkDescriptorSetLayout set_layout;
	VkPipelineLayout layout;
	VkPipeline pipeline;
	VkDescriptorPool pool;
	VkDescriptorSet set;
};

int vks_inverter_create(struct vks_gpu *gpu, struct vks_inverter *inverter);
void vks_inverter_destroy(struct vks_gpu *gpu, struct vks_inverter *inverter);

/* Records it for the whole buffer, changes of hands included. */
void vks_invert(struct vks_gpu *gpu, struct vks_inverter *inverter, struct vks_work *work,
		struct vks_buffer *buffer);

/* Inverts the buffer, whose memory is this dma-buf's (-1: the driver's own), and waits. */
int vks_invert_now(struct vks_gpu *gpu, struct vks_inverter *inverter, struct vks_buffer *buffer,
		   int dmabuf);

/* ---- render.c: a picture, drawn by a fragment shader ---- */

struct vks_painter {
	VkPipelineLayout layout;
	VkPipeline pipeline;
};

int vks_painter_create(struct vks_gpu *gpu, struct vks_painter *painter);
void vks_painter_destroy(struct vks_gpu *gpu, struct vks_painter *painter);

/* Draws the picture into the image, whose memory is this dma-buf's, and waits. */
int vks_paint_now(struct vks_gpu *gpu, struct vks_painter *painter, struct vks_image *image,
		  int dmabuf);

/* ---- check.c: what the shaders should have done, once more on the CPU ---- */

/* ccp_pattern_check() of words that were inverted. */
bool vks_inverted_check(const struct ccp_pattern *pattern, const void *src, uint64_t offset,
			size_t size, const uint64_t poison[2], struct ccp_mismatch *mismatch);

/* 0xRRGGBB of the picture in a frame of width and height. */
uint32_t vks_picture_pixel(uint32_t x, uint32_t y, uint32_t width, uint32_t height);

/* The first wrong pixel, and how many there are. */
struct vks_wrong_pixels {
	uint64_t count;
	uint32_t x, y;
	uint32_t expected, found; /* 0xRRGGBB */
};

/* Looks at each pixel of the picture in a mapping of the dma-buf: true where all are right. */
bool vks_picture_check(const struct vks_layout *layout, const void *map,
		       struct vks_wrong_pixels *wrong);

/* The same for what the host sees on the screen; sizes must be equal, too. */
bool vks_capture_check(const struct vks_layout *layout, const struct ccp_capture *capture,
		       struct vks_wrong_pixels *wrong);

/* ---- scanout.c: the dma-buf on virtio-gpu's screen, and what the host sees there ---- */

struct vks_screen {
	int drm;
	uint32_t width, height;
	uint32_t handle; /* of the picture's dma-buf, or 0 */
	struct ccp_scanout scanout;
};

/* -ENOTSUP: no virtio-gpu, or nothing connected to it. */
int vks_screen_open(struct vks_gpu *gpu, struct vks_screen *screen);
void vks_screen_close(struct vks_screen *screen);

/* Shows a picture, which must be as large as the screen, without copying it. */
int vks_screen_show(struct vks_gpu *gpu, struct vks_screen *screen, int dmabuf,
		    const struct vks_layout *layout);

/*
 * Asks the host, who keeps it as NAME.png. -ENOTSUP: nobody there to ask. Undo with
 * ccp_capture_free().
 */
int vks_screen_capture(struct vks_gpu *gpu, const char *name, struct ccp_capture *capture);

#endif

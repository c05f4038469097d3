// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vks.h"

#define VALIDATION   "VK_LAYER_KHRONOS_validation"
#define API_VERSION  VK_API_VERSION_1_3 /* dynamic rendering, and barriers that read well */
#define MAX_DEVICES  16
#define MAX_FAMILIES 16

/* Without these nothing can be imported. */
static const char *const required[] = {
	VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME,
	VK_EXT_EXTERNAL_MEMORY_DMA_BUF_EXTENSION_NAME,
};
#define REQUIRED (sizeof(required) / sizeof(required[0]))

static const char *const optional[VKS_EXTENSIONS] = {
	[VKS_MODIFIERS] = VK_EXT_IMAGE_DRM_FORMAT_MODIFIER_EXTENSION_NAME,
	[VKS_FOREIGN] = VK_EXT_QUEUE_FAMILY_FOREIGN_EXTENSION_NAME,
	[VKS_SYNC_FILES] = VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME,
};

static VKAPI_ATTR VkBool32 VKAPI_CALL complain(VkDebugUtilsMessageSeverityFlagBitsEXT severity,
					       VkDebugUtilsMessageTypeFlagsEXT types,
					       const VkDebugUtilsMessengerCallbackDataEXT *data,
					       void *user)
{
	struct vks_gpu *gpu = user;

	if (!gpu->complaint[0])
		snprintf(gpu->complaint, sizeof(gpu->complaint), "validation: %s", data->pMessage);
	fprintf(stderr, "validation: %s\n", data->pMessage);
	return VK_FALSE;
}

static VkDebugUtilsMessengerCreateInfoEXT messenger_info(struct vks_gpu *gpu)
{
	return (VkDebugUtilsMessengerCreateInfoEXT){
		.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT,
		.messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT |
				   VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT,
		.messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT,
		.pfnUserCallback = complain,
		.pUserData = gpu,
	};
}

static int listen(struct vks_gpu *gpu)
{
	PFN_vkCreateDebugUtilsMessengerEXT create =
		(PFN_vkCreateDebugUtilsMessengerEXT)vkGetInstanceProcAddr(
			gpu->instance, "vkCreateDebugUtilsMessengerEXT");
	VkDebugUtilsMessengerCreateInfoEXT info = messenger_info(gpu);

	return vks_check(gpu, "vkCreateDebugUtilsMessengerEXT",
			 create(gpu->instance, &info, NULL, &gpu->messenger));
}

int vks_instance_open(struct vks_gpu *gpu, bool validate)
{
	static const char *const layers[] = { VALIDATION };
	static const char *const extensions[] = { VK_EXT_DEBUG_UTILS_EXTENSION_NAME };
	VkValidationFeatureEnableEXT enabled =
		VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT;
	VkValidationFeaturesEXT features = {
		.sType = VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT,
		.enabledValidationFeatureCount = 1,
		.pEnabledValidationFeatures = &enabled,
	};
	VkApplicationInfo application = {
		.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
		.pApplicationName = "vk-sample",
		.apiVersion = API_VERSION,
	};
	VkInstanceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
		.pNext = validate ? &features : NULL,
		.pApplicationInfo = &application,
		.enabledLayerCount = validate,
		.ppEnabledLayerNames = layers,
		.enabledExtensionCount = validate,
		.ppEnabledExtensionNames = extensions,
	};
	VkResult result;

	*gpu = (struct vks_gpu){};
	result = vkCreateInstance(&info, NULL, &gpu->instance);
	if (result == VK_ERROR_LAYER_NOT_PRESENT)
		return vks_fail(gpu, -ENOTSUP, "no " VALIDATION ": vkCreateInstance: %s",
				vks_result_name(result));
	if (result == VK_ERROR_INCOMPATIBLE_DRIVER)
		return vks_fail(gpu, -ENOTSUP, "no Vulkan driver: vkCreateInstance: %s",
				vks_result_name(result));
	if (result)
		return vks_check(gpu, "vkCreateInstance", result);

	return validate ? listen(gpu) : 0;
}

static int find_devices(struct vks_gpu *gpu, VkPhysicalDevice *devices, uint32_t *count)
{
	VkResult result = vkEnumeratePhysicalDevices(gpu->instance, count, devices);

	if (result == VK_ERROR_INITIALIZATION_FAILED)
		*count = 0;
	else if (result && result != VK_INCOMPLETE)
		return vks_check(gpu, "vkEnumeratePhysicalDevices", result);
	return *count ? 0 : vks_fail(gpu, -ENOTSUP, "no Vulkan driver has a device here");
}

int vks_list(struct vks_gpu *gpu, VkPhysicalDeviceProperties *properties, unsigned int count)
{
	VkPhysicalDevice devices[MAX_DEVICES];
	uint32_t found = MAX_DEVICES;
	int err;

	err = find_devices(gpu, devices, &found);
	if (err)
		return err;

	for (uint32_t i = 0; i < found && i < count; i++)
		vkGetPhysicalDeviceProperties(devices[i], &properties[i]);
	return found;
}

static bool has_extension(const VkExtensionProperties *all, uint32_t count, const char *name)
{
	for (uint32_t i = 0; i < count; i++)
		if (!strcmp(all[i].extensionName, name))
			return true;
	return false;
}

/* SYNC_FD semaphores come in two halves, and both are wanted. */
static bool has_sync_files(VkPhysicalDevice physical)
{
	VkExternalSemaphoreFeatureFlags both = VK_EXTERNAL_SEMAPHORE_FEATURE_EXPORTABLE_BIT |
					       VK_EXTERNAL_SEMAPHORE_FEATURE_IMPORTABLE_BIT;
	VkPhysicalDeviceExternalSemaphoreInfo info = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_SEMAPHORE_INFO,
		.handleType = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT,
	};
	VkExternalSemaphoreProperties properties = {
		.sType = VK_STRUCTURE_TYPE_EXTERNAL_SEMAPHORE_PROPERTIES,
	};

	vkGetPhysicalDeviceExternalSemaphoreProperties(physical, &info, &properties);
	return (properties.externalSemaphoreFeatures & both) == both;
}

/* What this device has; the error names what it would need. */
static int look_at_extensions(struct vks_gpu *gpu, VkPhysicalDevice physical)
{
	VkExtensionProperties *all;
	uint32_t count = 0;
	int err;

	err = vks_check(gpu, "vkEnumerateDeviceExtensionProperties",
			vkEnumerateDeviceExtensionProperties(physical, NULL, &count, NULL));
	if (err)
		return err;
	all = calloc(count ? count : 1, sizeof(*all));
	if (!all)
		return vks_fail(gpu, -ENOMEM, "no memory for %u extensions", count);

	err = vks_check(gpu, "vkEnumerateDeviceExtensionProperties",
			vkEnumerateDeviceExtensionProperties(physical, NULL, &count, all));
	for (size_t i = 0; !err && i < REQUIRED; i++)
		if (!has_extension(all, count, required[i]))
			err = vks_fail(gpu, -ENOTSUP, "%s lacks %s", gpu->properties.deviceName,
				       required[i]);
	for (size_t i = 0; !err && i < VKS_EXTENSIONS; i++)
		gpu->has[i] = has_extension(all, count, optional[i]);
	free(all);
	return err;
}

/* A queue family that can draw and compute. */
static int find_family(struct vks_gpu *gpu)
{
	const VkQueueFlags both = VK_QUEUE_GRAPHICS_BIT | VK_QUEUE_COMPUTE_BIT;
	VkQueueFamilyProperties families[MAX_FAMILIES];
	uint32_t count = MAX_FAMILIES;

	vkGetPhysicalDeviceQueueFamilyProperties(gpu->physical, &count, families);
	for (uint32_t i = 0; i < count; i++) {
		if ((families[i].queueFlags & both) == both) {
			gpu->family = i;
			return 0;
		}
	}
	return vks_fail(gpu, -ENOTSUP, "%s has no queue that draws and computes",
			gpu->properties.deviceName);
}

/* Whether this device will do. */
static int consider(struct vks_gpu *gpu, VkPhysicalDevice physical)
{
	int err;

	gpu->physical = physical;
	vkGetPhysicalDeviceProperties(physical, &gpu->properties);
	if (gpu->properties.apiVersion < API_VERSION)
		return vks_fail(gpu, -ENOTSUP, "%s lacks Vulkan 1.3", gpu->properties.deviceName);

	err = look_at_extensions(gpu, physical);
	if (err)
		return err;
	gpu->has[VKS_SYNC_FILES] = gpu->has[VKS_SYNC_FILES] && has_sync_files(physical);
	return find_family(gpu);
}

static bool is_wanted(VkPhysicalDevice physical, uint32_t index, const char *wanted)
{
	VkPhysicalDeviceProperties properties;
	char *end;
	unsigned long number = strtoul(wanted, &end, 10);

	if (end != wanted && !*end)
		return number == index;
	vkGetPhysicalDeviceProperties(physical, &properties);
	return strstr(properties.deviceName, wanted);
}

static int choose(struct vks_gpu *gpu, const char *wanted)
{
	VkPhysicalDevice devices[MAX_DEVICES];
	uint32_t count = MAX_DEVICES;
	int err;

	err = find_devices(gpu, devices, &count);
	if (err)
		return err;

	err = -ENODEV;
	for (uint32_t i = 0; i < count; i++) {
		if (wanted && !is_wanted(devices[i], i, wanted))
			continue;
		err = consider(gpu, devices[i]);
		if (!err || wanted)
			return err;
	}
	return wanted ? vks_fail(gpu, err, "no device %s among %u", wanted, count) : err;
}

static int create_device(struct vks_gpu *gpu)
{
	VkPhysicalDeviceVulkan13Features features = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES,
		.synchronization2 = VK_TRUE,
		.dynamicRendering = VK_TRUE,
	};
	const char *names[REQUIRED + VKS_EXTENSIONS];
	const float priority = 1;
	VkDeviceQueueCreateInfo queue = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
		.queueFamilyIndex = gpu->family,
		.queueCount = 1,
		.pQueuePriorities = &priority,
	};
	VkDeviceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
		.pNext = &features,
		.queueCreateInfoCount = 1,
		.pQueueCreateInfos = &queue,
		.ppEnabledExtensionNames = names,
	};

	for (size_t i = 0; i < REQUIRED; i++)
		names[info.enabledExtensionCount++] = required[i];
	for (size_t i = 0; i < VKS_EXTENSIONS; i++)
		if (gpu->has[i])
			names[info.enabledExtensionCount++] = optional[i];

	return vks_check(gpu, "vkCreateDevice",
			 vkCreateDevice(gpu->physical, &info, NULL, &gpu->device));
}

#define DEVICE_FUNCTION(gpu, name) ((PFN_##name)vkGetDeviceProcAddr((gpu)->device, #name))

static void find_functions(struct vks_gpu *gpu)
{
	gpu->get_memory_fd_properties = DEVICE_FUNCTION(gpu, vkGetMemoryFdPropertiesKHR);
	gpu->get_memory_fd = DEVICE_FUNCTION(gpu, vkGetMemoryFdKHR);
	gpu->import_semaphore_fd = DEVICE_FUNCTION(gpu, vkImportSemaphoreFdKHR);
	gpu->get_semaphore_fd = DEVICE_FUNCTION(gpu, vkGetSemaphoreFdKHR);
}

int vks_device_open(struct vks_gpu *gpu, const char *wanted)
{
	VkCommandPoolCreateInfo pool = { .sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO };
	int err;

	err = choose(gpu, wanted);
	if (err)
		return err;
	err = create_device(gpu);
	if (err)
		return err;

	find_functions(gpu);
	vkGetDeviceQueue(gpu->device, gpu->family, 0, &gpu->queue);
	pool.queueFamilyIndex = gpu->family;
	return vks_check(gpu, "vkCreateCommandPool",
			 vkCreateCommandPool(gpu->device, &pool, NULL, &gpu->pool));
}

void vks_gpu_close(struct vks_gpu *gpu)
{
	if (gpu->device) {
		vkDestroyCommandPool(gpu->device, gpu->pool, NULL);
		vkDestroyDevice(gpu->device, NULL);
	}
	if (gpu->messenger)
		((PFN_vkDestroyDebugUtilsMessengerEXT)vkGetInstanceProcAddr(
			gpu->instance, "vkDestroyDebugUtilsMessengerEXT"))(gpu->instance,
									   gpu->messenger, NULL);
	vkDestroyInstance(gpu->instance, NULL);
	gpu->pool = VK_NULL_HANDLE;
	gpu->device = VK_NULL_HANDLE;
	gpu->messenger = VK_NULL_HANDLE;
	gpu->instance = VK_NULL_HANDLE;
}

int vks_require(struct vks_gpu *gpu, enum vks_extension extension)
{
	if (gpu->has[extension])
		return 0;
	return vks_fail(gpu, -ENOTSUP, "%s lacks %s", gpu->properties.deviceName,
			optional[extension]);
}

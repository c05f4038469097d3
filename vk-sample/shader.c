// SPDX-License-Identifier: MIT
#include "vks.h"

int vks_shader_create(struct vks_gpu *gpu, const uint32_t *code, size_t size,
		      VkShaderModule *shader)
{
	VkShaderModuleCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
		.codeSize = size,
		.pCode = code,
	};

	return vks_check(gpu, "vkCreateShaderModule",
			 vkCreateShaderModule(gpu->device, &info, NULL, shader));
}

int vks_pipeline_layout_create(struct vks_gpu *gpu, VkShaderStageFlags stage, uint32_t size,
			       VkDescriptorSetLayout set, VkPipelineLayout *layout)
{
	VkPushConstantRange constants = { .stageFlags = stage, .size = size };
	VkPipelineLayoutCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
		.setLayoutCount = set ? 1 : 0,
		.pSetLayouts = &set,
		.pushConstantRangeCount = 1,
		.pPushConstantRanges = &constants,
	};

	return vks_check(gpu, "vkCreatePipelineLayout",
			 vkCreatePipelineLayout(gpu->device, &info, NULL, layout));
}

// SPDX-License-Identifier: MIT
#include "vks.h"

#define WORD	   sizeof(uint64_t)
#define GROUP	   256 /* shaders/invert.comp: words a workgroup */
#define GROUPS_MAX 65535 /* what every device can do in one dimension */

static const uint32_t invert_comp[] = {
#include "invert.comp.h"
};

static int create_set_layout(struct vks_gpu *gpu, struct vks_inverter *inverter)
{
	VkDescriptorSetLayoutBinding binding = {
		.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
		.descriptorCount = 1,
		.stageFlags = VK_SHADER_STAGE_COMPUTE_BIT,
	};
	VkDescriptorSetLayoutCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
		.bindingCount = 1,
		.pBindings = &binding,
	};

	return vks_check(
		gpu, "vkCreateDescriptorSetLayout",
		vkCreateDescriptorSetLayout(gpu->device, &info, NULL, &inverter->set_layout));
}

static int create_set(struct vks_gpu *gpu, struct vks_inverter *inverter)
{
	VkDescriptorPoolSize size = { VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1 };
	VkDescriptorPoolCreateInfo pool = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
		.maxSets = 1,
		.poolSizeCount = 1,
		.pPoolSizes = &size,
	};
	VkDescriptorSetAllocateInfo set = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
		.descriptorSetCount = 1,
		.pSetLayouts = &inverter->set_layout,
	};
	int err;

	err = vks_check(gpu, "vkCreateDescriptorPool",
			vkCreateDescriptorPool(gpu->device, &pool, NULL, &inverter->pool));
	if (err)
		return err;
	set.descriptorPool = inverter->pool;
	return vks_check(gpu, "vkAllocateDescriptorSets",
			 vkAllocateDescriptorSets(gpu->device, &set, &inverter->set));
}

static int create_pipeline(struct vks_gpu *gpu, struct vks_inverter *inverter)
{
	VkComputePipelineCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
		.stage = {
			.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
			.stage = VK_SHADER_STAGE_COMPUTE_BIT,
			.pName = "main",
		},
		.layout = inverter->layout,
	};
	int err;

	err = vks_shader_create(gpu, invert_comp, sizeof(invert_comp), &info.stage.module);
	if (err)
		return err;
	err = vks_check(gpu, "vkCreateComputePipelines",
			vkCreateComputePipelines(gpu->device, VK_NULL_HANDLE, 1, &info, NULL,
						 &inverter->pipeline));
	vkDestroyShaderModule(gpu->device, info.stage.module, NULL);
	return err;
}

int vks_inverter_create(struct vks_gpu *gpu, struct vks_inverter *inverter)
{
	int err;

	*inverter = (struct vks_inverter){};
	err = create_set_layout(gpu, inverter);
	if (!err)
		err = vks_pipeline_layout_create(gpu, VK_SHADER_STAGE_COMPUTE_BIT, sizeof(uint32_t),
						 inverter->set_layout, &inverter->layout);
	if (!err)
		err = create_pipeline(gpu, inverter);
	if (!err)
		err = create_set(gpu, inverter);
	if (err)
		vks_inverter_destroy(gpu, inverter);
	return err;
}

void vks_inverter_destroy(struct vks_gpu *gpu, struct vks_inverter *inverter)
{
	vkDestroyDescriptorPool(gpu->device, inverter->pool, NULL);
	vkDestroyPipeline(gpu->device, inverter->pipeline, NULL);
	vkDestroyPipelineLayout(gpu->device, inverter->layout, NULL);
	vkDestroyDescriptorSetLayout(gpu->device, inverter->set_layout, NULL);
	*inverter = (struct vks_inverter){};
}

static void point_at(struct vks_gpu *gpu, struct vks_inverter *inverter, struct vks_buffer *buffer)
{
	VkDescriptorBufferInfo range = { .buffer = buffer->handle, .range = VK_WHOLE_SIZE };
	VkWriteDescriptorSet write = {
		.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
		.dstSet = inverter->set,
		.descriptorCount = 1,
		.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
		.pBufferInfo = &range,
	};

	vkUpdateDescriptorSets(gpu->device, 1, &write, 0, NULL);
}

void vks_invert(struct vks_gpu *gpu, struct vks_inverter *inverter, struct vks_work *work,
		struct vks_buffer *buffer)
{
	uint32_t words = buffer->size / WORD;
	uint32_t groups = (words + GROUP - 1) / GROUP;
	uint32_t rows = (groups + GROUPS_MAX - 1) / GROUPS_MAX;

	point_at(gpu, inverter, buffer);
	vks_acquire_buffer(gpu, work, buffer);
	vkCmdBindPipeline(work->commands, VK_PIPELINE_BIND_POINT_COMPUTE, inverter->pipeline);
	vkCmdBindDescriptorSets(work->commands, VK_PIPELINE_BIND_POINT_COMPUTE, inverter->layout, 0,
				1, &inverter->set, 0, NULL);
	vkCmdPushConstants(work->commands, inverter->layout, VK_SHADER_STAGE_COMPUTE_BIT, 0,
			   sizeof(words), &words);
	vkCmdDispatch(work->commands, (groups + rows - 1) / rows, rows, 1);
	vks_release_buffer(gpu, work, buffer);
}

int vks_invert_now(struct vks_gpu *gpu, struct vks_inverter *inverter, struct vks_buffer *buffer,
		   int dmabuf)
{
	struct vks_work work;
	int err;

	err = vks_work_begin(gpu, &work);
	if (!err) {
		vks_invert(gpu, inverter, &work, buffer);
		err = vks_work_run(gpu, &work, dmabuf);
	}
	vks_work_end(gpu, &work);
	return err;
}

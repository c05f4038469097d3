// SPDX-License-Identifier: MIT
#include "vks.h"

/* shaders/picture.frag: the picture's width and height */
struct constants {
	int32_t size[2];
};

static const uint32_t picture_vert[] = {
#include "picture.vert.h"
};

static const uint32_t picture_frag[] = {
#include "picture.frag.h"
};

static int create_pipeline(struct vks_gpu *gpu, struct vks_painter *painter, VkShaderModule vert,
			   VkShaderModule frag)
{
	VkPipelineShaderStageCreateInfo stages[] = {
		{
			.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
			.stage = VK_SHADER_STAGE_VERTEX_BIT,
			.module = vert,
			.pName = "main",
		},
		{
			.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
			.stage = VK_SHADER_STAGE_FRAGMENT_BIT,
			.module = frag,
			.pName = "main",
		},
	};
	VkPipelineVertexInputStateCreateInfo no_vertices = {
		.sType = VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO,
	};
	VkPipelineInputAssemblyStateCreateInfo triangles = {
		.sType = VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO,
		.topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST,
	};
	VkPipelineViewportStateCreateInfo one_viewport = {
		.sType = VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO,
		.viewportCount = 1,
		.scissorCount = 1,
	};
	VkPipelineRasterizationStateCreateInfo filled = {
		.sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO,
		.lineWidth = 1,
	};
	VkPipelineMultisampleStateCreateInfo one_sample = {
		.sType = VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO,
		.rasterizationSamples = VK_SAMPLE_COUNT_1_BIT,
	};
	VkPipelineColorBlendAttachmentState all_channels = {
		.colorWriteMask = VK_COLOR_COMPONENT_R_BIT | VK_COLOR_COMPONENT_G_BIT |
				  VK_COLOR_COMPONENT_B_BIT | VK_COLOR_COMPONENT_A_BIT,
	};
	VkPipelineColorBlendStateCreateInfo no_blending = {
		.sType = VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO,
		.attachmentCount = 1,
		.pAttachments = &all_channels,
	};
	VkDynamicState sizes[] = { VK_DYNAMIC_STATE_VIEWPORT, VK_DYNAMIC_STATE_SCISSOR };
	VkPipelineDynamicStateCreateInfo any_size = {
		.sType = VK_STRUCTURE_TYPE_PIPELINE_DYNAMIC_STATE_CREATE_INFO,
		.dynamicStateCount = 2,
		.pDynamicStates = sizes,
	};
	VkFormat format = VK_FORMAT_B8G8R8A8_UNORM;
	VkPipelineRenderingCreateInfo target = {
		.sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO,
		.colorAttachmentCount = 1,
		.pColorAttachmentFormats = &format,
	};
	VkGraphicsPipelineCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO,
		.pNext = &target,
		.stageCount = 2,
		.pStages = stages,
		.pVertexInputState = &no_vertices,
		.pInputAssemblyState = &triangles,
		.pViewportState = &one_viewport,
		.pRasterizationState = &filled,
		.pMultisampleState = &one_sample,
		.pColorBlendState = &no_blending,
		.pDynamicState = &any_size,
		.layout = painter->layout,
	};

	return vks_check(gpu, "vkCreateGraphicsPipelines",
			 vkCreateGraphicsPipelines(gpu->device, VK_NULL_HANDLE, 1, &info, NULL,
						   &painter->pipeline));
}

static int create_shaders(struct vks_gpu *gpu, struct vks_painter *painter)
{
	VkShaderModule vert = VK_NULL_HANDLE, frag = VK_NULL_HANDLE;
	int err;

	err = vks_shader_create(gpu, picture_vert, sizeof(picture_vert), &vert);
	if (!err)
		err = vks_shader_create(gpu, picture_frag, sizeof(picture_frag), &frag);
	if (!err)
		err = create_pipeline(gpu, painter, vert, frag);
	vkDestroyShaderModule(gpu->device, vert, NULL);
	vkDestroyShaderModule(gpu->device, frag, NULL);
	return err;
}

int vks_painter_create(struct vks_gpu *gpu, struct vks_painter *painter)
{
	int err;

	*painter = (struct vks_painter){};
	err = vks_pipeline_layout_create(gpu, VK_SHADER_STAGE_FRAGMENT_BIT,
					 sizeof(struct constants), VK_NULL_HANDLE,
					 &painter->layout);
	if (!err)
		err = create_shaders(gpu, painter);
	if (err)
		vks_painter_destroy(gpu, painter);
	return err;
}

void vks_painter_destroy(struct vks_gpu *gpu, struct vks_painter *painter)
{
	vkDestroyPipeline(gpu->device, painter->pipeline, NULL);
	vkDestroyPipelineLayout(gpu->device, painter->layout, NULL);
	*painter = (struct vks_painter){};
}

static void paint(struct vks_painter *painter, VkCommandBuffer commands, struct vks_image *image)
{
	VkExtent2D size = { image->layout.width, image->layout.height };
	VkRect2D all = { .extent = size };
	VkViewport viewport = { .width = size.width, .height = size.height, .maxDepth = 1 };
	struct constants constants = { { size.width, size.height } };
	VkRenderingAttachmentInfo target = {
		.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO,
		.imageView = image->view,
		.imageLayout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL,
		.loadOp = VK_ATTACHMENT_LOAD_OP_DONT_CARE,
		.storeOp = VK_ATTACHMENT_STORE_OP_STORE,
	};
	VkRenderingInfo rendering = {
		.sType = VK_STRUCTURE_TYPE_RENDERING_INFO,
		.renderArea = all,
		.layerCount = 1,
		.colorAttachmentCount = 1,
		.pColorAttachments = &target,
	};

	vkCmdBeginRendering(commands, &rendering);
	vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, painter->pipeline);
	vkCmdSetViewport(commands, 0, 1, &viewport);
	vkCmdSetScissor(commands, 0, 1, &all);
	vkCmdPushConstants(commands, painter->layout, VK_SHADER_STAGE_FRAGMENT_BIT, 0,
			   sizeof(constants), &constants);
	vkCmdDraw(commands, 3, 1, 0, 0);
	vkCmdEndRendering(commands);
}

int vks_paint_now(struct vks_gpu *gpu, struct vks_painter *painter, struct vks_image *image,
		  int dmabuf)
{
	struct vks_work work;
	int err;

	err = vks_work_begin(gpu, &work);
	if (!err) {
		vks_acquire_image(gpu, &work, image);
		paint(painter, work.commands, image);
		vks_release_image(gpu, &work, image);
		err = vks_work_run(gpu, &work, dmabuf);
	}
	vks_work_end(gpu, &work);
	return err;
}

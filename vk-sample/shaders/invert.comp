// SPDX-License-Identifier: MIT
// Turns over every bit of the buffer: each word has to be read to be right afterwards.
#version 460

layout(local_size_x = 256) in;

layout(set = 0, binding = 0, std430) buffer Buffer {
	uvec2 words[];
};

layout(push_constant) uniform Constants {
	uint count;
};

void main()
{
	uint row = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
	uint i = gl_GlobalInvocationID.y * row + gl_GlobalInvocationID.x;

	if (i < count)
		words[i] = ~words[i];
}

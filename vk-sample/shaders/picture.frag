// SPDX-License-Identifier: MIT
// The Mandelbrot set, in integers: every implementation has to give the same pixels. The same in C:
// check.c.
#version 460

layout(push_constant) uniform Constants {
	ivec2 size;
};

layout(location = 0) out vec4 colour;

const int ONE = 4096;
const int STEPS = 64;

int steps(ivec2 c)
{
	ivec2 z = ivec2(0);
	ivec2 squares = ivec2(0);
	int n = 0;

	while (n < STEPS && squares.x + squares.y <= 4 * ONE) {
		z = ivec2(squares.x - squares.y, (z.x * z.y) >> 11) + c;
		squares = (z * z) >> 12;
		n++;
	}
	return n;
}

void main()
{
	ivec2 pixel = ivec2(gl_FragCoord.xy);
	ivec2 c = pixel * (5 * ONE / 2) / size.y - ivec2(11 * ONE / 4, 5 * ONE / 4);
	int n = steps(c);
	ivec3 rgb = n == STEPS ? ivec3(12, 16, 32) :
		min(ivec3(n * n / 4, 16 + n * 6, 64 + n * 12), ivec3(255));

	colour = vec4(vec3(rgb) / 255.0, 1.0);
}

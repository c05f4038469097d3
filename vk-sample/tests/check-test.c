// SPDX-License-Identifier: MIT
/* The comparisons find one wrong word, and one wrong pixel. */
#include <stdlib.h>

#include "tap.h"
#include "vks.h"

#define SIZE   (3 * 4096 + 64)
#define OFFSET 8192
#define WORDS  (SIZE / sizeof(uint64_t))
#define WIDTH  64
#define HEIGHT 40
#define PITCH  (WIDTH * VKS_PIXEL + 32)
#define START  128

static const struct ccp_pattern pattern = { .id = 5, .generation = 2 };

/* As the shader leaves it. */
static void fill_inverted(uint64_t *words)
{
	ccp_pattern_fill(&pattern, words, OFFSET, SIZE);
	for (size_t i = 0; i < WORDS; i++)
		words[i] = ~words[i];
}

static void test_right_words(void)
{
	struct ccp_mismatch mismatch;
	static uint64_t words[WORDS];

	fill_inverted(words);
	check(vks_inverted_check(&pattern, words, OFFSET, SIZE, NULL, &mismatch));
}

static void test_wrong_words(void)
{
	static const size_t places[] = { 0, 511, 512, WORDS - 1 };
	const uint64_t poison[2] = { 0x5a5a, 0xa5a5 };
	static uint64_t words[WORDS];

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct ccp_mismatch mismatch;

		fill_inverted(words);
		words[places[i]] = poison[1];
		check(!vks_inverted_check(&pattern, words, OFFSET, SIZE, poison, &mismatch));
		check_eq(mismatch.wrong_words, 1);
		check_eq(mismatch.offset, OFFSET + places[i] * sizeof(uint64_t));
		check_eq(mismatch.origin, CCP_ORIGIN_POISON);
	}
}

/* A shader that never ran, in all pieces. */
static void test_untouched_words(void)
{
	struct ccp_mismatch mismatch;
	static uint64_t words[WORDS];

	ccp_pattern_fill(&pattern, words, OFFSET, SIZE);
	check(!vks_inverted_check(&pattern, words, OFFSET, SIZE, NULL, &mismatch));
	check_eq(mismatch.wrong_words, WORDS);
	check_eq(mismatch.offset, OFFSET);
}

static const struct vks_layout layout = { WIDTH, HEIGHT, START, PITCH };
static char memory[START + PITCH * HEIGHT] __attribute__((aligned(8)));

static uint32_t *pixel(uint32_t x, uint32_t y)
{
	return (uint32_t *)(memory + START + y * PITCH) + x;
}

static void paint(void)
{
	memset(memory, 0xee, sizeof(memory));
	for (uint32_t y = 0; y < HEIGHT; y++)
		for (uint32_t x = 0; x < WIDTH; x++)
			*pixel(x, y) = vks_picture_pixel(x, y, WIDTH, HEIGHT) | 0xff000000;
}

static void test_picture(void)
{
	struct vks_wrong_pixels wrong;

	paint();
	check(vks_picture_check(&layout, memory, &wrong));
	*pixel(0, 0) ^= 1;
	*pixel(WIDTH - 1, HEIGHT - 1) ^= 0x10000;
	check(!vks_picture_check(&layout, memory, &wrong));
	check_eq(wrong.count, 2);
	check_eq(wrong.x, 0);
	check_eq(wrong.y, 0);
	check_eq(wrong.found, wrong.expected ^ 1);
}

/* No clear colour, and no gradient, would pass for it. */
static void test_picture_has_a_shape(void)
{
	unsigned int inside = 0, changes = 0;

	for (uint32_t y = 0; y < 400; y++) {
		for (uint32_t x = 0; x < 640; x++) {
			uint32_t here = vks_picture_pixel(x, y, 640, 400);

			inside += here == 0x0c1020;
			changes += here != vks_picture_pixel(x + 1, y, 640, 400);
		}
	}
	check(inside > 20000 && inside < 60000);
	check(changes > 10000);
}

static void test_capture(void)
{
	static uint8_t rgb[WIDTH * HEIGHT * 3];
	struct ccp_capture capture = { WIDTH, HEIGHT, rgb };
	struct vks_wrong_pixels wrong;

	for (uint32_t i = 0; i < WIDTH * HEIGHT; i++) {
		uint32_t colour = vks_picture_pixel(i % WIDTH, i / WIDTH, WIDTH, HEIGHT);

		rgb[i * 3] = colour >> 16;
		rgb[i * 3 + 1] = colour >> 8;
		rgb[i * 3 + 2] = colour;
	}
	check(vks_capture_check(&layout, &capture, &wrong));
	rgb[(3 * WIDTH + 7) * 3 + 1] ^= 0x80;
	check(!vks_capture_check(&layout, &capture, &wrong));
	check_eq(wrong.count, 1);
	check_eq(wrong.x, 7);
	check_eq(wrong.y, 3);
	capture.height--;
	check(!vks_capture_check(&layout, &capture, &wrong));
	check_eq(wrong.count, WIDTH * HEIGHT);
}

static const struct tap_test tests[] = {
	{ "inverted words are right", test_right_words },
	{ "a wrong word is found", test_wrong_words },
	{ "untouched words are wrong", test_untouched_words },
	{ "a wrong pixel is found", test_picture },
	{ "the picture has a shape", test_picture_has_a_shape },
	{ "a wrong pixel of a capture is found", test_capture },
};

TAP_MAIN(tests)

// SPDX-License-Identifier: MIT
#include "vks.h"

#define PIECE 4096
#define WORD  sizeof(uint64_t)
#define RGB   0xffffffu

/* shaders/picture.frag */
#define ONE   4096
#define STEPS 64

/* What the words were before the shader, of one piece of a buffer. */
static void invert_piece(uint64_t *words, const volatile uint64_t *src, size_t size)
{
	for (size_t i = 0; i < size / WORD; i++)
		words[i] = ~src[i];
}

static void add_mismatch(struct ccp_mismatch *all, const struct ccp_mismatch *found)
{
	uint64_t wrong_words = all->wrong_words + found->wrong_words;

	if (!all->wrong_words)
		*all = *found;
	all->wrong_words = wrong_words;
}

bool vks_inverted_check(const struct ccp_pattern *pattern, const void *src, uint64_t offset,
			size_t size, const uint64_t poison[2], struct ccp_mismatch *mismatch)
{
	const uint64_t inverted[2] = { poison ? ~poison[0] : 0, poison ? ~poison[1] : 0 };
	struct ccp_mismatch all = {}, found;
	uint64_t words[PIECE / WORD];

	for (size_t done = 0; done < size; done += PIECE) {
		size_t piece = size - done < PIECE ? size - done : PIECE;

		invert_piece(words, (const volatile uint64_t *)((const char *)src + done), piece);
		if (!ccp_pattern_check(pattern, words, offset + done, piece,
				       poison ? inverted : NULL, &found))
			add_mismatch(&all, &found);
	}
	if (!all.wrong_words)
		return true;
	*mismatch = all;
	return false;
}

static int steps(int32_t cx, int32_t cy)
{
	int32_t x = 0, y = 0, xx = 0, yy = 0;
	int n = 0;

	while (n < STEPS && xx + yy <= 4 * ONE) {
		y = ((x * y) >> 11) + cy;
		x = xx - yy + cx;
		xx = (x * x) >> 12;
		yy = (y * y) >> 12;
		n++;
	}
	return n;
}

static uint32_t at_most_255(int value)
{
	return value < 255 ? value : 255;
}

uint32_t vks_picture_pixel(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	int scale = 5 * ONE / 2, size = height;
	int n = steps((int)x * scale / size - 11 * ONE / 4, (int)y * scale / size - 5 * ONE / 4);

	if (n == STEPS)
		return 12 << 16 | 16 << 8 | 32;
	return at_most_255(n * n / 4) << 16 | at_most_255(16 + n * 6) << 8 |
	       at_most_255(64 + n * 12);
}

static void check_pixel(struct vks_wrong_pixels *wrong, const struct vks_layout *layout, uint32_t x,
			uint32_t y, uint32_t found)
{
	uint32_t expected = vks_picture_pixel(x, y, layout->width, layout->height);

	if (found == expected)
		return;
	if (!wrong->count++) {
		wrong->x = x;
		wrong->y = y;
		wrong->expected = expected;
		wrong->found = found;
	}
}

bool vks_picture_check(const struct vks_layout *layout, const void *map,
		       struct vks_wrong_pixels *wrong)
{
	const char *start = (const char *)map + layout->offset;

	*wrong = (struct vks_wrong_pixels){};
	for (uint32_t y = 0; y < layout->height; y++) {
		const volatile uint32_t *row = (const void *)(start + y * layout->pitch);

		for (uint32_t x = 0; x < layout->width; x++)
			check_pixel(wrong, layout, x, y, row[x] & RGB);
	}
	return !wrong->count;
}

bool vks_capture_check(const struct vks_layout *layout, const struct ccp_capture *capture,
		       struct vks_wrong_pixels *wrong)
{
	*wrong = (struct vks_wrong_pixels){};
	if (capture->width != layout->width || capture->height != layout->height) {
		wrong->count = (uint64_t)layout->width * layout->height;
		return false;
	}
	for (uint32_t y = 0; y < layout->height; y++)
		for (uint32_t x = 0; x < layout->width; x++)
			check_pixel(wrong, layout, x, y, ccp_capture_pixel(capture, x, y));
	return !wrong->count;
}

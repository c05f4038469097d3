// SPDX-License-Identifier: MIT
#include "igt.h"

#include "screen.h"
#include "sizes.h"

#define MAX_WIDTH 4096

void cc_require_screen(int drm, uint32_t *width, uint32_t *height)
{
	int err = ccp_scanout_size(drm, width, height);

	igt_require_f(err != -ENODEV, "no connected screen\n");
	igt_assert_eq(err, 0);
	igt_require_f(*width % 2 == 0 && *width <= MAX_WIDTH, "a screen %u pixels wide\n", *width);
}

struct ccp_scanout cc_show(int drm, uint32_t handle, uint32_t stride, uint32_t offset)
{
	struct ccp_scanout scanout;
	int err = ccp_scanout_create(&scanout, drm, handle, stride, offset);

	igt_assert_f(!err, "scanout: %s\n", strerror(-err));
	igt_assert_eq(ccp_scanout_flush(&scanout), 0);
	return scanout;
}

struct ccp_capture cc_capture_screen(const char *name)
{
	return cc_capture_display(name, NULL);
}

struct ccp_capture cc_capture_display(const char *name, const char *display)
{
	struct ccp_capture capture;
	int err = ccp_capture_take_display(name, display, &capture);

	igt_require_f(!display || err != -EIO,
		      "QEMU has no display with the id %s (ccprime: --device ...,id=%s)\n", display,
		      display);
	igt_require_f(err != -ENODEV, "nobody here who could capture the screen\n");
	igt_assert_f(!err, "capture: %s\n", strerror(-err));
	return capture;
}

static void row_words(const struct ccp_capture *capture, const struct ccp_pattern *pattern,
		      uint32_t y, uint64_t offset, uint64_t *words)
{
	for (uint32_t x = 0; x < capture->width; x += 2)
		words[x / 2] = ccp_capture_word(capture, x, y,
						ccp_pattern_word(pattern, offset + x * PIXEL));
}

/* The words that fill what nobody has written, as ccp_capture_word() would have them. */
static const uint64_t *captured_poison(struct ccp_hostview *view, const struct ccp_pattern *pattern,
				       uint64_t poison[2])
{
	uint64_t unused = ccp_pattern_word(pattern, 0) & CCP_CAPTURE_UNUSED;

	if (!view)
		return NULL;

	for (unsigned int plane = 0; plane < 2; plane++)
		poison[plane] =
			(ccp_hostview_info(view)->poison[plane] & ~CCP_CAPTURE_UNUSED) | unused;
	return poison;
}

void cc_assert_shown(struct ccp_hostview *view, const struct ccp_scanout *scanout,
		     const struct ccp_pattern *pattern, uint64_t offset, const char *name)
{
	cc_assert_shown_on(view, scanout, pattern, offset, name, NULL);
}

void cc_assert_shown_on(struct ccp_hostview *view, const struct ccp_scanout *scanout,
			const struct ccp_pattern *pattern, uint64_t offset, const char *name,
			const char *display)
{
	static uint64_t words[MAX_WIDTH * PIXEL / WORD];
	struct ccp_capture capture = cc_capture_display(name, display);
	struct ccp_mismatch all = {}, found;
	uint64_t poison_words[2];
	const uint64_t *poison = captured_poison(view, pattern, poison_words);

	igt_assert(scanout->width <= MAX_WIDTH);
	igt_assert_eq_u32(capture.width, scanout->width);
	igt_assert_eq_u32(capture.height, scanout->height);

	for (uint32_t y = 0; y < capture.height; y++) {
		uint64_t row = offset + (uint64_t)y * scanout->stride;

		row_words(&capture, pattern, y, row, words);
		if (!ccp_pattern_check(pattern, words, row, capture.width * PIXEL, poison, &found))
			cc_mismatch_add(&all, &found);
	}
	ccp_capture_free(&capture);

	cc_assert_no_mismatch(&all, "scanout, which shows the shared plane");
}

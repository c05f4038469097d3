// SPDX-License-Identifier: MIT
/* What drivers do not check. */
#include <errno.h>

#include "tap.h"
#include "vks.h"

#define ROW  (640 * VKS_PIXEL)
#define SIZE (400 * ROW)

static struct vks_gpu gpu;

static void test_right_layouts(void)
{
	static const struct vks_layout layouts[] = {
		{ 640, 400, 0, ROW },	    { 640, 399, ROW, ROW }, { 640, 200, 0, 2 * ROW },
		{ 640, 200, ROW, 2 * ROW }, /* nothing need follow the last row */
		{ 1, 1, SIZE - 4, 4 },
	};

	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		check_eq(vks_layout_check(&gpu, &layouts[i], SIZE), 0);
}

static void test_wrong_layouts(void)
{
	static const struct {
		struct vks_layout layout;
		const char *said;
	} cases[] = {
		{ { 0, 400, 0, ROW }, "each side is 1 to" },
		{ { 640, 0, 0, ROW }, "each side is 1 to" },
		{ { 16385, 1, 0, 16385 * VKS_PIXEL }, "each side is 1 to" },
		{ { 640, 16385, 0, ROW }, "each side is 1 to" },
		{ { 640, 400, 0, ROW - 4 }, "a row of 640 pixels has 2560 bytes" },
		{ { 640, 400, 0, 0 }, "a row of 640 pixels has 2560 bytes" },
		{ { 640, 1, 0, ROW + 2 }, "not multiples of 4" },
		{ { 640, 1, 2, ROW }, "not multiples of 4" },
		{ { 640, 400, 4, ROW }, "behind the end" },
		{ { 640, 401, 0, ROW }, "behind the end" },
		{ { 640, 400, 0, ROW + 4 }, "behind the end" },
		{ { 640, 1, SIZE, ROW }, "behind the end" },
		{ { 640, 1, -(uint64_t)ROW, ROW }, "behind the end" },
		{ { 640, 400, 0, UINT64_MAX - 3 }, "behind the end" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check_eq(vks_layout_check(&gpu, &cases[i].layout, SIZE), -EINVAL);
		check(strstr(gpu.error, cases[i].said));
	}
}

static void test_ranges(void)
{
	check_eq(vks_range_check(&gpu, 0, 4096, 4096, 64), 0);
	check_eq(vks_range_check(&gpu, 4032, 64, 4096, 64), 0);
	check_eq(vks_range_check(&gpu, 0, 0, 4096, 64), -EINVAL);
	check_eq(vks_range_check(&gpu, 0, 12, 4096, 64), -EINVAL);
	check_eq(vks_range_check(&gpu, 4, 8, 4096, 1), -EINVAL);
	check_eq(vks_range_check(&gpu, 32, 8, 4096, 64), -EINVAL);
	check_eq(vks_range_check(&gpu, 0, 4104, 4096, 64), -EINVAL);
	check_eq(vks_range_check(&gpu, 64, 4096, 4096, 64), -EINVAL);
	check_eq(vks_range_check(&gpu, 4160, 8, 4096, 64), -EINVAL);
	check_eq(vks_range_check(&gpu, 64, UINT64_MAX - 7, 4096, 64), -EINVAL);
}

static const struct tap_test tests[] = {
	{ "layouts that fit", test_right_layouts },
	{ "layouts that do not", test_wrong_layouts },
	{ "ranges", test_ranges },
};

TAP_MAIN(tests)

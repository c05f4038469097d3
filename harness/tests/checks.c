// SPDX-License-Identifier: MIT
/* A subtest for each check that does not hold, and one in which all hold. */
#include "igt.h"

/* Neither compiler may warn of, or fold, what is compared. */
static volatile int one = 1, two = 2, minus = -1;

static const uint64_t big = UINT64_C(0x100000001);

int igt_main()
{
	/* Left over from before a subtest, so nothing that its checks should mention. */
	igt_fixture()
		errno = EIO;

	igt_subtest("all-hold") {
		igt_require(one);
		igt_require_f(one, "unused\n");
		igt_skip_on(!one);
		igt_skip_on_f(!one, "unused\n");
		igt_assert(one);
		igt_assert_f(one, "unused\n");
		igt_fail_on(!one);
		igt_fail_on_f(!one, "unused\n");
		igt_assert_fd(0);
		igt_assert_eq(one, 1);
		igt_assert_eq_u32(one, 1);
		igt_assert_eq_s64(minus, -1);
		igt_assert_eq_u64(big, big);
		igt_assert_neq(one, two);
		igt_assert_neq_u32(one, two);
		igt_assert_neq_u64(big, one);
		igt_assert_lt(minus, one);
		igt_assert_lt_u32(one, minus);
		igt_assert_lt_s64(minus, one);
		igt_assert_lt_u64(one, big);
		igt_assert_lte(one, one);
		igt_assert_lte_u32(one, one);
		igt_assert_lte_s64(minus, one);
		igt_assert_lte_u64(big, big);
		igt_abort_on_f(!one, "unused\n");
	}

	igt_subtest("require")
		igt_require(one == two);
	igt_subtest("require-f")
		igt_require_f(one == two, "reason %d\n", 7);
	igt_subtest("skip-on")
		igt_skip_on(one == 1);
	igt_subtest("skip-on-f")
		igt_skip_on_f(one == 1, "reason %d\n", 7);
	igt_subtest("require-errno") {
		errno = ENOENT;
		igt_require(one == two);
	}

	igt_subtest("assert")
		igt_assert(one == two);
	igt_subtest("assert-f")
		igt_assert_f(one == two, "reason %d\n", 7);
	igt_subtest("assert-errno") {
		errno = ENOENT;
		igt_assert(one == two);
	}
	igt_subtest("fail-on")
		igt_fail_on(one == 1);
	igt_subtest("fail-on-f")
		igt_fail_on_f(one == 1, "reason %d\n", 7);
	igt_subtest("assert-fd")
		igt_assert_fd(minus);
	igt_subtest("assert-eq")
		igt_assert_eq(one, two);
	igt_subtest("assert-eq-u32")
		igt_assert_eq_u32(one, two);
	igt_subtest("assert-eq-s64")
		igt_assert_eq_s64(one, minus);
	igt_subtest("assert-eq-u64")
		igt_assert_eq_u64(one, big);
	igt_subtest("assert-neq")
		igt_assert_neq(one, 1);
	igt_subtest("assert-neq-u32")
		igt_assert_neq_u32(one, 1);
	igt_subtest("assert-neq-u64")
		igt_assert_neq_u64(big, big);
	igt_subtest("assert-lt")
		igt_assert_lt(one, minus);
	igt_subtest("assert-lt-u32")
		igt_assert_lt_u32(two, one);
	igt_subtest("assert-lt-s64")
		igt_assert_lt_s64(one, minus);
	igt_subtest("assert-lt-u64")
		igt_assert_lt_u64(big, one);
	igt_subtest("assert-lte")
		igt_assert_lte(one, minus);
	igt_subtest("assert-lte-u32")
		igt_assert_lte_u32(two, one);
	igt_subtest("assert-lte-s64")
		igt_assert_lte_s64(one, minus);
	igt_subtest("assert-lte-u64")
		igt_assert_lte_u64(big, one);
}

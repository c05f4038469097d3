// SPDX-License-Identifier: MIT
#include <stdlib.h>

#include "ccprime.h"
#include "tap.h"

#define PAGES 4
#define SIZE  (PAGES * 4096)
#define WORDS (SIZE / 8)

static const struct ccp_pattern pattern = { .id = 0x123, .generation = 7 };
static const uint64_t poison[2] = { 0x5050505050505050, 0x5353535353535353 };

static void test_word_layout(void)
{
	check_eq(ccp_pattern_word(&pattern, 0), 0xcc12307000000000);
	check_eq(ccp_pattern_word(&pattern, 8), 0xcc12307000000001);
	check_eq(ccp_pattern_word(&pattern, 0x3010), 0xcc12307000000602);
}

static void test_word_limits(void)
{
	struct ccp_pattern max = { .id = 0xfff, .generation = 0xff };
	struct ccp_pattern min = { 0 };

	check_eq(ccp_pattern_word(&max, (1ull << 39) - 8), 0xccffffffffffffff);
	check_eq(ccp_pattern_word(&min, 0), 0xcc00000000000000);
	check_eq(ccp_pattern_word(&min, (1ull << 39) - 8), 0xcc00000fffffffff);
}

static void test_fill_stays_inside(void)
{
	uint64_t words[WORDS + 2] = { 0 };

	ccp_pattern_fill(&pattern, words + 1, 0, SIZE);
	check_eq(words[0], 0);
	check_eq(words[WORDS + 1], 0);
	for (size_t i = 0; i < WORDS; i++)
		check_eq(words[i + 1], ccp_pattern_word(&pattern, i * 8));
}

static void test_check_accepts_fill(void)
{
	struct ccp_mismatch mismatch = { .offset = 42 };
	uint64_t words[WORDS];

	ccp_pattern_fill(&pattern, words, 0x5008, SIZE);
	check(ccp_pattern_check(&pattern, words, 0x5008, SIZE, poison, &mismatch));
	check(ccp_pattern_check(&pattern, words, 0x5008, SIZE, NULL, &mismatch));
	check_eq(mismatch.offset, 42);
	check(!ccp_pattern_check(&pattern, words, 0x5000, SIZE, poison, &mismatch));
	check_eq(mismatch.wrong_words, WORDS);
}

/* One wrong word, and what is to be said about it. */
static const struct {
	size_t word; /* index in the buffer */
	uint64_t found;
	enum ccp_origin origin;
	const char *text;
} cases[] = {
	{ 0, 0, CCP_ORIGIN_ZERO,
	  "page 0 + 0x0: expected 0xcc12307000000000, found 0x0000000000000000 (zero); 1 word "
	  "wrong" },
	{ WORDS - 1, 0, CCP_ORIGIN_ZERO,
	  "page 3 + 0xff8: expected 0xcc123070000007ff, found 0x0000000000000000 (zero); 1 word "
	  "wrong" },
	{ 0x602, 0x5050505050505050, CCP_ORIGIN_POISON,
	  "page 3 + 0x10: expected 0xcc12307000000602, found 0x5050505050505050 (poison); 1 word "
	  "wrong" },
	{ 0x602, 0x5353535353535353, CCP_ORIGIN_POISON,
	  "page 3 + 0x10: expected 0xcc12307000000602, found 0x5353535353535353 (poison); 1 word "
	  "wrong" },
	{ 0x602, 0xcc12306000000602, CCP_ORIGIN_STALE,
	  "page 3 + 0x10: expected 0xcc12307000000602, found 0xcc12306000000602 "
	  "(stale: generation 6 of page 3 + 0x10); 1 word wrong" },
	{ 0x602, 0xcc12307000000402, CCP_ORIGIN_OTHER_PAGE,
	  "page 3 + 0x10: expected 0xcc12307000000602, found 0xcc12307000000402 "
	  "(other page: generation 7 of page 2 + 0x10); 1 word wrong" },
	{ 0x602, 0xcc12306000000603, CCP_ORIGIN_OTHER_PAGE,
	  "page 3 + 0x10: expected 0xcc12307000000602, found 0xcc12306000000603 "
	  "(other page: generation 6 of page 3 + 0x18); 1 word wrong" },
	{ 0x602, 0xccffffffffffffff, CCP_ORIGIN_OTHER_BUFFER,
	  "page 3 + 0x10: expected 0xcc12307000000602, found 0xccffffffffffffff "
	  "(other buffer: buffer 0xfff, generation 255 of page 134217727 + 0xff8); 1 word wrong" },
	{ 0x602, 0xcd12307000000602, CCP_ORIGIN_UNKNOWN,
	  "page 3 + 0x10: expected 0xcc12307000000602, found 0xcd12307000000602 (unknown); 1 word "
	  "wrong" },
	{ 0x602, 1, CCP_ORIGIN_UNKNOWN,
	  "page 3 + 0x10: expected 0xcc12307000000602, found 0x0000000000000001 (unknown); 1 word "
	  "wrong" },
};

static void test_origins(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ccp_mismatch mismatch = { 0 };
		char text[CCP_DESCRIBE_SIZE];
		uint64_t words[WORDS];

		ccp_pattern_fill(&pattern, words, 0, SIZE);
		words[cases[i].word] = cases[i].found;
		check(!ccp_pattern_check(&pattern, words, 0, SIZE, poison, &mismatch));
		check_eq(mismatch.offset, cases[i].word * 8);
		check_eq(mismatch.expected, ccp_pattern_word(&pattern, mismatch.offset));
		check_eq(mismatch.found, cases[i].found);
		check_eq(mismatch.wrong_words, 1);
		check_str(ccp_origin_name(mismatch.origin), ccp_origin_name(cases[i].origin));

		ccp_mismatch_describe(&mismatch, text, sizeof(text));
		check_str(text, cases[i].text);
	}
}

static void test_poison_needs_to_be_known(void)
{
	struct ccp_mismatch mismatch = { 0 };
	uint64_t word = poison[0];

	check(!ccp_pattern_check(&pattern, &word, 0, sizeof(word), NULL, &mismatch));
	check_eq(mismatch.origin, CCP_ORIGIN_UNKNOWN);
}

static void test_first_wrong_word_is_named(void)
{
	struct ccp_mismatch mismatch = { 0 };
	uint64_t words[WORDS];

	ccp_pattern_fill(&pattern, words, 0, SIZE);
	words[5] = 0;
	words[6] = 1;
	words[WORDS - 1] = poison[0];
	check(!ccp_pattern_check(&pattern, words, 0, SIZE, poison, &mismatch));
	check_eq(mismatch.offset, 40);
	check_eq(mismatch.origin, CCP_ORIGIN_ZERO);
	check_eq(mismatch.wrong_words, 3);
}

static void test_describe_is_bounded(void)
{
	struct ccp_mismatch mismatch = {
		.offset = (1ull << 39) - 8,
		.expected = 0xccffffffffffffff,
		.found = 0xccfff00fffffffff,
		.wrong_words = UINT64_MAX,
		.origin = CCP_ORIGIN_OTHER_BUFFER,
	};
	char text[CCP_DESCRIBE_SIZE], small[8] = "*******";

	ccp_mismatch_describe(&mismatch, text, sizeof(text));
	check(strstr(text, "18446744073709551615 words wrong"));
	check_eq(text[strlen(text) - 1], 'g');

	ccp_mismatch_describe(&mismatch, small, 5);
	check_str(small, "page");
	check_eq(small[5], '*');
}

static const struct tap_test tests[] = {
	{ "a word has the documented layout", test_word_layout },
	{ "the largest id, generation and offset fit", test_word_limits },
	{ "fill writes what word says and nothing around it", test_fill_stays_inside },
	{ "check accepts what fill wrote, at that offset only", test_check_accepts_fill },
	{ "each origin is told and described", test_origins },
	{ "poison is unknown unless it is given", test_poison_needs_to_be_known },
	{ "the first wrong word is named and all are counted", test_first_wrong_word_is_named },
	{ "a description fits its buffer", test_describe_is_bounded },
};

TAP_MAIN(tests)

// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <stdio.h>

#include "ccprime.h"

#define TAG	     0xccull
#define TAG_SHIFT    56
#define ID_SHIFT     44
#define ID_MASK	     0xfffull
#define GEN_SHIFT    36
#define GEN_MASK     0xffull
#define INDEX_MASK   0xfffffffffull
#define WORD_SIZE    sizeof(uint64_t)
#define PATTERN_PAGE 4096

/* A word, taken apart. */
struct place {
	bool ours;
	unsigned int id, generation;
	uint64_t page;
	unsigned int offset; /* in the page */
};

static struct place word_place(uint64_t word)
{
	uint64_t offset = (word & INDEX_MASK) * WORD_SIZE;

	return (struct place){
		.ours = word >> TAG_SHIFT == TAG,
		.id = word >> ID_SHIFT & ID_MASK,
		.generation = word >> GEN_SHIFT & GEN_MASK,
		.page = offset / PATTERN_PAGE,
		.offset = offset % PATTERN_PAGE,
	};
}

/* What all words of a buffer have in common: a loop over them has to add their index only. */
static uint64_t common_part(const struct ccp_pattern *pattern)
{
	return TAG << TAG_SHIFT | (pattern->id & ID_MASK) << ID_SHIFT |
	       (uint64_t)pattern->generation << GEN_SHIFT;
}

static uint64_t word_at(uint64_t common, uint64_t index)
{
	return common | (index & INDEX_MASK);
}

uint64_t ccp_pattern_word(const struct ccp_pattern *pattern, uint64_t offset)
{
	return word_at(common_part(pattern), offset / WORD_SIZE);
}

void ccp_pattern_fill(const struct ccp_pattern *pattern, void *dst, uint64_t offset, size_t size)
{
	uint64_t common = common_part(pattern), first = offset / WORD_SIZE;
	volatile uint64_t *words = dst;

	for (size_t i = 0; i < size / WORD_SIZE; i++)
		words[i] = word_at(common, first + i);
}

static enum ccp_origin word_origin(uint64_t expected, uint64_t found, const uint64_t poison[2])
{
	struct place want = word_place(expected), have = word_place(found);

	if (!found)
		return CCP_ORIGIN_ZERO;
	if (poison && (found == poison[CCP_HV_PRIVATE] || found == poison[CCP_HV_SHARED]))
		return CCP_ORIGIN_POISON;
	if (!have.ours)
		return CCP_ORIGIN_UNKNOWN;
	if (have.id != want.id)
		return CCP_ORIGIN_OTHER_BUFFER;
	if (have.page != want.page || have.offset != want.offset)
		return CCP_ORIGIN_OTHER_PAGE;
	return CCP_ORIGIN_STALE;
}

const char *ccp_origin_name(enum ccp_origin origin)
{
	static const char *const names[] = {
		[CCP_ORIGIN_ZERO] = "zero",
		[CCP_ORIGIN_POISON] = "poison",
		[CCP_ORIGIN_STALE] = "stale",
		[CCP_ORIGIN_OTHER_PAGE] = "other page",
		[CCP_ORIGIN_OTHER_BUFFER] = "other buffer",
		[CCP_ORIGIN_UNKNOWN] = "unknown",
	};

	return names[origin];
}

bool ccp_pattern_check(const struct ccp_pattern *pattern, const void *src, uint64_t offset,
		       size_t size, const uint64_t poison[2], struct ccp_mismatch *mismatch)
{
	uint64_t common = common_part(pattern), start = offset / WORD_SIZE;
	const volatile uint64_t *words = src;
	struct ccp_mismatch first = { 0 };

	for (size_t i = 0; i < size / WORD_SIZE; i++) {
		uint64_t expected = word_at(common, start + i);
		uint64_t found = words[i];

		if (found == expected || first.wrong_words++)
			continue;

		first.offset = offset + i * WORD_SIZE;
		first.expected = expected;
		first.found = found;
		first.origin = word_origin(expected, found, poison);
	}

	if (!first.wrong_words)
		return true;

	*mismatch = first;
	return false;
}

void ccp_mismatch_describe(const struct ccp_mismatch *mismatch, char *text, size_t size)
{
	struct place have = word_place(mismatch->found);
	char origin[96], id[24] = "";

	if (mismatch->origin == CCP_ORIGIN_OTHER_BUFFER)
		snprintf(id, sizeof(id), "buffer 0x%x, ", have.id);

	snprintf(origin, sizeof(origin), "%s", ccp_origin_name(mismatch->origin));
	if (have.ours && mismatch->origin != CCP_ORIGIN_POISON)
		snprintf(origin, sizeof(origin), "%s: %sgeneration %u of page %" PRIu64 " + 0x%x",
			 ccp_origin_name(mismatch->origin), id, have.generation, have.page,
			 have.offset);

	snprintf(text, size,
		 "page %" PRIu64 " + 0x%x: expected 0x%016" PRIx64 ", found 0x%016" PRIx64
		 " (%s); %" PRIu64 " word%s wrong",
		 mismatch->offset / PATTERN_PAGE, (unsigned int)(mismatch->offset % PATTERN_PAGE),
		 mismatch->expected, mismatch->found, origin, mismatch->wrong_words,
		 mismatch->wrong_words == 1 ? "" : "s");
}

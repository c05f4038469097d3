// SPDX-License-Identifier: GPL-2.0-only
/* What the host view answers, and what it refuses: a process of the guest may ask for anything. */
#include <errno.h>

#include "fake-machine.h"
#include "fake-stage2.h"
#include "fake-walk.h"
#include "hostview.h"
#include "tap.h"

#define SOURCE 0x200000ul
#define TARGET 0x300000ul
#define CANARY 0xa5

static struct stage2 stage2;
static struct planes planes;
static bool paging;

static int64_t call(uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	return hostview_answer(&(struct hostview_call){
		.number = number,
		.arg = { a, b, c, d },
		.space = { .planes = &planes, .paging = paging },
		.platform = "fake",
	});
}

static uint8_t *byte_of(uint64_t gpa, enum ccp_hv_plane plane)
{
	return planes_ptr(&planes, gpa, plane);
}

static uint8_t pattern(uint64_t gpa, enum ccp_hv_plane plane)
{
	return (uint8_t)(gpa * 7 + (gpa >> 8) + (gpa >> 12) * 31 + plane);
}

static void reset(void)
{
	fake_machine_reset();
	fake_stage2_init(&stage2);
	memset(&planes, 0, sizeof(planes));
	planes_init(&planes, &stage2, &(struct planes_config){ .ram = FAKE_RAM, .strict = true });
	paging = false;
	for (uint64_t gpa = SOURCE; gpa < SOURCE + 2 * CCP_HV_MAX_COPY; gpa++) {
		*byte_of(gpa, CCP_HV_PRIVATE) = pattern(gpa, CCP_HV_PRIVATE);
		*byte_of(gpa, CCP_HV_SHARED) = pattern(gpa, CCP_HV_SHARED);
	}
	memset(byte_of(TARGET, CCP_HV_PRIVATE), CANARY, 2 * CCP_HV_MAX_COPY);
}

static void map(unsigned int index, uint64_t gpa, enum ccp_hv_plane plane, bool writable)
{
	fake_page_table[index] = (struct fake_entry){
		.present = true,
		.leads_to = { .gpa = gpa, .plane = plane, .writable = writable },
	};
}

/* Page i is guest page SOURCE + (7 - i), shared where i is odd; page 8 is read only, 9 absent. */
static void page_in_reverse(void)
{
	paging = true;
	memset(fake_page_table, 0, sizeof(fake_page_table));
	for (uint64_t i = 0; i < 8; i++)
		map(i, SOURCE + (7 - i) * PAGE_SIZE, i % 2 ? CCP_HV_SHARED : CCP_HV_PRIVATE, true);
	map(8, TARGET, CCP_HV_PRIVATE, false);
	for (uint64_t i = 0; i < 4; i++)
		map(16 + i, TARGET + (3 - i) * PAGE_SIZE, CCP_HV_PRIVATE, true);
}

static void copy_gives_every_byte_of_either_plane(void)
{
	static const struct {
		uint64_t from, to, size;
	} cases[] = {
		{ SOURCE, TARGET, 1 },
		{ SOURCE, TARGET, CCP_HV_MAX_COPY },
		{ SOURCE + 4095, TARGET + 8, 2 },
		{ SOURCE + 100, TARGET + 4091, 3 * PAGE_SIZE },
		{ SOURCE + 5, TARGET + 1, CCP_HV_MAX_COPY },
		{ SOURCE, TARGET, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (int plane = CCP_HV_PRIVATE; plane <= CCP_HV_SHARED; plane++) {
			reset();
			check_eq(
				call(CCP_HV_COPY, plane, cases[i].from, cases[i].to, cases[i].size),
				0);
			for (uint64_t at = 0; at < cases[i].size; at++)
				check_eq(*byte_of(cases[i].to + at, CCP_HV_PRIVATE),
					 pattern(cases[i].from + at, plane));
			check_eq(*byte_of(cases[i].to + cases[i].size, CCP_HV_PRIVATE), CANARY);
			if (cases[i].to > TARGET)
				check_eq(*byte_of(cases[i].to - 1, CCP_HV_PRIVATE), CANARY);
		}
	}
}

static void copy_follows_the_page_table_page_by_page(void)
{
	for (int plane = CCP_HV_PRIVATE; plane <= CCP_HV_SHARED; plane++) {
		reset();
		page_in_reverse();
		check_eq(call(CCP_HV_COPY, plane, 10, 16 * PAGE_SIZE + 20, 3 * PAGE_SIZE), 0);
		for (uint64_t at = 0; at < 3 * PAGE_SIZE; at++) {
			uint64_t from = at + 10, to = at + 20;

			from = SOURCE + (7 - from / PAGE_SIZE) * PAGE_SIZE + from % PAGE_SIZE;
			to = TARGET + (3 - to / PAGE_SIZE) * PAGE_SIZE + to % PAGE_SIZE;
			check_eq(*byte_of(to, CCP_HV_PRIVATE), pattern(from, plane));
		}
	}
}

static void copy_refuses(void)
{
	static const struct {
		uint64_t plane, from, to, size;
		int error;
	} cases[] = {
		{ 2, SOURCE, TARGET, 1, -EINVAL },
		{ ~0ul, SOURCE, TARGET, 1, -EINVAL },
		{ CCP_HV_SHARED, SOURCE, TARGET, CCP_HV_MAX_COPY + 1, -EINVAL },
		{ CCP_HV_SHARED, SOURCE, TARGET, ~0ul, -EINVAL },
		{ CCP_HV_SHARED, FAKE_RAM, TARGET, 1, -EFAULT },
		{ CCP_HV_SHARED, FAKE_PRIVATE, TARGET, 1, -EFAULT },
		{ CCP_HV_SHARED, FAKE_HOLE, TARGET, 1, -EFAULT },
		{ CCP_HV_SHARED, ~0ul - 8, TARGET, PAGE_SIZE, -EFAULT },
		{ CCP_HV_SHARED, SOURCE, FAKE_RAM, 1, -EFAULT },
		{ CCP_HV_SHARED, SOURCE, FAKE_PRIVATE, 1, -EFAULT },
		{ CCP_HV_SHARED, SOURCE, ~0ul - 8, PAGE_SIZE, -EFAULT },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		reset();
		check_eq(call(CCP_HV_COPY, cases[i].plane, cases[i].from, cases[i].to,
			      cases[i].size),
			 cases[i].error);
		check_eq(*byte_of(TARGET, CCP_HV_PRIVATE), CANARY);
	}
}

static void copy_ends_where_the_mapping_ends(void)
{
	reset();
	page_in_reverse();
	check_eq(call(CCP_HV_COPY, CCP_HV_SHARED, 9 * PAGE_SIZE, 16 * PAGE_SIZE, 1), -EFAULT);
	check_eq(call(CCP_HV_COPY, CCP_HV_SHARED, 9 * PAGE_SIZE - 1, 16 * PAGE_SIZE, 2), -EFAULT);
	check_eq(call(CCP_HV_COPY, CCP_HV_SHARED, 0, 9 * PAGE_SIZE, 1), -EFAULT);
	/* Mapped, but not for writing */
	check_eq(call(CCP_HV_COPY, CCP_HV_SHARED, 0, 8 * PAGE_SIZE, 1), -EFAULT);
	check_eq(*byte_of(TARGET, CCP_HV_PRIVATE), CANARY);
}

static void states_follow_the_page_table(void)
{
	reset();
	page_in_reverse();
	for (uint64_t i = 0; i < 4; i++)
		planes_convert_page(&planes, SOURCE + 2 * i * PAGE_SIZE, CCP_HV_SHARED);
	check_eq(call(CCP_HV_STATES, PAGE_SIZE, 7, 17 * PAGE_SIZE - 3, 0), 0);
	for (uint64_t i = 0; i < 7; i++) {
		uint64_t to = 17 * PAGE_SIZE - 3 + i;

		to = TARGET + (3 - (to / PAGE_SIZE - 16)) * PAGE_SIZE + to % PAGE_SIZE;
		check_eq(*byte_of(to, CCP_HV_PRIVATE), (1 + i) % 2);
	}
	check_eq(call(CCP_HV_STATES, PAGE_SIZE, 9, 16 * PAGE_SIZE, 0), -EFAULT);
}

static void states_refuse(void)
{
	reset();
	check_eq(call(CCP_HV_STATES, SOURCE + 1, 1, TARGET, 0), -EINVAL);
	check_eq(call(CCP_HV_STATES, SOURCE, CCP_HV_MAX_STATES + 1, TARGET, 0), -EINVAL);
	check_eq(call(CCP_HV_STATES, SOURCE, ~0ul, TARGET, 0), -EINVAL);
	check_eq(call(CCP_HV_STATES, FAKE_RAM, 1, TARGET, 0), -EFAULT);
	check_eq(call(CCP_HV_STATES, -PAGE_SIZE, 2, TARGET, 0), -EFAULT);
	check_eq(*byte_of(TARGET, CCP_HV_PRIVATE), CANARY);
	check_eq(call(CCP_HV_STATES, SOURCE, 1, FAKE_RAM, 0), -EFAULT);
	check_eq(call(CCP_HV_STATES, SOURCE, 0, TARGET, 0), 0);
	check_eq(*byte_of(TARGET, CCP_HV_PRIVATE), CANARY);
}

static void info_tells_every_call(void)
{
	struct ccp_hv_info *info;

	reset();
	info = (struct ccp_hv_info *)byte_of(TARGET, CCP_HV_PRIVATE);
	info->size = sizeof(*info);
	check_eq(call(CCP_HV_INFO, TARGET, 0, 0, 0), 0);
	check_eq(info->size, sizeof(*info));
	check_str(info->mode, "fake");
	check_eq(info->strict, 1);
	check_eq(info->ram_size, FAKE_RAM);
	check_eq(call(info->calls, 0, 0, 0, 0), -ENOSYS);
	check_eq(call(info->calls - 1, 0, 0, 0, 0), 0);
}

/* A caller that is older than the monitor gets what it has room for. */
static void info_leaves_alone_what_is_behind_it(void)
{
	struct ccp_hv_info *info;

	reset();
	info = (struct ccp_hv_info *)byte_of(TARGET, CCP_HV_PRIVATE);
	info->size = offsetof(struct ccp_hv_info, calls);
	check_eq(call(CCP_HV_INFO, TARGET, 0, 0, 0), 0);
	check_eq(info->size, offsetof(struct ccp_hv_info, calls));
	check_eq(info->calls & 0xff, CANARY);
}

static void translation_is_the_page_tables(void)
{
	const struct ccp_hv_translation *found;

	reset();
	page_in_reverse();
	found = (struct ccp_hv_translation *)byte_of(TARGET + 3 * PAGE_SIZE, CCP_HV_PRIVATE);
	check_eq(call(CCP_HV_TRANSLATE, PAGE_SIZE + 5, 16 * PAGE_SIZE, 0, 0), 0);
	check_eq(found->gpa, SOURCE + 6 * PAGE_SIZE + 5);
	check_eq(found->plane, CCP_HV_SHARED);
	check_eq(found->writable, 1);
	check_eq(call(CCP_HV_TRANSLATE, 8 * PAGE_SIZE, 16 * PAGE_SIZE, 0, 0), 0);
	check_eq(found->plane, CCP_HV_PRIVATE);
	check_eq(found->writable, 0);
	check_eq(call(CCP_HV_TRANSLATE, 9 * PAGE_SIZE, 16 * PAGE_SIZE, 0, 0), -EFAULT);
}

static void read_stays_within_a_page_of_ram(void)
{
	for (int plane = CCP_HV_PRIVATE; plane <= CCP_HV_SHARED; plane++) {
		reset();
		check_eq(call(CCP_HV_READ, plane, SOURCE + 100, TARGET, PAGE_SIZE - 100), 0);
		for (uint64_t at = 0; at < PAGE_SIZE - 100; at++)
			check_eq(*byte_of(TARGET + at, CCP_HV_PRIVATE),
				 pattern(SOURCE + 100 + at, plane));
		check_eq(*byte_of(TARGET + PAGE_SIZE - 100, CCP_HV_PRIVATE), CANARY);
		check_eq(call(CCP_HV_READ, plane, SOURCE + 100, TARGET, PAGE_SIZE - 99), -EINVAL);
		check_eq(call(CCP_HV_READ, plane, FAKE_HOLE, TARGET, 1), -EINVAL);
		check_eq(call(CCP_HV_READ, plane, FAKE_RAM, TARGET, 1), -EINVAL);
	}
	check_eq(call(CCP_HV_READ, 2, SOURCE, TARGET, 1), -EINVAL);
}

static void armed_failures_and_counters_are_the_ledgers(void)
{
	const struct ccp_hv_fail fail = { .plane = CCP_HV_SHARED, .nth = 1, .pages = 1 };
	const struct ccp_hv_ledger *count;
	uint64_t pages = 2;

	reset();
	memcpy(byte_of(TARGET, CCP_HV_PRIVATE), &fail, sizeof(fail));
	check_eq(call(CCP_HV_FAIL, TARGET, 0, 0, 0), 0);
	check_eq(planes_convert(&planes, SOURCE, &pages, CCP_HV_SHARED), LEDGER_REFUSED);
	check_eq(call(CCP_HV_LEDGER, TARGET, 0, 0, 0), 0);
	count = (const struct ccp_hv_ledger *)byte_of(TARGET, CCP_HV_PRIVATE);
	check_eq(count->refused[CCP_HV_SHARED], 1);
	check_eq(count->shared_now, 1);
	check_eq(call(CCP_HV_STATE, SOURCE, 2, TARGET, 0), 0);
	check_eq(*byte_of(TARGET, CCP_HV_PRIVATE), CCP_HV_SHARED);
	check_eq(*byte_of(TARGET + 1, CCP_HV_PRIVATE), CCP_HV_PRIVATE);
	check_eq(call(CCP_HV_STATE, SOURCE, FAKE_PAGES, TARGET, 0), -EINVAL);
	check_eq(call(CCP_HV_FAIL, FAKE_RAM, 0, 0, 0), -EFAULT);
}

static const struct tap_test tests[] = {
	{ "copy gives every byte of either plane", copy_gives_every_byte_of_either_plane },
	{ "copy follows the page table page by page", copy_follows_the_page_table_page_by_page },
	{ "copy refuses planes, sizes and addresses that are not", copy_refuses },
	{ "copy ends where the mapping ends", copy_ends_where_the_mapping_ends },
	{ "states follow the page table", states_follow_the_page_table },
	{ "states refuse counts and addresses that are not", states_refuse },
	{ "info tells every call", info_tells_every_call },
	{ "info leaves alone what is behind it", info_leaves_alone_what_is_behind_it },
	{ "a translation is the page table's", translation_is_the_page_tables },
	{ "read stays within a page of RAM", read_stays_within_a_page_of_ram },
	{ "armed failures and counters are the ledger's",
	  armed_failures_and_counters_are_the_ledgers },
};

TAP_MAIN(tests)

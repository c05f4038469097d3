// SPDX-License-Identifier: MIT
/**
 * TEST: cc heap mmap
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: system_cc_shared heap, mappings
 * Test category: functionality test
 * Description: Mappings of a system_cc_shared buffer in all their parts and through all
 *	that can be done to them: they show their place of the shared memory, or are refused.
 *
 * SUBTEST: part-shows-its-part
 * Description: A mapping of a few pages in the middle shows these, and what is written
 *	there lands nowhere else.
 *
 * SUBTEST: mapping-past-the-end-is-refused
 * Description: No mapping reaches beyond the buffer, wherever it begins.
 *
 * SUBTEST: pages-lead-to-shared-memory-at-any-offset
 * Description: The page table of a part of the buffer leads to shared memory, to its very
 *	pages.
 *
 * SUBTEST: mapping-is-of-the-io-kind
 * Description: The kernel keeps such mappings out of core dumps, growth and page reclaim.
 *
 * SUBTEST: mprotect-keeps-memory-shared
 * Description: A mapping that was out of reach for a while leads to the same shared memory.
 *
 * SUBTEST: mprotect-read-only-stops-writes
 * Description: A mapping that became read-only takes no more writes, not even the kernel's.
 *
 * SUBTEST: mremap-moves-the-memory
 * Description: A moved mapping is the same memory, and nothing stays where it was.
 *
 * SUBTEST: mremap-shrink-keeps-the-rest
 * Description: What a mapping keeps when it shrinks is what it was.
 *
 * SUBTEST: mremap-grow-is-refused
 * Description: A mapping of the first pages does not grow, neither in place nor by moving.
 *
 * SUBTEST: madvise-changes-nothing
 * Description: No advice drops pages or fills others in.
 *
 * SUBTEST: private-mapping-of-chunks-is-refused
 * Description: A private mapping over more than one chunk is EINVAL.
 *
 * SUBTEST: private-mapping-copies-on-write
 * Description: A write to a private mapping goes to a page of private memory, never to the
 *	buffer.
 *
 * SUBTEST: hole-leaves-head-and-tail
 * Description: Unmapping the middle leaves both ends as they were.
 *
 * SUBTEST: any-order-of-unmapping-is-right
 * Description: The buffer lives until the last of its mappings goes, whichever that is.
 *
 * SUBTEST: mapping-outlives-the-fd
 * Description: A mapping alone keeps content and state; its end frees the pages.
 *
 * SUBTEST: fork-shares-the-memory
 * Description: Parent and child have one shared memory: each sees what the other writes.
 *
 * SUBTEST: child-outlives-parent-mapping
 * Description: A child's inherited mapping keeps the buffer after its parent let go.
 *
 * SUBTEST: fixed-mapping-replaces-and-is-replaced
 * Description: A buffer mapped over memory takes its place, and anonymous memory mapped
 *	over a buffer is private.
 */
#include "igt.h"

#include <sys/wait.h>

#include "ccprime.h"
#include "support/buffer.h"
#include "support/fd.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/sizes.h"

IGT_TEST_DESCRIPTION("Mappings of a system_cc_shared buffer in all their parts and through all "
		     "that can be done to them: they show their place of the shared memory, or are "
		     "refused.");

/* One chunk. */
#define CHUNK_SIZE (64 * KIB)

#define RW (PROT_READ | PROT_WRITE)

/* The kernel as a reader and writer of a word that may be out of reach: no signal, an errno. */
static int probe(void *addr, bool write_it)
{
	uint64_t word = 0;
	ssize_t done;
	int fds[2];

	igt_assert_eq(pipe(fds), 0);
	if (write_it) {
		igt_assert_eq(write(fds[1], &word, sizeof(word)), sizeof(word));
		done = read(fds[0], addr, sizeof(word));
	} else {
		done = write(fds[1], addr, sizeof(word));
	}
	if (done < 0)
		done = -errno;
	close(fds[0]);
	close(fds[1]);
	return done < 0 ? done : 0;
}

static int probe_read(void *addr)
{
	return probe(addr, false);
}

static int probe_write(void *addr)
{
	return probe(addr, true);
}

/* The buffer's mapping is what it was, by the page table, too. */
static void assert_mapped_shared(struct ccp_hostview *view, const struct cc_buffer *buffer)
{
	cc_assert_shared_intact(view, buffer);
	if (view)
		cc_assert_page_table(view, CCP_HV_SHARED, buffer);
}

static const struct part {
	size_t offset, size;
} parts[] = {
	{ 0, PAGE },
	{ PAGE, PAGE },
	{ MIB - PAGE, 2 * PAGE },
	{ MIB - PAGE, CHUNK_SIZE + 2 * PAGE },
	{ MIB, CHUNK_SIZE },
	{ MIB + PAGE, CHUNK_SIZE - 2 * PAGE },
	{ MIB + CHUNK_SIZE - PAGE, 2 * PAGE },
	{ MIXED_SIZE - PAGE, PAGE },
};

/*
 * Writes another pattern through a mapping of a part; the rest of the buffer keeps the first one.
 */
static void check_part(const struct part *part)
{
	size_t end = part->offset + part->size;
	struct cc_buffer buffer;
	struct ccp_pattern edit;
	char *whole, *map;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	whole = buffer.dmabuf.map;
	map = cc_map(buffer.dmabuf.fd, part->offset, part->size, RW);
	cc_assert_cpu(&buffer.pattern, map, part->offset, part->size, "part");

	edit = cc_pattern_next();
	ccp_pattern_fill(&edit, map, part->offset, part->size);
	cc_assert_cpu(&buffer.pattern, whole, 0, part->offset, "before the part");
	cc_assert_cpu(&edit, whole + part->offset, part->offset, part->size, "the part");
	cc_assert_cpu(&buffer.pattern, whole + end, end, MIXED_SIZE - end, "behind the part");

	munmap(map, part->size);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_parts(struct ccp_hostview *view)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		check_part(&parts[i]);
}

static void test_past_end(void)
{
	static const struct part cases[] = {
		{ 0, MIXED_SIZE + PAGE },	   { PAGE, MIXED_SIZE },
		{ MIXED_SIZE - PAGE, 2 * PAGE },   { MIXED_SIZE, PAGE },
		{ MIXED_SIZE + PAGE, PAGE },	   { (size_t)1 << 40, PAGE },
		{ INT64_MAX / PAGE * PAGE, PAGE },
	};
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int err = cc_map_error(buffer.dmabuf.fd, cases[i].offset, cases[i].size, PROT_READ,
				       MAP_SHARED);

		igt_assert_f(err == -EINVAL || err == -EOVERFLOW,
			     "mapping %zu bytes at %zu: %d, expected -EINVAL\n", cases[i].size,
			     cases[i].offset, err);
	}
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_part_translation(struct ccp_hostview *view)
{
	struct cc_buffer buffer;

	cc_require_hostview(view);
	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		char *map = cc_map(buffer.dmabuf.fd, parts[i].offset, parts[i].size, PROT_READ);
		const char *whole = (char *)buffer.dmabuf.map + parts[i].offset;

		for (size_t page = 0; page < parts[i].size; page += PAGE) {
			struct ccp_hv_translation at = cc_translate(view, map + page);

			igt_assert_eq_u32(at.plane, CCP_HV_SHARED);
			igt_assert_eq_u32(at.writable, 0);
			igt_assert_eq_u64(at.gpa, cc_translate(view, whole + page).gpa);
		}
		munmap(map, parts[i].size);
	}
	ccp_buffer_destroy(&buffer.dmabuf);
}

/* The VmFlags line of the mapping that begins at addr. */
static void vm_flags(const void *addr, char flags[256])
{
	char line[512];
	bool ours = false;
	FILE *file = fopen("/proc/self/smaps", "re");

	*flags = '\0';
	igt_require_f(file, "no /proc/self/smaps\n");
	while (fgets(line, sizeof(line), file)) {
		unsigned long start, end;

		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			ours = start == (unsigned long)addr;
		else if (ours && !strncmp(line, "VmFlags:", 8))
			snprintf(flags, 256, "%.255s", line + 8);
	}
	fclose(file);
}

static void test_vm_flags(void)
{
	static const char *const wanted[] = { " sh ", " io ", " pf ", " de ", " dd " };
	struct cc_buffer buffer;
	char flags[256];

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	vm_flags(buffer.dmabuf.map, flags);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		igt_assert_f(strstr(flags, wanted[i]), "VmFlags:%s lack%s\n", flags, wanted[i]);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_mprotect(struct ccp_hostview *view)
{
	struct cc_buffer buffer;
	void *map;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	map = buffer.dmabuf.map;
	igt_assert_eq(mprotect(map, MIXED_SIZE, PROT_NONE), 0);
	igt_assert_eq(probe_read(map), -EFAULT);
	igt_assert_eq(mprotect(map, MIXED_SIZE, RW), 0);
	assert_mapped_shared(view, &buffer);

	cc_buffer_rewrite(&buffer);
	cc_assert_shared_intact(view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_mprotect_read_only(struct ccp_hostview *view)
{
	struct cc_buffer buffer;
	char *map;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	map = buffer.dmabuf.map;
	igt_assert_eq(mprotect(map, MIXED_SIZE, PROT_READ), 0);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		igt_assert_eq(probe_read(map + parts[i].offset), 0);
		igt_assert_eq(probe_write(map + parts[i].offset), -EFAULT);
	}
	cc_assert_shared_intact(view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_mremap_move(struct ccp_hostview *view)
{
	struct cc_buffer buffer;
	void *old, *target;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	old = buffer.dmabuf.map;
	target = mmap(NULL, MIXED_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	igt_assert(target != MAP_FAILED);
	igt_assert(mremap(old, MIXED_SIZE, MIXED_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, target) ==
		   target);
	igt_assert_eq(probe_read(old), -EFAULT);

	buffer.dmabuf.map = target;
	assert_mapped_shared(view, &buffer);
	cc_buffer_rewrite(&buffer);
	cc_assert_shared_intact(view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_mremap_shrink(struct ccp_hostview *view)
{
	size_t kept = MIB - PAGE;
	struct cc_buffer buffer;
	void *part;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	part = cc_map(buffer.dmabuf.fd, 0, MIXED_SIZE, RW);
	igt_assert(mremap(part, MIXED_SIZE, kept, 0) == part);
	cc_assert_cpu(&buffer.pattern, part, 0, kept, "what is left");
	igt_assert_eq(probe_read((char *)part + kept), -EFAULT);
	cc_assert_shared_intact(view, &buffer);
	munmap(part, kept);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_mremap_grow(struct ccp_hostview *view)
{
	struct cc_buffer buffer;
	void *part;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	part = cc_map(buffer.dmabuf.fd, 0, PAGE, RW);
	for (int flags = 0; flags <= MREMAP_MAYMOVE; flags += MREMAP_MAYMOVE) {
		igt_assert(mremap(part, PAGE, 2 * PAGE, flags) == MAP_FAILED);
		igt_assert_eq(errno, EFAULT);
	}
	/* A length of 0 would make a second mapping */
	igt_assert(mremap(part, 0, PAGE, MREMAP_MAYMOVE) == MAP_FAILED);
	igt_assert_eq(errno, EFAULT);
	cc_assert_cpu(&buffer.pattern, part, 0, PAGE, "what did not grow");
	munmap(part, PAGE);
	cc_assert_shared_intact(view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_madvise(struct ccp_hostview *view)
{
	static const struct {
		const char *name;
		int advice;
	} refused[] = {
		{ "MADV_DONTNEED", MADV_DONTNEED },
		{ "MADV_FREE", MADV_FREE },
		{ "MADV_REMOVE", MADV_REMOVE },
		{ "MADV_PAGEOUT", MADV_PAGEOUT },
		{ "MADV_POPULATE_READ", MADV_POPULATE_READ },
		{ "MADV_POPULATE_WRITE", MADV_POPULATE_WRITE },
		{ "MADV_DODUMP", MADV_DODUMP },
		{ "MADV_DOFORK", MADV_DOFORK },
	};
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		igt_assert_f(madvise(buffer.dmabuf.map, MIXED_SIZE, refused[i].advice) < 0,
			     "%s is taken\n", refused[i].name);
		cc_assert_cpu(&buffer.pattern, buffer.dmabuf.map, 0, MIXED_SIZE, refused[i].name);
	}
	cc_assert_shared_intact(view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_private_chunks(void)
{
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	igt_assert_eq(cc_map_error(buffer.dmabuf.fd, 0, MIXED_SIZE, RW, MAP_PRIVATE), -EINVAL);
	igt_assert_eq(cc_map_error(buffer.dmabuf.fd, MIB - PAGE, 2 * PAGE, RW, MAP_PRIVATE),
		      -EINVAL);
	cc_assert_cpu(&buffer.pattern, buffer.dmabuf.map, 0, MIXED_SIZE, "mapping");
	ccp_buffer_destroy(&buffer.dmabuf);
}

/* Every other page is written. */
static void test_private_copy(struct ccp_hostview *view)
{
	struct cc_buffer buffer;
	struct ccp_pattern edit;
	char *copy;

	cc_buffer_create(&buffer, cc_shared_heap(), CHUNK_SIZE);
	copy = mmap(NULL, CHUNK_SIZE, RW, MAP_PRIVATE, buffer.dmabuf.fd, 0);
	igt_require_f(copy != MAP_FAILED || errno != EINVAL,
		      "the heap maps page by page: a private mapping can have no more than one\n");
	igt_assert(copy != MAP_FAILED);
	cc_assert_cpu(&buffer.pattern, copy, 0, CHUNK_SIZE, "private mapping");

	/* The first word only: the rest of the page has to be copied right */
	edit = cc_pattern_next();
	for (size_t at = 0; at < CHUNK_SIZE; at += 2 * PAGE)
		ccp_pattern_fill(&edit, copy + at, at, WORD);

	cc_assert_shared_intact(view, &buffer);
	for (size_t at = 0; at < CHUNK_SIZE; at += 2 * PAGE) {
		cc_assert_cpu(&edit, copy + at, at, WORD, "written word");
		cc_assert_cpu(&buffer.pattern, copy + at + WORD, at + WORD, 2 * PAGE - WORD,
			      "rest of the private mapping");
		if (view) {
			igt_assert_eq_u32(cc_translate(view, copy + at).plane, CCP_HV_PRIVATE);
			igt_assert_eq_u32(cc_translate(view, copy + at + PAGE).plane,
					  CCP_HV_SHARED);
		}
	}
	munmap(copy, CHUNK_SIZE);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_hole(struct ccp_hostview *view)
{
	size_t from = MIB - PAGE, to = MIB + CHUNK_SIZE;
	struct cc_buffer buffer;
	char *map;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	map = cc_map(buffer.dmabuf.fd, 0, MIXED_SIZE, RW);
	igt_assert_eq(munmap(map + from, to - from), 0);
	igt_assert_eq(probe_read(map + from), -EFAULT);
	igt_assert_eq(probe_read(map + to - PAGE), -EFAULT);
	cc_assert_cpu(&buffer.pattern, map, 0, from, "head");
	cc_assert_cpu(&buffer.pattern, map + to, to, MIXED_SIZE - to, "tail");
	cc_assert_shared_intact(view, &buffer);
	munmap(map, MIXED_SIZE);
	ccp_buffer_destroy(&buffer.dmabuf);
}

/* Three mappings; order: the digits of which one goes first, second, third. */
static void check_unmap_order(struct ccp_hostview *view, const char *order)
{
	static const struct part pieces[] = {
		{ 0, MIXED_SIZE },
		{ MIB - PAGE, CHUNK_SIZE },
		{ MIXED_SIZE - PAGE, PAGE },
	};
	uint64_t before = cc_shared_pages(view);
	struct cc_buffer buffer;
	void *maps[3];

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++)
		maps[i] = cc_map(buffer.dmabuf.fd, pieces[i].offset, pieces[i].size, RW);
	ccp_buffer_destroy(&buffer.dmabuf);

	for (const char *next = order; *next; next++) {
		cc_assert_more_shared(view, before, MIXED_SIZE / PAGE);
		for (const char *left = next; *left; left++) {
			const struct part *piece = &pieces[*left - '0'];

			cc_assert_cpu(&buffer.pattern, maps[*left - '0'], piece->offset,
				      piece->size, "a mapping that is left");
		}
		igt_assert_eq(munmap(maps[*next - '0'], pieces[*next - '0'].size), 0);
	}
	igt_assert_eq_u64(cc_shared_pages(view), before);
}

static void test_unmap_order(struct ccp_hostview *view)
{
	static const char *const orders[] = { "012", "021", "102", "120", "201", "210" };

	for (size_t i = 0; i < ARRAY_SIZE(orders); i++)
		check_unmap_order(view, orders[i]);
}

static void test_outlives_fd(struct ccp_hostview *view)
{
	uint64_t before = cc_shared_pages(view);
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	ccp_buffer_close_fd(&buffer.dmabuf);
	cc_assert_shared_intact(view, &buffer);
	buffer.pattern = cc_pattern_next();
	ccp_pattern_fill(&buffer.pattern, buffer.dmabuf.map, 0, MIXED_SIZE);
	cc_assert_shared_intact(view, &buffer);

	ccp_buffer_unmap(&buffer.dmabuf);
	igt_assert_eq_u64(cc_shared_pages(view), before);
}

static void test_fork(struct ccp_hostview *view)
{
	struct cc_buffer buffer;
	struct ccp_pattern edit;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	edit = cc_pattern_next();
	igt_fork(child, 1) {
		assert_mapped_shared(view, &buffer);
		ccp_pattern_fill(&edit, buffer.dmabuf.map, 0, MIXED_SIZE);
	}
	igt_waitchildren();

	buffer.pattern = edit;
	cc_assert_shared_intact(view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_child_outlives(struct ccp_hostview *view)
{
	uint64_t before = cc_shared_pages(view);
	struct cc_buffer buffer;
	int go[2];
	char byte = 0;

	igt_assert_eq(pipe(go), 0);
	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	igt_fork(child, 1) {
		ccp_buffer_close_fd(&buffer.dmabuf);
		igt_assert_eq(read(go[0], &byte, 1), 1);
		cc_assert_shared_intact(view, &buffer);
	}
	ccp_buffer_destroy(&buffer.dmabuf);
	cc_assert_more_shared(view, before, MIXED_SIZE / PAGE);
	igt_assert_eq(write(go[1], &byte, 1), 1);
	igt_waitchildren();
	igt_assert_eq_u64(cc_shared_pages(view), before);
	close(go[0]);
	close(go[1]);
}

static void test_fixed(struct ccp_hostview *view)
{
	int anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
	struct cc_buffer buffer;
	char *place, *over;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	place = mmap(NULL, MIXED_SIZE, RW, anonymous, -1, 0);
	igt_assert(place != MAP_FAILED);
	memset(place, 0xff, MIXED_SIZE);
	igt_assert(mmap(place, MIXED_SIZE, RW, MAP_SHARED | MAP_FIXED, buffer.dmabuf.fd, 0) ==
		   place);
	cc_assert_cpu(&buffer.pattern, place, 0, MIXED_SIZE, "mapping over memory");

	over = place + MIB;
	igt_assert(mmap(over, PAGE, RW, anonymous | MAP_FIXED, -1, 0) == over);
	memset(over, 0xff, PAGE);
	if (view) {
		igt_assert_eq_u32(cc_translate(view, over - PAGE).plane, CCP_HV_SHARED);
		igt_assert_eq_u32(cc_translate(view, over).plane, CCP_HV_PRIVATE);
		igt_assert_eq_u32(cc_translate(view, over + PAGE).plane, CCP_HV_SHARED);
	}
	cc_assert_shared_intact(view, &buffer);
	munmap(place, MIXED_SIZE);
	ccp_buffer_destroy(&buffer.dmabuf);
}

int igt_main()
{
	static struct ccp_hostview *view;

	igt_fixture() {
		cc_require_heap(cc_shared_heap());
		view = cc_hostview_open();
	}

	igt_describe("A mapping of a few pages in the middle shows these, and what is "
		     "written there lands nowhere else.");
	igt_subtest("part-shows-its-part")
		test_parts(view);

	igt_describe("No mapping reaches beyond the buffer, wherever it begins.");
	igt_subtest("mapping-past-the-end-is-refused")
		test_past_end();

	igt_describe("The page table of a part of the buffer leads to shared memory, to its "
		     "very pages.");
	igt_subtest("pages-lead-to-shared-memory-at-any-offset")
		test_part_translation(view);

	igt_describe("The kernel keeps such mappings out of core dumps, growth and page "
		     "reclaim.");
	igt_subtest("mapping-is-of-the-io-kind")
		test_vm_flags();

	igt_describe("A mapping that was out of reach for a while leads to the same shared "
		     "memory.");
	igt_subtest("mprotect-keeps-memory-shared")
		test_mprotect(view);

	igt_describe("A mapping that became read-only takes no more writes, not even the "
		     "kernel's.");
	igt_subtest("mprotect-read-only-stops-writes")
		test_mprotect_read_only(view);

	igt_describe("A moved mapping is the same memory, and nothing stays where it was.");
	igt_subtest("mremap-moves-the-memory")
		test_mremap_move(view);

	igt_describe("What a mapping keeps when it shrinks is what it was.");
	igt_subtest("mremap-shrink-keeps-the-rest")
		test_mremap_shrink(view);

	igt_describe("A mapping of the first pages does not grow, neither in place nor by "
		     "moving.");
	igt_subtest("mremap-grow-is-refused")
		test_mremap_grow(view);

	igt_describe("No advice drops pages or fills others in.");
	igt_subtest("madvise-changes-nothing")
		test_madvise(view);

	igt_describe("A private mapping over more than one chunk is EINVAL.");
	igt_subtest("private-mapping-of-chunks-is-refused")
		test_private_chunks();

	igt_describe("A write to a private mapping goes to a page of private memory, never "
		     "to the buffer.");
	igt_subtest("private-mapping-copies-on-write")
		test_private_copy(view);

	igt_describe("Unmapping the middle leaves both ends as they were.");
	igt_subtest("hole-leaves-head-and-tail")
		test_hole(view);

	igt_describe("The buffer lives until the last of its mappings goes, whichever that "
		     "is.");
	igt_subtest("any-order-of-unmapping-is-right")
		test_unmap_order(view);

	igt_describe("A mapping alone keeps content and state; its end frees the pages.");
	igt_subtest("mapping-outlives-the-fd")
		test_outlives_fd(view);

	igt_describe("Parent and child have one shared memory: each sees what the other "
		     "writes.");
	igt_subtest("fork-shares-the-memory")
		test_fork(view);

	igt_describe("A child's inherited mapping keeps the buffer after its parent let go.");
	igt_subtest("child-outlives-parent-mapping")
		test_child_outlives(view);

	igt_describe("A buffer mapped over memory takes its place, and anonymous memory "
		     "mapped over a buffer is private.");
	igt_subtest("fixed-mapping-replaces-and-is-replaced")
		test_fixed(view);

	igt_fixture()
		ccp_hostview_close(view);
}

// SPDX-License-Identifier: MIT
/**
 * TEST: cc import
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: lifetime and identity of PRIME imports
 * Test category: functionality test
 * Description: What every importer owes a system_cc_shared buffer, whoever lets go of it first:
 *	each subtest runs with the driver of each DRM device that is there.
 *
 * SUBTEST: two-files-are-independent
 * Description: Of two imports into two files, the end of one leaves the other and the memory alone.
 *
 * SUBTEST: two-processes-share-the-memory
 * Description: What one process writes through its import, another one finds, and a device would.
 *
 * SUBTEST: self-import-gives-the-handle
 * Description: An importer recognizes a buffer that comes back to it, in a file and across files.
 *
 * SUBTEST: importer-goes-first
 * Description: The end of an import leaves mapping, content and state of the buffer alone.
 *
 * SUBTEST: importer-goes-last
 * Description: The handle alone keeps memory, content and state; its end frees all of it.
 *
 * SUBTEST: closed-file-lets-go
 * Description: Closing the device's file ends an import that nobody closed.
 *
 * SUBTEST: killed-process-lets-go
 * Description: Nothing of a process that was killed with an import keeps the memory.
 *
 * SUBTEST: unmapped-buffer-is-imported
 * Description: A buffer that no process maps any more is imported with its content.
 *
 * SUBTEST: partly-unmapped-buffer-is-imported
 * Description: Pages that the CPU has unmapped are imported like all others.
 *
 * SUBTEST: closes-race
 * Description: Processes that import into and close in one file end with a whole buffer, once
 *	freed.
 *
 * SUBTEST: imports-race
 * Description: Processes that import into files of their own leave the buffer whole, and free it.
 */
#include "igt.h"

#include <sys/wait.h>

#include "ccprime.h"
#include "support/buffer.h"
#include "support/fd.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/importer.h"
#include "support/prime.h"
#include "support/sizes.h"

IGT_TEST_DESCRIPTION("What every importer owes a system_cc_shared buffer, whoever lets go of it "
		     "first: each subtest runs with the driver of each DRM device that is there.");

#define RACERS	   3
#define RACE_LOOPS 100

struct context {
	const char *driver;
	struct ccp_hostview *view; /* or NULL */
};

static int open_driver(const struct context *context)
{
	int drm = ccp_drm_open(context->driver);

	igt_assert_f(drm >= 0, "%s: %s\n", context->driver, strerror(-drm));
	return drm;
}

/* The buffer behind a handle as a buffer of its own: exported and mapped. */
static struct cc_buffer map_handle(int drm, uint32_t handle, struct ccp_pattern pattern)
{
	return cc_buffer_map(cc_prime_export(drm, handle), MIXED_SIZE, pattern);
}

static void assert_handle_intact(const struct context *context, int drm, uint32_t handle,
				 struct ccp_pattern pattern)
{
	struct cc_buffer buffer = map_handle(drm, handle, pattern);

	cc_assert_shared_intact(context->view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_two_files(const struct context *context)
{
	int first = open_driver(context), second = open_driver(context);
	uint64_t before = cc_shared_pages(context->view);
	uint32_t first_handle, second_handle;
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	first_handle = cc_prime_import(first, buffer.dmabuf.fd);
	second_handle = cc_prime_import(second, buffer.dmabuf.fd);
	ccp_buffer_destroy(&buffer.dmabuf);

	igt_assert_eq(ccp_gem_close(first, first_handle), 0);
	igt_assert_eq(ccp_gem_close(first, first_handle), -EINVAL);
	assert_handle_intact(context, second, second_handle, buffer.pattern);

	igt_assert_eq(ccp_gem_close(second, second_handle), 0);
	igt_assert_eq_u64(cc_shared_pages(context->view), before);
	close(second);
	close(first);
}

/* In a child: finds what the parent wrote, and writes this pattern through an import of its own. */
static void rewrite_by_import(const struct context *context, const struct cc_buffer *buffer,
			      struct ccp_pattern pattern)
{
	int drm = open_driver(context);
	uint32_t handle = cc_prime_import(drm, buffer->dmabuf.fd);
	struct cc_buffer own = map_handle(drm, handle, buffer->pattern);

	cc_assert_cpu(&own.pattern, own.dmabuf.map, 0, MIXED_SIZE, "another process's mapping");
	cc_buffer_write(&own, pattern);
	ccp_buffer_destroy(&own.dmabuf);
	igt_assert_eq(ccp_gem_close(drm, handle), 0);
	close(drm);
}

static void test_two_processes(const struct context *context)
{
	struct ccp_pattern next = cc_pattern_next();
	uint64_t before = cc_shared_pages(context->view);
	struct cc_buffer buffer;
	uint32_t handle;
	int drm;

	drm = open_driver(context);
	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	handle = cc_prime_import(drm, buffer.dmabuf.fd);

	igt_fork(child, 1)
		rewrite_by_import(context, &buffer, next);
	igt_waitchildren();

	buffer.pattern = next;
	cc_assert_shared_intact(context->view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
	assert_handle_intact(context, drm, handle, next);
	igt_assert_eq(ccp_gem_close(drm, handle), 0);
	igt_assert_eq_u64(cc_shared_pages(context->view), before);
	close(drm);
}

static void test_self_import(const struct context *context)
{
	int drm = open_driver(context), other = open_driver(context);
	uint64_t before = cc_shared_pages(context->view);
	uint32_t handle, other_handle;
	struct cc_buffer buffer;
	int fd;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	handle = cc_prime_import(drm, buffer.dmabuf.fd);
	fd = cc_prime_export(drm, handle);
	igt_assert_eq_u32(cc_prime_import(drm, fd), handle);

	other_handle = cc_prime_import(other, fd);
	close(fd);
	fd = cc_prime_export(other, other_handle);
	cc_assert_same_dmabuf(fd, buffer.dmabuf.fd);
	igt_assert_eq_u32(cc_prime_import(drm, fd), handle);
	close(fd);
	cc_assert_shared_intact(context->view, &buffer);

	igt_assert_eq(ccp_gem_close(other, other_handle), 0);
	igt_assert_eq(ccp_gem_close(drm, handle), 0);
	igt_assert_eq(ccp_gem_close(drm, handle), -EINVAL);
	ccp_buffer_destroy(&buffer.dmabuf);
	igt_assert_eq_u64(cc_shared_pages(context->view), before);
	close(other);
	close(drm);
}

static void test_importer_first(const struct context *context)
{
	uint64_t before = cc_shared_pages(context->view);
	int drm = open_driver(context);
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	igt_assert_eq(ccp_gem_close(drm, cc_prime_import(drm, buffer.dmabuf.fd)), 0);
	close(drm);
	cc_assert_shared_intact(context->view, &buffer);
	cc_buffer_rewrite(&buffer);
	cc_assert_shared_intact(context->view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
	igt_assert_eq_u64(cc_shared_pages(context->view), before);
}

static void test_importer_last(const struct context *context)
{
	uint64_t before = cc_shared_pages(context->view);
	int drm = open_driver(context);
	struct cc_buffer buffer;
	uint32_t handle;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	handle = cc_prime_import(drm, buffer.dmabuf.fd);
	ccp_buffer_destroy(&buffer.dmabuf);
	cc_assert_more_shared(context->view, before, MIXED_SIZE / PAGE);
	assert_handle_intact(context, drm, handle, buffer.pattern);
	igt_assert_eq(ccp_gem_close(drm, handle), 0);
	igt_assert_eq_u64(cc_shared_pages(context->view), before);
	close(drm);
}

static void test_closed_file(const struct context *context)
{
	uint64_t before = cc_shared_pages(context->view);
	int drm = open_driver(context);
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	cc_prime_import(drm, buffer.dmabuf.fd);
	close(drm);
	cc_assert_shared_intact(context->view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
	igt_assert_eq_u64(cc_shared_pages(context->view), before);
}

/*
 * Not igt_fork(), whose children must not die: a child that imports, says so and waits for its end.
 */
static pid_t fork_importer(const struct context *context, int dmabuf)
{
	int ends[2];
	char ready = 0;
	pid_t pid;

	igt_assert_eq(pipe(ends), 0);
	pid = fork();
	igt_assert_lte(0, pid);
	if (!pid) {
		uint32_t handle;
		int drm = ccp_drm_open(context->driver);

		if (!ccp_prime_import(drm, dmabuf, &handle))
			ready = 1;
		if (write(ends[1], &ready, 1) == 1)
			pause();
		_exit(0);
	}
	close(ends[1]);
	igt_assert_eq((int)read(ends[0], &ready, 1), 1);
	close(ends[0]);
	igt_assert_eq(ready, 1);
	return pid;
}

static void test_killed(const struct context *context)
{
	uint64_t before = cc_shared_pages(context->view);
	struct cc_buffer buffer;
	int status;
	pid_t pid;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	pid = fork_importer(context, buffer.dmabuf.fd);
	igt_assert_eq(kill(pid, SIGKILL), 0);
	igt_assert_eq(waitpid(pid, &status, 0), pid);
	igt_assert(WIFSIGNALED(status));

	cc_assert_shared_intact(context->view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
	igt_assert_eq_u64(cc_shared_pages(context->view), before);
}

/* Imports a buffer of whose mapping the first size bytes are gone. */
static void test_unmapped(const struct context *context, size_t size)
{
	struct cc_buffer buffer;
	uint32_t handle;
	char *map;
	int drm;

	drm = open_driver(context);
	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	map = buffer.dmabuf.map;
	igt_assert_eq(munmap(map, size), 0);
	handle = cc_prime_import(drm, buffer.dmabuf.fd);
	assert_handle_intact(context, drm, handle, buffer.pattern);

	if (size < MIXED_SIZE) {
		cc_assert_cpu(&buffer.pattern, map + size, size, MIXED_SIZE - size,
			      "rest of a mapping");
		igt_assert_eq(munmap(map + size, MIXED_SIZE - size), 0);
	}
	buffer.dmabuf.map = NULL;
	ccp_buffer_destroy(&buffer.dmabuf);
	igt_assert_eq(ccp_gem_close(drm, handle), 0);
	close(drm);
}

/* Another process may have closed the handle between any two calls. */
static void race(int drm, int dmabuf)
{
	for (int i = 0; i < RACE_LOOPS; i++) {
		uint32_t handle;
		int fd, err;

		err = ccp_prime_import(drm, dmabuf, &handle);
		igt_assert_f(!err, "import %d: %s\n", i, strerror(-err));

		fd = ccp_prime_export(drm, handle);
		igt_assert_f(fd >= 0 || fd == -ENOENT, "export %d: %s\n", i, strerror(-fd));
		if (fd >= 0)
			close(fd);

		err = ccp_gem_close(drm, handle);
		igt_assert_f(!err || err == -EINVAL, "close %d: %s\n", i, strerror(-err));
	}
}

static void test_closes_race(const struct context *context)
{
	uint64_t before = cc_shared_pages(context->view);
	int drm = open_driver(context);
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	igt_fork(child, RACERS)
		race(drm, buffer.dmabuf.fd);
	igt_waitchildren();

	cc_assert_shared_intact(context->view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
	close(drm);
	igt_assert_eq_u64(cc_shared_pages(context->view), before);
}

static void race_in_own_file(const struct context *context, int dmabuf)
{
	int drm = open_driver(context);

	for (int i = 0; i < RACE_LOOPS; i++)
		igt_assert_eq(ccp_gem_close(drm, cc_prime_import(drm, dmabuf)), 0);
	close(drm);
}

static void test_imports_race(const struct context *context)
{
	uint64_t before = cc_shared_pages(context->view);
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	igt_fork(child, RACERS)
		race_in_own_file(context, buffer.dmabuf.fd);
	for (int i = 0; i < RACERS; i++) {
		cc_buffer_rewrite(&buffer);
		cc_assert_cpu(&buffer.pattern, buffer.dmabuf.map, 0, MIXED_SIZE, "mapping");
	}
	igt_waitchildren();

	cc_assert_shared_intact(context->view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
	igt_assert_eq_u64(cc_shared_pages(context->view), before);
}

static void test_unmapped_all(const struct context *context)
{
	test_unmapped(context, MIXED_SIZE);
}

static void test_unmapped_part(const struct context *context)
{
	test_unmapped(context, MIXED_SIZE / 2 / PAGE * PAGE);
}

/* The test, as a dynamic subtest, with one driver. */
static void with_driver(const char *driver, struct ccp_hostview *view,
			void (*test)(const struct context *))
{
	igt_dynamic_f("%s", driver) {
		struct context context = { .driver = driver, .view = view };
		int drm = cc_importer_open(context.driver);

		igt_require_f(drm >= 0, "no %s device that takes imports: %s\n", context.driver,
			      strerror(-drm));
		close(drm);
		test(&context);
	}
}

/* With each driver that is there. The loop is outside: a failed test leaves it by a longjmp. */
static void each_driver(struct ccp_hostview *view, void (*test)(const struct context *))
{
	struct cc_importers importers = cc_importers_find();

	for (unsigned int i = 0; i < importers.count; i++)
		with_driver(importers.driver[i], view, test);
}

int igt_main()
{
	static struct ccp_hostview *view;

	igt_fixture() {
		cc_require_heap(cc_shared_heap());
		view = cc_hostview_open();
	}

	igt_describe("Of two imports into two files, the end of one leaves the other and the "
		     "memory alone.");
	igt_subtest_with_dynamic("two-files-are-independent")
		each_driver(view, test_two_files);

	igt_describe("What one process writes through its import, another one finds, and a device "
		     "would.");
	igt_subtest_with_dynamic("two-processes-share-the-memory")
		each_driver(view, test_two_processes);

	igt_describe("An importer recognizes a buffer that comes back to it, in a file and across "
		     "files.");
	igt_subtest_with_dynamic("self-import-gives-the-handle")
		each_driver(view, test_self_import);

	igt_describe("The end of an import leaves mapping, content and state of the buffer alone.");
	igt_subtest_with_dynamic("importer-goes-first")
		each_driver(view, test_importer_first);

	igt_describe("The handle alone keeps memory, content and state; its end frees all of it.");
	igt_subtest_with_dynamic("importer-goes-last")
		each_driver(view, test_importer_last);

	igt_describe("Closing the device's file ends an import that nobody closed.");
	igt_subtest_with_dynamic("closed-file-lets-go")
		each_driver(view, test_closed_file);

	igt_describe("Nothing of a process that was killed with an import keeps the memory.");
	igt_subtest_with_dynamic("killed-process-lets-go")
		each_driver(view, test_killed);

	igt_describe("A buffer that no process maps any more is imported with its content.");
	igt_subtest_with_dynamic("unmapped-buffer-is-imported")
		each_driver(view, test_unmapped_all);

	igt_describe("Pages that the CPU has unmapped are imported like all others.");
	igt_subtest_with_dynamic("partly-unmapped-buffer-is-imported")
		each_driver(view, test_unmapped_part);

	igt_describe("Processes that import into and close in one file end with a whole buffer, "
		     "once freed.");
	igt_subtest_with_dynamic("closes-race")
		each_driver(view, test_closes_race);

	igt_describe("Processes that import into files of their own leave the buffer whole, and "
		     "free it.");
	igt_subtest_with_dynamic("imports-race")
		each_driver(view, test_imports_race);

	igt_fixture()
		ccp_hostview_close(view);
}

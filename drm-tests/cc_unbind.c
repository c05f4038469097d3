// SPDX-License-Identifier: MIT
/**
 * TEST: cc unbind
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: importers that lose their device
 * Test category: functionality test
 * Description: virtio-gpu's driver is unbound while a shared buffer is imported into it. Leaves a
 *	process that cannot be killed where the kernel gets that wrong, so it runs only by name.
 *
 * SUBTEST: importer-ends-after-unbind
 * Description: A process with an import ends after the unbind, and the buffer's memory is free
 *	again.
 *
 * SUBTEST: gpu-user-ends-after-unbind
 * Description: The same where the host's GPU uses the buffer.
 *
 * SUBTEST: fence-left-behind-is-signalled
 * Description: A process that waits for an answer of the device, which withholds it, ends after the
 *	unbind, and the buffer's memory is free again.
 */
#include "igt.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ccprime.h"
#include "support/buffer.h"
#include "support/fd.h"
#include "support/heap.h"
#include "support/hostgpu.h"
#include "support/hostview.h"
#include "support/prime.h"
#include "support/sizes.h"
#include "support/virtgpu.h"

IGT_TEST_DESCRIPTION("virtio-gpu's driver is unbound while a shared buffer is imported into it. "
		     "Leaves a process that cannot be killed where the kernel gets that wrong, so "
		     "it runs only by name.");

#define END_MS	10000
#define HOLDERS 4

/* An open virtio-gpu that has a shared buffer. */
static int open_with_import(void)
{
	int drm = cc_virtgpu_open();
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), 16 * PAGE);
	cc_prime_import(drm, buffer.dmabuf.fd);
	ccp_buffer_destroy(&buffer.dmabuf);
	return drm;
}

/* The same in a context of the host's GPU, which is still writing to the buffer. */
static int open_with_resource(void)
{
	int drm = cc_hostgpu_open();
	struct cc_resource resource;
	struct cc_buffer buffer;
	uint32_t handle;

	cc_require_backing(drm);
	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	handle = cc_prime_import(drm, buffer.dmabuf.fd);
	igt_assert_eq(cc_resource_create_buffer(&resource, drm, handle, MIXED_SIZE), 0);
	ccp_buffer_destroy(&buffer.dmabuf);
	cc_resource_start_pull(&resource, 0, MIXED_SIZE);
	return drm;
}

/*
 * Keeps the file open until it is told. Keeps no other one open, or igt_runner would wait for it
 * where it never ends.
 */
static void hold_until_told(int drm, int listen)
{
	char byte;

	dup2(listen, STDIN_FILENO);
	dup2(drm, STDOUT_FILENO);
	if (close_range(STDERR_FILENO, UINT_MAX, 0) || read(STDIN_FILENO, &byte, 1) < 0)
		_exit(EXIT_FAILURE);
	close(STDOUT_FILENO);
	_exit(EXIT_SUCCESS);
}

/* A process that has an open virtio-gpu with a buffer, and closes it when it is told. */
struct holder {
	pid_t pid;
	int tell;
};

static void start_holder(struct holder *holder, int (*open_with_buffer)(void))
{
	int drm, told[2];

	igt_assert_eq(pipe(told), 0);
	drm = open_with_buffer();
	holder->pid = fork();
	igt_assert_lte(0, holder->pid);
	if (!holder->pid) {
		close(told[1]);
		hold_until_told(drm, told[0]);
	}
	close(drm);
	close(told[0]);
	holder->tell = told[1];
}

static void assert_holder_ends(const struct holder *holder)
{
	bool ended = cc_ends_in_time(holder->pid, END_MS);
	int status;

	igt_assert_f(ended, "the process with the import does not end\n");
	igt_assert_eq(waitpid(holder->pid, &status, 0), holder->pid);
	igt_assert_eq(status, 0);
}

/* The driver has shared pages, too: compare where it has them again. */
static void assert_nothing_is_left(struct ccp_hostview *view, const char *device, uint64_t before)
{
	igt_assert_eq(cc_virtgpu_bind(device), 0);
	close(cc_virtgpu_open());
	igt_assert_eq_u64(cc_shared_pages(view), before);
}

static void test_unbind(struct ccp_hostview *view, int (*open_with_buffer)(void))
{
	uint64_t before = cc_shared_pages(view);
	char device[NAME_MAX + 1];
	struct holder holder;

	cc_virtgpu_device(device, sizeof(device));
	start_holder(&holder, open_with_buffer);
	igt_assert_eq(cc_virtgpu_unbind(device), 0);
	close(holder.tell);
	assert_holder_ends(&holder);
	assert_nothing_is_left(view, device, before);
}

/* The state of a process, a letter of proc_pid_stat(5), whose name has no brackets. */
static char state(pid_t pid)
{
	char path[64], found = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	igt_assert_f(file, "%s: %m\n", path);
	igt_assert_eq(fscanf(file, "%*d (%*[^)]) %c", &found), 1);
	fclose(file);
	return found;
}

/* Whether the process comes to wait for something that no signal ends, before it ends. */
static bool comes_to_wait(pid_t pid)
{
	for (int ms = 0; ms < END_MS && !strchr("DZ", state(pid)); ms++)
		usleep(1000);
	return state(pid) == 'D';
}

/*
 * Lets processes go until one waits for an answer. The driver may still be at work on earlier
 * answers, in which case it takes the next one without an interrupt.
 */
static const struct holder *let_one_wait(const struct holder *holders, int count)
{
	for (int i = 0; i < count; i++) {
		close(holders[i].tell);
		if (comes_to_wait(holders[i].pid))
			return &holders[i];
		assert_holder_ends(&holders[i]);
	}
	igt_assert_f(false, "no process with an import waits for the device\n");
}

static void test_withheld_answer(struct ccp_hostview *view)
{
	uint64_t before = cc_shared_pages(view);
	struct holder holders[HOLDERS];
	const struct holder *waits;
	char device[NAME_MAX + 1];

	cc_virtgpu_device(device, sizeof(device));
	for (int i = 0; i < HOLDERS; i++)
		start_holder(&holders[i], open_with_import);
	cc_virtgpu_withhold_answers(device);
	/* It waits until the device says that it has let go of the buffer. */
	waits = let_one_wait(holders, HOLDERS);
	igt_assert_eq(cc_virtgpu_unbind(device), 0);
	for (int i = waits - holders + 1; i < HOLDERS; i++)
		close(holders[i].tell);
	for (int i = waits - holders; i < HOLDERS; i++)
		assert_holder_ends(&holders[i]);
	assert_nothing_is_left(view, device, before);
}

int igt_main()
{
	static struct ccp_hostview *view;

	igt_fixture() {
		cc_require_heap(cc_shared_heap());
		close(cc_virtgpu_open());
		view = cc_hostview_open();
	}

	igt_describe("A process with an import ends after the unbind, and the buffer's memory is "
		     "free again.");
	igt_subtest("importer-ends-after-unbind")
		test_unbind(view, open_with_import);

	igt_describe("The same where the host's GPU uses the buffer.");
	igt_subtest("gpu-user-ends-after-unbind")
		test_unbind(view, open_with_resource);

	igt_describe("A process that waits for an answer of the device, which withholds it, ends "
		     "after the unbind, and the buffer's memory is free again.");
	igt_subtest("fence-left-behind-is-signalled")
		test_withheld_answer(view);

	igt_fixture()
		ccp_hostview_close(view);
}

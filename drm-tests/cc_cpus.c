// SPDX-License-Identifier: MIT
/**
 * TEST: cc cpus
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: system_cc_shared heap
 * Test category: functionality test
 * Description: Whether all CPUs of a guest agree on what is shared, also one that was away.
 *
 * SUBTEST: offline-cpu-comes-back
 * Description: Each CPU but the first goes offline and comes back, several times, and runs programs
 *	again.
 *
 * SUBTEST: every-cpu-sees-the-same-memory
 * Description: What one CPU writes to a shared buffer every other CPU reads, and so do devices.
 *
 * SUBTEST: cpu-that-was-offline-sees-shared-memory
 * Description: A buffer that was allocated while a CPU was offline is shared memory for it too.
 */
#include "igt.h"

#include <sched.h>

#include "ccprime.h"
#include "support/buffer.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/kernelfs.h"
#include "support/sizes.h"

IGT_TEST_DESCRIPTION(
	"Whether all CPUs of a guest agree on what is shared, also one that was away.");

#define CYCLES 2

static int online_path(int cpu, char *path, size_t size)
{
	return snprintf(path, size, "/sys/devices/system/cpu/cpu%d/online", cpu);
}

static void set_online(int cpu, bool online)
{
	char path[64];
	int err;

	online_path(cpu, path, sizeof(path));
	err = cc_write_file(path, online ? "1" : "0");
	igt_assert_f(!err, "cpu %d cannot go %s: %s\n", cpu, online ? "online" : "offline",
		     strerror(-err));
	igt_assert_eq(sysconf(_SC_NPROCESSORS_ONLN), sysconf(_SC_NPROCESSORS_CONF) - !online);
}

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	igt_assert_eq(sched_setaffinity(0, sizeof(set), &set), 0);
	igt_assert_eq(sched_getcpu(), cpu);
}

/* A test that failed with a CPU offline does not take it from the next one. */
static void all_online(int sig)
{
	for (int cpu = 1; cpu < sysconf(_SC_NPROCESSORS_CONF); cpu++) {
		char path[64];

		online_path(cpu, path, sizeof(path));
		/* An error: it was online */
		cc_write_file(path, "1");
	}
}

static void test_offline(int cpus)
{
	for (int cycle = 0; cycle < CYCLES; cycle++) {
		for (int cpu = 1; cpu < cpus; cpu++) {
			run_on(0);
			set_online(cpu, false);
			set_online(cpu, true);
			run_on(cpu);
		}
	}
}

static void test_every_cpu(struct ccp_hostview *view, int cpus)
{
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	for (int writer = 0; writer < cpus; writer++) {
		run_on(writer);
		cc_buffer_rewrite(&buffer);
		for (int reader = 0; reader < cpus; reader++) {
			run_on(reader);
			cc_assert_shared_intact(view, &buffer);
		}
	}
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_was_offline(struct ccp_hostview *view, int cpus)
{
	for (int cpu = 1; cpu < cpus; cpu++) {
		struct cc_buffer buffer;

		run_on(0);
		set_online(cpu, false);
		cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
		set_online(cpu, true);
		run_on(cpu);
		cc_assert_shared_intact(view, &buffer);
		cc_buffer_rewrite(&buffer);
		run_on(0);
		cc_assert_shared_intact(view, &buffer);
		ccp_buffer_destroy(&buffer.dmabuf);
	}
}

int igt_main()
{
	static struct ccp_hostview *view;
	static int cpus;

	igt_fixture() {
		cpus = sysconf(_SC_NPROCESSORS_CONF);
		igt_require_f(cpus > 1, "one CPU only\n");
		igt_install_exit_handler(all_online);
	}

	igt_describe("Each CPU but the first goes offline and comes back, several times, and runs "
		     "programs again.");
	igt_subtest("offline-cpu-comes-back")
		test_offline(cpus);

	igt_subtest_group() {
		igt_fixture() {
			cc_require_coco();
			cc_require_heap(cc_shared_heap());
			view = cc_hostview_open();
		}

		igt_describe("What one CPU writes to a shared buffer every other CPU reads, and so "
			     "do devices.");
		igt_subtest("every-cpu-sees-the-same-memory")
			test_every_cpu(view, cpus);

		igt_describe("A buffer that was allocated while a CPU was offline is shared memory "
			     "for it too.");
		igt_subtest("cpu-that-was-offline-sees-shared-memory")
			test_was_offline(view, cpus);
	}

	igt_fixture()
		ccp_hostview_close(view);
}

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

/* The CPUs that this process may use: they are online. */
static struct {
	int count;
	int number[CPU_SETSIZE];
	bool went_offline; /* one of them did, so the others have to */
} cpus;

static void require_cpus(void)
{
	cpu_set_t set;

	igt_require_f(!sched_getaffinity(0, sizeof(set), &set), "more than %d CPUs\n", CPU_SETSIZE);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set))
			cpus.number[cpus.count++] = cpu;
	igt_require_f(cpus.count > 1, "one CPU only\n");
}

static int tell(int cpu, const char *online)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
	return cc_write_file(path, online);
}

/*
 * Why CPUs stay as they are: the kernel has no file for it (CONFIG_HOTPLUG_CPU), cannot do it (a
 * TDX guest whose firmware has started them) or does not now, or the user may not.
 */
static bool is_refusal(int err)
{
	static const int reasons[] = { ENOENT, EOPNOTSUPP, EBUSY, EACCES, EPERM, EROFS };

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (err == -reasons[i])
			return true;
	return false;
}

static void assert_went(int cpu, const char *where, int err)
{
	igt_assert_f(!err, "cpu %d cannot go %s: %s\n", cpu, where, strerror(-err));
}

/* Skips where CPUs cannot go offline at all. */
static void go_offline(int cpu)
{
	long before = sysconf(_SC_NPROCESSORS_ONLN);
	int err = tell(cpu, "0");

	igt_require_f(cpus.went_offline || !is_refusal(err), "cpu %d cannot go offline: %s\n", cpu,
		      strerror(-err));
	assert_went(cpu, "offline", err);
	cpus.went_offline = true;
	igt_assert_eq(sysconf(_SC_NPROCESSORS_ONLN), before - 1);
}

static void come_online(int cpu)
{
	long before = sysconf(_SC_NPROCESSORS_ONLN);

	assert_went(cpu, "online", tell(cpu, "1"));
	igt_assert_eq(sysconf(_SC_NPROCESSORS_ONLN), before + 1);
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
	for (int i = 1; i < cpus.count; i++)
		/* An error: it was online */
		tell(cpus.number[i], "1");
}

static void test_offline(void)
{
	for (int cycle = 0; cycle < CYCLES; cycle++) {
		for (int i = 1; i < cpus.count; i++) {
			run_on(cpus.number[0]);
			go_offline(cpus.number[i]);
			come_online(cpus.number[i]);
			run_on(cpus.number[i]);
		}
	}
}

static void test_every_cpu(struct ccp_hostview *view)
{
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	for (int writer = 0; writer < cpus.count; writer++) {
		run_on(cpus.number[writer]);
		cc_buffer_rewrite(&buffer);
		for (int reader = 0; reader < cpus.count; reader++) {
			run_on(cpus.number[reader]);
			cc_assert_shared_intact(view, &buffer);
		}
	}
	ccp_buffer_destroy(&buffer.dmabuf);
}

static void test_was_offline(struct ccp_hostview *view)
{
	for (int i = 1; i < cpus.count; i++) {
		struct cc_buffer buffer;

		run_on(cpus.number[0]);
		go_offline(cpus.number[i]);
		cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
		come_online(cpus.number[i]);
		run_on(cpus.number[i]);
		cc_assert_shared_intact(view, &buffer);
		cc_buffer_rewrite(&buffer);
		run_on(cpus.number[0]);
		cc_assert_shared_intact(view, &buffer);
		ccp_buffer_destroy(&buffer.dmabuf);
	}
}

int igt_main()
{
	static struct ccp_hostview *view;

	igt_fixture() {
		require_cpus();
		igt_install_exit_handler(all_online);
	}

	igt_describe("Each CPU but the first goes offline and comes back, several times, and runs "
		     "programs again.");
	igt_subtest("offline-cpu-comes-back")
		test_offline();

	igt_subtest_group() {
		igt_fixture() {
			cc_require_coco();
			cc_require_heap(cc_shared_heap());
			view = cc_hostview_open();
		}

		igt_describe("What one CPU writes to a shared buffer every other CPU reads, and so "
			     "do devices.");
		igt_subtest("every-cpu-sees-the-same-memory")
			test_every_cpu(view);

		igt_describe("A buffer that was allocated while a CPU was offline is shared memory "
			     "for it too.");
		igt_subtest("cpu-that-was-offline-sees-shared-memory")
			test_was_offline(view);
	}

	igt_fixture()
		ccp_hostview_close(view);
}

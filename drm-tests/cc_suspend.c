// SPDX-License-Identifier: MIT
/**
 * TEST: cc suspend
 * Category: Core
 * Mega feature: DMA-BUF heaps
 * Sub-category: Confidential computing
 * Functionality: system_cc_shared heap
 * Test category: functionality test
 * Description: Buffers, imports and pictures over a suspend of the guest: the kernel's tests that
 *	stop processes or devices, and suspend to idle.
 *
 * SUBTEST: memory-survives
 * Description: A shared buffer keeps its bytes and stays shared; it is private again when it is
 *	freed afterwards.
 *
 * SUBTEST: memory-survives-the-freezer
 * Description: The same where only the processes stop.
 *
 * SUBTEST: import-survives
 * Description: An import into vgem and one into virtio-gpu lead to the same memory afterwards, and
 *	the memory is free when they go.
 *
 * SUBTEST: import-survives-the-freezer
 * Description: The same where only the processes stop.
 *
 * SUBTEST: picture-survives
 * Description: A picture in a shared buffer is on the screen again afterwards, and so is an edit.
 *
 * SUBTEST: picture-survives-the-freezer
 * Description: The same where only the processes stop.
 *
 * SUBTEST: new-picture-is-shown
 * Description: What is imported afterwards is shown.
 *
 * SUBTEST: new-picture-is-shown-after-the-freezer
 * Description: The same where only the processes stop.
 *
 * SUBTEST: port-survives
 * Description: The host side answers on a virtio-serial port, as before.
 */
#include "igt.h"

#include <dirent.h>

#include "ccprime.h"
#include "support/buffer.h"
#include "support/fd.h"
#include "support/heap.h"
#include "support/hostview.h"
#include "support/kernelfs.h"
#include "support/prime.h"
#include "support/screen.h"
#include "support/sizes.h"
#include "support/virtgpu.h"

IGT_TEST_DESCRIPTION(
	"Buffers, imports and pictures over a suspend of the guest: the kernel's tests "
	"that stop processes or devices, and suspend to idle.");

#define PM_TEST	  "/sys/power/pm_test"
#define STATE	  "/sys/power/state"
#define DELAY	  "/sys/module/suspend/parameters/pm_test_delay"
#define WAKEALARM "/sys/class/rtc/rtc0/wakealarm"
#define SERIAL	  "/sys/class/tty/ttyS0/power/wakeup"
#define CONSOLE	  "/sys/bus/virtio/drivers/virtio_console"

/* A byte for the guest before it sleeps stops it from doing so. */
#define SLEEP_TRIES 5
#define PORT_NS	    5000000000ull

/*
 * Documentation/power/basic-pm-debugging.rst: how far a test of suspend goes; none is the real one.
 * The first one leaves devices alone.
 */
struct depth {
	const char *name, *pm_test;
	bool sleeps;
};

static const struct depth freezer = { "freezer", "freezer", false };

static const struct depth depths[] = {
	{ "devices", "devices", false },
	{ "platform", "platform", false },
	{ "s2idle", "none", true },
};

static void tell(const char *path, const char *text)
{
	cc_require_file(path, cc_write_file(path, text));
}

/* A machine's clock wakes it; QEMU's does not, but the host side can. */
static void arm_wake(void)
{
	int err = ccp_wake(true);

	if (err == -ENODEV) {
		tell(WAKEALARM, "+2");
		return;
	}
	igt_assert_f(!err, "wake on: %s\n", strerror(-err));
	tell(SERIAL, "enabled");
}

static void disarm_wake(void)
{
	int err = ccp_wake(false);

	igt_assert_f(!err || err == -ENODEV, "wake off: %s\n", strerror(-err));
}

/* Whether the host side answers on the control port; a port that is new is not open yet. */
static int control_port_answers(void)
{
	struct timespec start = {};
	int err;

	do {
		err = ccp_wake(false);
	} while ((err == -EIO || err == -ENODEV) && igt_nsec_elapsed(&start) < PORT_NS);
	return err;
}

/* docs/upstream-problems.md, "ports after a suspend": its driver has it anew. */
static void reopen_control_port(void)
{
	struct dirent *entry;
	DIR *devices = opendir(CONSOLE);

	while (devices && (entry = readdir(devices))) {
		if (strncmp(entry->d_name, "virtio", strlen("virtio")))
			continue;
		tell(CONSOLE "/unbind", entry->d_name);
		tell(CONSOLE "/bind", entry->d_name);
		igt_assert_eq(control_port_answers(), 0);
	}
	if (devices)
		closedir(devices);
}

static int go_to_sleep(const struct depth *depth)
{
	int err = -EBUSY;

	for (int i = 0; err == -EBUSY && i < (depth->sleeps ? SLEEP_TRIES : 1); i++)
		err = cc_write_file(STATE, "freeze");
	return err;
}

/* Leaves the control port as the kernel has left it. Returns what the kernel said. */
static int sleep_only(const struct depth *depth)
{
	tell(DELAY, "0");
	tell(PM_TEST, depth->pm_test);
	if (depth->sleeps)
		arm_wake();
	return go_to_sleep(depth);
}

static void suspend(const struct depth *depth)
{
	int err = sleep_only(depth);

	reopen_control_port();
	if (depth->sleeps)
		disarm_wake();
	cc_require_file(STATE, err);
}

static void test_port(void)
{
	int answers;

	igt_require_f(!control_port_answers(), "no host side that answers\n");
	cc_require_file(STATE, sleep_only(&depths[0]));
	answers = control_port_answers();
	reopen_control_port();
	igt_assert_eq(answers, 0);
}

static void test_memory(struct ccp_hostview *view, int drm, const struct depth *depth)
{
	uint64_t before = cc_shared_pages_at_rest(view);
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	suspend(depth);
	cc_assert_shared_intact(view, &buffer);
	cc_buffer_rewrite(&buffer);
	cc_assert_shared_intact(view, &buffer);
	ccp_buffer_destroy(&buffer.dmabuf);
	cc_assert_shared_pages_become(view, before);
}

static void test_import(struct ccp_hostview *view, int drm, const struct depth *depth)
{
	int vgem = cc_drm_open("vgem"), importers[] = { vgem, drm };
	uint32_t handles[ARRAY_SIZE(importers)];
	uint64_t before = cc_shared_pages_at_rest(view);
	struct cc_buffer buffer;

	cc_buffer_create(&buffer, cc_shared_heap(), MIXED_SIZE);
	for (size_t i = 0; i < ARRAY_SIZE(importers); i++)
		handles[i] = cc_prime_import(importers[i], buffer.dmabuf.fd);
	suspend(depth);
	for (size_t i = 0; i < ARRAY_SIZE(importers); i++) {
		int fd = cc_prime_export(importers[i], handles[i]);

		cc_assert_same_dmabuf(fd, buffer.dmabuf.fd);
		close(fd);
	}
	cc_assert_shared_intact(view, &buffer);
	for (size_t i = 0; i < ARRAY_SIZE(importers); i++)
		igt_assert_eq(ccp_gem_close(importers[i], handles[i]), 0);
	ccp_buffer_destroy(&buffer.dmabuf);
	cc_assert_shared_pages_become(view, before);
	close(vgem);
}

struct shown {
	struct cc_buffer buffer;
	uint32_t handle;
	struct ccp_scanout scanout;
};

static void show(struct shown *shown, int drm)
{
	uint32_t width, height;

	cc_require_screen(drm, &width, &height);
	cc_buffer_create(&shown->buffer, cc_shared_heap(), (size_t)width * height * PIXEL);
	shown->handle = cc_prime_import(drm, shown->buffer.dmabuf.fd);
	shown->scanout = cc_show(drm, shown->handle, width * PIXEL, 0);
}

static void assert_shows(struct ccp_hostview *view, const struct shown *shown, const char *name)
{
	cc_assert_shown(view, &shown->scanout, &shown->buffer.pattern, 0, name);
}

static void hide(struct shown *shown, int drm)
{
	ccp_scanout_destroy(&shown->scanout);
	igt_assert_eq(ccp_gem_close(drm, shown->handle), 0);
	ccp_buffer_destroy(&shown->buffer.dmabuf);
}

static void test_picture(struct ccp_hostview *view, int drm, const struct depth *depth)
{
	struct shown shown;

	show(&shown, drm);
	assert_shows(view, &shown, "cc-suspend-before");
	suspend(depth);
	igt_assert_eq(ccp_scanout_flush(&shown.scanout), 0);
	assert_shows(view, &shown, "cc-suspend-after");
	cc_buffer_rewrite(&shown.buffer);
	igt_assert_eq(ccp_scanout_flush(&shown.scanout), 0);
	assert_shows(view, &shown, "cc-suspend-edit");
	hide(&shown, drm);
}

static void test_new_picture(struct ccp_hostview *view, int drm, const struct depth *depth)
{
	struct shown shown;

	suspend(depth);
	show(&shown, drm);
	assert_shows(view, &shown, "cc-suspend-new");
	hide(&shown, drm);
}

static const struct test {
	const char *name, *description, *freezer_name;
	void (*run)(struct ccp_hostview *view, int drm, const struct depth *depth);
} tests[] = {
	{ "memory-survives",
	  "A shared buffer keeps its bytes and stays shared; it is private again when it is freed "
	  "afterwards.",
	  "memory-survives-the-freezer", test_memory },
	{ "import-survives",
	  "An import into vgem and one into virtio-gpu lead to the same memory afterwards, and the "
	  "memory is free when they go.",
	  "import-survives-the-freezer", test_import },
	{ "picture-survives",
	  "A picture in a shared buffer is on the screen again afterwards, and so is an edit.",
	  "picture-survives-the-freezer", test_picture },
	{ "new-picture-is-shown", "What is imported afterwards is shown.",
	  "new-picture-is-shown-after-the-freezer", test_new_picture },
};

static void dynamic_depth(struct ccp_hostview *view, int drm, const struct test *test,
			  const struct depth *depth)
{
	igt_dynamic(depth->name)
		test->run(view, drm, depth);
}

static void subtests(struct ccp_hostview *view, int drm, const struct test *test)
{
	igt_describe(test->description);
	igt_subtest_with_dynamic(test->name) {
		for (size_t i = 0; i < ARRAY_SIZE(depths); i++)
			dynamic_depth(view, drm, test, &depths[i]);
	}

	igt_describe("The same where only the processes stop.");
	igt_subtest(test->freezer_name)
		test->run(view, drm, &freezer);
}

/* A test that failed leaves the kernel as it was. */
static void real_suspend(int sig)
{
	cc_write_file(PM_TEST, "none");
}

int igt_main()
{
	static struct ccp_hostview *view;
	static int drm;

	igt_fixture() {
		cc_require_heap(cc_shared_heap());
		tell(PM_TEST, "none");
		view = cc_hostview_open();
		drm = cc_virtgpu_open();
		igt_install_exit_handler(real_suspend);
	}

	for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
		subtests(view, drm, &tests[i]);

	igt_describe("The host side answers on a virtio-serial port, as before.");
	igt_subtest("port-survives")
		test_port();

	igt_fixture() {
		close(drm);
		ccp_hostview_close(view);
	}
}

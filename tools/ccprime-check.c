// SPDX-License-Identifier: MIT
/*
 * ccprime-check: what the tests will find in this guest, and what to do about what is missing. It
 * looks and changes nothing.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <xf86drm.h>

#include "ccprime.h"

#define CONFIG "CONFIG_DMABUF_HEAPS_SYSTEM_CC_SHARED"
#define TESTS  "/usr/libexec/ccprime"

/* What was found of one thing. */
struct finding {
	bool there;
	char found[256];
	char todo[256]; /* "" where there is nothing to do */
};

static void say(struct finding *finding, bool there, const char *found, const char *todo)
{
	finding->there = there;
	snprintf(finding->found, sizeof(finding->found), "%s", found);
	snprintf(finding->todo, sizeof(finding->todo), "%s", todo);
}

static void check_guest(struct finding *finding)
{
	enum ccp_platform platform = ccp_platform_detect();

	if (platform != CCP_PLATFORM_NONE) {
		say(finding, true, ccp_platform_name(platform), "");
		return;
	}
	say(finding, false, "no confidential guest that this program knows",
	    geteuid() ? "run this as root: an ordinary user may not see what kind of guest it is"
		      : "the heap exists in SEV, SEV-SNP, TDX and CCA guests only");
}

static void check_kernel(struct finding *finding)
{
	struct utsname name;
	unsigned int major = 0;

	if (uname(&name) || sscanf(name.release, "%u", &major) != 1)
		major = 0;
	say(finding, major >= 7, name.release,
	    major >= 7 ? ""
		       : "the heap came with Linux 7; kernel-patches/6.12 bring it to Linux 6.12");
}

/* What the configuration says of the heap: 'y', 'n', or 0 where nobody can tell. */
static char configured(void)
{
	char path[300], line[256], found = 0;
	struct utsname name;
	FILE *file;

	if (uname(&name))
		return 0;
	snprintf(path, sizeof(path), "/boot/config-%s", name.release);
	file = fopen(path, "re");
	if (!file)
		return 0;
	found = 'n';
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, CONFIG "=", strlen(CONFIG "=")))
			found = line[strlen(CONFIG "=")];
	fclose(file);
	return found;
}

static const char *why_no_heap(void)
{
	if (access("/dev/dma_heap", F_OK))
		return "the kernel has no DMA heaps: CONFIG_DMABUF_HEAPS";
	if (configured() == 'n')
		return "the kernel was built without " CONFIG ": build it so, or install the "
		       "module ccprime-heap-dkms";
	if (ccp_platform_detect() == CCP_PLATFORM_NONE)
		return "it exists in confidential guests only";
	return "the kernel needs " CONFIG;
}

static void check_heap(struct finding *finding)
{
	int heap = ccp_heap_open(CCP_HEAP_SHARED), fd;

	if (heap == -ENOENT) {
		say(finding, false, "missing", why_no_heap());
		return;
	}
	if (heap < 0) {
		say(finding, false, strerror(-heap), "run this as root");
		return;
	}
	fd = ccp_heap_alloc(heap, 1);
	close(heap);
	if (fd < 0) {
		say(finding, false, strerror(-fd), "it hands out no memory: see dmesg");
		return;
	}
	close(fd);
	say(finding, true, "hands out memory", "");
}

static void check_private_heap(struct finding *finding)
{
	int heap = ccp_heap_open(CCP_HEAP_PRIVATE);

	say(finding, heap >= 0, heap < 0 ? strerror(-heap) : "there",
	    heap < 0 ? "tests that compare with private memory skip: CONFIG_DMABUF_HEAPS_SYSTEM"
		     : "");
	if (heap >= 0)
		close(heap);
}

/* The drivers of DRM devices that import dma-bufs, with spaces between them. */
static void check_drm(struct finding *finding)
{
	char names[128] = "";
	glob_t nodes;

	if (!glob("/dev/dri/card*", 0, NULL, &nodes)) {
		for (size_t i = 0; i < nodes.gl_pathc; i++) {
			int fd = open(nodes.gl_pathv[i], O_RDWR | O_CLOEXEC);
			drmVersionPtr version = fd < 0 ? NULL : drmGetVersion(fd);
			uint64_t prime = 0;
			size_t end = strlen(names);

			if (version && !drmGetCap(fd, DRM_CAP_PRIME, &prime) &&
			    prime & DRM_PRIME_CAP_IMPORT)
				snprintf(names + end, sizeof(names) - end, "%s%s", end ? " " : "",
					 version->name);
			drmFreeVersion(version);
			if (fd >= 0)
				close(fd);
		}
		globfree(&nodes);
	}
	say(finding, names[0], names[0] ? names : "none that imports",
	    names[0] ? "" : "load a driver: modprobe vgem; tests that import skip");
}

static void check_pattern(struct finding *finding, const char *pattern, const char *todo)
{
	glob_t found;
	char text[64];

	if (glob(pattern, 0, NULL, &found)) {
		say(finding, false, "none", todo);
		return;
	}
	snprintf(text, sizeof(text), "%zu: %.40s", found.gl_pathc, found.gl_pathv[0]);
	say(finding, true, text, "");
	globfree(&found);
}

static void check_importers(struct finding *finding)
{
	check_pattern(finding, "/dev/ccprime-importer-*",
		      "cc_importer skips: a driver has to offer ccprime-importer.h");
}

static void check_udmabuf(struct finding *finding)
{
	check_pattern(finding, "/dev/udmabuf", "cc_udmabuf skips: CONFIG_UDMABUF");
}

static void check_vivid(struct finding *finding)
{
	check_pattern(finding, "/dev/video*", "cc_v4l2 skips: modprobe vivid");
}

static void check_debugfs(struct finding *finding)
{
	check_pattern(finding, "/sys/kernel/debug/dma_buf/bufinfo",
		      "some tests skip: run as root; mount -t debugfs debugfs /sys/kernel/debug");
}

static void check_hostview(struct finding *finding)
{
	struct ccp_hostview *view = NULL;
	int err = ccp_hostview_open(&view);

	say(finding, !err, err ? "none" : "a monitor below this guest shows what devices see",
	    err ? "tests of what the host sees skip; that is so on hardware" : "");
	ccp_hostview_close(view);
}

static void check_runner(struct finding *finding)
{
	const char *path = getenv("PATH");
	char copy[1024], file[1100], *rest = copy, *folder;

	snprintf(copy, sizeof(copy), "%s", path ? path : "");
	while ((folder = strsep(&rest, ":"))) {
		snprintf(file, sizeof(file), "%s/igt_runner", folder);
		if (!access(file, X_OK)) {
			say(finding, true, "there", "");
			return;
		}
	}
	say(finding, false, "none", "run the programs one by one: " TESTS "/cc_heap");
}

static const struct check {
	const char *name;
	bool needed; /* without it no test runs */
	void (*run)(struct finding *finding);
} checks[] = {
	{ "guest", true, check_guest },
	{ "kernel", false, check_kernel },
	{ "heap system_cc_shared", true, check_heap },
	{ "heap system", false, check_private_heap },
	{ "DRM importers", false, check_drm },
	{ "other importers", false, check_importers },
	{ "udmabuf", false, check_udmabuf },
	{ "vivid", false, check_vivid },
	{ "debugfs", false, check_debugfs },
	{ "host view", false, check_hostview },
	{ "igt_runner", false, check_runner },
};

#define COUNT (sizeof(checks) / sizeof(checks[0]))

static void show(const struct finding findings[])
{
	for (size_t i = 0; i < COUNT; i++) {
		printf("%-22s  %-7s  %s\n", checks[i].name, findings[i].there ? "ok" : "missing",
		       findings[i].found);
		if (findings[i].todo[0])
			printf("%33s%s\n", "", findings[i].todo);
	}
}

/* RFC 8259, 7: what a string may not have as it is. */
static void show_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		if ((unsigned char)*text < 0x20)
			printf("\\u%04x", *text);
		else
			putchar(*text);
	}
	putchar('"');
}

static void show_json(const struct finding findings[])
{
	printf("{\"version\": \"%s\", \"checks\": [", VERSION);
	for (size_t i = 0; i < COUNT; i++) {
		printf("%s\n {\"name\": ", i ? "," : "");
		show_string(checks[i].name);
		printf(", \"ok\": %s, \"found\": ", findings[i].there ? "true" : "false");
		show_string(findings[i].found);
		printf(", \"do\": ");
		show_string(findings[i].todo);
		printf("}");
	}
	printf("\n]}\n");
}

static int usage(FILE *to, int status)
{
	fprintf(to, "usage: ccprime-check [--json] [--version]\n"
		    "Says what the tests will find in this guest, and what to do about what is\n"
		    "missing. The exit status is 0 where tests can run, 1 where none can.\n");
	return status;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{},
	};
	struct finding findings[COUNT] = {};
	bool json = false, ready = true;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'v')
			return printf("ccprime-check %s\n", VERSION) < 0;
		if (option != 'j')
			return option == 'h' ? usage(stdout, 0) : usage(stderr, 2);
		json = true;
	}
	if (optind != argc)
		return usage(stderr, 2);

	for (size_t i = 0; i < COUNT; i++) {
		checks[i].run(&findings[i]);
		ready &= findings[i].there || !checks[i].needed;
	}
	(json ? show_json : show)(findings);
	return !ready;
}

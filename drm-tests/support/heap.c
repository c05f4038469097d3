/* SPDX-License-Identifier: MIT */
#include <sys/ioctl.h>

#include "igt.h"
#include "ccprime.h"
#include "heap.h"

const char *cc_shared_heap(void)
{
	return getenv("CCPRIME_HEAP") ?: CCP_HEAP_SHARED;
}

void cc_require_heap(const char *heap)
{
	int fd = ccp_heap_open(heap);

	igt_require_f(fd != -ENOENT, "no heap /dev/dma_heap/%s\n", heap);
	igt_assert_f(fd >= 0, "/dev/dma_heap/%s: %s\n", heap, strerror(-fd));
	close(fd);
}

void cc_require_coco(void)
{
	igt_require_f(ccp_platform_detect() != CCP_PLATFORM_NONE, "not in a confidential guest\n");
}

int cc_heap_ioctl(unsigned long request, void *arg)
{
	int heap = ccp_heap_open(cc_shared_heap());
	int err;

	igt_assert_fd(heap);
	err = ioctl(heap, request, arg) ? -errno : 0;
	close(heap);
	return err;
}

// SPDX-License-Identifier: MIT
#include "igt.h"

#include <linux/dma-heap.h>

#include "ccprime.h"
#include "fd.h"
#include "heap.h"
#include "kernelfs.h"
#include "sizes.h"

const char *cc_shared_heap(void)
{
	return getenv("CCPRIME_HEAP") ?: CCP_HEAP_SHARED;
}

void cc_require_heap(const char *heap)
{
	int fd = ccp_heap_open(heap);
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/dev/dma_heap/%s", heap);
	cc_require_file(path, fd);
	close(fd);
}

void cc_require_coco(void)
{
	igt_require_f(ccp_platform_detect() != CCP_PLATFORM_NONE, "not in a confidential guest\n");
}

void cc_require_platform(enum ccp_platform platform)
{
	enum ccp_platform found = ccp_platform_detect();

	igt_require_f(found == platform, "in a guest of kind %s, not %s\n",
		      ccp_platform_name(found), ccp_platform_name(platform));
}

void cc_require_low_addresses(const char *what)
{
	igt_require_f(ccp_platform_detect() != CCP_PLATFORM_CCA,
		      "%s has addresses of 32 bits, and a realm's shared memory is above\n", what);
}

int cc_heap_ioctl(unsigned long request, void *arg)
{
	int heap = ccp_heap_open(cc_shared_heap());
	int err;

	igt_assert_fd(heap);
	err = cc_ioctl(heap, request, arg);
	close(heap);
	return err;
}

int cc_heap_alloc_page(uint32_t fd_flags)
{
	struct dma_heap_allocation_data data = { .len = PAGE, .fd_flags = fd_flags };
	int err = cc_heap_ioctl(DMA_HEAP_IOCTL_ALLOC, &data);

	igt_assert_f(!err, "a page with fd flags 0x%x: %s\n", fd_flags, strerror(-err));
	return (int)data.fd;
}

/* SPDX-License-Identifier: MIT */
/*
 * The heap under test, and what a test needs of heap and guest. cc_require_*(), here and in the
 * other files, skips.
 */
#ifndef CC_HEAP_H
#define CC_HEAP_H

#include <stdint.h>

#include "ccprime.h"

/* The heap under test: system_cc_shared, or the one that CCPRIME_HEAP names in the environment. */
const char *cc_shared_heap(void);

/* Skips where there is no such heap, or this user may not open it. */
void cc_require_heap(const char *heap);

/* Skips where the guest is not confidential; where it is of another kind. */
void cc_require_coco(void);
void cc_require_platform(enum ccp_platform platform);

/*
 * Skips where shared memory has no address of 32 bits: in a realm the highest bit of an address
 * says that it is shared. what: the device.
 */
void cc_require_low_addresses(const char *what);

/* An ioctl on the heap under test: 0 or a negative errno. */
int cc_heap_ioctl(unsigned long request, void *arg);

/* A dma-buf of one page with these flags: O_RDWR, O_CLOEXEC, ... */
int cc_heap_alloc_page(uint32_t fd_flags);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * A Vulkan driver, and the two ioctls of dma-buf.h, that do nothing but keep count of what is
 * created and whose the fds are, and fail when they are told to.
 */
#ifndef FAKE_VULKAN_H
#define FAKE_VULKAN_H

#include <stdbool.h>

#include <vulkan/vulkan.h>

struct fake {
	/* To set: */
	unsigned int fail_at; /* the nth call from now that can fail; 0: none */
	VkResult result; /* what it returns */
	const char *missing; /* an extension that the device does not have, or NULL */
	unsigned int alignment; /* of memory for buffers; 0: 16 */
	unsigned int needed; /* bytes of memory that an image or a buffer needs; 0: few */
	bool sync_file_done; /* a semaphore's sync file is -1 */

	/* To look at: */
	unsigned int calls; /* that could have failed */
	unsigned int live; /* objects */
	unsigned int misused; /* destroyed twice, or never created */
};

/* All of it is forgotten; nothing may be live. */
extern struct fake fake;

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Puts a Linux bzImage into the guest as a boot loader would (Documentation/arch/x86/boot.rst). */
#ifndef MONITOR_LINUX_H
#define MONITOR_LINUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memory-map.h"
#include "guest.h"

struct linux_boot {
	const void *kernel; /* bzImage */
	size_t kernel_size;
	const void *initramfs;
	size_t initramfs_size;
	const char *command_line;
	const struct memory_map *map; /* the guest gets it, cut at the end of its RAM */
	bool lazy; /* RAM that neither kernel nor initramfs needs is left unaccepted */
};

/*
 * Loads everything into the private plane and points the vCPU, in long mode, at the 64-bit entry.
 * fatal() where the image is no 64-bit bzImage or something does not fit.
 */
void linux_load(const struct linux_boot *boot, struct vcpu *vcpu);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Sizes of pages, which all architectures here have in common. */
#ifndef MONITOR_PAGE_H
#define MONITOR_PAGE_H

#define PAGE_SIZE	4096ul
#define LARGE_PAGE_SIZE (2ul << 20)

#endif

/* SPDX-License-Identifier: MIT */
/* File descriptors, of dma-bufs or of anything: asked, mapped, polled, compared, counted. */
#ifndef CC_FD_H
#define CC_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* ioctl(), once: 0 or a negative errno. */
int cc_ioctl(int fd, unsigned long request, void *arg);

/* A mapping that is MAP_SHARED; fails where there is none. Undo with munmap(). */
void *cc_map(int fd, off_t offset, size_t size, int prot);

/* Maps, and unmaps again: 0 or a negative errno. flags: MAP_SHARED or MAP_PRIVATE. */
int cc_map_error(int fd, off_t offset, size_t size, int prot, int flags);

/* Which of poll()'s events the fd is ready for within so many milliseconds. */
int cc_ready(int fd, short events, int timeout_ms);

/* Whether a child process ends within so many milliseconds. It is still to be waited for. */
bool cc_ends_in_time(pid_t pid, int timeout_ms);

/* The inode number of a dma-buf. */
unsigned long cc_inode(int fd);

/* Both fds are of one dma-buf: same inode. */
void cc_assert_same_dmabuf(int fd, int other);

/*
 * Entries of /proc/self/fd, to compare: the file descriptors of this process, and always as many
 * more.
 */
unsigned int cc_open_fds(void);

#endif

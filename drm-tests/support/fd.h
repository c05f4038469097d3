/* SPDX-License-Identifier: MIT */
/* File descriptors, of dma-bufs or of anything: mapped, polled, compared, counted. */
#ifndef CC_FD_H
#define CC_FD_H

/* Both fds are of one dma-buf: same inode. */
void cc_assert_same_dmabuf(int fd, int other);

/* Entries of /proc/self/fd, to compare: the file descriptors of this process, and always as many more. */
unsigned int cc_open_fds(void);

/* Maps a page of a dma-buf, and lets it go again: 0 or a negative errno. */
int cc_map_error(int fd, int prot);

/* The inode number of a dma-buf. */
unsigned long cc_inode(int fd);

/* Which of poll()'s events the fd is ready for within so many milliseconds. */
int cc_ready(int fd, short events, int timeout_ms);

#endif

/* SPDX-License-Identifier: MIT */
/* ioctl() with the library's error convention. */
#ifndef CCP_IOCTL_H
#define CCP_IOCTL_H

#include <errno.h>
#include <sys/ioctl.h>

/* Restarted on EINTR and EAGAIN, as libdrm does it: the kernel gives them for an interrupted wait.
 */
static inline int ccp_ioctl(int fd, unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, request, arg);
	} while (ret == -1 && (errno == EINTR || errno == EAGAIN));

	return ret == -1 ? -errno : ret;
}

#endif

# SPDX-License-Identifier: MIT
"""What checks share of the machine: files of the kernel that they cover, and its log."""

import ctypes
import fcntl
import os

CLONE_NEWNS = 0x20000
CLONE_NEWUSER = 0x10000000
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18


def can_cover(path):
    """Whether there is such a file, in a mount at its first folder, which can be made private."""
    return os.path.exists(path) and os.path.ismount(first_folder(path))


def first_folder(path):
    return "/" + path.split("/")[1]


def cover(files):
    """For preexec_fn: a function that puts, by path of the kernel's file, another file over it."""

    def in_child():
        libc = ctypes.CDLL(None, use_errno=True)
        failed = libc.unshare(CLONE_NEWNS | (CLONE_NEWUSER if os.geteuid() else 0))
        for path, ours in files.items():
            folder = first_folder(path).encode()
            failed = (
                failed
                or libc.mount(None, folder, None, MS_REC | MS_PRIVATE, None)
                or libc.mount(os.fsencode(ours), path.encode(), None, MS_BIND, None)
            )
        if failed:
            raise OSError(ctypes.get_errno(), "cannot cover " + ", ".join(files))

    return in_child


def alone():
    """Waits until no other such check runs: all programs' marks are in one log, where igt_runner looks."""
    try:
        log = open("/dev/kmsg", encoding="ascii")
    except OSError:
        # Then it is not read, either.
        return None
    fcntl.flock(log, fcntl.LOCK_EX)
    return log

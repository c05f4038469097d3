# SPDX-License-Identifier: MIT
"""The project itself, built by meson in the root: tests, monitor, QEMU's preload library."""

import shutil

from project import SOURCE
from workshop.cache import digest

PRELOAD = "guest/udmabuf/libccprime-udmabuf.so"
MONITOR = "guest/monitor/x86/ccprime-monitor-x86.elf"
# Where `install` puts what belongs into a guest.
INSTALLED = "installed"
INSTALLING = "installing"
BUILD_SIZE = 0.1e9


def commands(folder):
    """What has to run in the root, one after the other."""
    setup = ["meson", "setup", "--prefix=/usr", "--libdir=lib", "--libexecdir=libexec"]
    known = (folder / "build.ninja").exists()
    return [
        *([] if known else [[*setup, folder, SOURCE]]),
        ["meson", "compile", "-C", folder],
        ["meson", "install", "-C", folder, "--quiet", "--destdir", folder / INSTALLING],
    ]


def build(cache, stages, root):
    """Builds the project; returns its build folder. Only what changed is built."""
    cache.need("build", BUILD_SIZE)
    entry = ("build", digest(SOURCE, root.path))
    with cache.hold(*entry), stages.stage("build", "tests, monitor and library"):
        folder = cache.folder(*entry)
        shutil.rmtree(folder / INSTALLING, ignore_errors=True)
        for command in commands(folder):
            argv = root.argv(command, cwd=SOURCE, read=[SOURCE], write=[folder])
            stages.run("build", argv)
        # What is not installed any more must not stay, and whoever reads it finds all of it.
        shutil.rmtree(folder / INSTALLED, ignore_errors=True)
        (folder / INSTALLING).rename(folder / INSTALLED)
    return folder

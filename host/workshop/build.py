# SPDX-License-Identifier: MIT
"""The project itself, built by meson in the root: tests, monitor, QEMU's preload library."""

import shutil

from arches import NATIVE
from project import SOURCE
from workshop.cache import digest

PRELOAD = "guest/udmabuf/libccprime-udmabuf.so"
# Where `install` puts what belongs into a guest.
INSTALLED = "installed"
INSTALLING = "installing"
BUILD_SIZE = 0.1e9


def commands(folder, arch):
    """What has to run in the root, one after the other."""
    setup = ["meson", "setup", "--prefix=/usr", "--libdir=lib", "--libexecdir=libexec"]
    cross = [] if arch.is_native else ["--cross-file", SOURCE / f"guest/root/{arch.name}.ini"]
    first = [] if (folder / "build.ninja").exists() else [[*setup, *cross, folder, SOURCE]]
    return [
        *first,
        ["meson", "compile", "-C", folder],
        ["meson", "install", "-C", folder, "--quiet", "--destdir", folder / INSTALLING],
    ]


def build(cache, stages, root, arch=NATIVE):
    """Builds the project for an architecture; returns its build folder. Only what changed is built."""
    cache.need("build", BUILD_SIZE)
    entry = ("build", digest(SOURCE, root.path, arch.name))
    with cache.hold(*entry), stages.stage("build", "tests, monitor and library"):
        folder = cache.folder(*entry)
        shutil.rmtree(folder / INSTALLING, ignore_errors=True)
        for command in commands(folder, arch):
            argv = root.argv(command, cwd=SOURCE, read=[SOURCE], write=[folder])
            stages.run("build", argv)
        # What is not installed any more must not stay, and whoever reads it finds all of it.
        shutil.rmtree(folder / INSTALLED, ignore_errors=True)
        (folder / INSTALLING).rename(folder / INSTALLED)
    return folder

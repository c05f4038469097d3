# SPDX-License-Identifier: MIT
"""Kernel modules for guests: ours and those that users bring, built against the guest's kernel."""

import re

from kernels.builder import STAGE
from kernels.rootpaths import MODULE, MODULE_OBJECTS, OBJECTS
from kernels.rootpaths import SOURCE as KERNEL_SOURCE
from problem import Problem
from project import SOURCE
from workshop.cache import digest

# Where init finds modules, numbered in the order to load them in.
LOADED = "usr/lib/modules"
OURS = (SOURCE / "modules/edu_dmabuf",)
# What a module includes for the importer interface.
HEADER = SOURCE / "lib/ccprime-importer.h"
# Measured, with room to spare.
SIZE = 0.02e9
# Files of a module's folder that it is built of.
SOURCES = re.compile(r"Kbuild|Makefile|.*\.[chS]")


def check(path):
    """Raises Problem where a user's path is no module: a .ko file, or a folder to build."""
    if path.is_dir():
        if not (path / "Kbuild").is_file() and not (path / "Makefile").is_file():
            raise Problem(f"--module: {path} has no Kbuild and no Makefile; write obj-m := NAME.o")
        return
    try:
        with open(path, "rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise Problem(
            f"--module: cannot read {path}: {error.strerror}; name a .ko or a folder"
        ) from error
    if path.suffix != ".ko" or magic != b"\x7fELF":
        raise Problem(f"--module: {path} is no kernel module; name a .ko or a folder to build")


def sources(folder):
    """Files of a folder that decide what is built of it."""
    return [path for path in sorted(folder.rglob("*")) if SOURCES.fullmatch(path.name)]


def build(cache, stages, root, arch, kernel, folder):
    """The .ko files of a folder, built for this kernel, from the cache if they are there. Ours without a warning."""
    made = [kernel.objects / name for name in (".config", "Module.symvers")]
    inputs = [*made, HEADER, *sources(folder)]
    entry = digest(root.path, folder, *(path.read_bytes() for path in inputs))

    def make(partial):
        cache.need(STAGE, SIZE)
        strict = ["W=1", "KCFLAGS=-Werror"] if SOURCE in folder.parents else []
        make = ["make", "-C", OBJECTS, *arch.make, f"M={MODULE}", f"MO={MODULE_OBJECTS}", *strict]
        argv = root.argv(
            [*make, f"CCPRIME={MODULE}-include", "modules"],
            read=[
                (kernel.tree, KERNEL_SOURCE),
                (kernel.objects, OBJECTS),
                (folder, MODULE),
                (HEADER.parent, f"{MODULE}-include"),
            ],
            write=[(partial, MODULE_OBJECTS)],
        )
        with stages.stage(STAGE, f"building the module {folder.name}"):
            stages.run(STAGE, argv)

    found = sorted(cache.get("module", entry, make).glob("*.ko"))
    if not found:
        raise Problem(f"--module: {folder} built no .ko; its Kbuild wants obj-m := NAME.o")
    return found


def ours(cache, stages, root, arch, kernel):
    """Our own modules. Where a kernel is too different for one, tests that need it skip."""
    files = []
    for folder in OURS:
        try:
            files += build(cache, stages, root, arch, kernel, folder)
        except Problem:
            stages.show("module", f"{folder.name} does not build for this kernel")
    return files


def of_guest(cache, stages, root, arch, kernel, brought):
    """What a guest with this kernel loads beside the kernel's own: path in the guest -> bytes."""
    files = ours(cache, stages, root, arch, kernel) if kernel.objects else []
    for path in brought:
        if not path.is_dir():
            files.append(path)
        elif kernel.objects:
            files += build(cache, stages, root, arch, kernel, path.absolute())
        else:
            raise Problem(
                f"--module: {path} cannot be built for {kernel.image}, which has no tree here; "
                "name a .ko that was built for it, or use --kernel-source"
            )
    return {
        f"{LOADED}/{50 + number}-{path.name}": path.read_bytes()
        for number, path in enumerate(files)
    }

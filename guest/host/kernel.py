# SPDX-License-Identifier: MIT
"""The guest's kernel: Debian's source or a developer's tree, tinyconfig plus our fragment, built in the root."""

import os
import re
import struct
from pathlib import Path

from cache import digest
from guests import PLAIN
from problem import Problem

# Whose source package is built unless said otherwise.
BASE = "7.3"
FRAGMENTS = Path(__file__).resolve().parents[1] / "kernel"
IMAGE = "arch/x86/boot/bzImage"
# Measured, with room to spare.
SOURCE_SIZE = 1.9e9
OBJECTS_SIZE = 0.5e9

# Every build sees its source and objects at these places in the root, so that a variant of a kernel
# rebuilds only what its patches change.
SOURCE = "/usr/src/linux"
OBJECTS = "/usr/src/build"
CONFIG = "/usr/src/fragments"
PATCH = "/usr/src/patch"
MODULE = "/usr/src/module"
MODULE_OBJECTS = "/usr/src/module-objects"

# What kbuild leaves in a tree that was built in place; it then refuses to build elsewhere.
BUILT_IN_PLACE = (".config", "include/config", "arch/x86/include/generated")

# Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header": offset, format, meaning.
HEADER_MAGIC = (0x202, "<4s")
HEADER_VERSION = (0x206, "<H")
HEADER_XLOADFLAGS = (0x236, "<H")
XLF_KERNEL_64 = 1 << 0
PROTOCOL = 0x020C  # 2.12 is the first one with xloadflags


def field(header, place):
    """A field of a bzImage's header."""
    offset, form = place
    return struct.unpack_from(form, header, offset)[0]


def check_image(path):
    """Raises Problem where path is not a bzImage that enters in 64-bit mode."""
    try:
        with open(path, "rb") as file:
            header = file.read(0x300).ljust(0x300, b"\0")
    except OSError as error:
        raise Problem(f"kernel: cannot read {path}: {error.strerror}; name a bzImage") from error
    if field(header, HEADER_MAGIC) != b"HdrS" or field(header, HEADER_VERSION) < PROTOCOL:
        raise Problem(f"kernel: {path} is not an x86 bzImage (2.12 or newer); name a bzImage")
    if not field(header, HEADER_XLOADFLAGS) & XLF_KERNEL_64:
        raise Problem(f"kernel: {path} has no 64-bit entry; build it with CONFIG_64BIT=y")


def check_source(tree):
    """Raises Problem where tree is not a clean kernel tree."""
    if not (tree / "Kbuild").is_file() or not (tree / "scripts/kconfig/merge_config.sh").is_file():
        raise Problem(f"kernel: {tree} is not a Linux source tree; name the folder of its Makefile")
    built = next((name for name in BUILT_IN_PLACE if (tree / name).exists()), None)
    if built:
        raise Problem(
            f"kernel: {tree} was built in place ({built} exists): run make mrproper in it first"
        )


def missing_options(fragment, config):
    """The fragment's lines that a .config does not have; the last one about an option counts."""
    have = set(config.splitlines())
    wanted = dict(re.findall(r"^(CONFIG_\w+)=(.*)$", fragment, re.MULTILINE))
    lost = []
    for name, value in wanted.items():
        off = value == "n" and not any(other.startswith(f"{name}=") for other in have)
        if not off and f"{name}={value}" not in have:
            lost.append(f"{name}={value}")
    return lost


def fragments(flavour, base, patched):
    """A kernel's configuration: the flavour's, then what its base has on top, then what only the unpatched one has."""
    own = [f"x86-{base}.config", *(() if patched else (f"x86-{base}-unpatched.config",))]
    names = [*flavour.fragments, *(name for name in own if (FRAGMENTS / name).is_file())]
    return [FRAGMENTS / name for name in names]


def configure(files, *words):
    """
    The command that configures: tinyconfig plus these fragments, as far as the architecture has their options. words:
    what make has to know of another architecture than ours.
    """
    names = " ".join(f"{CONFIG}/{path.name}" for path in files)
    make = " ".join(("make", "-s", f"O={OBJECTS}", *words))
    merge = (
        f"{make} tinyconfig"
        f" && (cd {OBJECTS} && sh {SOURCE}/scripts/kconfig/merge_config.sh -m .config {names})"
        f" && {make} olddefconfig"
    )
    return ["sh", "-c", merge]


def changes(patches):
    """Patches, for people."""
    names = [Path(patch).name for patch in patches]
    return names[0] if len(names) == 1 else f"{len(names)} patches"


def patched_source(bzimage):
    """The source that a kernel with patches was built of."""
    return bzimage.parents[len(Path(IMAGE).parts)] / "source"


def tree_base(tree):
    """The version of a kernel tree, such as 7.3."""
    text = (tree / "Makefile").read_text(encoding="utf-8")
    found = dict(re.findall(r"^(VERSION|PATCHLEVEL) = (\d+)$", text, re.MULTILINE))
    return f"{found.get('VERSION')}.{found.get('PATCHLEVEL')}"


class Builder:
    """Builds kernels of a flavour in a root."""

    def __init__(self, cache, stages, root, base=BASE, flavour=PLAIN):
        self.cache = cache
        self.stages = stages
        self.root = root
        self.flavour = flavour
        self.plain = fragments(flavour, base, patched=False)
        self.patched = fragments(flavour, base, patched=True)
        self.package = f"linux-source-{base}"
        self.version = root.package_version(self.package).partition("-")[0]
        texts = [path.read_bytes() for path in self.plain]
        self.recipe = digest(root.package_version(self.package), *texts)
        self.duration = f"first build takes about {flavour.minutes} minutes"

    def build(self, patches=()):
        """The bzImage of Debian's source with these patch files, from the cache if it is there."""
        texts = [Path(patch).read_bytes() for patch in patches]
        name = digest(self.recipe, *texts) if texts else self.recipe
        found = self.cache.find("kernel", name)
        if found:
            return found / "objects" / IMAGE
        if texts:
            self.build()
        source = self.source()
        self.cache.need("kernel", OBJECTS_SIZE)
        what = (
            f"building {self.version} with {changes(patches)}"
            if texts
            else f"building {self.version} ({self.duration})"
        )
        with self.stages.stage("kernel", what), self.cache.make("kernel", name) as partial:
            objects = partial / "objects"
            if texts:
                source = self._variant(source, partial, patches)
                if self.patched != self.plain:
                    self._configure(source, objects, self.patched)
            else:
                objects.mkdir()
                self._configure(source, objects, self.plain)
            self.make(source, objects, "bzImage", "modules")
        return self.cache.find("kernel", name) / "objects" / IMAGE

    def build_tree(self, tree):
        """The bzImage of a developer's tree, which is left untouched; only what changed is built."""
        self.cache.need("kernel", OBJECTS_SIZE)
        objects = self.cache.folder(
            "objects", digest(tree, self.root.path, *self.flavour.fragments)
        )
        with self.stages.stage("kernel", f"building {tree} ({self.duration})"):
            files = fragments(self.flavour, tree_base(tree), patched=True)
            self._configure(tree, objects, files)
            self.make(tree, objects, "bzImage", "modules")
        return objects / IMAGE

    def build_module(self, folder):
        """A module of ours, built for Debian's source, from the cache if it is there."""
        sources = [path for path in sorted(folder.iterdir()) if path.is_file()]
        name = digest(self.recipe, *(path.read_bytes() for path in sources))
        found = self.cache.find("module", name)
        if not found:
            self.build()
            with (
                self.stages.stage("kernel", f"building the module {folder.name}"),
                self.cache.make("module", name) as partial,
            ):
                self._make_module(folder, partial)
        (module,) = self.cache.find("module", name).glob("*.ko")
        return module

    def _make_module(self, folder, objects):
        base = self.cache.find("kernel", self.recipe) / "objects"
        make = ["make", "-C", OBJECTS, f"M={MODULE}", f"MO={MODULE_OBJECTS}"]
        argv = self.root.argv(
            [*make, "W=1", "KCFLAGS=-Werror", "modules"],
            read=[(self.source(), SOURCE), (base, OBJECTS), (folder, MODULE)],
            write=[(objects, MODULE_OBJECTS)],
        )
        self.stages.run("kernel", argv)

    def source(self):
        """Debian's source, unpacked."""
        name = digest(self.root.package_version(self.package))
        found = self.cache.find("source", name)
        if found:
            return found
        self.cache.need("kernel", SOURCE_SIZE)
        archive = f"/usr/src/{self.package}.tar.xz"
        with (
            self.stages.stage("kernel", f"unpacking {self.version}"),
            self.cache.make("source", name) as partial,
        ):
            unpack = ["tar", "-xJf", archive, "--strip-components=1", "--no-same-owner"]
            argv = self.root.argv([*unpack, "-C", SOURCE], write=[(partial, SOURCE)])
            self.stages.run("kernel", argv)
        return self.cache.find("source", name)

    def _variant(self, source, partial, patches):
        """A patched copy of the source, beside a copy of the plain kernel's objects."""
        base = self.cache.find("kernel", self.recipe) / "objects"
        self.stages.run("kernel", ["cp", "-a", base, partial / "objects"])
        # Hard links: patch writes a new file for each one that it changes.
        self.stages.run("kernel", ["cp", "-al", source, partial / "source"])
        for patch in patches:
            argv = self.root.argv(
                ["patch", "-p1", "--forward", "--batch", "-i", PATCH],
                cwd=SOURCE,
                write=[(partial / "source", SOURCE)],
                read=[(Path(patch).resolve(), PATCH)],
            )
            self.stages.run("kernel", argv)
        return partial / "source"

    def _configure(self, source, objects, files):
        """Configures, and raises Problem where the source does not take a line of these fragments."""
        self.run(source, objects, configure(files))
        config = (objects / ".config").read_text(encoding="utf-8")
        texts = [path.read_text(encoding="utf-8") for path in files]
        lost = missing_options("\n".join(texts), config)
        if lost:
            raise Problem(
                f"kernel: {source} does not take {', '.join(lost)}: "
                f"a tree like {BASE}, or one with the patches of kernel-patches, is needed"
            )

    def make(self, source, objects, *targets):
        """Builds targets; words such as ARCH=... may be among them."""
        jobs = f"-j{os.cpu_count()}"
        self.run(source, objects, ["make", f"O={OBJECTS}", jobs, *targets])

    def run(self, source, objects, command):
        """Runs a command in a source, with its objects beside it."""
        argv = self.root.argv(
            command,
            cwd=SOURCE,
            read=[(source, SOURCE), (FRAGMENTS, CONFIG)],
            write=[(objects, OBJECTS)],
        )
        self.stages.run("kernel", argv)

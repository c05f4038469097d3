# SPDX-License-Identifier: MIT
"""The guest's kernel: Debian's source or a developer's tree, tinyconfig plus our fragment, built in the root."""

import functools
import os
import re
import struct
from pathlib import Path

from machine.guests import PLAIN
from problem import Problem
from project import SOURCE
from workshop.cache import digest

# Whose source package is built unless said otherwise.
BASE = "7.3"
FRAGMENTS = SOURCE / "guest/kernel"
# For people, and of the log.
STAGE = "kernel"
IMAGE = "arch/x86/boot/bzImage"
TARGETS = ("bzImage", "modules")
# Measured, with room to spare.
SOURCE_SIZE = 1.9e9
OBJECTS_SIZE = 0.5e9
PREPARED_SIZE = 0.1e9
MODULE_SIZE = 0.01e9

# Every build sees its source and objects at these places in the root, so that a variant of a kernel
# rebuilds only what its patches change.
SOURCE = "/usr/src/linux"
OBJECTS = "/usr/src/build"
CONFIG = "/usr/src/fragments"
PATCH = "/usr/src/patch"
MODULE = "/usr/src/module"
MODULE_OBJECTS = "/usr/src/module-objects"

# What kbuild says of an object that it compiles, and how many it says so of in a whole build. Measured.
OBJECT = re.compile(rb"  (CC|AS|HOSTCC) ")
TOTALS = {"7.3": 1500, "6.12": 1450}

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
    arch = next((word.partition("=")[2] for word in words if word.startswith("ARCH=")), "x86")
    # What `make tinyconfig` does, but for a second run of Kconfig in the middle, which takes longest.
    tiny = f"{SOURCE}/kernel/configs/tiny.config"
    own = f"$(ls {SOURCE}/arch/{arch}/configs/tiny.config 2>/dev/null)"
    make = " ".join(("make", "-s", f"O={OBJECTS}", *words))
    begin = f"{make} KCONFIG_ALLCONFIG=kernel/configs/tiny-base.config allnoconfig"
    return ["sh", "-c", f"{begin} && {merge(make, [tiny, own, *names(files)])}"]


def reconfigure(files, *words):
    """The command that adds these fragments to objects that are configured already."""
    make = " ".join(("make", "-s", f"O={OBJECTS}", *words))
    return ["sh", "-c", merge(make, names(files))]


class Meter:
    """How far a build is, from its lines of output. total: about how many objects there will be, where that is known."""

    def __init__(self, total=None):
        self.of = f" of about {total}" if total else ""
        self.count = 0

    def __call__(self, line):
        """Text for people where this line of output is about an object, else None."""
        if not OBJECT.match(line):
            return None
        self.count += 1
        return f"{self.count}{self.of} objects"


def names(files):
    """Fragments, as the root sees them."""
    return [f"{CONFIG}/{path.name}" for path in files]


def merge(make, paths):
    """The shell's words that put fragments on top of a configuration."""
    script = f"sh {SOURCE}/scripts/kconfig/merge_config.sh -m .config {' '.join(paths)}"
    return f"(cd {OBJECTS} && {script}) && {make} olddefconfig"


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
        self.base = base
        self.flavour = flavour
        self.plain = fragments(flavour, base, patched=False)
        self.patched = fragments(flavour, base, patched=True)
        self.package = f"linux-source-{base}"
        self.package_version = root.package_version(self.package)
        self.version = self.package_version.partition("-")[0]
        self.recipe = digest(self.package_version, *(path.read_bytes() for path in self.plain))
        self.duration = f"first build takes about {flavour.minutes} minutes"

    def _entry(self, kind, name, size, what, fill):
        """The entry of the cache, filled by fill(folder) if it is not there."""

        def make(partial):
            self.cache.need(STAGE, size)
            with self.stages.stage(STAGE, what):
                fill(partial)

        return self.cache.get(kind, name, make)

    def build(self, patches=()):
        """The bzImage of Debian's source with these patch files, from the cache if it is there."""
        texts = [Path(patch).read_bytes() for patch in patches]
        name = digest(self.recipe, *texts) if texts else self.recipe
        found = self.cache.find("kernel", name)
        if not found:
            source = self.source()
            if texts:
                what = f"building {self.version} with {changes(patches)}"
                fill = functools.partial(self._build_patched, source, patches)
            else:
                what = f"building {self.version} ({self.duration})"
                fill = functools.partial(self._build_plain, source)
            found = self._entry("kernel", name, OBJECTS_SIZE, what, fill)
        return found / "objects" / IMAGE

    def _build_plain(self, source, partial):
        objects = partial / "objects"
        objects.mkdir()
        self._configure(source, objects, self.plain)
        self.make(source, objects, *TARGETS, total=TOTALS.get(self.base))

    def _build_patched(self, source, patches, partial):
        """
        A patched copy of the source, and its objects beside it. A copy of the plain kernel's objects saves most of the
        work where there is one; to build that first would cost more than it saves.
        """
        source = self._patch(source, partial / "source", patches)
        objects = partial / "objects"
        plain = self.cache.find("kernel", self.recipe)
        if plain:
            self.stages.run(STAGE, ["cp", "-a", plain / "objects", objects])
        else:
            objects.mkdir()
        if not plain or self.patched != self.plain:
            self._configure(source, objects, self.patched)
        self.make(source, objects, *TARGETS, total=None if plain else TOTALS.get(self.base))

    def build_tree(self, tree):
        """The bzImage of a developer's tree, which is left untouched; only what changed is built."""
        self.cache.need(STAGE, OBJECTS_SIZE)
        entry = ("objects", digest(tree, self.root.path, *self.flavour.fragments))
        with (
            self.cache.hold(*entry),
            self.stages.stage(STAGE, f"building {tree} ({self.duration})"),
        ):
            objects = self.cache.folder(*entry)
            base = tree_base(tree)
            total = None if any(objects.iterdir()) else TOTALS.get(base)
            self._configure(tree, objects, fragments(self.flavour, base, patched=True))
            self.make(tree, objects, *TARGETS, total=total)
        return objects / IMAGE

    def build_module(self, folder):
        """A module of ours, built for Debian's source, from the cache if it is there."""
        sources = [path for path in sorted(folder.iterdir()) if path.is_file()]
        name = digest(self.recipe, *(path.read_bytes() for path in sources))
        found = self.cache.find("module", name)
        if not found:
            self.build()
            fill = functools.partial(self._make_module, folder)
            what = f"building the module {folder.name}"
            found = self._entry("module", name, MODULE_SIZE, what, fill)
        (module,) = found.glob("*.ko")
        return module

    def _make_module(self, folder, objects):
        base = self.cache.find("kernel", self.recipe) / "objects"
        make = ["make", "-C", OBJECTS, f"M={MODULE}", f"MO={MODULE_OBJECTS}"]
        argv = self.root.argv(
            [*make, "W=1", "KCFLAGS=-Werror", "modules"],
            read=[(self.source(), SOURCE), (base, OBJECTS), (folder, MODULE)],
            write=[(objects, MODULE_OBJECTS)],
        )
        self.stages.run(STAGE, argv)

    def source(self):
        """Debian's source, unpacked."""
        name = digest(self.package_version)
        return self._entry("source", name, SOURCE_SIZE, f"unpacking {self.version}", self._unpack)

    def _unpack(self, folder):
        unpack = ["tar", "-xJf", f"/usr/src/{self.package}.tar.xz", "-C", SOURCE]
        options = ["--strip-components=1", "--no-same-owner"]
        self.stages.run(STAGE, self.root.argv([*unpack, *options], write=[(folder, SOURCE)]))

    def prepared(self, arch="x86", words=(), flags=()):
        """
        Objects of Debian's source for an architecture, configured and ready to build single ones: for copies of it.
        words: what make has to know of the architecture; flags: what else it gets.
        """

        def fill(folder):
            self.run(source, folder, configure(self.plain, *words))
            self.make(source, folder, *words, *flags, "prepare")

        source = self.source()
        what = f"preparing {self.version} for {arch}"
        name = digest(self.recipe, arch, *words, *flags)
        return self._entry("prepared", name, PREPARED_SIZE, what, fill)

    def _patch(self, source, target, patches):
        """A patched copy of the source."""
        # Hard links: patch writes a new file for each one that it changes.
        self.stages.run(STAGE, ["cp", "-al", source, target])
        for patch in patches:
            argv = self.root.argv(
                ["patch", "-p1", "--forward", "--batch", "-i", PATCH],
                cwd=SOURCE,
                write=[(target, SOURCE)],
                read=[(Path(patch).resolve(), PATCH)],
            )
            self.stages.run(STAGE, argv)
        return target

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

    def make(self, source, objects, *targets, total=None):
        """Builds targets; words such as ARCH=... may be among them. total: about how many objects that makes."""
        command = ["make", f"O={OBJECTS}", f"-j{os.cpu_count()}", *targets]
        self.run(source, objects, command, meter=Meter(total))

    def run(self, source, objects, command, meter=None):
        """Runs a command in a source, with its objects beside it."""
        argv = self.root.argv(
            command,
            cwd=SOURCE,
            read=[(source, SOURCE), (FRAGMENTS, CONFIG)],
            write=[(objects, OBJECTS)],
        )
        self.stages.run(STAGE, argv, meter=meter)

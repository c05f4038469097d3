# SPDX-License-Identifier: MIT
"""Builds kernels in the root: Debian's source, plain or with patches, a developer's tree, and modules for them."""

import functools
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from kernels import bases
from kernels.config import PLAIN, binds, configure, fragments, make_words, missing_options
from kernels.rootpaths import OBJECTS, PATCH, SOURCE
from problem import Problem
from workshop.cache import digest

# For people, and of the log.
STAGE = "kernel"
# Measured, with room to spare.
SOURCE_SIZE = 1.9e9
OBJECTS_SIZE = 0.5e9
PREPARED_SIZE = 0.1e9

# What kbuild says of an object that it compiles.
OBJECT = re.compile(rb"  (CC|AS|HOSTCC) ")


@dataclass(frozen=True)
class Kernel:
    """A kernel that a guest can be started with."""

    image: Path
    # What the guest loads at its start: path in the guest -> bytes.
    modules: dict[str, bytes] = field(default_factory=dict)
    # Its System.map, where there is one.
    symbols: Path | None = None
    # What it was built of, and into, where that is known: modules can be built for it.
    tree: Path | None = None
    objects: Path | None = None


def built(arch, objects, tree):
    """The kernel in a folder of objects."""
    return Kernel(objects / arch.image, symbols=objects / "System.map", tree=tree, objects=objects)


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


def changes(patches):
    """Patches, for people."""
    names = [Path(patch).name for patch in patches]
    return names[0] if len(names) == 1 else f"{len(names)} patches"


def tree_base(tree):
    """The version of a kernel tree, such as 7.3."""
    text = (tree / "Makefile").read_text(encoding="utf-8")
    found = dict(re.findall(r"^(VERSION|PATCHLEVEL) = (\d+)$", text, re.MULTILINE))
    return f"{found.get('VERSION')}.{found.get('PATCHLEVEL')}"


class Builder:
    """Builds kernels of a version and a flavour, for an architecture."""

    def __init__(self, cache, stages, root, arch, base=bases.DEFAULT, flavour=PLAIN):
        self.cache = cache
        self.stages = stages
        self.root = root
        self.arch = arch
        self.base = bases.of_version(base)
        self.flavour = flavour
        self.plain = fragments(arch, flavour, self.base, patched=False)
        self.patched = fragments(arch, flavour, self.base, patched=True)
        self.package_version = root.package_version(self.base.package)
        self.version = self.package_version.partition("-")[0]
        texts = [path.read_bytes() for path in self.plain]
        self.recipe = digest(self.package_version, arch.name, *texts, *flavour.profiled)
        self.duration = f"first build takes about {flavour.minutes} minutes"

    def _entry(self, kind, name, size, what, fill):
        """The entry of the cache, filled by fill(folder) if it is not there."""

        def make(partial):
            self.cache.need(STAGE, size)
            with self.stages.stage(STAGE, what):
                fill(partial)

        return self.cache.get(kind, name, make)

    def build(self, patches=()):
        """The kernel of Debian's source with these patch files, from the cache if it is there."""
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
        return built(self.arch, found / "objects", found / "source" if texts else self.source())

    def _build_plain(self, source, partial):
        objects = partial / "objects"
        objects.mkdir()
        self._configure(source, objects, self.plain)
        self.make(source, objects, total=self.base.objects)

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
        self.make(source, objects, total=None if plain else self.base.objects)

    def build_tree(self, tree):
        """The kernel of a developer's tree, which is left untouched; only what changed is built."""
        self.cache.need(STAGE, OBJECTS_SIZE)
        own = [path.read_bytes() for path in self.flavour.own]
        names = (*self.flavour.fragments, *own, *self.flavour.profiled)
        entry = ("objects", digest(tree, self.root.path, self.arch.name, *names))
        with (
            self.cache.hold(*entry),
            self.stages.stage(STAGE, f"building {tree} ({self.duration})"),
        ):
            objects = self.cache.folder(*entry)
            base = bases.of_version(tree_base(tree))
            total = None if any(objects.iterdir()) else base.objects
            self._configure(tree, objects, fragments(self.arch, self.flavour, base, patched=True))
            self.make(tree, objects, total=total)
        return built(self.arch, objects, tree)

    def source(self):
        """Debian's source, unpacked."""
        name = digest(self.package_version)
        return self._entry("source", name, SOURCE_SIZE, f"unpacking {self.version}", self._unpack)

    def _unpack(self, folder):
        unpack = ["tar", "-xJf", f"/usr/src/{self.base.package}.tar.xz", "-C", SOURCE]
        options = ["--strip-components=1", "--no-same-owner"]
        self.stages.run(STAGE, self.root.argv([*unpack, *options], write=[(folder, SOURCE)]))

    def prepared(self, *flags):
        """Objects of Debian's source, configured and ready to build single ones: for copies of it. flags: for make."""

        def fill(folder):
            self.run(source, folder, configure(self.plain, self.arch))
            self.make(source, folder, *flags, "prepare")

        source = self.source()
        what = f"preparing {self.version} for {self.arch.name}"
        name = digest(self.recipe, *flags)
        return self._entry("prepared", name, PREPARED_SIZE, what, fill)

    def _patch(self, source, target, patches):
        """A patched copy of the source."""
        # Hard links: patch writes a new file for each one that it changes.
        self.stages.run(STAGE, ["cp", "-al", source, target])
        self.apply(target, patches)
        return target

    def apply(self, target, patches):
        """Applies patches to a source of its own."""
        for patch in patches:
            argv = self.root.argv(
                ["patch", "-p1", "--forward", "--batch", "-i", PATCH],
                cwd=SOURCE,
                write=[(target, SOURCE)],
                read=[(Path(patch).resolve(), PATCH)],
            )
            self.stages.run(STAGE, argv)

    def _configure(self, source, objects, files):
        """Configures, and raises Problem where the source does not take a line of these fragments."""
        self.run(source, objects, configure(files, self.arch))
        config = (objects / ".config").read_text(encoding="utf-8")
        texts = [path.read_text(encoding="utf-8") for path in files]
        lost = missing_options("\n".join(texts), config)
        for path in self.flavour.own:
            own = missing_options(path.read_text(encoding="utf-8"), config)
            if own:
                raise Problem(
                    f"--config: {path}: {', '.join(own)} did not take effect: the kernel has no "
                    "such option, or another one that it depends on is off"
                )
        if lost:
            raise Problem(
                f"kernel: {source} does not take {', '.join(lost)}: "
                f"a tree like {bases.DEFAULT}, or one with the patches of kernel-patches, is needed"
            )

    def make(self, source, objects, *words, total=None):
        """Builds targets, or the image and modules where none is named. total: about how many objects that makes."""
        command = self.make_command(*(words or (self.arch.target, "modules")))
        self.run(source, objects, command, meter=Meter(total))

    def make_command(self, *words):
        """What builds targets."""
        variables = (f"O={OBJECTS}", *self.arch.make, *make_words(self.flavour))
        return ["make", f"-j{os.cpu_count()}", *variables, *words]

    def run(self, source, objects, command, meter=None):
        """Runs a command in a source, with its objects beside it."""
        self.stages.run(STAGE, self.argv(source, objects, command), meter=meter)

    def argv(self, source, objects, command):
        """The host's command line for it."""
        return self.root.argv(
            command,
            cwd=SOURCE,
            read=[(source, SOURCE), *binds(self.patched)],
            write=[(objects, OBJECTS)],
        )

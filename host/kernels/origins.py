# SPDX-License-Identifier: MIT
"""Where a guest's kernel comes from: one class an origin."""

from dataclasses import dataclass
from pathlib import Path

from kernels import bases, image, series
from kernels.builder import Builder, Kernel
from kernels.config import PLAIN, Flavour
from kernels.package import Package
from problem import Problem

# What kbuild leaves in a tree that was built in place; it then refuses to build elsewhere.
BUILT_IN_PLACE = (".config", "include/config", "arch/{arch}/include/generated")


class Origin:
    """What all origins have."""

    # What there is of ours in the kernel, as expectations call it.
    state = "unpatched"

    def check(self, arch):
        """Raises Problem where it cannot be used. Takes no time."""

    def build(self, cache, stages, root, arch):
        """The Kernel, built where it is not there yet."""
        raise NotImplementedError


@dataclass(frozen=True)
class Image(Origin):
    """A kernel that somebody else has built."""

    path: Path

    def check(self, arch):
        """Looks at the file."""
        image.check(self.path, arch)

    def build(self, cache, stages, root, arch):
        """Nothing is to be done."""
        return Kernel(self.path.absolute())


@dataclass(frozen=True)
class Tree(Origin):
    """A developer's source, which is left untouched."""

    path: Path
    flavour: Flavour = PLAIN

    def check(self, arch):
        """Looks at the folder."""
        check_tree(self.path, arch)

    def build(self, cache, stages, root, arch):
        """Builds what changed since the last time."""
        return Builder(cache, stages, root, arch, flavour=self.flavour).build_tree(
            self.path.absolute()
        )


@dataclass(frozen=True)
class Source(Origin):
    """Debian's source."""

    version: str = bases.DEFAULT
    # Whether it gets the series of patches in kernel-patches.
    patched: bool = False
    flavour: Flavour = PLAIN

    @property
    def state(self):
        """As expectations call it."""
        return "patched" if self.patched else "unpatched"

    def check(self, arch):
        """Only where such guests can be."""
        if bases.older(self.version, arch.since):
            raise Problem(
                f"kernel: Linux {self.version} has no confidential guests on {arch.name}: "
                f"{arch.since} or newer is needed"
            )

    def build(self, cache, stages, root, arch):
        """Builds it where it is not in the cache."""
        builder = Builder(cache, stages, root, arch, self.version, self.flavour)
        return builder.build(series.patches(self.version) if self.patched else ())


@dataclass(frozen=True)
class Packaged(Origin):
    """Debian's kernel from its packages, with our heap as a module."""

    state = "stock"

    def check(self, arch):
        """Only where Debian's kernel has what a guest needs."""
        if not arch.is_native:
            raise Problem(f"kernel: Debian's kernel for {arch.name} has no DMA heaps: build one")

    def build(self, cache, stages, root, arch):
        """Fetches it where it is not in the cache."""
        package = Package(cache, stages, root, arch)
        return Kernel(package.image, package.modules())


def check_tree(tree, arch):
    """Raises Problem where tree is not a clean kernel tree."""
    if not (tree / "Kbuild").is_file() or not (tree / "scripts/kconfig/merge_config.sh").is_file():
        raise Problem(f"kernel: {tree} is not a Linux source tree; name the folder of its Makefile")
    places = [name.format(arch=arch.name) for name in BUILT_IN_PLACE]
    built = next((name for name in places if (tree / name).exists()), None)
    if built:
        raise Problem(
            f"kernel: {tree} was built in place ({built} exists): run make mrproper in it first"
        )

# SPDX-License-Identifier: MIT
"""All that guests need, built."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from arches import NATIVE, Arch
from kernels import modules
from kernels.builder import Kernel
from kernels.origins import Source
from machine import initramfs, qemu
from machine.guests import Variant
from problem import Problem
from verdict import expectations, igt
from workshop import build, root


@dataclass(frozen=True)
class Parts:
    """What guests of one architecture boot."""

    kernel: Kernel
    initramfs: Path
    # The project's build folder.
    build: Path


@dataclass(frozen=True)
class Setup:
    """All that a guest needs."""

    root: root.Root
    # By architecture.
    parts: dict[Arch, Parts]
    # QEMU's preload library.
    preload: Path
    variant: Variant
    # What the kernel has of ours: patched, unpatched, stock.
    state: str

    @property
    def build(self):
        """The project's build folder, for the build root itself."""
        return self.parts[NATIVE].build

    def having(self, arch, **changes):
        """The same with other parts for an architecture."""
        parts = dataclasses.replace(self.parts[arch], **changes)
        return dataclasses.replace(self, parts={**self.parts, arch: parts})

    def kernel(self, guest):
        """What a guest boots."""
        return self.parts[guest.arch].kernel

    def expectations(self, guest, uname):
        """What is expected of tests in such a guest, whose kernel calls itself uname."""
        version = igt.kernel_version(uname)
        return expectations.load(
            expectations.Machine(
                guest.name,
                self.variant.gpu,
                version,
                self.state,
                guest.arch.name,
                self.variant.acceptance(guest),
            )
        )

    def job(self, guest, folder, run, tests=""):
        """A guest's job with these parts."""
        parts = self.parts[guest.arch]
        monitor = parts.build / guest.arch.monitor if guest.mode else None
        if monitor and not monitor.is_file():
            raise Problem(f"build: {monitor} is missing: the build has no monitor")
        return qemu.Job(
            guest=guest,
            kernel=parts.kernel.image,
            initramfs=parts.initramfs,
            monitor=monitor,
            preload=self.preload,
            results=folder,
            run=run,
            tests=tests,
            variant=self.variant,
        )


def check_devices(base, arch, devices):
    """Raises Problem where QEMU does not have a device that a user names."""
    for device in devices:
        name = device.partition(",")[0]
        try:
            base.output([arch.system, "-M", "none", "-device", f"{name},help"])
        except Problem as error:
            raise Problem(f"--device: {error}") from error


def set_up(store, stages, kinds, variant, origin=None):
    """Builds what is not there yet. origin: of the kernel; without, Debian's source."""
    base = root.ensure(store, stages)
    origin = origin or Source(flavour=variant.flavour)
    parts = {}
    for arch in dict.fromkeys(guest.arch for guest in kinds):
        qemu.check(base, arch)
        check_devices(base, arch, variant.brought.devices)
        kernel = origin.build(store, stages, base, arch)
        folder = build.build(store, stages, base, arch)
        beside = kernel.modules | modules.of_guest(
            store, stages, base, arch, kernel, variant.brought.modules
        )
        beside |= {name: path.read_bytes() for name, path in variant.brought.files}
        packed = initramfs.make(store, stages, base, arch, folder, origin.state, beside)
        parts[arch] = Parts(kernel, packed, folder)
    native = parts[NATIVE].build if NATIVE in parts else build.build(store, stages, base)
    return Setup(base, parts, native / build.PRELOAD, variant, origin.state)

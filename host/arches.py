# SPDX-License-Identifier: MIT
"""The architectures of guests: one entry each, with all that differs from one to another."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Arch:
    """An architecture."""

    # As the kernel's folder arch/ and its ARCH= have it.
    name: str
    # As `uname -m` and QEMU's programs have it.
    machine: str
    # As Debian's packages have it.
    debian: str
    # The folder of libraries below /usr/lib, and the compiler's prefix.
    triplet: str
    # What make builds as the kernel's image, where it is in the folder of objects, and its format (kernels/image.py).
    target: str
    image: str
    image_format: str
    # What make has to know of the cross compiler; nothing where it is the build root's own.
    make: tuple[str, ...]
    # QEMU's options for processor and machine.
    qemu: tuple[str, ...]
    # The monitor's log and the way out of the machine, as QEMU's options. {log}: the name of a character device.
    monitor_devices: tuple[str, ...]
    # The kernel's console and what else it needs to know of the machine.
    cmdline: str
    # Where the monitor is in the build folder; None: there is none yet.
    monitor: str | None

    @property
    def system(self):
        """QEMU's program."""
        return f"qemu-system-{self.machine}"

    @property
    def config(self):
        """The kernel's options, in guest/kernel."""
        return f"{self.name}.config"

    @property
    def is_native(self):
        """Whether the build root's own programs are of this architecture."""
        return not self.make


X86 = Arch(
    name="x86",
    machine="x86_64",
    debian="amd64",
    triplet="x86_64-linux-gnu",
    target="bzImage",
    image="arch/x86/boot/bzImage",
    image_format="bzImage",
    make=(),
    qemu=(
        *("-machine", "pc,smm=off,memory-backend=ram"),
        *("-cpu", "EPYC-Milan,phys-bits=48,-pcid,-la57,svm=on,npt=on,-xsaves,-umip,x2apic=on"),
        *("-object", "memory-backend-memfd,id=ram,size=3G,share=on", "-m", "3G"),
    ),
    monitor_devices=(
        *("-device", "isa-debugcon,iobase=0xe9,chardev={log}"),
        *("-device", "isa-debug-exit,iobase=0xf4,iosize=1"),
    ),
    # A host that is too busy to let the emulated processor run must not look like a broken machine: Linux compares timer
    # interrupts with the TSC at boot and panics, later it compares the TSC with the HPET.
    cmdline="console=ttyS0 earlyprintk=ttyS0 no_timer_check tsc=reliable",
    monitor="guest/monitor/x86/ccprime-monitor-x86.elf",
)

ARM64 = Arch(
    name="arm64",
    machine="aarch64",
    debian="arm64",
    triplet="aarch64-linux-gnu",
    target="Image",
    image="arch/arm64/boot/Image",
    image_format="Image",
    make=("ARCH=arm64", "CROSS_COMPILE=aarch64-linux-gnu-"),
    qemu=(
        *("-machine", "virt,gic-version=3,memory-backend=ram"),
        *("-cpu", "cortex-a57"),
        *("-object", "memory-backend-memfd,id=ram,size=1G,share=on", "-m", "1G"),
    ),
    monitor_devices=(),
    cmdline="console=ttyAMA0 earlycon",
    monitor=None,
)

ARCHES = {arch.name: arch for arch in (X86, ARM64)}
# The build root's own.
NATIVE = X86

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
    # Whether one thread of QEMU's runs the CPUs in turns (single), or each CPU has its own (multi).
    threads: str
    # QEMU's options for processor and machine.
    qemu: tuple[str, ...]
    # The monitor's log and the way out of the machine, as QEMU's options. {log}: the name of a character device.
    monitor_devices: tuple[str, ...]
    # Screens of other DRM drivers; id: the driver's name, by which cc_displays asks for its picture.
    displays: tuple[str, ...]
    # The kernel's console and what else it needs to know of the machine.
    cmdline: str
    # Where the monitor is in the build folder, and how it finds kernel and initramfs: one of machine/boot.py's ways.
    monitor: str
    boot: str
    # Where the build root has QEMU from.
    package: str
    # The first version of Linux that can be a confidential guest with shared buffers.
    since: str

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
    # With a thread each, QEMU 11.1 once left a CPU in the guest's paging after an exit, in the middle of cc_stress in an
    # SNP guest.
    threads="single",
    qemu=(
        *("-machine", "pc,smm=off,memory-backend=ram"),
        *("-cpu", "EPYC-Milan,phys-bits=48,-pcid,-la57,svm=on,npt=on,-xsaves,-umip,x2apic=on"),
        *("-object", "memory-backend-memfd,id=ram,size=3G,share=on", "-m", "3G"),
    ),
    monitor_devices=(
        *("-device", "isa-debugcon,iobase=0xe9,chardev={log}"),
        *("-device", "isa-debug-exit,iobase=0xf4,iosize=1"),
    ),
    displays=("bochs-display,id=bochs-drm", "cirrus-vga,id=cirrus-qemu"),
    # A host that is too busy to let the emulated processor run must not look like a broken machine: Linux compares timer
    # interrupts with the TSC at boot and panics, later it compares the TSC with the HPET.
    cmdline="console=ttyS0 earlyprintk=ttyS0 no_timer_check tsc=reliable",
    monitor="guest/monitor/x86/ccprime-monitor-x86.elf",
    boot="multiboot",
    package="qemu-system-x86",
    since="6.12",
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
    # In turns, each flush of translations gives the turn away for a tenth of a second, to a CPU that may only spin.
    threads="multi",
    # 5 GiB: both planes, and what stands where a device gets to with a private address (guest/monitor/arm64/layout.h).
    # Devices are below 1 GiB, as the highest bit of an address is a realm's to say whether it is shared. No ITS: it would
    # take the addresses of its tables from the guest as private ones.
    qemu=(
        "-machine",
        "virt,virtualization=on,gic-version=3,its=off,highmem-ecam=off,highmem-mmio=off,memory-backend=ram",
        *("-cpu", "neoverse-n1"),
        *("-object", "memory-backend-memfd,id=ram,size=5G,share=on", "-m", "5G"),
    ),
    # The second serial port.
    monitor_devices=("-serial", "chardev:{log}"),
    # Nothing here sets a Cirrus up, as a PC's BIOS does.
    displays=("bochs-display,id=bochs-drm",),
    cmdline="console=ttyAMA0 earlycon",
    monitor="guest/monitor/arm64/ccprime-monitor-arm64.elf",
    boot="loader",
    package="qemu-system-arm",
    since="7.3",
)

ARCHES = {arch.name: arch for arch in (X86, ARM64)}
# The build root's own.
NATIVE = X86

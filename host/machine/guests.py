# SPDX-License-Identifier: MIT
"""The kinds of guests: one entry each."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Guest:
    """A kind of guest."""

    name: str
    # QEMU's program, and its options for processor and machine.
    qemu: str
    machine: tuple[str, ...]
    # The monitor that runs the kernel one level down: its mode; None: the kernel runs on the machine itself.
    mode: str | None
    # What the kernel gets on its command line beside what all get.
    cmdline: str
    # What the kernel says on the console when it knows what kind of guest it is; None: nothing.
    greeting: str | None
    # What to do about a kernel that does not say it.
    hint: str
    # Whether an access in the wrong plane of memory is a failure, unless the user says otherwise.
    strict: bool = False
    # As the kernel names it.
    arch: str = "x86"


@dataclass(frozen=True)
class Gpu:
    """A virtio-gpu that a guest of any kind may have."""

    name: str
    # QEMU's device, and the display that it draws on.
    device: str
    display: str = "none"
    # What the display wants in QEMU's environment.
    environ: dict[str, str] = field(default_factory=dict)
    # Whether it is a window, for which there has to be an X server; else QEMU itself tells what it shows.
    window: bool = False
    # The guest's Vulkan driver: NAME_icd.json of Mesa.
    vulkan: str = "lvp"


# A display with GL that works without a GPU: what there is to see is in a window of an X server without a screen.
WINDOW = {
    "display": "sdl,gl=on",
    "environ": {
        "SDL_VIDEODRIVER": "x11",
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "VK_DRIVER_FILES": "/usr/share/vulkan/icd.d/lvp_icd.json",
    },
    "window": True,
}

GPUS = {
    gpu.name: gpu
    for gpu in (
        Gpu("blob", "virtio-gpu-pci,blob=on"),
        Gpu("plain", "virtio-gpu-pci"),
        Gpu("gl", "virtio-gpu-gl-pci,blob=on", **WINDOW),
        # Vulkan by way of the host, whose driver is a part of its CPU, too.
        Gpu("venus", "virtio-gpu-gl-pci,blob=on,hostmem=512M,venus=on", **WINDOW, vulkan="virtio"),
    )
}


@dataclass(frozen=True)
class Flavour:
    """How a kernel of ours is configured, and what such a kernel needs of the guest."""

    # Files of guest/kernel, each on top of those before it.
    fragments: tuple[str, ...]
    # What the first build takes, for whoever waits for it.
    minutes: int
    # What the guest has, whatever the machine below it needs beside.
    ram: str
    # A factor for each time limit.
    patience: int = 1
    # Whether what the kernel reports about itself is an outcome.
    reports: bool = False


PLAIN = Flavour(("x86.config",), minutes=7, ram="768M")
# More than 1020 MiB the planes of guest/monitor have no room for.
DEBUG = Flavour(
    ("x86.config", "x86-debug.config"), minutes=12, ram="1008M", patience=6, reports=True
)


@dataclass(frozen=True)
class Variant:
    """What a user may choose for a guest of any kind."""

    cpus: int = 2
    # None: as the kind has it.
    strict: bool | None = None
    # What a page holds once it was converted: one of FILLS.
    fill: str = "poison"
    # One of GPUS.
    gpu: str = "blob"
    flavour: Flavour = PLAIN

    def is_strict(self, guest):
        """Whether a guest of this kind is strict."""
        return guest.strict if self.strict is None else self.strict


MAX_CPUS = 4
FILLS = ("poison", "zero", "old")


X86_QEMU = "qemu-system-x86_64"
X86_MACHINE = (
    *("-machine", "pc,smm=off,memory-backend=ram"),
    *("-cpu", "EPYC-Milan,phys-bits=48,-pcid,-la57,svm=on,npt=on,-xsaves,-umip,x2apic=on"),
    *("-object", "memory-backend-memfd,id=ram,size=3G,share=on", "-m", "3G"),
)
# A second vivid device, which wants contiguous memory.
VIVID = "vivid.n_devs=2 vivid.allocators=0,1"
# A host that is too busy to let the emulated processor run must not look like a broken machine: Linux compares timer
# interrupts with the TSC at boot and panics, later the TSC with the HPET, and says that a CPU is stalled.
BUSY_HOST = "no_timer_check tsc=reliable rcupdate.rcu_cpu_stall_timeout=120"
# The GPU is the tests': a kernel's own console on it would draw between their pictures.
NO_CONSOLE = "drm_kms_helper.fbdev_emulation=0"
X86_COMMON = f"console=ttyS0 earlyprintk=ttyS0 {BUSY_HOST} {VIVID} {NO_CONSOLE}"
# Slots of 2 KiB. Linux takes 64 MiB in a confidential guest, whose clearing is a tenth of the boot under emulation.
BOUNCE = "swiotlb=8192"

GUESTS = {
    guest.name: guest
    for guest in (
        Guest(
            name="sev",
            qemu=X86_QEMU,
            machine=X86_MACHINE,
            mode="sev",
            cmdline=f"{X86_COMMON} {BOUNCE}",
            greeting=r"Memory Encryption Features active: .*\bSEV\b",
            hint="it needs CONFIG_AMD_MEM_ENCRYPT, CONFIG_MTRR and CONFIG_X86_PAT",
        ),
        Guest(
            name="tdx",
            qemu=X86_QEMU,
            machine=X86_MACHINE,
            mode="tdx",
            cmdline=f"{X86_COMMON} {BOUNCE}",
            greeting=r"Memory Encryption Features active: .*Intel TDX",
            hint="it needs CONFIG_INTEL_TDX_GUEST",
            strict=True,
        ),
        Guest(
            name="snp",
            qemu=X86_QEMU,
            machine=X86_MACHINE,
            mode="snp",
            cmdline=f"{X86_COMMON} {BOUNCE}",
            greeting=r"Memory Encryption Features active: .*\bSEV-SNP\b",
            hint="it needs CONFIG_AMD_MEM_ENCRYPT, CONFIG_MTRR and CONFIG_X86_PAT",
            strict=True,
        ),
        Guest(
            name="none",
            qemu=X86_QEMU,
            machine=X86_MACHINE,
            mode=None,
            cmdline=X86_COMMON,
            greeting=None,
            hint="it needs what guest/kernel/x86.config has",
        ),
    )
}
DEFAULT = "sev"
ALL = "all"


def processor_options(variant):
    """
    QEMU's options for how many CPUs there are. One thread runs them in turns: with a thread each, QEMU 11.1 once left a
    CPU in the guest's paging after an exit, in the middle of cc_stress in an SNP guest.
    """
    return ["-accel", "tcg,thread=single", "-smp", str(variant.cpus)]

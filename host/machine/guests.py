# SPDX-License-Identifier: MIT
"""The kinds of guests, one entry each, and what a user may choose for any of them."""

from dataclasses import dataclass
from pathlib import Path

from arches import ARM64, X86, Arch
from kernels.config import PLAIN, Flavour

MAX_CPUS = 4


@dataclass(frozen=True)
class Guest:
    """A kind of guest."""

    name: str
    arch: Arch
    # The monitor that runs the kernel one level down: its mode; None: the kernel runs on the machine itself.
    mode: str | None
    # What the kernel says on the console when it knows what kind of guest it is; None: nothing.
    greeting: str | None
    # What to do about a kernel that does not say it.
    hint: str
    # Whether an access in the wrong plane of memory is a failure, unless the user says otherwise.
    strict: bool = False
    # What the kernel gets on its command line beside what all get.
    cmdline: str = ""
    # Whether it has to accept memory before it uses it.
    accepts: bool = False
    # How many CPUs it can have.
    most_cpus: int = MAX_CPUS
    # More of QEMU's options.
    qemu: tuple[str, ...] = ()
    # Which tests are for it, where nobody names some: a regular expression, or all.
    tests: str = ""


@dataclass(frozen=True)
class Brought:
    """What a user adds to a guest."""

    # .ko files, and folders to build some of.
    modules: tuple[Path, ...] = ()
    # Values of QEMU's -device.
    devices: tuple[str, ...] = ()
    # Path in the guest -> path on the host, of files.
    files: tuple[tuple[str, Path], ...] = ()
    # A folder of test programs that run in place of ours.
    programs: Path | None = None


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
    # More words of the kernel's command line.
    cmdline: str = ""
    # Whether guests that accept memory find some that they have not accepted yet: one of ACCEPTS.
    accept: str = "eager"
    brought: Brought = Brought()

    def is_strict(self, guest):
        """Whether a guest of this kind is strict."""
        return guest.strict if self.strict is None else self.strict

    def acceptance(self, guest):
        """What of ACCEPTS a guest of this kind is."""
        return self.accept if guest.accepts else Variant.accept


FILLS = ("poison", "zero", "old")
LAZY = "lazy"
ACCEPTS = (Variant.accept, LAZY)


# A second vivid device, which wants contiguous memory, and non-coherent memory where it is asked for it.
VIVID = "vivid.n_devs=2 vivid.allocators=0,1 vivid.cache_hints=0,1"
# A CPU of a busy host may stand still for long.
BUSY_HOST = "rcupdate.rcu_cpu_stall_timeout=120"
# The GPU is the tests': a kernel's own console on it would draw between their pictures.
NO_CONSOLE = "drm_kms_helper.fbdev_emulation=0"
# The kernel's own tests run when somebody asks for them.
NO_KUNIT = "kunit.autorun=0"
# What every kernel gets on its command line.
CMDLINE = f"{BUSY_HOST} {VIVID} {NO_CONSOLE} {NO_KUNIT}"
# Slots of 2 KiB. Linux takes 64 MiB in a confidential guest, whose clearing is a tenth of the boot under emulation.
BOUNCE = "swiotlb=8192"

# What a machine with SME has encrypted (SME_MASK of guest/monitor/x86/layout.h). Not RAM to the firmware, which else
# would move devices up there.
ENCRYPTED = (
    *("-m", "3G,slots=1,maxmem=4G"),
    *("-object", "memory-backend-memfd,id=encrypted,size=1G"),
    *("-device", "pc-dimm,memdev=encrypted,addr=0x100000000"),
)

# Words of the kernel's command line that are not the user's: the guest would not come up, or not do what it should.
OURS = (
    *("console", "earlycon", "init", "initrd", "oops", "panic", "rdinit", "root"),
    *(
        "ccprime.run",
        "ccprime.tests",
        "ccprime.patience",
        "ccprime.programs",
        "ccprime.results",
        "ccprime.triplet",
        "ccprime.vulkan",
    ),
)

GUESTS = {
    guest.name: guest
    for guest in (
        Guest(
            name="sev",
            arch=X86,
            mode="sev",
            greeting=r"Memory Encryption Features active: .*\bSEV\b",
            hint="it needs CONFIG_AMD_MEM_ENCRYPT, CONFIG_MTRR and CONFIG_X86_PAT",
            cmdline=BOUNCE,
        ),
        Guest(
            name="tdx",
            arch=X86,
            mode="tdx",
            greeting=r"Memory Encryption Features active: .*Intel TDX",
            hint="it needs CONFIG_INTEL_TDX_GUEST",
            strict=True,
            cmdline=BOUNCE,
            accepts=True,
        ),
        Guest(
            name="snp",
            arch=X86,
            mode="snp",
            greeting=r"Memory Encryption Features active: .*\bSEV-SNP\b",
            hint="it needs CONFIG_AMD_MEM_ENCRYPT, CONFIG_MTRR and CONFIG_X86_PAT",
            strict=True,
            cmdline=BOUNCE,
            accepts=True,
        ),
        # A machine with encrypted memory, not a guest.
        Guest(
            name="sme",
            arch=X86,
            mode="sme",
            greeting=r"Memory Encryption Features active: AMD SME",
            hint="it needs CONFIG_AMD_MEM_ENCRYPT, CONFIG_MTRR and CONFIG_X86_PAT",
            # The encrypted memory is no memory of its own that Linux could add.
            cmdline=f"{BOUNCE} mem_encrypt=on acpi_no_memhotplug",
            most_cpus=1,
            qemu=ENCRYPTED,
            tests="igt@cc_heap@absent-outside-coco",
        ),
        Guest(
            name="cca",
            arch=ARM64,
            mode="cca",
            greeting=r"RME: Using RSI version 1\.",
            hint="it needs CONFIG_ARM_CCA_GUEST",
            strict=True,
            cmdline=BOUNCE,
        ),
        Guest(
            name="none",
            arch=X86,
            mode=None,
            greeting=None,
            hint="it needs what guest/kernel/guest.config has",
        ),
        Guest(
            name="none-arm64",
            arch=ARM64,
            mode=None,
            greeting=None,
            hint="it needs what guest/kernel/guest.config has",
        ),
    )
}
DEFAULT = "sev"
ALL = "all"


def of_arch(arch):
    """The kinds of guests of an architecture."""
    return [guest for guest in GUESTS.values() if guest.arch == arch]


def processor_options(guest, variant):
    """QEMU's options for how many CPUs there are."""
    return [
        "-accel",
        f"tcg,thread={guest.arch.threads}",
        "-smp",
        str(min(variant.cpus, guest.most_cpus)),
    ]

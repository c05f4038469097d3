# SPDX-License-Identifier: MIT
"""QEMU's command line, and whether this QEMU will do."""

import base64
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import project
from machine import boot
from machine.gpus import GPUS
from machine.guests import CMDLINE, LAZY, MAX_CPUS, Variant, processor_options
from problem import Problem

OLDEST = (7, 2)
# COMMAND_LINE_SIZE in asm/setup.h, without its zero: the same for all our architectures.
CMDLINE_MAX = 2047
HOST_UDMABUF = Path("/dev/udmabuf")

# More of what QEMU finds in the root (boot.py).
PRELOAD = "/run/ccprime/udmabuf.so"
RESULTS = "/run/ccprime/results"
PROGRAMS = "/run/ccprime/programs"
# The root's own, for what is too large for an initramfs: Vulkan's drivers.
USR = "/usr"

# Tests during which 9p does not work: the guest is suspended, or has no bounce memory.
WITHOUT_9P = ("igt@cc_suspend@", "igt@cc_bounce@")

# Devices of modules/edu_dmabuf, which reach all memory; two, for a buffer that both have.
IMPORTERS = 2 * ("edu,dma_mask=0xffffffffffffffff",)

PCI = "disable-legacy=on,iommu_platform=on"
SCANOUT = "xres=640,yres=400"
# Until its watermarks are set, Linux accepts 4 MiB with each page that it allocates: all of a small guest. It does so
# node by node, so that those without a CPU are left.
SPARE_NODES = f"numa=fake={2 * MAX_CPUS}"


@dataclass(frozen=True)
class Job:
    """What a guest is started with. Paths are the host's."""

    guest: object
    kernel: Path
    initramfs: Path
    monitor: Path | None
    preload: Path
    results: Path
    # What init does: tests, demo, shell.
    run: str
    # Which tests: a regular expression, or empty.
    tests: str = ""
    variant: Variant = field(default_factory=Variant)


def version(text):
    """(major, minor) of `qemu --version`'s output; raises Problem where it is too old or says something else."""
    match = re.match(r"QEMU emulator version (\d+)\.(\d+)", text)
    if not match:
        raise Problem(
            f"qemu: cannot tell the version from {text[:60]!r}: remove the build root from the cache"
        )
    found = (int(match[1]), int(match[2]))
    if found < OLDEST:
        raise Problem(
            f"qemu: version {match[1]}.{match[2]} is too old: "
            f"{OLDEST[0]}.{OLDEST[1]} or newer is needed: remove the build root from the cache, "
            "and it is made anew"
        )
    return found


def loses_9p(pattern):
    """Whether a test that this names does without 9p. Such tests run where somebody asks for them."""
    tests = project.tests() if pattern else []
    return any(test.startswith(WITHOUT_9P) and re.search(pattern, test) for test in tests)


def cmdline(job):
    """The guest kernel's command line."""
    flavour = job.variant.flavour
    arch = job.guest.arch
    words = [arch.cmdline, CMDLINE, job.guest.cmdline, "panic=-1", "oops=panic"]
    words += [f"ccprime.run={job.run}", f"ccprime.patience={flavour.patience}"]
    words.append(f"ccprime.triplet={arch.triplet}")
    words.append(f"ccprime.vulkan={GPUS[job.variant.gpu].vulkan}")
    if job.monitor is None:
        words.append(f"mem={flavour.ram}")
    if job.variant.acceptance(job.guest) == LAZY:
        words.append(SPARE_NODES)
    if job.tests:
        words.append(f"ccprime.tests={base64.b64encode(job.tests.encode()).decode()}")
    if job.variant.brought.programs:
        name = job.variant.brought.programs.name
        words.append(f"ccprime.programs={base64.b64encode(name.encode()).decode()}")
    if loses_9p(job.tests):
        words.append("ccprime.results=late")
    # The last one counts.
    words.append(job.variant.cmdline)
    line = " ".join(filter(None, words))
    if len(line) > CMDLINE_MAX:
        raise Problem(
            f"--tests, --cmdline: the kernel's command line has {len(line)} bytes, "
            f"at most {CMDLINE_MAX}: shorten them"
        )
    return line


def boot_options(job):
    """The options that start the kernel, under a monitor or not."""
    if job.monitor is None:
        return boot.plain(cmdline(job))
    words = [f"mode={job.guest.mode}", f"ram={job.variant.flavour.ram}"]
    if job.variant.is_strict(job.guest):
        words.append("strict")
    if job.variant.fill != Variant.fill:
        words.append(f"fill={job.variant.fill}")
    if job.variant.acceptance(job.guest) == LAZY:
        words.append(f"accept={LAZY}")
    return boot.WAYS[job.guest.arch.boot](cmdline(job), " ".join(words), job.initramfs)


def share(name, path, *more):
    """The options of a folder that the guest mounts by this name."""
    device = f"virtio-9p-pci,fsdev={name},mount_tag={name},{PCI}"
    words = ",".join((f"local,id={name},path={path},security_model=none", *more))
    return ["-fsdev", words, "-device", device]


def programs(brought):
    """The options of a folder of programs: the one above it, where their libraries may be."""
    return share("programs", PROGRAMS, "readonly=on") if brought.programs else []


def devices(names):
    """The options of these devices."""
    return [word for name in names for word in ("-device", name)]


def options(job, serial, control, qmp):
    """QEMU's whole command line. serial, control, qmp: numbers of inherited socket descriptors."""
    gpu, arch = GPUS[job.variant.gpu], job.guest.arch
    return [
        arch.system,
        *processor_options(job.guest, job.variant),
        *arch.qemu,
        *job.guest.qemu,
        *("-nodefaults", "-display", gpu.display, "-vga", "none", "-no-reboot"),
        *("-chardev", f"socket,id=serial,fd={serial}", "-serial", "chardev:serial"),
        *("-chardev", f"socket,id=qmp,fd={qmp}", "-mon", "chardev=qmp,mode=control"),
        *("-chardev", f"file,id=monitor,path={RESULTS}/monitor.log"),
        *(word.format(log="monitor") for word in arch.monitor_devices),
        *("-device", f"{gpu.device},{PCI},{SCANOUT}"),
        *("-device", f"virtio-serial-pci,{PCI}"),
        *("-chardev", f"socket,id=control,fd={control}"),
        *("-device", "virtserialport,chardev=control,name=ccprime.control"),
        # A disk of zeros: something that reads past the page cache.
        *("-blockdev", "null-co,node-name=zeros,size=1048576,read-zeroes=on,read-only=on"),
        *("-device", f"virtio-blk-pci,drive=zeros,{PCI}"),
        *share("results", RESULTS),
        # A window shows one screen.
        *devices(
            (*IMPORTERS, *(() if gpu.window else arch.displays), *job.variant.brought.devices)
        ),
        *share("usr", USR, "readonly=on"),
        *programs(job.variant.brought),
        *boot_options(job),
    ]


def binds(job):
    """(read, write) of the root: the files behind the names above."""
    files = (
        (job.kernel, boot.KERNEL),
        (job.initramfs, boot.INITRAMFS),
        (job.monitor, boot.MONITOR),
    )
    own = job.variant.brought.programs
    folder = ((own.parent, PROGRAMS),) if own else ()
    read = [(path, name) for path, name in (*files, (job.preload, PRELOAD), *folder) if path]
    return read, [(job.results, RESULTS)]


def can_open(path):
    """Whether a device can be opened: its mode alone does not tell."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def argv(root, job, *sockets, display=None):
    """The host's command line that runs QEMU in the root; display: the number of the X server for its window."""
    read, write = binds(job)
    # blob=on wants /dev/udmabuf; our library answers for it where this machine has none.
    udmabuf = {} if can_open(HOST_UDMABUF) else {"LD_PRELOAD": PRELOAD}
    window = {} if display is None else {"DISPLAY": f":{display}"}
    environ = GPUS[job.variant.gpu].environ | udmabuf | window
    return root.argv(options(job, *sockets), read=read, write=write, environ=environ)


def check(root, arch):
    """Raises Problem where the root's QEMU will not do."""
    version(root.output([arch.system, "--version"]))

# SPDX-License-Identifier: MIT
"""How a guest's kernel gets into the machine: QEMU's options, by Arch.boot."""

# Where QEMU finds its files in the root: short names, free of the characters that QEMU's options give a meaning.
KERNEL = "/run/ccprime/kernel"
INITRAMFS = "/run/ccprime/initramfs"
MONITOR = "/run/ccprime/monitor"

# guest/monitor/arm64/layout.h: guest physical addresses, and where the machine has private ones.
PRIVATE_OFFSET = 1 << 30
GUEST_KERNEL = 0x40200000
GUEST_INITRAMFS = 0x48000000


def plain(words):
    """No monitor: QEMU itself boots Linux. words: the kernel's command line."""
    return ["-kernel", KERNEL, "-initrd", INITRAMFS, "-append", words]


def multiboot(words, options, _):
    """
    Multiboot modules: the kernel with its command line, and the initramfs, with a comma between them. options: the
    monitor's command line.
    """
    modules = f"{KERNEL} {words.replace(',', ',,')},{INITRAMFS}"
    return ["-kernel", MONITOR, "-initrd", modules, "-append", options]


def loader(words, options, initramfs):
    """
    QEMU's loader puts both into private memory. The kernel finds its command line in the machine's device tree, the
    monitor its own in a file of fw_cfg. initramfs: the file.
    """
    size = initramfs.stat().st_size
    return [
        *("-kernel", MONITOR, "-append", f"{words} initrd={GUEST_INITRAMFS:#x},{size}"),
        *("-fw_cfg", f"name=opt/ccprime/options,string={options.replace(',', ',,')}"),
        *load(KERNEL, GUEST_KERNEL),
        *load(INITRAMFS, GUEST_INITRAMFS),
    ]


def load(path, address):
    """The options that put a file at a guest physical address."""
    return ["-device", f"loader,file={path},addr={address + PRIVATE_OFFSET:#x},force-raw=on"]


WAYS = {"multiboot": multiboot, "loader": loader}

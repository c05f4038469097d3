# SPDX-License-Identifier: MIT
"""Formats of kernel images: whether a file is one."""

import struct

from problem import Problem

# Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header": offset, format, meaning.
HEADER_MAGIC = (0x202, "<4s")
HEADER_VERSION = (0x206, "<H")
HEADER_XLOADFLAGS = (0x236, "<H")
XLF_KERNEL_64 = 1 << 0
PROTOCOL = 0x020C  # 2.12 is the first one with xloadflags

# Documentation/arch/arm64/booting.rst, "Call the kernel image".
IMAGE_MAGIC = (0x38, "<4s")

HEADER_SIZE = 0x300


def field(header, place):
    """A field of an image's header."""
    offset, form = place
    return struct.unpack_from(form, header, offset)[0]


def check_bzimage(path, header):
    """Raises Problem where this is not a bzImage that enters in 64-bit mode."""
    if field(header, HEADER_MAGIC) != b"HdrS" or field(header, HEADER_VERSION) < PROTOCOL:
        raise Problem(f"kernel: {path} is not an x86 bzImage (2.12 or newer); name a bzImage")
    if not field(header, HEADER_XLOADFLAGS) & XLF_KERNEL_64:
        raise Problem(f"kernel: {path} has no 64-bit entry; build it with CONFIG_64BIT=y")


def check_arm64_image(path, header):
    """Raises Problem where this is not an uncompressed arm64 Image."""
    if field(header, IMAGE_MAGIC) != b"ARM\x64":
        raise Problem(f"kernel: {path} is not an arm64 Image; name an uncompressed Image")


# By Arch.image_format.
FORMATS = {"bzImage": check_bzimage, "Image": check_arm64_image}


def check(path, arch):
    """Raises Problem where path is no kernel image of an architecture."""
    try:
        with open(path, "rb") as file:
            header = file.read(HEADER_SIZE).ljust(HEADER_SIZE, b"\0")
    except OSError as error:
        raise Problem(
            f"kernel: cannot read {path}: {error.strerror}; name a {arch.image_format}"
        ) from error
    FORMATS[arch.image_format](path, header)

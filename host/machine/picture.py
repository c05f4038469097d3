# SPDX-License-Identifier: MIT
"""Pictures: QEMU's screendumps (PPM) in, PNG out."""

import re
import struct
import zlib
from dataclasses import dataclass

SIDE_MAX = 8192


@dataclass(frozen=True)
class Picture:
    """width * height pixels of 3 bytes: red, green, blue."""

    width: int
    height: int
    rgb: bytes


def parse_ppm(data):
    """The picture in a binary PPM of 8 bits a colour; raises ValueError where it is something else."""
    header = re.match(rb"P6\s+(\d{1,5})\s+(\d{1,5})\s+255\s", data)
    if not header:
        raise ValueError("no PPM picture")
    width, height = int(header[1]), int(header[2])
    if not 0 < width <= SIDE_MAX or not 0 < height <= SIDE_MAX:
        raise ValueError(f"a picture of {width}x{height}")
    rgb = data[header.end() :]
    if len(rgb) != width * height * 3:
        raise ValueError(f"{len(rgb)} bytes of pixels in a picture of {width}x{height}")
    return Picture(width, height, rgb)


def png(picture):
    """The picture as a PNG file's bytes."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    stride = picture.width * 3
    rows = (picture.rgb[row : row + stride] for row in range(0, len(picture.rgb), stride))
    # Each row starts with its filter: none.
    pixels = b"".join(b"\0" + row for row in rows)
    # 8 bits a colour, colour type RGB, and the only compression, filter method and no interlacing.
    header = struct.pack(">IIBBBBB", picture.width, picture.height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(pixels))
        + chunk(b"IEND", b"")
    )

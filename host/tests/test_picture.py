# SPDX-License-Identifier: MIT
import random
import struct
import unittest
import zlib

from machine.picture import Picture, parse_ppm, png


def chunks(data):
    """(kind, body) of each chunk of a PNG whose checksums are right."""
    found, place = [], 8
    while place < len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        body = data[place + 8 : place + 8 + size]
        (crc,) = struct.unpack_from(">I", data, place + 8 + size)
        assert crc == zlib.crc32(kind + body)
        found.append((kind, body))
        place += 12 + size
    return found


class ParsePpm(unittest.TestCase):
    def test_picture(self):
        rgb = bytes(range(2 * 3 * 3))
        self.assertEqual(parse_ppm(b"P6\n2 3\n255\n" + rgb), Picture(2, 3, rgb))

    def test_pixels_that_look_like_space(self):
        self.assertEqual(parse_ppm(b"P6\n1 1\n255\n\n\n\n").rgb, b"\n\n\n")

    def test_junk(self):
        pixel = b"\1\2\3"
        junk = {
            "empty": b"",
            "no size": b"P6\n",
            "text": b"P3\n1 1\n255\n" + pixel,
            "16 bits": b"P6\n1 1\n65535\n" + pixel,
            "no width": b"P6\n0 1\n255\n",
            "negative": b"P6\n-1 1\n255\n" + pixel,
            "huge": b"P6\n99999 99999\n255\n" + pixel,
            "many digits": b"P6\n" + b"1" * 5000 + b" 1\n255\n" + pixel,
            "short": b"P6\n1 1\n255\n" + pixel[:2],
            "long": b"P6\n1 1\n255\n" + pixel + b"\0",
            "comment": b"P6\n# x\n1 1\n255\n" + pixel,
        }
        for name, data in junk.items():
            with self.subTest(name), self.assertRaises(ValueError):
                parse_ppm(data)

    def test_random_changes_never_give_a_wrong_picture(self):
        rand = random.Random(1)
        good = b"P6\n4 2\n255\n" + bytes(24)
        for _ in range(5000):
            data = bytearray(good)
            for _ in range(rand.randint(1, 4)):
                data[rand.randrange(len(data))] = rand.randrange(256)
            data = data[: rand.randint(0, len(data))] if rand.random() < 0.3 else data
            try:
                picture = parse_ppm(bytes(data))
            except ValueError:
                continue
            self.assertEqual(len(picture.rgb), picture.width * picture.height * 3)


class Png(unittest.TestCase):
    def test_round_trip(self):
        picture = Picture(3, 2, bytes(range(100, 118)))
        data = png(picture)
        self.assertEqual(data[:8], b"\x89PNG\r\n\x1a\n")
        (header, end) = (chunks(data)[0], chunks(data)[-1])
        self.assertEqual(header, (b"IHDR", struct.pack(">IIBBBBB", 3, 2, 8, 2, 0, 0, 0)))
        self.assertEqual(end, (b"IEND", b""))
        rows = zlib.decompress(b"".join(body for kind, body in chunks(data) if kind == b"IDAT"))
        self.assertEqual(rows, b"\0" + picture.rgb[:9] + b"\0" + picture.rgb[9:])

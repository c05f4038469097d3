# SPDX-License-Identifier: MIT
import struct
import tempfile
import unittest
from pathlib import Path

import kernel
from problem import Problem


def image(magic=b"HdrS", version=0x20F, flags=1):
    data = bytearray(0x300)
    struct.pack_into("<4sH", data, 0x202, magic, version)
    struct.pack_into("<H", data, 0x236, flags)
    return bytes(data)


class CheckImage(unittest.TestCase):
    def check(self, data):
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            kernel.check_image(Path(file.name))

    def test_good(self):
        self.check(image())
        self.check(image(version=0x20C) + bytes(1000))

    def test_bad(self):
        cases = {
            "empty": (b"", "not an x86 bzImage"),
            "short": (image()[:0x204], "not an x86 bzImage"),
            "other": (image(magic=b"\x7fELF"), "not an x86 bzImage"),
            "old": (image(version=0x20B), "not an x86 bzImage"),
            "32 bit": (image(flags=0), "no 64-bit entry"),
        }
        for name, (data, message) in cases.items():
            with self.subTest(name), self.assertRaisesRegex(Problem, message):
                self.check(data)

    def test_missing(self):
        with self.assertRaisesRegex(Problem, "/nonexistent: No such file"):
            kernel.check_image(Path("/nonexistent"))
        with self.assertRaisesRegex(Problem, "Is a directory"):
            kernel.check_image(Path("/"))


class CheckSource(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tree = Path(folder.name)

    def test_trees(self):
        with self.assertRaisesRegex(Problem, "not a Linux source tree"):
            kernel.check_source(self.tree)
        (self.tree / "scripts/kconfig").mkdir(parents=True)
        (self.tree / "scripts/kconfig/merge_config.sh").touch()
        (self.tree / "Kbuild").touch()
        kernel.check_source(self.tree)
        (self.tree / ".config").touch()
        with self.assertRaisesRegex(Problem, "built in place .* make mrproper"):
            kernel.check_source(self.tree)


class MissingOptions(unittest.TestCase):
    def test_lines(self):
        fragment = "# x\nCONFIG_A=y\nCONFIG_B=n\nCONFIG_C=4\n\nCONFIG_D=n\nCONFIG_E=y\n"
        config = (
            "CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=8\nCONFIG_D=y\n# CONFIG_E is not set\n"
        )
        lost = ["CONFIG_C=4", "CONFIG_D=n", "CONFIG_E=y"]
        self.assertEqual(kernel.missing_options(fragment, config), lost)

    def test_absent_is_off(self):
        self.assertEqual(kernel.missing_options("CONFIG_B=n\n", ""), [])
        self.assertEqual(kernel.missing_options("CONFIG_B=y\n", "CONFIG_BB=y\n"), ["CONFIG_B=y"])

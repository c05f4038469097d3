# SPDX-License-Identifier: MIT
import struct
import tempfile
import unittest
from pathlib import Path

from arches import ARM64, X86
from kernels import bases, builder, config, rootpaths
from kernels import image as images
from kernels.origins import check_tree
from problem import Problem


def image(magic=b"HdrS", version=0x20F, flags=1):
    data = bytearray(0x300)
    struct.pack_into("<4sH", data, 0x202, magic, version)
    struct.pack_into("<H", data, 0x236, flags)
    return bytes(data)


class CheckImage(unittest.TestCase):
    def check(self, data, arch=X86):
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            images.check(Path(file.name), arch)

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

    def test_other_architecture(self):
        arm64 = bytes(0x38) + b"ARM\x64" + bytes(4)
        self.check(arm64, ARM64)
        for data in (b"", image()):
            with self.assertRaisesRegex(Problem, "not an arm64 Image"):
                self.check(data, ARM64)
        with self.assertRaisesRegex(Problem, "not an x86 bzImage"):
            self.check(arm64)

    def test_missing(self):
        with self.assertRaisesRegex(Problem, "/nonexistent: No such file"):
            images.check(Path("/nonexistent"), X86)
        with self.assertRaisesRegex(Problem, "Is a directory"):
            images.check(Path("/"), X86)


class CheckSource(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tree = Path(folder.name)

    def test_trees(self):
        with self.assertRaisesRegex(Problem, "not a Linux source tree"):
            check_tree(self.tree, X86)
        (self.tree / "scripts/kconfig").mkdir(parents=True)
        (self.tree / "scripts/kconfig/merge_config.sh").touch()
        (self.tree / "Kbuild").touch()
        check_tree(self.tree, X86)
        (self.tree / ".config").touch()
        with self.assertRaisesRegex(Problem, "built in place .* make mrproper"):
            check_tree(self.tree, X86)

    def test_base(self):
        text = "# x\nVERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\nEXTRAVERSION =\n"
        (self.tree / "Makefile").write_text(text)
        self.assertEqual(builder.tree_base(self.tree), "6.12")


class MissingOptions(unittest.TestCase):
    def test_lines(self):
        fragment = "# x\nCONFIG_A=y\nCONFIG_B=n\nCONFIG_C=4\n\nCONFIG_D=n\nCONFIG_E=y\n"
        text = "CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=8\nCONFIG_D=y\n# CONFIG_E is not set\n"
        lost = ["CONFIG_C=4", "CONFIG_D=n", "CONFIG_E=y"]
        self.assertEqual(config.missing_options(fragment, text), lost)

    def test_last_one_counts(self):
        fragment = "CONFIG_A=y\nCONFIG_B=n\nCONFIG_A=n\nCONFIG_B=y\n"
        self.assertEqual(config.missing_options(fragment, "CONFIG_B=y\n"), [])
        self.assertEqual(
            config.missing_options(fragment, "CONFIG_A=y\n"), ["CONFIG_A=n", "CONFIG_B=y"]
        )

    def test_absent_is_off(self):
        self.assertEqual(config.missing_options("CONFIG_B=n\n", ""), [])
        self.assertEqual(config.missing_options("CONFIG_B=y\n", "CONFIG_BB=y\n"), ["CONFIG_B=y"])


class Fragments(unittest.TestCase):
    def names(self, version, patched, arch=X86):
        base = bases.of_version(version)
        return [path.name for path in config.fragments(arch, config.DEBUG, base, patched)]

    def test_base_has_none_of_its_own(self):
        for patched in (False, True):
            for version in ("7.3", "7.9"):
                found = self.names(version, patched)
                self.assertEqual(found, ["guest.config", "x86.config", "debug.config"])

    def test_base_has_its_own(self):
        common = ["guest.config", "x86.config", "debug.config", "6.12.config"]
        self.assertEqual(self.names("6.12", True), common)
        self.assertEqual(self.names("6.12", False), [*common, "6.12-unpatched.config"])

    def test_architecture_has_its_own(self):
        self.assertEqual(self.names("7.3", True, ARM64)[1], "arm64.config")


class Configure(unittest.TestCase):
    FILES = (config.FRAGMENTS / "x86.config", config.FRAGMENTS / "6.12.config")

    def test_other_architecture(self):
        (*shell, words) = config.configure(self.FILES, ARM64)
        self.assertEqual(shell, ["sh", "-c"])
        self.assertIn("ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- olddefconfig", words)
        self.assertIn("arch/arm64/configs/tiny.config", words)

    def test_own_fragments(self):
        """A user's fragments come last, from places of their own."""
        own = (Path("/a/b.config"), Path("/c/b.config"))
        (*_, words) = config.configure((*self.FILES, *own), X86)
        self.assertIn("/6.12.config /usr/src/fragment-0 /usr/src/fragment-1)", words)
        places = dict(config.binds((*self.FILES, *own)))
        self.assertEqual(
            [places[path] for path in own], ["/usr/src/fragment-0", "/usr/src/fragment-1"]
        )

    def test_order_of_fragments(self):
        mine = f"{rootpaths.CONFIG}/x86.config {rootpaths.CONFIG}/6.12.config)"
        for command in (config.configure(self.FILES, X86), config.reconfigure(self.FILES, X86)):
            self.assertIn(mine, command[-1])


class Meter(unittest.TestCase):
    def test_counts_objects(self):
        meter = builder.Meter(1500)
        self.assertIsNone(meter(b"  GEN     Makefile\n"))
        self.assertEqual(meter(b"  CC      init/main.o\n"), "1 of about 1500 objects")
        self.assertIsNone(meter(b"  CC: a message\n"))
        self.assertEqual(meter(b"  AS      arch/x86/lib/memset_64.o\n"), "2 of about 1500 objects")
        self.assertEqual(meter(b"  CC [M]  fs/x.o\n"), "3 of about 1500 objects")

    def test_unknown_total(self):
        self.assertEqual(builder.Meter()(b"  HOSTCC  scripts/x.o\n"), "1 objects")

# SPDX-License-Identifier: MIT
import stat
import subprocess
import tempfile
import unittest
from pathlib import Path

from arches import ARM64, X86
from machine import initramfs
from problem import Problem


def entries(data):
    """(name, mode, content) of each entry of a newc archive."""
    found, place = [], 0
    while True:
        fields = [int(data[place + 6 + 8 * i : place + 14 + 8 * i], 16) for i in range(13)]
        assert data[place : place + 6] == b"070701"
        mode, size, name_size = fields[1], fields[6], fields[11]
        name = data[place + 110 : place + 109 + name_size].decode()
        place += (110 + name_size + 3) & ~3
        if name == "TRAILER!!!":
            return found
        found.append((name, mode, data[place : place + size]))
        place += (size + 3) & ~3


class Cpio(unittest.TestCase):
    def test_entries(self):
        cpio = initramfs.Cpio()
        cpio.link("lib", "usr/lib")
        cpio.file("a/b/prog", b"12345")
        cpio.file("a/empty", b"", executable=False)
        data = cpio.finish()
        self.assertEqual(
            entries(data),
            [
                ("lib", stat.S_IFLNK | 0o777, b"usr/lib"),
                ("a", stat.S_IFDIR | 0o755, b""),
                ("a/b", stat.S_IFDIR | 0o755, b""),
                ("a/b/prog", stat.S_IFREG | 0o755, b"12345"),
                ("a/empty", stat.S_IFREG | 0o644, b""),
            ],
        )
        self.assertEqual(len(data) % 4, 0)

    def test_file_at_the_top(self):
        cpio = initramfs.Cpio()
        cpio.file("init", b"x")
        self.assertEqual([name for name, _, _ in entries(cpio.finish())], ["init"])

    def test_archive_has_what_init_needs(self):
        names = [
            name for name, _, _ in entries(initramfs.archive({"init": b"x", "bin/busybox": b"y"}))
        ]
        for name in ("init", "bin/busybox", "lib64", "dev", "proc", "sys", "tmp", "results"):
            self.assertIn(name, names)
        self.assertEqual(len(names), len(set(names)))


class FakeRoot:
    """A root whose readelf knows which library needs which."""

    def __init__(self, path, needs):
        self.path = path
        self.needs = needs

    def output(self, command, read=()):
        names = (Path(word).name for word in command[2:])
        lines = (need for name in names for need in self.needs.get(name, ()))
        return "".join(f" 0x01 (NEEDED)  Shared library: [{need}]\n" for need in lines)


class Libraries(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name)
        self.needs = {
            "cc_a": ["libigt.so.0", "libc.so.6"],
            "libigt.so.0": ["libc.so.6", "libz.so.1"],
        }

    def libraries(self, arch, *names):
        lib = self.path / "usr/lib" / arch.triplet
        lib.mkdir(parents=True)
        for name in names:
            (lib / name).write_bytes(b"ELF")
        return initramfs.libraries(FakeRoot(self.path, self.needs), arch, ["/usr/bin/cc_a"])

    def test_what_libraries_need_themselves(self):
        for arch in (X86, ARM64):
            found = self.libraries(arch, "libc.so.6", "libigt.so.0", "libz.so.1")
            self.assertEqual(sorted(found), ["libc.so.6", "libigt.so.0", "libz.so.1"])
            self.assertEqual(found["libz.so.1"].parent.name, arch.triplet)

    def test_lost(self):
        with self.assertRaisesRegex(Problem, "libz.so.1 .*arm64 package"):
            self.libraries(ARM64, "libc.so.6", "libigt.so.0")


class Init(unittest.TestCase):
    def test_is_a_script(self):
        subprocess.run(["sh", "-n", initramfs.INIT], check=True)


class TestNames(unittest.TestCase):
    def test_list(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "test-list.txt").write_text("TESTLIST\ncc_a cc_b\ncc_c\nEND TESTLIST\n")
            self.assertEqual(initramfs.test_names(Path(folder)), ["cc_a", "cc_b", "cc_c"])

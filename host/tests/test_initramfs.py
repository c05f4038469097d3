# SPDX-License-Identifier: MIT
import stat
import subprocess
import tempfile
import unittest
from pathlib import Path

from machine import initramfs
from problem import Problem

LDD = """\
	linux-vdso.so.1 (0x00007fd125578000)
	libigt.so.0 => /lib/x86_64-linux-gnu/libigt.so.0 (0x00007fd125200000)
	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007fd124eb3000)
	/lib64/ld-linux-x86-64.so.2 (0x00007fd12557a000)
/usr/bin/second:
	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007fd124eb3000)
	statically linked
"""


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


class Libraries(unittest.TestCase):
    def test_ldd(self):
        self.assertEqual(
            initramfs.libraries(LDD),
            [
                "/lib/x86_64-linux-gnu/libc.so.6",
                "/lib/x86_64-linux-gnu/libigt.so.0",
                "/lib64/ld-linux-x86-64.so.2",
            ],
        )

    def test_lost(self):
        with self.assertRaisesRegex(Problem, "libfoo"):
            initramfs.libraries("\tlibfoo.so.1 => not found\n")


class Init(unittest.TestCase):
    def test_is_a_script(self):
        subprocess.run(["sh", "-n", initramfs.INIT], check=True)


class TestNames(unittest.TestCase):
    def test_list(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "test-list.txt").write_text("TESTLIST\ncc_a cc_b\ncc_c\nEND TESTLIST\n")
            self.assertEqual(initramfs.test_names(Path(folder)), ["cc_a", "cc_b", "cc_c"])

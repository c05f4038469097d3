# SPDX-License-Identifier: MIT
import unittest
from pathlib import Path

from workshop import root, stage


class Recipe(unittest.TestCase):
    def test_packages(self):
        self.assertEqual(root.packages("# all\ngcc\n\nmake # why\n"), ["gcc", "make"])
        names = root.packages((root.RECIPE / "packages").read_text())
        self.assertIn("igt-gpu-tools", names)
        self.assertEqual(len(names), len(set(names)))

    def test_mirror(self):
        targets = (
            "bookworm-security http://a/debian-security\nbookworm http://b/debian\nsid http://c\n"
        )
        self.assertEqual(root.mirror(targets), "http://b/debian")
        self.assertIsNone(root.mirror(""))
        self.assertIsNone(root.mirror("bookworm \n"))


class Argv(unittest.TestCase):
    def test_outer_binds_come_first(self):
        argv = root.Root(Path("/r")).argv(
            ["cmd", "arg"],
            read=["/src", ("/a b", "/run/x")],
            write=["/src/out"],
            environ={"A": "1"},
        )
        start = argv.index("/r")
        self.assertEqual(
            argv[start:],
            ["/r", "/"]
            + ["ro", "/src", "/src", "ro", "/a b", "/run/x", "rw", "/src/out", "/src/out"]
            + ["--", "A=1", "cmd", "arg"],
        )


class Advice(unittest.TestCase):
    def test_known_failures(self):
        cases = {
            "tar: x: Cannot write: No space left on device": "disk is full",
            "Err:1 http://m trixie\n  Temporary failure resolving 'm'": "no network",
            "unshare: unshare failed: Operation not permitted": "namespaces",
            "gcc: error: x.c": None,
        }
        for text, expected in cases.items():
            with self.subTest(text):
                found = stage.advice(text)
                self.assertTrue(found is None if expected is None else expected in found)

# SPDX-License-Identifier: MIT
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from problem import Problem
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

    def test_sites_that_only_this_machine_has(self):
        for site in ("file:/srv/debian", "cdrom:[Debian]", "mirror+file:/nonexistent", "copy:/a"):
            self.assertEqual(root.resolve(site), "")
        self.assertEqual(
            root.mirror("a cdrom:[x]\nb file:/c\nd https://e/debian\n"), "https://e/debian"
        )

    def test_list_of_mirrors(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "debian.list"
            site = f"mirror+file:{path}"
            path.write_text("# all\n\nfile:/srv/x\nhttps://e/debian\tpriority:1 # near\n")
            self.assertEqual(root.resolve(site), "https://e/debian")
            path.write_bytes(b"\xff\xfe")
            self.assertEqual(root.resolve(site), "")
            self.assertEqual(root.resolve(f"mirror+file:{folder}"), "")


class User(unittest.TestCase):
    def check(self, subuid, subgid, uid=1234):
        with tempfile.TemporaryDirectory() as folder:
            paths = Path(folder) / "subuid", Path(folder) / "subgid"
            for path, text in zip(paths, (subuid, subgid), strict=True):
                path.write_text(text)
            with (
                mock.patch.object(root, "SUBORDINATES", paths),
                mock.patch("os.geteuid", return_value=uid),
                mock.patch("pwd.getpwuid", return_value=mock.Mock(pw_name="ci")),
            ):
                root.check_user()

    def test_with_ids(self):
        self.check("ci:100000:65536\n", "1234:100000:65536\n")
        self.check("", "", uid=0)

    def test_without_ids(self):
        for ids in (("", ""), ("ci:1:2\n", "other:1:2\n"), ("ci2:1:2\n", "ci:1:2\n")):
            with self.assertRaisesRegex(Problem, "usermod --add-subuids .* ci`$"):
                self.check(*ids)


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

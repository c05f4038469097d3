# SPDX-License-Identifier: MIT
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from problem import Problem
from project import HOST
from workshop import cache


class DefaultPath(unittest.TestCase):
    def test_order(self):
        everything = {"CCPRIME_CACHE": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"}
        self.assertEqual(cache.default_path(everything), Path("/a"))
        self.assertEqual(cache.default_path({"XDG_CACHE_HOME": "/b"}), Path("/b/ccprime"))
        home = Path(os.path.expanduser("~"))
        self.assertEqual(cache.default_path({}), home / ".cache/ccprime")
        self.assertEqual(cache.default_path({"CCPRIME_CACHE": ""}), home / ".cache/ccprime")

    def test_no_home(self):
        with (
            mock.patch("os.path.expanduser", side_effect=lambda path: path),
            self.assertRaisesRegex(Problem, "no home folder: set CCPRIME_CACHE"),
        ):
            cache.default_path({})


class Digest(unittest.TestCase):
    def test_parts_do_not_run_together(self):
        self.assertNotEqual(cache.digest("ab", "c"), cache.digest("a", "bc"))
        self.assertEqual(cache.digest("ab", b"c"), cache.digest(b"ab", "c"))


class Remove(unittest.TestCase):
    def test_vanishing_files_are_no_error(self):
        with tempfile.TemporaryDirectory() as folder:
            tree = Path(folder) / "tree"
            cache.remove(tree)
            (tree / "locked").mkdir(parents=True)
            (tree / "locked/file").touch()
            (tree / "locked").chmod(0)
            cache.remove(tree)
            self.assertFalse(tree.exists())


class Entries(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "deep/cache"
        self.waited = []
        self.cache = cache.Cache(self.path, self.waited.append)

    def names(self):
        return sorted(path.name for path in self.path.iterdir())

    def test_complete_or_not_there(self):
        self.assertIsNone(self.cache.find("root", "1"))
        with self.cache.make("root", "1") as partial:
            (partial / "file").write_text("x")
            self.assertIsNone(self.cache.find("root", "1"))
        self.assertEqual((self.cache.find("root", "1") / "file").read_text(), "x")

    def test_failure_leaves_nothing(self):
        for error in (OSError, KeyboardInterrupt):
            with self.assertRaises(error), self.cache.make("root", "1") as partial:
                (partial / "locked").mkdir(mode=0o500)
                raise error
            self.assertEqual(self.names(), ["locks"])

    def test_get_makes_once(self):
        made = []

        def make(partial):
            made.append(partial.name)
            (partial / "file").touch()

        for _ in range(2):
            self.assertTrue((self.cache.get("root", "1", make) / "file").exists())
        self.assertEqual(made, ["partial-root-1"])

    def other(self, *lines):
        """The code of a process with the same cache, as arguments."""
        path = f"pathlib.Path({str(self.path)!r})"
        head = [
            "import os, signal, sys, pathlib",
            "from workshop import cache",
            f"c = cache.Cache({path})",
        ]
        return [sys.executable, "-B", "-c", "\n".join([*head, *lines])]

    def kill_builder(self, name):
        code = self.other(
            f"with c.hold('root', {name!r}), c.make('root', {name!r}) as partial:",
            "    (partial / 'half').write_text('x')",
            "    os.kill(os.getpid(), signal.SIGKILL)",
        )
        subprocess.run(code, cwd=HOST, check=False)

    def test_killed_build_is_recovered(self):
        self.kill_builder("1")
        self.assertEqual(self.names(), ["locks", "partial-root-1"])
        self.cache.get("root", "1", lambda partial: self.assertEqual(os.listdir(partial), []))
        self.assertEqual(self.names(), ["locks", "root-1"])
        self.assertEqual(self.waited, [])

    def test_killed_builds_of_others_are_removed(self):
        self.kill_builder("1")
        with self.cache.hold("root", "2"):
            self.assertEqual(self.names(), ["locks"])

    def test_recovery_follows_no_link(self):
        outside = self.path.parent / "outside"
        outside.mkdir()
        (outside / "kept").touch()
        (self.path / "partial-x").mkdir()
        (self.path / "partial-x/link").symlink_to(outside)
        with self.cache.hold("root", "1"):
            pass
        self.assertTrue((outside / "kept").exists())
        self.assertEqual(self.names(), ["locks"])

    def holder(self, name):
        """A process that makes an entry until its standard input ends."""
        code = self.other(
            f"with c.hold('root', {name!r}), c.make('root', {name!r}):",
            "    print('locked', flush=True)",
            "    sys.stdin.read()",
        )
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        process = subprocess.Popen(code, cwd=HOST, text=True, **pipes)
        self.assertEqual(process.stdout.readline(), "locked\n")
        return process

    def test_second_one_waits(self):
        with self.holder("1") as other:
            self.cache.waiting = lambda entry: (
                self.waited.append(entry),
                other.stdin.close(),
            )
            self.cache.get("root", "1", lambda partial: self.fail("made twice"))
            self.assertEqual(self.waited, ["root-1"])
            other.stdin = None

    def test_other_entries_do_not_wait(self):
        with self.holder("1") as other:
            self.cache.get("root", "2", lambda partial: None)
            self.assertEqual(self.names(), ["locks", "partial-root-1", "root-2"])
            other.communicate("")
        self.assertEqual(self.waited, [])

    def test_wait_has_a_limit(self):
        with self.holder("1") as other:
            with (
                mock.patch("workshop.cache.WAIT_LIMIT", 0.1),
                self.assertRaisesRegex(Problem, "another ccprime has held root-1"),
                self.cache.hold("root", "1"),
            ):
                self.fail("held twice")
            other.communicate("")

    def test_space(self):
        self.cache.need("root", 1)
        with self.assertRaisesRegex(Problem, "root: .* GB needed in .* GB free: make room"):
            self.cache.need("root", 1e18)

    def test_no_folder(self):
        (self.path / "file").touch()
        with self.assertRaisesRegex(Problem, "cache: cannot make"):
            cache.Cache(self.path / "file/x")

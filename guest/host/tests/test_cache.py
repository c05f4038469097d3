# SPDX-License-Identifier: MIT
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import cache
from problem import Problem

HOST = Path(cache.__file__).parent


class DefaultPath(unittest.TestCase):
    def test_order(self):
        everything = {"CCPRIME_CACHE": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"}
        self.assertEqual(cache.default_path(everything), Path("/a"))
        self.assertEqual(cache.default_path({"XDG_CACHE_HOME": "/b"}), Path("/b/ccprime"))
        home = Path(os.path.expanduser("~"))
        self.assertEqual(cache.default_path({}), home / ".cache/ccprime")
        self.assertEqual(cache.default_path({"CCPRIME_CACHE": ""}), home / ".cache/ccprime")


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
        self.cache = cache.Cache(self.path)
        self.waited = 0

    def wait(self):
        self.waited += 1

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
            self.assertEqual(self.names(), [])

    def test_killed_build_is_recovered(self):
        code = (
            "import os, signal, cache, pathlib\n"
            f"c = cache.Cache(pathlib.Path({str(self.path)!r}))\n"
            "with c.lock(print), c.make('root', '1') as partial:\n"
            "    (partial / 'half').write_text('x')\n"
            "    os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        subprocess.run([sys.executable, "-B", "-c", code], cwd=HOST, check=False)
        self.assertEqual(self.names(), ["lock", "partial-root-1"])
        with self.cache.lock(self.wait):
            self.assertEqual(self.names(), ["lock"])
            with self.cache.make("root", "1"):
                pass
        self.assertEqual(self.names(), ["lock", "root-1"])
        self.assertEqual(self.waited, 0)

    def test_recovery_follows_no_link(self):
        outside = self.path.parent / "outside"
        outside.mkdir()
        (outside / "kept").touch()
        (self.path / "partial-x").mkdir()
        (self.path / "partial-x/link").symlink_to(outside)
        with self.cache.lock(self.wait):
            pass
        self.assertTrue((outside / "kept").exists())

    def test_second_one_waits(self):
        code = (
            "import sys, cache, pathlib\n"
            f"c = cache.Cache(pathlib.Path({str(self.path)!r}))\n"
            "with c.lock(print):\n"
            "    print('locked', flush=True)\n"
            "    sys.stdin.read()\n"
        )
        argv = [sys.executable, "-B", "-c", code]
        with subprocess.Popen(
            argv, cwd=HOST, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as other:
            self.assertEqual(other.stdout.readline(), "locked\n")

            def waiting():
                self.wait()
                other.stdin.close()

            with self.cache.lock(waiting):
                self.assertEqual(self.waited, 1)
            other.stdin = None

    def test_space(self):
        self.cache.need("root", 1)
        with self.assertRaisesRegex(Problem, "root: .* GB needed in .* GB free: make room"):
            self.cache.need("root", 1e18)

    def test_no_folder(self):
        (self.path / "file").touch()
        with self.assertRaisesRegex(Problem, "cache: cannot make"):
            cache.Cache(self.path / "file/x")

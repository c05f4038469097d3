# SPDX-License-Identifier: MIT
import tempfile
import types
import unittest
from pathlib import Path
from unittest import mock

import cache
import patchchecks
import series
from checks import Counts, Failure
from problem import Problem


class Series(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "1.0").mkdir()

    def write(self, text, *files):
        (self.folder / "1.0/series").write_text(text)
        for name in files:
            (self.folder / "1.0" / name).touch()

    def test_order_is_that_of_the_list(self):
        self.write("# words\nb.patch\na.patch\n", "a.patch", "b.patch")
        self.assertEqual(series.bases(self.folder), ["1.0"])
        found = series.patches("1.0", self.folder)
        self.assertEqual([path.name for path in found], ["b.patch", "a.patch"])

    def test_each_patch_is_there_once(self):
        for text, files in (
            ("a.patch\n", ()),
            ("", ("a.patch",)),
            ("a.patch\na.patch\n", ("a.patch",)),
        ):
            with self.subTest(text), self.assertRaisesRegex(Problem, r"once: a\.patch"):
                self.write(text, *files)
                series.patches("1.0", self.folder)

    def test_no_series(self):
        self.assertEqual(series.bases(self.folder), [])


class Output(unittest.TestCase):
    def test_touched_files(self):
        patch = Path(self.enterContext(tempfile.TemporaryDirectory())) / "a.patch"
        patch.write_text("--- /dev/null\n+++ b/new.c\n--- a/x/y.c\n+++ b/x/y.c\n@@\n--- a bc\n")
        self.assertEqual(patchchecks.touched([patch, patch]), ["x/y.c"])

    def test_known_words_of_sparse_are_no_warnings(self):
        text = "/a/b.c:1:1: error: too long token expansion\n/a/b.c:2:3: warning: no\n\n"
        self.assertEqual(patchchecks.warnings(text), ["/a/b.c:2:3: warning: no"])


class Known(unittest.TestCase):
    """What was checked before: with a series, a root and a cache that are made up."""

    def setUp(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.patch = folder / "a.patch"
        self.patch.write_text("one")
        self.status = folder / "root/var/lib/dpkg/status"
        self.status.parent.mkdir(parents=True)
        self.status.write_text("Package: gcc\n")
        store = cache.Cache(folder / "cache")
        root = types.SimpleNamespace(path=folder / "root")
        self.context = types.SimpleNamespace(store=store, root=root)
        self.enterContext(mock.patch.object(series, "patches", lambda base: [self.patch]))

    def known(self, check="apply"):
        return patchchecks.known(self.context, "1.0", check)

    def test_what_it_looks_at(self):
        self.assertFalse(self.known())
        patchchecks.remember(self.context, "1.0", "apply")
        self.assertTrue(self.known())
        patchchecks.remember(self.context, "1.0", "apply")
        self.assertFalse(self.known("help"))
        self.assertFalse(patchchecks.known(self.context, "2.0", "apply"))
        for path in (self.patch, self.status):
            with self.subTest(path.name):
                text = path.read_text()
                path.write_text(text + "more")
                self.assertFalse(self.known())
                path.write_text(text)
                self.assertTrue(self.known())

    def test_runs_once(self):
        calls = []

        def run(_, base):
            calls.append(base)
            return Counts(3)

        first = patchchecks.unless_known(self.context, "1.0", "help", run)
        again = patchchecks.unless_known(self.context, "1.0", "help", run)
        self.assertEqual((first.passed, calls), (3, ["1.0"]))
        self.assertEqual(again.note, "1.0: series of 1 patches known, checked before")

    def test_failure_is_not_remembered(self):
        def run(*_):
            raise Failure("no")

        with self.assertRaises(Failure):
            patchchecks.unless_known(self.context, "1.0", "help", run)
        self.assertFalse(self.known("help"))

    def test_patch_edited_meanwhile(self):
        def run(*_):
            self.patch.write_text("two")
            return Counts(1)

        patchchecks.unless_known(self.context, "1.0", "help", run)
        self.assertFalse(self.known("help"))

    def test_contents(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name in ("b/x", "b/tests/y", "b/__pycache__/z", "c"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(name)
        self.assertEqual(patchchecks.contents(("b", "c"), folder), ["b/x", b"b/x", "c", b"c"])


class SideBySide(unittest.TestCase):
    def test_failure_stops_the_others(self):
        def wait(stop):
            self.assertTrue(stop.wait(10))

        def fail(_):
            raise Failure("this")

        with self.assertRaisesRegex(Failure, "this"):
            patchchecks.side_by_side([wait, fail], 2)

    def test_all_run(self):
        done = []
        patchchecks.side_by_side([lambda _, item=item: done.append(item) for item in range(3)], 1)
        self.assertEqual(sorted(done), [0, 1, 2])

# SPDX-License-Identifier: MIT
import tempfile
import types
import unittest
from pathlib import Path
from unittest import mock

from checks import patches as patchchecks
from checks.context import Counts
from kernels import onto, series
from problem import Failure, Problem
from workshop import cache


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

    def test_groups(self):
        self.write(
            "# series one: words\na.patch\n# series two: more\nb.patch\nc.patch\n",
            "a.patch",
            "b.patch",
            "c.patch",
        )
        found = series.groups("1.0", self.folder)
        names = {name: [path.name for path in group] for name, group in found.items()}
        self.assertEqual(names, {"one": ["a.patch"], "two": ["b.patch", "c.patch"]})

    def test_no_groups(self):
        self.write("# series without words\na.patch\n", "a.patch")
        self.assertEqual(list(series.groups("1.0", self.folder)), ["1.0"])

    def test_no_series(self):
        self.assertEqual(series.bases(self.folder), [])


class Output(unittest.TestCase):
    def test_touched_files(self):
        patch = Path(self.enterContext(tempfile.TemporaryDirectory())) / "a.patch"
        patch.write_text("--- /dev/null\n+++ b/new.c\n--- a/x/y.c\n+++ b/x/y.c\n@@\n--- a bc\n")
        self.assertEqual(onto.touched([patch, patch]), ["x/y.c"])

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
        self.context = types.SimpleNamespace(store=store, root=root, whole=False)
        self.enterContext(mock.patch.object(series, "patches", lambda base: [self.patch]))
        self.ran = 0

    def run_check(self, check="apply", base="1.0", fails=False):
        """Whether the check ran."""
        before = self.ran

        def run(*_):
            self.ran += 1
            if fails:
                raise Failure("no")
            return Counts(3)

        patchchecks.unless_known(check, ("ruff.toml",), run, base, self.context)
        return self.ran > before

    def test_runs_once(self):
        self.assertTrue(self.run_check())
        self.assertFalse(self.run_check())
        self.context.whole = True
        self.assertTrue(self.run_check())

    def test_what_it_looks_at(self):
        self.run_check()
        self.assertTrue(self.run_check("help"))
        self.assertTrue(self.run_check(base="2.0"))
        for path in (self.patch, self.status):
            with self.subTest(path.name):
                text = path.read_text()
                path.write_text(text + "more")
                self.assertTrue(self.run_check())
                path.write_text(text)
                self.assertFalse(self.run_check())

    def test_failure_is_not_remembered(self):
        with self.assertRaises(Failure):
            self.run_check(fails=True)
        self.assertTrue(self.run_check())

    def test_patch_edited_meanwhile(self):
        def run(*_):
            self.patch.write_text("two")
            return Counts(1)

        patchchecks.unless_known("apply", (), run, "1.0", self.context)
        self.assertTrue(self.run_check())

    def test_contents(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name in ("b/x", "b/tests/y", "b/__pycache__/z", "c"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(name)
        self.assertEqual(patchchecks.contents(("b", "c"), folder), ["b/x", b"b/x", "c", b"c"])


class Batches(unittest.TestCase):
    """Which patches are built at once."""

    def batches(self, *names):
        steps = [
            patchchecks.Step((Path(str(number)),), frozenset(name.split()), Path(str(number)))
            for number, name in enumerate(names)
        ]
        return [len(step.patches) for step in patchchecks.batches(steps)]

    def test_different_files(self):
        self.assertEqual(self.batches("a.c", "b.c c.c", "d.c"), [3])

    def test_the_same_file(self):
        self.assertEqual(self.batches("a.c b.c", "b.c", "c.c"), [1, 2])

    def test_headers_and_options_stand_alone(self):
        self.assertEqual(self.batches("a.c", "a.h", "b.c", "c.c Kconfig", "d.c"), [1] * 5)

    def test_the_last_one_counts(self):
        steps = [patchchecks.Step((Path(x),), frozenset({x + ".c"}), Path(x)) for x in "ab"]
        (step,) = patchchecks.batches(steps)
        self.assertEqual((step.folder, step.names), (Path("b"), {"a.c", "b.c"}))

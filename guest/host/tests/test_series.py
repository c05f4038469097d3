# SPDX-License-Identifier: MIT
import tempfile
import unittest
from pathlib import Path

import patchchecks
import series
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

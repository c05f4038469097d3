# SPDX-License-Identifier: MIT
import tempfile
import unittest
from pathlib import Path

from problem import Problem
from verdict import layout


class PrepareFolder(unittest.TestCase):
    def setUp(self):
        self.out = Path(self.enterContext(tempfile.TemporaryDirectory())) / "out"

    def test_new_and_again(self):
        layout.prepare(self.out)
        (self.out / "0").mkdir()
        (self.out / "0/out").write_text("old")
        (self.out / "guest.log").write_text("old")
        outside = self.out.parent / "outside"
        outside.mkdir()
        (outside / "kept").touch()
        (self.out / "link").symlink_to(outside)
        layout.prepare(self.out)
        self.assertEqual([path.name for path in self.out.iterdir()], [layout.MARKER])
        self.assertTrue((outside / "kept").exists())

    def test_one_at_a_time(self):
        with layout.claim(self.out):
            (self.out / "kept").touch()
            with self.assertRaisesRegex(Problem, "another ccprime"), layout.claim(self.out):
                self.fail("claimed twice")
            self.assertTrue((self.out / "kept").exists())
        with layout.claim(self.out):
            self.assertFalse((self.out / "kept").exists())

    def test_logs_of_several_guests(self):
        layout.prepare(self.out)
        for number, text in enumerate(("first", "second"), 1):
            (self.out / "guest.log").write_text(text)
            layout.put_aside(self.out, number)
        (self.out / "guest.log").write_text("third")
        (self.out / "guest-3.log").symlink_to("/etc/passwd")
        texts = [path.read_text() for path in layout.logs(self.out, layout.GUEST_LOG)]
        self.assertEqual(texts, ["first", "second", "third"])
        logs = [path.name for path in layout.logs(self.out, layout.MONITOR_LOG)]
        self.assertEqual(logs, ["monitor.log"])

    def test_somebody_elses(self):
        self.out.mkdir()
        (self.out / "thesis.txt").write_text("years of work")
        with self.assertRaisesRegex(Problem, "not ours"):
            layout.prepare(self.out)
        self.assertEqual((self.out / "thesis.txt").read_text(), "years of work")

    def test_file(self):
        self.out.touch()
        with self.assertRaisesRegex(Problem, "not a folder"):
            layout.prepare(self.out)

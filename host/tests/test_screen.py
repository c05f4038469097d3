# SPDX-License-Identifier: MIT
import io
import unittest

from workshop.screen import CLEAR, SILENCE, Lines, Stream


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    def __init__(self):
        self.now = 0

    def __call__(self):
        return self.now


class InFile(unittest.TestCase):
    """Standard output is no terminal."""

    def setUp(self):
        self.out = io.StringIO()
        self.clock = Clock()
        self.lines = Lines(self.out, self.clock)

    def said(self):
        return self.out.getvalue()

    def test_stage(self):
        self.lines.begin("build     compiling ...")
        self.assertEqual(self.said(), "build     compiling ...")
        self.lines.end("1.0 s", "build    ")
        self.assertEqual(self.said(), "build     compiling ... 1.0 s\n")

    def test_line_in_a_stage(self):
        self.lines.begin("build     compiling ...")
        self.lines.line("gcc -c")
        self.lines.end("1.0 s", "build    ")
        self.assertEqual(self.said(), "build     compiling ...\ngcc -c\nbuild     1.0 s\n")

    def test_status_after_silence(self):
        self.lines.begin("build     compiling ...")
        self.clock.now = SILENCE - 1
        self.lines.show("3 of 4")
        self.assertNotIn("3 of 4", self.said())
        self.clock.now = SILENCE
        self.lines.show("3 of 4")
        self.lines.show("4 of 4")
        self.assertEqual(self.said(), "build     compiling ...\n          3 of 4\n")


class OnTerminal(InFile):
    def setUp(self):
        self.out = Terminal()
        self.clock = Clock()
        self.lines = Lines(self.out, self.clock)

    def test_status_after_silence(self):
        self.lines.begin("build     compiling ...")
        self.lines.show("3 of 4")
        self.lines.show("3 of 4")
        self.assertEqual(self.said().count("3 of 4"), 1)
        self.lines.end("1.0 s", "build    ")
        self.assertTrue(self.said().endswith(f"{CLEAR}build     compiling ... 1.0 s\n"))

    def test_status_gives_way(self):
        self.lines.show("3 of 4")
        self.lines.line("done")
        self.assertEqual(self.said(), f"{CLEAR}3 of 4{CLEAR}done\n")


class InOrder(unittest.TestCase):
    def setUp(self):
        self.out = io.StringIO()
        self.clock = Clock()
        self.stream = Stream(["a", "b", "c"], Lines(self.out, self.clock))

    def stage(self, task, text):
        self.stream.event(task, "start")
        self.stream.event(task, "begin", "boot", text)
        self.stream.event(task, "end", "1.0 s")

    def test_each_in_its_turn(self):
        self.stage("b", "second")
        self.stage("c", "third")
        self.stream.done("c", None)
        self.assertEqual(self.out.getvalue(), "")
        self.stage("a", "first")
        self.stream.done("a", None)
        self.stream.done("b", None)
        lines = [f"boot      {text} ... 1.0 s" for text in ("first", "second", "third")]
        self.assertEqual(self.out.getvalue().splitlines(), lines)

    def test_what_waits_for_nobody(self):
        self.stream.event("b", "now", "b failed")
        self.stage("a", "first")
        self.assertEqual(self.out.getvalue().splitlines()[0], "b failed")

    def test_progress_of_all(self):
        self.stream.event("a", "begin", "boot", "first")
        self.stream.event("b", "begin", "tests", "running them")
        self.stream.event("b", "progress", "5 of 9")
        self.clock.now = SILENCE
        self.stream.tick()
        self.assertEqual(
            self.out.getvalue(), "boot      first ...\n          a: first; b: 5 of 9\n"
        )

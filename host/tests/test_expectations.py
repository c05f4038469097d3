# SPDX-License-Identifier: MIT
import dataclasses
import unittest

from problem import Problem
from verdict import expectations
from verdict.expectations import Expectations, Machine, contradictions, parse

SEV = Machine("sev", "blob", "7.3", "patched", "x86")
TDX = dataclasses.replace(SEV, guest="tdx")
OLD = dataclasses.replace(TDX, kernel="6.12")


def here(text, machine):
    """What counts on a machine, of a file with this text."""
    return Expectations(tuple(row for row in parse(text, "f") if row.holds(machine)))


class Rows(unittest.TestCase):
    def test_words(self):
        text = """# x
[]
skip igt@a@.*  # none
fail igt@b@c  # problem: known one
flake:warn igt@b@d says "two words"  # busy
report "DMA: \\[\\S+\\]" in map  # y
access "user space" at-most 3  # z
"""
        found = parse(text, "f")
        self.assertEqual(
            [row.word for row in found], ["skip", "fail", "flake:warn", "report", "access"]
        )
        self.assertEqual([row.what for row in found][3:], [r"DMA: \[\S+\]", "user space"])
        self.assertEqual([row.detail for row in found], ["", "", "two words", "map", "3"])
        self.assertEqual([row.problem for row in found], ["", "known one", "", "", ""])
        self.assertEqual(found[0].place, "f:3")

    def test_junk(self):
        for line, said in (
            ("fail", "no row"),
            ("fails igt@a@b  # x", "no row"),
            ("fail igt@a@b", "no reason"),
            ("fail igt@a@b says x  # y", "no row"),
            ("flake:warn igt@a@b  # y", "no row"),
            ("flake:often igt@a@b says x  # y", "no row"),
            ("skip igt@(a  # x", "no regular expression"),
            ("access f at-most many  # x", "no number"),
            ("[guest]", "no condition"),
            ("[colour=red]", "no condition"),
            ("[guest=sev guest=tdx]", "no condition"),
        ):
            with self.subTest(line), self.assertRaisesRegex(Problem, f"f:2: .*{said}"):
                parse(f"[]\n{line}\n", "f")
        with self.assertRaisesRegex(Problem, "f:1: .*before the first"):
            parse("fail igt@a@b  # x\n", "f")


class Conditions(unittest.TestCase):
    TEXT = """[guest=tdx kernel=7.3 state=patched,stock]
[guest=snp]
warn igt@a@b  # x

[kernel=6.12]
fail igt@a@b  # y
"""

    def test_all_words_of_one_line(self):
        self.assertEqual(here(self.TEXT, TDX).of_test("igt@a@b").word, "warn")
        self.assertIsNone(here(self.TEXT, SEV).of_test("igt@a@b"))
        unpatched = dataclasses.replace(TDX, state="unpatched")
        self.assertIsNone(here(self.TEXT, unpatched).of_test("igt@a@b"))

    def test_lines_are_alternatives(self):
        snp = dataclasses.replace(SEV, guest="snp")
        self.assertEqual(here(self.TEXT, snp).of_test("igt@a@b").word, "warn")

    def test_lines_with_rows_between_are_not(self):
        self.assertEqual(here(self.TEXT, OLD).of_test("igt@a@b").word, "fail")

    def test_name_is_a_full_match(self):
        self.assertIsNone(here(self.TEXT, TDX).of_test("igt@a@bc"))

    def test_skip_counts_most(self):
        text = "[]\nfail igt@a@b  # x\nskip igt@a@.*  # y\n"
        self.assertEqual(here(text, SEV).of_test("igt@a@b").word, "skip")

    def test_two_ends_contradict(self):
        rows = parse("[]\nfail igt@a@.*  # x\n[guest=sev]\nwarn igt@a@b  # y\n", "f")
        (said,) = contradictions(rows, SEV, ["igt@a@b", "igt@a@c"])
        self.assertEqual(said, "f:2 and f:4 are both about igt@a@b")
        self.assertEqual(list(contradictions(rows, TDX, ["igt@a@b"])), [])


class Project(unittest.TestCase):
    def test_rows_are_well_formed(self):
        self.assertGreater(len(expectations.all_rows()), 50)

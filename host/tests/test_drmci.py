# SPDX-License-Identifier: MIT
import re
import tempfile
import unittest
from pathlib import Path

import project
from verdict import drmci
from verdict.expectations import Expectations, Machine, parse

TEXT = """[]
fail igt@a@b.*  # x
crash igt@a@c  # x
timeout igt@a@d  # x
warn igt@a@e  # x
terminated igt@a@f  # x
flake:fail igt@a@g says "x"  # x
flake:warn igt@a@h says "x"  # x
skip igt@a@i  # x
"""
TESTS = [f"igt@a@{name}" for name in ("b-1", "b-2", "c", "d", "e", "f", "g", "h", "i", "j", "k-5")]


def load(path):
    """As igt-runner does: a baseline is NAME,STATUS; the others match anywhere in a name."""
    lines = path.read_text(encoding="ascii").splitlines()
    if path.name.endswith("-fails.txt"):
        return dict(line.split(",") for line in lines)
    return [re.compile(line) for line in lines]


class Lists(unittest.TestCase):
    def test_each_word(self):
        found = drmci.lists(Expectations(tuple(parse(TEXT, "f"))), TESTS, ["igt@a@k-.*"])
        self.assertEqual(found["fails"], ["a@b-1,Fail", "a@b-2,Fail", "a@c,Crash", "a@d,Timeout"])
        self.assertEqual(found["skips"], ["^a@f$", "^a@k-5$"])
        self.assertEqual(found["flakes"], ["^a@g$"])

    def test_files_load(self):
        machine = Machine("snp", "blob", "7.3", "unpatched", "x86")
        only = project.only_by_name()
        names = {drmci.name(test) for test in project.tests()}
        with tempfile.TemporaryDirectory() as folder:
            paths = drmci.write(Path(folder), machine, project.tests(), only)
            fails, skips, flakes = map(load, paths)
        self.assertIn("cc_zero@fresh-buffer-is-zero", fails)
        self.assertLess(set(fails), names)
        for rule in (*skips, *flakes):
            self.assertEqual(len([name for name in names if rule.search(name)]), 1, rule)
        self.assertTrue(any(rule.search("cc_unbind@importer-ends-after-unbind") for rule in skips))

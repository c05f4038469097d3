# SPDX-License-Identifier: MIT
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from problem import Problem
from runs import coverage

TRACE = """\
TN:
SF:/usr/src/linux/drivers/dma-buf/dma-heap.c
FNL:0,10,14
FNA:0,3,first
FNL:1,20
FNA:1,0,second
DA:10,3
DA:12,0
DA:13,0
DA:14,3
DA:20,0
BRDA:12,0,0,-
BRDA:12,0,1,2
end_of_record
"""


def found(tree):
    return coverage.Found({coverage.ALL: coverage.parse(TRACE)}, tree)


class Trace(unittest.TestCase):
    def test_lines_branches_and_functions(self):
        (file,) = coverage.parse(TRACE).values()
        self.assertEqual(file.missed(), [12, 13, 20])
        self.assertEqual(
            (file.function(13), file.function(20), file.function(1)), ("first", "second", "")
        )
        self.assertEqual(coverage.cell(file), "40 / 50")

    def test_older_formats_functions(self):
        (file,) = coverage.parse("SF:/usr/src/linux/a.c\nFN:7,old\nDA:8,0\n").values()
        self.assertEqual(file.function(8), "old")

    def test_table(self):
        self.assertEqual(
            coverage.text(found(Path())),
            ["                            all", "drivers/dma-buf/dma-heap.c  40 / 50"],
        )

    def test_ranges(self):
        self.assertEqual(coverage.ranges([1, 2, 3, 7, 9, 10]), "1-3, 7, 9-10")


class Reasons(unittest.TestCase):
    def setUp(self):
        self.tree = Path(self.enterContext(tempfile.TemporaryDirectory()))
        source = self.tree / "drivers/dma-buf/dma-heap.c"
        source.parent.mkdir(parents=True)
        source.write_text("".join(f"line {number};\n" for number in range(1, 30)))

    def test_the_first_row_that_fits_counts(self):
        rows = [
            coverage.Reason("drivers/dma-buf/dma-heap.c", "first", "line 13", "a reason"),
            coverage.Reason("drivers/dma-buf/dma-heap.c", "*", "2;", "another"),
        ]
        groups = coverage.explained(found(self.tree), rows)
        self.assertEqual(
            {why: lines for (_, _, why), lines in groups.items()},
            {"a reason": [13], "another": [12], "": [20]},
        )
        self.assertEqual(
            coverage.reachable(found(self.tree), groups, "drivers/dma-buf/dma-heap.c"), "66.7"
        )

    def test_the_projects_rows_can_be_read(self):
        for row in coverage.reasons():
            self.assertTrue(row.why.endswith("."), row)

    def test_rows_without_a_reason_are_refused(self):
        path = self.tree / "rows"
        path.write_text("a.c first\n")
        with mock.patch.object(coverage, "UNREACHED", path):
            self.assertRaisesRegex(Problem, "rows:1: no `FILE", coverage.reasons)


class Counts(unittest.TestCase):
    def test_links_of_a_guest_are_not_followed(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "real").mkdir()
        (folder / "real/a.gcda").write_bytes(b"counts")
        (folder / "link").symlink_to("real")
        (folder / "real/b.gcda").symlink_to("a.gcda")
        self.assertEqual(coverage.guests_file(folder, Path("real/a.gcda")), b"counts")
        self.assertEqual(coverage.guests_file(folder, Path("link/a.gcda")), b"")
        self.assertEqual(coverage.guests_file(folder, Path("real/b.gcda")), b"")
        self.assertEqual(coverage.guests_file(folder, Path("real/none.gcda")), b"")

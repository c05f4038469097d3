# SPDX-License-Identifier: MIT
import io
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import cli
from checks import suite
from checks import table as checktable
from checks.context import Counts
from problem import Failure, Problem
from workshop.workers import Done
from workshop.workshop import Workshop


def names(chosen):
    return [check.name for check in chosen]


class Choose(unittest.TestCase):
    def test_more_and_more(self):
        quick, core, whole = (
            names(suite.choose(**words)) for words in ({"quick": True}, {}, {"whole": True})
        )
        self.assertLess(set(quick), set(core))
        self.assertLess(set(core), set(whole))
        self.assertNotIn(checktable.ROOT, whole)

    def test_only_is_of_all(self):
        self.assertEqual(names(suite.choose(only="^(demo|ruff)$")), ["ruff", "demo"])
        with self.assertRaisesRegex(Problem, "no check matches 'none of'"):
            suite.choose(only="none of")

    def test_builds_come_along(self):
        def built(**words):
            return [check.name for check in suite.with_builds(suite.choose(**words))]

        self.assertEqual(built(only="^spdx"), ["spdx lines"])
        self.assertEqual(built(only="^ruff$"), ["build root", "ruff"])
        self.assertIn(checktable.PROJECT, built(only="^mutants of the heap in tdx$"))

    def test_quick_ones_build_no_kernel(self):
        found = suite.with_builds(suite.choose(quick=True))
        self.assertEqual([check.name for check in found if check.is_build], [checktable.ROOT])

    def test_names_are_unique_and_needs_exist(self):
        table = names(checktable.TABLE)
        self.assertEqual(len(table), len(set(table)))
        for check in checktable.TABLE:
            for need in check.needs:
                self.assertLess(table.index(need), table.index(check.name))

    def test_what_needs_no_root_comes_before_it(self):
        table = names(checktable.TABLE)
        free = [check.name for check in checktable.TABLE if not check.needs and not check.is_build]
        self.assertLess(max(map(table.index, free)), table.index(checktable.ROOT))


class Shown(unittest.TestCase):
    def setUp(self):
        self.out = io.StringIO()
        chosen = suite.with_builds(suite.choose(only="^(spdx lines|ruff)$"))
        with mock.patch("sys.stdout", self.out):
            self.rows = suite.Rows(chosen, verbose=False)

    def lines(self):
        return [line.split() for line in self.out.getvalue().splitlines()]

    def test_order_of_the_table(self):
        self.rows.done("ruff", Done(Counts(3, note="fine"), seconds=2))
        self.assertEqual(self.lines(), [])
        self.rows.done("spdx lines", Done(Counts(), seconds=1))
        self.rows.done("build root", Done(object(), seconds=60))
        self.assertEqual(
            self.lines(),
            [
                ["spdx", "lines", "pass", "1.0", "s"],
                ["build", "root", "built", "60.0", "s"],
                ["ruff", "pass", "2.0", "s", "3", "passed", "fine"],
            ],
        )

    def test_failure_says_how_to_repeat_it(self):
        self.rows.done("spdx lines", Done(error=Failure("a.c: no licence"), seconds=1))
        self.assertEqual(
            self.out.getvalue().splitlines()[1:],
            ["    a.c: no licence", "    again: ./ccprime test --only '^spdx lines$'"],
        )

    def test_failed_check_is_told_at_once(self):
        self.rows.done("ruff", Done(error=Failure("a.py: unused"), seconds=1))
        self.assertEqual(self.out.getvalue(), "ruff: FAIL, more in its turn\n")

    def test_failed_test_waits_for_nobody(self):
        self.rows.event("ruff", "now", "sev: igt@cc_x@y: fail")
        self.assertEqual(self.out.getvalue(), "ruff: sev: igt@cc_x@y: fail\n")


class Sums(unittest.TestCase):
    def test_total(self):
        done = {
            "a": Done(Counts(3, 0, 2)),
            "b": Done(error=Failure("x")),
            "build": Done("a path"),
            "other build": Done(error=Problem("x")),
        }
        self.assertEqual(suite.total(done, {"build", "other build"}), Counts(3, 2, 2))

    def test_every_special_character_is_quoted(self):
        again = suite.again("a (b) c.d")
        self.assertEqual(again, r"    again: ./ccprime test --only '^a \(b\) c\.d$'")

    def test_slowest(self):
        done = {str(number): Done(seconds=number) for number in range(9)}
        self.assertEqual(len(suite.slowest(done)), 2 + suite.SLOWEST)


class Whole(unittest.TestCase):
    """Which checks look at everything, and not only at what is new."""

    def whole(self, *words):
        with (
            mock.patch.object(suite, "run", return_value=Counts()) as run,
            mock.patch("sys.stdout", io.StringIO()),
        ):
            cli.main(["test", *words])
        return run.call_args[0][-1]

    def test_all_and_only(self):
        self.assertTrue(self.whole("--all"))
        self.assertTrue(self.whole("--only", "^patches"))
        self.assertFalse(self.whole())
        self.assertFalse(self.whole("--quick"))

    def test_it_reaches_the_check(self):
        seen = []
        check = checktable.Check("a", lambda context: seen.append((context.whole, context.temp)))
        with tempfile.TemporaryDirectory() as folder:
            workshop = Workshop(Path(folder) / "cache")
            suite.task_of(check, workshop, folder, True).work(lambda *_: None)
            self.assertEqual(seen, [(True, Path(folder) / "a")])

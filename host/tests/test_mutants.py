# SPDX-License-Identifier: MIT
"""Verdicts on mutants."""

import tempfile
import unittest
from pathlib import Path
from unittest import mock

from mutants import page
from mutants import run as mutants
from mutants import table as mutanttable
from problem import Problem

CATEGORY = mutanttable.Category("mappings", "cc_x@.*")
MUTANT = mutanttable.Mutant(CATEGORY, "map_wrong", "all is wrong", {"cc_x@one.*": "page [0-9]"})
LUCKY = mutanttable.Mutant(CATEGORY, "map_slow", "all is slow", survives="Nobody waits.")


def record(result, why=""):
    """A test's record, as igt_runner writes it."""
    out = f"(cc_x:1) CRITICAL: {why}\n" if why else ""
    return {"result": result, "out": out, "err": "", "dmesg": ""}


def kills(result, good="pass", why=""):
    """The kills of a mutant's only test."""
    return mutants.find_kills(
        {"igt@cc_x@one-page": record(result, why)}, {"igt@cc_x@one-page": record(good)}
    )


class Kills(unittest.TestCase):
    """What counts as a kill."""

    def test_failures(self):
        """Each way to fail, and which of them has a name."""
        for result, named in (
            ("fail", True),
            ("dmesg-fail", True),
            ("crash", False),
            ("timeout", False),
            ("incomplete", False),
            ("dmesg-warn", False),
        ):
            (kill,) = kills(result, why="page 3")
            self.assertEqual((kill.word, kill.named), (result, named))

    def test_no_failures(self):
        """What says nothing about the mutant."""
        self.assertEqual(kills("pass"), [])
        self.assertEqual(kills("skip"), [])
        self.assertEqual(kills("fail", good="fail"), [])
        self.assertEqual(kills("fail", good="skip"), [])
        self.assertEqual(kills("dmesg-warn", good="dmesg-warn"), [])
        self.assertEqual(len(kills("dmesg-fail", good="dmesg-warn")), 1)

    def test_unknown_to_the_control(self):
        """A test that was not run without the mutant."""
        self.assertEqual(mutants.find_kills({"igt@cc_x@two": record("fail")}, {}), [])


class Verdicts(unittest.TestCase):
    """Whether a mutant is as the table has it."""

    def test_killed(self):
        """By the right test, with the right words."""
        self.assertEqual(mutants.judge(MUTANT, kills("fail", why="page 3")).wrong, "")

    def test_other_words(self):
        """By the right test, with other words."""
        self.assertIn("said 'no idea'", mutants.judge(MUTANT, kills("fail", why="no idea")).wrong)

    def test_survived(self):
        """Not at all."""
        self.assertIn("passed", mutants.judge(MUTANT, []).wrong)

    def test_listed_survivor(self):
        """Survives as expected; or is killed all the same."""
        self.assertEqual(mutants.judge(LUCKY, []).wrong, "")
        self.assertIn("listed as surviving", mutants.judge(LUCKY, kills("fail")).wrong)

    def test_control_fails(self):
        """A test that fails without a mutant shows nothing."""
        good = {"igt@cc_x@one-page": record("fail")}
        with self.assertRaisesRegex(Problem, "without any mutant"):
            mutants.check_control([MUTANT], good)
        mutants.check_control([MUTANT], {"igt@cc_x@one-page": record("pass")})


class Telling(unittest.TestCase):
    """Mutants that are enough to see each test fail."""

    def test_first_of_each_test_counts(self):
        def mutant(name, *tests):
            return mutanttable.Mutant(CATEGORY, name, "all is wrong", dict.fromkeys(tests, ""))

        found = mutants.telling(
            [
                mutant("a", "x"),
                mutant("b", "x"),
                mutant("c", "x", "y"),
                mutant("d", "y"),
            ]
        )
        self.assertEqual([item.name for item in found], ["a", "c"])


class Plans(unittest.TestCase):
    """What the guest is told, and what becomes of it when it dies."""

    def setUp(self):
        temp = tempfile.TemporaryDirectory()
        self.addCleanup(temp.cleanup)
        parts = mutants.Parts(mock.Mock(), {})
        self.session = mutants.Session(parts, None, Path(temp.name), False)

    def run_lines(self, run_boot):
        """Runs three mutants with this instead of a guest."""
        with (
            mock.patch.object(mutants, "run_boot", run_boot),
            mock.patch.object(mutants, "load", lambda folder: folder.name),
            mock.patch.object(mutants, "make_results", lambda *_: None),
        ):
            return mutants.run_lines(self.session, None, ["a heap x", "b heap x", "c heap x"])

    def test_lines(self):
        boot = mutants.boot_of(MUTANT)
        self.assertEqual(
            mutants.plan_line(self.session, MUTANT),
            "map_wrong cc_mutant_map_wrong igt@(cc_x@one.*)$",
        )
        self.session.wide = True
        self.assertEqual(
            mutants.control_line(self.session, boot, [MUTANT, LUCKY]),
            "none cc_mutant_none igt@(cc_x@one.*|cc_x@.*)$",
        )

    def test_death(self):
        plans = []

        def dies_at_its_second(_session, _boot, folder):
            plans.append((folder / mutants.PLAN).read_text(encoding="ascii").split("\n")[:-1])
            for line in plans[-1][:2]:
                (folder / line.split()[0]).mkdir()
            return "Kernel panic" if len(plans[-1]) > 1 else None

        self.assertEqual(set(self.run_lines(dies_at_its_second)), {"a", "b", "c"})
        self.assertEqual(plans, [["a heap x", "b heap x", "c heap x"], ["c heap x"]])

    def test_nothing_run(self):
        with self.assertRaisesRegex(Problem, "none was run: no module"):
            self.run_lines(lambda *_: "no module")

    def test_stops_early(self):
        def leaves_one(_session, _boot, folder):
            (folder / "a").mkdir()

        with self.assertRaisesRegex(Problem, "b was not run"):
            self.run_lines(leaves_one)


class Documents(unittest.TestCase):
    """What people read."""

    def test_lines(self):
        """A mutant a line."""
        verdicts = [
            mutants.judge(MUTANT, kills("fail", why="page 3")),
            mutants.judge(LUCKY, []),
            mutants.judge(MUTANT, []),
        ]
        killed, lucky, wrong = page.lines(verdicts)
        self.assertRegex(killed, r"^map_wrong +killed +cc_x@one-page$")
        self.assertRegex(lucky, r"^map_slow +SURVIVED +Nobody waits\.$")
        self.assertRegex(wrong, r"^map_wrong +SURVIVED +WRONG: ")

    def test_document(self):
        """Its tables, and the marks of what is no assertion."""
        text = page.document([mutants.judge(MUTANT, kills("crash"))], [])
        self.assertIn("| `map_wrong` | all is wrong | sev | `cc_x@one-page (crash)` |", text)
        self.assertIn(
            "Of 1 mutants of the heap, the kernel and a driver 1 are killed, 0 of them", text
        )


class Names(unittest.TestCase):
    """Where mutants are named."""

    def test_sources(self):
        """The module and the patches have mutants; the control is none."""
        names = mutanttable.names_in_sources()
        self.assertIn("mmap_private", names)
        self.assertIn("dma_ignores_shared", names)
        self.assertNotIn(mutanttable.CONTROL, names)

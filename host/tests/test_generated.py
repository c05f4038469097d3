# SPDX-License-Identifier: MIT
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from mutants import generated, generator, verdicts
from mutants.targets import TARGETS
from problem import Problem

HEAP, CORE = TARGETS[:2]


def member(function, number=1, target=HEAP):
    return generated.Member(target, generator.Mutant(function, "delete", number, 7, "a();", ";"))


GOOD = {"igt@a@x": {"result": "pass"}, "igt@a@y": {"result": "pass"}, "igt@a@z": {"result": "skip"}}


class Compiler(unittest.TestCase):
    def test_errors_and_the_macros_that_they_are_in(self):
        errors = generated.Errors()
        for line in (
            b"/usr/src/linux/drivers/dma-buf/dma-heap.c:30:5: warning: unused variable 'x'",
            b"/usr/src/linux/drivers/dma-buf/dma-heap.c:24:17: note: in expansion of macro 'OLD'",
            b"/usr/src/linux/include/linux/vmalloc.h:24:33: error: incompatible type",
            b"/usr/src/linux/drivers/dma-buf/dma-heap.c:604:92: note: in expansion of macro 'NEW'",
            b"  CC      drivers/dma-buf/dma-heap.o",
        ):
            errors(line)
        self.assertEqual(errors.of(CORE.file), {604})
        self.assertEqual(errors.of(HEAP.file), set())


class Kills(unittest.TestCase):
    def words(self, tests):
        return [(kill.test, kill.word) for kill in generated.kills_of(tests, GOOD)]

    def test_failures_of_what_passes_without_the_mutant(self):
        tests = {"igt@a@x": {"result": "fail"}, "igt@a@z": {"result": "fail"}}
        self.assertEqual(self.words(tests), [("igt@a@x", "fail")])

    def test_unexpected_skips(self):
        tests = {"igt@a@x": {"result": "skip"}, "igt@a@z": {"result": "skip"}}
        self.assertEqual(self.words(tests), [("igt@a@x", "skip")])

    def test_tests_without_an_end_do_not_count(self):
        self.assertEqual(self.words({"igt@a@x": {}, "igt@a@y": {"result": "notrun"}}), [])

    def test_a_lost_guest_counts(self):
        self.assertEqual(self.words(generated.LOST), [("igt@guest", "crash")])


class Plan(unittest.TestCase):
    def test_batches_are_of_one_target(self):
        members = [member("f", n) for n in range(generated.BATCH + 1)] + [member("g", 1, CORE)]
        found = [*generated.batches(members)]
        self.assertEqual([len(batch) for batch in found], [generated.BATCH, 1, 1])
        self.assertEqual([batch[0].target for batch in found], [HEAP, HEAP, CORE])

    def test_shards_have_each_mutant_once(self):
        made = generated.Made(None, None, [member("f", n) for n in range(7)])
        shares = [generated.chosen(made, "", (number, 3)) for number in (1, 2, 3)]
        self.assertEqual(
            sorted(m.name for share in shares for m in share), [m.name for m in made.mutants]
        )
        with self.assertRaisesRegex(Problem, "no generated mutant matches"):
            generated.chosen(made, "none", (1, 1))

    def test_functions_of_the_boot(self):
        self.assertTrue(member("system_heap_create").at_boot)
        self.assertFalse(member("system_heap_mmap").at_boot)

    def test_lists_leave_out_what_fails_without_a_mutant(self):
        every = {
            test: {"result": "pass"} for tests in generated.lists(HEAP).values() for test in tests
        }
        quick = generated.lists(HEAP)[generated.QUICK][0]
        fewer = generated.lists(HEAP, {**every, quick: {"result": "fail"}})
        self.assertNotIn(quick, fewer[generated.QUICK] + fewer[generated.WIDE])
        self.assertEqual(generated.lists(HEAP, every), generated.lists(HEAP))


class Survivors(unittest.TestCase):
    def rows(self, text):
        path = Path(self.enterContext(tempfile.TemporaryDirectory())) / "rows"
        path.write_text(text)
        with mock.patch.object(generated, "SURVIVORS", path):
            return generated.survivors()

    def test_sorted_by_reason(self):
        rows = self.rows("# comment\nf-.* equivalent It is set again.\ng-.* gap No guest has it.\n")
        kill = generated.Kill("igt@a@x", "fail", "")
        fates = [
            generated.Fate(member("e"), [kill]),
            *(generated.Fate(member(name), []) for name in "fgh"),
        ]
        parts = verdicts.sort(fates, rows)
        self.assertEqual(
            [[f.member.mutant.function for f in part] for part in parts],
            [["e"], ["f"], ["g"], ["h"]],
        )
        self.assertEqual(verdicts.share(parts[0], fates, parts[1]), "33.3")
        self.assertIn(
            "SURVIVED: drivers/dma-buf/heaps/system_heap.c:7: h-delete-1",
            "\n".join(verdicts.lines(fates, rows)),
        )
        self.assertIn(
            "| `g-delete-1` | 7 | `a();` → `;` | No guest has it. |", verdicts.document(fates, rows)
        )

    def test_an_equivalent_one_that_is_killed_is_wrong(self):
        rows = self.rows("f-.* equivalent It is set again.\n")
        fates = [generated.Fate(member("f"), [generated.Kill("igt@a@x", "fail", "")])]
        self.assertEqual(verdicts.sort(fates, rows), ([], [], [], fates))
        self.assertIn("LISTED AS EQUIVALENT, killed by a@x", "\n".join(verdicts.lines(fates, rows)))

    def test_rows_without_a_reason_are_refused(self):
        with self.assertRaisesRegex(Problem, "rows:1: no `EXPRESSION"):
            self.rows("f-.* equivalent\n")

    def test_the_projects_rows_can_be_read(self):
        generated.survivors()

# SPDX-License-Identifier: MIT
import unittest

from verdict import igt, outcomes, tables
from verdict.expectations import Expectations, parse
from verdict.outcomes import FAILED, PASSED, SKIPPED, Outcome


def expect(*rows):
    """Expectations of these rows, wherever tests run."""
    text = "".join(f"{row}  # reason\n" for row in rows)
    return Expectations(tuple(parse(f"[]\n{text}", "f")))


class Flakes(unittest.TestCase):
    def test_only_what_is_listed_is_forgiven(self):
        expected = expect('flake:warn igt@a@.* says "late blank"')
        cases = {
            ("dmesg-warn", "<3> [1.0] a late blank"): (PASSED, outcomes.FLAKE),
            ("dmesg-warn", "<3> [1.0] lockdep"): (FAILED, "dmesg-warn"),
            ("dmesg-warn", "<3> [1.0] a late blank\n<4> [1.1] x"): (FAILED, "dmesg-warn"),
            ("fail", "<3> [1.0] a late blank"): (FAILED, "fail"),
            ("pass", ""): (PASSED, "pass"),
        }
        for (word, dmesg), wanted in cases.items():
            with self.subTest(word=word, dmesg=dmesg):
                outcome = outcomes.judge("igt@a@b", {"result": word, "dmesg": dmesg}, expected)
                self.assertEqual((outcome.counts, outcome.word), wanted)

    def test_it_may_differ_from_run_to_run(self):
        runs = [[Outcome("igt@a@b", PASSED, word)] for word in ("pass", outcomes.FLAKE, "pass")]
        merged = outcomes.merge(runs)
        self.assertEqual(
            merged[0], Outcome("igt@a@b", PASSED, outcomes.FLAKE, "pass 2, known flake 1")
        )
        self.assertEqual(merged[1].counts, PASSED)


class Merge(unittest.TestCase):
    def outcome(self, word, why=""):
        return Outcome("igt@a@b", PASSED if word == "pass" else FAILED, word, why)

    def test_same_results_are_one(self):
        merged = outcomes.merge([[self.outcome("fail", f"why {run}")] for run in range(3)])
        total = Outcome("repeated", PASSED, "3 runs", "all identical")
        self.assertEqual(merged, [self.outcome("fail", "why 0"), total])

    def test_a_result_that_differs_fails(self):
        runs = [[self.outcome("pass")], [self.outcome("fail", "bytes")], [self.outcome("pass")]]
        merged = outcomes.merge(runs)
        why = "pass 2, fail 1; run 2: bytes"
        self.assertEqual(merged[0], Outcome("igt@a@b", FAILED, outcomes.DIFFERS, why))
        self.assertEqual(merged[1].counts, FAILED)

    def test_a_missing_result_differs(self):
        merged = outcomes.merge([[self.outcome("pass")], []])
        why = "pass 1, missing 1; run 1: pass"
        self.assertEqual(merged[0], Outcome("igt@a@b", FAILED, outcomes.DIFFERS, why))


class Judge(unittest.TestCase):
    def judge(self, result, *rows):
        outcome = outcomes.judge("igt@a@b", {"result": result}, expect(*rows))
        return outcome.counts, outcome.word

    def test_nothing_listed(self):
        cases = {
            "pass": (PASSED, "pass"),
            "skip": (FAILED, "unexpected skip"),
            "fail": (FAILED, "fail"),
            "warn": (FAILED, "warn"),
            "dmesg-warn": (FAILED, "dmesg-warn"),
            "crash": (FAILED, "crash"),
            "timeout": (FAILED, "timeout"),
            "incomplete": (FAILED, "incomplete"),
            "notrun": (FAILED, "notrun"),
            "missing": (FAILED, "missing"),
            "something new": (FAILED, "something new"),
        }
        for result, expected in cases.items():
            with self.subTest(result):
                self.assertEqual(self.judge(result), expected)

    def test_listed_fail(self):
        fails = "fail igt@a@b"
        self.assertEqual(self.judge("fail", fails), (PASSED, "expected fail"))
        self.assertEqual(self.judge("dmesg-warn", fails), (FAILED, "dmesg-warn"))
        warns = "warn igt@a@b"
        self.assertEqual(self.judge("dmesg-warn", warns), (PASSED, "expected warn"))
        self.assertEqual(self.judge("fail", warns), (FAILED, "fail"))
        self.assertEqual(self.judge("crash", fails), (FAILED, "crash"))
        self.assertEqual(self.judge("pass", fails), (FAILED, "unexpected pass"))
        self.assertEqual(self.judge("skip", fails), (FAILED, "unexpected skip"))
        self.assertEqual(self.judge("crash", "crash igt@a@b"), (PASSED, "expected crash"))

    def test_termination_is_no_crash(self):
        tests = igt.mark_terminated(
            {"igt@a@b": {"result": "incomplete"}, "igt@a@c": {"result": "pass"}}, {"igt@a@b"}
        )
        self.assertEqual(tests["igt@a@c"], {"result": "pass"})
        row = "terminated igt@a@b"
        outcome = outcomes.judge("igt@a@b", tests["igt@a@b"], expect(row))
        self.assertEqual((outcome.counts, outcome.word), (PASSED, "expected terminated"))
        self.assertEqual(self.judge("incomplete", row), (FAILED, "incomplete"))
        self.assertEqual(self.judge("terminated"), (FAILED, "terminated"))

    def test_listed_skip(self):
        skips = "skip igt@a@.*"
        self.assertEqual(self.judge("skip", skips), (SKIPPED, "skip"))
        self.assertEqual(self.judge("pass", skips), (FAILED, "unexpected pass"))
        self.assertEqual(self.judge("fail", skips), (FAILED, "fail"))

    def test_a_message_explains_better_than_its_assertion(self):
        err = (
            "(cc_heap:68) CRITICAL: Test assertion failure function f, file x.c:83:\n"
            "(cc_heap:68) CRITICAL: Failed assertion: false\n"
        )
        why = {
            err: "Failed assertion: false",
            err + "(cc_heap:68) CRITICAL: shared plane: page 0\n": "shared plane: page 0",
            "": "",
        }
        for text, expected in why.items():
            outcome = outcomes.judge("igt@a@b", {"result": "fail", "err": text}, expect())
            self.assertEqual(outcome.why, expected)

    def test_kernel_message_explains_a_warning(self):
        record = {"result": "dmesg-warn", "dmesg": "<6>  [1.0] fine\n<4>  [1.1] swiotlb is full\n"}
        self.assertEqual(outcomes.judge("igt@a@b", record, expect()).why, "swiotlb is full")

    def test_reason_comes_from_the_test(self):
        head = "Test requirement not met in function f, file x.c:1:\nTest requirement: fd >= 0\n"
        end = "Subtest b: SKIP (0.001s)\n"
        errno = "Last errno: 2, No such file\n"
        for out, why in (
            (head + end, "fd >= 0"),
            (head + errno + end, "fd >= 0"),
            (head + "no heap\n" + end, "no heap"),
            (head + errno + "no heap\n" + end, "no heap"),
        ):
            record = {"result": "skip", "out": out}
            outcome = outcomes.judge("igt@a@b", record, expect("skip igt@a@b"))
            self.assertEqual(outcome.why, why)
        outcome = outcomes.judge("igt@a@b", {"result": "skip"}, expect("skip igt@a@b"))
        self.assertEqual(outcome.why, "reason")


class JudgeAll(unittest.TestCase):
    def test_dynamic_subtests_fold_to_the_worst(self):
        tests = {
            "igt@a@b@x": {"result": "pass"},
            "igt@a@b@y": {"result": "fail"},
            "igt@a@b@z": {"result": "skip"},
            "igt@a@c@x": {"result": "skip"},
            "igt@a@c@y": {"result": "pass"},
        }
        found = outcomes.judge_all(tests, [], expect())
        self.assertEqual(
            [(outcome.name, outcome.word) for outcome in found],
            [("igt@a@b", "fail"), ("igt@a@c", "pass")],
        )

    def test_missing(self):
        tests = {"igt@a@b": {"result": "pass"}}
        joblist = igt.jobs("a b\na c,d\ne\n")
        found = outcomes.judge_all(tests, joblist, expect())
        self.assertEqual(
            [(outcome.name, outcome.word) for outcome in found],
            [("igt@a@b", "pass")] + [(name, "missing") for name in ("igt@a@c", "igt@a@d", "igt@e")],
        )

    def test_wide_table(self):
        columns = {
            "one": [Outcome("igt@a@b", PASSED, "pass")],
            "second": [
                Outcome("igt@a@b", FAILED, "fail", "why"),
                Outcome("igt@a@c", SKIPPED, "skip"),
            ],
        }
        self.assertEqual(
            tables.wide_table(columns),
            [
                "         one   second",
                "igt@a@b  pass  fail",
                "igt@a@c  -     skip",
                "",
                "second: igt@a@b: fail: why",
            ],
        )

    def test_summary_and_table(self):
        found = [
            Outcome("igt@a@b", PASSED, "pass"),
            Outcome("igt@a@long", PASSED, "expected fail", "known"),
            Outcome("igt@a@c", FAILED, "crash", "why"),
            Outcome("igt@a@d", SKIPPED, "skip", "no heap"),
        ]
        self.assertEqual(tables.summary(found), "2 passed, 1 failed, 1 skipped")
        self.assertEqual(
            tables.table(found),
            [
                "igt@a@b     pass",
                "igt@a@long  expected fail  known",
                "igt@a@c     crash          why",
                "igt@a@d     skip           no heap",
            ],
        )

# SPDX-License-Identifier: MIT
import json
import tempfile
import unittest
from pathlib import Path

from problem import Problem
from verdict import results
from verdict.results import FAILED, PASSED, SKIPPED, Expectations, Outcome


def expect(fails=None, skips=()):
    return Expectations(fails or {}, tuple(skips))


class Lists(unittest.TestCase):
    def test_fails(self):
        text = "# known\n\nigt@a@b,Fail  # why\nigt@a@c-d,Timeout\n"
        self.assertEqual(
            results.parse_fails(text, "f"), {"igt@a@b": "Fail", "igt@a@c-d": "Timeout"}
        )

    def test_fails_junk(self):
        for line in ("igt@a@b", "igt@a@b,Sometimes", ",Fail", "igt@a@b,fail"):
            with self.subTest(line), self.assertRaisesRegex(Problem, "f:2: "):
                results.parse_fails(f"# x\n{line}\n", "f")

    def test_skips(self):
        text = "# none\nigt@a@b  # no heap\nigt@c@.*  # CoCo only\nigt@d@e\n"
        expected = [("igt@a@b", "no heap"), ("igt@c@.*", "CoCo only"), ("igt@d@e", "")]
        self.assertEqual(results.parse_skips(text, "s"), expected)

    def test_skips_junk(self):
        with self.assertRaisesRegex(Problem, "s:1: "):
            results.parse_skips("igt@(a # x\n", "s")

    def test_scopes_add_up(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            (folder / "sev-fails.txt").write_text("igt@a@b,Fail\n")
            (folder / "7.3-fails.txt").write_text("igt@a@c,Crash\n")
            (folder / "7.3-skips.txt").write_text("igt@a@d # x\n")
            (folder / "none-skips.txt").write_text("igt@a@e # x\n")
            found = results.load_expectations(["sev", "7.3"], folder)
        self.assertEqual(found.fails, {"igt@a@b": "Fail", "igt@a@c": "Crash"})
        self.assertEqual(found.skip_reason("igt@a@d"), "x")
        self.assertIsNone(found.skip_reason("igt@a@e"))

    def test_both_together_count_most(self):
        expected = ["tdx", "gpu-gl", "7.3", "7.3-patched"]
        expected += ["tdx-7.3", "tdx-7.3-patched", "gpu-gl-7.3", "gpu-gl-7.3-patched"]
        self.assertEqual(results.scopes("tdx", "gl", "7.3", "patched"), expected)
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            (folder / "tdx-fails.txt").write_text("igt@a@b,Warn\n")
            (folder / "tdx-7.3-unpatched-fails.txt").write_text("igt@a@b,Fail\n")
            for state, word in (("unpatched", "Fail"), ("patched", "Warn")):
                scopes = results.scopes("tdx", "blob", "7.3", state)
                found = results.load_expectations(scopes, folder)
                self.assertEqual(found.fails, {"igt@a@b": word})

    def test_skip_is_a_full_match(self):
        self.assertIsNone(expect(skips=[("igt@a@b", "x")]).skip_reason("igt@a@bc"))

    def test_lists_of_the_project_are_well_formed(self):
        for path in results.EXPECTATIONS.glob("*-*.txt"):
            with self.subTest(path.name):
                results.load_expectations([path.name.rpartition("-")[0]])


class Flakes(unittest.TestCase):
    def test_lines(self):
        text = "# x\nigt@a@.*,Warn,late blank  # why\n"
        self.assertEqual(results.parse_flakes(text, "f"), [("igt@a@.*", "Warn", "late blank")])
        for line in ("igt@a@b", "igt@a@b,Warn", "igt@a@b,Warn,", "igt@a@b,Often,text"):
            with self.subTest(line), self.assertRaisesRegex(Problem, "f:1: "):
                results.parse_flakes(line, "f")

    def test_only_what_is_listed_is_forgiven(self):
        expected = Expectations({}, (), (("igt@a@.*", "Warn", "late blank"),))
        cases = {
            ("dmesg-warn", "<3> [1.0] a late blank"): (PASSED, results.FLAKE),
            ("dmesg-warn", "<3> [1.0] lockdep"): (FAILED, "dmesg-warn"),
            ("dmesg-warn", "<3> [1.0] a late blank\n<4> [1.1] x"): (FAILED, "dmesg-warn"),
            ("fail", "<3> [1.0] a late blank"): (FAILED, "fail"),
            ("pass", ""): (PASSED, "pass"),
        }
        for (word, dmesg), wanted in cases.items():
            with self.subTest(word=word, dmesg=dmesg):
                outcome = results.judge("igt@a@b", {"result": word, "dmesg": dmesg}, expected)
                self.assertEqual((outcome.counts, outcome.word), wanted)

    def test_it_may_differ_from_run_to_run(self):
        runs = [[Outcome("igt@a@b", PASSED, word)] for word in ("pass", results.FLAKE, "pass")]
        merged = results.merge(runs)
        self.assertEqual(
            merged[0], Outcome("igt@a@b", PASSED, results.FLAKE, "pass 2, known flake 1")
        )
        self.assertEqual(merged[1].counts, PASSED)


class Merge(unittest.TestCase):
    def outcome(self, word, why=""):
        return Outcome("igt@a@b", PASSED if word == "pass" else FAILED, word, why)

    def test_same_results_are_one(self):
        merged = results.merge([[self.outcome("fail", f"why {run}")] for run in range(3)])
        total = Outcome("repeated", PASSED, "3 runs", "all identical")
        self.assertEqual(merged, [self.outcome("fail", "why 0"), total])

    def test_a_result_that_differs_fails(self):
        runs = [[self.outcome("pass")], [self.outcome("fail", "bytes")], [self.outcome("pass")]]
        merged = results.merge(runs)
        why = "pass 2, fail 1; run 2: bytes"
        self.assertEqual(merged[0], Outcome("igt@a@b", FAILED, results.DIFFERS, why))
        self.assertEqual(merged[1].counts, FAILED)

    def test_a_missing_result_differs(self):
        merged = results.merge([[self.outcome("pass")], []])
        why = "pass 1, missing 1; run 1: pass"
        self.assertEqual(merged[0], Outcome("igt@a@b", FAILED, results.DIFFERS, why))


class Judge(unittest.TestCase):
    def judge(self, result, **expected):
        outcome = results.judge("igt@a@b", {"result": result}, expect(**expected))
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
        fails = {"igt@a@b": "Fail"}
        self.assertEqual(self.judge("fail", fails=fails), (PASSED, "expected fail"))
        self.assertEqual(self.judge("dmesg-warn", fails=fails), (FAILED, "dmesg-warn"))
        warns = {"igt@a@b": "Warn"}
        self.assertEqual(self.judge("dmesg-warn", fails=warns), (PASSED, "expected warn"))
        self.assertEqual(self.judge("fail", fails=warns), (FAILED, "fail"))
        self.assertEqual(self.judge("crash", fails=fails), (FAILED, "crash"))
        self.assertEqual(self.judge("pass", fails=fails), (FAILED, "unexpected pass"))
        self.assertEqual(self.judge("skip", fails=fails), (FAILED, "unexpected skip"))
        self.assertEqual(
            self.judge("crash", fails={"igt@a@b": "Crash"}), (PASSED, "expected crash")
        )

    def test_termination_is_no_crash(self):
        tests = results.mark_terminated(
            {"igt@a@b": {"result": "incomplete"}, "igt@a@c": {"result": "pass"}}
        )
        self.assertEqual(tests["igt@a@c"], {"result": "pass"})
        expected = expect(fails={"igt@a@b": "Terminated"})
        outcome = results.judge("igt@a@b", tests["igt@a@b"], expected)
        self.assertEqual((outcome.counts, outcome.word), (PASSED, "expected terminated"))
        self.assertEqual(self.judge("incomplete", fails=expected.fails), (FAILED, "incomplete"))
        self.assertEqual(self.judge("terminated"), (FAILED, "terminated"))

    def test_listed_skip(self):
        skips = [("igt@a@.*", "no heap")]
        self.assertEqual(self.judge("skip", skips=skips), (SKIPPED, "skip"))
        self.assertEqual(self.judge("pass", skips=skips), (FAILED, "unexpected pass"))
        self.assertEqual(self.judge("fail", skips=skips), (FAILED, "fail"))

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
            outcome = results.judge("igt@a@b", {"result": "fail", "err": text}, expect())
            self.assertEqual(outcome.why, expected)

    def test_kernel_message_explains_a_warning(self):
        record = {"result": "dmesg-warn", "dmesg": "<6>  [1.0] fine\n<4>  [1.1] swiotlb is full\n"}
        self.assertEqual(results.judge("igt@a@b", record, expect()).why, "swiotlb is full")

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
            outcome = results.judge("igt@a@b", record, expect(skips=[("igt@a@b", "listed")]))
            self.assertEqual(outcome.why, why)
        outcome = results.judge(
            "igt@a@b", {"result": "skip"}, expect(skips=[("igt@a@b", "listed")])
        )
        self.assertEqual(outcome.why, "listed")


class JudgeAll(unittest.TestCase):
    def test_dynamic_subtests_fold_to_the_worst(self):
        tests = {
            "igt@a@b@x": {"result": "pass"},
            "igt@a@b@y": {"result": "fail"},
            "igt@a@b@z": {"result": "skip"},
            "igt@a@c@x": {"result": "skip"},
            "igt@a@c@y": {"result": "pass"},
        }
        outcomes = results.judge_all(tests, [], expect())
        self.assertEqual(
            [(outcome.name, outcome.word) for outcome in outcomes],
            [("igt@a@b", "fail"), ("igt@a@c", "pass")],
        )

    def test_missing(self):
        tests = {"igt@a@b": {"result": "pass"}}
        joblist = results.jobs("a b\na c,d\ne\n")
        outcomes = results.judge_all(tests, joblist, expect())
        self.assertEqual(
            [(outcome.name, outcome.word) for outcome in outcomes],
            [("igt@a@b", "pass")] + [(name, "missing") for name in ("igt@a@c", "igt@a@d", "igt@e")],
        )

    def test_wide_table(self):
        columns = {
            "one": [results.Outcome("igt@a@b", PASSED, "pass")],
            "second": [
                results.Outcome("igt@a@b", FAILED, "fail", "why"),
                results.Outcome("igt@a@c", SKIPPED, "skip"),
            ],
        }
        self.assertEqual(
            results.wide_table(columns),
            [
                "         one   second",
                "igt@a@b  pass  fail",
                "igt@a@c  -     skip",
                "",
                "second: igt@a@b: fail: why",
            ],
        )

    def test_summary_and_table(self):
        outcomes = [
            Outcome("igt@a@b", PASSED, "pass"),
            Outcome("igt@a@long", PASSED, "expected fail", "known"),
            Outcome("igt@a@c", FAILED, "crash", "why"),
            Outcome("igt@a@d", SKIPPED, "skip", "no heap"),
        ]
        self.assertEqual(results.summary(outcomes), "2 passed, 1 failed, 1 skipped")
        self.assertEqual(
            results.table(outcomes),
            [
                "igt@a@b     pass",
                "igt@a@long  expected fail  known",
                "igt@a@c     crash          why",
                "igt@a@d     skip           no heap",
            ],
        )


class Load(unittest.TestCase):
    def load(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.json"
            path.write_text(text)
            return results.load(path)

    def test_file(self):
        uname, tests = self.load(json.dumps({"uname": "Linux 7.3.4", "tests": {"t": {}}}))
        self.assertEqual((uname, tests), ("Linux 7.3.4", {"t": {}}))

    def test_junk(self):
        for text in ("", "{}", "[]", "1", '{"tests": []}', '{"tests": {"a": 1}}', '{"tests": {'):
            with self.subTest(text), self.assertRaises(Problem):
                self.load(text)

    def test_kernel_version(self):
        cases = {
            "Linux (none) 7.3.4 #1 SMP x86_64": "7.3",
            "Linux guest 7.3.0-rc2+ #5": "7.3",
            "Linux a 6.18.1-5-amd64": "6.18",
            "": "",
        }
        for uname, version in cases.items():
            with self.subTest(uname):
                self.assertEqual(results.kernel_version(uname), version)


class PrepareFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out = Path(folder.name) / "out"

    def test_new_and_again(self):
        results.prepare_folder(self.out)
        (self.out / "0").mkdir()
        (self.out / "0/out").write_text("old")
        (self.out / "guest.log").write_text("old")
        outside = self.out.parent / "outside"
        outside.mkdir()
        (outside / "kept").touch()
        (self.out / "link").symlink_to(outside)
        results.prepare_folder(self.out)
        self.assertEqual([path.name for path in self.out.iterdir()], [results.MARKER])
        self.assertTrue((outside / "kept").exists())

    def test_somebody_elses(self):
        self.out.mkdir()
        (self.out / "thesis.txt").write_text("years of work")
        with self.assertRaisesRegex(Problem, "not ours"):
            results.prepare_folder(self.out)
        self.assertEqual((self.out / "thesis.txt").read_text(), "years of work")

    def test_file(self):
        self.out.touch()
        with self.assertRaisesRegex(Problem, "not a folder"):
            results.prepare_folder(self.out)

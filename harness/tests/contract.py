# SPDX-License-Identifier: MIT
"""What igt_runner and people expect of a test program, one line of the contract a test.

CONTRACT_PROGRAMS names the folder of the built programs; meson test sets it.
"""

import os
import re
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

import machine

PROGRAMS = Path(os.environ["CONTRACT_PROGRAMS"])

SUCCESS = 0
SKIP = 77
INVALID = 79
FAILURE = 98
ABORT = 112

SUBTESTS = """\
pass
pass-early
skip
skip-formatted-2
fail
fail-with-42
warn
abort
Upper_case
"""

FIXTURE_SUBTESTS = ["outer", "in-skipping-group", "in-nested-group", "in-failing-group", "last"]

# By subtest of the program checks: what follows the place on stdout.
REQUIREMENTS = {
    "require": "Test requirement: one == two\n",
    "require-f": "Test requirement: one == two\nreason 7\n",
    "skip-on": "Test requirement: !(one == 1)\n",
    "skip-on-f": "Test requirement: !(one == 1)\nreason 7\n",
    "require-errno": "Test requirement: one == two\nLast errno: 2, No such file or directory\n",
}

# By subtest of the program checks: the expression, and other lines on stderr.
ASSERTIONS = {
    "assert": ["one == two"],
    "assert-f": ["one == two", "reason 7"],
    "assert-errno": ["one == two", "Last errno: 2, No such file or directory"],
    "fail-on": ["!(one == 1)"],
    "fail-on-f": ["!(one == 1)", "reason 7"],
    "assert-fd": ["minus >= 0", "file descriptor minus failed"],
    "assert-eq": ["one == two", "error: 1 != 2"],
    "assert-eq-u32": ["one == two", "error: 0x1 != 0x2"],
    "assert-eq-s64": ["one == minus", "error: 1 != -1"],
    "assert-eq-u64": ["one == big", "error: 0x1 != 0x100000001"],
    "assert-neq": ["one != 1", "error: 1 == 1"],
    "assert-neq-u32": ["one != 1", "error: 0x1 == 0x1"],
    "assert-neq-u64": ["big != big", "error: 0x100000001 == 0x100000001"],
    "assert-lt": ["one < minus", "error: 1 >= -1"],
    "assert-lt-u32": ["two < one", "error: 0x2 >= 0x1"],
    "assert-lt-s64": ["one < minus", "error: 1 >= -1"],
    "assert-lt-u64": ["big < one", "error: 0x100000001 >= 0x1"],
    "assert-lte": ["one <= minus", "error: 1 > -1"],
    "assert-lte-u32": ["two <= one", "error: 0x2 > 0x1"],
    "assert-lte-s64": ["one <= minus", "error: 1 > -1"],
    "assert-lte-u64": ["big <= one", "error: 0x100000001 > 0x1"],
}


class Run:
    """A finished run of a program: code (negative: the signal that killed it), out and err."""

    def __init__(self, program, *args, **environment):
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("IGT_")}
        process = subprocess.run(
            [PROGRAMS / f"contract_{program}", *args],
            env=inherited | environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        self.code = process.returncode
        self.out = process.stdout
        self.err = process.stderr

    @property
    def results(self):
        """Results of subtests and dynamic subtests in the order in which they came."""
        found = re.findall(
            r"^(?:S|Dynamic s)ubtest (\S+): (\w+) \(\d+\.\d{3}s\)$", self.out, re.MULTILINE
        )
        return [f"{name} {result}" for name, result in found]

    @property
    def started(self):
        return re.findall(r"^Starting (?:dynamic )?subtest: (\S+)$", self.out, re.MULTILINE)


def subtest(program, name, *args, **environment):
    return Run(program, "--run-subtest", name, *args, **environment)


def run_covered(test, files, program, *args):
    """Runs a program that sees these files in the places of the kernel's; skips the test where that cannot be."""
    for path in files:
        if not machine.can_cover(path):
            test.skipTest(f"no {path} to cover")
    try:
        subprocess.run(
            [PROGRAMS / f"contract_{program}", *args],
            preexec_fn=machine.cover(files),
            capture_output=True,
            timeout=30,
            check=False,
        )
    except subprocess.SubprocessError:
        test.skipTest(f"no mount namespace: cannot cover {', '.join(files)}")


class Listing(unittest.TestCase):
    def test_list_subtests_prints_the_names_and_nothing_else(self):
        run = Run("results", "--list-subtests")
        self.assertEqual((run.code, run.out, run.err), (SUCCESS, SUBTESTS, ""))

    def test_list_subtests_enters_no_fixture_and_never_fails(self):
        for fixture in "skip", "fail", "crash":
            with self.subTest(fixture=fixture):
                run = Run("fixtures", "--list-subtests", FIXTURE=fixture)
                self.assertEqual(run.code, SUCCESS)
                self.assertEqual(run.err, "")
                self.assertEqual(run.out.split(), FIXTURE_SUBTESTS)

    def test_list_subtests_has_no_dynamic_subtests(self):
        self.assertNotIn("good", Run("dynamic", "--list-subtests").out.split())

    def test_lists_are_of_all_subtests_whatever_is_to_run(self):
        for option in "--list-subtests", "--show-testlist":
            with self.subTest(option=option):
                self.assertEqual(subtest("results", "pass", option).out, Run("results", option).out)

    def test_list_subtests_of_a_simple_program_is_invalid(self):
        run = Run("simple", "--list-subtests")
        self.assertEqual((run.code, run.out), (INVALID, ""))

    def test_show_testlist_prints_full_names_and_nothing_else(self):
        run = Run("results", "--show-testlist")
        names = "".join(f"igt@contract_results@{name}\n" for name in SUBTESTS.split())
        self.assertEqual((run.code, run.out, run.err), (SUCCESS, names, ""))

    def test_show_testlist_enters_no_fixture(self):
        run = Run("fixtures", "--show-testlist", FIXTURE="fail")
        self.assertEqual((run.code, run.err), (SUCCESS, ""))
        self.assertNotIn("device opened", run.out)

    def test_show_testlist_of_a_simple_program(self):
        run = Run("simple", "--show-testlist", RESULT="fail")
        self.assertEqual((run.code, run.out, run.err), (SUCCESS, "igt@contract_simple\n", ""))


class Selection(unittest.TestCase):
    def assert_runs(self, globs, names):
        self.assertEqual(subtest("results", globs).started, names.split())

    def test_run_subtest_runs_the_one_of_that_name(self):
        self.assert_runs("pass", "pass")

    def test_run_subtest_star(self):
        self.assert_runs("pass*", "pass pass-early")

    def test_run_subtest_question_mark_and_class(self):
        self.assert_runs("[pw]a??", "pass warn")

    def test_run_subtest_list_of_globs(self):
        self.assert_runs("warn,skip*", "skip skip-formatted-2 warn")

    def test_run_subtest_negated_glob(self):
        self.assert_runs("*,!fail*,!abort,!skip*", "pass pass-early warn Upper_case")

    def test_run_subtest_last_matching_glob_decides(self):
        self.assert_runs("!pass,pass*,!pass-early", "pass")

    def test_no_option_runs_all(self):
        names = subtest("dynamic", "*").started
        self.assertEqual(Run("dynamic").started, names)
        self.assertLess(set(Run("dynamic", "--list-subtests").out.split()), set(names))

    def test_unknown_subtest_is_invalid_and_named(self):
        for globs in "nope", "!pass", "pass,!pass", "PASS", "upper*", "", "*" * 127 + "x":
            with self.subTest(globs=globs):
                run = subtest("results", globs)
                self.assertEqual((run.code, run.started), (INVALID, []))
                self.assertIn(f"Unknown subtest: {globs}\n", run.err)

    def test_subtest_of_a_simple_program_is_invalid(self):
        run = subtest("simple", "any")
        self.assertEqual(run.code, INVALID)
        self.assertIn("Unknown subtest: any\n", run.err)

    def test_dynamic_subtest_runs_what_matches(self):
        run = subtest("dynamic", "one-fails", "--dynamic-subtest", "good*,!good")
        self.assertEqual(run.results, ["good-again SUCCESS", "one-fails SUCCESS"])
        self.assertEqual(run.code, SUCCESS)

    def test_dynamic_subtest_that_does_not_exist_skips(self):
        run = subtest("dynamic", "pass", "--dynamic-subtest", "nope")
        self.assertEqual((run.code, run.results), (SKIP, ["pass SKIP"]))


class OtherOptions(unittest.TestCase):
    DESCRIPTION = (
        "One subtest for each result, and a description that is so long that it does not\n"
        "fit into one line of eighty columns.\n"
    )

    def test_describe_shows_program_groups_and_subtests(self):
        run = Run("results", "--describe")
        self.assertEqual((run.code, run.err), (SUCCESS, ""))
        out = re.sub(r"(?<= )\S*/results.c:\d+", "FILE", run.out)
        self.assertTrue(out.startswith(self.DESCRIPTION + "\nSUB pass FILE:\n"), out)
        self.assertIn("SUB pass FILE:\n  A subtest that succeeds.\n\n", out)
        self.assertIn("SUB pass-early FILE:\n  NO DOCUMENTATION!\n\n", out)
        self.assertIn("SUB skip FILE:\n  The group.\n\n  Skip number 1.\n\n", out)
        self.assertIn("SUB skip-formatted-2 FILE:\n  The group.\n\nSUB", out)
        self.assertIn("SUB fail FILE:\n  NO DOCUMENTATION!\n\n", out)

    def test_describe_glob(self):
        run = Run("results", "--describe=skip*")
        self.assertEqual(
            re.findall(r"^SUB (\S+)", run.out, re.MULTILINE), ["skip", "skip-formatted-2"]
        )
        self.assertEqual(run.code, SUCCESS)

    def test_describe_glob_without_match_is_invalid(self):
        self.assertEqual(Run("results", "--describe=nope").code, INVALID)

    def test_describe_enters_no_fixture(self):
        run = Run("fixtures", "--describe", FIXTURE="fail")
        self.assertEqual((run.code, run.err), (SUCCESS, ""))
        self.assertNotIn("device opened", run.out)

    def test_help_description(self):
        run = Run("results", "--help-description")
        self.assertEqual((run.code, run.out, run.err), (SUCCESS, self.DESCRIPTION, ""))

    def test_help_description_of_a_program_that_has_none(self):
        run = Run("dynamic", "--help-description")
        self.assertEqual((run.code, run.out, run.err), (SUCCESS, "", ""))

    def test_debug_messages_are_hidden(self):
        self.assertNotIn("a detail", subtest("results", "pass").out)

    def test_debug_shows_them_on_stdout(self):
        run = subtest("results", "pass", "--debug")
        self.assertRegex(run.out, r"(?m)^\(contract_results:\d+\) DEBUG: a detail$")
        self.assertEqual((run.code, run.err), (SUCCESS, ""))

    def test_debug_shows_a_domain(self):
        for domain, shown in ("", True), ("application", True), ("igt_kms", False):
            with self.subTest(domain=domain):
                run = subtest("results", "pass", f"--debug={domain}")
                self.assertEqual("a detail" in run.out, shown)
                self.assertEqual((run.code, run.results), (SUCCESS, ["pass SUCCESS"]))

    def test_some_options_change_nothing(self):
        for option in "--interactive-debug", "--interactive-debug=all", "--skip-crc-compare":
            with self.subTest(option=option):
                run = subtest("results", "pass", option)
                self.assertEqual((run.code, run.results), (SUCCESS, ["pass SUCCESS"]))

    def test_some_options_are_left_to_whoever_reads_the_environment(self):
        for option, variable in ("--device", "IGT_DEVICE"), ("--connector", "IGT_CONNECTOR"):
            with self.subTest(option=option):
                run = Run(
                    "simple", option, "new", "--hook", f"echo ${variable}", **{variable: "old"}
                )
                self.assertEqual(run.code, SUCCESS)
                self.assertIn("\nnew\n", f"\n{run.out}")

    def test_version_prints_just_that(self):
        run = subtest("results", "fail", "--version")
        self.assertEqual((run.code, run.err), (SUCCESS, ""))
        self.assertRegex(run.out, r"\AIGT-Version: \S+-\S+ \(\S+\) \(Linux: \S+ \S+\)\n\Z")

    def test_help(self):
        for option in "--help", "-h":
            with self.subTest(option=option):
                run = Run("results", option)
                self.assertEqual((run.code, run.err), (SUCCESS, ""))
                self.assertIn("--run-subtest <pattern>", run.out)

    def test_invalid_option_is_named(self):
        run = Run("results", "--bogus")
        self.assertEqual((run.code, run.out), (INVALID, ""))
        self.assertIn("'--bogus'", run.err)

    def test_missing_argument_is_invalid(self):
        self.assertEqual(Run("results", "--run-subtest").code, INVALID)

    def test_unexpected_argument_is_named(self):
        run = Run("results", "pass")
        self.assertEqual((run.code, run.out), (INVALID, ""))
        self.assertIn("unexpected argument 'pass'", run.err)


# By level, what the program results says.
MESSAGES = {"debug": "a detail", "info": "in pass", "warn": "strange, but no failure"}


class LogLevel(unittest.TestCase):
    """IGT_LOG_LEVEL: which messages there are. What igt_runner reads is no message."""

    def shown(self, *args, **environment):
        run = subtest("results", "pass,warn,fail", *args, **environment)
        self.assertEqual(run.started, ["pass", "fail", "warn"])
        self.assertEqual(run.results, ["pass SUCCESS", "fail FAIL", "warn SUCCESS"])
        self.assertIn("Subtest fail failed.\n", run.err)
        self.assertTrue(run.out.startswith("IGT-Version: "), run.out)
        return [level for level, text in MESSAGES.items() if text in run.out + run.err]

    def test_levels(self):
        for level, shown in {
            "debug": ["debug", "info", "warn"],
            "info": ["info", "warn"],
            "warn": ["warn"],
            "critical": [],
            "none": [],
            "unknown": ["info", "warn"],
            "": ["info", "warn"],
        }.items():
            with self.subTest(level=level):
                self.assertEqual(self.shown(IGT_LOG_LEVEL=level), shown)

    def test_debug_beats_the_environment(self):
        self.assertEqual(self.shown("--debug", IGT_LOG_LEVEL="none"), list(MESSAGES))

    def test_assertion_is_critical(self):
        for level, shown in ("critical", True), ("none", False):
            with self.subTest(level=level):
                err = subtest("checks", "assert-eq", IGT_LOG_LEVEL=level).err
                before = err[: err.index("Subtest assert-eq failed.")]
                self.assertEqual("CRITICAL: error: 1 != 2\n" in before, shown)

    def test_reason_of_a_skip_is_always_there(self):
        run = subtest("results", "skip", IGT_LOG_LEVEL="none")
        self.assertIn("\na reason 1\n", run.out)


class Hooks(unittest.TestCase):
    """--hook: shell commands at events, as `igt_runner --help-hook` has it."""

    # What a hook sees of an event; the last is the result.
    VARIABLES = ("EVENT", "TEST_FULLNAME", "TEST", "SUBTEST", "DYN_SUBTEST", "RESULT")

    def seen(self, run):
        return re.findall(r"^hook (.*)$", run.out, re.MULTILINE)

    def hook(self, *variables):
        return "echo hook " + ",".join(f"$IGT_HOOK_{name}" for name in variables)

    def events(self, program, *args, **environment):
        hook = self.hook("EVENT", "RESULT")
        return self.seen(Run(program, "--hook", hook, *args, **environment))

    def test_events_of_dynamic_subtests(self):
        run = subtest("dynamic", "one-skips", "--hook", self.hook(*self.VARIABLES))
        name = "igt@contract_dynamic"
        self.assertEqual(
            self.seen(run),
            [
                f"pre-test,{name},contract_dynamic,,,",
                f"pre-subtest,{name}@one-skips,contract_dynamic,one-skips,,",
                f"pre-dyn-subtest,{name}@one-skips@good,contract_dynamic,one-skips,good,",
                f"post-dyn-subtest,{name}@one-skips@good,contract_dynamic,one-skips,good,SUCCESS",
                f"pre-dyn-subtest,{name}@one-skips@skips,contract_dynamic,one-skips,skips,",
                f"post-dyn-subtest,{name}@one-skips@skips,contract_dynamic,one-skips,skips,SKIP",
                f"post-subtest,{name}@one-skips,contract_dynamic,one-skips,,SUCCESS",
                f"post-test,{name},contract_dynamic,,,SUCCESS",
            ],
        )
        self.assertEqual((run.code, run.err), (SUCCESS, ""))

    def test_a_subtest_is_framed_by_its_events(self):
        run = subtest("results", "pass", "--hook", self.hook("EVENT"))
        self.assertRegex(
            run.out,
            r"\AIGT-Version: .*\nhook pre-test\n(.*\n)*"
            r"Starting subtest: pass\nhook pre-subtest\nin pass\n"
            r"hook post-subtest\nSubtest pass: SUCCESS \(\d\.\d{3}s\)\n(.*\n)*hook post-test\n\Z",
        )

    def test_results(self):
        for name, result in ("skip", "SKIP"), ("fail", "FAIL"), ("fail-with-42", "FAIL"):
            with self.subTest(name=name):
                events = self.events("results", "--run-subtest", name)
                self.assertEqual(events[2:], [f"post-subtest,{result}", f"post-test,{result}"])

    def test_result_of_a_crash(self):
        events = self.events("crash", "--run-subtest", "segv")
        self.assertEqual(events[2:], ["post-subtest,CRASH", "post-test,FAIL"])

    def test_a_simple_program_has_no_subtest(self):
        for asked, result in ("", "SUCCESS"), ("skip", "SKIP"), ("fail", "FAIL"):
            with self.subTest(asked=asked):
                events = self.events("simple", RESULT=asked)
                self.assertEqual(events, ["pre-test,", f"post-test,{result}"])

    def test_subtests_that_do_not_run_have_no_event(self):
        self.assertEqual(self.events("fixtures", FIXTURE="skip"), ["pre-test,", "post-test,SKIP"])

    def test_children_have_no_event(self):
        events = self.events("processes", "--run-subtest", "child-fails")
        self.assertEqual(events[2:], ["post-subtest,FAIL", "post-test,FAIL"])

    def test_an_end_before_the_end_has_no_event(self):
        for program, name in ("results", "abort"), ("results", "nope"), ("crash", "abrt"):
            with self.subTest(name=name):
                events = self.events(program, "--run-subtest", name)
                self.assertEqual(events, ["pre-test,", "pre-subtest,"][: 1 + (name != "nope")])

    def test_listing_has_no_event(self):
        for option in "--list-subtests", "--show-testlist", "--describe", "--help", "--version":
            with self.subTest(option=option):
                self.assertEqual(self.events("results", option), [])

    def test_events_are_chosen_by_name(self):
        for events, seen in {
            "post-test": ["post-test"],
            "post-test,pre-test": ["pre-test", "post-test"],
            "*": ["pre-test", "pre-subtest", "post-subtest", "post-test"],
            "pre-dyn-subtest,post-kmod-unbind": [],
        }.items():
            with self.subTest(events=events):
                hook = f"{events}:{self.hook('EVENT')}"
                self.assertEqual(self.seen(subtest("results", "pass", "--hook", hook)), seen)

    def test_command_may_have_colons_and_commas_behind_the_events(self):
        run = subtest("results", "pass", "--hook", "pre-test:echo hook a:b,c")
        self.assertEqual(self.seen(run), ["a:b,c"])

    def test_several_hooks_run_in_their_order(self):
        hooks = [f"--hook=pre-test:echo hook {word}" for word in ("one", "two", "three")]
        run = subtest("results", "pass", *hooks)
        self.assertEqual(self.seen(run), ["one", "two", "three"])

    def test_failing_command_is_no_failure(self):
        for command in "false", "kill -9 $$", "exit 98":
            with self.subTest(command=command):
                run = subtest("results", "pass", "--hook", command)
                self.assertEqual((run.code, run.results, run.err), (SUCCESS, ["pass SUCCESS"], ""))

    def test_wrong_event_is_invalid(self):
        for hook in "bogus:true", ":true", "pre-test,:true", "pre:true", "pre-test,bogus:true":
            with self.subTest(hook=hook):
                run = subtest("results", "pass", "--hook", hook)
                self.assertEqual((run.code, run.out), (INVALID, ""))
                self.assertIn(f"--hook '{hook}': no such event\n", run.err)

    def test_help_hook(self):
        run = Run("results", "--help-hook")
        self.assertEqual((run.code, run.err), (SUCCESS, ""))
        self.assertIn("  pre-dyn-subtest ", run.out)


class ExitCodes(unittest.TestCase):
    def assert_code(self, globs, code):
        self.assertEqual(subtest("results", globs).code, code)

    def test_success_is_0(self):
        self.assert_code("pass", SUCCESS)

    def test_skip_is_77(self):
        self.assert_code("skip", SKIP)

    def test_failure_is_98(self):
        self.assert_code("fail", FAILURE)

    def test_failure_with_a_code_of_its_own(self):
        self.assert_code("fail-with-42", 42)

    def test_abort_is_112(self):
        self.assert_code("abort", ABORT)

    def test_success_beats_skip(self):
        self.assert_code("pass,skip", SUCCESS)

    def test_failure_beats_success_and_skip(self):
        self.assert_code("pass,skip,fail,Upper_case", FAILURE)

    def test_first_failure_decides(self):
        self.assert_code("fail*", FAILURE)

    def test_abort_runs_nothing_more(self):
        run = subtest("results", "abort,Upper_case")
        self.assertEqual((run.code, run.started, run.results), (ABORT, ["abort"], []))
        self.assertIn("no use to go on\n", run.err)
        self.assertIn("abort condition: 1 + 1 == 2\n", run.err)


class Output(unittest.TestCase):
    def test_version_comes_first(self):
        for program in "results", "simple":
            with self.subTest(program=program):
                first = Run(program).out.splitlines()[0]
                self.assertRegex(first, r"^IGT-Version: \S+-\S+ \(\S+\) \(Linux: \S+ \S+\)$")

    def test_start_and_result_frame_what_a_subtest_says(self):
        out = subtest("results", "pass").out
        self.assertRegex(
            out, r"\nStarting subtest: pass\nin pass\nSubtest pass: SUCCESS \(\d+\.\d{3}s\)\n"
        )

    def test_results_of_all_kinds(self):
        self.assertEqual(
            subtest("results", "*,!abort").results,
            [
                "pass SUCCESS",
                "pass-early SUCCESS",
                "skip SKIP",
                "skip-formatted-2 SKIP",
                "fail FAIL",
                "fail-with-42 FAIL",
                "warn SUCCESS",
                "Upper_case SUCCESS",
            ],
        )

    def test_nothing_on_stderr_on_a_pass_or_skip(self):
        self.assertEqual(subtest("results", "pass*,skip*").err, "")

    def test_reason_of_a_skip_is_on_stdout(self):
        out = subtest("results", "skip*").out
        self.assertIn("Starting subtest: skip\na reason 1\nSubtest skip: SKIP", out)

    def test_warning_is_on_stderr(self):
        run = subtest("results", "warn")
        self.assertRegex(run.err, r"^\(\S+:\d+\) WARNING: strange, but no failure\n$")

    def test_failure_shows_the_log_on_stderr(self):
        self.assertRegex(
            subtest("results", "fail").err,
            r"^Subtest fail failed\.\n\*\*\*\* DEBUG \*\*\*\*\n"
            r"\(\S+:\d+\) DEBUG: what happened before\n\*\*\*\*  END  \*\*\*\*\n$",
        )

    def test_failure_does_not_show_the_log_of_others(self):
        err = subtest("results", "pass,fail*").err
        self.assertNotIn("a detail", err)
        self.assertTrue(err.endswith("Subtest fail-with-42 failed.\nNo log.\n"), err)

    def test_sentinel_repeats_starts_and_results_on_stderr(self):
        err = subtest("results", "pass,skip", IGT_SENTINEL_ON_STDERR="1").err
        self.assertRegex(
            err,
            r"^Starting subtest: pass\nSubtest pass: SUCCESS \(\d+\.\d{3}s\)\n"
            r"Starting subtest: skip\nSubtest skip: SKIP \(\d+\.\d{3}s\)\n$",
        )

    def test_sentinel_frames_warnings(self):
        err = subtest("results", "warn", IGT_SENTINEL_ON_STDERR="1").err
        self.assertRegex(err, r"^Starting subtest: warn\n.* WARNING: .*\nSubtest warn: SUCCESS")

    def test_sentinel_repeats_dynamic_subtests(self):
        err = subtest("dynamic", "one-skips", IGT_SENTINEL_ON_STDERR="1").err
        self.assertEqual(
            re.sub(r"\d\.\d{3}", "T", err),
            "Starting subtest: one-skips\n"
            "Starting dynamic subtest: good\nDynamic subtest good: SUCCESS (Ts)\n"
            "Starting dynamic subtest: skips\nDynamic subtest skips: SKIP (Ts)\n"
            "Subtest one-skips: SUCCESS (Ts)\n",
        )

    def test_log_keeps_the_newest_lines(self):
        err = subtest("log", "long").err
        lines = re.findall(r"DEBUG: line (\d+) x*$", err, re.MULTILINE)
        self.assertEqual(lines, [str(n) for n in range(int(lines[0]), 5000)])
        self.assertGreater(int(lines[0]), 0)
        self.assertGreater(len(lines), 200)
        self.assertTrue(err.startswith("Subtest long failed.\n**** DEBUG ****\n(contract_log"))

    def test_message_in_pieces_gets_one_prefix(self):
        self.assertRegex(
            subtest("log", "pieces").err, r"^\(\S+\) WARNING: one two\n\(\S+\) WARNING: three\n$"
        )


class KernelLog(unittest.TestCase):
    def kernel_log(self, program, *args):
        with tempfile.TemporaryDirectory() as folder:
            fifo = os.path.join(folder, "kmsg")
            os.mkfifo(fifo)
            with open(os.open(fifo, os.O_RDWR | os.O_NONBLOCK), "r+b", buffering=0) as log:
                run_covered(self, {"/dev/kmsg": fifo}, program, *args)
                return (log.read(65536) or b"").decode()

    def test_marks_are_at_level_info(self):
        for line in self.kernel_log("results", "--run-subtest", "*,!abort").splitlines():
            self.assertTrue(line.startswith("<6>[IGT] contract_results: "), line)

    def test_starts_and_results_of_subtests(self):
        self.assertEqual(
            self.kernel_log("results", "--run-subtest", "pass"),
            "<6>[IGT] contract_results: executing\n"
            "<6>[IGT] contract_results: starting subtest pass\n"
            "<6>[IGT] contract_results: finished subtest pass, SUCCESS\n"
            "<6>[IGT] contract_results: exiting, ret=0\n",
        )

    def test_starts_of_dynamic_subtests(self):
        log = self.kernel_log("dynamic", "--run-subtest", "pass")
        self.assertIn("<6>[IGT] contract_dynamic: starting dynamic subtest part-2\n", log)

    def test_listing_leaves_no_mark(self):
        self.assertEqual(self.kernel_log("results", "--list-subtests"), "")


class Kernel(unittest.TestCase):
    """How the kernel is to treat the program."""

    TRACE = "/proc/sys/kernel/ftrace_dump_on_oops"

    def test_program_is_the_first_that_the_oom_killer_takes(self):
        for program in "results", "simple":
            with self.subTest(program=program):
                run = Run(program, "--hook", "pre-test:cat /proc/$PPID/oom_score_adj")
                self.assertEqual(run.out.splitlines()[1], "1000")

    def test_trace_on_oops(self):
        for options, text in (["--trace-on-oops"], "1"), ([], ""):
            with self.subTest(options=options), tempfile.NamedTemporaryFile() as file:
                run_covered(self, {self.TRACE: file.name}, "results", *options)
                self.assertEqual(file.read().decode(), text)


class Fixtures(unittest.TestCase):
    def test_several_fixtures_run_in_order(self):
        out = Run("fixtures").out
        places = [out.index(text) for text in ("opened", "second", "outer", "last", "closed")]
        self.assertEqual(places, sorted(places))

    def test_fixtures_run_even_if_only_one_subtest_does(self):
        run = subtest("fixtures", "last")
        self.assertIn("device closed\n", run.out)
        self.assertEqual(run.results, ["last SUCCESS"])

    def test_skip_in_a_fixture_skips_all_that_follows(self):
        run = Run("fixtures", FIXTURE="skip")
        self.assertEqual((run.code, run.started), (SKIP, []))
        self.assertEqual(run.results, [f"{name} SKIP" for name in FIXTURE_SUBTESTS])
        self.assertIn('Test requirement: !asked_for("skip")\n', run.out)
        self.assertNotIn("second fixture", run.out)
        self.assertEqual(run.err, "")

    def test_failure_in_a_fixture_fails_all_that_follows(self):
        run = Run("fixtures", FIXTURE="fail")
        self.assertEqual((run.code, run.started), (FAILURE, []))
        self.assertEqual(run.results, [f"{name} FAIL" for name in FIXTURE_SUBTESTS])
        self.assertIn('Failed assertion: !asked_for("fail")\n', run.err)

    def test_crash_in_a_fixture_kills_the_program(self):
        run = Run("fixtures", FIXTURE="crash")
        self.assertEqual((run.code, run.results), (-signal.SIGSEGV, []))

    def test_skip_in_a_group_ends_with_the_group(self):
        run = Run("fixtures")
        self.assertEqual(
            run.results,
            [
                "outer SUCCESS",
                "in-skipping-group SKIP",
                "in-nested-group SKIP",
                "in-failing-group SUCCESS",
                "last SUCCESS",
            ],
        )
        self.assertEqual(run.code, SUCCESS)
        self.assertNotIn("not reached", run.out)

    def test_failure_in_a_group_ends_with_the_group(self):
        run = Run("fixtures", FIXTURE="fail-in-group")
        self.assertEqual(run.results[3:], ["in-failing-group FAIL", "last SUCCESS"])
        self.assertEqual(run.code, FAILURE)


class Dynamic(unittest.TestCase):
    def assert_results(self, name, code, *results):
        run = subtest("dynamic", name)
        self.assertEqual((run.code, run.results), (code, list(results)))
        return run

    def test_start_and_result_lines(self):
        self.assertRegex(
            subtest("dynamic", "pass").out,
            r"\nStarting dynamic subtest: part-2\nin part 2\n"
            r"Dynamic subtest part-2: SUCCESS \(\d\.\d{3}s\)\n",
        )

    def test_all_succeed(self):
        parts = [f"part-{n} SUCCESS" for n in (1, 2, 3)]
        self.assert_results("pass", SUCCESS, *parts, "pass SUCCESS")

    def test_failure_of_one_fails_the_subtest_and_the_others_run(self):
        results = "good SUCCESS", "bad FAIL", "good-again SUCCESS", "one-fails FAIL"
        run = self.assert_results("one-fails", FAILURE, *results)
        self.assertEqual(run.err.count("before the failure"), 1)
        self.assertIn("Dynamic subtest bad failed.\n", run.err)
        self.assertNotIn("Subtest one-fails failed.", run.err)

    def test_skip_of_one_does_not_count(self):
        self.assert_results("one-skips", SUCCESS, "good SUCCESS", "skips SKIP", "one-skips SUCCESS")

    def test_skip_of_all_skips_the_subtest(self):
        self.assert_results("all-skip", SKIP, "skips SKIP", "all-skip SKIP")

    def test_none_at_all_skips_the_subtest(self):
        run = self.assert_results("none", SKIP, "none SKIP")
        self.assertIn("No dynamic tests executed.\n", run.out)

    def test_subtest_may_skip_before_its_dynamic_ones(self):
        self.assert_results("skips-before", SKIP, "skips-before SKIP")

    def test_skip_does_not_hide_a_failure(self):
        results = "bad FAIL", "skips-after-failure FAIL"
        self.assert_results("skips-after-failure", FAILURE, *results)

    def test_crash_of_one_fails_the_subtest_and_the_others_run(self):
        results = "crash CRASH", "good SUCCESS", "one-crashes FAIL"
        self.assert_results("one-crashes", 128 + signal.SIGSEGV, *results)


class Checks(unittest.TestCase):
    def test_every_subtest_of_the_program_is_looked_at(self):
        names = Run("checks", "--list-subtests").out.split()
        self.assertEqual(names, ["all-hold", *REQUIREMENTS, *ASSERTIONS])

    def test_what_holds_lets_the_subtest_go_on(self):
        run = subtest("checks", "all-hold")
        self.assertEqual((run.code, run.results, run.err), (SUCCESS, ["all-hold SUCCESS"], ""))

    def test_requirement_that_is_not_met_skips_and_says_why(self):
        for name, text in REQUIREMENTS.items():
            with self.subTest(name=name):
                run = subtest("checks", name)
                self.assertEqual((run.code, run.results), (SKIP, [f"{name} SKIP"]))
                self.assertRegex(run.out, r"not met in function \w+, file \S*/checks.c:\d+:\n")
                self.assertIn(f"{text}Subtest {name}: SKIP", run.out)
                self.assertEqual(run.err, "")

    def test_requirement_that_is_met_is_in_the_debug_log(self):
        out = subtest("checks", "all-hold", "--debug").out
        self.assertIn("DEBUG: Test requirement passed: one\n", out)
        self.assertIn("DEBUG: Test requirement passed: !(!one)\n", out)

    def test_assertion_that_does_not_hold_fails_and_says_why(self):
        for name, (expression, *texts) in ASSERTIONS.items():
            with self.subTest(name=name):
                run = subtest("checks", name)
                self.assertEqual((run.code, run.results), (FAILURE, [f"{name} FAIL"]))
                self.assertRegex(run.err, r"failure function \w+, file \S*/checks.c:\d+:\n")
                self.assertIn(f"CRITICAL: Failed assertion: {expression}\n", run.err)
                for text in texts:
                    self.assertIn(f"CRITICAL: {text}\n", run.err)


class Crashes(unittest.TestCase):
    def test_crash_is_a_result_and_the_exit_code_names_the_signal(self):
        for name in "segv", "bus", "fpe":
            with self.subTest(name=name):
                run = subtest("crash", name)
                number = signal.Signals[f"SIG{name.upper()}"]
                self.assertEqual((run.code, run.results), (128 + number, [f"{name} CRASH"]))
                self.assertEqual(run.err, f"Received signal SIG{name.upper()}.\n")

    def test_crash_is_marked_on_stderr_too(self):
        err = subtest("crash", "segv", IGT_SENTINEL_ON_STDERR="1").err
        self.assertRegex(err, r"\nReceived signal SIGSEGV\.\nSubtest segv: CRASH \(\d\.\d{3}s\)\n")

    def test_crash_does_not_take_the_next_subtests_down(self):
        run = subtest("crash", "segv,fpe,pass")
        self.assertEqual(run.results, ["segv CRASH", "fpe CRASH", "pass SUCCESS"])
        self.assertEqual(run.code, 128 + signal.SIGSEGV)

    def test_other_signals_kill_the_program(self):
        for name, notice in ("abrt", True), ("quit", True), ("term", False):
            with self.subTest(name=name):
                run = subtest("crash", f"{name},pass")
                number = signal.Signals[f"SIG{name.upper()}"]
                self.assertEqual((run.code, run.results), (-number, []))
                self.assertEqual("Received signal" in run.err, notice)

    def test_exit_handlers_run_once_last_first_when_the_program_ends(self):
        out = subtest("crash", "pass").out
        self.assertTrue(out.endswith("\nsecond handler, exit\nfirst handler\n"), out)
        self.assertEqual(out.count("handler"), 2)

    def test_exit_handlers_run_when_a_signal_kills_it(self):
        out = subtest("crash", "term").out
        self.assertTrue(out.endswith("\nsecond handler, signal\nfirst handler\n"), out)

    def test_exit_handlers_run_after_a_crash(self):
        out = subtest("crash", "segv").out
        self.assertTrue(out.endswith("\nsecond handler, exit\nfirst handler\n"), out)

    def test_failure_in_an_exit_handler_is_a_failure(self):
        self.assertEqual(subtest("crash", "handler-fails").code, FAILURE)

    def test_exit_in_a_subtest_is_no_success(self):
        run = subtest("crash", "exit")
        self.assertEqual((run.code, run.results), (-signal.SIGABRT, []))
        self.assertIn("exit() called inside the test", run.err)

    def test_output_before_a_kill_is_not_lost(self):
        with subprocess.Popen(
            [PROGRAMS / "contract_crash", "--run-subtest", "hang"],
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            seen = [process.stdout.readline(), process.stdout.readline()]
            process.kill()
        self.assertEqual(seen[1], "Starting subtest: hang\n")


class Timeouts(unittest.TestCase):
    def test_timeout_fails_the_subtest_and_names_the_operation(self):
        run = subtest("crash", "pass,timeout")
        self.assertEqual(run.results, ["pass SUCCESS", "timeout FAIL"])
        self.assertEqual(run.code, FAILURE)
        self.assertIn("Timed out: waiting for nothing\n", run.out)

    def test_reset_timeout_does_nothing(self):
        self.assertEqual(subtest("crash", "timeout-reset").results, ["timeout-reset SUCCESS"])

    def test_until_timeout_repeats_for_that_long(self):
        self.assertEqual(subtest("crash", "until-timeout").results, ["until-timeout SUCCESS"])


class Children(unittest.TestCase):
    def test_children_run_each_with_its_number(self):
        run = subtest("processes", "pass")
        self.assertEqual((run.code, run.results, run.err), (SUCCESS, ["pass SUCCESS"], ""))

    def test_children_do_not_repeat_output_of_their_parent(self):
        self.assertIn("\nhalf a line, the other half\n", subtest("processes", "pass").out)

    def test_child_that_the_test_forked_itself_does_not_count(self):
        self.assertEqual(subtest("processes", "foreign-child").results, ["foreign-child SUCCESS"])

    def test_children_run_no_exit_handler_of_their_parent(self):
        self.assertEqual(subtest("processes", "pass").out.count("handler of the parent"), 1)

    def test_failure_of_a_child_fails_the_subtest_and_ends_the_others(self):
        run = subtest("processes", "child-fails,after")
        self.assertEqual(run.results, ["child-fails FAIL", "after SUCCESS"])
        self.assertEqual(run.code, FAILURE)
        self.assertIn("child 1 failed with exit status 98\n", run.out)
        self.assertIn("CRITICAL: said by child 1\n", run.err)

    def test_crash_of_a_child_fails_the_subtest_and_ends_the_others(self):
        run = subtest("processes", "child-crashes,after")
        self.assertEqual(run.results, ["child-crashes FAIL", "after SUCCESS"])
        self.assertIn("child 1 died with signal 11, Segmentation fault\n", run.out)

    def test_skip_in_a_child_is_refused(self):
        run = subtest("processes", "child-skips")
        self.assertEqual(run.results, ["child-skips FAIL"])
        self.assertIn("a skip in a child of igt_fork()", run.err)

    def test_children_that_are_left_are_killed(self):
        run = subtest("processes", "children-left,after")
        self.assertEqual(run.results, ["children-left FAIL", "after SUCCESS"])
        pids = re.findall(r"^left: (\d+)$", run.out, re.MULTILINE)
        self.assertEqual(len(pids), 2)
        for pid in pids:
            self.assertRaises(ProcessLookupError, os.kill, int(pid), 0)

    def test_stray_child_is_reported(self):
        run = subtest("processes", "stray-child")
        self.assertEqual(run.code, -signal.SIGABRT)
        self.assertIn("a child process is left behind", run.err)


class Simple(unittest.TestCase):
    def assert_result(self, asked, code, last_line):
        run = Run("simple", RESULT=asked)
        self.assertEqual(run.code, code)
        self.assertRegex(run.out, rf"\n{last_line}$")

    def test_success(self):
        self.assert_result("", SUCCESS, r"SUCCESS \(\d\.\d{3}s\)\n")

    def test_skip(self):
        self.assert_result("skip", SKIP, r"SKIP \(\d\.\d{3}s\)\n")

    def test_failure(self):
        self.assert_result("fail", FAILURE, r"FAIL \(\d\.\d{3}s\)\n")

    def test_crash_kills_the_program(self):
        self.assertEqual(Run("simple", RESULT="crash").code, -signal.SIGSEGV)

    def test_help_description(self):
        self.assertEqual(Run("simple", "--help-description").out, "A simple test.\n")


class Misuse(unittest.TestCase):
    def assert_refused(self, run, text):
        self.assertEqual(run.code, -signal.SIGABRT)
        self.assertIn(f"contract_misuse: wrong use of igt.h: {text}", run.err)

    def test_mistakes_outside_of_subtests(self):
        for mistake, text in {
            "no-subtest": "a program without subtests",
            "skip-outside": "a skip outside",
            "fail-outside": "a failure outside",
            "name": "a subtest's name has characters other than",
            "long-name": "a subtest's name is empty or too long",
            "dynamic-outside": "igt_dynamic() outside",
            "subtest-in-fixture": "igt_subtest() outside of igt_main()",
            "fork-outside": "igt_fork() outside of a subtest",
            "many-handlers": "too many exit handlers",
        }.items():
            with self.subTest(mistake=mistake):
                self.assert_refused(Run("misuse", MISTAKE=mistake), text)

    def test_mistakes_in_subtests(self):
        for name, text in {
            "fixture-in-subtest": "igt_fixture() inside",
            "subtest-in-subtest": "igt_subtest() outside of igt_main(), or inside",
            "group-in-subtest": "igt_subtest_group() outside",
            "describe-in-subtest": "igt_describe() inside",
            "dynamic-in-plain": "igt_dynamic() outside of igt_subtest_with_dynamic()",
            "fail-in-container": "a failure in igt_subtest_with_dynamic() outside of igt_dynamic()",
            "fail-with-skip-code": "igt_fail() with an exit code that is no failure",
            "fork-in-child": "igt_fork() in a child",
            "many-children": "too many children",
        }.items():
            with self.subTest(name=name):
                run = subtest("misuse", name)
                if name == "fork-in-child":
                    self.assertIn(text, run.err)
                    self.assertEqual(run.results, [f"{name} FAIL"])
                else:
                    self.assert_refused(run, text)


if __name__ == "__main__":
    held = machine.alone()
    unittest.main(verbosity=2)

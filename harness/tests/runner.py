# SPDX-License-Identifier: MIT
"""The real igt_runner, as a CI calls it, on our programs: each test a line of what igt-gpu-tools documents.

CONTRACT_PROGRAMS names the folder of the built programs; meson test sets it.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import machine

PROGRAMS = Path(os.environ["CONTRACT_PROGRAMS"])

# Of igt-gpu-tools' own programs, one that Debian ships and that says its options without any device.
IGT_PROGRAM = Path("/usr/libexec/igt-gpu-tools/benchmarks/kms_fb_stress")

SUCCESS = 0
FAILURE = 1

# What igt_runner makes of our programs in its default mode, where each subtest is a process of its own.
STATES = {
    "igt@contract_results@pass": "pass",
    "igt@contract_results@skip": "skip",
    "igt@contract_results@fail": "fail",
    "igt@contract_results@warn": "warn",
    "igt@contract_results@no-such-subtest": "skip",
    "igt@contract_fixtures@outer": "pass",
    "igt@contract_fixtures@in-skipping-group": "skip",
    "igt@contract_dynamic@pass@part-1": "pass",
    "igt@contract_dynamic@pass@part-2": "pass",
    "igt@contract_dynamic@pass@part-3": "pass",
    "igt@contract_dynamic@one-fails@good": "pass",
    "igt@contract_dynamic@one-fails@bad": "fail",
    "igt@contract_dynamic@one-fails@good-again": "pass",
    "igt@contract_dynamic@one-crashes@crash": "crash",
    "igt@contract_dynamic@one-crashes@good": "pass",
    "igt@contract_dynamic@none": "skip",
    "igt@contract_crash@segv": "crash",
    "igt@contract_crash@abrt": "incomplete",
    "igt@contract_crash@pass": "pass",
    "igt@contract_crash@hang": "timeout",
    "igt@contract_processes@child-crashes": "fail",
    "igt@contract_simple": "pass",
}

# A few tests, one a result.
FEW = {
    "igt@contract_results@pass": "pass",
    "igt@contract_results@skip": "skip",
    "igt@contract_results@fail": "fail",
    "igt@contract_results@warn": "warn",
    "igt@contract_simple": "pass",
}


def requested(states):
    """The tests that have these results: a name with four parts is a result of the test with three."""
    return list(dict.fromkeys("@".join(name.split("@")[:3]) for name in states))


class Runner(unittest.TestCase):
    """A folder with all programs, and calls of igt_runner and its companions there."""

    @classmethod
    def setUpClass(cls):
        if not shutil.which("igt_runner"):
            raise unittest.SkipTest("igt_runner (package igt-gpu-tools) is missing")
        if os.geteuid():
            raise unittest.SkipTest("igt_runner runs as root only")

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.results = self.folder / "results"
        programs = sorted(filter(Path.is_file, PROGRAMS.glob("contract_*")))
        (self.folder / "tests").mkdir()
        for program in programs:
            (self.folder / "tests" / program.name).symlink_to(program)
        names = " ".join(program.name for program in programs)
        self.write("tests/test-list.txt", f"TESTLIST\n{names}\nEND TESTLIST\n")

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def call(self, *argv):
        """Exit code and all output of a program."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("IGT_")}
        process = subprocess.run(
            argv,
            cwd=self.folder,
            env=inherited | {"FROM_OUTSIDE": "outside"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # Its signals to a group of processes are not to end meson.
            start_new_session=True,
            timeout=100,
            check=False,
        )
        return process.returncode, process.stdout

    def run_tests(self, names, *options):
        """The exit code of igt_runner; its results are in self.results."""
        self.write("list", "".join(f"{name}\n" for name in names))
        options = ["--overwrite", "--test-list", "list", *options]
        code, self.log = self.call("igt_runner", *options, "tests", "results")
        return code

    def entries(self):
        return json.loads((self.results / "results.json").read_text())["tests"]

    def states(self):
        return {name: test["result"] for name, test in self.entries().items()}


class Options(Runner):
    """A newer igt-gpu-tools may have more of them."""

    def test_options_of_programs_are_accepted(self):
        if not IGT_PROGRAM.exists():
            self.skipTest(f"{IGT_PROGRAM} is missing")
        lines = re.findall(r"^  --(.*)$", self.call(IGT_PROGRAM, "--help")[1], re.MULTILINE)
        self.assertIn("list-subtests", lines)
        for line in lines:
            name, argument = re.fullmatch(r"([a-z-]+)((?:\[=| ).*)?(?:\|-h)?", line).groups("")
            arguments = [f"--{name}", *(["any"] if argument.startswith(" ") else [])]
            with self.subTest(arguments=arguments):
                program = PROGRAMS / "contract_results"
                self.assertEqual(self.call(program, "--list-subtests", *arguments)[0], SUCCESS)

    def test_events_and_variables_of_hooks_are_known(self):
        theirs = self.call("igt_runner", "--help-hook")[1]
        ours = self.call(PROGRAMS / "contract_results", "--help-hook")[1]
        names = re.findall(r"^  ([a-z-]+|IGT_HOOK_\w+)$", theirs, re.MULTILINE)
        self.assertIn("pre-dyn-subtest", names)
        for name in names:
            self.assertRegex(ours, rf"(?m)^  {name} ")


class States(Runner):
    def test_every_state_is_as_expected(self):
        names = requested(STATES)
        options = "--per-test-timeout", "3", "--prune-mode=keep-dynamic-subtests"
        self.assertEqual(self.run_tests(names, *options), SUCCESS)
        self.assertEqual(self.states(), STATES)
        tests = self.entries()
        test = tests["igt@contract_results@pass"]
        self.assertIn("in pass\n", test["out"])
        self.assertRegex(test["igt-version"], r"^IGT-Version: ")
        self.assertIn("in part 2\n", tests["igt@contract_dynamic@pass@part-2"]["out"])
        self.assertIn("before the failure", tests["igt@contract_dynamic@one-fails@bad"]["err"])

    def test_abort_ends_the_run(self):
        names = [f"igt@contract_results@{name}" for name in ("pass", "abort", "warn")]
        self.assertEqual(self.run_tests(names), FAILURE)
        states = self.states()
        self.assertEqual([states[name] for name in names], ["pass", "abort", "notrun"])


class Calm(Runner):
    """What a CI may add, and what no test may notice."""

    def test_environment(self):
        given = "--environment", "GIVEN=a b", "-e", "FROM_OUTSIDE"
        hook = "--hook", "pre-test:echo $GIVEN, $FROM_OUTSIDE"
        self.assertEqual(self.run_tests(["igt@contract_results@pass"], *given, *hook), SUCCESS)
        self.assertIn("a b, outside\n", (self.results / "0/out.txt").read_text())

    def test_log_level_of_the_programs(self):
        for level in "debug", "none":
            with self.subTest(level=level):
                code = self.run_tests(FEW, "-e", f"IGT_LOG_LEVEL={level}")
                quiet = {"igt@contract_results@warn": "pass"} if level == "none" else {}
                self.assertEqual((code, self.states()), (SUCCESS, FEW | quiet))

    def test_hooks(self):
        hooks = (
            "--hook=post-test:echo $IGT_HOOK_TEST_FULLNAME $IGT_HOOK_RESULT >> hooks",
            "--hook=pre-subtest:echo $IGT_HOOK_SUBTEST > $IGT_RUNNER_ATTACHMENTS_DIR/subtest",
        )
        self.assertEqual(self.run_tests(FEW, *hooks), SUCCESS)
        self.assertEqual(self.states(), FEW)
        self.assertEqual(
            (self.folder / "hooks").read_text(),
            "igt@contract_results SUCCESS\n"
            "igt@contract_results SKIP\n"
            "igt@contract_results FAIL\n"
            "igt@contract_results SUCCESS\n"
            "igt@contract_simple SUCCESS\n",
        )
        self.assertEqual((self.results / "1/attachments/subtest").read_text(), "skip\n")


if __name__ == "__main__":
    held = machine.alone()
    unittest.main(verbosity=2)

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
TIMEOUT = 2

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

# Ends igt_runner and the subtest skip, as a crash of the machine would, once igt_runner has noted where it was.
KILL = """pre-subtest:
[ $IGT_HOOK_SUBTEST = skip ] || exit 0
until [ -s "$IGT_RUNNER_ATTACHMENTS_DIR/../journal.txt" ]; do :; done
kill -KILL $(cut -d ' ' -f 4 /proc/$PPID/stat) $PPID"""

# These options of igt_runner are for no root, and for a kernel with gcov, which is rare.
NOT_CALLED = {"--allow-non-root", "--coverage-per-test"}

TAINTED = "/proc/sys/kernel/tainted"
DEBUGFS = "/sys/kernel/debug"


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

    def call(self, *argv, covered=None):
        """Exit code and all output of a program; covered as of machine.cover()."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("IGT_")}
        process = subprocess.run(
            argv,
            cwd=self.folder,
            env=inherited | {"FROM_OUTSIDE": "outside"},
            preexec_fn=machine.cover(covered) if covered else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # Its signals to a group of processes are not to end meson.
            start_new_session=True,
            timeout=100,
            check=False,
        )
        return process.returncode, process.stdout

    def run_tests(self, names, *options, covered=None):
        """The exit code of igt_runner; its results are in self.results."""
        self.write("list", "".join(f"{name}\n" for name in names))
        options = ["--overwrite", "--test-list", "list", *options]
        code, self.log = self.call("igt_runner", *options, "tests", "results", covered=covered)
        return code

    def resume(self):
        code, self.log = self.call("igt_resume", "results")
        return code

    def entries(self):
        return json.loads((self.results / "results.json").read_text())["tests"]

    def states(self):
        return {name: test["result"] for name, test in self.entries().items()}


class Options(Runner):
    """A newer igt-gpu-tools may have more of them."""

    def test_options_of_igt_runner_are_all_in_here(self):
        lines = re.findall(r"^  (-.*)$", self.call("igt_runner", "--help")[1], re.MULTILINE)
        options = set(re.findall(r"--[a-z][a-z-]+", " ".join(lines)))
        self.assertIn("--hook", options)
        ours = Path(__file__).read_text()
        for option in options - NOT_CALLED:
            self.assertRegex(ours, rf'"{option}["=]', f"new in igt_runner: {option}")

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

    def test_multiple_mode(self):
        """Subtests of a program run in one process, until it ends."""
        names = [f"igt@contract_crash@{name}" for name in ("segv", "abrt", "pass")]
        names += [f"igt@contract_results@{name}" for name in ("pass", "fail", "warn")]
        options = "--multiple-mode", "--prune-mode=keep-dynamic"
        self.assertEqual(self.run_tests([*names, "igt@contract_dynamic@pass"], *options), SUCCESS)
        states = self.states()
        parts = [states.pop(f"igt@contract_dynamic@pass@part-{n}") for n in (1, 2, 3)]
        self.assertEqual(parts, ["pass"] * 3)
        # What comes after a process that died is not there: so it is with libigt, too.
        results = dict(
            zip(names, ["crash", "incomplete", None, "pass", "fail", "warn"], strict=True)
        )
        self.assertEqual(states, {name: result for name, result in results.items() if result})
        self.assertFalse((self.results / "3").exists())

    def test_all_tests_of_a_folder_run_without_a_list(self):
        code, log = self.call(
            "igt_runner", "--include-tests", "contract_simple", "tests", "results"
        )
        self.assertEqual((code, self.states()), (SUCCESS, {"igt@contract_simple": "pass"}), log)

    def test_prune_modes(self):
        parts = [f"igt@contract_dynamic@pass@part-{n}" for n in (1, 2, 3)]
        for mode, names in {
            "keep-all": ["igt@contract_dynamic@pass", *parts],
            "keep-subtests": ["igt@contract_dynamic@pass"],
            "keep-dynamic-subtests": parts,
            "keep-requested": [parts[1]],
        }.items():
            with self.subTest(mode=mode):
                asked = parts[1] if mode == "keep-requested" else "igt@contract_dynamic@pass"
                self.assertEqual(self.run_tests([asked], f"--prune-mode={mode}"), SUCCESS)
                self.assertEqual(self.states(), dict.fromkeys(names, "pass"))


class Selection(Runner):
    def listed(self, *options):
        code, out = self.call("igt_runner", "--list-all", *options, "tests")
        self.assertEqual(code, SUCCESS)
        return out.split()

    def test_list_has_all_subtests(self):
        out = self.call(PROGRAMS / "contract_results", "--show-testlist")[1]
        # igt_runner's names have no capitals.
        names = out.lower().split()
        self.assertEqual(self.listed("--include-tests", "contract_results@"), names)

    def test_include_and_exclude(self):
        names = self.listed("-t", "results@pass", "-t", "simple", "--exclude-tests", "early")
        self.assertEqual(names, ["igt@contract_results@pass", "igt@contract_simple"])

    def test_blocklists(self):
        first = self.write("first", "# nothing of this\nigt@contract_results@pass-.*  # early\n")
        second = self.write("second", "@contract_simple\n")
        options = "--blacklist", first, "-b", second, "-t", "results@pass", "-t", "simple"
        self.assertEqual(self.listed(*options), ["igt@contract_results@pass"])


class Calm(Runner):
    """What a CI may add, and what no test may notice."""

    def test_options_that_change_no_result(self):
        options = (
            *("--name", "nightly", "--sync", "--log-level", "verbose", "--ignore-missing"),
            *("--facts", "--kmemleak", "--use-watchdog", "--dmesg-warn-level", "4"),
            *("--inactivity-timeout", "60", "--per-test-timeout", "60", "--overall-timeout", "600"),
            *("--disk-usage-limit", "10M"),
        )
        covered = {f"/dev/{path.name}": "/dev/null" for path in Path("/dev").glob("watchdog*")}
        self.assertEqual(self.run_tests(FEW, *options, covered=covered), SUCCESS, self.log)
        self.assertEqual(self.states(), FEW)
        self.assertIn("name : nightly\n", (self.results / "metadata.txt").read_text())

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


class Noise(Runner):
    """The kernel's log during a test, whoever wrote there."""

    def with_noise(self, level, *options):
        hook = f"pre-subtest:echo '<{level}>somebody else: strange' >/dev/kmsg"
        self.assertEqual(self.run_tests(FEW, "--hook", hook, *options), SUCCESS)
        return self.states()

    WARNED = FEW | {
        "igt@contract_results@pass": "dmesg-warn",
        "igt@contract_results@fail": "dmesg-fail",
        "igt@contract_results@warn": "dmesg-warn",
    }

    def test_warning_of_somebody_else(self):
        self.assertEqual(self.with_noise(4), self.WARNED)
        warnings = self.entries()["igt@contract_results@pass"]["dmesg-warnings"]
        self.assertIn("somebody else: strange\n", warnings)
        self.assertNotIn("contract_results", warnings)

    def test_notice_of_somebody_else(self):
        self.assertEqual(self.with_noise(5), FEW)

    def test_level_is_an_option(self):
        self.assertEqual(self.with_noise(5, "--dmesg-warn-level=5"), self.WARNED)
        self.assertEqual(self.with_noise(4, "--dmesg-warn-level=3"), FEW)

    def test_piglit_looks_for_words_of_drivers(self):
        self.assertEqual(self.with_noise(4, "--piglit-style-dmesg"), FEW)


class Limits(Runner):
    def test_hang_ends_without_activity(self):
        names = ["igt@contract_crash@hang"]
        self.assertEqual(self.run_tests(names, "--inactivity-timeout", "1"), SUCCESS)
        self.assertEqual(self.states(), {names[0]: "timeout"})

    def test_flood_ends_at_its_limit(self):
        names = ["igt@contract_log@flood", "igt@contract_results@pass"]
        self.assertEqual(self.run_tests(names, "--disk-usage-limit", "20k"), SUCCESS)
        self.assertEqual(self.states(), dict(zip(names, ["incomplete", "pass"], strict=True)))
        self.assertIn("exceeding disk usage limit", self.entries()[names[0]]["out"])

    def test_overall_timeout_leaves_the_rest_to_resume(self):
        names = ["igt@contract_crash@timeout-reset", *FEW]
        self.assertEqual(self.run_tests(names, "--overall-timeout", "1"), TIMEOUT)
        first = {names[0]: "pass"}
        self.assertEqual(self.states(), first | dict.fromkeys(FEW, "notrun"))
        self.assertEqual(self.resume(), SUCCESS)
        self.assertEqual(self.states(), first | FEW)


class Resume(Runner):
    def test_dry_run(self):
        hook = "--hook", "post-test:echo $IGT_HOOK_TEST >> hooks"
        self.assertEqual(self.run_tests(FEW, "--dry-run", *hook), SUCCESS)
        self.assertFalse((self.folder / "hooks").exists())
        self.assertEqual(self.states(), dict.fromkeys(FEW, "notrun"))
        self.assertEqual(self.resume(), SUCCESS)
        self.assertEqual(self.states(), FEW)
        self.assertEqual(len((self.folder / "hooks").read_text().splitlines()), len(FEW))

    def test_end_of_the_machine(self):
        self.assertLess(self.run_tests(FEW, "--hook", KILL), 0)
        self.assertFalse((self.results / "results.json").exists())
        self.assertEqual(self.resume(), SUCCESS)
        self.assertEqual(self.states(), FEW | {"igt@contract_results@skip": "incomplete"})

    def test_results_can_be_made_again(self):
        self.run_tests(FEW)
        path = self.results / "results.json"
        text = path.read_text()
        for before in True, False:
            with self.subTest(before=before):
                if not before:
                    path.unlink()
                self.assertEqual(self.call("igt_results", "results")[0], SUCCESS)
                self.assertEqual(path.read_text(), text)


class MonitoredErrors(Runner):
    """--abort-on-monitored-error, on a file that looks like the kernel's taint."""

    def run_tainted(self, before, *options):
        if not machine.can_cover(TAINTED):
            self.skipTest(f"no {TAINTED} to cover")
        taint = self.write("tainted", f"{before}\n")
        # Without a timeout igt_runner would kill a test that goes on, and its own group if that ended just now.
        options = ("--abort-on-monitored-error=taint", "--per-test-timeout", "60", *options)
        code = self.run_tests(FEW, *options, covered={TAINTED: taint})
        return code, [self.states()[name] for name in FEW]

    def test_no_error(self):
        # A module from outside of the kernel's tree
        self.assertEqual(self.run_tainted(1 << 12), (SUCCESS, list(FEW.values())))

    def test_error_in_a_test_ends_the_run_after_it(self):
        hook = f"--hook=post-subtest:[ $IGT_HOOK_SUBTEST != skip ] || echo 512 >{TAINTED}"
        states = ["pass", "skip", "notrun", "notrun", "notrun"]
        self.assertEqual(self.run_tainted(0, hook), (FAILURE, states))
        aborted = (self.results / "aborted.txt").read_text()
        self.assertIn("Previous test: contract_results (skip)\n", aborted)
        self.assertIn("TAINT_WARN", aborted)

    def test_error_before_any_test(self):
        self.assertEqual(self.run_tainted(512), (FAILURE, ["notrun"] * len(FEW)))


class CodeCoverage(Runner):
    """--collect-code-cov: of the kernel, by gcov."""

    OPTIONS = ("--collect-code-cov", "--collect-script")

    def script(self):
        path = self.write("collect", '#!/bin/sh\necho "$1" >collected\n')
        path.chmod(0o755)
        return path

    def test_kernel_without_gcov_is_refused(self):
        if Path(DEBUGFS, "gcov/reset").exists():
            self.skipTest("the kernel has gcov")
        self.assertEqual(self.run_tests(FEW, *self.OPTIONS, self.script()), FAILURE)
        self.assertIn("Is GCOV enabled?", self.log)

    def test_counters_are_collected_at_the_end(self):
        if not machine.can_cover(DEBUGFS):
            self.skipTest(f"no {DEBUGFS} to cover")
        reset = self.folder / "debugfs/gcov/reset"
        reset.parent.mkdir(parents=True)
        reset.touch()
        covered = {DEBUGFS: reset.parents[1]}
        code = self.run_tests(FEW, *self.OPTIONS, self.script(), covered=covered)
        self.assertEqual((code, self.states()), (SUCCESS, FEW), self.log)
        self.assertEqual(reset.read_text(), "0\n")
        self.assertIn("/results/code_cov/", (self.folder / "collected").read_text())


if __name__ == "__main__":
    held = machine.alone()
    unittest.main(verbosity=2)

# SPDX-License-Identifier: MIT
"""A guest's tests: boots it, follows them, collects their outcomes."""

import dataclasses
import re

from machine import supervisor
from problem import GuestProblem, Problem
from verdict import igt, layout, outcomes, reports, violations

# What the console says: the kernel of itself, and igt_runner, which test it starts.
VERSION = re.compile(rb"Linux version (\S+)")
STARTED = re.compile(rb"\[\d+\.\d+\] \[(\d+)/(\d+)\] (\w+) \(([\w-]+)\)")
# What a test prints about itself.
ENDED = re.compile(r"^Subtest [\w-]+: (\w+)", re.MULTILINE)
# A test's word there -> igt_runner's.
WORDS = {"FAIL": "fail", "CRASH": "crash", "TIMEOUT": "timeout"}


class Follower:
    """Tells how far a guest's tests are, and of failures as they happen."""

    def __init__(self, setup, guest, folder, stages):
        self.setup = setup
        self.guest = guest
        self.folder = folder
        self.stages = stages
        self.uname = ""
        self.test = ""
        # Test -> what QEMU said first while it ran.
        self.qemu_said = {}

    def line(self, line):
        """A line of the console."""
        if match := VERSION.search(line):
            self.uname = match[1].decode(errors="replace")
        elif match := STARTED.match(line):
            number, total, program, subtest = (group.decode() for group in match.groups())
            if self.test:
                # igt_runner's folders are numbered from 0 on, its lines from 1 on.
                self._ended(self.folder / layout.IGT / str(int(number) - 2) / "out.txt")
            self.test = f"{program}@{subtest}"
            self.stages.progress(f"{int(number)} of {total}: {self.test}")

    def qemu_line(self, line):
        """A line that QEMU says."""
        if self.test:
            self.qemu_said.setdefault(self.test, line.decode(errors="replace").strip())

    def quote(self, outcome):
        """The outcome with what QEMU said about it, where it is no success."""
        said = self.qemu_said.get(outcome.name.removeprefix("igt@"))
        if not said or outcome.word == "pass":
            return outcome
        why = f"{outcome.why}; QEMU: {said}" if outcome.why else f"QEMU: {said}"
        return dataclasses.replace(outcome, why=why)

    def _ended(self, path):
        """Looks at the output of the test before."""
        match = ENDED.search(supervisor.read_guests(path))
        if not match or match[1] not in WORDS:
            return
        expected = self.setup.expectations(self.guest, self.uname)
        outcome = outcomes.judge(f"igt@{self.test}", {"result": WORDS[match[1]]}, expected)
        if outcome.counts == outcomes.FAILED:
            self.stages.show("now", f"{self.guest.name}: igt@{self.test}: {outcome.word}")


def run(setup, guest, folder, stages, tests="", limits=supervisor.TESTS):
    """
    Boots the guest and runs its tests. Returns the outcomes; raises GuestProblem where the guest did not get to its
    first test.
    """
    job = setup.job(guest, folder, "tests", tests or guest.tests)
    failure, joblist = None, folder / layout.IGT / "joblist.txt"
    follower = Follower(setup, guest, folder, stages)
    with supervisor.Supervisor(
        setup.root, job, limits, listener=follower.line, qemu_listener=follower.qemu_line
    ) as running:
        with stages.stage("boot", f"starting a {guest.name} guest"):
            running.boot()
        try:
            with stages.stage("tests", "running them in the guest"):
                running.finish()
        except GuestProblem as error:
            if not joblist.is_file():
                raise
            failure = str(error)
    if not joblist.is_file():
        raise Problem(no_results(tests, folder))
    return [follower.quote(outcome) for outcome in collect(setup, guest, folder, failure)]


def no_results(tests, folder):
    """Why igt_runner ended without running anything."""
    if tests and "filter" in supervisor.read_log(folder / layout.GUEST_LOG):
        return f"--tests: no test matches {tests!r}"
    return f"tests: igt_runner did not run any; see {folder}/{layout.GUEST_LOG}"


def collect(setup, guest, folder, failure):
    """The outcomes of what the guest left in its results folder."""
    runner = folder / layout.IGT
    if runner.is_symlink():
        raise Problem(f"tests: {runner} is a link: a guest has no business to make one")
    igt.make_json(setup.root, [runner])
    (runner / layout.RESULTS).replace(folder / layout.RESULTS)
    uname, tests = igt.load(folder / layout.RESULTS)
    terminated = failure is not None and supervisor.was_terminated(folder)
    if terminated:
        tests = igt.mark_terminated(tests)
    expected = setup.expectations(guest, uname)
    if setup.variant.flavour.reports:
        tests = reports.forgive(tests, expected)
    joblist = igt.jobs(supervisor.read_log(runner / "joblist.txt"))
    found = outcomes.judge_all(tests, joblist, expected)
    if guest.mode and setup.variant.is_strict(guest):
        symbols = violations.Symbols.of_kernel(setup.kernel(guest))
        accesses = violations.parse(supervisor.read_log(folder / layout.MONITOR_LOG), symbols)
        found.append(violations.judge(guest, accesses, expected))
    if setup.variant.flavour.reports:
        found += reports.judge(guest, supervisor.read_log(folder / layout.GUEST_LOG), expected)
    if failure:
        found.append(judge_end(guest, found, terminated, failure))
    elif not (runner / "endtime.txt").is_file() and not (runner / "aborted.txt").is_file():
        early = re.search(
            r"igt_runner ended early.*", supervisor.read_log(folder / layout.GUEST_LOG)
        )
        why = early[0].strip() if early else "igt_runner ended early"
        found.append(outcomes.Outcome(f"guest {guest.name}", outcomes.FAILED, "fail", why))
    return found


def judge_end(guest, found, terminated, failure):
    """The guest's early end: as expected where a test was expected to end the guest so, and did."""
    word = "terminated" if terminated else "crash"
    expected = any(outcome.word == f"expected {word}" for outcome in found)
    counts = outcomes.PASSED if expected else outcomes.FAILED
    return outcomes.Outcome(f"guest {guest.name}", counts, word, failure)

# SPDX-License-Identifier: MIT
"""A guest's tests: boots it, follows them, collects their outcomes."""

import dataclasses
import re
from dataclasses import dataclass

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
# How many guests a list of tests gets, whatever they say about how far they are.
GUESTS_MAX = 20


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


@dataclass(frozen=True)
class End:
    """How a guest ended before its tests were done."""

    # The test that ran, as igt_runner has it.
    test: str
    word: str
    why: str


def run(setup, guest, folder, stages, tests="", limits=supervisor.TESTS):
    """
    Boots the guest and runs its tests; where a test ends the guest, the rest run in a fresh one. Returns the outcomes;
    raises GuestProblem where the guest did not get to its first test.
    """
    joblist = folder / layout.IGT / "joblist.txt"
    follower = Follower(setup, guest, folder, stages)
    ends, what = [], "tests"
    while what:
        job = setup.job(guest, folder, what, tests or guest.tests)
        end = run_guest(setup, job, limits, follower, joblist)
        if not joblist.is_file():
            raise Problem(no_results(tests, folder))
        ends += [end] if end else []
        what = "resume" if end and len(ends) < GUESTS_MAX and has_rest(folder, ends) else None
        if what:
            stages.show("now", f"{guest.name}: {end.test} ended the guest: the rest in a fresh one")
            layout.put_aside(folder, len(ends))
    return [follower.quote(outcome) for outcome in collect(setup, guest, folder, ends)]


def run_guest(setup, job, limits, follower, joblist):
    """One guest, from boot to end; returns its End where it did not end well."""
    stages, name = follower.stages, job.guest.name
    follower.test = ""
    with supervisor.Supervisor(
        setup.root, job, limits, listener=follower.line, qemu_listener=follower.qemu_line
    ) as running:
        try:
            with stages.stage("boot", f"starting a {name} guest"):
                running.boot()
            with stages.stage("tests", "running them in the guest"):
                running.finish()
        except GuestProblem as error:
            if not joblist.is_file():
                raise
            word = "terminated" if supervisor.was_terminated(job.results) else "crash"
            return End(f"igt@{follower.test}", word, str(error))
    return None


def has_rest(folder, ends):
    """Whether tests are left that no guest has begun, and the last guest got any further than the one before."""
    runner = folder / layout.IGT
    if (runner / "endtime.txt").exists() or (runner / "aborted.txt").exists():
        return False
    left = igt.jobs(supervisor.read_guests(runner / "joblist.txt"))
    begun = sum(path.name.isdigit() for path in runner.iterdir())
    return begun < len(left) and ends[-1].test not in [end.test for end in ends[:-1]]


def no_results(tests, folder):
    """Why igt_runner ended without running anything."""
    if tests and "filter" in supervisor.read_log(folder / layout.GUEST_LOG):
        return f"--tests: no test matches {tests!r}"
    return f"tests: igt_runner did not run any; see {folder}/{layout.GUEST_LOG}"


def collect(setup, guest, folder, ends):
    """The outcomes of what guests left in their results folder. ends: of those that did not end well."""
    runner = folder / layout.IGT
    if runner.is_symlink():
        raise Problem(f"tests: {runner} is a link: a guest has no business to make one")
    igt.make_json(setup.root, [runner])
    (runner / layout.RESULTS).replace(folder / layout.RESULTS)
    uname, tests = igt.load(folder / layout.RESULTS)
    terminated = {end.test for end in ends if end.word == "terminated"}
    tests = igt.mark_terminated(tests, terminated & igt.incomplete(tests))
    expected = setup.expectations(guest, uname)
    if setup.variant.flavour.reports:
        tests = reports.forgive(tests, expected)
    joblist = igt.jobs(supervisor.read_log(runner / "joblist.txt"))
    # Nobody has said what to expect of a user's own programs.
    own = setup.variant.brought.programs
    found = outcomes.judge_all(tests, joblist, None if own else expected)
    if guest.mode and setup.variant.is_strict(guest):
        symbols = violations.Symbols.of_kernel(setup.kernel(guest))
        accesses = violations.parse(supervisor.read_logs(folder, layout.MONITOR_LOG), symbols)
        found.append(violations.judge(guest, accesses, expected))
    if setup.variant.flavour.reports:
        found += reports.judge(guest, supervisor.read_logs(folder, layout.GUEST_LOG), expected)
    found += [judge_end(guest, found, number, end) for number, end in enumerate(ends, 1)]
    if (
        not ends
        and not (runner / "endtime.txt").is_file()
        and not (runner / "aborted.txt").is_file()
    ):
        early = re.search(
            r"igt_runner ended early.*", supervisor.read_log(folder / layout.GUEST_LOG)
        )
        why = early[0].strip() if early else "igt_runner ended early"
        found.append(outcomes.Outcome(f"guest {guest.name}", outcomes.FAILED, "fail", why))
    return found


def judge_end(guest, found, number, end):
    """A guest's early end: as expected where its test was expected to end it so, and did."""
    words = {outcome.name: outcome.word for outcome in found}
    expected = words.get(end.test) == f"expected {end.word}"
    counts = outcomes.PASSED if expected else outcomes.FAILED
    name = f"guest {guest.name}" if number == 1 else f"guest {guest.name} {number}"
    return outcomes.Outcome(name, counts, end.word, end.why)

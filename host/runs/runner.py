# SPDX-License-Identifier: MIT
"""From nothing to a guest's results."""

import re
from dataclasses import dataclass
from pathlib import Path

from kernels import kernel, series, stock
from machine import initramfs, qemu, supervisor
from machine.guests import Variant
from problem import GuestProblem, Problem
from verdict import expectations, igt, outcomes, reports, violations
from workshop import build, root


@dataclass(frozen=True)
class Choice:
    """Which kernel: the first that is there counts; Debian's where none is."""

    image: Path | None = None
    tree: Path | None = None
    # The base of a series in kernel-patches.
    base: str | None = None
    # Debian's own, from its packages.
    stock: bool = False

    @property
    def state(self):
        """What there is of ours in the kernel: the last word of its expectations' scope."""
        if self.stock:
            return stock.WORD
        return "patched" if self.base else "unpatched"

    def build(self, store, stages, base, flavour):
        """The bzImage, and the modules that the guest loads: path in the guest -> bytes."""
        if self.stock:
            debian = stock.Stock(store, stages, base)
            return debian.image, debian.modules()
        return self._build_image(store, stages, base, flavour), {}

    def _build_image(self, store, stages, base, flavour):
        if self.image:
            return self.image.absolute()
        builder = kernel.Builder(store, stages, base, self.base or kernel.BASE, flavour)
        if self.tree:
            return builder.build_tree(self.tree.absolute())
        return builder.build(series.patches(self.base) if self.base else ())


DEBIAN = Choice()


@dataclass(frozen=True)
class Setup:
    """All that a guest needs, built."""

    root: root.Root
    kernel: Path
    initramfs: Path
    build: Path
    variant: Variant
    # What the kernel has of ours: patched, unpatched, stock.
    state: str = "unpatched"

    def expectations(self, guest, uname):
        """What is expected of tests in such a guest, whose kernel calls itself uname."""
        version = igt.kernel_version(uname)
        return expectations.load(
            expectations.Machine(guest.name, self.variant.gpu, version, self.state, guest.arch)
        )

    def job(self, guest, folder, run, tests=""):
        """A guest's job with these parts."""
        monitor = self.build / build.MONITOR if guest.mode else None
        if monitor and not monitor.is_file():
            raise Problem(f"build: {monitor} is missing: the build has no monitor")
        return qemu.Job(
            guest=guest,
            kernel=self.kernel,
            initramfs=self.initramfs,
            monitor=monitor,
            preload=self.build / build.PRELOAD,
            results=folder,
            run=run,
            tests=tests,
            variant=self.variant,
        )


def set_up(store, stages, kinds, variant, choice=DEBIAN):
    """Builds what is not there yet."""
    base = root.ensure(store, stages)
    for guest in kinds:
        qemu.check(base, guest)
    bzimage, modules = choice.build(store, stages, base, variant.flavour)
    folder = build.build(store, stages, base)
    name = stock.WORD if choice.stock else "own"
    packed = initramfs.make(store, stages, base, folder, name, modules)
    return Setup(base, bzimage, packed, folder, variant, choice.state)


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

    def line(self, line):
        """A line of the console."""
        if match := VERSION.search(line):
            self.uname = match[1].decode(errors="replace")
        elif match := STARTED.match(line):
            number, total, program, subtest = (group.decode() for group in match.groups())
            if self.test:
                # igt_runner's folders are numbered from 0 on, its lines from 1 on.
                self._ended(self.folder / str(int(number) - 2) / "out.txt")
            self.test = f"{program}@{subtest}"
            self.stages.progress(f"{int(number)} of {total}: {self.test}")

    def _ended(self, path):
        """Looks at the output of the test before."""
        match = ENDED.search(supervisor.read_guests(path))
        if not match or match[1] not in WORDS:
            return
        expected = self.setup.expectations(self.guest, self.uname)
        outcome = outcomes.judge(f"igt@{self.test}", {"result": WORDS[match[1]]}, expected)
        if outcome.counts == outcomes.FAILED:
            self.stages.show("now", f"{self.guest.name}: igt@{self.test}: {outcome.word}")


def run_tests(setup, guest, folder, stages, tests="", limits=supervisor.TESTS):
    """
    Boots the guest and runs its tests. Returns the outcomes; raises GuestProblem where the guest did not get to its
    first test.
    """
    job = setup.job(guest, folder, "tests", tests)
    failure = None
    follower = Follower(setup, guest, folder, stages)
    with supervisor.Supervisor(setup.root, job, limits, listener=follower.line) as running:
        with stages.stage("boot", f"starting a {guest.name} guest"):
            running.boot()
        try:
            with stages.stage("tests", "running them in the guest"):
                running.finish()
        except GuestProblem as error:
            if not (folder / "joblist.txt").is_file():
                raise
            failure = str(error)
    if not (folder / "joblist.txt").is_file():
        raise Problem(no_results(tests, folder))
    return collect(setup, guest, folder, failure)


# What vk-sample says in a guest, and the picture that the host took.
DEMO_LOG = "vk-sample.log"
DEMO_PICTURE = "vk-sample.png"


def run_demo(setup, guest, folder, stages):
    """Boots the guest and lets vk-sample run there. Returns its outcome, and what it said."""
    job = setup.job(guest, folder, "demo")
    with supervisor.Supervisor(setup.root, job, supervisor.TESTS) as running:
        with stages.stage("boot", f"starting a {guest.name} guest"):
            running.boot()
        with stages.stage("vulkan", "computing and drawing in shared memory"):
            running.finish()
    said = supervisor.read_log(folder / DEMO_LOG)
    if running.report.status == 0:
        return outcomes.Outcome("vk-sample", outcomes.PASSED, "pass"), said
    last = (said.strip().splitlines() or [f"nothing said; see {folder}/guest.log"])[-1]
    return outcomes.Outcome("vk-sample", outcomes.FAILED, "fail", last), said


def no_results(tests, folder):
    """Why igt_runner ended without running anything."""
    if tests and "filter" in supervisor.read_log(folder / "guest.log"):
        return f"--tests: no test matches {tests!r}"
    return f"tests: igt_runner did not run any; see {folder}/guest.log"


def collect(setup, guest, folder, failure):
    """The outcomes of what the guest left in its results folder."""
    igt.make_json(setup.root, [folder])
    uname, tests = igt.load(folder / "results.json")
    terminated = failure is not None and supervisor.was_terminated(folder)
    if terminated:
        tests = igt.mark_terminated(tests)
    expected = setup.expectations(guest, uname)
    if setup.variant.flavour.reports:
        tests = reports.forgive(tests, expected)
    joblist = igt.jobs(supervisor.read_log(folder / "joblist.txt"))
    found = outcomes.judge_all(tests, joblist, expected)
    if guest.mode and setup.variant.is_strict(guest):
        symbols = violations.Symbols.of_kernel(setup.kernel)
        accesses = violations.parse(supervisor.read_log(folder / "monitor.log"), symbols)
        found.append(violations.judge(guest, accesses, expected))
    if setup.variant.flavour.reports:
        found += reports.judge(guest, supervisor.read_log(folder / "guest.log"), expected)
    if failure:
        found.append(judge_end(guest, found, terminated, failure))
    elif not (folder / "endtime.txt").is_file() and not (folder / "aborted.txt").is_file():
        early = re.search(r"igt_runner ended early.*", supervisor.read_log(folder / "guest.log"))
        why = early[0].strip() if early else "igt_runner ended early"
        found.append(outcomes.Outcome(f"guest {guest.name}", outcomes.FAILED, "fail", why))
    return found


def judge_end(guest, found, terminated, failure):
    """The guest's early end: as expected where a test was expected to end the guest so, and did."""
    word = "terminated" if terminated else "crash"
    expected = any(outcome.word == f"expected {word}" for outcome in found)
    counts = outcomes.PASSED if expected else outcomes.FAILED
    return outcomes.Outcome(f"guest {guest.name}", counts, word, failure)

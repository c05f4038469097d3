# SPDX-License-Identifier: MIT
"""`ccprime mutants`: deliberately broken heaps and kernels, and which tests notice."""

import dataclasses
import functools
import re
from dataclasses import dataclass

from arches import Arch
from kernels import modules
from kernels.builder import Builder
from machine import guests, initramfs, supervisor
from machine.guests import Variant
from mutants import code, page
from mutants.table import CODE_MUTANTS, CONTROL, FOLDER, MUTANTS
from problem import GuestProblem, Problem
from runs.setup import set_up
from verdict import igt, layout
from workshop import root
from workshop.workers import Task
from workshop.workshop import folder_name

PLAN = "plan.txt"
SHARED_HEAP = "system_cc_shared"

# What igt_runner says of a test that failed: by an assertion of its own, or in another way.
ASSERTED = ("fail", "dmesg-fail")
FAILED = (*ASSERTED, "crash", "incomplete", "abort", "timeout")
WARNED = ("warn", "dmesg-warn")

# Where init finds the module.
MODULE = "usr/lib/ccprime-mutants.ko"


@dataclass(frozen=True)
class Kill:
    """A test that passes on the control and fails on the mutant."""

    test: str
    word: str
    why: str

    @property
    def named(self):
        """Whether an assertion of the test says what is wrong."""
        return self.word in ASSERTED

    def __str__(self):
        return self.test.removeprefix("igt@") + ("" if self.named else f" ({self.word})")


@dataclass(frozen=True)
class Verdict:
    """A mutant, and what killed it."""

    mutant: object
    kills: list[Kill]
    # What is not as the table of mutants has it; empty: all is.
    wrong: str = ""


@dataclass(frozen=True)
class Boot:
    """What a guest is started with: mutants of one boot have it in common."""

    patched: bool
    guest: str
    gpu: str
    cmdline: str

    @property
    def name(self):
        """What a task with this boot is called."""
        what = "kernel" if self.patched else "heap"
        words = [f"mutants of the {what} in {self.guest}", self.cmdline]
        words += [f"--gpu {self.gpu}"] if self.gpu != Variant.gpu else []
        return " ".join(filter(None, words))


@dataclass(frozen=True)
class Parts:
    """What is built for mutants: the setup, and the kernels to boot, broken or not."""

    setup: object
    # By architecture, and whether it is patched.
    kernels: dict[tuple[Arch, bool], object]


@dataclass
class Session:
    """Guests with these parts, one after the other."""

    parts: Parts
    stages: object
    folder: object
    # Whether tests run that the table does not ask for.
    wide: bool
    boots: int = 0


def prepare(store, stages, mutants):
    """Builds what these mutants need."""
    kinds = list(dict.fromkeys(guests.GUESTS[mutant.guest] for mutant in mutants))
    setup = set_up(store, stages, kinds, Variant())
    kernels = {}
    for arch in setup.parts:
        builder = Builder(store, stages, setup.root, arch)
        plain = builder.build()
        patched = plain
        if any(mutant.patch for mutant in mutants):
            patched = builder.build(sorted((FOLDER / "patches").glob("*.patch")))
        kernels |= {(arch, False): plain, (arch, True): patched}
        (module,) = modules.build(store, stages, setup.root, arch, plain, FOLDER)
        beside = modules.of_guest(store, stages, setup.root, arch, plain, ())
        beside |= {MODULE: module.read_bytes()}
        folder = setup.parts[arch].build
        packed = initramfs.make(store, stages, setup.root, arch, folder, "mutants", beside)
        setup = setup.having(arch, initramfs=packed)
    return Parts(setup, kernels)


def pattern(session, mutants):
    """igt_runner's expression for the tests of these mutants."""
    words = [word for mutant in mutants for word in mutant.tests]
    if session.wide:
        words += [mutant.category.tests for mutant in mutants]
    return f"igt@({'|'.join(dict.fromkeys(words))})$"


def boot_of(mutant):
    """The boot that a mutant's control is run in, and itself unless it is one of the kernel's start."""
    return Boot(mutant.patch, mutant.guest, mutant.gpu, mutant.cmdline)


def plan_line(session, mutant):
    """What init gets to know of a mutant."""
    heap = SHARED_HEAP if mutant.patch else f"cc_mutant_{CONTROL if mutant.driver else mutant.name}"
    return f"{mutant.name} {heap} {pattern(session, [mutant])}"


def control_line(session, boot, mutants):
    """The same for the control of these mutants: the kernel's own heap or ours, neither broken."""
    heap = SHARED_HEAP if boot.patched else f"cc_mutant_{CONTROL}"
    return f"{CONTROL} {heap} {pattern(session, mutants)}"


def run_lines(session, boot, lines):
    """Name -> the tests' records, for each line of a plan. Where a guest dies, a new one goes on with the next line."""
    found = {}
    while lines:
        folder = session.folder / f"boot-{session.boots}"
        session.boots += 1
        layout.prepare(folder)
        (folder / PLAN).write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
        died = run_boot(session, boot, folder)
        names = [line.split()[0] for line in lines]
        begun = [name for name in names if (folder / name).is_dir()]
        make_results(session.parts.setup.root, [folder / name for name in begun])
        if not begun:
            raise Problem(f"mutants: none was run: {died or 'see guest.log'}; see {folder}")
        for name in begun:
            found[name] = load(folder / name)
        lines = lines[len(begun) :]
        if lines and not died:
            raise Problem(f"mutants: {lines[0].split()[0]} was not run; see {folder}")
    return found


def run_boot(session, boot, folder):
    """One guest, to its end; returns why it died, or None."""
    guest = guests.GUESTS[boot.guest]
    guest = dataclasses.replace(guest, cmdline=f"{guest.cmdline} {boot.cmdline}")
    parts = session.parts
    variant = dataclasses.replace(parts.setup.variant, gpu=boot.gpu)
    setup = dataclasses.replace(parts.setup, variant=variant)
    setup = setup.having(guest.arch, kernel=parts.kernels[guest.arch, boot.patched])
    job = setup.job(guest, folder, "mutants")
    what = f"mutants in a {guest.name} guest {boot.cmdline}".rstrip()
    with session.stages.stage("boot", what):
        return run_job(setup.root, job, supervisor.TESTS)


def run_job(root, job, limits):
    """A guest's job, to its end; returns why it died, or None."""
    with supervisor.Supervisor(root, job, limits) as running:
        try:
            running.boot()
            running.finish()
        except GuestProblem as error:
            return str(error)
    return None


def make_results(root, folders):
    """Makes results.json of igt_runner's folders."""
    begun = [folder for folder in folders if (folder / "joblist.txt").is_file()]
    igt.make_json(root, begun)


def load(folder):
    """Name -> record of the tests in igt_runner's folder."""
    if not (folder / "joblist.txt").is_file():
        return {}
    _, tests = igt.load(folder / "results.json")
    return igt.fold(tests)


def is_kill(word, good):
    """Whether a test's word tells a mutant from the control, where it was good."""
    return word in FAILED or (word in WARNED and good == "pass")


def find_kills(tests, good):
    """The kills among a mutant's tests; good: the control's records."""
    passed = {name: record["result"] for name, record in good.items()}
    return [
        Kill(name, record["result"], igt.explain(record["result"], record))
        for name, record in tests.items()
        if passed.get(name) in ("pass", *WARNED) and is_kill(record["result"], passed[name])
    ]


def judge(mutant, kills):
    """The verdict on a mutant."""
    if mutant.survives and kills:
        return Verdict(mutant, kills, f"listed as surviving, killed by {kills[0]}")
    for expected, message in mutant.tests.items():
        said = [kill.why for kill in kills if re.fullmatch(f"igt@{expected}", kill.test)]
        if not mutant.survives and not any(re.search(message, why) for why in said):
            found = f"said {said[0]!r}" if said else "passed"
            return Verdict(mutant, kills, f"{expected} {found}, expected {message!r}")
    if not kills and not mutant.survives:
        return Verdict(mutant, kills, "survived")
    return Verdict(mutant, kills)


def check_control(mutants, good):
    """The control must pass what the table's mutants have to be killed by."""
    for mutant in mutants:
        for expected in mutant.tests:
            words = {
                name: record["result"]
                for name, record in good.items()
                if re.fullmatch(f"igt@{expected}", name)
            }
            if not any(word in ("pass", *WARNED) for word in words.values()):
                raise Problem(f"mutants: {expected} does not pass without any mutant: {words}")


def by_boot(mutants):
    """Boot -> the mutants that have it in common."""
    boots = {}
    for mutant in mutants:
        boots.setdefault(boot_of(mutant), []).append(mutant)
    return boots


def run(session, boot, members):
    """The verdicts on mutants of one boot."""
    # Each on its own: how many tests there are depends on the mutant
    together = [mutant for mutant in members if not mutant.at_boot]
    lines = [control_line(session, boot, members)]
    lines += [plan_line(session, mutant) for mutant in together]
    found = run_lines(session, boot, lines)
    for mutant in (mutant for mutant in members if mutant.at_boot):
        switched = f"{boot.cmdline} ccprime_mutant.name={mutant.name}".lstrip()
        own = dataclasses.replace(boot, cmdline=switched)
        found |= run_lines(session, own, [plan_line(session, mutant)])
    good = found.get(CONTROL, {})
    check_control(members, good)
    return [judge(mutant, find_kills(found[mutant.name], good)) for mutant in members]


def telling(mutants):
    """
    Mutants that suffice to see each test fail that the table names: those whose tests the ones before them have not
    shown yet.
    """
    seen, chosen = set(), []
    for mutant in mutants:
        if set(mutant.tests) - seen:
            chosen.append(mutant)
            seen |= set(mutant.tests)
    return chosen


def check_chosen(only):
    """Raises Problem where no mutant matches, before anything takes time."""
    if not any(re.search(only, mutant.name) for mutant in (*MUTANTS, *CODE_MUTANTS)):
        raise Problem(f"--only: no mutant matches {only!r}")


# Names of tasks
PREPARED = "kernels with mutants"
OWN_CODE = "our own code"


def tasks(workshop, folder, only):
    """The tasks of `ccprime mutants`: builds, then a guest a boot, and our own code."""
    chosen = [mutant for mutant in MUTANTS if re.search(only, mutant.name)]
    own = [mutant for mutant in CODE_MUTANTS if re.search(only, mutant.name)]
    found = []
    if chosen:
        found.append(Task(PREPARED, lambda show: prepare(*workshop.open(show, PREPARED), chosen)))
    for boot, members in by_boot(chosen).items():
        work = functools.partial(run_group, workshop, folder, boot, members)
        found.append(Task(boot.name, work, (PREPARED,)))
    if own:
        found.append(Task(OWN_CODE, functools.partial(run_code, workshop, folder, own)))
    return found


def run_group(workshop, folder, boot, members, show, parts):
    """The work of one boot's task."""
    _, stages = workshop.open(show, boot.name)
    own = folder / folder_name(boot.name)
    own.mkdir()
    return run(Session(parts, stages, own, wide=True), boot, members)


def run_code(workshop, folder, chosen, show):
    """The work of the task with our own code."""
    store, stages = workshop.open(show, OWN_CODE)
    return code.run(stages, root.ensure(store, stages), folder, chosen)


def report(done, folder):
    """
    Shows what the tasks found (name -> Done); returns how many mutants are as they should be, and how many are not. A
    task that failed counts as one of these.
    """
    found = {name: end.value for name, end in done.items() if not end.error}
    failed = {name: end.error for name, end in done.items() if end.error}
    groups = [value for name, value in found.items() if name not in (PREPARED, OWN_CODE)]
    verdicts = [verdict for group in groups for verdict in group]
    verdicts.sort(key=lambda verdict: MUTANTS.index(verdict.mutant))
    code = found.get(OWN_CODE, [])
    lines = [*page.lines(verdicts), *page.code_lines(code)]
    print("\n".join(["", *lines, *(f"{name}: {error}" for name, error in failed.items())]))
    if not failed:
        (folder / "mutants.md").write_text(page.document(verdicts, code), encoding="utf-8")
    right = [not verdict.wrong for verdict in verdicts] + [noticed for _, noticed in code]
    return right.count(True), right.count(False) + len(failed)

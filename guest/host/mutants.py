# SPDX-License-Identifier: MIT
"""`ccprime mutants`: deliberately broken heaps and kernels, and which tests notice."""

import dataclasses
import re
from dataclasses import dataclass

import codemutants
import control
import guests
import image
import kernel
import mutantdoc
import qemu
import results
from mutanttable import CODE_MUTANTS, CONTROL, FOLDER, MUTANTS
from problem import GuestProblem, Problem

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


@dataclass
class Session:
    """The setup, and the kernels to boot: broken or not."""

    setup: object
    stages: object
    kernels: dict[bool, object]
    folder: object
    # Whether tests run that the table does not ask for.
    wide: bool
    boots: int = 0


def prepare(store, stages, setup, folder, wide, mutants):
    """Builds what these mutants need."""
    builder = kernel.Builder(store, stages, setup.root)
    with store.lock(lambda: None):
        plain = builder.build()
        patched = plain
        if any(mutant.patch for mutant in mutants):
            patched = builder.build(sorted((FOLDER / "patches").glob("*.patch")))
        module = builder.build_module(FOLDER)
        initramfs = image.make(
            stages, setup.root, setup.build, "mutants", {MODULE: module.read_bytes()}
        )
    setup = dataclasses.replace(setup, initramfs=initramfs)
    return Session(setup, stages, {False: plain, True: patched}, folder, wide)


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
    heap = SHARED_HEAP if mutant.patch else f"cc_mutant_{mutant.name}"
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
        results.prepare_folder(folder)
        (folder / PLAN).write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
        died = run_boot(session, boot, folder)
        names = [line.split()[0] for line in lines]
        begun = [name for name in names if (folder / name).is_dir()]
        if not begun:
            raise Problem(f"mutants: none was run: {died or 'see guest.log'}; see {folder}")
        for name in begun:
            found[name] = load(session, folder / name)
        lines = lines[len(begun) :]
        if lines and not died:
            raise Problem(f"mutants: {lines[0].split()[0]} was not run; see {folder}")
    return found


def run_boot(session, boot, folder):
    """One guest, to its end; returns why it died, or None."""
    guest = guests.GUESTS[boot.guest]
    guest = dataclasses.replace(guest, cmdline=f"{guest.cmdline} {boot.cmdline}")
    variant = dataclasses.replace(session.setup.variant, gpu=boot.gpu)
    setup = dataclasses.replace(
        session.setup, kernel=session.kernels[boot.patched], variant=variant
    )
    job = setup.job(guest, folder, "mutants")
    what = f"mutants in a {guest.name} guest {boot.cmdline}".rstrip()
    with (
        session.stages.stage("boot", what),
        control.Supervisor(setup.root, job, control.TESTS) as supervisor,
    ):
        try:
            supervisor.boot()
            supervisor.finish()
        except GuestProblem as error:
            return str(error)
    return None


def load(session, folder):
    """Name -> record of the tests in igt_runner's folder."""
    if not (folder / "results.json").is_file():
        if not (folder / "joblist.txt").is_file():
            return {}
        session.setup.root.output(["igt_results", qemu.RESULTS], write=[(folder, qemu.RESULTS)])
    _, tests = results.load(folder / "results.json")
    return results.fold(tests)


def is_kill(word, good):
    """Whether a test's word tells a mutant from the control, where it was good."""
    return word in FAILED or (word in WARNED and good == "pass")


def find_kills(tests, good):
    """The kills among a mutant's tests; good: the control's records."""
    passed = {name: record["result"] for name, record in good.items()}
    return [
        Kill(name, record["result"], results.explain(record["result"], record))
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


def run(session, mutants):
    """Runs mutants; yields a verdict on each."""
    boots = {}
    for mutant in mutants:
        boots.setdefault(boot_of(mutant), []).append(mutant)
    for boot, members in boots.items():
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
        for mutant in members:
            yield judge(mutant, find_kills(found[mutant.name], good))


def check_chosen(only):
    """Raises Problem where no mutant matches, before anything takes time."""
    if not any(re.search(only, mutant.name) for mutant in (*MUTANTS, *CODE_MUTANTS)):
        raise Problem(f"--only: no mutant matches {only!r}")


def command(store, stages, setup, folder, only):
    """Runs all mutants that match; returns how many are as they should be, and how many are not."""
    chosen = [mutant for mutant in MUTANTS if re.search(only, mutant.name)]
    verdicts = []
    if chosen:
        session = prepare(store, stages, setup, folder, True, chosen)
        verdicts = sorted(run(session, chosen), key=lambda verdict: chosen.index(verdict.mutant))
    found = codemutants.run(stages, setup.root, folder, only)
    print()
    print("\n".join([*mutantdoc.lines(verdicts), *mutantdoc.code_lines(found)]))
    (folder / "mutants.md").write_text(mutantdoc.document(verdicts, found), encoding="utf-8")
    right = [not verdict.wrong for verdict in verdicts] + [noticed for _, noticed in found]
    return right.count(True), right.count(False)

# SPDX-License-Identifier: MIT
"""Mutants that nobody chose: the generator's, many in one kernel; which tests find each."""

import dataclasses
import functools
import re
from dataclasses import dataclass
from difflib import unified_diff

import project
from arches import NATIVE
from kernels.builder import STAGE, Builder
from machine import guests, supervisor
from machine.guests import Variant
from mutants import generator
from mutants.run import WARNED, Kill, find_kills, load, make_results, run_job
from mutants.table import CONTROL, FOLDER
from mutants.targets import GUEST, SURVIVORS, TARGETS
from problem import Problem
from runs import shards
from runs.setup import set_up
from verdict import igt, layout
from workshop.cache import digest
from workshop.workers import Task
from workshop.workshop import folder_name

SWITCH = FOLDER / "patches/switch.patch"
PATCH = "generated.patch"
PLAN = "plan.txt"
QUICK, WIDE = "quick", "wide"
# Slower tests are not asked about mutants.
SLOW_SECONDS = 1
# So many share a task.
BATCH = 24
# A mutant that makes tests wait for ever is one that is found.
LIMITS = supervisor.Limits(silence=30, total=1800)
# How often a file is compiled until no mutant is left that does not compile.
TRIALS = 6

# What is known of tests of a guest that left no results, and of the same guest without a mutant.
LOST = {"igt@guest": {"result": "crash"}}
PASSED = {"igt@guest": {"result": "pass"}}

# A compiler's words. An error in a macro is followed by the place where the macro is used.
SAID = re.compile(rb"(\S+\.[ch]):(\d+):\d+: (error|warning|note: in expansion of macro)")
ROW = re.compile(r"(\S+) (equivalent|gap) (\S.*)")


@dataclass(frozen=True)
class Made:
    """What is built for generated mutants. mutants: all of them, target by target."""

    setup: object
    kernel: object
    mutants: list


@dataclass(frozen=True)
class Member:
    """A mutant, and the file that it is in."""

    target: object
    mutant: generator.Mutant

    @property
    def name(self):
        """As the switch has it."""
        return self.mutant.name

    @property
    def at_boot(self):
        """Whether its function runs when the kernel starts, and not later."""
        return bool(re.fullmatch(self.target.at_boot, self.mutant.function))


@dataclass(frozen=True)
class Fate:
    """What became of a mutant: the tests that found it."""

    member: Member
    kills: list


@dataclass(frozen=True)
class Row:
    """Why mutants survive."""

    names: re.Pattern
    word: str
    why: str


def survivors():
    """The rows of the list of survivors."""
    found = project.rows(SURVIVORS, ROW, "mutants", "EXPRESSION equivalent|gap REASON")
    return [Row(re.compile(match[1]), match[2], match[3]) for match in found]


# ---- the kernel ----


def sources(tree):
    """Target -> its file with mutants."""
    found = {}
    for target in TARGETS:
        text = (tree / target.file).read_text(encoding="utf-8")
        found[target] = generator.Source(text, target.has)
    return found


class Errors:
    """Which lines of a compiler's input are wrong, from its output."""

    def __init__(self):
        self.lines = set()
        self.wrong = False

    def __call__(self, line):
        match = SAID.search(line)
        if not match:
            return
        if match[3] in (b"error", b"warning"):
            self.wrong = match[3] == b"error"
        if self.wrong:
            self.lines.add((match[1].decode(), int(match[2])))

    def of(self, file):
        """The numbers of a file's lines."""
        return {number for name, number in self.lines if name.endswith(f"/{file}")}


def compiling(builder, found):
    """Target -> the names of its mutants that the compiler takes. Compiles copies of the plain kernel's objects."""
    taken = {
        target: {mutant.name for mutant in source.mutants()} for target, source in found.items()
    }
    plain = builder.build()

    def fill(folder):
        tree, objects = folder / "source", folder / "objects"
        builder.stages.run(STAGE, ["cp", "-al", plain.tree, tree])
        builder.stages.run(STAGE, ["cp", "-a", plain.objects, objects])
        builder.apply(tree, [SWITCH])
        for _ in range(TRIALS):
            if not drop_errors(builder, tree, objects, found, taken):
                break
        else:
            raise Problem("mutants: the generator's mutants do not compile; see the kernel's log")
        (folder / PATCH).write_text(difference(found, taken), encoding="utf-8")
        builder.stages.run(STAGE, ["rm", "-r", tree, objects])

    text = "".join(source.written(lambda _: True)[0] for source in found.values())
    with builder.stages.stage(STAGE, "compiling mutants"):
        folder = builder.cache.get("mutants", digest(builder.recipe, text), fill)
    return folder / PATCH


def drop_errors(builder, tree, objects, found, taken):
    """Compiles all targets; takes those mutants out that the compiler refuses. Returns whether there were any."""
    places = {}
    for target, source in found.items():
        text, places[target] = source.written(lambda mutant, own=taken[target]: mutant.name in own)
        path = tree / target.file
        # A hard link to the plain source.
        path.unlink()
        path.write_text(text, encoding="utf-8")
    errors = Errors()
    command = builder.make_command("-k", *(target.object for target in found))
    status = builder.stages.status(STAGE, builder.argv(tree, objects, command), meter=errors)
    wrong = 0
    for target in found:
        for number in errors.of(target.file) & {*places[target]}:
            taken[target].discard(places[target][number].name)
            wrong += 1
    if status and not wrong:
        raise Problem("mutants: the targets do not compile; see the kernel's log")
    return wrong > 0


def difference(found, taken):
    """A patch that brings the mutants into the kernel's source."""
    lines = []
    for target, source in found.items():
        text, _ = source.written(lambda mutant, own=taken[target]: mutant.name in own)
        old, new = source.text.splitlines(True), text.splitlines(True)
        lines += unified_diff(old, new, f"a/{target.file}", f"b/{target.file}")
    return "".join(lines)


def prepare(store, stages):
    """Builds a kernel with all generated mutants that compile."""
    setup = set_up(store, stages, [guests.GUESTS[GUEST]], Variant())
    builder = Builder(store, stages, setup.root, NATIVE)
    found = sources(builder.source())
    patch = compiling(builder, found)
    text = patch.read_text(encoding="utf-8")
    there = set(re.findall(rf'{generator.SWITCH}\("([^"]+)"\)', text))
    members = [
        Member(target, mutant)
        for target, source in found.items()
        for mutant in source.mutants()
        if mutant.name in there
    ]
    return Made(setup, builder.build([SWITCH, patch]), members)


# ---- guests ----


def lists(target, good=None):
    """
    Name of a list -> its tests: those that find most mutants, and all others that are not slow. good: the control's
    records; tests that fail there are left out.
    """
    taken = shards.seconds()
    every = [
        test
        for test in shards.chosen("")
        if not good or good.get(test, {}).get("result") in ("pass", *WARNED)
    ]
    quick = [test for test in every if re.fullmatch(f"igt@({target.quick})", test)]
    rest = [test for test in every if test not in quick and taken.get(test, 0) <= SLOW_SECONDS]
    return {QUICK: quick, WIDE: rest}


@dataclass
class Session:
    """Guests for mutants of a target, one after the other."""

    made: Made
    stages: object
    folder: object
    # Name of a list -> tests.
    lists: dict
    boots: int = 0


def run_lines(session, lines, cmdline=""):
    """
    Name -> the tests' records, for pairs (mutant's name, name of a list). A guest ends early where a mutant did damage;
    then a new one goes on with the next line.
    """
    found = {}
    while lines:
        folder = session.folder / f"boot-{session.boots}"
        session.boots += 1
        layout.prepare(folder)
        for name, tests in session.lists.items():
            (folder / f"{name}.txt").write_text("".join(f"{t}\n" for t in tests), encoding="ascii")
        text = "".join(f"{name} {tests}\n" for name, tests in lines)
        (folder / PLAN).write_text(text, encoding="ascii")
        died = run_boot(session, folder, cmdline)
        begun = [name for name, _ in lines if (folder / name).is_dir()]
        make_results(session.made.setup.root, [folder / name for name in begun])
        if not begun and not cmdline:
            raise Problem(f"mutants: none was run: {died or 'see guest.log'}; see {folder}")
        if not begun:
            return {lines[0][0]: LOST}
        found |= {name: load(folder / name) or LOST for name in begun}
        lines = lines[len(begun) :]
    return found


def run_boot(session, folder, cmdline):
    """One guest, to its end; returns why it died, or None."""
    made, guest = session.made, guests.GUESTS[GUEST]
    guest = dataclasses.replace(guest, cmdline=f"{guest.cmdline} {cmdline}")
    setup = made.setup.having(guest.arch, kernel=made.kernel)
    job = setup.job(guest, folder, "generated")
    return run_job(setup.root, job, LIMITS)


def control(made, stages, folder, target):
    """The records of all tests of a target without any mutant."""
    session = Session(made, stages, folder, lists(target))
    with stages.stage("mutants", f"control of {target.file}"):
        good = {}
        for name in (QUICK, WIDE):
            good |= run_lines(session, [(CONTROL, name)])[CONTROL]
    return good


def run_batch(made, stages, folder, members, good):
    """The fates of mutants of one target: with the quick tests, and those that survive with all others."""
    target = members[0].target
    session = Session(made, stages, folder, lists(target, good))
    kills = {}
    with stages.stage("mutants", f"{len(members)} of {target.file}"):
        for tests in (QUICK, WIDE):
            left = [member for member in members if not kills.get(member.name)]
            lines = [(member.name, tests) for member in left if not member.at_boot]
            found = run_lines(session, lines)
            for member in left:
                if member.at_boot:
                    switched = f"ccprime_mutant.name={member.name}"
                    found |= run_lines(session, [(member.name, tests)], switched)
            stages.progress(f"{tests}: {len(left)}")
            for member in left:
                kills[member.name] = kills_of(found[member.name], good)
    return [Fate(member, kills[member.name]) for member in members]


def kills_of(tests, good):
    """
    The kills among a mutant's tests. A test that is skipped only with the mutant counts: a run would call that skip
    unexpected. One that had no end when another one failed does not count.
    """
    ended = {name: record for name, record in tests.items() if "result" in record}
    kills = find_kills(ended, {**good, **PASSED})
    skipped = [
        Kill(name, "skip", igt.explain("skip", record))
        for name, record in ended.items()
        if record["result"] == "skip" and good.get(name, {}).get("result") in ("pass", *WARNED)
    ]
    return kills + skipped


# ---- the command ----

MAKE = "kernel with generated mutants"


def chosen(made, only, share):
    """The mutants that a run has. share: (number, count), of shards."""
    found = [member for member in made.mutants if re.search(only, member.name)]
    if not found:
        raise Problem(f"--only: no generated mutant matches {only!r}")
    number, count = share
    return found[number - 1 :: count]


def batches(members):
    """Lists of mutants of one target."""
    for target in TARGETS:
        own = [member for member in members if member.target == target]
        for start in range(0, len(own), BATCH):
            yield own[start : start + BATCH]


def make_task(workshop):
    """The task that builds the kernel."""
    return Task(MAKE, lambda show: prepare(*workshop.open(show, MAKE)))


def tasks(workshop, folder, made, members):
    """The tasks that run mutants: a control a target, then a batch of mutants a task."""
    found = []
    for target in dict.fromkeys(member.target for member in members):
        name = f"control of {target.name}"
        found.append(
            Task(name, functools.partial(run_control, workshop, folder, made, name, target))
        )
    counts = {}
    for batch in batches(members):
        target = batch[0].target
        counts[target] = counts.get(target, 0) + 1
        name = f"mutants of {target.name} {counts[target]}"
        work = functools.partial(run_members, workshop, folder, made, name, batch)
        found.append(Task(name, work, (f"control of {target.name}",)))
    return found


def own_folder(folder, name):
    """A task's folder."""
    own = folder / folder_name(name)
    own.mkdir()
    return own


def run_control(workshop, folder, made, name, target, show):
    """The work of a control's task."""
    _, stages = workshop.open(show, name)
    return control(made, stages, own_folder(folder, name), target)


def run_members(workshop, folder, made, name, batch, show, good):
    """The work of a batch's task."""
    _, stages = workshop.open(show, name)
    return run_batch(made, stages, own_folder(folder, name), batch, good)

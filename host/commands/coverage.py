# SPDX-License-Identifier: MIT
"""`ccprime coverage`: which lines and branches of the kernel's the tests reach."""

import dataclasses
import functools
from dataclasses import dataclass
from pathlib import Path

from commands import options as common
from commands.options import SET_UP
from commands.run import outcomes_of
from kernels import bases
from kernels.config import COVERAGE
from kernels.origins import Source, Tree
from machine import guests
from runs import coverage, setup, tests
from verdict import layout, outcomes, tables
from workshop.workers import Task

HELP = "which lines of the kernel's the tests reach"
# All lines that no test reached, and the page for docs/.
MISSED = "missed.txt"
TABLE = "coverage.md"


def add_options(parser):
    """This command's own."""
    common.add_common(parser)
    common.add_jobs(parser)
    common.add_guest(parser, guests.ALL)
    common.add_source(parser)
    parser.add_argument("--tests", default="", metavar="REGEX", help="only tests that match")
    common.add_out(parser)


@dataclass(frozen=True)
class Run:
    """One guest that counts."""

    guest: guests.Guest
    part: coverage.Part
    folder: Path

    @property
    def name(self):
        """The task's."""
        return f"{self.guest.name} {self.part.name}"


def main(options):
    """Builds, boots, tests, counts, shows."""
    common.check_expression("--tests", options.tests)
    origin = kernel(options)
    kinds = chosen(options, origin)
    for guest in kinds:
        origin.check(guest.arch)
    folder = options.out.absolute()
    with layout.claim(folder):
        runs = plan(options, kinds, folder)
        found, done = count(options, kinds, origin, runs, folder)
        every = [outcome for run in runs for outcome in outcomes_of(done[run.name], run.guest, 2)]
        return show(found, every, folder)


def kernel(options):
    """Where the kernel comes from."""
    if options.kernel_source:
        return Tree(options.kernel_source, COVERAGE)
    return Source(options.patches or bases.DEFAULT, bool(options.patches), COVERAGE)


def chosen(options, origin):
    """The kinds of guests."""
    if options.guest != guests.ALL:
        return [guests.GUESTS[options.guest]]
    return common.fitting(origin, [*guests.GUESTS.values()])


def plan(options, kinds, folder):
    """The runs: one a kind and a share of the tests, or those that the user names."""
    parts = coverage.PARTS
    if options.tests:
        parts = (dataclasses.replace(parts[0], tests=options.tests),)
    return [
        Run(guest, part, folder / guest.name / part.name)
        for guest in kinds
        for part in parts
        if not guest.tests or part is parts[0]
    ]


def count(options, kinds, origin, runs, folder):
    """(name of a guest, or of all -> its files, what the tasks said)"""
    workshop = common.open_workshop(options)
    variant = guests.Variant(flavour=COVERAGE)

    def prepare(show):
        return setup.set_up(*workshop.open(show), kinds, variant, origin)

    def work(run, show, built):
        run.folder.mkdir(parents=True)
        _, stages = workshop.open(show, run.name)
        own = dataclasses.replace(built, variant=dataclasses.replace(variant, gpu=run.part.gpu))
        found = tests.run(own, run.guest, run.folder, stages, run.part.tests)
        coverage.capture(stages, built, run.guest, run.folder)
        return found

    def merge(show, built, *_):
        _, stages = workshop.open(show, "merge")
        return coverage.merged(stages, built, [(run.guest, run.folder) for run in runs], folder)

    tasks = [Task(SET_UP, prepare)]
    tasks += [Task(run.name, functools.partial(work, run), (SET_UP,)) for run in runs]
    done = common.run_tasks(tasks, options.jobs)
    built = done[SET_UP].result()
    last = Task("merge", functools.partial(merge, built=built))
    return common.run_tasks([last], 1)["merge"].result(), done


def show(found, every, folder):
    """Prints the table, and what failed; keeps the lines that no test reached. Returns the exit status."""
    missed = coverage.missed_lines(found)
    (folder / MISSED).write_text("".join(f"{line}\n" for line in missed), encoding="utf-8")
    (folder / TABLE).write_text(coverage.document(found), encoding="utf-8")
    bad = [outcome for outcome in every if outcome.counts == outcomes.FAILED]
    print("\n" + "\n".join([*coverage.text(found), "", *tables.table(bad)]))
    print(f"\nlines and branches that ran, in per cent; not reached: {folder / MISSED}")
    print(f"pages     {folder / coverage.PAGES}/index.html\nresults   {folder}")
    print(tables.summary(every))
    return common.UNEXPECTED if bad else common.EXPECTED

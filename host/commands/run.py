# SPDX-License-Identifier: MIT
"""`ccprime run`: the tests, in one kind of guest or all."""

import contextlib
import functools
from dataclasses import dataclass
from pathlib import Path

from commands import options as common
from commands.options import SET_UP
from machine import guests
from problem import GuestProblem, Problem
from runs import tests
from verdict import igt, junit, layout, outcomes, page, tables
from workshop.workers import Task

HELP = "run the tests in a guest"


def add_options(parser):
    """This command's own."""
    common.add_common(parser)
    common.add_jobs(parser)
    common.add_guest(parser, guests.ALL)
    common.add_variant(parser)
    parser.add_argument("--tests", default="", metavar="REGEX", help="only tests that match")
    parser.add_argument(
        "--repeat",
        type=common.positive,
        default=1,
        metavar="N",
        help="run them in N guests; a result that differs is a failure",
    )
    common.add_out(parser)


def main(options):
    """Builds, boots, tests, shows."""
    kinds = [*guests.GUESTS.values()]
    if options.guest != guests.ALL:
        kinds = [guests.GUESTS[options.guest]]
    origin = common.origin(options, kinds)
    common.check_expression("--tests", options.tests)
    folder = options.out.absolute()
    with layout.claim(folder):
        columns = run_kinds(kinds, origin, folder, options)
        return show(columns, folder)


def show(columns, folder):
    """Prints the table, and keeps it; returns the exit status."""
    found = [outcome for column in columns.values() for outcome in column]
    lines = tables.wide_table(columns) if len(columns) > 1 else tables.table(found)
    lines += ["", f"results   {folder}", tables.summary(found)]
    text = "".join(f"{line}\n" for line in lines)
    (folder / layout.TABLE).write_text(text, encoding="utf-8")
    (folder / layout.JUNIT).write_text(junit.document(columns), encoding="utf-8")
    (folder / layout.PAGE).write_text(page_of(columns, folder, tables.summary(found)), "utf-8")
    print(f"\n{text}", end="")
    failed = any(outcome.counts == outcomes.FAILED for outcome in found)
    return common.UNEXPECTED if failed else common.EXPECTED


def page_of(columns, folder, summary):
    """The page for people. Of several runs of a guest, the last one's texts."""
    records, unames = {}, {}
    for guest in columns:
        own = folder / guest if len(columns) > 1 else folder
        for path in sorted(own.rglob(layout.RESULTS)):
            # A guest that has died may have left none that can be read.
            with contextlib.suppress(Problem):
                unames[guest], found = igt.load(path)
                records[guest] = igt.fold(found)
    pictures = sorted(
        str(path.relative_to(folder)) for path in folder.rglob(f"{layout.CAPTURES}/*.png")
    )
    return page.document(columns, summary, records, unames, pictures)


@dataclass(frozen=True)
class Run:
    """One guest of a command's runs."""

    guest: guests.Guest
    folder: Path
    number: int

    @property
    def name(self):
        """What it is called where there are several."""
        return f"{self.guest.name} {self.number}"


def plan(kinds, folder, options):
    """One run a kind and repetition; each in a folder of its own, where there are several."""
    runs = []
    for guest in kinds:
        own = folder / guest.name if options.guest == guests.ALL else folder
        for number in range(1, options.repeat + 1):
            runs.append(Run(guest, own / str(number) if options.repeat > 1 else own, number))
    return runs


def run_kinds(kinds, origin, folder, options):
    """Guest's name -> its outcomes."""
    runs = plan(kinds, folder, options)
    workshop = common.open_workshop(options)

    def work(run, show, setup):
        run.folder.mkdir(parents=True, exist_ok=True)
        _, stages = workshop.open(show, run.name)
        return tests.run(setup, run.guest, run.folder, stages, options.tests)

    tasks = [Task(run.name, functools.partial(work, run), (SET_UP,)) for run in runs]
    first = common.set_up(workshop, options, kinds, origin)
    done = common.run_tasks([first, *tasks], options.jobs)
    done[SET_UP].result()
    columns = {}
    for guest in kinds:
        own = [outcomes_of(done[run.name], guest, len(runs)) for run in runs if run.guest == guest]
        columns[guest.name] = outcomes.merge(own) if options.repeat > 1 else own[0]
    return columns


def outcomes_of(done, guest, runs):
    """What a run of several found. One that failed must not hide the others, but one alone is the command's error."""
    if runs == 1 or not done.error:
        return done.result()
    word = "crash" if isinstance(done.error, GuestProblem) else "error"
    return [outcomes.Outcome(f"guest {guest.name}", outcomes.FAILED, word, str(done.error))]

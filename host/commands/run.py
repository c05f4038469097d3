# SPDX-License-Identifier: MIT
"""`ccprime run`: the tests, in one kind of guest or all."""

import functools
from dataclasses import dataclass
from pathlib import Path

import project
from commands import options as common
from commands.options import SET_UP
from machine import guests, qemu
from problem import GuestProblem, Problem
from runs import shards, tests
from verdict import documents, layout, outcomes, record, tables
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
        "--programs",
        type=Path,
        metavar="DIR",
        help="programs of igt-gpu-tools, or like them, in place of ours: a folder with their test-list.txt",
    )
    parser.add_argument(
        "--shard",
        metavar="I/N",
        help="only the Ith of N shares of the tests, which take about as long as each other",
    )
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
    if options.guest == guests.ALL:
        kinds = common.fitting(common.kernel_origin(options), [*guests.GUESTS.values()])
    else:
        kinds = [guests.GUESTS[options.guest]]
    origin = common.origin(options, kinds)
    common.check_expression("--tests", options.tests)
    if options.programs:
        common.check_programs(options.programs)
    listed = shard(options)
    folder = options.out.absolute()
    started = record.now()
    with layout.claim(folder):
        columns, setup = run_kinds(kinds, origin, folder, options, listed)
        return show(record.Record(columns, environment(setup, options), started), folder)


def show(found, folder):
    """Prints the table, and keeps it and the reports; returns the exit status."""
    every, columns = documents.all_of(found), found.columns
    lines = tables.wide_table(columns) if len(columns) > 1 else tables.table(every)
    lines += ["", f"results   {folder}", tables.summary(every)]
    text = "".join(f"{line}\n" for line in lines)
    (folder / layout.TABLE).write_text(text, encoding="utf-8")
    record.save(folder, found)
    documents.write(folder, found)
    print(f"\n{text}", end="")
    failed = any(outcome.counts == outcomes.FAILED for outcome in every)
    return common.UNEXPECTED if failed else common.EXPECTED


def environment(setup, options):
    """What the guests ran on."""
    machine = ", ".join(f"{name} {getattr(options, name)}" for name in ("cpus", "gpu", "fill"))
    return {
        "kernel": f"{setup.state}{', debug' if options.debug_kernel else ''}",
        "machine": f"{machine} {options.cmdline}".strip(),
        "QEMU": ", ".join(setup.root.package_version(arch.package) for arch in setup.parts),
        "Mesa": setup.root.package_version("mesa-vulkan-drivers"),
        "ccprime": project.version(),
    }


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


def shard(options):
    """The tests of a shard; None: all."""
    if not options.shard:
        return None
    if options.programs:
        raise Problem("--shard: not allowed with --programs: name some with --tests")
    if qemu.loses_9p(options.tests):
        raise Problem("--shard: not allowed with tests that suspend the guest: name others")
    return shards.take(options.tests, *shards.parse(options.shard))


def run_kinds(kinds, origin, folder, options, listed):
    """(guest's name -> its outcomes, what the guests had)"""
    runs = plan(kinds, folder, options)
    workshop = common.open_workshop(options)

    def work(run, show, setup):
        run.folder.mkdir(parents=True, exist_ok=True)
        if listed:
            text = "".join(f"{test}\n" for test in listed)
            (run.folder / layout.TEST_LIST).write_text(text, encoding="utf-8")
        _, stages = workshop.open(show, run.name)
        return tests.run(setup, run.guest, run.folder, stages, options.tests)

    tasks = [Task(run.name, functools.partial(work, run), (SET_UP,)) for run in runs]
    first = common.set_up(workshop, options, kinds, origin)
    done = common.run_tasks([first, *tasks], options.jobs)
    setup = done[SET_UP].result()
    columns = {}
    for guest in kinds:
        own = [outcomes_of(done[run.name], guest, len(runs)) for run in runs if run.guest == guest]
        columns[guest.name] = outcomes.merge(own) if options.repeat > 1 else own[0]
    return columns, setup


def outcomes_of(done, guest, runs):
    """What a run of several found. One that failed must not hide the others, but one alone is the command's error."""
    if runs == 1 or not done.error:
        return done.result()
    word = "crash" if isinstance(done.error, GuestProblem) else "error"
    return [outcomes.Outcome(f"guest {guest.name}", outcomes.FAILED, word, str(done.error))]

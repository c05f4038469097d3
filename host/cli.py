# SPDX-License-Identifier: MIT
"""The command line."""

import argparse
import contextlib
import errno
import functools
import os
import re
import sys
import tempfile
import termios
import tty
from dataclasses import dataclass
from pathlib import Path

from checks import suite
from kernels import kernel, series, stock
from machine import guests, supervisor
from mutants import run as mutants
from problem import GuestProblem, Problem
from runs import runner
from verdict import folder as results_folder
from verdict import outcomes, tables
from workshop import cache, root, screen, workers
from workshop.workers import Task
from workshop.workshop import Workshop

EXPECTED, UNEXPECTED, UNUSABLE, INTERRUPTED = 0, 1, 2, 130
# The task that others need.
SET_UP = "set up"


class Parser(argparse.ArgumentParser):
    """Wrong use is one line."""

    def error(self, message):
        raise Problem(f"{message}; see {self.prog} --help")


def positive(text):
    """A number of at least one."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


def kernel_choice(text):
    """The word stock, or a path; a file of that name is ./stock."""
    return text if text == stock.WORD else Path(text)


def parser():
    """The options of each command."""
    top = Parser(prog="ccprime", description="Tests of shared dma-bufs in confidential guests.")
    commands = top.add_subparsers(
        dest="command", required=True, metavar="run|demo|test|mutants|shell"
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--verbose", action="store_true", help="show the output of every command")
    many = argparse.ArgumentParser(add_help=False)
    many.add_argument(
        "--jobs",
        type=positive,
        default=workers.default_jobs(),
        metavar="N",
        help="how many guests and builds run side by side (default here: %(default)s)",
    )
    guest = argparse.ArgumentParser(add_help=False)
    guest.add_argument(
        "--cpus",
        type=int,
        choices=range(1, guests.MAX_CPUS + 1),
        default=guests.Variant.cpus,
    )
    guest.add_argument(
        "--strict",
        action=argparse.BooleanOptionalAction,
        help="whether an access in the wrong plane of memory is a failure (default: not in sev)",
    )
    guest.add_argument(
        "--fill",
        choices=guests.FILLS,
        default=guests.Variant.fill,
        help="what a page holds once it was converted (not in sev, which keeps its bytes)",
    )
    guest.add_argument(
        "--gpu",
        choices=guests.GPUS,
        default=guests.Variant.gpu,
        help="virtio-gpu with blob resources, without, with 3D, or with the host's Vulkan",
    )
    source = guest.add_mutually_exclusive_group()
    source.add_argument(
        "--kernel",
        type=kernel_choice,
        metavar=f"BZIMAGE|{stock.WORD}",
        help=f"a kernel of your own; {stock.WORD}: Debian's, as it is packaged, with our heap as a module",
    )
    source.add_argument(
        "--kernel-source",
        type=Path,
        metavar="DIR",
        help="a kernel tree to build; it is not changed",
    )
    source.add_argument(
        "--patches",
        nargs="?",
        choices=series.bases(),
        const=kernel.BASE,
        metavar="BASE",
        help=f"Debian's kernel with our patches of kernel-patches/BASE (default: {kernel.BASE})",
    )
    guest.add_argument(
        "--debug-kernel",
        action="store_true",
        help="a kernel that checks itself (KASAN, lockdep, ...); what it reports is a failure",
    )
    run = commands.add_parser("run", parents=[common, many, guest], help="run the tests in a guest")
    run.add_argument("--guest", choices=(*guests.GUESTS, guests.ALL), default=guests.DEFAULT)
    run.add_argument("--tests", default="", metavar="REGEX", help="only tests that match")
    run.add_argument(
        "--repeat",
        type=positive,
        default=1,
        metavar="N",
        help="run them in N guests; a result that differs is a failure",
    )
    run.add_argument("--out", type=Path, default=Path("results"), metavar="DIR")
    demo = commands.add_parser("demo", parents=[common, guest], help="Vulkan on shared memory")
    demo.add_argument("--guest", choices=guests.GUESTS, default=guests.DEFAULT)
    demo.add_argument("--out", type=Path, default=Path("results"), metavar="DIR")
    add_test(commands, [common, many])
    broken = commands.add_parser("mutants", parents=[common, many], help="what the tests notice")
    broken.add_argument("--only", default="", metavar="REGEX", help="only mutants that match")
    broken.add_argument("--out", type=Path, default=Path("results"), metavar="DIR")
    shell = commands.add_parser("shell", parents=[common, guest], help="a shell in a guest")
    shell.add_argument("--guest", choices=guests.GUESTS, default=guests.DEFAULT)
    return top


def add_test(commands, parents):
    """The options of `test`."""
    test = commands.add_parser("test", parents=parents, help="the project's own checks")
    which = test.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true", help="every check, beside those that CI runs")
    which.add_argument(
        "--quick",
        action="store_true",
        help="only checks that need no guest and no kernel",
    )
    which.add_argument("--only", metavar="REGEX", help="only checks whose name matches, of all")
    test.add_argument("--list", action="store_true", help="list the checks instead of running them")


def check_kernel(options):
    """Looks at what names a kernel, before anything takes time."""
    if options.kernel and options.debug_kernel:
        raise Problem(
            "--debug-kernel: not allowed with --kernel, which is built already; "
            "name its tree with --kernel-source"
        )
    if options.kernel and options.kernel != stock.WORD:
        kernel.check_image(options.kernel)
    if options.kernel_source:
        kernel.check_source(options.kernel_source)


def check_expression(option, pattern):
    """Looks at an option that is a regular expression."""
    try:
        re.compile(pattern)
    except re.error as error:
        raise Problem(f"{option}: {pattern!r} is no regular expression: {error}") from error


def open_workshop(options):
    """The user's cache. Asks for a password now, if one is needed, and not among what tasks say."""
    workshop = Workshop(cache.default_path(os.environ), options.verbose)
    root.ask_password(workshop.path)
    return workshop


def set_up(workshop, options, kinds):
    """The task that builds what these kinds of guests need, as the options want it."""
    is_stock = options.kernel == stock.WORD
    image = None if is_stock else options.kernel
    chosen = runner.Choice(image, options.kernel_source, options.patches, is_stock)
    flavour = guests.DEBUG if options.debug_kernel else guests.PLAIN
    variant = guests.Variant(options.cpus, options.strict, options.fill, options.gpu, flavour)

    def work(show):
        return runner.set_up(*workshop.open(show), kinds, variant, chosen)

    return Task(SET_UP, work)


def run_tasks(tasks, jobs):
    """Runs tasks, shows their stages; returns name -> Done."""
    return workers.run(tasks, jobs, screen.Stream([task.name for task in tasks]))


def command_run(options):
    """Builds, boots, tests, shows."""
    check_kernel(options)
    check_expression("--tests", options.tests)
    folder = options.out.absolute()
    results_folder.prepare(folder)
    kinds = [*guests.GUESTS.values()]
    if options.guest != guests.ALL:
        kinds = [guests.GUESTS[options.guest]]
    columns = run_kinds(kinds, folder, options)
    found = [outcome for column in columns.values() for outcome in column]
    print()
    print("\n".join(tables.wide_table(columns) if len(columns) > 1 else tables.table(found)))
    print(f"\nresults   {folder}")
    print(tables.summary(found))
    failed = any(outcome.counts == outcomes.FAILED for outcome in found)
    return UNEXPECTED if failed else EXPECTED


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


def plan_runs(kinds, folder, options):
    """One run a kind and repetition; each in a folder of its own, where there are several."""
    runs = []
    for guest in kinds:
        own = folder / guest.name if options.guest == guests.ALL else folder
        for number in range(1, options.repeat + 1):
            runs.append(Run(guest, own / str(number) if options.repeat > 1 else own, number))
    return runs


def run_kinds(kinds, folder, options):
    """Guest's name -> its outcomes."""
    runs = plan_runs(kinds, folder, options)
    workshop = open_workshop(options)

    def work(run, show, setup):
        run.folder.mkdir(parents=True, exist_ok=True)
        _, stages = workshop.open(show, run.name)
        return runner.run_tests(setup, run.guest, run.folder, stages, options.tests)

    tasks = [Task(run.name, functools.partial(work, run), (SET_UP,)) for run in runs]
    done = run_tasks([set_up(workshop, options, kinds), *tasks], options.jobs)
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


def command_demo(options):
    """Vulkan computes and draws in a guest's shared memory; shows what came out and where the picture is."""
    check_kernel(options)
    folder = options.out.absolute()
    results_folder.prepare(folder)
    workshop = open_workshop(options)
    guest = guests.GUESTS[options.guest]

    def work(show, setup):
        _, stages = workshop.open(show)
        return runner.run_demo(setup, guest, folder, stages)

    tasks = [set_up(workshop, options, [guest]), Task("demo", work, (SET_UP,))]
    done = run_tasks(tasks, 1)
    done[SET_UP].result()
    outcome, said = done["demo"].result()
    print(f"\n{said}")
    if (folder / runner.DEMO_PICTURE).is_file():
        print(f"picture   {folder / runner.DEMO_PICTURE}")
    print(tables.summary([outcome]))
    return UNEXPECTED if outcome.counts == outcomes.FAILED else EXPECTED


def command_shell(options):
    """A shell on the guest's console."""
    check_kernel(options)
    guest = guests.GUESTS[options.guest]
    setup = run_tasks([set_up(open_workshop(options), options, [guest])], 1)[SET_UP].result()
    with tempfile.TemporaryDirectory(prefix="ccprime-") as folder:
        job = setup.job(guest, Path(folder), "shell")
        print("shell     ends with exit, or at once with Ctrl-]", flush=True)
        with (
            raw_terminal(sys.stdin),
            supervisor.Supervisor(setup.root, job, supervisor.INTERACTIVE, sys.stdin) as running,
        ):
            running.finish()
    return EXPECTED


def command_test(options):
    """The project's own checks."""
    check_expression("--only", options.only or "")
    chosen = suite.choose(whole=options.all, quick=options.quick, only=options.only)
    if options.list:
        print("\n".join(suite.listing(chosen)))
        return EXPECTED
    # Whoever names checks wants them run.
    whole = options.all or options.only is not None
    total = suite.run(open_workshop(options), chosen, options.jobs, whole)
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped")
    return UNEXPECTED if total.failed else EXPECTED


def command_mutants(options):
    """Breaks the heap, the kernel and our own code, and shows which tests notice."""
    check_expression("--only", options.only)
    mutants.check_chosen(options.only)
    folder = options.out.absolute()
    results_folder.prepare(folder)
    tasks = mutants.tasks(open_workshop(options), folder, options.only)
    done = run_tasks(tasks, options.jobs)
    if mutants.PREPARED in done:
        done[mutants.PREPARED].result()
    passed, failed = mutants.report(done, folder)
    print(f"\nresults   {folder}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return UNEXPECTED if failed else EXPECTED


@contextlib.contextmanager
def raw_terminal(stdin):
    """Every key goes to the guest, where stdin is a terminal."""
    if not stdin.isatty():
        yield
        return
    saved = termios.tcgetattr(stdin)
    tty.setraw(stdin)
    try:
        yield
    finally:
        termios.tcsetattr(stdin, termios.TCSADRAIN, saved)


COMMANDS = {
    "run": command_run,
    "demo": command_demo,
    "test": command_test,
    "mutants": command_mutants,
    "shell": command_shell,
}


def main(argv):
    """Runs a command; returns the exit status."""
    workers.handle_signals()
    try:
        options = parser().parse_args(argv)
        return COMMANDS[options.command](options)
    except (Problem, GuestProblem) as error:
        print(f"ccprime: {error}", file=sys.stderr)
        return UNUSABLE
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        where = error.filename or cache.default_path(os.environ)
        hint = "make room, or set CCPRIME_CACHE to a folder on a larger disk"
        print(f"ccprime: {where}: the disk is full: {hint}", file=sys.stderr)
        return UNUSABLE
    except KeyboardInterrupt:
        print("ccprime: interrupted", file=sys.stderr)
        return INTERRUPTED

# SPDX-License-Identifier: MIT
"""`ccprime patches`: which of our patches apply to another kernel tree, and which need work."""

import functools
import subprocess
import tempfile
from pathlib import Path

from arches import NATIVE
from commands import options as common
from kernels import bases, onto, series
from kernels.builder import Builder
from problem import Failure
from workshop import root
from workshop.workers import Task

HELP = "which kernel patches apply to another tree"
# The task that the rest needs, and the end of each that is no work.
SOURCE = "source"
FINE = {onto.APPLIES: "", onto.MERGED: "by a three-way merge", onto.THERE: "in the tree already"}


def add_options(parser):
    """This command's own."""
    common.add_common(parser)
    parser.add_argument(
        "--onto", type=Path, required=True, metavar="TREE", help="a kernel tree; it is not changed"
    )
    parser.add_argument(
        "--base",
        choices=series.bases(),
        default=bases.DEFAULT,
        help="the patches of kernel-patches/BASE (default: %(default)s)",
    )


def prepare(workshop, base, show):
    """(build root, the source that a series was made for)."""
    store, stages = workshop.open(show)
    made = root.ensure(store, stages)
    return made, Builder(store, stages, made, NATIVE, base).source()


def run(made, command, read, write):
    """Runs a command in the repository; returns what it said, or raises Failure with it."""
    argv = made.argv(command, cwd=onto.REPOSITORY, read=read, write=write, environ=onto.IDENTITY)
    done = subprocess.run(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise Failure(done.stdout)
    return done.stdout


def main(options):
    """Tries each patch on a copy of the files that it touches."""
    tree = options.onto.absolute()
    onto.check_tree(tree)
    work = functools.partial(prepare, common.open_workshop(options), options.base)
    made, source = common.run_tasks([Task(SOURCE, work)], 1)[SOURCE].result()
    groups = series.groups(options.base)
    ends = []
    with tempfile.TemporaryDirectory(prefix="ccprime-") as folder:
        git = functools.partial(run, made)
        for name, end in onto.apply(git, Path(folder), groups, source, tree):
            if not ends or ends[-1][0] != name:
                print(f"\nseries {name}")
            ends.append((name, end))
            more = FINE.get(end.word) or ", ".join(end.where)
            print(f"  {end.word:<11} {end.patch.name}{f'  ({more})' if more else ''}", flush=True)
    failed = sum(end.word == onto.CONFLICT for _, end in ends)
    there = sum(end.word == onto.THERE for _, end in ends)
    print(f"\n{len(ends) - failed - there} passed, {failed} failed, {there} skipped")
    return common.UNEXPECTED if failed else common.EXPECTED

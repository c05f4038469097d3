# SPDX-License-Identifier: MIT
"""`ccprime bisect`: the commit of a kernel tree with which tests began to fail."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from commands import options as common
from problem import Problem
from project import HOST
from runs import bisection
from verdict import igt, layout
from workshop import cache
from workshop.git import Git

HELP = "finds the commit of a kernel tree with which tests began to fail"


def add_options(parser):
    """This command's own."""
    common.add_guest(parser)
    parser.add_argument("--tests", required=True, metavar="REGEX", help="tests that have to pass")
    parser.add_argument(
        "--kernel-source", type=Path, required=True, metavar="DIR", help="a kernel's git repository"
    )
    parser.add_argument(
        "commits",
        nargs="*",
        metavar="GOOD BAD",
        help="a commit where they pass and a later one where one fails; without: the tree as it is is judged, "
        "and the exit status is what `git bisect run` wants",
    )


def main(options):
    """Searches, or judges one tree."""
    common.check_expression("--tests", options.tests)
    if not options.commits:
        word = judge(options, options.kernel_source)
        print(word)
        return bisection.STATUS[word]
    if len(options.commits) != 2:
        raise Problem("bisect: name two commits, GOOD and BAD")
    git = Git(options.kernel_source.absolute())
    good, bad = map(git.commit, options.commits)
    folder = cache.default_path(os.environ) / f"bisect-{cache.digest(git.folder)}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with git.worktree(folder, good):
        search = bisection.Bisection(git, folder, lambda: judge(options, folder), print)
        found = search.run(good, bad)
    print(f"\n{git.say('show', '--stat', '--format=%H%n%an, %ad%n%n    %s', found).strip()}")
    return common.EXPECTED


def judge(options, tree):
    """What the tests say of a tree. One that cannot be built or does not boot is skipped."""
    with tempfile.TemporaryDirectory(prefix="ccprime-bisect-") as name:
        out = Path(name) / "results"
        command = [sys.executable, "-I", "-B", HOST, "run", "--guest", options.guest]
        command += ["--tests", options.tests, "--kernel-source", tree, "--out", out]
        status = subprocess.run(command, check=False).returncode
        if status not in (common.EXPECTED, common.UNEXPECTED):
            return bisection.SKIP
        _, tests = igt.load(out / layout.RESULTS)
        words = [str(record.get("result")) for record in igt.fold(tests).values()]
    return bisection.verdict(words)

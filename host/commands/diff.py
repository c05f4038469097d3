# SPDX-License-Identifier: MIT
"""`ccprime diff`: what changed from one results folder to another."""

from pathlib import Path

from commands import options as common
from problem import Problem
from verdict import changes

HELP = "what changed from one results folder to another"


def add_options(parser):
    """This command's own."""
    parser.add_argument("old", type=Path, metavar="OLD", help="a folder that --out named")
    parser.add_argument("new", type=Path, metavar="NEW", help="a later one")


def main(options):
    """Shows each change and their sums; the exit status says whether the newer one is worse."""
    for folder in (options.old, options.new):
        if not folder.is_dir():
            raise Problem(f"diff: {folder} is no folder: name one that --out named")
    found = changes.compare(changes.load(options.old), changes.load(options.new))
    names = [f"{change.guest}: {change.name}".removeprefix(": ") for change in found]
    width = max(map(len, names), default=0)
    for change, name in zip(found, names, strict=True):
        print(f"{change.kind:<11}  {name:<{width}}  {change.old} -> {change.new}")
    kinds = [change.kind for change in found]
    sums = ", ".join(f"{kinds.count(kind)} {kind}" for kind in changes.KINDS if kind in kinds)
    print(sums or "no test has another result")
    worse = any(kind in changes.WORSE for kind in kinds)
    return common.UNEXPECTED if worse else common.EXPECTED

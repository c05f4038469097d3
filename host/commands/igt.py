# SPDX-License-Identifier: MIT
"""`ccprime igt`: our tests as patches for a checkout of igt-gpu-tools."""

import os
from pathlib import Path

from commands import options as common
from problem import Problem
from runs import igt_tree
from workshop import cache
from workshop.git import Git

HELP = "makes patches that put the tests into igt-gpu-tools"


def add_options(parser):
    """This command's own."""
    parser.add_argument("tree", type=Path, metavar="DIR", help="a git checkout of igt-gpu-tools")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("igt-patches"),
        metavar="DIR",
        help="the folder for the patches (default: %(default)s)",
    )


def main(options):
    """Writes the patches, for the commit that is checked out; the checkout is left as it is."""
    tree, out = options.tree.absolute(), options.out.absolute()
    igt_tree.check(tree)
    git = Git(tree)
    commit = git.commit("HEAD")
    if out.is_dir() and any(out.iterdir()):
        raise Problem(f"--out: {out} is not empty: name another folder")
    folder = cache.default_path(os.environ) / f"igt-{cache.digest(tree)}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with git.worktree(folder, commit):
        for path in igt_tree.make(git, folder, out):
            print(f"patch     {path}")
    print(f"\ngit -C {tree} am {out}/*.patch")
    return common.EXPECTED

# SPDX-License-Identifier: MIT
"""`ccprime package`: Debian packages of tests, library and heap, for confidential guests on hardware."""

import tempfile
from pathlib import Path

import project
from commands import options as common
from problem import Problem
from workshop import build, debian, root
from workshop.workers import Task

HELP = "makes Debian packages of tests, library and heap"


def add_options(parser):
    """This command's own."""
    common.add_common(parser)
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("packages"),
        metavar="DIR",
        help="the folder for the packages (default: %(default)s)",
    )


def main(options):
    """Builds, packs, says where they are."""
    out = options.out.absolute()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"--out: cannot make {out}: {error.strerror}: name another folder") from error
    workshop = common.open_workshop(options)

    def work(show):
        store, stages = workshop.open(show)
        base = root.ensure(store, stages)
        folder = build.build(store, stages, base)
        with (
            stages.stage("package", "packing"),
            tempfile.TemporaryDirectory(prefix="ccprime-package-") as name,
        ):
            return debian.make(base, stages, folder, project.release(), Path(name), out)

    done = common.run_tasks([Task("packages", work)], 1)
    for path in done["packages"].result():
        print(f"package   {path}")
    return common.EXPECTED

# SPDX-License-Identifier: MIT
"""`ccprime expectations`: what is expected of tests on one machine."""

from pathlib import Path

import project
from commands import options as common
from kernels import bases
from machine import guests
from verdict import drmci, expectations

HELP = "what is expected not to pass, and why"
STATES = ("unpatched", "patched", common.STOCK)


def add_options(parser):
    """This command's own."""
    guest = parser.add_mutually_exclusive_group()
    common.add_guest(guest)
    guest.add_argument(
        "--drm-ci",
        choices=guests.GUESTS,
        metavar="GUEST",
        help="write what is expected in such a guest as lists for drm-ci's igt-runner: "
        "ccprime-GUEST-fails.txt, -skips.txt, -flakes.txt",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="where those lists go (default: the current folder)",
    )
    common.add_accept(parser)
    common.add_gpu(parser)
    parser.add_argument(
        "--kernel",
        choices=bases.BASES,
        default=bases.DEFAULT,
        help="the kernel's base version (default: %(default)s)",
    )
    parser.add_argument(
        "--state",
        choices=STATES,
        default=STATES[0],
        help="what the kernel has of kernel-patches; stock: Debian's package "
        "(default: %(default)s)",
    )


def main(options):
    """Lists the rows that count, or writes them as drm-ci has them."""
    guest = guests.GUESTS[options.drm_ci or options.guest]
    machine = expectations.Machine(
        guest.name,
        options.gpu,
        options.kernel,
        options.state,
        guest.arch.name,
        options.accept,
    )
    if options.drm_ci:
        options.out.mkdir(parents=True, exist_ok=True)
        for path in drmci.write(options.out, machine, project.tests(), project.only_by_name()):
            print(path)
        return common.EXPECTED
    rows = expectations.load(machine).rows
    words = max(len(row.word) for row in rows)
    width = max(len(row.what) for row in rows)
    for row in rows:
        print(f"{row.word:<{words}}  {row.what:<{width}}  {row.why}")
    return common.EXPECTED

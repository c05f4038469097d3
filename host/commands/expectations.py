# SPDX-License-Identifier: MIT
"""`ccprime expectations`: what is expected of tests on one machine."""

from commands import options as common
from kernels import bases
from machine import guests
from verdict import expectations

HELP = "what is expected not to pass, and why"
STATES = ("unpatched", "patched", common.STOCK)


def add_options(parser):
    """This command's own."""
    common.add_guest(parser)
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
    """Lists the rows that count."""
    guest = guests.GUESTS[options.guest]
    machine = expectations.Machine(
        guest.name, options.gpu, options.kernel, options.state, guest.arch.name
    )
    rows = expectations.load(machine).rows
    words = max(len(row.word) for row in rows)
    width = max(len(row.what) for row in rows)
    for row in rows:
        print(f"{row.word:<{words}}  {row.what:<{width}}  {row.why}")
    return common.EXPECTED

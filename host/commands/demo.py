# SPDX-License-Identifier: MIT
"""`ccprime demo`: Vulkan computes and draws in a guest's shared memory."""

from commands import options as common
from machine import guests
from runs import demo
from verdict import layout, outcomes, tables

HELP = "Vulkan on shared memory: a picture from a guest"


def add_options(parser):
    """This command's own."""
    common.add_common(parser)
    common.add_guest(parser)
    common.add_variant(parser)
    common.add_out(parser)


def main(options):
    """Shows what came out and where the picture is."""
    guest = guests.GUESTS[options.guest]
    origin = common.origin(options, [guest])
    folder = options.out.absolute()
    with layout.claim(folder):
        _, (outcome, said) = common.run_in_guest(
            options,
            guest,
            origin,
            "demo",
            lambda setup, stages: demo.run(setup, guest, folder, stages),
        )
    print(f"\n{said}")
    if (folder / demo.PICTURE).is_file():
        print(f"picture   {folder / demo.PICTURE}")
    print(tables.summary([outcome]))
    return common.UNEXPECTED if outcome.counts == outcomes.FAILED else common.EXPECTED

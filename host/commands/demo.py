# SPDX-License-Identifier: MIT
"""`ccprime demo`: Vulkan computes and draws in a guest's shared memory."""

from commands import options as common
from commands.options import SET_UP
from machine import guests
from runs import demo
from verdict import layout, outcomes, tables
from workshop.workers import Task

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
        outcome, said = run(guest, origin, folder, options)
    print(f"\n{said}")
    if (folder / demo.PICTURE).is_file():
        print(f"picture   {folder / demo.PICTURE}")
    print(tables.summary([outcome]))
    return common.UNEXPECTED if outcome.counts == outcomes.FAILED else common.EXPECTED


def run(guest, origin, folder, options):
    """The demo's outcome, and what it said."""
    workshop = common.open_workshop(options)

    def work(show, setup):
        _, stages = workshop.open(show)
        return demo.run(setup, guest, folder, stages)

    first = common.set_up(workshop, options, [guest], origin)
    done = common.run_tasks([first, Task("demo", work, (SET_UP,))], 1)
    done[SET_UP].result()
    return done["demo"].result()

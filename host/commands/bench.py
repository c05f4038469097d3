# SPDX-License-Identifier: MIT
"""`ccprime bench`: what shared memory costs beside private memory, in one guest."""

import json

from commands import options as common
from commands.run import environment
from machine import guests
from runs import bench
from verdict import layout

HELP = "what shared memory costs beside private memory"


def add_options(parser):
    """This command's own."""
    common.add_common(parser)
    common.add_guest(parser)
    common.add_variant(parser)
    common.add_out(parser)


def main(options):
    """Measures, shows the table, and keeps it for programs and as a picture."""
    guest = guests.GUESTS[options.guest]
    origin = common.origin(options, [guest])
    folder = options.out.absolute()
    with layout.claim(folder):
        setup, (rows, counts) = common.run_in_guest(
            options,
            guest,
            origin,
            "bench",
            lambda setup, stages: bench.run(setup, guest, folder, stages),
        )
        found = bench.data(rows, counts, environment(setup, options))
        (folder / bench.DATA).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        (folder / bench.CHART).write_text(bench.chart(rows), encoding="utf-8")
    lines = [*bench.table(rows, counts), "", bench.LIMITS, "", f"results   {folder}"]
    print("\n" + "\n".join(lines))
    return common.EXPECTED

# SPDX-License-Identifier: MIT
"""`ccprime shell`: a shell on a guest's console."""

import contextlib
import sys
import tempfile
import termios
import tty
from pathlib import Path

from commands import options as common
from commands.options import SET_UP
from machine import guests, supervisor

HELP = "a shell in a guest"


def add_options(parser):
    """This command's own."""
    common.add_common(parser)
    common.add_guest(parser)
    common.add_variant(parser)


def main(options):
    """Boots, and hands the terminal to the guest."""
    guest = guests.GUESTS[options.guest]
    origin = common.origin(options, [guest])
    first = common.set_up(common.open_workshop(options), options, [guest], origin)
    setup = common.run_tasks([first], 1)[SET_UP].result()
    with tempfile.TemporaryDirectory(prefix="ccprime-") as folder:
        job = setup.job(guest, Path(folder), "shell")
        print("shell     ends with exit, or at once with Ctrl-]", flush=True)
        with (
            raw_terminal(sys.stdin),
            supervisor.Supervisor(setup.root, job, supervisor.INTERACTIVE, sys.stdin) as running,
        ):
            running.finish()
    return common.EXPECTED


@contextlib.contextmanager
def raw_terminal(stdin):
    """Every key goes to the guest, where stdin is a terminal."""
    if not stdin.isatty():
        yield
        return
    saved = termios.tcgetattr(stdin)
    tty.setraw(stdin)
    try:
        yield
    finally:
        termios.tcsetattr(stdin, termios.TCSADRAIN, saved)

# SPDX-License-Identifier: MIT
"""The command line."""

import argparse
import errno
import os
import sys

from commands.options import INTERRUPTED, UNUSABLE
from commands.table import COMMANDS
from problem import GuestProblem, Problem
from workshop import cache, workers


class Parser(argparse.ArgumentParser):
    """Wrong use is one line."""

    def error(self, message):
        raise Problem(f"{message}; see {self.prog} --help")


def parser():
    """The options of each command."""
    top = Parser(prog="ccprime", description="Tests of shared dma-bufs in confidential guests.")
    commands = top.add_subparsers(dest="command", required=True, metavar="|".join(COMMANDS))
    for name, command in COMMANDS.items():
        command.add_options(commands.add_parser(name, help=command.HELP))
    return top


def main(argv):
    """Runs a command; returns the exit status."""
    workers.handle_signals()
    try:
        options = parser().parse_args(argv)
        return COMMANDS[options.command].main(options)
    except (Problem, GuestProblem) as error:
        print(f"ccprime: {error}", file=sys.stderr)
        return UNUSABLE
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        where = error.filename or cache.default_path(os.environ)
        hint = (
            "make room (./ccprime cache --prune), or set CCPRIME_CACHE to a folder on a larger disk"
        )
        print(f"ccprime: {where}: the disk is full: {hint}", file=sys.stderr)
        return UNUSABLE
    except KeyboardInterrupt:
        print("ccprime: interrupted", file=sys.stderr)
        return INTERRUPTED

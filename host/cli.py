# SPDX-License-Identifier: MIT
"""The command line."""

import argparse
import errno
import os
import signal
import sys

import project
from commands.options import INTERRUPTED, UNUSABLE
from commands.table import COMMANDS
from problem import GuestProblem, Problem
from workshop import workers

# As a shell has it where SIGPIPE ends a command.
PIPE_CLOSED = 128 + signal.SIGPIPE

ROOM = "make room (./ccprime cache --prune), or set CCPRIME_CACHE to a folder on a larger disk"
OWN = "set CCPRIME_CACHE, or --out, to a folder that you can write to"
SHORT = "set CCPRIME_CACHE, or --out, to a shorter path without links"
# What may be wrong with the folder of the cache, or that of results: errno -> what to do.
FAULTS = {
    errno.ENOSPC: ROOM,
    errno.EDQUOT: ROOM,
    errno.EACCES: OWN,
    errno.EPERM: OWN,
    errno.EROFS: OWN,
    errno.ENOTDIR: OWN,
    errno.EISDIR: OWN,
    errno.ENAMETOOLONG: SHORT,
    errno.ELOOP: SHORT,
}


class Parser(argparse.ArgumentParser):
    """Wrong use is one line."""

    def error(self, message):
        raise Problem(f"{message}; see {self.prog} --help")


def parser():
    """The options of each command."""
    top = Parser(prog="ccprime", description="Tests of shared dma-bufs in confidential guests.")
    top.add_argument("--version", action="version", version=f"ccprime {project.version()}")
    commands = top.add_subparsers(dest="command", required=True, metavar="|".join(COMMANDS))
    for name, command in COMMANDS.items():
        command.add_options(commands.add_parser(name, help=command.HELP))
    return top


def main(argv):
    """Runs a command; returns the exit status."""
    workers.handle_signals()
    try:
        options = parser().parse_args(argv)
        status = COMMANDS[options.command].main(options)
        # A full disk, or a reader that has gone, shows here and not at Python's end.
        sys.stdout.flush()
        return status
    except (Problem, GuestProblem) as error:
        return say(error, UNUSABLE)
    except BrokenPipeError:
        drop_output()
        return say("standard output was closed: the rest is not shown", PIPE_CLOSED)
    except OSError as error:
        if error.errno not in FAULTS:
            raise
        drop_output()
        where = error.filename or "output"
        return say(f"{where}: {error.strerror}: {FAULTS[error.errno]}", UNUSABLE)
    except KeyboardInterrupt:
        return say("interrupted", INTERRUPTED)


def drop_output():
    """Nobody gets what Python would still write at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(what, status):
    """One line on standard error; returns the exit status."""
    print(f"ccprime: {what}", file=sys.stderr)
    return status

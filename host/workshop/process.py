# SPDX-License-Identifier: MIT
"""Child processes that leave nothing behind."""

import contextlib
import os
import select
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

# Seconds that processes get to end by themselves, and to be gone once they were killed.
TERM_WAIT = 2
KILL_WAIT = 10


@dataclass(frozen=True)
class Stat:
    """A process, by its stat (Documentation/filesystems/proc.rst, table 1-4). ticks: of processor time."""

    pid: int
    state: str
    group: int
    session: int
    ticks: int


def stats():
    """All processes of this machine."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name may have blanks and brackets.
            fields = path.read_bytes().rpartition(b")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        user, system = int(fields[11]), int(fields[12])
        state = fields[0].decode()
        yield Stat(int(path.parent.name), state, int(fields[2]), int(fields[3]), user + system)


class Process:
    """
    A command in a process group of its own, so that Ctrl-C reaches only us. Every process below it holds the output
    pipe: its end of file says that all of them are gone.
    """

    def __init__(self, argv, **options):
        # Dies with us, even where we get no chance to clean up.
        argv = ["setpriv", "--pdeathsig", "KILL", *map(str, argv)]
        self.popen = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
            **options,
        )
        self.output = self.popen.stdout

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def kill(self):
        """Ends all of it; harmless where it has ended already."""
        for number, seconds in ((signal.SIGTERM, TERM_WAIT), (signal.SIGKILL, KILL_WAIT)):
            if self.output.closed:
                break
            self.signal(number)
            self._drain(time.monotonic() + seconds)
        self.popen.wait()

    def signal(self, number):
        """Sends a signal to the whole group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.popen.pid, number)

    def cpu_seconds(self):
        """Processor time that all of the group has taken."""
        ticks = [stat.ticks for stat in stats() if stat.group == self.popen.pid]
        return sum(ticks) / os.sysconf("SC_CLK_TCK")

    def _drain(self, deadline):
        while (left := deadline - time.monotonic()) > 0:
            readable, _, _ = select.select([self.output], [], [], left)
            if readable and not os.read(self.output.fileno(), 65536):
                self.output.close()
                return

    def wait(self):
        """The exit status, once the output has ended."""
        self.output.close()
        return self.popen.wait()

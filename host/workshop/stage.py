# SPDX-License-Identifier: MIT
"""Stages: what takes long says what it is doing and how long it took; commands' output goes to a log."""

import contextlib
import re
import shlex
import signal
import threading
import time
from pathlib import Path

from problem import Problem
from workshop.process import Process

TAIL_LINES = 8
# Seconds; no build or download takes as long.
COMMAND_LIMIT = 2 * 3600

# What a failed command's output tells, and what to do about it. The first match counts.
KNOWN_FAILURES = (
    (
        r"No space left on device|ENOSPC",
        "the disk is full: make room (./ccprime cache --prune), or set CCPRIME_CACHE",
    ),
    (
        r"[Tt]emporary failure resolving|Could not (resolve|connect)|Unable to connect|Cannot initiate",
        "no network: the Debian mirror cannot be reached; check the network or apt's sources",
    ),
    (
        r"unshare failed: Operation not permitted|newuidmap|unprivileged_userns_clone",
        "this user may not make namespaces: run as root, or install uidmap and allow user namespaces",
    ),
    (r"source tree is not clean", "the source tree is not clean: run make mrproper in it"),
)


def advice(text):
    """What to do about a failed command with this output, or None."""
    return next((hint for pattern, hint in KNOWN_FAILURES if re.search(pattern, text)), None)


class Stages:
    """Tells of stages and runs their commands. show takes events (see screen.py)."""

    def __init__(self, log_dir, show, verbose=False):
        self.log_dir = log_dir
        self.show = show
        self.verbose = verbose
        # What the stage does, for whoever waits for it.
        self.text = ""
        log_dir.mkdir(parents=True, exist_ok=True)

    def note(self, name, text):
        """A stage that takes no time."""
        self.show("line", f"{name:<9} {text}")

    def progress(self, text):
        """How far the stage is."""
        self.show("progress", text)

    @contextlib.contextmanager
    def stage(self, name, text):
        """`name text ... 12.3 s` around a block."""
        start = time.monotonic()
        self.text = text
        self.log(name).unlink(missing_ok=True)
        self.show("begin", name, text)
        try:
            yield
        except BaseException:
            self.show("end", "failed")
            raise
        self.show("end", f"{time.monotonic() - start:.1f} s")

    def run(self, name, argv, **options):
        """Runs a command to its end, output into the stage's log; raises Problem where it fails."""
        if self.status(name, argv, **options) == 0:
            return
        log = self.log(name)
        lines = log.read_text(errors="replace").splitlines()
        for line in lines[-TAIL_LINES:]:
            self.show("error", f"  {line}")
        hint = advice("\n".join(lines)) or f"see {log}"
        raise Problem(f"{name}: {Path(argv[0]).name} failed: {hint}")

    def status(self, name, argv, meter=None, **options):
        """
        As run(), but returns the exit status. meter: gets each line of output (bytes), returns how far the command is,
        or None.
        """
        with open(self.log(name), "ab") as log, Process(argv, **options) as process:
            log.write(f"$ {shlex.join(map(str, argv))}\n".encode())
            late = threading.Event()

            def stop():
                late.set()
                process.signal(signal.SIGKILL)

            watchdog = threading.Timer(COMMAND_LIMIT, stop)
            watchdog.start()
            try:
                for line in process.output:
                    log.write(line)
                    if self.verbose:
                        self.show("line", line.decode(errors="replace").rstrip("\n"))
                    if meter and (far := meter(line)):
                        self.progress(far)
                status = process.wait()
            finally:
                watchdog.cancel()
        if late.is_set():
            limit = round(COMMAND_LIMIT / 60)
            raise Problem(
                f"{name}: {self.text}: not done after {limit} minutes; see {self.log(name)}"
            )
        return status

    def log(self, name):
        """Where the output of a stage's commands goes."""
        return self.log_dir / f"{name}.log"

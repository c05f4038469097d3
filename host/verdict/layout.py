# SPDX-License-Identifier: MIT
"""The results folder: what is where in it."""

import contextlib
import itertools
import shutil

from problem import Problem
from workshop.cache import try_lock

MARKER = ".ccprime-results"
# Which tests a guest runs, for igt_runner's --test-list; without: what its command line says.
TEST_LIST = "test-list.txt"
# What igt_runner writes: a folder a test, numbered from 0 on.
IGT = "igt"
# igt_results' file.
RESULTS = "results.json"
# The table that the command has shown.
TABLE = "table.txt"
# The same for CI systems.
JUNIT = "junit.xml"
# The same for the kernel's tools, and for KernelCI's database.
KTAP = "report.ktap"
KCIDB = "kcidb.json"
# What all of them are made of.
RECORD = "run.json"
# The same for people, with what tests and kernels said.
PAGE = "report.html"
# Pictures that tests took of the guest's screen.
CAPTURES = "captures"
# What a coverage kernel has counted: a folder of .gcda files, of each guest.
COUNTS = "counts"
# What the guest's console, its monitor, QEMU and the X server for its window said.
GUEST_LOG = "guest.log"
MONITOR_LOG = "monitor.log"
QEMU_LOG = "qemu.log"
DISPLAY_LOG = "display.log"
# Those of a guest, which the next one in the folder begins anew.
GUESTS_LOGS = (GUEST_LOG, MONITOR_LOG, QEMU_LOG, DISPLAY_LOG)


@contextlib.contextmanager
def claim(path):
    """An empty results folder that no other ccprime uses while the block runs."""
    with written(path):
        check_ours(path)
        path.mkdir(parents=True, exist_ok=True)
        marker = open(path / MARKER, "a", encoding="ascii")
    with marker:
        if not try_lock(marker):
            raise Problem(f"--out: another ccprime writes to {path}: name another folder, or wait")
        prepare(path)
        yield


def aside(name, number):
    """What the log of the guest of this number, from 1 on, is called once another guest has been started."""
    stem, _, suffix = name.rpartition(".")
    return f"{stem}-{number}.{suffix}"


def put_aside(path, number):
    """Keeps the logs of the guest of this number."""
    for name in GUESTS_LOGS:
        if (path / name).is_file():
            (path / name).replace(path / aside(name, number))


def logs(path, name):
    """The files of a log, of all guests that were in this folder, in their order. A guest may have made links there."""
    for number in itertools.count(1):
        earlier = path / aside(name, number)
        if earlier.is_symlink() or not earlier.is_file():
            break
        yield earlier
    yield path / name


def prepare(path):
    """Makes an empty results folder; empties an older one of ours, and nothing else."""
    with written(path):
        check_ours(path)
        path.mkdir(parents=True, exist_ok=True)
        (path / MARKER).touch()
        for item in path.iterdir():
            if item.name == MARKER:
                continue
            if item.is_dir() and not item.is_symlink():
                shutil.rmtree(item)
            else:
                item.unlink()


def check_ours(path):
    """Raises Problem where a folder has files of somebody else."""
    if path.exists() and not path.is_dir():
        raise Problem(f"--out: {path} is not a folder: name another one")
    if path.is_dir() and any(path.iterdir()) and not (path / MARKER).is_file():
        raise Problem(f"--out: {path} has files that are not ours: name another folder")


@contextlib.contextmanager
def written(path):
    """An OSError in the block is one line about the results folder."""
    try:
        yield
    except OSError as error:
        raise Problem(
            f"--out: cannot write {path}: {error.strerror}: name another folder"
        ) from error

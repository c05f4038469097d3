# SPDX-License-Identifier: MIT
"""The results folder: what is where in it."""

import shutil

from problem import Problem

MARKER = ".ccprime-results"
# What igt_runner writes: a folder a test, numbered from 0 on.
IGT = "igt"
# igt_results' file.
RESULTS = "results.json"
# The table that the command has shown.
TABLE = "table.txt"
# Pictures that tests took of the guest's screen.
CAPTURES = "captures"
# What the guest's console, its monitor, QEMU and the X server for its window said.
GUEST_LOG = "guest.log"
MONITOR_LOG = "monitor.log"
QEMU_LOG = "qemu.log"
DISPLAY_LOG = "display.log"


def prepare(path):
    """Makes an empty results folder; empties an older one of ours, and nothing else."""
    marker = path / MARKER
    try:
        if path.exists() and not path.is_dir():
            raise Problem(f"--out: {path} is not a folder: name another one")
        if path.is_dir() and any(path.iterdir()) and not marker.is_file():
            raise Problem(f"--out: {path} has files that are not ours: name another folder")
        path.mkdir(parents=True, exist_ok=True)
        marker.touch()
        for item in path.iterdir():
            if item == marker:
                continue
            if item.is_dir() and not item.is_symlink():
                shutil.rmtree(item)
            else:
                item.unlink()
    except OSError as error:
        raise Problem(
            f"--out: cannot write {path}: {error.strerror}: name another folder"
        ) from error

# SPDX-License-Identifier: MIT
"""The results folder: what is where in it."""

import shutil

from problem import Problem

MARKER = ".ccprime-results"


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

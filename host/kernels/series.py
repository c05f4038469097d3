# SPDX-License-Identifier: MIT
"""Our patches for the kernel: kernel-patches/BASE holds them for one version, its file `series` says in which order."""

import re

from problem import Problem
from project import SOURCE

FOLDER = SOURCE / "kernel-patches"
LIST = "series"
# The line of the list that begins the patches which are mailed together.
GROUP = re.compile(r"# series ([\w-]+): \S.*")


def bases(folder=FOLDER):
    """The kernel versions that there is a series for."""
    return sorted(path.parent.name for path in folder.glob(f"*/{LIST}"))


def patches(base, folder=FOLDER):
    """The patch files of a series, in order. Raises Problem where list and folder disagree."""
    text = (folder / base / LIST).read_text(encoding="utf-8")
    names = [line for line in text.splitlines() if line and not line.startswith("#")]
    files = {path.name for path in (folder / base).glob("*.patch")}
    wrong = {name for name in names if names.count(name) > 1} | (files ^ set(names))
    if wrong:
        odd = ", ".join(sorted(wrong))
        raise Problem(f"patches: {folder / base / LIST} has not each patch once: {odd}")
    return [folder / base / name for name in names]


def groups(base, folder=FOLDER):
    """The patch files by the series that they are mailed in: name -> files in order. One of the base's name, if none has."""
    found, name = {}, base
    known = {path.name: path for path in patches(base, folder)}
    for line in (folder / base / LIST).read_text(encoding="utf-8").splitlines():
        if match := GROUP.fullmatch(line):
            name = match[1]
        elif line in known:
            found.setdefault(name, []).append(known[line])
    return found

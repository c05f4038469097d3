# SPDX-License-Identifier: MIT
"""Our patches for the kernel: kernel-patches/BASE holds them for one version, its file `series` says in which order."""

from problem import Problem
from project import SOURCE

FOLDER = SOURCE / "kernel-patches"
LIST = "series"


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

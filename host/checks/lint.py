# SPDX-License-Identifier: MIT
"""Checks of the project's text: formatters, linters, licences."""

import re

import project
from checks.context import Counts, in_root
from problem import Failure
from project import SOURCE

SHELL = re.compile(r"#!.*\bsh\b|.*\n# shellcheck shell=sh\n", re.DOTALL)
# Words that codespell does not know: sections of the AMD manual, AMD's memory encryption, the kernel's names in patches.
WORDS = "nd,sme,filp,siz"
# Files that cannot hold a line of text, or are licences themselves.
NO_SPDX = ("LICENSES/", ".png")
SPDX = re.compile(r"SPDX-License-Identifier: ([\w.-]+)")
# Whose licence is the kernel's; the rest has the other one.
GPL = ("guest/monitor/", "modules/", "kernel-patches/")
# A kernel patch has it behind its message, where git am takes it for no part of the commit.
SPDX_WITHIN = 4000


def clang_format(context):
    """C is formatted as .clang-format says."""
    in_root(
        context,
        "clang-format",
        ["clang-format", "--dry-run", "-Werror", *project.sources(".c", ".h")],
    )
    return Counts()


def shellcheck(context):
    """Shell scripts are clean."""
    scripts = [
        path
        for path in project.sources("")
        if SHELL.match(path.read_text(encoding="utf-8", errors="replace"))
    ]
    in_root(context, "shellcheck", ["shellcheck", *scripts])
    return Counts(note=f"{len(scripts)} scripts")


def ruff(context):
    """Python is clean and formatted."""
    in_root(context, "ruff", ["ruff", "check", "--no-cache", SOURCE])
    in_root(context, "ruff", ["ruff", "format", "--no-cache", "--check", SOURCE])
    return Counts()


def codespell(context):
    """Words are spelled right."""
    in_root(context, "codespell", ["codespell", f"--ignore-words-list={WORDS}", *project.tracked()])
    return Counts()


def spdx(_):
    """Every tracked file names its licence, and the right one."""
    bad = []
    for path in project.tracked():
        name = str(path.relative_to(SOURCE))
        if name.startswith(NO_SPDX) or name.endswith(NO_SPDX) or not path.is_file():
            continue
        found = SPDX.search(path.read_text(encoding="utf-8", errors="replace")[:SPDX_WITHIN])
        wanted = "GPL-2.0-only" if name.startswith(GPL) else "MIT"
        if not found or found[1] != wanted:
            bad.append(f"{name}: {found[0] if found else 'no licence'}, not {wanted}")
    if bad:
        raise Failure("\n".join(bad))
    return Counts()

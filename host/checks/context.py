# SPDX-License-Identifier: MIT
"""What every check works with."""

import re
from dataclasses import dataclass
from pathlib import Path

from kernels import bases
from problem import Failure
from project import SOURCE
from workshop import cache, stage


@dataclass(frozen=True)
class Counts:
    """What a check counted."""

    passed: int = 1
    failed: int = 0
    skipped: int = 0
    # What people like to know beside.
    note: str = ""


# Builds that most checks need (checktable.py).
ROOT = "build root"
PROJECT = f"kernel {bases.DEFAULT}"


def named(name, arch, word):
    """A row's name, with the architecture that it is for where that is not the root's own."""
    return name if arch.is_native else f"{name} {word} {arch.name}"


def for_arch(arch):
    """The build of what guests of an architecture need."""
    return named(PROJECT, arch, "for")


@dataclass(frozen=True)
class Context:
    """What a check, or a build, works with."""

    store: cache.Cache
    stages: stage.Stages
    temp: Path
    # Whether all is checked, be it known already or not.
    whole: bool
    # Build's name -> what it made.
    built: dict[str, object]

    @property
    def root(self):
        """The build root."""
        return self.built[ROOT]

    @property
    def setup(self):
        """What guests of the root's own architecture need, with the plain kernel."""
        return self.built[PROJECT]

    def setup_of(self, guest):
        """What a guest needs, with the plain kernel."""
        return self.built[for_arch(guest.arch)]


def ninja(line):
    """How far ninja, or meson's tests, are: their lines begin with it."""
    match = re.match(rb"\s*\[?(\d+)/(\d+)", line)
    return f"{match[1].decode()} of {match[2].decode()}" if match else None


def in_root(context, name, command, meter=None, **options):
    """Runs a command on the sources in the root; its output becomes the failure. meter: as Stages.status has it."""
    argv = context.root.argv(command, cwd=SOURCE, read=[SOURCE], **options)
    start = context.stages.log(name).stat().st_size if context.stages.log(name).exists() else 0
    if context.stages.status(name, argv, meter=meter):
        said = context.stages.log(name).read_bytes()[start:].decode(errors="replace")
        raise Failure(said.partition("\n")[2])

# SPDX-License-Identifier: MIT
"""How a kernel is configured: tinyconfig, and fragments on top of it."""

import re
from dataclasses import dataclass
from pathlib import Path

from kernels.profiled import PROFILED
from kernels.rootpaths import CONFIG, OBJECTS, OWN_CONFIG, SOURCE
from problem import Problem
from project import SOURCE as PROJECT

FRAGMENTS = PROJECT / "guest/kernel"
# What the kernel of each guest has, whatever its architecture.
COMMON = "guest.config"


@dataclass(frozen=True)
class Flavour:
    """A way to configure a kernel, and what such a kernel needs of the guest."""

    # Files of guest/kernel on top of what each guest's kernel has.
    fragments: tuple[str, ...]
    # What the first build takes, for whoever waits for it.
    minutes: int
    # The guest's memory.
    ram: str
    # A factor for each time limit.
    patience: int = 1
    # Whether what the kernel reports about itself is an outcome.
    reports: bool = False
    # Objects that count which of their lines ran.
    profiled: tuple[str, ...] = ()
    # A user's own fragments, on top of all others.
    own: tuple[Path, ...] = ()


PLAIN = Flavour((), minutes=7, ram="768M")
# The planes of guest/monitor have no room for more than 1020 MiB.
DEBUG = Flavour(("debug.config",), minutes=12, ram="1008M", patience=6, reports=True)
COVERAGE = Flavour(("coverage.config",), minutes=8, ram="768M", patience=2, profiled=PROFILED)


def fragments(arch, flavour, base, patched):
    """Paths of a kernel's fragments, each on top of those before it."""
    own = [*base.fragments, *(() if patched else base.unpatched)]
    names = (COMMON, arch.config, *flavour.fragments, *own)
    return [*(FRAGMENTS / name for name in names), *flavour.own]


def make_words(flavour):
    """What make has to know of a flavour, beside the configuration."""
    # scripts/Makefile.lib reads this variable once for each object.
    chosen = f"GCOV_PROFILE=$(if $(filter {' '.join(flavour.profiled)},$@),y)"
    return (chosen,) if flavour.profiled else ()


def check_own(path):
    """Raises Problem where a user's path is no fragment."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no text"
        raise Problem(f"--config: cannot read {path}: {reason}; name a fragment") from error
    for number, line in enumerate(text.splitlines(), 1):
        if not re.fullmatch(r"(CONFIG_\w+=\S.*|#.*|\s*)", line):
            raise Problem(f"--config: {path}:{number}: {line[:40]!r} is no CONFIG_NAME=VALUE")


def missing_options(fragment, config):
    """The fragment's lines that a .config does not have; the last one about an option counts."""
    have = set(config.splitlines())
    wanted = dict(re.findall(r"^(CONFIG_\w+)=(.*)$", fragment, re.MULTILINE))
    lost = []
    for name, value in wanted.items():
        off = value == "n" and not any(other.startswith(f"{name}=") for other in have)
        if not off and f"{name}={value}" not in have:
            lost.append(f"{name}={value}")
    return lost


def configure(files, arch):
    """The command that configures: tinyconfig plus these fragments."""
    # What `make tinyconfig` does, but for a second run of Kconfig in the middle, which takes longest.
    tiny = f"{SOURCE}/kernel/configs/tiny.config"
    own = f"$(ls {SOURCE}/arch/{arch.name}/configs/tiny.config 2>/dev/null)"
    make = kconfig(arch)
    begin = f"{make} KCONFIG_ALLCONFIG=kernel/configs/tiny-base.config allnoconfig"
    return ["sh", "-c", f"{begin} && {merge(make, [tiny, own, *names(files)])}"]


def reconfigure(files, arch):
    """The command that adds these fragments to objects that are configured already."""
    return ["sh", "-c", merge(kconfig(arch), names(files))]


def kconfig(arch):
    """The shell's words that start make for a target of Kconfig."""
    return " ".join(("make", "-s", f"O={OBJECTS}", *arch.make))


def names(files):
    """Fragments, as the root sees them."""
    own = [path for path in files if path.parent != FRAGMENTS]
    return [
        f"{OWN_CONFIG}{own.index(path)}" if path in own else f"{CONFIG}/{path.name}"
        for path in files
    ]


def binds(files):
    """What the root sees of fragments: (path, path inside)."""
    own = [path for path in files if path.parent != FRAGMENTS]
    return [(FRAGMENTS, CONFIG), *((path, f"{OWN_CONFIG}{n}") for n, path in enumerate(own))]


def merge(make, paths):
    """The shell's words that put fragments on top of a configuration."""
    script = f"sh {SOURCE}/scripts/kconfig/merge_config.sh -m .config {' '.join(paths)}"
    return f"(cd {OBJECTS} && {script}) && {make} olddefconfig"

# SPDX-License-Identifier: MIT
"""The kernel versions that the project builds: one entry each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Base:
    """A version."""

    # As kernel-patches/ and the expectations call it.
    version: str
    # About how many objects a whole build makes, for whoever waits for it. Measured.
    objects: int
    # Files of guest/kernel that only this version has, on top of all others.
    fragments: tuple[str, ...] = ()
    # Those that only its kernel without our patches has.
    unpatched: tuple[str, ...] = ()

    @property
    def package(self):
        """Debian's package of its source."""
        return f"linux-source-{self.version}"


BASES = {
    base.version: base
    for base in (
        Base("6.12", 1450, fragments=("6.12.config",), unpatched=("6.12-unpatched.config",)),
        Base("7.3", 1580),
    )
}
# What is built unless the user says otherwise.
DEFAULT = "7.3"


def of_version(version):
    """The entry of a version, or one with nothing of its own."""
    return BASES.get(version) or Base(version, 0)


def older(version, other):
    """Whether a version is older than another one."""
    first, second = (tuple(map(int, text.split("."))) for text in (version, other))
    return first < second

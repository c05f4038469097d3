# SPDX-License-Identifier: MIT
"""
What is expected of tests, kernels and accesses that do not do what they should: drm-tests/expectations, whose README.md
describes the files.
"""

import dataclasses
import itertools
import re
from dataclasses import dataclass
from pathlib import Path

from problem import Problem
from project import SOURCE

FOLDER = SOURCE / "drm-tests/expectations"

SKIP, REPORT, ACCESS = "skip", "report", "access"
# How a test may end that does not pass.
ENDS = ("fail", "warn", "crash", "terminated", "timeout")
FLAKE = "flake:"
WORDS = (SKIP, *ENDS, *(f"{FLAKE}{end}" for end in ENDS), REPORT, ACCESS)
# The word between what a row is about and what it says of it.
LINKS = {REPORT: "in", ACCESS: "at-most", **{f"{FLAKE}{end}": "says" for end in ENDS}}
PROBLEM = "problem: "

HEADER = re.compile(r"\[([^\]]*)\]")
FIELD = r'(?:"([^"]+)"|(\S+))'
ROW = re.compile(rf"(\S+) +{FIELD}(?: +(\S+) +{FIELD})?")


@dataclass(frozen=True)
class Machine:
    """Where tests run: what the conditions of a section are about."""

    guest: str
    gpu: str
    kernel: str
    # What there is of ours in the kernel: patched, unpatched, stock.
    state: str
    arch: str
    # Whether the guest starts with memory that it has to accept: eager, lazy.
    accept: str = "eager"


KEYS = tuple(item.name for item in dataclasses.fields(Machine))


@dataclass(frozen=True)
class Row:
    """One expectation. conditions: one of them has to hold; each one is pairs of a key and its values."""

    conditions: tuple[tuple[tuple[str, tuple[str, ...]], ...], ...]
    word: str
    # A regular expression: a test's name, a report's first line; of an access: the function.
    what: str
    # What a flake says, a function that a report names, the number of accesses.
    detail: str
    # Why, in words; a known problem's name is its heading in docs/upstream-problems.md.
    why: str
    problem: str
    place: str

    @property
    def subject(self):
        """What it is about, in short: the problem's name, or the reason."""
        return self.problem or self.why

    def holds(self, machine):
        """Whether this counts on a machine."""
        return any(
            all(getattr(machine, key) in values for key, values in condition)
            for condition in self.conditions
        )

    def names(self, test):
        """Whether it is about a test."""
        return self.word not in (REPORT, ACCESS) and bool(re.fullmatch(self.what, test))


def parse_condition(text, place):
    """`key=value,value key=value`: pairs of a key and its values."""
    found = {}
    for word in text.split():
        key, _, values = word.partition("=")
        if key not in KEYS or not values or key in found:
            raise Problem(f"{place}: {word!r} is no condition: KEY=VALUE,..., of {', '.join(KEYS)}")
        found[key] = tuple(values.split(","))
    return tuple(found.items())


def parse_row(text, conditions, place):
    """A row: `WORD NAME [says|in|at-most DETAIL]  # REASON`."""
    body, _, why = text.partition("  # ")
    match = ROW.fullmatch(body.strip())
    if not match or match[1] not in WORDS or match[4] != LINKS.get(match[1]):
        raise Problem(f"{place}: {body.strip()!r} is no row; see README.md beside it")
    if not why.strip():
        raise Problem(f"{place}: {body.strip()!r} has no reason: add `  # REASON`")
    word, what, detail = match[1], match[2] or match[3], match[5] or match[6] or ""
    try:
        re.compile(what)
    except re.error as error:
        raise Problem(f"{place}: {what!r} is no regular expression: {error}") from error
    if word == ACCESS and not detail.isdecimal():
        raise Problem(f"{place}: {detail!r} is no number of accesses")
    problem = why.removeprefix(PROBLEM).strip() if why.startswith(PROBLEM) else ""
    return Row(conditions, word, what, detail, why.strip(), problem, place)


def parse(text, name):
    """The rows of a file. A header counts for all rows below it; one right below another is an alternative to it."""
    rows, conditions, is_header = [], (), False
    for number, line in enumerate(text.splitlines(), 1):
        line, place = line.strip(), f"{name}:{number}"
        if not line or line.startswith("#"):
            continue
        header = HEADER.fullmatch(line)
        if header:
            before = conditions if is_header else ()
            conditions = (*before, parse_condition(header[1], place))
        elif not conditions:
            raise Problem(f"{place}: a row before the first [CONDITIONS]")
        else:
            rows.append(parse_row(line, conditions, place))
        is_header = bool(header)
    return rows


def all_rows(folder=FOLDER):
    """Every row of every file."""
    paths = sorted(Path(folder).glob("*.txt"))
    return [row for path in paths for row in parse(path.read_text(encoding="utf-8"), path)]


@dataclass(frozen=True)
class Expectations:
    """The rows that count on one machine."""

    rows: tuple[Row, ...] = ()

    def of_test(self, name):
        """The row that says how a test has to end, or None where it has to pass. A row that skips comes first."""
        found = [row for row in self.rows if row.word in (SKIP, *ENDS) and row.names(name)]
        return min(found, key=lambda row: row.word != SKIP, default=None)

    def is_flake(self, name, word, said):
        """Whether a test is known to end so now and then: each line that was said is what is known."""
        return any(
            row.word == f"{FLAKE}{word}"
            and row.names(name)
            and all(row.detail in line for line in said)
            for row in self.rows
        )

    def report(self, first, functions):
        """The row of a report with this first line, which names these functions; or None."""
        rows = (row for row in self.rows if row.word == REPORT and row.detail in functions)
        return next((row for row in rows if re.match(row.what, first)), None)

    def accesses(self):
        """Function -> how often it may access the wrong plane."""
        return {row.what: int(row.detail) for row in self.rows if row.word == ACCESS}


def load(machine, folder=FOLDER):
    """What is expected on a machine."""
    return Expectations(tuple(row for row in all_rows(folder) if row.holds(machine)))


def contradictions(rows, machine, tests):
    """Tests about which two rows say how they have to end, in words for people."""
    here = [row for row in rows if row.word in ENDS and row.holds(machine)]
    for one, other in itertools.combinations(here, 2):
        both = [test for test in tests if one.names(test) and other.names(test)]
        if both:
            yield f"{one.place} and {other.place} are both about {both[0]}"

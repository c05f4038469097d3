# SPDX-License-Identifier: MIT
"""Outcomes as KTAP (Documentation/dev-tools/ktap.rst of the kernel): a test a guest, in it a test a program."""

import itertools

from verdict.outcomes import FAILED, SKIPPED
from verdict.page import program

INDENT = "  "


def one_line(text):
    """A text as a diagnostic has it: KTAP's lines end a test, and # begins its directive."""
    return " ".join(text.replace("#", "").split())


def case(number, outcome):
    """The lines of a test."""
    good = "not ok" if outcome.counts == FAILED else "ok"
    name = one_line(outcome.name.removeprefix("igt@"))
    why = one_line(outcome.why)
    if outcome.counts == SKIPPED:
        return [f"{good} {number} {name} # SKIP {why}".rstrip()]
    lines = [] if outcome.word == "pass" else [f"# {name}: {outcome.word}: {why}".rstrip(": ")]
    return [*lines, f"{good} {number} {name}"]


def group(number, name, tests, failed):
    """The lines of a test that has tests. tests: the lines of each; failed: whether one of them has."""
    lines = ["KTAP version 1", f"# Subtest: {name}", f"1..{len(tests)}", *itertools.chain(*tests)]
    good = "not ok" if failed else "ok"
    return [*(INDENT + line for line in lines), f"{good} {number} {name}"]


def failing(outcomes):
    """Whether a test of these failed."""
    return any(outcome.counts == FAILED for outcome in outcomes)


def guest(number, name, outcomes):
    """The lines of a guest."""
    programs = [
        (title, list(members))
        for title, members in itertools.groupby(outcomes, lambda outcome: program(outcome.name))
    ]
    tests = [
        group(
            place,
            title,
            [case(*numbered) for numbered in enumerate(members, 1)],
            failing(members),
        )
        for place, (title, members) in enumerate(programs, 1)
    ]
    return group(number, name, tests, failing(outcomes))


def document(record):
    """The whole report."""
    lines = ["KTAP version 1", f"1..{len(record.columns)}"]
    for number, (name, outcomes) in enumerate(record.columns.items(), 1):
        lines += guest(number, name, outcomes)
    return "".join(f"{line}\n" for line in lines)

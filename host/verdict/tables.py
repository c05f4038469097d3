# SPDX-License-Identifier: MIT
"""Outcomes for people: tables and sums."""

from verdict.outcomes import FAILED, PASSED, SKIPPED


def table(outcomes):
    """The outcomes for people, a test a line."""
    width = max((len(outcome.name) for outcome in outcomes), default=0)
    words = max((len(outcome.word) for outcome in outcomes), default=0)
    return [
        f"{outcome.name:<{width}}  {outcome.word:<{words}}  {outcome.why}".rstrip()
        for outcome in outcomes
    ]


def wide_table(columns):
    """A test a line and a guest a column (name -> its outcomes), then what explains the failures."""
    names = dict.fromkeys(outcome.name for column in columns.values() for outcome in column)
    words = {
        guest: {outcome.name: outcome.word for outcome in column}
        for guest, column in columns.items()
    }
    width = max((len(name) for name in names), default=0)
    widths = {
        guest: max(len(word) for word in (guest, *column.values()))
        for guest, column in words.items()
    }

    def line(name, cells):
        parts = (f"{cell:<{widths[guest]}}" for guest, cell in cells.items())
        return "  ".join((f"{name:<{width}}", *parts)).rstrip()

    lines = [line("", {guest: guest for guest in columns})]
    for name in names:
        lines.append(line(name, {guest: words[guest].get(name, "-") for guest in columns}))
    bad = [
        f"{guest}: {outcome.name}: {outcome.word}: {outcome.why}"
        for guest, column in columns.items()
        for outcome in column
        if outcome.counts == FAILED
    ]
    return [*lines, *([""] if bad else []), *bad]


def summary(outcomes):
    """`N passed, N failed, N skipped`."""
    counts = [outcome.counts for outcome in outcomes]
    return ", ".join(f"{counts.count(word)} {word}" for word in (PASSED, FAILED, SKIPPED))

# SPDX-License-Identifier: MIT
"""Checks of names: tests, mutants and expectations that are written in more than one place agree."""

import itertools
import re

import project
from checks.context import Counts
from machine import gpus, guests
from mutants import table as mutanttable
from problem import Failure
from project import SOURCE
from verdict import expectations

COVERAGE = "docs/coverage.md"
MUTANTS = "docs/mutants.md"
PROBLEMS = "docs/upstream-problems.md"
NAMING_TESTS = ("docs/*.md", "kernel-patches/README.md")
TEST_NAME = re.compile(r"\bcc_\w+@[\w-]+")
TABLE_RULE = re.compile(r"[|:\- ]+")


def built_tests(context):
    """The names of the tests, as the built programs list them."""
    folder = context.setup.build / "drm-tests"
    programs = (folder / "test-list.txt").read_text(encoding="utf-8").splitlines()[1:-1]
    return [
        f"{program}@{name}"
        for program in programs
        for name in context.root.output(
            [folder / program, "--list-subtests"], read=[context.setup.build]
        ).split()
    ]


def rows_without_test(text):
    """The rows of a Markdown text's tables, without their heads, that name no test."""
    lines = text.splitlines()
    rows = [
        line
        for line, below in zip(lines, [*lines[1:], ""], strict=True)
        if line.startswith("|")
        and not TABLE_RULE.fullmatch(line)
        and not TABLE_RULE.fullmatch(below)
    ]
    return [row for row in rows if not TEST_NAME.search(row)]


def test_names(context):
    """No test is missing, none is unknown, and each one that a document names exists."""
    built = set(built_tests(context))
    listed = {name.removeprefix("igt@") for name in project.tests()}
    where = project.TESTS.relative_to(SOURCE)
    bad = [f"{where}: {name}: no program has it" for name in sorted(listed - built)]
    bad += [f"{where}: {name} is missing" for name in sorted(built - listed)]
    for path in (found for pattern in NAMING_TESTS for found in sorted(SOURCE.glob(pattern))):
        named = set(TEST_NAME.findall(path.read_text(encoding="utf-8")))
        name = path.relative_to(SOURCE)
        bad += [f"{name}: {test}: no program has it" for test in sorted(named - built)]
    coverage = (SOURCE / COVERAGE).read_text(encoding="utf-8")
    bad += [f"{COVERAGE}: names no test: {row}" for row in rows_without_test(coverage)]
    if bad:
        raise Failure("\n".join(bad))
    return Counts(note=f"{len(built)} tests")


def mutant_names(_):
    """The table has each mutant of the module and the patches, and docs/mutants.md each one of the tables."""
    table = {mutant.name for mutant in mutanttable.MUTANTS}
    built = mutanttable.names_in_sources()
    own = {mutant.name for mutant in mutanttable.CODE_MUTANTS}
    document = (SOURCE / MUTANTS).read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `(\w+)` \|", document, re.MULTILINE))
    bad = [f"mutants/table.py: {name} is missing" for name in sorted(built - table)]
    bad += [f"mutants/table.py: {name}: nothing has it" for name in sorted(table - built)]
    bad += [f"{MUTANTS}: {name} is missing" for name in sorted((table | own) - named)]
    bad += [f"{MUTANTS}: {name}: no table has it" for name in sorted(named - table - own)]
    if bad:
        raise Failure("\n".join(bad))
    return Counts(note=f"{len(table)} and {len(own)} of our own code")


# The kernels that the project runs: base and state.
KERNELS = (("7.3", "unpatched"), ("7.3", "patched"), ("7.3", "stock"), ("6.12", "patched"))


def machines():
    """Every machine that the project runs tests on."""
    for guest, gpu, (base, state) in itertools.product(guests.GUESTS.values(), gpus.GPUS, KERNELS):
        for accept in guests.ACCEPTS if guest.accepts else guests.ACCEPTS[:1]:
            yield expectations.Machine(guest.name, gpu, base, state, guest.arch.name, accept)


def expected(_):
    """Each row of the expectations is about something, none contradicts another, and known problems are listed."""
    rows, tests, places = expectations.all_rows(), project.tests(), list(machines())
    problems = (SOURCE / PROBLEMS).read_text(encoding="utf-8")
    bad = [f"{row.place}: about nothing: {row.what}" for row in rows if is_dead(row, tests, places)]
    bad += [
        f"{row.place}: {PROBLEMS} has no problem {row.problem!r}"
        for row in rows
        if row.problem
        and not re.search(rf"^(\| |#+ ){re.escape(row.problem)}( \||$)", problems, re.MULTILINE)
    ]
    bad += [f"{row.place}: no machine has {text}" for row in rows for text in unknown(row, places)]
    bad += {text for place in places for text in expectations.contradictions(rows, place, tests)}
    if bad:
        raise Failure("\n".join(bad))
    return Counts(note=f"{len(rows)} rows, {len(places)} machines")


def unknown(row, places):
    """Values of a row's conditions that no machine has, as KEY=VALUE."""
    for condition in row.conditions:
        for key, values in condition:
            known = {getattr(place, key) for place in places}
            yield from (f"{key}={value}" for value in values if value not in known)


def is_dead(row, tests, places):
    """Whether a row counts on no machine that the project runs, or names no test."""
    about_tests = row.word not in (expectations.REPORT, expectations.ACCESS)
    if about_tests and not any(map(row.names, tests)):
        return True
    return not any(map(row.holds, places))

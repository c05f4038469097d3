# SPDX-License-Identifier: MIT
"""
What is expected, as lists for drm-ci (drivers/gpu/drm/ci in Linux): its igt-runner takes lines NAME,STATUS of tests that
fail, and regular expressions of tests that it leaves out or that are flaky. Its names have no igt@ before them.
"""

import re

from verdict import expectations

KINDS = ("fails", "skips", "flakes")
# How a test ends -> igt-runner's word. It does not look at the kernel's log, so a test that only warns passes there.
STATUS = {"fail": "Fail", "crash": "Crash", "timeout": "Timeout"}
# Ends after which there is nobody left to run the next test.
LAST = ("terminated",)


def name(test):
    """A test's name there."""
    return test.removeprefix("igt@")


def pattern(test):
    """A regular expression for one test alone."""
    return f"^{re.escape(name(test)).replace(chr(92) + '-', '-')}$"


def lists(expected, tests, only_by_name):
    """Kind of list -> its lines. only_by_name: regular expressions of tests that run where somebody asks for them."""
    found = {kind: [] for kind in KINDS}
    for test in tests:
        row = expected.of_test(test)
        if any(re.fullmatch(rule, test) for rule in only_by_name) or (row and row.word in LAST):
            found["skips"].append(pattern(test))
        elif row and row.word in STATUS:
            found["fails"].append(f"{name(test)},{STATUS[row.word]}")
        elif any(is_flake(row, test) for row in expected.rows):
            found["flakes"].append(pattern(test))
    return found


def is_flake(row, test):
    """Whether a row is about a test that now and then ends in a way that igt-runner sees."""
    return row.word.removeprefix(expectations.FLAKE) in STATUS and row.names(test)


def write(folder, machine, tests, only_by_name):
    """Writes the lists of a machine; returns the paths."""
    found = lists(expectations.load(machine), tests, only_by_name)
    paths = []
    for kind, lines in found.items():
        path = folder / f"ccprime-{machine.guest}-{kind}.txt"
        path.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
        paths.append(path)
    return paths

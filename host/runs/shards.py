# SPDX-License-Identifier: MIT
"""A share of the tests, for CI that has several machines: each takes about as long as the others."""

import re

import project
from problem import Problem

# Of each test that the list of slow ones does not have.
QUICK = 0.1


def parse(text):
    """(number, count) of `I/N`."""
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise Problem(f"--shard: {text!r} is not I/N, with I from 1 to N")
    return int(match[1]), int(match[2])


def chosen(pattern):
    """The tests that a run of this pattern has."""
    if pattern:
        return [test for test in project.tests() if re.search(pattern, test)]
    asked = [re.compile(row) for row in project.only_by_name()]
    return [test for test in project.tests() if not any(row.search(test) for row in asked)]


def seconds():
    """Test -> about how long it takes."""
    rows = re.findall(
        r"^(igt@\S+) ([\d.]+)$", project.SLOW.read_text(encoding="utf-8"), re.MULTILINE
    )
    return {test: float(taken) for test, taken in rows}


def split(tests, count, taken):
    """These tests in so many shards, in their order: the longest test first, each to the shard that has least."""
    shards = [[] for _ in range(count)]
    loads = [0.0] * count
    for test in sorted(tests, key=lambda test: -taken.get(test, QUICK)):
        least = loads.index(min(loads))
        shards[least].append(test)
        loads[least] += taken.get(test, QUICK)
    return [[test for test in tests if test in {*shard}] for shard in shards]


def take(pattern, number, count):
    """The tests of one shard."""
    found = split(chosen(pattern), count, seconds())[number - 1]
    if not found:
        raise Problem(f"--shard: there are not enough tests for shard {number} of {count}")
    return found

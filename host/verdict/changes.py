# SPDX-License-Identifier: MIT
"""Two results folders side by side: what is worse, better or else in the newer one."""

from dataclasses import dataclass

from problem import Problem
from verdict import igt, layout

# igt_runner's words, from good to bad; any other is as bad as the last.
GOOD = ("pass", "skip")
MIDDLE = ("warn", "dmesg-warn")
FLAKY = "flaky"

# In the order in which they are shown. The first two make the newer folder worse.
KINDS = ("new failure", "now flaky", "fixed", "changed", "new test", "gone")
WORSE = KINDS[:2]


@dataclass(frozen=True)
class Change:
    """A test whose result is another one."""

    kind: str
    guest: str
    name: str
    old: str
    new: str


def load(folder):
    """(guest's name or "", test) -> its words, one a run, of a results folder of any kind of run."""
    paths = sorted(folder.rglob(layout.RESULTS))
    if not paths:
        raise Problem(f"diff: {folder} has no {layout.RESULTS}: name a folder that --out named")
    found = {}
    for path in paths:
        # A folder a guest with --guest all, a folder a run with --repeat.
        parts = [part for part in path.relative_to(folder).parts[:-1] if not part.isdigit()]
        _, tests = igt.load(path)
        for name, record in igt.fold(tests).items():
            words = found.setdefault(("/".join(parts), name), [])
            words.append(str(record.get("result", "missing")))
    return found


def word(words):
    """The words of several runs as one."""
    return words[0] if len(set(words)) == 1 else FLAKY


def badness(result):
    """The order of results."""
    if result in GOOD:
        return 0
    return 1 if result in MIDDLE else 2


def kind(old, new):
    """How a result has changed; both are there."""
    if new == FLAKY:
        return "now flaky"
    if old == FLAKY or badness(new) < badness(old):
        return "fixed" if badness(new) == 0 else "changed"
    return "new failure" if badness(new) > badness(old) else "changed"


def compare(old, new):
    """The Changes between what load() found in two folders, in the order of KINDS."""
    found = []
    for guest, name in dict.fromkeys((*new, *old)):
        before, after = (word(tests.get((guest, name), [""])) for tests in (old, new))
        if before == after:
            continue
        what = "new test" if not before else "gone" if not after else kind(before, after)
        # A test that is new and fails is as bad as one that failed before.
        if not before and badness(after) == 2:
            what = "new failure"
        found.append(Change(what, guest, name, before or "-", after or "-"))
    return sorted(found, key=lambda change: KINDS.index(change.kind))

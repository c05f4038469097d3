# SPDX-License-Identifier: MIT
"""`ccprime test`: chooses checks, runs them side by side, shows a table."""

import re
import shlex
import tempfile
from pathlib import Path

from checks.context import Context, Counts
from checks.table import TABLE
from problem import Problem
from workshop import screen, workers
from workshop.workers import Task
from workshop.workshop import folder_name

# Lines of a failure that are shown.
NOTE_LINES = 40
SLOWEST = 5
WIDTH = max(len(check.name) for check in TABLE)


def choose(whole=False, quick=False, only=None):
    """The checks of the core, all, the quick ones, or those whose name matches."""
    found = [check for check in TABLE if not check.is_build]
    if only is not None:
        found = [check for check in found if re.search(only, check.name)]
        if not found:
            raise Problem(f"--only: no check matches {only!r}; see ccprime test --list --all")
    elif not whole:
        found = [check for check in found if check.core and (check.quick or not quick)]
    return found


def with_builds(chosen):
    """The checks and all that has to be built for them, in the table's order."""
    wanted = {check.name for check in chosen}
    for check in reversed(TABLE):
        if check.name in wanted:
            wanted |= set(check.needs)
    return [check for check in TABLE if check.name in wanted]


def listing(chosen):
    """Checks for people: each one's name, and which are not part of the core."""
    return [
        f"{check.name:<{WIDTH}}  {'' if check.core else 'only with --all'}".rstrip()
        for check in chosen
    ]


def row(name, word, seconds, note=""):
    """One line of the table."""
    return f"{name:<{WIDTH}}  {word:<5}  {seconds:7.1f} s  {note}".rstrip()


def failure(error, said):
    """What a failed check, or build, has to say. said: the last lines of its commands."""
    lines = [*said, *str(error).splitlines()]
    return [f"    {line}" for line in lines[-NOTE_LINES:]]


def again(name):
    """How to repeat a check."""
    return f"    again: ./ccprime test --only {shlex.quote(f'^{escape(name)}$')}"


def escape(name):
    """A regular expression for a name, with blanks as they are."""
    return re.escape(name).replace("\\ ", " ")


class Rows:
    """A view of checks: a row each, in the table's order; what a stage says is only for --verbose."""

    def __init__(self, chosen, verbose):
        self.order = [check.name for check in chosen]
        self.builds = {check.name for check in chosen if check.is_build}
        self.verbose = verbose
        self.ready = {}
        self.said = {}
        self.lines = screen.Lines()
        self.progress = screen.Progress()

    def event(self, task, kind, *words):
        """Follows a check."""
        self.progress.take(task, kind, words)
        if kind == "now":
            self.lines.line(f"{task}: {words[0]}")
        elif kind == "error":
            self.said.setdefault(task, []).append(words[0])
        elif self.verbose and kind == "line":
            self.lines.line(words[0])

    def done(self, task, done):
        """A row, in its turn."""
        self.progress.forget(task)
        self.ready[task] = self._rows(task, done)
        if done.error and task != self.order[0]:
            self.lines.line(f"{task}: FAIL, more in its turn")
        while self.order and self.order[0] in self.ready:
            for line in self.ready[self.order.pop(0)]:
                self.lines.line(line)

    def tick(self):
        """Says what is going on."""
        self.lines.show(self.progress.all())

    def _rows(self, task, done):
        if done.error:
            lines = failure(done.error, self.said.get(task, ()))
            repeat = [] if task in self.builds else [again(task)]
            return [row(task, "FAIL", done.seconds), *lines, *repeat]
        if task in self.builds:
            return [row(task, "built", done.seconds)]
        counts = done.value
        number = f"{counts.passed} passed" if counts.passed > 1 else ""
        note = "  ".join(part for part in (number, counts.note) if part)
        return [row(task, "pass", done.seconds, note)]


def task_of(check, workshop, temp, whole):
    """The task that does a check."""

    def work(show, *values):
        store, stages = workshop.open(show, check.name)
        own = Path(temp) / folder_name(check.name)
        own.mkdir()
        built = dict(zip(check.needs, values, strict=True))
        return check.run(Context(store, stages, own, whole, built))

    return Task(check.name, work, check.needs, check.alone)


def run(workshop, chosen, jobs, whole):
    """Runs checks with all that they need; returns the sums of all counts."""
    rows = with_builds(chosen)
    with tempfile.TemporaryDirectory(prefix="ccprime-test-") as temp:
        tasks = [task_of(check, workshop, temp, whole) for check in rows]
        done = workers.run(tasks, jobs, Rows(rows, workshop.verbose))
    print("\n".join(slowest(done)))
    return total(done, {check.name for check in rows if check.is_build})


def slowest(done):
    """The checks that took longest."""
    names = sorted(done, key=lambda name: -done[name].seconds)[:SLOWEST]
    return [
        "",
        "slowest:",
        *(f"  {name:<{WIDTH}}  {done[name].seconds:7.1f} s" for name in names),
    ]


def total(done, builds):
    """The sums of all counts. A check, or a build, that failed counts one."""
    good = [end.value for name, end in done.items() if not end.error and name not in builds]
    failed = sum(end.error is not None for end in done.values())
    return Counts(
        sum(counts.passed for counts in good),
        failed + sum(counts.failed for counts in good),
        sum(counts.skipped for counts in good),
    )

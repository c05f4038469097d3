# SPDX-License-Identifier: MIT
"""What a kernel with checks of its own reports: on the console, and in the log of a test."""

import collections
import itertools
import re
from dataclasses import dataclass

from verdict.outcomes import FAILED, PASSED, Outcome

# A line of the console or of igt_runner's dmesg: level, time, text. User space's lines have no time.
LINE = re.compile(r"^(?:<(?P<level>\d)>\s*)?(?:\[ *\d+\.\d+\] )?(?P<text>.*)$")
# The first line of a report, of one that a checker ends with included: its silence says nothing then.
FIRST = re.compile(
    r"WARNING: (?!can't access registers)|BUG: |\[ BUG: |Oops: |UBSAN: |ODEBUG: (?!selftest)"
    r"|INFO: (task |trying to register|rcu_|lockdep is turned off)|rcu: INFO: "
    r"|DMA-API: (\S+ \S+: |.*disabled|.*disabling)|list_(add|del) corruption"
    r"|kmemleak: (?!Kernel memory leak detector initialized)|unreferenced object "
)
# Between these, all is one report, which begins with the first line that is one.
CUT = "------------[ cut here ]------------"
END = "---[ end trace "
# Not those that only may be on the stack.
FUNCTION = re.compile(r"(?<!\? )\b([a-zA-Z_]\w+)\+0x[0-9a-f]+(?:/0x[0-9a-f]+)?")
ADDRESS = re.compile(r"\b(?:0x)?[0-9a-f]{8,16}\b")
# What may follow behind it.
BEHIND = re.compile(r"DMA-API: Mapped at:| \w+\+0x")
# Lines of a report, with its stacks.
LONGEST = 120
# What ends a report that has no end of its own.
OTHERS = (CUT, "[IGT]")
# igt_runner's dmesg: the levels that make a test one with a warning.
WARNING = re.compile(r"<[0-4]>")


@dataclass(frozen=True)
class Report:
    """One report. first: its first line; functions: those that it names, in order."""

    first: str
    functions: tuple[str, ...]

    def row(self, expected):
        """The row that expects it, or None."""
        return expected.report(self.first, self.functions)

    def __str__(self):
        by = ", ".join(self.functions[:4])
        return f"{self.first} (by {by})" if by else self.first


def split(text):
    """(reports, the lines that belong to none) of a log."""
    found, rest, lines = [], [], whole_lines(text)
    at = 0
    while at < len(lines):
        size = length(lines, at)
        block = lines[at : at + size]
        first = next((words for words in map(words_of, block) if FIRST.match(words)), None)
        if first:
            found.append(Report(ADDRESS.sub("...", first), functions(block)))
        else:
            rest += block
        at += size
    return found, rest


def whole_lines(text):
    """Lines without those that the console began, and began again."""
    lines = [line.rstrip() for line in text.splitlines()]
    pairs = itertools.pairwise([*lines, ""])
    return [line for line, after in pairs if not after.startswith(line)]


def words_of(line):
    """A line's text alone."""
    return LINE.match(line)["text"]


def length(lines, at):
    """How many lines belong to the one here: those of a report, or itself alone."""
    following = [words_of(line) for line in lines[at : at + LONGEST]]
    framed = following[0] == CUT
    if not framed and not FIRST.match(following[0]):
        return 1
    for number, words in enumerate(following[1:], 1):
        if framed and words.startswith(END):
            behind = itertools.takewhile(BEHIND.match, following[number + 1 :])
            return number + 1 + len(list(behind))
        if words.startswith(OTHERS) or (not framed and FIRST.match(words)):
            return number
    return len(following)


def functions(block):
    """The functions that these lines name, each once."""
    names = (name for line in block for name in FUNCTION.findall(line))
    return tuple(dict.fromkeys(names))


def forgive(tests, expected):
    """igt_runner's tests, where one that passed with an expected report, and no other warning, passed."""
    return {
        name: record | {"result": "pass"} if only_known(record, expected) else record
        for name, record in tests.items()
    }


def only_known(record, expected):
    """Whether all that the kernel warned of during a test is expected."""
    if record.get("result") != "dmesg-warn":
        return False
    found, rest = split(str(record.get("dmesg", "")))
    warned = any(WARNING.match(line) for line in rest)
    return bool(found) and not warned and all(report.row(expected) for report in found)


def judge(guest, text, expected):
    """One outcome a report that is not expected; one in all where there is none."""
    name = f"guest {guest.name}: kernel says"
    found, _ = split(text)
    unknown = list(dict.fromkeys(str(report) for report in found if not report.row(expected)))
    if unknown:
        return [Outcome(name, FAILED, "fail", words) for words in unknown]
    counts = collections.Counter(report.row(expected).subject for report in found)
    known = ", ".join(f"{count} of {subject}" for subject, count in counts.items())
    return [Outcome(name, PASSED, "pass", known and f"known: {known}")]

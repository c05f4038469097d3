# SPDX-License-Identifier: MIT
"""Accesses in the wrong plane of memory, as a strict monitor logs them."""

import bisect
import collections
import re
from dataclasses import dataclass

from verdict.outcomes import FAILED, PASSED, Outcome

# guest/monitor/violations.c, log_violation()
LINE = re.compile(
    r"^monitor: violation: (?P<access>[a-z ]+) in the (?P<plane>\w+) plane of \w+ page "
    r"(?P<gpa>0x[0-9a-f]+), rip (?P<rip>0x[0-9a-f]+) cpl (?P<cpl>\d)$",
    re.MULTILINE,
)
# Where the kernel says it is, from its first C function on.
IMAGE_BASE = 0xFFFFFFFF80000000
SHOWN = 5


@dataclass(frozen=True)
class Violation:
    """One access. where: symbol+offset, or why there is none."""

    access: str
    gpa: str
    rip: str
    where: str

    @property
    def function(self):
        """The symbol alone."""
        return self.where.partition("+")[0]

    def __str__(self):
        return f"{self.access} of {self.gpa}, rip {self.rip} ({self.where})"


class Symbols:
    """The functions of a System.map."""

    def __init__(self, text):
        found = (line.split() for line in text.splitlines())
        table = sorted((int(word[0], 16), word[2]) for word in found if word[1] in "tTwW")
        self.addresses = [address for address, _ in table]
        self.names = [name for _, name in table]

    @classmethod
    def of_kernel(cls, kernel):
        """Those of a kernel's System.map; none where it has none."""
        path = kernel.symbols
        return cls(path.read_text(encoding="ascii") if path and path.is_file() else "")

    def name(self, address):
        """symbol+offset."""
        index = bisect.bisect_right(self.addresses, address) - 1
        if address < IMAGE_BASE or index < 0:
            return "no kernel symbol"
        return f"{self.names[index]}+{address - self.addresses[index]:#x}"


def parse(text, symbols):
    """The violations in a monitor's log."""
    return [
        Violation(
            f"{match['access']} in the {match['plane']} plane",
            match["gpa"],
            match["rip"],
            "user space" if match["cpl"] == "3" else symbols.name(int(match["rip"], 16)),
        )
        for match in LINE.finditer(text)
    ]


def judge(guest, found, expected):
    """One outcome for a strict guest: what is known and bounded counts as passed."""
    name = f"guest {guest.name}: wrong plane"
    counts = collections.Counter(violation.function for violation in found)
    known = expected.accesses()
    unknown = [item for item in found if counts[item.function] > known.get(item.function, 0)]
    if unknown:
        shown = "; ".join(map(str, unknown[:SHOWN]))
        return Outcome(name, FAILED, "fail", f"{len(unknown)} accesses: {shown}")
    text = ", ".join(f"{count} in {function}" for function, count in counts.items())
    return Outcome(name, PASSED, "pass", text and f"known: {text}")

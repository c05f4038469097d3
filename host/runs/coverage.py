# SPDX-License-Identifier: MIT
"""Which lines and branches of the kernel's the tests reach: counts that guests left, through lcov."""

import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import project
from kernels.profiled import PROFILED
from kernels.rootpaths import OBJECTS, SOURCE
from problem import Problem
from verdict import layout

# What lcov makes of the counts of a guest, and of all.
TRACE = "coverage.info"
PAGES = "html"
WORK = "gcov"
# The column of all guests together.
ALL = "all"
# Lines that no test reaches, and why.
UNREACHED = project.SOURCE / "drm-tests/unreached.txt"
REASON = re.compile(r'(\S+) (\S+)(?: "([^"]*)")? ([^"\s].*)')
# How many of the lines that can be reached are to be reached, in per cent.
GOALS = {
    "drivers/dma-buf/heaps/system_heap.c": 100,
    "drivers/dma-buf/dma-heap.c": 100,
    "drivers/dma-buf/udmabuf.c": 90,
    "drivers/gpu/drm/virtio/virtgpu_prime.c": 95,
}
HEAD = """<!-- SPDX-License-Identifier: MIT -->
# What of the kernel runs

`./ccprime coverage --guest all` builds a kernel that counts which lines ran, runs all tests in each kind of guest, and
writes this page (`coverage.md` in its results folder). The folder `html` beside it shows each line.

A cell has lines and branches that ran, in per cent. The compiler makes branches of its own, of `WARN_ON` and of inline
functions for example, so 100 % of them is out of reach. What ran before the guest had a file to tell it in, and what
ran in a guest that did not come to its end, is counted where the guest delivered its counts, and else not.
"""
# More than any object's counts.
COUNTS_MAX = 4 << 20
LCOV = ("--branch-coverage", "--quiet", "--ignore-errors", "inconsistent,mismatch,negative,unused")


@dataclass(frozen=True)
class Part:
    """One guest's share of the tests. tests: a regular expression; empty: all that run without being named."""

    name: str
    gpu: str
    tests: str


# No one guest can run all tests.
PARTS = (
    Part("usual", "blob", ""),
    Part("gl", "gl", "igt@cc_(virgl|virtgpu|virtgpu_own|import)@"),
    Part("suspend", "blob", "igt@cc_suspend@"),
)


@dataclass(frozen=True)
class Found:
    """What ran. columns: a guest's name, or ALL -> its files by their names in the kernel's tree."""

    columns: dict
    tree: Path

    def source(self, name):
        """The lines of a file."""
        return (self.tree / name).read_text(encoding="utf-8", errors="replace").splitlines()


@dataclass
class File:
    """What ran of a source file: line -> count; (line, block, branch) -> count; function -> its first line."""

    lines: dict[int, int] = field(default_factory=dict)
    branches: dict[tuple[int, str, str], int] = field(default_factory=dict)
    functions: dict[str, int] = field(default_factory=dict)

    def missed(self):
        """The lines that did not run, in order."""
        return [number for number, count in sorted(self.lines.items()) if not count]

    def function(self, number):
        """The name of the function that has a line; empty: none."""
        before = [(first, name) for name, first in self.functions.items() if first <= number]
        return max(before)[1] if before else ""


def parse(text):
    """Source file, as the tree has it -> File, of lcov's format (geninfo(1), "FILES")."""
    found, file, starts = {}, File(), {}
    for line in text.splitlines():
        word, _, value = line.partition(":")
        parts = value.split(",")
        if word == "SF":
            file = found.setdefault(value.removeprefix(f"{SOURCE}/"), File())
            starts = {}
        elif word == "DA":
            file.lines[int(parts[0])] = int(parts[1])
        elif word == "BRDA":
            count = 0 if parts[3] == "-" else int(parts[3])
            file.branches[int(parts[0]), parts[1], parts[2]] = count
        elif word == "FN":
            file.functions[parts[-1]] = int(parts[0])
        elif word == "FNL":
            starts[parts[0]] = int(parts[1])
        elif word == "FNA":
            file.functions[parts[-1]] = starts[parts[0]]
    return found


def guests_file(folder, name):
    """The bytes of a plain file below a folder that a guest wrote to; empty: there is none, or a link on the way to it."""
    path = folder
    for part in ("", *name.parts):
        path = path / part
        if path.is_symlink():
            return b""
    if not path.is_file() or path.stat().st_size > COUNTS_MAX:
        return b""
    return path.read_bytes()


def collect(folder, objects, target):
    """Puts the counts that a guest left in its results folder beside what the compiler wrote for them, in target."""
    for name in PROFILED:
        notes = objects / Path(name).with_suffix(".gcno")
        counts = Path(name).with_suffix(".gcda")
        data = guests_file(folder / layout.COUNTS, counts)
        if data and notes.is_file():
            (target / counts).parent.mkdir(parents=True, exist_ok=True)
            (target / counts).write_bytes(data)
            shutil.copyfile(notes, target / Path(name).with_suffix(".gcno"))


def capture(stages, built, guest, folder):
    """Makes a trace of the counts in a guest's results folder, where it left some. built: what the guest had."""
    kernel = built.kernel(guest)
    work = folder / WORK
    work.mkdir()
    collect(folder, kernel.objects, work)
    if not any(work.iterdir()):
        return
    words = ["lcov", "--capture", "--directory", work, "--gcov-tool", f"{guest.arch.triplet}-gcov"]
    words += [f"--include={SOURCE}/{Path(name).with_suffix('.c')}" for name in PROFILED]
    run(stages, built.root, kernel, [*words, *LCOV, "--output-file", folder / TRACE], folder)
    shutil.rmtree(work)


def merged(stages, built, parts, folder):
    """
    Adds up the traces of guests and draws pages of them. parts: (guest, its results folder), several of a guest.
    Returns the Tree, and a guest's name -> its files, ALL last.
    """
    traces = [(guest, own / TRACE) for guest, own in parts if (own / TRACE).is_file()]
    if not traces:
        raise Problem("coverage: no guest left counts; see the tests' results")
    kernel = built.kernel(traces[0][0])
    found = {}
    with stages.stage("coverage", "adding up"):
        for guest in dict.fromkeys(guest for guest, _ in traces):
            own = [trace for other, trace in traces if other == guest]
            found[guest.name] = add(stages, built.root, kernel, own, folder / f"{guest.name}.info")
        every = [trace for _, trace in traces]
        found[ALL] = add(stages, built.root, kernel, every, folder / TRACE)
        words = ["genhtml", "--legend", "--prefix", SOURCE, *LCOV, folder / TRACE]
        run(stages, built.root, kernel, [*words, "--output-directory", folder / PAGES], folder)
    return Found(found, kernel.tree)


def add(stages, root, kernel, traces, target):
    """Adds traces up in another one; returns its files."""
    words = [word for trace in traces for word in ("--add-tracefile", trace)]
    run(stages, root, kernel, ["lcov", *LCOV, *words, "--output-file", target], target.parent)
    return parse(target.read_text(encoding="utf-8"))


def run(stages, root, kernel, command, folder):
    """Runs a program of lcov's that finds the kernel where it was built, and writes to a folder."""
    places = [(kernel.tree, SOURCE), (kernel.objects, OBJECTS)]
    stages.run("coverage", root.argv(command, read=places, write=[folder]))


def share(counts):
    """How many of these counts are not 0, in per cent."""
    return str(100 * sum(map(bool, counts)) // len(counts)) if counts else "-"


def cell(file):
    """Lines and branches of a File."""
    return f"{share(file.lines.values())} / {share(file.branches.values())}" if file else ""


def rows(found):
    """The table: a file a row, a guest a column."""
    yield ["", *found.columns]
    for name in sorted(found.columns[ALL]):
        yield [name, *(cell(files.get(name)) for files in found.columns.values())]


def text(found):
    """The table for people."""
    cells = [*rows(found)]
    widths = [max(map(len, column)) for column in zip(*cells)]
    return ["  ".join(f"{c:<{w}}" for c, w in zip(row, widths)).rstrip() for row in cells]


def missed_lines(found):
    """The lines that no test reached, for people."""
    for name, file in sorted(found.columns[ALL].items()):
        lines = found.source(name)
        for number in file.missed():
            yield f"{name}:{number}: {file.function(number)}: {lines[number - 1].strip()}"


@dataclass(frozen=True)
class Reason:
    """Why no test reaches lines of a function. text: what these lines have; empty: all of them."""

    file: str
    function: str
    text: str
    why: str

    def fits(self, name, function, line):
        """Whether it is about a line of a function."""
        own = self.function in ("*", function)
        return self.file == name and own and self.text in line


def reasons():
    """The rows of the list of lines that no test reaches."""
    found = project.rows(UNREACHED, REASON, "coverage", 'FILE FUNCTION ["TEXT"] REASON')
    return [Reason(match[1], match[2], match[3] or "", match[4]) for match in found]


def explained(found, known):
    """(file, function, reason or "") -> the lines that no test reached, of all files that a reason or a goal names."""
    groups = {}
    for name in sorted({*GOALS, *(reason.file for reason in known)} & {*found.columns[ALL]}):
        file = found.columns[ALL][name]
        lines = found.source(name)
        for number in file.missed():
            function = file.function(number)
            fitting = (row.why for row in known if row.fits(name, function, lines[number - 1]))
            groups.setdefault((name, function, next(fitting, "")), []).append(number)
    return groups


def ranges(numbers):
    """Line numbers in words: 3, 5-7."""
    groups = []
    for number in numbers:
        if groups and groups[-1][1] == number - 1:
            groups[-1][1] = number
        else:
            groups.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in groups)


def reachable(found, groups, name):
    """How many of a file's lines run, of those that no reason is about, in per cent."""
    file = found.columns[ALL][name]
    spared = sum(len(lines) for (other, _, why), lines in groups.items() if other == name and why)
    count = len(file.lines) - spared
    return f"{100 * (len(file.lines) - len(file.missed())) / count:.1f}" if count else "-"


def document(found):
    """docs/kernel-coverage.md."""
    groups = explained(found, reasons())
    head, *cells = rows(found)
    lines = [HEAD, line_of(["file", *head[1:]]), line_of(["---"] * len(head))]
    lines += [line_of([f"`{name}`", *rest]) for name, *rest in cells]
    lines += ["", "## Goals", "", line_of(["file", "goal", "lines that can be reached"])]
    lines += [line_of(["---"] * 3)]
    lines += [
        line_of([f"`{name}`", f"{goal} %", f"{reachable(found, groups, name)} %"])
        for name, goal in GOALS.items()
        if name in found.columns[ALL]
    ]
    lines += ["", "## What no test reaches", "", line_of(["file", "function", "lines", "why"])]
    lines += [line_of(["---"] * 4)]
    lines += [
        line_of([f"`{name}`", f"`{function}`", ranges(numbers), why or "**no reason yet**"])
        for (name, function, why), numbers in groups.items()
    ]
    return "\n".join([*lines, ""])


def line_of(cells):
    """A row of a table of Markdown."""
    return f"| {' | '.join(cells)} |"

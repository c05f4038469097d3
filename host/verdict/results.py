# SPDX-License-Identifier: MIT
"""igt_runner's results, judged by the lists of what is expected."""

import json
import re
import shutil
from dataclasses import dataclass

from problem import Problem
from project import SOURCE

EXPECTATIONS = SOURCE / "drm-tests/expectations"
MARKER = ".ccprime-results"
RESULTS_MAX = 64 << 20

# igt_runner's words -> the words of the expectation lists.
FAILURES = {
    "fail": "Fail",
    "dmesg-fail": "Fail",
    "warn": "Warn",
    "dmesg-warn": "Warn",
    "crash": "Crash",
    "abort": "Crash",
    "incomplete": "Crash",
    "terminated": "Terminated",
    "timeout": "Timeout",
    "notrun": "Fail",
    "missing": "Fail",
}

# How an expected failure is called that is more, or less, than a failed test; "expected fail" else.
EXPECTED_WORDS = {
    "Warn": "expected warn",
    "Terminated": "expected terminated",
    "Crash": "expected crash",
}

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"

# The word for a test whose result is not the same in each run.
DIFFERS = "differs"
# The word for one that did not pass, as it does now and then, and it is known why.
FLAKE = "known flake"


@dataclass(frozen=True)
class Outcome:
    """One test: how it counts, the word for it, and what explains it."""

    name: str
    counts: str
    word: str
    why: str = ""


@dataclass(frozen=True)
class Expectations:
    """
    fails: test name -> Fail, Warn, Crash, Terminated or Timeout. skips: (regular expression, reason). flakes: (regular
    expression, one of the same words, what the explanation has to say).
    """

    fails: dict[str, str]
    skips: tuple[tuple[str, str], ...]
    flakes: tuple[tuple[str, str, str], ...] = ()

    def skip_reason(self, name):
        """Why a test has to skip, or None."""
        return next((why for pattern, why in self.skips if re.fullmatch(pattern, name)), None)

    def is_flake(self, name, word, said):
        """Whether a test is known to end so now and then: each line that was said is what is known."""
        return any(
            re.fullmatch(pattern, name)
            and FAILURES.get(word) == expected
            and all(text in line for line in said)
            for pattern, expected, text in self.flakes
        )


def parse_fails(text, where):
    """Lines `igt@program@subtest,Fail|Warn|Crash|Terminated|Timeout`, with # comments."""
    fails = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.partition("#")[0].strip()
        name, _, word = line.rpartition(",")
        if line and (not name or word not in set(FAILURES.values())):
            raise Problem(f"{where}:{number}: {line!r} is not `igt@program@subtest,Fail`")
        if line:
            fails[name] = word
    return fails


def parse_skips(text, where):
    """Lines `igt@program@subtest  # reason`; the name may be a regular expression."""
    skips = []
    for number, line in enumerate(text.splitlines(), 1):
        pattern, _, why = (part.strip() for part in line.partition("#"))
        if not pattern:
            continue
        try:
            re.compile(pattern)
        except re.error as error:
            raise Problem(f"{where}:{number}: {pattern!r}: {error}") from error
        skips.append((pattern, why))
    return skips


def parse_flakes(text, where):
    """Lines `igt@program@subtest,Fail|Warn|...,what is said then`; the name may be a regular expression."""
    flakes = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.partition("#")[0].strip()
        pattern, _, rest = line.partition(",")
        word, _, said = (part.strip() for part in rest.partition(","))
        if line and (not said or word not in set(FAILURES.values())):
            raise Problem(f"{where}:{number}: {line!r} is not `igt@program@subtest,Warn,TEXT`")
        if line:
            flakes.append((pattern, word, said))
    return flakes


def scopes(guest, gpu, version, state):
    """
    Whose expectations count for a kind of guest, its GPU and a kernel, the later ones more: the guest's and the GPU's; the
    kernel's version, and its state (patched, unpatched, stock); both together.
    """
    machines = [guest, f"gpu-{gpu}"]
    kernels = [version, f"{version}-{state}"]
    return [*machines, *kernels, *(f"{name}-{kernel}" for name in machines for kernel in kernels)]


def load_expectations(scopes, folder=EXPECTATIONS):
    """What is expected where these scopes meet."""
    fails, skips, flakes = {}, [], []
    for scope in scopes:
        for name, take in (
            (f"{scope}-fails.txt", lambda *text: fails.update(parse_fails(*text))),
            (f"{scope}-skips.txt", lambda *text: skips.extend(parse_skips(*text))),
            (f"{scope}-flakes.txt", lambda *text: flakes.extend(parse_flakes(*text))),
        ):
            path = folder / name
            if path.is_file():
                take(path.read_text(encoding="utf-8"), path)
    return Expectations(fails, tuple(skips), tuple(flakes))


# Where igt_results finds folders in the root.
FOLDERS = "/run/ccprime/folders"


def make_json(root, folders):
    """
    Makes results.json of what igt_runner left in these folders of one parent, be its guest alive or not; what a guest
    had made of it so far may be half a file.
    """
    if not folders:
        return
    (parent,) = {folder.parent for folder in folders}
    paths = [f"{FOLDERS}/{folder.name}" for folder in folders]
    script = 'for folder; do igt_results "$folder" || exit; done'
    root.output(["sh", "-c", script, "sh", *paths], write=[(parent, FOLDERS)])


def load(path):
    """(uname, tests) of a results.json: tests is name -> its record. Raises Problem where it is none."""
    try:
        if path.stat().st_size > RESULTS_MAX:
            raise ValueError("too large")
        data = json.loads(path.read_text(encoding="utf-8", errors="replace"))
        tests, uname = data["tests"], data.get("uname", "")
        if not all(isinstance(test, dict) for test in tests.values()):
            raise ValueError("tests without a record")
        return str(uname), tests
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise Problem(f"results: {path} is not igt_runner's: {error}; see guest.log") from error


def kernel_version(uname):
    """The kernel's base version in uname's words, as "7.3"; empty where there is none."""
    match = re.search(r"\b(\d+\.\d+)\b\S*\s*#?", uname)
    return match[1] if match else ""


# How a result is explained in what a test printed: the first pattern that is found counts.
MESSAGE = r"(?m)^\(\S+:\d+\) CRITICAL: (?!Test assertion failure|Failed assertion|Last errno)(.*)"
ASSERTION = r"(Failed assertion: .*)"
KERNEL = r"(?m)^<[0-4]>.*?\] (?!=+$)(.*)"
EXPLANATIONS = {
    "skip": (
        r"Test requirement: .*\n(?:Last errno.*\n)?(?!Subtest|Dynamic subtest|Last errno)(.+)",
        r"Test requirement: (.*)",
    ),
    "crash": (r"(Received signal .*)",),
    "dmesg-warn": (KERNEL,),
    "dmesg-fail": (MESSAGE, ASSERTION, KERNEL),
}
OTHERS = (MESSAGE, ASSERTION, r"(Per-test timeout exceeded)", KERNEL)


def explain(word, record):
    """What a test printed about its result, in one line."""
    text = "\n".join(str(record.get(name, "")) for name in ("out", "err", "dmesg"))
    found = (re.search(pattern, text) for pattern in EXPLANATIONS.get(word, OTHERS))
    return next((match[1].strip() for match in found if match), "")


def fold(tests):
    """Tests without dynamic subtests: igt@program@subtest@dynamic counts for its subtest, the worst one wins."""
    folded = {}
    for name, record in tests.items():
        short = "@".join(name.split("@")[:3])
        old = folded.get(short)
        if old is None or badness(record) > badness(old):
            folded[short] = record
    return folded


def badness(record):
    """The order of results, for folding."""
    return {"pass": 1, "skip": 0}.get(record.get("result"), 2)


def judge(name, record, expected):
    """The outcome of one test."""
    word = str(record.get("result", "missing"))
    why = explain(word, record)
    must_skip = expected.skip_reason(name)
    must_fail = expected.fails.get(name)
    if word == "skip":
        if must_skip is None:
            return Outcome(name, FAILED, "unexpected skip", why)
        return Outcome(name, SKIPPED, "skip", why or must_skip)
    if word == "pass":
        if must_fail or must_skip is not None:
            return Outcome(name, FAILED, "unexpected pass", f"listed as {must_fail or 'skip'}")
        return Outcome(name, PASSED, "pass")
    said = re.findall(KERNEL, str(record.get("dmesg", ""))) if word == "dmesg-warn" else [why]
    if not must_fail and expected.is_flake(name, word, said):
        return Outcome(name, PASSED, FLAKE, why)
    if must_fail and must_fail == FAILURES.get(word):
        return Outcome(name, PASSED, EXPECTED_WORDS.get(must_fail, "expected fail"), why)
    return Outcome(name, FAILED, word, why)


def mark_terminated(tests):
    """The test that ran when the guest was terminated did not crash."""
    return {
        name: record | {"result": "terminated"} if record.get("result") == "incomplete" else record
        for name, record in tests.items()
    }


def judge_all(tests, joblist, expected):
    """An outcome a test, in the order of the run; tests of the job list without a result are missing."""
    folded = fold(tests)
    programs = {name.split("@")[1] for name in folded if name.count("@")}
    missing = {
        name: {"result": "missing"}
        for name in joblist
        if name not in folded and (name.count("@") > 1 or name.split("@")[-1] not in programs)
    }
    return [judge(name, record, expected) for name, record in (folded | missing).items()]


def jobs(text):
    """Test names in igt_runner's joblist.txt: lines `program subtest,subtest` or `program`."""
    names = []
    for line in text.splitlines():
        program, _, subtests = line.strip().partition(" ")
        names += [f"igt@{program}@{name}" for name in subtests.split(",") if name]
        if program and not subtests:
            names.append(f"igt@{program}")
    return names


def merge(runs):
    """The outcomes of several runs of the same tests as one: what differs from run to run is a failure."""
    names = dict.fromkeys(outcome.name for run in runs for outcome in run)
    by_name = [{outcome.name: outcome for outcome in run} for run in runs]
    merged = [merge_one(name, [run.get(name) for run in by_name]) for name in names]
    differ = sum(outcome.word == DIFFERS for outcome in merged)
    note = f"{differ} tests differ" if differ else "all identical"
    counts = FAILED if differ else PASSED
    return [*merged, Outcome("repeated", counts, f"{len(runs)} runs", note)]


def merge_one(name, outcomes):
    """One test's outcomes in several runs (None where a run lacks it)."""
    words = [outcome.word if outcome else "missing" for outcome in outcomes]
    if len(set(words)) == 1:
        return outcomes[0]
    text = ", ".join(f"{word} {words.count(word)}" for word in dict.fromkeys(words))
    if set(words) == {"pass", FLAKE}:
        return Outcome(name, PASSED, FLAKE, text)
    odd = min(range(len(words)), key=lambda run: words.count(words[run]))
    why = outcomes[odd].why if outcomes[odd] else ""
    return Outcome(name, FAILED, DIFFERS, f"{text}; run {odd + 1}: {why or words[odd]}")


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


def prepare_folder(path):
    """Makes an empty results folder; empties an older one of ours, and nothing else."""
    marker = path / MARKER
    try:
        if path.exists() and not path.is_dir():
            raise Problem(f"--out: {path} is not a folder: name another one")
        if path.is_dir() and any(path.iterdir()) and not marker.is_file():
            raise Problem(f"--out: {path} has files that are not ours: name another folder")
        path.mkdir(parents=True, exist_ok=True)
        marker.touch()
        for item in path.iterdir():
            if item == marker:
                continue
            if item.is_dir() and not item.is_symlink():
                shutil.rmtree(item)
            else:
                item.unlink()
    except OSError as error:
        raise Problem(
            f"--out: cannot write {path}: {error.strerror}: name another folder"
        ) from error

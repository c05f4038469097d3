# SPDX-License-Identifier: MIT
"""Outcomes: records of tests, judged by what is expected."""

from dataclasses import dataclass

from verdict import igt

# igt_runner's words for what is no pass -> those of expectations.
FAILURES = {
    "fail": "fail",
    "dmesg-fail": "fail",
    "warn": "warn",
    "dmesg-warn": "warn",
    "crash": "crash",
    "abort": "crash",
    "incomplete": "crash",
    "terminated": "terminated",
    "timeout": "timeout",
    "notrun": "fail",
    "missing": "fail",
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
    # The known problem that explains it: a heading of docs/upstream-problems.md.
    problem: str = ""


def plain(name, record):
    """A test's outcome where nobody has said what to expect."""
    word = str(record.get("result", "missing"))
    counts = {"pass": PASSED, "skip": SKIPPED}.get(word, FAILED)
    return Outcome(name, counts, word, "" if word == "pass" else igt.explain(word, record))


def judge(name, record, expected):
    """The outcome of one test. expected: None where nothing is."""
    if expected is None:
        return plain(name, record)
    word = str(record.get("result", "missing"))
    why = igt.explain(word, record)
    row = expected.of_test(name)
    end = row.word if row else "pass"
    if word == "skip":
        if end != "skip":
            return Outcome(name, FAILED, "unexpected skip", why)
        return Outcome(name, SKIPPED, "skip", why or row.why)
    if word == "pass":
        if row:
            return Outcome(name, FAILED, "unexpected pass", f"listed as {end}: {row.why}")
        return Outcome(name, PASSED, "pass")
    if FAILURES.get(word) == end:
        return Outcome(name, PASSED, f"expected {end}", why, row.problem)
    if not row and expected.is_flake(name, FAILURES.get(word), igt.said(word, record)):
        return Outcome(name, PASSED, FLAKE, why)
    return Outcome(name, FAILED, word, why)


def judge_all(tests, joblist, expected):
    """An outcome a test, in the order of the run; tests of the job list without a result are missing."""
    folded = igt.fold(tests)
    programs = {name.split("@")[1] for name in folded if name.count("@")}
    missing = {
        name: {"result": "missing"}
        for name in joblist
        if name not in folded and (name.count("@") > 1 or name.split("@")[-1] not in programs)
    }
    return [judge(name, record, expected) for name, record in (folded | missing).items()]


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

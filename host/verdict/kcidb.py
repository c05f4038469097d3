# SPDX-License-Identifier: MIT
"""
Outcomes for KernelCI's database: a report of version 5.3 of its schema (kcidb_io/schema/v05_03.py of its project). A
guest is a build, as guests may have different kernels. Whoever submits it replaces the origin by their own.
"""

import json
import re

from verdict.outcomes import FAILED, SKIPPED
from workshop.cache import digest

VERSION = {"major": 5, "minor": 3}
# Of ids and of each object: the CI system that submits.
ORIGIN = "ccprime"
# Words that tell that the harness lost the test, and that the test broke.
MISSED = ("notrun", "missing")
BROKEN = ("incomplete", "abort", "error")
EXCERPT_MAX = 16384
ARCHITECTURE = "x86_64"


def status(outcome):
    """One of the schema's words."""
    if outcome.counts == SKIPPED:
        return "SKIP"
    if outcome.counts != FAILED:
        return "PASS"
    if outcome.word in MISSED:
        return "MISS"
    return "ERROR" if outcome.word in BROKEN else "FAIL"


def path(outcome):
    """The test's place in the tree of all tests: names with dots between them."""
    name = outcome.name.removeprefix("igt@").replace("@", ".")
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", f"ccprime.{name}").strip(".")


def printable(text):
    """A text without what the schema forbids."""
    return text.replace("\0", "")[:EXCERPT_MAX]


def test(identity, guest, outcome, record):
    """A test's object."""
    found = {
        "id": f"{identity}_{guest}_{path(outcome)}",
        "origin": ORIGIN,
        "build_id": f"{identity}_{guest}",
        "path": path(outcome),
        "status": status(outcome),
        "comment": printable(outcome.word),
        "environment": {"comment": printable(f"guest {guest}"), "misc": record.environment},
    }
    if outcome.why:
        found["log_excerpt"] = printable(outcome.why)
    if record.started:
        found["start_time"] = record.started
    return found


def document(record):
    """The whole report."""
    said = [word for column in record.columns.values() for o in column for word in (o.name, o.word)]
    identity = f"{ORIGIN}:{digest(record.started, *record.environment.values(), *said)}"
    comment = printable(record.environment.get("kernel", ""))
    data = {
        "version": VERSION,
        "checkouts": [{"id": identity, "origin": ORIGIN, "valid": True, "comment": comment}],
        "builds": [
            {
                "id": f"{identity}_{guest}",
                "origin": ORIGIN,
                "checkout_id": identity,
                "architecture": ARCHITECTURE,
                "comment": comment,
                "status": "PASS",
            }
            for guest in record.columns
        ],
        "tests": [
            test(identity, guest, outcome, record)
            for guest, column in record.columns.items()
            for outcome in column
        ],
    }
    return json.dumps(data, indent=1) + "\n"

# SPDX-License-Identifier: MIT
import json
import re
import tempfile
import unittest
from pathlib import Path

from problem import Problem
from verdict import documents, kcidb, ktap, layout, record
from verdict.outcomes import FAILED, PASSED, SKIPPED, Outcome

COLUMNS = {
    "sev": [
        Outcome("igt@a@one", PASSED, "pass"),
        Outcome("igt@a@two", FAILED, "fail", "page 1 # is\nwrong\0"),
        Outcome("igt@b@three", SKIPPED, "skip", "no b"),
        Outcome("igt@b@four", PASSED, "expected fail", "a known problem"),
        Outcome("igt@b@five", FAILED, "incomplete"),
        Outcome("igt@b@six", FAILED, "notrun"),
        Outcome("guest sev: wrong plane", PASSED, "pass"),
    ],
    "tdx": [Outcome("igt@a@one", PASSED, "pass")],
}
RECORD = record.Record(COLUMNS, {"kernel": "patched"}, "2026-01-02T03:04:05+00:00")


class Ktap(unittest.TestCase):
    def test_nesting_and_numbers(self):
        lines = ktap.document(RECORD).splitlines()
        self.assertEqual(
            lines[:5], ["KTAP version 1", "1..2", "  KTAP version 1", "  # Subtest: sev", "  1..3"]
        )
        self.assertIn("    ok 1 a@one", lines)
        self.assertIn("    # a@two: fail: page 1 is wrong\0", lines)
        self.assertIn("    not ok 2 a@two", lines)
        self.assertIn("    ok 1 b@three # SKIP no b", lines)
        self.assertIn("    # b@four: expected fail: a known problem", lines)
        self.assertIn("  ok 3 guests", lines)
        self.assertEqual(
            [line for line in lines if line[0] != " "][2:], ["not ok 1 sev", "ok 2 tdx"]
        )


class Kcidb(unittest.TestCase):
    """What version 5.3 of the schema wants (kcidb_io/schema/v05_03.py)."""

    ID = re.compile(r"[a-z0-9_]+:[^\0]+")
    PATH = re.compile(r"([a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)*)?")

    def setUp(self):
        self.data = json.loads(kcidb.document(RECORD))

    def test_objects_lead_to_each_other(self):
        (checkout,) = self.data["checkouts"]
        builds = {build["id"]: build for build in self.data["builds"]}
        self.assertEqual({build["checkout_id"] for build in builds.values()}, {checkout["id"]})
        self.assertEqual({test["build_id"] for test in self.data["tests"]}, set(builds))
        ids = [item["id"] for part in ("builds", "tests") for item in self.data[part]]
        self.assertEqual(len(ids), len(set(ids)))
        for identity in (*ids, checkout["id"]):
            self.assertTrue(self.ID.fullmatch(identity), identity)

    def test_fields(self):
        allowed = {
            "id",
            "origin",
            "build_id",
            "path",
            "status",
            "comment",
            "environment",
            "start_time",
            "log_excerpt",
        }
        for test in self.data["tests"]:
            self.assertLessEqual(set(test), allowed)
            self.assertTrue(self.PATH.fullmatch(test["path"]), test["path"])
            self.assertNotIn("\0", test.get("log_excerpt", ""))
        self.assertEqual(self.data["version"], {"major": 5, "minor": 3})

    def test_words(self):
        words = [test["status"] for test in self.data["tests"]]
        self.assertEqual(words, ["PASS", "FAIL", "SKIP", "PASS", "ERROR", "MISS", "PASS", "PASS"])


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_again(self):
        record.save(self.folder, RECORD)
        self.assertEqual(record.load(self.folder), RECORD)
        documents.write(self.folder, record.load(self.folder))
        for name in documents.DOCUMENTS:
            self.assertTrue((self.folder / name).stat().st_size, name)

    def test_somebody_elses_igt_runner(self):
        results = {"tests": {"igt@a@b": {"result": "pass"}, "igt@a@c": {"result": "crash"}}}
        (self.folder / layout.RESULTS).write_text(json.dumps(results))
        (found,) = record.load(self.folder).columns.values()
        self.assertEqual([(o.counts, o.word) for o in found], [(PASSED, "pass"), (FAILED, "crash")])

    def test_not_ours(self):
        for text in (
            "",
            "{}",
            "[]",
            '{"guests": {"a": [1]}}',
            '{"guests": {"a": [{"x": 1}]}, "environment": {}, "started": ""}',
        ):
            (self.folder / layout.RECORD).write_text(text)
            with self.assertRaisesRegex(Problem, "is not this project's"):
                record.load(self.folder)

    def test_nothing(self):
        with self.assertRaisesRegex(Problem, "has no results.json"):
            record.load(self.folder)

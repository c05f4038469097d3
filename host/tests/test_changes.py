# SPDX-License-Identifier: MIT
import json
import tempfile
import unittest
from pathlib import Path

from problem import Problem
from verdict import changes


def folder(parent, runs):
    """A results folder: path in it -> test -> result."""
    for path, tests in runs.items():
        (parent / path).mkdir(parents=True, exist_ok=True)
        records = {name: {"result": result} for name, result in tests.items()}
        (parent / path / "results.json").write_text(json.dumps({"tests": records}))
    return changes.load(parent)


class Changes(unittest.TestCase):
    def kinds(self, old, new):
        with tempfile.TemporaryDirectory() as name:
            found = changes.compare(
                folder(Path(name) / "old", old), folder(Path(name) / "new", new)
            )
        return {change.name: (change.kind, change.old, change.new) for change in found}

    def test_each_kind(self):
        old = {
            "": {"a@p": "pass", "b@f": "fail", "c@w": "dmesg-warn", "d@s": "pass", "e@g": "pass"}
        }
        new = {"": {"a@p": "fail", "b@f": "pass", "c@w": "fail", "d@s": "skip", "n@n": "pass"}}
        self.assertEqual(
            self.kinds(old, new),
            {
                "a@p": ("new failure", "pass", "fail"),
                "b@f": ("fixed", "fail", "pass"),
                "c@w": ("new failure", "dmesg-warn", "fail"),
                "d@s": ("changed", "pass", "skip"),
                "n@n": ("new test", "-", "pass"),
                "e@g": ("gone", "pass", "-"),
            },
        )

    def test_new_test_that_fails(self):
        found = self.kinds({"": {"a@p": "pass"}}, {"": {"a@p": "pass", "b@f": "crash"}})
        self.assertEqual(found, {"b@f": ("new failure", "-", "crash")})

    def test_runs_and_guests(self):
        old = {"sev/1": {"a@p": "pass"}, "sev/2": {"a@p": "pass"}, "tdx/1": {"a@p": "fail"}}
        new = {"sev/1": {"a@p": "pass"}, "sev/2": {"a@p": "fail"}, "tdx/1": {"a@p": "fail"}}
        self.assertEqual(self.kinds(old, new), {"a@p": ("now flaky", "pass", "flaky")})
        self.assertEqual(self.kinds(new, old), {"a@p": ("fixed", "flaky", "pass")})

    def test_worst_dynamic_subtest_counts(self):
        found = self.kinds(
            {"": {"igt@a@b@x": "pass", "igt@a@b@y": "pass"}},
            {"": {"igt@a@b@x": "pass", "igt@a@b@y": "fail"}},
        )
        self.assertEqual(found, {"igt@a@b": ("new failure", "pass", "fail")})

    def test_no_results(self):
        with tempfile.TemporaryDirectory() as name, self.assertRaisesRegex(Problem, "has no"):
            changes.load(Path(name))

# SPDX-License-Identifier: MIT
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from runs import tests as guest_tests
from runs.tests import End
from verdict import layout

JOBS = "a one\na two\na three\n"


def end(test):
    return End(f"igt@a@{test}", "crash", "it died")


class Rest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.runner = self.folder / layout.IGT
        self.runner.mkdir()
        (self.runner / "joblist.txt").write_text(JOBS)

    def begin(self, count):
        for number in range(count):
            (self.runner / str(number)).mkdir(exist_ok=True)

    def test_tests_that_nobody_has_begun(self):
        self.begin(2)
        self.assertTrue(guest_tests.has_rest(self.folder, [end("two")]))
        self.begin(3)
        self.assertFalse(guest_tests.has_rest(self.folder, [end("three")]))

    def test_a_guest_that_gets_no_further(self):
        self.begin(1)
        self.assertFalse(guest_tests.has_rest(self.folder, [end("one"), end("one")]))

    def test_a_list_that_is_done(self):
        self.begin(1)
        for name in ("endtime.txt", "aborted.txt"):
            (self.runner / name).touch()
            self.assertFalse(guest_tests.has_rest(self.folder, [end("one")]))
            (self.runner / name).unlink()

    def run_guests(self, ends):
        """Runs with guests that end so; returns what each of them was started for."""
        started = []

        def job(_guest, _folder, what, _tests):
            started.append(what)

        setup = SimpleNamespace(job=job)
        guest = SimpleNamespace(name="sev", tests="")
        with (
            mock.patch.object(guest_tests, "run_guest", side_effect=ends),
            mock.patch.object(guest_tests, "collect", return_value=[]),
        ):
            guest_tests.run(setup, guest, self.folder, mock.Mock())
        return started

    def test_the_rest_runs_in_fresh_guests(self):
        self.begin(1)
        self.assertEqual(self.run_guests([None]), ["tests"])
        ends = [end("one"), end("two"), None]
        self.assertEqual(self.run_guests(ends), ["tests", "resume", "resume"])

    def test_a_guest_that_never_stops_dying(self):
        (self.runner / "joblist.txt").write_text(JOBS * 100)
        self.begin(1)
        ends = [end(str(number)) for number in range(100)]
        self.assertEqual(len(self.run_guests(ends)), guest_tests.GUESTS_MAX)

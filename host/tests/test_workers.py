# SPDX-License-Identifier: MIT
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from problem import Problem
from project import HOST
from workshop import workers
from workshop.workers import Task


class View:
    """Keeps what it is told."""

    def __init__(self):
        self.events = []
        self.order = []

    def event(self, task, kind, *words):
        self.events.append((task, kind, *words))

    def done(self, task, _):
        self.order.append(task)

    def tick(self):
        pass


def run(*tasks, jobs=2):
    """(name -> Done, the view)."""
    view = View()
    return workers.run(tasks, jobs, view), view


def wait_for(path):
    """Waits until another process has made a file."""
    deadline = time.monotonic() + 10
    while not path.exists():
        if time.monotonic() > deadline:
            raise Problem(f"no {path}")
        time.sleep(0.001)


class InFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)


class Results(unittest.TestCase):
    def test_value(self):
        done, view = run(Task("a", lambda show: show("line", "hello") or 42))
        self.assertEqual(done["a"].result(), 42)
        self.assertEqual(view.events, [("a", "start"), ("a", "line", "hello")])

    def test_needs(self):
        done, view = run(
            Task("c", lambda show, a, b: a + b, ("a", "b")),
            Task("b", lambda show, a: a * 10, ("a",)),
            Task("a", lambda show: 4),
        )
        self.assertEqual(done["c"].value, 44)
        self.assertEqual(view.order, ["a", "b", "c"])

    def test_problem(self):
        def fail(_):
            raise Problem("no such thing")

        done, _ = run(
            Task("a", fail),
            Task("b", lambda show, a: a, ("a",)),
            Task("c", lambda show: 1),
        )
        with self.assertRaisesRegex(Problem, "^no such thing$"):
            done["a"].result()
        with self.assertRaisesRegex(Problem, "not run: a failed"):
            done["b"].result()
        self.assertEqual(done["c"].result(), 1)

    def test_other_errors(self):
        done, _ = run(Task("a", lambda show: {}["x"]), Task("b", lambda show: lambda: 0))
        self.assertEqual(str(done["a"].error), "a: KeyError: 'x'")
        self.assertIn("pickle", str(done["b"].error))

    def test_killed(self):
        done, _ = run(Task("a", lambda show: os.kill(os.getpid(), signal.SIGKILL)))
        self.assertRegex(str(done["a"].error), "a: ended by SIGKILL; memory may be short")


class SideBySide(InFolder):
    def meet(self, mine, other):
        """A task that ends only while another one runs."""

        def work(_):
            (self.folder / mine).touch()
            wait_for(self.folder / other)

        return Task(mine, work)

    def test_two_at_once(self):
        done, _ = run(self.meet("a", "b"), self.meet("b", "a"))
        self.assertEqual([done[name].error for name in "ab"], [None, None])

    def count(self, name, alone=False):
        """A task that says how many run at its time."""

        def work(_):
            mark = self.folder / name
            mark.touch()
            running = len(list(self.folder.iterdir()))
            time.sleep(0.01)
            mark.unlink()
            return running

        return Task(name, work, alone=alone)

    def test_never_more_than_jobs(self):
        for jobs in (1, 3):
            done, _ = run(*(self.count(str(number)) for number in range(9)), jobs=jobs)
            self.assertLessEqual(max(end.value for end in done.values()), jobs)

    def test_alone_and_last(self):
        tasks = [
            self.count("first", alone=True),
            *(self.count(str(number)) for number in range(5)),
        ]
        done, view = run(*tasks, jobs=3)
        self.assertEqual(view.order[-1], "first")
        self.assertEqual(done["first"].value, 1)


MAIN = """
import os, time
from workshop import workers
from workshop.workers import Task
from tests.test_workers import View
def work(show):
    try:
        show("line", "up")
        # A signal that comes before a system call has begun does not end it: many short ones.
        while True:
            time.sleep(0.05)
    finally:
        os.write(1, b"cleaned" + os.linesep.encode())
class Said(View):
    def event(self, task, kind, *words):
        if kind == "line":
            print(*words, flush=True)
workers.handle_signals()
try:
    workers.run([Task("a", work), Task("b", work)], 2, Said())
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


class Interrupted(unittest.TestCase):
    def after(self, number, to_group):
        """What the program says when it gets a signal, with two tasks at work."""
        # Whoever runs these tests in the background may have SIGINT ignored.
        argv = ["env", "--default-signal=INT", sys.executable, "-B", "-c", MAIN]
        options = {"stdout": subprocess.PIPE, "text": True, "start_new_session": True}
        with subprocess.Popen(argv, cwd=HOST, **options) as process:
            self.assertEqual([process.stdout.readline() for _ in "ab"], ["up\n", "up\n"])
            (os.killpg if to_group else os.kill)(process.pid, number)
            try:
                # Ends when the last process has ended.
                return process.communicate(timeout=60)[0].splitlines()
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise

    def test_each_task_cleans_up_once(self):
        for number, to_group in (
            (signal.SIGINT, True),
            (signal.SIGTERM, False),
            (signal.SIGHUP, True),
        ):
            with self.subTest(number):
                said = self.after(number, to_group)
                self.assertEqual(said, ["cleaned", "cleaned", "interrupted"])

    def test_killed_program(self):
        self.assertEqual(self.after(signal.SIGKILL, False), ["cleaned", "cleaned"])


class Jobs(unittest.TestCase):
    def test_memory(self):
        with tempfile.NamedTemporaryFile("w", suffix=".meminfo") as file:
            file.write("MemTotal:  9 kB\nMemAvailable:   2000000 kB\n")
            file.flush()
            self.assertEqual(workers.available_memory(file.name), 2048000000)
        self.assertGreaterEqual(workers.default_jobs(), 1)

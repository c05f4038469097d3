# SPDX-License-Identifier: MIT
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

from problem import Problem
from project import HOST
from workshop.process import Process
from workshop.stage import Stages


def gone(pid):
    """Whether the process has ended (a zombie has), within a few seconds."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False


class Kill(unittest.TestCase):
    def test_children_too(self):
        with Process(["sh", "-c", "sleep 1000 & echo $!; wait"]) as process:
            child = int(process.output.readline())
            self.assertFalse(Path(f"/proc/{child}/gone").exists())
        self.assertTrue(gone(child))
        self.assertIsNotNone(process.popen.returncode)

    def test_deaf_ones_too(self):
        with Process(["sh", "-c", "trap '' TERM; echo up; while :; do sleep 1; done"]) as process:
            process.output.readline()
        self.assertEqual(process.popen.returncode, -signal.SIGKILL)

    def test_with_us(self):
        code = (
            "import os, signal\n"
            "from workshop.process import Process\n"
            "p = Process(['sleep', '1000'])\n"
            "while open(f'/proc/{p.popen.pid}/comm').read() != 'sleep\\n': pass\n"
            "print(p.popen.pid, flush=True)\n"
            "os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        argv = [sys.executable, "-B", "-c", code]
        result = subprocess.run(argv, cwd=HOST, stdout=subprocess.PIPE, check=False)
        self.assertTrue(gone(int(result.stdout)))


class Time(unittest.TestCase):
    def test_of_the_whole_group(self):
        busy = "i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done; echo up; sleep 1000"
        with Process(["sh", "-c", f"sh -c '{busy}'; :"]) as process:
            process.output.readline()
            self.assertGreater(process.cpu_seconds(), 0)


class Run(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.logs = Path(folder.name) / "logs"
        self.events = []

    def stages(self, verbose=False):
        return Stages(self.logs, lambda *event: self.events.append(event), verbose)

    def kinds(self):
        return [event[0] for event in self.events]

    def test_quiet(self):
        stages = self.stages()
        with stages.stage("build", "compiling"):
            stages.run("build", ["echo", "hello"])
        begin, end = self.events
        self.assertEqual(begin, ("begin", "build", "compiling"))
        self.assertRegex(end[1], r"^\d+\.\d s$")
        self.assertEqual((self.logs / "build.log").read_text(), "$ echo hello\nhello\n")

    def test_verbose(self):
        stages = self.stages(verbose=True)
        with stages.stage("build", "compiling"):
            stages.run("build", ["echo", "hello"])
        self.assertEqual(self.kinds(), ["begin", "line", "end"])
        self.assertEqual(self.events[1], ("line", "hello"))

    def test_meter(self):
        stages = self.stages()

        def meter(line):
            return f"at {line.decode().strip()}" if b"2" in line else None

        stages.run("build", ["seq", "3"], meter=meter)
        self.assertEqual(self.events, [("progress", "at 2")])

    def test_failure_names_the_log(self):
        stages = self.stages()
        message = f"build: sh failed: see {self.logs}/build.log"
        with (
            self.assertRaisesRegex(Problem, message),
            stages.stage("build", "compiling"),
        ):
            stages.run("build", ["sh", "-c", "echo broken >&2; exit 3"])
        self.assertIn(("error", "  broken"), self.events)
        self.assertEqual(self.events[-1], ("end", "failed"))

    def test_known_failure_says_what_to_do(self):
        with self.assertRaisesRegex(Problem, "the disk is full"):
            self.stages().run("build", ["sh", "-c", "echo No space left on device; exit 1"])
        self.assertNotEqual(os.listdir(self.logs), [])

    def test_limit_says_what_took_so_long(self):
        stages = self.stages()
        with (
            mock.patch("workshop.stage.COMMAND_LIMIT", 0.1),
            self.assertRaisesRegex(Problem, "kernel: building 7.3: not done after 0 minutes; see"),
            stages.stage("kernel", "building 7.3"),
        ):
            stages.run("kernel", ["sleep", "1000"])

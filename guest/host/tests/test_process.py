# SPDX-License-Identifier: MIT
import io
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from problem import Problem
from process import Process
from stage import Stages

HOST = Path(__file__).resolve().parents[1]


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
            "from process import Process\n"
            "p = Process(['sleep', '1000'])\n"
            "while open(f'/proc/{p.popen.pid}/comm').read() != 'sleep\\n': pass\n"
            "print(p.popen.pid, flush=True)\n"
            "os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        argv = [sys.executable, "-B", "-c", code]
        result = subprocess.run(argv, cwd=HOST, stdout=subprocess.PIPE, check=False)
        self.assertTrue(gone(int(result.stdout)))


class Run(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.logs = Path(folder.name) / "logs"
        self.out = io.StringIO()

    def test_quiet(self):
        stages = Stages(self.logs, out=self.out)
        with stages.stage("build", "compiling"):
            stages.run("build", ["echo", "hello"])
        self.assertRegex(self.out.getvalue(), r"^build     compiling \.\.\. \d+\.\d s\n$")
        self.assertEqual((self.logs / "build.log").read_text(), "$ echo hello\nhello\n")

    def test_verbose(self):
        stages = Stages(self.logs, verbose=True, out=self.out)
        with stages.stage("build", "compiling"):
            stages.run("build", ["echo", "hello"])
        self.assertRegex(
            self.out.getvalue(), r"^build     compiling \.\.\.\nhello\nbuild .*\d s\n$"
        )

    def test_failure_names_the_log(self):
        stages = Stages(self.logs, out=self.out)
        errors, sys.stderr = sys.stderr, io.StringIO()
        try:
            message = f"build: sh failed: see {self.logs}/build.log"
            with (
                self.assertRaisesRegex(Problem, message),
                stages.stage("build", "compiling"),
            ):
                stages.run("build", ["sh", "-c", "echo broken >&2; exit 3"])
            self.assertIn("broken", sys.stderr.getvalue())
        finally:
            sys.stderr = errors
        self.assertTrue(self.out.getvalue().endswith("failed\n"))

    def test_known_failure_says_what_to_do(self):
        stages = Stages(self.logs, out=self.out)
        errors, sys.stderr = sys.stderr, io.StringIO()
        try:
            with self.assertRaisesRegex(Problem, "the disk is full"):
                stages.run("build", ["sh", "-c", "echo No space left on device; exit 1"])
        finally:
            sys.stderr = errors
        self.assertNotEqual(os.listdir(self.logs), [])

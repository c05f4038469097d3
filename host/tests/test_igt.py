# SPDX-License-Identifier: MIT
import json
import tempfile
import unittest
from pathlib import Path

from problem import Problem
from verdict import igt


class Load(unittest.TestCase):
    def load(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.json"
            path.write_text(text)
            return igt.load(path)

    def test_file(self):
        uname, tests = self.load(json.dumps({"uname": "Linux 7.3.4", "tests": {"t": {}}}))
        self.assertEqual((uname, tests), ("Linux 7.3.4", {"t": {}}))

    def test_junk(self):
        for text in ("", "{}", "[]", "1", '{"tests": []}', '{"tests": {"a": 1}}', '{"tests": {'):
            with self.subTest(text), self.assertRaises(Problem):
                self.load(text)

    def test_kernel_version(self):
        cases = {
            "Linux (none) 7.3.4 #1 SMP x86_64": "7.3",
            "Linux guest 7.3.0-rc2+ #5": "7.3",
            "Linux a 6.18.1-5-amd64": "6.18",
            "": "",
        }
        for uname, version in cases.items():
            with self.subTest(uname):
                self.assertEqual(igt.kernel_version(uname), version)

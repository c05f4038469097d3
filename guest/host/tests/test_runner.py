# SPDX-License-Identifier: MIT
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

import runner
from results import Expectations

CONSOLE = b"""\
[    0.000000] Linux version 7.3.4-ccprime (ccprime@build)
[    4.785681] [IGT] cc_a: starting subtest one
[    4.791745] [IGT] cc_a: finished subtest one, SUCCESS
[    4.802070] [IGT] cc_a: starting subtest known
[    4.802071] [IGT] cc_a: starting dynamic subtest 4k
[    4.802072] [IGT] cc_a: finished subtest 4k, FAIL
[    4.802073] [IGT] cc_a: finished subtest known, FAIL
[    4.864497] [IGT] cc_b: starting subtest two
[    4.865222] [IGT] cc_b: finished subtest two, CRASH
"""


class Followed(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        (Path(folder.name) / "joblist.txt").write_text("cc_a one,known\ncc_b two\n")
        self.asked = []
        self.events = []
        setup = SimpleNamespace(expectations=self.expectations)
        stages = SimpleNamespace(
            show=lambda *event: self.events.append(event),
            progress=lambda text: self.events.append(("progress", text)),
        )
        guest = SimpleNamespace(name="tdx")
        follower = runner.Follower(setup, guest, Path(folder.name), stages)
        for line in CONSOLE.splitlines():
            follower.line(line)

    def expectations(self, _, uname):
        self.asked.append(uname)
        return Expectations({"igt@cc_a@known": "Fail"}, ())

    def test_progress(self):
        far = [text for kind, text in self.events if kind == "progress"]
        self.assertEqual(far, ["1 of 3: cc_a@one", "2 of 3: cc_a@known", "3 of 3: cc_b@two"])

    def test_only_what_is_not_expected(self):
        said = [text for kind, text in self.events if kind == "now"]
        self.assertEqual(said, ["tdx: igt@cc_b@two: crash"])

    def test_kernel(self):
        self.assertEqual(self.asked, ["7.3.4-ccprime", "7.3.4-ccprime"])

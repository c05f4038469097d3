# SPDX-License-Identifier: MIT
import unittest
from types import SimpleNamespace

import runner
from results import Expectations

CONSOLE = b"""\
[    0.000000] Linux version 7.3.4-ccprime (ccprime@build)
[3.869152] [001/3] cc_a (one)
Starting subtest: one
Subtest one: SUCCESS (0.001s)
[3.975291] [002/3] cc_a (known)
Starting subtest: known
Starting dynamic subtest: 4k
Dynamic subtest 4k: FAIL (0.001s)
Subtest known: FAIL (0.001s)
[4.975291] [003/3] cc_b (two)
Starting subtest: two
Subtest two: CRASH (0.001s)
"""


class Followed(unittest.TestCase):
    def setUp(self):
        self.asked = []
        self.events = []
        setup = SimpleNamespace(expectations=self.expectations)
        stages = SimpleNamespace(
            show=lambda *event: self.events.append(event),
            progress=lambda text: self.events.append(("progress", text)),
        )
        guest = SimpleNamespace(name="tdx")
        follower = runner.Follower(setup, guest, stages)
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

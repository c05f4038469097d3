# SPDX-License-Identifier: MIT
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

from runs import tests as guest_tests
from verdict.expectations import Expectations, parse

CONSOLE = b"""\
[    0.000000] Linux version 7.3.4-ccprime (ccprime@build)
[3.869152] [001/4] cc_a (one)
[3.975291] [002/4] cc_a (known)
[4.975291] [003/4] cc_b (two)
[5.975291] [004/4] cc_b (three)
"""
OUTPUTS = (
    "Starting subtest: one\nSubtest one: SUCCESS (0.001s)\n",
    "Starting dynamic subtest: 4k\nDynamic subtest 4k: FAIL (0.001s)\nSubtest known: FAIL (0.001s)\n",
    "Starting subtest: two\nSubtest two: CRASH (0.001s)\n",
)


NAMES = ("cc_a@one", "cc_a@known", "cc_b@two", "cc_b@three")


class Followed(unittest.TestCase):
    def setUp(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for number, text in enumerate(OUTPUTS):
            (folder / "igt" / str(number)).mkdir(parents=True)
            (folder / "igt" / str(number) / "out.txt").write_text(text)
        self.asked = []
        self.events = []
        setup = SimpleNamespace(expectations=self.expectations)
        stages = SimpleNamespace(
            show=lambda *event: self.events.append(event),
            progress=lambda text: self.events.append(("progress", text)),
        )
        guest = SimpleNamespace(name="tdx")
        follower = guest_tests.Follower(setup, guest, folder, stages)
        for line in CONSOLE.splitlines():
            follower.line(line)

    def expectations(self, _, uname):
        self.asked.append(uname)
        return Expectations(tuple(parse("[]\nfail igt@cc_a@known  # x\n", "f")))

    def test_progress(self):
        far = [text for kind, text in self.events if kind == "progress"]
        self.assertEqual(far, [f"{number} of 4: {name}" for number, name in enumerate(NAMES, 1)])

    def test_only_what_is_not_expected(self):
        said = [text for kind, text in self.events if kind == "now"]
        self.assertEqual(said, ["tdx: igt@cc_b@two: crash"])

    def test_kernel(self):
        self.assertEqual(self.asked, ["7.3.4-ccprime", "7.3.4-ccprime"])

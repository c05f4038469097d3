# SPDX-License-Identifier: MIT
import tempfile
import unittest
from pathlib import Path

from kernels.builder import Kernel
from machine import guests
from verdict import violations
from verdict.expectations import Expectations, parse
from verdict.outcomes import FAILED, PASSED

MAP = """0000000000000000 A absolute
ffffffff81000000 T _text
ffffffff81000100 t clear_bss
ffffffff81000180 D data
ffffffff81000200 T memcpy
"""
LOG = """monitor: mode sev, ram 768 MiB, strict
monitor: violation: write in the shared plane of private page 0x1c00000, rip 0xffffffff8100011e cpl 0
monitor: violation: page table walk in the private plane of shared page 0x5000, rip 0x1000 cpl 0
monitor: violation: read in the shared plane of private page 0x6000, rip 0x55e0 cpl 3
"""


class Parse(unittest.TestCase):
    def test_log(self):
        found = violations.parse(LOG, violations.Symbols(MAP))
        self.assertEqual(
            [(item.access, item.gpa, item.where) for item in found],
            [
                ("write in the shared plane", "0x1c00000", "clear_bss+0x1e"),
                ("page table walk in the private plane", "0x5000", "no kernel symbol"),
                ("read in the shared plane", "0x6000", "user space"),
            ],
        )
        self.assertEqual(violations.parse("monitor: mode tdx\n", violations.Symbols("")), [])

    def test_symbols(self):
        symbols = violations.Symbols(MAP)
        self.assertEqual(symbols.name(0xFFFFFFFF81000200), "memcpy+0x0")
        self.assertEqual(symbols.name(0xFFFFFFFF80FFFFFF), "no kernel symbol")
        self.assertEqual(violations.Symbols("").name(0xFFFFFFFF81000200), "no kernel symbol")

    def test_symbols_of_a_kernel(self):
        with tempfile.TemporaryDirectory() as temp:
            symbols = Path(temp) / "System.map"
            kernel = Kernel(Path(temp) / "bzImage", symbols=symbols)
            self.assertEqual(violations.Symbols.of_kernel(kernel).names, [])
            symbols.write_text(MAP, encoding="ascii")
            names = violations.Symbols.of_kernel(kernel).names
            self.assertEqual(names, ["_text", "clear_bss", "memcpy"])
        self.assertEqual(violations.Symbols.of_kernel(Kernel(Path("/bzImage"))).names, [])


class Judge(unittest.TestCase):
    def judge(self, log, **known):
        rows = "".join(f"access {name} at-most {most}  # x\n" for name, most in known.items())
        expected = Expectations(tuple(parse(f"[]\n{rows}", "f")))
        found = violations.parse(log, violations.Symbols(MAP))
        return violations.judge(guests.GUESTS["sev"], found, expected)

    def test_none(self):
        outcome = self.judge("")
        self.assertEqual((outcome.counts, outcome.why), (PASSED, ""))

    def test_unknown(self):
        outcome = self.judge(LOG)
        self.assertEqual(outcome.counts, FAILED)
        self.assertIn("3 accesses: write in the shared plane of 0x1c00000", outcome.why)
        self.assertIn("rip 0xffffffff8100011e (clear_bss+0x1e)", outcome.why)

    def test_known_is_bounded(self):
        line = LOG.splitlines(keepends=True)[1]
        self.assertEqual(self.judge(line, clear_bss=1).why, "known: 1 in clear_bss")
        self.assertEqual(self.judge(line * 2, clear_bss=1).counts, FAILED)

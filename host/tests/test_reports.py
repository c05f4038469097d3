# SPDX-License-Identifier: MIT
import unittest

from machine import guests
from verdict import expectations, reports
from verdict.expectations import Machine
from verdict.outcomes import FAILED, PASSED

FRAME = """[   64.879377] ------------[ cut here ]------------
[   64.879682] DMA-API: virtio-pci 0000:00:02.0: device driver frees DMA memory with different attributes \
[device address=0x00000000084a0000] [size=65536 bytes] [mapped with 0x2000] [unmapped with 0x0]
[   64.879828] WARNING: kernel/dma/debug.c:1091 at check_unmap+0x1384/0x1650, CPU#1: cc_trace/118
[   64.892799]  ? drm_gem_close+0xa0/0xa0
[   64.894454]  dma_unmap_sg_attrs+0x111/0x140
[   64.894619]  HEAP+0xeb/0x100
[   64.912171] ---[ end trace 0000000000000000 ]---
[   64.912522] DMA-API: Ma
[   64.912522] DMA-API: Mapped at:
[   64.912624]  dma_map_sgtable+0x80/0xc0
"""
KNOWN = FRAME.replace("HEAP", "system_heap_unmap_dma_buf")
EXPECTED = expectations.load(Machine("sev", "blob", "7.3", "unpatched", "x86"))
KASAN = """[   12.000001] ==================================================================
[   12.000002] BUG: KASAN: slab-use-after-free in system_heap_attach+0x12/0x80
[   12.000003] Read of size 8 at addr ffff888005b80000 by task cc_heap/77
[   12.000004]  dma_buf_dynamic_attach+0x1/0x2
[   13.000000] [IGT] cc_heap: exiting, ret=0
"""
LEAK = """unreferenced object 0xffff888005b80000 (size 96):
  comm "cc_vgem", pid 99, jiffies 4294
  backtrace (crc 1):
    kmemleak_alloc+0x4a/0x80
    dma_heap_open+0x1/0x2
unreferenced object 0xffff888005b80100 (size 32):
  comm "cc_vgem", pid 99, jiffies 4294
"""
QUIET = """[    1.006717] DMA-API: preallocated 65536 debug entries
[    1.007224] DMA-API: debugging enabled by kernel config
[    1.1] kmemleak: Kernel memory leak detector initialized (mem pool available: 15000)
[   60.0] virtio-pci 0000:00:02.0: swiotlb buffer is full (sz: 1048576 bytes)
Starting subtest: warns
"""


def firsts(text):
    return [report.first for report in reports.split(text)[0]]


class Split(unittest.TestCase):
    def test_frame_is_one_report(self):
        (report,), rest = reports.split(QUIET + KNOWN + QUIET)
        self.assertIn("different attributes [device address=...]", report.first)
        self.assertIn("dma_unmap_sg_attrs", report.functions)
        self.assertIn("system_heap_unmap_dma_buf", report.functions)
        self.assertNotIn("drm_gem_close", report.functions)
        self.assertEqual(rest, (QUIET + QUIET).splitlines())

    def test_kinds(self):
        kasan = "BUG: KASAN: slab-use-after-free in system_heap_attach+0x12/0x80"
        self.assertEqual(firsts(KASAN), [kasan])
        self.assertEqual(len(firsts(LEAK)), 2)
        for line in (
            "WARNING: possible circular locking dependency detected",
            "WARNING: drivers/dma-buf/dma-buf.c:1 at x+0x1/0x2, CPU#0: a/1",
            "BUG: sleeping function called from invalid context at mm/x.c:1",
            "[ BUG: Invalid wait context ]",
            "INFO: task cc_import:12 blocked for more than 120 seconds.",
            "list_add corruption. prev->next should be next",
            "ODEBUG: free active (active state 0) object type: work_struct",
            "DMA-API: debugging out of memory - disabling",
            "kmemleak: Kernel memory leak detector disabled",
        ):
            with self.subTest(line):
                self.assertEqual(firsts(f"[    3.5] {line}\r\n"), [line])

    def test_quiet(self):
        self.assertEqual(firsts(QUIET), [])
        self.assertEqual(reports.split(""), ([], []))

    def test_report_without_an_end(self):
        text = FRAME.partition("[   64.912171]")[0]
        self.assertEqual(len(firsts(text)), 1)
        self.assertEqual(len(firsts(text + KASAN)), 1)
        self.assertEqual(len(firsts(text + KNOWN)), 2)


class Judge(unittest.TestCase):
    def judge(self, text):
        return reports.judge(guests.GUESTS["sev"], text, EXPECTED)

    def test_clean(self):
        (outcome,) = self.judge(QUIET)
        self.assertEqual((outcome.counts, outcome.why), (PASSED, ""))

    def test_known(self):
        (outcome,) = self.judge(KNOWN * 3)
        self.assertEqual((outcome.counts, outcome.why), (PASSED, "known: 3 of unmap attributes"))

    def test_known_is_narrow(self):
        for other in (FRAME, KNOWN.replace("0x2000]", "0x2001]"), KNOWN.replace("frees", "uses")):
            (outcome,) = self.judge(KNOWN + other)
            self.assertEqual(outcome.counts, FAILED)

    def test_each_unknown_one_is_named_once(self):
        outcomes = self.judge(KASAN + LEAK + KASAN)
        self.assertEqual([outcome.counts for outcome in outcomes], [FAILED] * 3)
        self.assertIn("system_heap_attach, dma_buf_dynamic_attach", outcomes[0].why)
        self.assertIn("(size 96): (by kmemleak_alloc, dma_heap_open)", outcomes[1].why)


class Forgive(unittest.TestCase):
    def result(self, result, *texts):
        lines = [line for text in texts for line in text.splitlines()]
        dmesg = "\n".join(f"<4> {line}" for line in lines)
        return reports.forgive({"t": {"result": result, "dmesg": dmesg}}, EXPECTED)["t"]["result"]

    def test_only_known(self):
        self.assertEqual(self.result("dmesg-warn", KNOWN, KNOWN), "pass")

    def test_others(self):
        self.assertEqual(self.result("dmesg-warn", KNOWN, FRAME), "dmesg-warn")
        self.assertEqual(self.result("dmesg-warn", KNOWN, "[ 1.0] no such thing"), "dmesg-warn")
        self.assertEqual(self.result("dmesg-warn"), "dmesg-warn")
        self.assertEqual(self.result("dmesg-fail", KNOWN), "dmesg-fail")

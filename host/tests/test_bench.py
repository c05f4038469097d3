# SPDX-License-Identifier: MIT
import json
import unittest
from xml.etree import ElementTree

from problem import Problem
from runs import bench


def line(**words):
    return json.dumps(words) + "\n"


LINES = "".join(
    (
        line(count="pages", exporter="system_cc_shared", size=4096, value=1),
        *(line(operation="map", exporter="system", size=1 << 20, ns=ns) for ns in (100, 200, 100)),
        *(line(operation="map", exporter="udmabuf", size=1 << 20, ns=ns) for ns in (200, 300, 300)),
        line(operation="map", exporter="other", size=1 << 20, refused="no"),
    )
)


class Bench(unittest.TestCase):
    def setUp(self):
        self.rows, self.counts = bench.parse(LINES)

    def test_ratios(self):
        (row,) = self.rows
        self.assertEqual(row.ratio("udmabuf"), (1.5, 2.0, 3.0))
        self.assertIsNone(row.ratio("other"))
        self.assertIsNone(row.ratio("system_cc_shared"))
        self.assertEqual(self.counts, {("pages", "system_cc_shared", 4096): 1})

    def test_table(self):
        text = "\n".join(bench.table(self.rows, self.counts))
        self.assertRegex(text, r"map +1 MiB +0\.1 us +0\.3 us  x2\.00 \(1\.50 to 3\.00\) +no")

    def test_chart(self):
        top = ElementTree.fromstring(bench.chart(self.rows))
        texts = [item.text for item in top.iter("{http://www.w3.org/2000/svg}text")]
        self.assertEqual(texts, ["map, 1 MiB: udmabuf", "x2.00"])

    def test_sizes(self):
        for size, words in ((1, "1 B"), (4096, "4 KiB"), (16 << 20, "16 MiB")):
            self.assertEqual(bench.of_size(size), words)

    def test_not_ours(self):
        for text in (
            "x\n",
            "[]\n",
            "{}\n",
            line(operation="map", size=1),
            line(count="x", value=1),
        ):
            with self.assertRaisesRegex(Problem, "line 1 of bench.log"):
                bench.parse(text)
        with self.assertRaisesRegex(Problem, "said nothing"):
            bench.parse("")

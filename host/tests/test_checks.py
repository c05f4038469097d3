# SPDX-License-Identifier: MIT
import unittest
from types import SimpleNamespace

from checks import command, context, names

TABLE = """\
| promise | tests |
| --- | --- |
| kept | `cc_heap@one-two` |
| broken | none |

| other | tests |
|:--|--:|
| also broken | cc_heap |
"""


class RowsWithoutTest(unittest.TestCase):
    def test_heads_and_rules_are_no_rows(self):
        rows = names.rows_without_test(TABLE)
        self.assertEqual(rows, ["| broken | none |", "| also broken | cc_heap |"])

    def test_text_without_a_table(self):
        self.assertEqual(names.rows_without_test("a | b\n\n- cc_heap\n"), [])


class Told(unittest.TestCase):
    """What a command's lines mean for whoever waits for the check."""

    def told(self, line):
        events = []
        stages = SimpleNamespace(
            show=lambda *event: events.append(event),
            progress=lambda text: events.append(("progress", text)),
        )
        self.assertEqual(command.tell(stages, line), line)
        return events

    def test_lines(self):
        self.assertEqual(self.told("          5 of 9: cc_x@y\n"), [("progress", "5 of 9: cc_x@y")])
        failed = "sev: igt@cc_x@y: fail"
        self.assertEqual(self.told(f"{failed}\n"), [("now", failed)])
        self.assertEqual(self.told("igt@cc_x@y  pass\n"), [])

    def test_ninja(self):
        self.assertEqual(context.ninja(b"[12/246] Compiling C object a.o\n"), "12 of 246")
        self.assertEqual(context.ninja(b" 3/42 ccprime / cc_x-docs  OK  0.1s\n"), "3 of 42")
        self.assertIsNone(context.ninja(b"ninja: Entering directory\n"))

# SPDX-License-Identifier: MIT
import unittest

import checks

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
        rows = checks.rows_without_test(TABLE)
        self.assertEqual(rows, ["| broken | none |", "| also broken | cc_heap |"])

    def test_text_without_a_table(self):
        self.assertEqual(checks.rows_without_test("a | b\n\n- cc_heap\n"), [])

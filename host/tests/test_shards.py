# SPDX-License-Identifier: MIT
import unittest

import project
from problem import Problem
from runs import shards


class Shards(unittest.TestCase):
    def test_words(self):
        self.assertEqual(shards.parse("2/3"), (2, 3))
        for text in ("", "1", "0/2", "3/2", "a/b", "1/0", "-1/2"):
            with self.assertRaisesRegex(Problem, "is not I/N"):
                shards.parse(text)

    def test_each_test_is_in_one_shard(self):
        whole = shards.chosen("")
        parts = [shards.take("", number, 5) for number in range(1, 6)]
        self.assertEqual(sorted([test for part in parts for test in part]), sorted(whole))
        taken = shards.seconds()
        loads = [sum(taken.get(test, shards.QUICK) for test in part) for part in parts]
        self.assertLess(max(loads) - min(loads), 1)

    def test_pattern(self):
        self.assertEqual(
            len(shards.take("cc_heap@", 1, 2)) + len(shards.take("cc_heap@", 2, 2)), 18
        )
        with self.assertRaisesRegex(Problem, "not enough tests"):
            shards.take("cc_heap@present-in-coco", 2, 2)

    def test_slow_tests_exist(self):
        self.assertLessEqual(set(shards.seconds()), set(project.tests()))

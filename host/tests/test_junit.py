# SPDX-License-Identifier: MIT
import random
import unittest
from xml.etree import ElementTree

from verdict import junit
from verdict.outcomes import FAILED, PASSED, SKIPPED, Outcome


class Document(unittest.TestCase):
    def test_counts_and_cases(self):
        outcomes = [
            Outcome("igt@cc_a@one", PASSED, "pass"),
            Outcome("igt@cc_a@two", FAILED, "dmesg-fail", 'page <0> & "1"'),
            Outcome("igt@cc_b@three", SKIPPED, "skip", "no vkms"),
            Outcome("igt@cc_b@four", PASSED, "expected fail", "why"),
            Outcome("guest sev", FAILED, "crash", "it hung"),
        ]
        top = ElementTree.fromstring(junit.document({"sev": outcomes}))
        (suite,) = top
        self.assertEqual(
            [suite.get(name) for name in ("name", "tests", "failures", "skipped")],
            ["sev", "5", "2", "1"],
        )
        cases = {(item.get("classname"), item.get("name")): item for item in suite}
        failure = cases["sev.cc_a", "two"].find("failure")
        self.assertEqual((failure.get("type"), failure.text), ("dmesg-fail", 'page <0> & "1"'))
        self.assertIsNone(cases["sev.cc_a", "one"].find("failure"))
        self.assertEqual(cases["sev.cc_b", "three"].find("skipped").get("message"), "no vkms")
        self.assertIn("expected fail", cases["sev.cc_b", "four"].find("system-out").text)
        self.assertIn(("sev.guest sev", "guest sev"), cases)

    def test_whatever_a_guest_says_can_be_read(self):
        rand = random.Random(3)
        for _ in range(500):
            word = "".join(chr(rand.choice((*range(64), 0xD800, 0xFFFE, 0x1F600))) for _ in "x" * 9)
            outcome = Outcome(f"igt@{word}@{word}", FAILED, word, word)
            top = ElementTree.fromstring(junit.document({"sev": [outcome]}))
            self.assertEqual(len(top[0]), 1)

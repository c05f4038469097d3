# SPDX-License-Identifier: MIT
import html.parser
import unittest

from verdict import page
from verdict.outcomes import FAILED, PASSED, SKIPPED, Outcome
from verdict.record import Record

EVIL = "<script>alert(1)</script>\"'&"


class Parser(html.parser.HTMLParser):
    """What a browser would find: elements that are still open at the end, tests, and texts."""

    VOID = frozenset({"meta", "input", "img"})

    def __init__(self):
        super().__init__()
        self.open, self.tests, self.scripts, self.texts = [], [], 0, []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)
        self.scripts += tag == "script"
        if tag == "details":
            self.tests.append(dict(attrs))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        self.texts.append(data)


def parse(columns, records=None, pictures=()):
    """The page of these outcomes, as a browser has it."""
    parser = Parser()
    parser.feed(page.document(Record(columns), "0 passed", records or {}, {"sev": EVIL}, pictures))
    return parser


class Page(unittest.TestCase):
    def test_is_whole(self):
        found = parse({"sev": [Outcome("igt@a@b", PASSED, "pass")]}, pictures=["captures/a.png"])
        self.assertEqual(found.open, [])
        self.assertEqual(len(found.tests), 1)

    def test_words_of_the_guest_are_text(self):
        record = {"err": EVIL, "dmesg": EVIL}
        found = parse(
            {"sev": [Outcome(f"igt@a@{EVIL}", FAILED, EVIL, EVIL)]},
            {"sev": {f"igt@a@{EVIL}": record}},
            [EVIL],
        )
        self.assertEqual(found.scripts, 1)
        self.assertEqual(found.open, [])
        self.assertGreaterEqual("".join(found.texts).count(EVIL), 5)

    def test_known_problem_is_named(self):
        found = parse({"sev": [Outcome("t", PASSED, "expected crash", "", "heap & host")]})
        self.assertIn("Known problem: heap & host", "".join(found.texts))

    def test_kinds(self):
        for outcome, kind in (
            (Outcome("t", PASSED, "pass"), "passed"),
            (Outcome("t", PASSED, "expected fail"), "expected"),
            (Outcome("t", SKIPPED, "skip"), "skipped"),
            (Outcome("t", FAILED, "fail"), "failed"),
        ):
            with self.subTest(kind):
                (test,) = parse({"sev": [outcome]}).tests
                self.assertEqual(test["data-kinds"], kind)
                self.assertEqual("open" in test, kind == "failed")

    def test_one_test_of_several_guests(self):
        found = parse(
            {"sev": [Outcome("t", PASSED, "pass")], "tdx": [Outcome("t", FAILED, "fail", "why")]}
        )
        (test,) = found.tests
        self.assertEqual(test["data-kinds"], "failed passed")
        self.assertIn("tdx: fail", found.texts)

    def test_end_of_a_long_text_is_shown(self):
        long = "a" * page.SHOWN + "the end"
        found = parse({"sev": [Outcome("t", FAILED, "fail")]}, {"sev": {"t": {"err": long}}})
        (shown,) = [text for text in found.texts if text.endswith("the end")]
        self.assertEqual(len(shown), page.SHOWN)


if __name__ == "__main__":
    unittest.main()

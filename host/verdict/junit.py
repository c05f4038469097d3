# SPDX-License-Identifier: MIT
"""Outcomes as JUnit's XML, which CI systems read: a suite a guest, a case a test."""

import re
from xml.etree import ElementTree

from verdict.outcomes import FAILED, SKIPPED

# XML 1.0, 2.2: what no document may have, not even escaped. Messages come from the guest.
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(value):
    """A text that a document may have."""
    return FORBIDDEN.sub("\ufffd", value)


def case(guest, outcome):
    """A test's element. igt@program@subtest is the case subtest of the class GUEST.program."""
    program, _, name = outcome.name.removeprefix("igt@").partition("@")
    found = ElementTree.Element(
        "testcase", classname=text(f"{guest}.{program}"), name=text(name or program)
    )
    if outcome.counts == FAILED:
        why = text(outcome.why)
        ElementTree.SubElement(found, "failure", type=text(outcome.word), message=why).text = why
    elif outcome.counts == SKIPPED:
        ElementTree.SubElement(found, "skipped", message=text(outcome.why))
    elif outcome.word != "pass":
        ElementTree.SubElement(found, "system-out").text = text(f"{outcome.word}: {outcome.why}")
    return found


def document(columns):
    """The whole document. columns: guest's name -> its outcomes."""
    top = ElementTree.Element("testsuites", name="ccprime")
    for guest, outcomes in columns.items():
        counts = [outcome.counts for outcome in outcomes]
        suite = ElementTree.SubElement(
            top,
            "testsuite",
            name=guest,
            tests=str(len(counts)),
            failures=str(counts.count(FAILED)),
            skipped=str(counts.count(SKIPPED)),
            errors="0",
        )
        suite.extend(case(guest, outcome) for outcome in outcomes)
    ElementTree.indent(top)
    return ElementTree.tostring(top, encoding="unicode", xml_declaration=True) + "\n"

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""lava-results.py DIR: tells LAVA of each test of a results folder, in the words of lava-test-case."""

import json
import re
import subprocess
import sys
from pathlib import Path

WORDS = {"passed": "pass", "failed": "fail", "skipped": "skip"}


def main(folder):
    """A test case a test and guest."""
    record = json.loads((Path(folder) / "run.json").read_text(encoding="utf-8"))
    for guest, outcomes in record["guests"].items():
        for outcome in outcomes:
            name = re.sub(
                r"[^A-Za-z0-9_.@-]+", "-", f"{guest}.{outcome['name'].removeprefix('igt@')}"
            )
            command = ["lava-test-case", name, "--result", WORDS[outcome["counts"]]]
            subprocess.run(command, check=True)


main(*sys.argv[1:])

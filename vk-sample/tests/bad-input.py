#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Bad input gets exit status 1 and one clear line.

Usage: bad-input.py VK-SAMPLE
"""

import os
import subprocess
import sys

DRIVER = "/usr/share/vulkan/icd.d/lvp_icd.json"
# What is wrong: the arguments, the driver, and what the line has to say.
CASES = (
    ("no driver", [], "/nonexistent", "VK_ERROR_INCOMPATIBLE_DRIVER"),
    ("no such device", ["--device", "7"], DRIVER, "no device 7 among 1"),
    ("no such device's name", ["--device", "Voodoo"], DRIVER, "no device Voodoo"),
    ("no such heap", ["--heap", "nonsense"], DRIVER, "heap nonsense: No such file"),
    ("no heap's name", ["--heap", "../null"], DRIVER, "heap ../null: Invalid argument"),
    ("no number", ["--size", "large"], DRIVER, "--size: no number: large"),
    ("no bytes", ["--size", "0"], DRIVER, "not whole words"),
    ("half a word", ["--size", "4100"], DRIVER, "not whole words"),
    ("too much", ["--size", "1099511627776"], DRIVER, "a shader here reaches"),
    ("negative", ["--size", "-8"], DRIVER, "a shader here reaches"),
    ("no such option", ["--fast"], DRIVER, "--fast"),
    ("no such argument", ["now"], DRIVER, "no such argument: now"),
)
SKIPPED = 77


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if not os.path.exists(DRIVER):
        print(f"no {DRIVER}")
        sys.exit(SKIPPED)
    bad = []
    for name, words, driver, expected in CASES:
        result = subprocess.run(
            [sys.argv[1], *words],
            env={**os.environ, "VK_DRIVER_FILES": driver},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        lines = result.stderr.splitlines()
        if result.returncode != 1 or len(lines) != 1 or expected not in lines[0]:
            bad.append(f"{name}: status {result.returncode}, said:\n{result.stderr}")
    if bad:
        sys.exit("\n".join(bad))


if __name__ == "__main__":
    main()

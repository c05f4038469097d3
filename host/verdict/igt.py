# SPDX-License-Identifier: MIT
"""What igt_runner leaves in its folder: records of tests, and what explains them."""

import json
import re
import shutil

from problem import Problem

RESULTS_MAX = 64 << 20
# Bytes free on a disk that is full.
LITTLE = 1 << 20

# Where igt_results finds folders in the root.
FOLDERS = "/run/ccprime/folders"


def make_json(root, folders):
    """
    Makes results.json of what igt_runner left in these folders of one parent, be its guest alive or not; what a guest
    had made of it so far may be half a file.
    """
    if not folders:
        return
    (parent,) = {folder.parent for folder in folders}
    paths = [f"{FOLDERS}/{folder.name}" for folder in folders]
    script = 'for folder; do igt_results "$folder" || exit; done'
    root.output(["sh", "-c", script, "sh", *paths], write=[(parent, FOLDERS)])


def load(path):
    """(uname, tests) of a results.json: tests is name -> its record. Raises Problem where it is none."""
    try:
        if path.stat().st_size > RESULTS_MAX:
            raise ValueError("too large")
        data = json.loads(path.read_text(encoding="utf-8", errors="replace"))
        tests, uname = data["tests"], data.get("uname", "")
        if not all(isinstance(test, dict) for test in tests.values()):
            raise ValueError("tests without a record")
        return str(uname), tests
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        if path.parent.is_dir() and shutil.disk_usage(path.parent).free < LITTLE:
            raise Problem(
                f"results: the disk of {path.parent} is full: make room, or name another --out"
            ) from error
        raise Problem(f"results: {path} is not igt_runner's: {error}; see guest.log") from error


def kernel_version(uname):
    """The kernel's base version in uname's words, as "7.3"; empty where there is none."""
    match = re.search(r"\b(\d+\.\d+)\b\S*\s*#?", uname)
    return match[1] if match else ""


# How a result is explained in what a test printed: the first pattern that is found counts.
MESSAGE = r"(?m)^\(\S+:\d+\) CRITICAL: (?!Test assertion failure|Failed assertion|Last errno)(.*)"
ASSERTION = r"(Failed assertion: .*)"
KERNEL = r"(?m)^<[0-4]>.*?\] (?!=+$)(.*)"
EXPLANATIONS = {
    "skip": (
        r"Test requirement: .*\n(?:Last errno.*\n)?(?!Subtest|Dynamic subtest|Last errno)(.+)",
        r"Test requirement: (.*)",
    ),
    "crash": (r"(Received signal .*)",),
    "dmesg-warn": (KERNEL,),
    "dmesg-fail": (MESSAGE, ASSERTION, KERNEL),
}
OTHERS = (MESSAGE, ASSERTION, r"(Per-test timeout exceeded)", KERNEL)


def explain(word, record):
    """What a test printed about its result, in one line."""
    text = "\n".join(str(record.get(name, "")) for name in ("out", "err", "dmesg"))
    found = (re.search(pattern, text) for pattern in EXPLANATIONS.get(word, OTHERS))
    return next((match[1].strip() for match in found if match), "")


def said(word, record):
    """All that explains a result: each warning of the kernel where that is all, else one line."""
    if word == "dmesg-warn":
        return re.findall(KERNEL, str(record.get("dmesg", "")))
    return [explain(word, record)]


def fold(tests):
    """Tests without dynamic subtests: igt@program@subtest@dynamic counts for its subtest, the worst one wins."""
    folded = {}
    for name, record in tests.items():
        short = "@".join(name.split("@")[:3])
        old = folded.get(short)
        if old is None or badness(record) > badness(old):
            folded[short] = record
    return folded


def badness(record):
    """The order of results, for folding."""
    return {"pass": 1, "skip": 0}.get(record.get("result"), 2)


def incomplete(tests):
    """The names of tests that did not come to their end."""
    return {name for name, record in tests.items() if record.get("result") == "incomplete"}


def mark_terminated(tests, names):
    """Tests that ran when their guest was terminated did not crash. names: of those."""
    return {
        name: record | {"result": "terminated"} if name in names else record
        for name, record in tests.items()
    }


def jobs(text):
    """Test names in igt_runner's joblist.txt: lines `program subtest,subtest` or `program`."""
    names = []
    for line in text.splitlines():
        program, _, subtests = line.strip().partition(" ")
        names += [f"igt@{program}@{name}" for name in subtests.split(",") if name]
        if program and not subtests:
            names.append(f"igt@{program}")
    return names

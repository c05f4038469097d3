# SPDX-License-Identifier: MIT
"""The project's own files."""

import re
import shutil
import subprocess
from pathlib import Path

from problem import Problem

HOST = Path(__file__).resolve().parent
SOURCE = next(folder for folder in HOST.parents if (folder / "ccprime").is_file())
# Every test that there is.
TESTS = SOURCE / "drm-tests/all-tests.txt"
# How long some of them take.
SLOW = SOURCE / "drm-tests/slow-tests.txt"
# Regular expressions of those that only run for whoever asks for them.
ONLY_BY_NAME = SOURCE / "drm-tests/only-by-name.txt"


def tests():
    """The names of all tests, as igt_runner has them."""
    return re.findall(r"^igt@\S+", TESTS.read_text(encoding="utf-8"), re.MULTILINE)


def only_by_name():
    """Regular expressions of tests that only run for whoever asks for them."""
    return re.findall(r"^igt@\S+", ONLY_BY_NAME.read_text(encoding="utf-8"), re.MULTILINE)


def rows(path, pattern, stage, form):
    """
    The matches of a list's lines, but for empty ones and comments. Raises Problem, in a stage's name, where a line is
    not of this form.
    """
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        match = pattern.fullmatch(line)
        if not match:
            raise Problem(f"{stage}: {path}:{number}: no `{form}`")
        found.append(match)
    return found


def sources(*suffixes):
    """The project's files with one of these suffixes (all, without), in order."""
    skipped = re.compile(r"(\.git|__pycache__|results.*|build.*)")
    found = []
    for path in sorted(SOURCE.iterdir()):
        if skipped.fullmatch(path.name):
            continue
        inside = path.rglob("*") if path.is_dir() else [path]
        found += [item for item in inside if item.is_file() and "__pycache__" not in item.parts]
    return [path for path in found if not suffixes or path.suffix in suffixes]


def git(*words):
    """What git says of this checkout; None where it is none, or there is no git."""
    program = shutil.which("git")
    if not program or not (SOURCE / ".git").exists():
        return None
    command = [program, "-c", "safe.directory=*", "-C", SOURCE, *words]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout if result.returncode == 0 else None


def tracked():
    """The files that git knows; all of them where this is no git checkout."""
    listed = git("ls-files", "-z")
    if listed is None:
        return sources()
    return [SOURCE / name for name in listed.split("\0") if name]


def release():
    """The number of the release."""
    text = (SOURCE / "meson.build").read_text(encoding="utf-8")
    return re.search(r"^  version: '([^']+)'", text, re.MULTILINE)[1]


def version():
    """The release, and the commit where it is known."""
    commit = git("describe", "--always", "--dirty", "--abbrev=12")
    return f"{release()} ({commit.strip()})" if commit else release()

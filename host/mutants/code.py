# SPDX-License-Identifier: MIT
"""Deliberately broken copies of our own code, and whether the project's tests notice."""

import shutil
import subprocess
import sys
from pathlib import Path

import project
from problem import Problem
from project import HOST, SOURCE

# Seconds for one unit test.
TEST_LIMIT = 900


class Copy:
    """A copy of the project, in which a mutant can stand."""

    def __init__(self, stages, root, folder, tests):
        self.stages = stages
        self.root = root
        self.tree = folder / "tree"
        self.build = folder / "build"
        for path in filter(Path.is_file, project.tracked()):
            target = self.tree / path.relative_to(SOURCE)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
        self.build.mkdir()
        self._in_root(["meson", "setup", "-Dwerror=false", self.build, self.tree])
        for test in sorted(tests):
            if not self.passes(test):
                raise Problem(f"mutants: {test} does not pass without any mutant")

    def _in_root(self, command):
        argv = self.root.argv(command, cwd=self.tree, read=[self.tree], write=[self.build])
        return self.stages.status("mutants", argv)

    def passes(self, test):
        """Whether a test passes; what cannot be built does not count as a failure of a test."""
        if test.startswith("tests."):
            command = [sys.executable, "-B", "-m", "unittest", test]
            folder = self.tree / HOST.relative_to(SOURCE)
            return not subprocess.run(
                command,
                cwd=folder,
                capture_output=True,
                timeout=TEST_LIMIT,
                check=False,
            ).returncode
        if self._in_root(["meson", "compile", "-C", self.build, f"{test}-test"]):
            raise Problem(f"mutants: {test}-test cannot be built; see {self.stages.log('mutants')}")
        return not self._in_root(["meson", "test", "-C", self.build, "--no-rebuild", test])

    def noticed(self, mutant):
        """Whether the mutant's test fails on it."""
        path = self.tree / mutant.file
        good = path.read_text(encoding="utf-8")
        if good.count(mutant.old) != 1:
            raise Problem(f"mutants: {mutant.file} has {mutant.old!r} not once: {mutant.name}")
        path.write_text(good.replace(mutant.old, mutant.new), encoding="utf-8")
        try:
            return not self.passes(mutant.test)
        finally:
            path.write_text(good, encoding="utf-8")


def run(stages, root, folder, chosen):
    """Runs these mutants; returns pairs (mutant, whether it was noticed)."""
    with stages.stage("mutants", "our own code"):
        copy = Copy(stages, root, folder, {mutant.test for mutant in chosen})
        return [(mutant, copy.noticed(mutant)) for mutant in chosen]

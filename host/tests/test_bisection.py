# SPDX-License-Identifier: MIT
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from problem import Problem
from runs import bisection
from runs.bisection import BAD, GOOD, SKIP
from workshop.git import Git


class Verdict(unittest.TestCase):
    def test_words(self):
        for words, wanted in (
            (["pass"], GOOD),
            (["pass", "skip"], GOOD),
            (["pass", "fail"], BAD),
            (["dmesg-warn"], BAD),
            (["incomplete", "notrun"], BAD),
            (["skip", "skip"], SKIP),
            ([], SKIP),
        ):
            self.assertEqual(bisection.verdict(words), wanted, words)


@unittest.skipUnless(shutil.which("git"), "no git")
class Search(unittest.TestCase):
    """A real git, and a file for a kernel: "bad" in it is a bug, "broken" does not build."""

    def setUp(self):
        self.top = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.tree = self.top / "linux"
        self.tree.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        self.names = [
            self.commit(text)
            for text in ("good", "good 2", "broken", "good 3", "bad", "bad 2", "bad 3")
        ]
        self.said = []

    def git(self, *words):
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        done = subprocess.run(
            ["git", "-C", self.tree, *identity, *words], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, text):
        (self.tree / "kernel").write_text(text)
        self.git("add", "kernel")
        self.git("commit", "--quiet", "-m", text)
        return self.git("rev-parse", "HEAD")

    def search(self, good, bad):
        git = Git(self.tree)
        folder = self.top / "worktree"

        def judge():
            text = (folder / "kernel").read_text()
            return SKIP if text == "broken" else BAD if text.startswith("bad") else GOOD

        with git.worktree(folder, git.commit(good)):
            return bisection.Bisection(git, folder, judge, self.said.append).run(
                git.commit(good), git.commit(bad)
            )

    def test_finds_the_commit(self):
        (self.tree / "kernel").write_text("the developer's own change")
        self.assertEqual(self.search("main~6", "main"), self.names[4])
        self.assertIn("bad 3", self.said[1])
        # The developer's tree is as it was, and nothing is left.
        self.assertEqual((self.tree / "kernel").read_text(), "the developer's own change")
        self.assertEqual(self.git("rev-parse", "HEAD"), self.names[-1])
        self.assertEqual(self.git("worktree", "list").count("\n"), 0)
        self.assertFalse((self.top / "worktree").exists())

    def test_commits_that_do_not_build(self):
        with self.assertRaisesRegex(Problem, "cannot be told apart"):
            self.git("checkout", "--quiet", "-b", "other", "main~6")
            self.commit("broken")
            self.commit("bad")
            self.search("other~2", "other")

    def test_wrong_ends(self):
        with self.assertRaisesRegex(Problem, "good 2 is good, not bad: nothing to search"):
            self.search("main~6", "main~5")
        with self.assertRaisesRegex(Problem, "bad 2 is bad, not good: nothing to search"):
            self.search("main~1", "main")
        with self.assertRaisesRegex(Problem, "has no commit 'nowhere'"):
            self.search("nowhere", "main")

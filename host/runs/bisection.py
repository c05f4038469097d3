# SPDX-License-Identifier: MIT
"""A bisection: git asks for a verdict on one commit after the other, in a worktree of its own."""

import re

from problem import Problem

GOOD, BAD, SKIP = "good", "bad", "skip"
# What `git bisect run` takes for these (git-bisect(1)).
STATUS = {GOOD: 0, BAD: 1, SKIP: 125}
# What git says when it is done.
FIRST_BAD = re.compile(r"^([0-9a-f]{40,64}) is the first .?bad.? commit", re.MULTILINE)

# igt_runner's words for a test that told nothing of the kernel.
SILENT = ("skip", "notrun", "missing")


def verdict(words):
    """What the results of a commit's tests say of it."""
    told = [word for word in words if word not in SILENT]
    if any(word != "pass" for word in told):
        return BAD
    return GOOD if told else SKIP


class Bisection:
    """The search for the commit with which tests began to fail."""

    def __init__(self, git, folder, judge, show):
        """folder: the worktree's; judge: says what the commit there is; show: gets a line for the user."""
        self.git = git
        self.folder = folder
        self.judge = judge
        self.show = show

    def subject(self, commit):
        """A commit in a line."""
        return self.git.say("log", "-1", "--format=%h %s", commit).strip()

    def told(self, commit):
        """The verdict on what is checked out, told to the user."""
        found = self.judge()
        self.show(f"\nbisect    {found}: {self.subject(commit)}\n")
        return found

    def check_end(self, commit, wanted):
        """Raises Problem where an end of the range is not what the user says."""
        self.git.say("checkout", "--detach", commit, folder=self.folder)
        found = self.told(commit)
        if found != wanted:
            raise Problem(
                f"bisect: {self.subject(commit)} is {found}, not {wanted}: nothing to search"
            )

    def run(self, good, bad):
        """The first bad commit. Raises Problem where there is none to be found."""
        self.check_end(good, GOOD)
        self.check_end(bad, BAD)
        said = self.git.say("bisect", "start", bad, good, folder=self.folder)
        while not (found := FIRST_BAD.search(said)):
            commit = self.git.say("rev-parse", "HEAD", folder=self.folder).strip()
            word = self.told(commit)
            status, said = self.git.run("bisect", word, folder=self.folder)
            # Where only skipped commits are left, it has a status of its own.
            if status and not FIRST_BAD.search(said):
                raise Problem(f"bisect: the rest cannot be told apart:\n{said.strip()}")
        return found[1]

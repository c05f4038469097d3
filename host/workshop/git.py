# SPDX-License-Identifier: MIT
"""A developer's git repository, and worktrees of it, in which commands of ours are at home."""

import contextlib
import shutil
import subprocess

from problem import Problem


class Git:
    """A developer's repository."""

    def __init__(self, folder):
        self.folder = folder
        if not shutil.which("git"):
            raise Problem("git: it is missing: apt-get install git")

    def run(self, *words, folder=None):
        """(exit status, all that it said)"""
        command = ["git", "-c", "safe.directory=*", "-C", folder or self.folder, *words]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        return done.returncode, done.stdout

    def say(self, *words, folder=None):
        """What it said; raises Problem where it fails."""
        status, said = self.run(*words, folder=folder)
        if status:
            last = (said.strip().splitlines() or ["no message"])[-1]
            raise Problem(f"git: {next(filter(str.islower, words))}: {last}")
        return said

    def commit(self, name):
        """The whole name of a commit."""
        status, said = self.run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        if status:
            raise Problem(f"git: {self.folder} has no commit {name!r}")
        return said.strip()

    @contextlib.contextmanager
    def worktree(self, folder, commit):
        """A checkout of its own. One that a killed command left behind is made anew."""
        self.run("worktree", "remove", "--force", folder)
        shutil.rmtree(folder, ignore_errors=True)
        self.run("worktree", "prune")
        self.say("worktree", "add", "--detach", folder, commit)
        try:
            yield
        finally:
            self.run("bisect", "reset", folder=folder)
            self.run("worktree", "remove", "--force", folder)
            shutil.rmtree(folder, ignore_errors=True)
            self.run("worktree", "prune")

# SPDX-License-Identifier: MIT
import json
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from problem import Problem
from runs import igt_tree
from workshop.git import Git

OLD_CORE = "#define igt_fixture for (;;)\n"
NEW_CORE = "#define igt_fixture() for (;;)\n"


@unittest.skipUnless(shutil.which("git"), "no git")
class Tree(unittest.TestCase):
    def setUp(self):
        self.top = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.tree = self.top / "igt"
        for name, text in (
            ("lib/igt_core.h", OLD_CORE),
            ("tests/meson.build", "subdir('vkms')\n\nsubdir('vmwgfx')\n\nrest()\n"),
        ):
            path = self.tree / name
            path.parent.mkdir(parents=True)
            path.write_text(text)
        self.git("init", "--quiet")
        self.git("add", ".")
        self.git("-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "base")

    def git(self, *words):
        done = subprocess.run(
            ["git", "-C", self.tree, *words], capture_output=True, text=True, check=True
        )
        return done.stdout

    def make(self):
        git = Git(self.tree)
        with git.worktree(self.top / "worktree", git.commit("HEAD")):
            return igt_tree.make(git, self.top / "worktree", self.top / "patches")

    def test_patches_apply(self):
        patches = self.make()
        self.assertEqual(len(patches), 2)
        self.assertEqual(self.git("status", "--short"), "")
        self.git("-c", "user.name=t", "-c", "user.email=t@example.org", "am", "-q", *patches)
        folder = self.tree / igt_tree.FOLDER
        text = (folder / "cc_heap.c").read_text()
        self.assertIn("\nigt_main\n{", text)
        self.assertNotRegex(text, r"igt_(fixture|subtest_group)\(\)")
        self.assertIn("subdir('ccprime')", (self.tree / "tests/meson.build").read_text())
        meson = (folder / "meson.build").read_text()
        self.assertNotIn("@", meson.replace("'", ""))
        named = re.findall(r"'((?:lib|support)/[\w-]+\.c)'", meson)
        self.assertTrue(named)
        for name in named:
            self.assertTrue((folder / name).is_file(), name)
        self.assertIn("files", json.loads((folder / "ccprime_test_config.json").read_text()))

    def test_new_macros_stay(self):
        text = "int igt_main()\n{\n\tigt_fixture() {}\n}\n"
        self.assertEqual(igt_tree.adapted(text, NEW_CORE), text)
        self.assertEqual(igt_tree.adapted(text, OLD_CORE), "igt_main\n{\n\tigt_fixture {}\n}\n")

    def test_wrong_trees(self):
        with self.assertRaisesRegex(Problem, "no checkout of igt-gpu-tools"):
            igt_tree.check(self.top)
        (self.tree / igt_tree.FOLDER).mkdir()
        with self.assertRaisesRegex(Problem, "has tests/ccprime already"):
            igt_tree.check(self.tree)
        (self.tree / "tests/meson.build").write_text("rest()\n")
        self.git("-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qam", "odd")
        with self.assertRaisesRegex(Problem, "has no subdir"):
            self.make()

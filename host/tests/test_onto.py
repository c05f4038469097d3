# SPDX-License-Identifier: MIT
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from kernels import onto, series
from problem import Failure, Problem

OLD = "".join(f"{number}\n" for number in range(20))


def git(folder, *words):
    """Runs git there; returns what it said."""
    environ = os.environ | onto.IDENTITY
    done = subprocess.run(
        ["git", "-C", folder, *words], env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Failure(done.stdout + done.stderr)
    return done.stdout + done.stderr


@unittest.skipUnless(shutil.which("git"), "no git on this host")
class Onto(unittest.TestCase):
    """A series of two patches of one file, and trees that have changed."""

    def setUp(self):
        self.temp = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.base = self.tree("base", OLD)
        work, patches = self.tree("work", OLD), self.temp / "series/1.0"
        git(work, "init", "-q")
        self.commit(work, "base")
        for name, old, new in (("a", "5\n", "five\n"), ("b", "15\n", "fifteen\n")):
            text = (work / "x/y.c").read_text().replace(f"\n{old}", f"\n{new}", 1)
            (work / "x/y.c").write_text(text)
            self.commit(work, name)
            git(work, "format-patch", "-q", "-N", "-1", f"--output={self.temp / name}")
        patches.mkdir(parents=True)
        for name in ("a", "b"):
            (self.temp / name).rename(patches / f"{name}.patch")
        (patches / "series").write_text(
            "# series one: words\na.patch\n# series two: words\nb.patch\n"
        )
        self.fixed = (work / "x/y.c").read_text()

    def tree(self, name, text):
        """A source tree with one file."""
        path = self.temp / name / "x/y.c"
        path.parent.mkdir(parents=True)
        path.write_text(text)
        return self.temp / name

    def commit(self, folder, name):
        git(folder, "add", "--all")
        git(folder, "commit", "-q", "-m", name)

    def ends(self, tree):
        """(series, end, files that need work) of each patch."""

        def run(command, read, write):
            (folder, inside) = write[0]
            self.assertEqual(inside, onto.REPOSITORY)
            names = {onto.PATCHES: str(read[0][0])} if read else {}
            words = [str(word) for word in command[1:]]
            for inside, outside in names.items():
                words = [word.replace(inside, outside) for word in words]
            return git(folder, *words)

        groups = series.groups("1.0", self.temp / "series")
        with tempfile.TemporaryDirectory() as folder:
            found = list(onto.apply(run, Path(folder), groups, self.base, tree))
        return [(name, end.word, end.where) for name, end in found]

    def test_same_tree(self):
        self.assertEqual(
            self.ends(self.base), [("one", onto.APPLIES, ()), ("two", onto.APPLIES, ())]
        )

    def test_lines_beside_have_changed(self):
        tree = self.tree("newer", OLD.replace("\n7\n", "\nseven\n"))
        self.assertEqual([word for _, word, _ in self.ends(tree)], [onto.MERGED, onto.APPLIES])

    def test_fixed_already(self):
        tree = self.tree("newer", self.fixed)
        self.assertEqual([word for _, word, _ in self.ends(tree)], [onto.THERE, onto.THERE])

    def test_conflict_leaves_the_rest_alone(self):
        tree = self.tree("newer", OLD.replace("\n5\n", "\nV\n"))
        self.assertEqual(
            self.ends(tree), [("one", onto.CONFLICT, ("x/y.c",)), ("two", onto.APPLIES, ())]
        )

    def test_file_is_gone(self):
        (self.temp / "newer").mkdir()
        self.assertEqual(
            [(word, where) for _, word, where in self.ends(self.temp / "newer")],
            2 * [(onto.CONFLICT, ("x/y.c",))],
        )

    def test_no_tree(self):
        with self.assertRaisesRegex(Problem, "is no kernel source"):
            onto.check_tree(self.base)


if __name__ == "__main__":
    unittest.main()

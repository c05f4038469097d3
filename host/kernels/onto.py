# SPDX-License-Identifier: MIT
"""Whether the patches of a series apply to a newer kernel tree, by git's three-way merge."""

import contextlib
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from problem import Failure, Problem

# Where the repository and the patches are in the root.
REPOSITORY = "/usr/src/repository"
PATCHES = "/usr/src/patches"
IDENTITY = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "ccprime"), ("EMAIL", "ccprime@example.org"))
}
TOUCHED = re.compile(r"^--- a/(\S+)$", re.MULTILINE)
# The ends of a patch.
APPLIES, MERGED, THERE, CONFLICT = "applies", "merged", "is there", "needs work"
# What git says of them.
SAYS_MERGE = "Falling back to patching base and 3-way merge"
SAYS_THERE = "No changes -- Patch already applied."
SAYS_WHERE = (
    re.compile(r"^CONFLICT \([\w/-]+\): Merge conflict in (\S+)$", re.MULTILINE),
    re.compile(r"^CONFLICT \(modify/delete\): (\S+) deleted", re.MULTILINE),
    re.compile(r"^error: patch failed: (\S+):\d+$", re.MULTILINE),
    re.compile(r"^error: (\S+): does not exist in index$", re.MULTILINE),
    re.compile(r"^error: sha1 information is lacking or useless \((\S+)\)\.$", re.MULTILINE),
)
# A file of every kernel tree.
MARK = "Kbuild"


@dataclass(frozen=True)
class End:
    """What became of a patch. where: the files that need work."""

    patch: Path
    word: str
    where: tuple[str, ...] = ()


def touched(patches):
    """The files that patches change and do not make."""
    texts = (patch.read_text(encoding="utf-8") for patch in patches)
    return sorted({name for text in texts for name in TOUCHED.findall(text)})


def check_tree(tree):
    """Raises Problem where this is no kernel tree."""
    if not (tree / MARK).is_file() or not (tree / "kernel").is_dir():
        raise Problem(f"--onto: {tree} is no kernel source: it has no {MARK} or no folder kernel")


class Repository:
    """The files that a series touches, as a tree has them, in a git repository that can merge the series into them."""

    def __init__(self, run, folder, patches):
        """run(words, read, write) runs git there in the root and returns what it said; it raises Failure."""
        self.run = run
        self.folder = folder
        self.patches = patches
        self.git("init", "--quiet")

    def take(self, source):
        """Makes the files those of a source tree, and no others."""
        for path in self.folder.iterdir():
            if path.is_dir() and path.name != ".git":
                shutil.rmtree(path)
            elif path.is_file():
                path.unlink()
        for name in touched(self.patches):
            if (source / name).is_file():
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source / name, self.folder / name)
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", f"--message={source}")

    def git(self, *words, read=()):
        """Runs git in the repository; returns what it said."""
        return self.run(["git", *words], read=read, write=[(self.folder, REPOSITORY)])

    def apply(self, patch):
        """Tries a patch; one that does not apply leaves nothing behind."""
        read = [(patch.parent, PATCHES)]
        try:
            said = self.git("am", "--3way", f"{PATCHES}/{patch.name}", read=read)
        except Failure as failure:
            with contextlib.suppress(Failure):
                self.git("am", "--abort")
            return End(patch, CONFLICT, where(str(failure)))
        if SAYS_THERE in said:
            return End(patch, THERE)
        return End(patch, MERGED if SAYS_MERGE in said else APPLIES)


def where(said):
    """The files that git names where it gives up."""
    found = [name for pattern in SAYS_WHERE for name in pattern.findall(said)]
    return tuple(dict.fromkeys(found))


def apply(run, folder, groups, source, tree):
    """
    The end of each patch on a tree: (name of the series, End); later patches stand on earlier ones. groups: series' names
    -> patches, as series.groups() has them; source: the tree that they were made for.
    """
    repository = Repository(run, folder, [patch for group in groups.values() for patch in group])
    # What a merge begins with: the files as the patches' own tree has them before and after each patch.
    repository.take(source)
    for patch in repository.patches:
        end = repository.apply(patch)
        if end.word != APPLIES:
            raise Problem(f"patches: {patch} does not apply to its own base: {end.word}")
    repository.take(tree)
    for name, group in groups.items():
        for patch in group:
            yield name, repository.apply(patch)

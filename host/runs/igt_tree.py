# SPDX-License-Identifier: MIT
"""Our tests as commits in a checkout of igt-gpu-tools."""

import re

import project
from problem import Problem

# Below tests/ there. The library and what tests share are folders in it.
FOLDER = "tests/ccprime"
TEMPLATES = project.SOURCE / "drm-tests/igt"
# Needs vk-sample and its shaders.
LEFT_OUT = ("cc_vulkan",)
# Where IGT's tests/meson.build takes the folders of drivers.
PLACE = "subdir('vmwgfx')\n"

# IGT 2.5 has them with parentheses, older ones without.
NEW_MACROS = re.compile(r"#define igt_fixture\(\)")
OLD_WORDS = {
    re.compile(r"\bint igt_main\(\)"): "igt_main",
    re.compile(r"\bigt_(fixture|subtest_group)\(\)"): r"igt_\1",
}

SHARED = """tests/ccprime: add what tests of shared dma-bufs share

A library that allocates from dma-buf heaps, tells confidential guests apart and writes patterns, and
what the tests of the next patch share.
"""
TESTS = """tests/ccprime: add tests of shared dma-bufs

The heap system_cc_shared exports memory that a confidential guest shares with its host. These programs
import its buffers into vgem, virtio-gpu and other drivers, and compare every byte.
"""


def adapted(text, core):
    """A test as this IGT takes it. core: its lib/igt_core.h."""
    if NEW_MACROS.search(core):
        return text
    for pattern, word in OLD_WORDS.items():
        text = pattern.sub(word, text)
    return text


def sources(folder):
    """The C files of a folder of ours."""
    return sorted(path for path in (project.SOURCE / folder).glob("*.[ch]"))


def programs():
    """The tests that IGT gets."""
    found = sources("drm-tests")
    return [path for path in found if path.stem.startswith("cc_") and path.stem not in LEFT_OUT]


def words(names):
    """Names as meson has a list of them."""
    return "".join(f"\n\t'{name}'," for name in names)


def library_files():
    """The names of what is compiled into the library there."""
    return [
        f"{place}/{path.name}"
        for place, folder in (("lib", "lib"), ("support", "drm-tests/support"))
        for path in sources(folder)
        if path.suffix == ".c"
    ]


def write_shared(tree):
    """The first commit's files."""
    core = (tree / "lib/igt_core.h").read_text(encoding="utf-8")
    for place, folder in (("lib", "lib"), ("support", "drm-tests/support")):
        for path in sources(folder):
            target = tree / FOLDER / place / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(adapted(path.read_text(encoding="utf-8"), core), encoding="utf-8")


def write_tests(tree):
    """The second commit's files."""
    core = (tree / "lib/igt_core.h").read_text(encoding="utf-8")
    for path in programs():
        text = adapted(path.read_text(encoding="utf-8"), core)
        (tree / FOLDER / path.name).write_text(text, encoding="utf-8")
    for path in sorted(TEMPLATES.iterdir()):
        text = path.read_text(encoding="utf-8")
        text = text.replace(
            "@LIBRARY@",
            f"[{words(library_files())}\n\t],\n\tinclude_directories : include_directories('.', 'lib')",
        )
        text = text.replace("@PROGRAMS@", f"{words(path.stem for path in programs())}\n")
        (tree / FOLDER / path.name).write_text(text, encoding="utf-8")
    meson = tree / "tests/meson.build"
    text = meson.read_text(encoding="utf-8")
    if PLACE not in text:
        raise Problem(
            f"igt: tests/meson.build has no {PLACE.strip()}: this IGT is too old or too new"
        )
    meson.write_text(text.replace(PLACE, f"{PLACE}\nsubdir('ccprime')\n"), encoding="utf-8")


# Message -> who writes its files.
COMMITS = {SHARED: write_shared, TESTS: write_tests}
IDENTITY = ("-c", "user.name=ccprime developers", "-c", "user.email=ccprime@example.org")


def check(tree):
    """Raises Problem where a folder is no checkout of IGT."""
    if not (tree / "lib/igt_core.h").is_file():
        raise Problem(
            f"igt: {tree} is no checkout of igt-gpu-tools: name the folder of its meson.build"
        )
    if (tree / FOLDER).exists():
        raise Problem(f"igt: {tree} has {FOLDER} already: check out a commit without it")


def make(git, folder, out):
    """Commits in a worktree, and writes them as patches; returns their paths."""
    base = git.say("rev-parse", "HEAD", folder=folder).strip()
    for message, write in COMMITS.items():
        write(folder)
        git.say("add", "--all", FOLDER, "tests/meson.build", folder=folder)
        git.say(*IDENTITY, "commit", "--quiet", "--signoff", "-m", message, folder=folder)
    git.say("format-patch", "--quiet", "-o", out, base, folder=folder)
    return sorted(out.glob("*.patch"))

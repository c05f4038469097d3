# SPDX-License-Identifier: MIT
"""A check: the kernel's own selftest of heaps, as our patches have it, says in a guest what it should."""

import re
from dataclasses import dataclass

from arches import NATIVE
from checks.context import Counts
from kernels import rootpaths, series
from kernels.builder import Builder
from machine import guests, initramfs, supervisor
from problem import Failure
from verdict import layout

FOLDER = f"{rootpaths.SOURCE}/tools/testing/selftests"
PROGRAM = "dmabuf-heap"
# Where it is written in the root, and where init finds it.
OUT = "/usr/src/selftest"
INSTALLED = f"bin/{PROGRAM}"
LOG = "selftest.log"

# Lines of the Test Anything Protocol (Documentation/dev-tools/ktap.rst).
LINE = re.compile(r"^(ok|not ok) \d+ (.*)", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """A kernel, and what the selftest has to say there."""

    base: str
    patched: bool
    passes: int
    # What fails, in its words.
    fails: tuple[str, ...] = ()

    @property
    def name(self):
        """What the check is called."""
        return f"kernel's selftest on {self.base}{' with patches' if self.patched else ''}"


NOT_CLEARED = (
    "Allocate and validate all buffers are zeroed",
    "Allocate and validate all buffers are zeroed",
    "Pages that were private are zeroed",
)
# vgem maps there, and a piece of private memory is too large to be bounced.
NOT_BOUNCED = ("Import buffer -1",)

CASES = (
    Case("7.3", patched=False, passes=25, fails=NOT_CLEARED),
    Case("7.3", patched=True, passes=28),
    Case("6.12", patched=True, passes=25, fails=NOT_BOUNCED),
)


def kernels(context, case):
    """The case's kernel, and the patched one, whose source has the selftest."""
    builder = Builder(context.store, context.stages, context.root, NATIVE, case.base)
    # The plain one first: the patched one takes its objects.
    plain = None if case.patched else builder.build()
    patched = builder.build(series.patches(case.base))
    return plain or patched, patched


def run(case, context):
    """The selftest in a SEV guest."""
    said = run_case(context, case)
    words = LINE.findall(said)
    fails = tuple(what for word, what in words if word == "not ok")
    passes = len(words) - len(fails)
    if (passes, fails) != (case.passes, case.fails):
        raise Failure(f"{case}: {passes} passed, {fails} failed:\n{said}")
    return Counts(len(words))


def run_case(context, case):
    """What the selftest prints."""
    store, stages, root = context.store, context.stages, context.root
    booted, patched = kernels(context, case)
    program = compiled(context, patched, case)
    beside = {INSTALLED: program.read_bytes()}
    name = f"selftest-{case.base}"
    packed = initramfs.make(store, stages, root, context.setup.build, name, beside)
    folder = context.temp / f"selftest-{case.base}-{case.patched}"
    layout.prepare(folder)
    setup = context.setup.having(NATIVE, kernel=booted, initramfs=packed)
    job = setup.job(guests.GUESTS[guests.DEFAULT], folder, "selftest")
    with supervisor.Supervisor(root, job, supervisor.TESTS) as running:
        running.boot()
        running.finish()
    return supervisor.read_log(folder / LOG)


def compiled(context, patched, case):
    """The program, made of the source that this kernel was built of."""
    source = patched.tree
    folder = context.temp / f"selftest-program-{case.base}-{case.patched}"
    folder.mkdir()
    gcc = ["gcc", "-static", "-O3", "-Wall", "-Werror", f"-I{FOLDER}"]
    argv = context.root.argv(
        [*gcc, f"{FOLDER}/dmabuf-heaps/{PROGRAM}.c", "-o", f"{OUT}/{PROGRAM}"],
        read=[(source, rootpaths.SOURCE)],
        write=[(folder, OUT)],
    )
    context.stages.run("selftest", argv)
    return folder / PROGRAM

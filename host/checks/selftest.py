# SPDX-License-Identifier: MIT
"""A check: the kernel's own tests of dma-buf say in a guest what they should. The heap's is as our patches have it."""

import re
from dataclasses import dataclass, field

from arches import NATIVE
from checks.context import Counts
from kernels import rootpaths, series
from kernels.builder import Builder
from machine import guests, initramfs, supervisor
from problem import Failure
from verdict import layout

FOLDER = f"{rootpaths.SOURCE}/tools/testing/selftests"
HEAP, UDMABUF, KUNIT = "dmabuf-heap", "udmabuf", "kunit"
# Programs, and their source below that folder. KUnit's tests are in the kernel.
PROGRAMS = {HEAP: "dmabuf-heaps/dmabuf-heap.c", UDMABUF: "drivers/dma-buf/udmabuf.c"}
# Where they are written in the root, and where init finds them.
OUT = "/usr/src/selftest"
INSTALLED = "usr/libexec/selftests"

# Lines of the Test Anything Protocol (Documentation/dev-tools/ktap.rst), of tests within tests, too.
LINE = re.compile(r"^ *(ok|not ok) \d+ (.*)", re.MULTILINE)


@dataclass(frozen=True)
class Said:
    """What a program has to say."""

    passes: int = 0
    # What fails, in its words.
    fails: tuple[str, ...] = ()

    @classmethod
    def of(cls, text):
        """What a program said."""
        words = LINE.findall(text)
        fails = tuple(what for word, what in words if word == "not ok")
        return cls(len(words) - len(fails), fails)


# Each of the four suites is a line, too.
DMA_BUF_SUITES = Said(58)
# The program ends before the last two of its seven, which want 2 GiB of huge pages.
SMALL_PAGES = Said(5)


@dataclass(frozen=True)
class Case:
    """A kernel, and what its tests have to say there."""

    base: str
    patched: bool
    said: dict[str, Said] = field(hash=False)

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
    Case(
        "7.3",
        patched=False,
        said={HEAP: Said(26, NOT_CLEARED), UDMABUF: SMALL_PAGES, KUNIT: DMA_BUF_SUITES},
    ),
    Case("7.3", patched=True, said={HEAP: Said(29), UDMABUF: SMALL_PAGES, KUNIT: DMA_BUF_SUITES}),
    # It has no suite for dma-buf.
    Case("6.12", patched=True, said={HEAP: Said(26, NOT_BOUNCED), UDMABUF: SMALL_PAGES}),
)


def kernels(context, case):
    """The case's kernel, and the patched one, whose source has the heap's selftest."""
    builder = Builder(context.store, context.stages, context.root, NATIVE, case.base)
    # The plain one first: the patched one takes its objects.
    plain = None if case.patched else builder.build()
    patched = builder.build(series.patches(case.base))
    return plain or patched, patched


def run(case, context):
    """The kernel's tests in a SEV guest."""
    texts = run_case(context, case)
    found = {name: Said.of(text) for name, text in texts.items()}
    for name, text in texts.items():
        wanted = case.said.get(name, Said())
        if found[name] != wanted:
            raise Failure(f"{text}\n{name}: {found[name]}, expected {wanted}")
    return Counts(sum(said.passes + len(said.fails) for said in found.values()))


def run_case(context, case):
    """Program -> what it prints."""
    store, stages, root = context.store, context.stages, context.root
    booted, patched = kernels(context, case)
    programs = compiled(context, patched, case)
    beside = {f"{INSTALLED}/{name}": (programs / name).read_bytes() for name in PROGRAMS}
    name = f"selftests-{case.base}"
    packed = initramfs.make(store, stages, root, context.setup.build, name, beside)
    folder = context.temp / f"selftests-{case.base}-{case.patched}"
    layout.prepare(folder)
    setup = context.setup.having(NATIVE, kernel=booted, initramfs=packed)
    job = setup.job(guests.GUESTS[guests.DEFAULT], folder, "selftest")
    with supervisor.Supervisor(root, job, supervisor.TESTS) as running:
        running.boot()
        running.finish()
    return {name: supervisor.read_log(folder / f"{name}.log") for name in (*PROGRAMS, KUNIT)}


def compiled(context, patched, case):
    """A folder with the programs, made of the source that this kernel was built of."""
    source = patched.tree
    folder = context.temp / f"selftest-programs-{case.base}-{case.patched}"
    folder.mkdir()
    for name, path in PROGRAMS.items():
        gcc = ["gcc", "-static", "-O3", "-Wall", "-Werror", f"-I{FOLDER}"]
        argv = context.root.argv(
            [*gcc, f"{FOLDER}/{path}", "-o", f"{OUT}/{name}"],
            read=[(source, rootpaths.SOURCE)],
            write=[(folder, OUT)],
        )
        context.stages.run("selftest", argv)
    return folder

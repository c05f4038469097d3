# SPDX-License-Identifier: MIT
"""Checks of kernel-patches: each series applies, patch by patch without a warning, and does what it says."""

import contextlib
import dataclasses
import functools
import itertools
import os
import re
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path, PurePath

import project
from arches import ARCHES, NATIVE
from checks import command
from checks.context import Counts, named
from kernels import bases, config, onto, rootpaths, series
from kernels.builder import Builder
from kernels.onto import PATCHES, touched
from machine import guests
from problem import Failure
from project import SOURCE
from verdict import expectations
from workshop.cache import digest

LOG = "patches"

PROBLEMS = "docs/upstream-problems.md"
PATCH = re.compile(r"kernel-patches/([\w.-]+)/[\w.-]+\.patch")
# A patch's row in kernel-patches/README.md ends with what is left to do before it is sent.
STATES = ("ready", "needs hardware", "waits for discussion", "not to be sent", "for tests only")
# A series' cover letter is a section there.
LETTERS = "cover-letters.md"
# A problem's section: its heading, and the fields that follow the description.
HEADING = re.compile(r"^## (.+)\n", re.MULTILINE)
FIELD = re.compile(r"^- \*\*([^*]+):\*\*", re.MULTILINE)
FIELDS = ["Where", "Kernels", "Seen by", "Expected as", "On hardware", "Patch", "State"]
# A row of the index: the problem's name, the link to its section, the versions that have a patch.
ROW = re.compile(r"^\| \[(.+?)\]\(#(.+?)\) \|.*\|([^|\n]*)\|$", re.MULTILINE)

# These are built for userspace.
SELFTESTS = "tools/testing/selftests/"
# A kernel without system_cc_shared.
NO_HEAP = "6.12-unpatched.config"


def has_source(arch, name):
    """Whether an architecture builds a source file."""
    return not name.startswith("arch/") or name.startswith(f"arch/{arch.name}/")


# Warnings of gcc and of sparse. Debian's sparse does not know two words of the kernel's headers, and is silent after an error.
SPARSE = "-D__typeof_unqual__=__typeof__ '-D__builtin_strlen(x)=(sizeof(x)-1)'"
MORE = "W=1"
WARNINGS = (MORE, "C=1", f"CF={SPARSE}")
# What it says of 7.3 itself: of large tracepoints.
KNOWN = re.compile(r".*: (error: too long token expansion|note: .*)")


def warnings(output):
    """The lines of a silent build that are warnings."""
    return [line for line in output.splitlines() if line and not KNOWN.fullmatch(line)]


def builder_of(context, base, arch=NATIVE):
    """Builds the kernels of a series."""
    return Builder(context.store, context.stages, context.root, arch, base)


@dataclass(frozen=True)
class Step:
    """A patch or several, what they changed, and the files that the series touches as they are after them."""

    patches: tuple[Path, ...]
    names: frozenset[str]
    folder: Path

    def then(self, other):
        """This step and the next one in one."""
        return Step(self.patches + other.patches, self.names | other.names, other.folder)

    @property
    def is_simple(self):
        """Whether it changes nothing that other objects than its own depend on."""
        return all(PurePath(name).suffix in (".c", ".rst") for name in self.names)


def batches(steps):
    """
    The steps that are built one after the other. Neighbours that are simple and change different files are one: each of
    their objects is what it would be after its own patch, and the time goes into starting make.
    """
    found = []
    for step in steps:
        last = found[-1] if found else None
        if last and last.is_simple and step.is_simple and not last.names & step.names:
            found[-1] = last.then(step)
        else:
            found.append(step)
    return found


def run_command(context, command, **options):
    """Runs a command in the root; returns what it said. Raises Failure with that where it fails."""
    log = context.stages.log(LOG)
    log.unlink(missing_ok=True)
    status = context.stages.status(LOG, context.root.argv(command, **options))
    said = log.read_text(encoding="utf-8", errors="replace").partition("\n")[2]
    if status:
        raise Failure(f"{' '.join(map(str, command))}:\n{said}")
    return said


class Repository(onto.Repository):
    """The files that a series touches, as git am changes them."""

    def __init__(self, context, base, source, folder):
        run = functools.partial(run_command, context, cwd=onto.REPOSITORY, environ=onto.IDENTITY)
        own = folder / "repository"
        own.mkdir()
        super().__init__(run, own, series.patches(base))
        self.steps = folder / "steps"
        self.take(source)

    def step(self, patch):
        """`git am` of the next patch; returns the step."""
        with about((patch,)):
            self.git(
                "am",
                "--quiet",
                f"{PATCHES}/{patch.name}",
                read=[(patch.parent, PATCHES)],
            )
        names = frozenset(self.git("diff", "--name-only", "HEAD~1").split())
        folder = self.steps / patch.stem
        # With the files' times, which say what a build has to do again.
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns(".git"))
        return Step((patch,), names, folder)


@contextlib.contextmanager
def about(patches):
    """A failure in the block names the patches."""
    try:
        yield
    except Failure as failure:
        names = ", ".join(patch.name for patch in patches)
        raise Failure(f"{names}: {failure}") from failure


class Compiler:
    """Builds for an architecture what each step changed."""

    def __init__(self, context, base, arch, folder):
        self.context = context
        self.arch = arch
        self.builder = builder_of(context, base, arch)
        self.source = self.builder.source()
        self.names = touched(series.patches(base))
        self.objects = folder / arch.name
        # What a first build makes beside has warnings of its own: it is made there, with the same flags.
        prepared = self.builder.prepared(MORE)
        shutil.copytree(prepared, self.objects, symlinks=True)

    def run(self, steps):
        """Each step in turn."""
        parts = batches(steps)
        for number, step in enumerate(parts, 1):
            last = step.patches[-1].name
            self.context.stages.progress(f"step {number} of {len(parts)}, to {last}")
            with about(step.patches):
                self.build(step)

    def run_without_heap(self, steps):
        """What all steps changed, where the kernel is configured without system_cc_shared."""
        self.context.stages.progress("without the heap")
        self.in_kernel(steps[-1], config.reconfigure([config.FRAGMENTS / NO_HEAP], self.arch))
        # Not Kconfig, with which the heap would come back.
        sources = frozenset(name for name in self.names if name.endswith(".c"))
        self.build(Step((), sources, steps[-1].folder))

    def build(self, step):
        """Raises Failure where one of the step's sources has a warning."""
        if any(PurePath(name).name == "Kconfig" for name in step.names):
            # What it brings is what the patched kernel has.
            self.in_kernel(step, config.reconfigure(self.builder.patched, self.arch))
        sources = sorted(name for name in step.names if name.endswith(".c"))
        selftests = [name for name in sources if name.startswith(SELFTESTS)]
        objects = [
            str(PurePath(name).with_suffix(".o"))
            for name in sources
            if name not in selftests and has_source(self.arch, name)
        ]
        # The series was applied before: make has to see what is new.
        for path in filter(Path.is_file, (step.folder / name for name in step.names)):
            os.utime(path)
        start = time.time()
        found = []
        if objects:
            flags = [
                f"O={rootpaths.OBJECTS}",
                f"-j{os.cpu_count()}",
                *self.arch.make,
                *WARNINGS,
            ]
            found += warnings(self.in_kernel(step, ["make", "-s", *flags, *objects]))
            old = [name for name in objects if (self.objects / name).stat().st_mtime < start]
            found += [f"{name}: not built again" for name in old]
        if selftests and self.arch.is_native:
            gcc = ["gcc", "-Wall", "-O", "-fsyntax-only", f"-I{SELFTESTS}", *selftests]
            found += warnings(self.in_kernel(step, gcc))
        if found:
            raise Failure("\n".join(found))

    def in_kernel(self, step, command):
        """Runs a command in the source as the step has it; returns what it said."""
        patched = [(step.folder / name, f"{rootpaths.SOURCE}/{name}") for name in self.names]
        return run_command(
            self.context,
            command,
            cwd=rootpaths.SOURCE,
            read=[(self.source, rootpaths.SOURCE), *patched, (config.FRAGMENTS, rootpaths.CONFIG)],
            write=[(self.objects, rootpaths.OBJECTS)],
        )


def checkpatch(context, base, source):
    """The kernel's own opinion on style."""
    patches = series.patches(base)
    run_command(
        context,
        ["scripts/checkpatch.pl", "--strict", "--terse", "--quiet"]
        + [f"{PATCHES}/{patch.name}" for patch in patches],
        cwd=rootpaths.SOURCE,
        read=[(source, rootpaths.SOURCE), (patches[0].parent, PATCHES)],
    )


@contextlib.contextmanager
def applied(context, base):
    """`git am` of a whole series: gives a folder, and the steps in it."""
    with tempfile.TemporaryDirectory(dir=context.temp) as name:
        folder = Path(name)
        repository = Repository(context, base, builder_of(context, base).source(), folder)
        yield folder, [repository.step(patch) for patch in repository.patches]


def run_apply(context, base):
    """A series applies to its base with git am, and the kernel's own tool finds no fault with its style."""
    with applied(context, base) as (_, steps):
        checkpatch(context, base, builder_of(context, base).source())
        return Counts(len(steps))


def run_build(arch, context, base):
    """After each patch of a series, or each batch of them, what it touched builds without a warning."""
    with applied(context, base) as (folder, steps):
        compiler = Compiler(context, base, arch, folder)
        compiler.run(steps)
        if arch.is_native:
            compiler.run_without_heap(steps)
        return Counts(len(steps))


# What a check of a series looks at beside the series itself, the build root and the kernel's configuration.
TOOLS = ("host/checks/patches.py", "host/kernels")
TESTS = (
    *TOOLS,
    *("host/machine", "host/runs", "host/verdict", "drm-tests", "harness", "lib"),
    *("guest/monitor", "guest/image", "guest/udmabuf", "meson.build"),
)


def contents(names, source=SOURCE):
    """Names and bytes of these files, and of all that is in these folders, but for unit tests of the host side."""
    found = []
    for name in names:
        path = source / name
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and not {"__pycache__", "tests"} & {*file.relative_to(source).parts}:
                found += [str(file.relative_to(source)), file.read_bytes()]
    return found


def checked_name(context, base, check, looks_at):
    """The name of what a check would find now: changes with everything that it looks at."""
    patches = series.patches(base)
    # Every package in the root, with its version: the kernel's source, compilers, QEMU.
    installed = (context.root.path / "var/lib/dpkg/status").read_bytes()
    texts = [word for patch in patches for word in (patch.name, patch.read_bytes())]
    configs = [path.read_bytes() for path in sorted(config.FRAGMENTS.glob("*.config"))]
    return digest(check, base, installed, *texts, *configs, *contents(looks_at))


def unless_known(check, looks_at, run, base, context):
    """What run(context, base) counts; it is not run where exactly this series passed the check before."""
    store = context.store
    name = checked_name(context, base, check, looks_at)
    if store.find("checked", name) and not context.whole:
        return Counts(note="known: checked before")
    counts = run(context, base)
    # Not where somebody edits a patch meanwhile.
    if checked_name(context, base, check, looks_at) == name:
        store.get("checked", name, lambda folder: (folder / f"{base} {check}").touch())
    return counts


def of_series(base):
    """(what, function of a context, the architecture of the guests that it runs) for each check of a series."""
    yield "apply", functools.partial(unless_known, "apply", TOOLS, run_apply, base), None
    for arch in ARCHES.values():
        check = f"build for {arch.name}"
        run = functools.partial(run_build, arch)
        yield check, functools.partial(unless_known, check, TOOLS, run, base), None
    for arch in ARCHES.values():
        if any(names for _, _, names in helped(base, arch)):
            check = named("help", arch, "on")
            run = functools.partial(run_help, arch)
            yield check, functools.partial(unless_known, check, TESTS, run, base), arch


def fixed_tests(base, guest, gpu=guests.Variant.gpu):
    """
    The tests that have to fail without a series, and those that have to skip (a regular expression each); with it they
    pass. With a GPU that is not the usual one: those that it adds.
    """
    arch = guests.GUESTS[guest].arch.name
    plain, patched = (
        expectations.Machine(guest, gpu, base, state, arch) for state in ("unpatched", "patched")
    )
    usual = dataclasses.replace(plain, gpu=guests.Variant.gpu)
    after = expectations.load(patched)
    rows = [
        row
        for row in expectations.load(plain).rows
        if not row.holds(patched) and (gpu == guests.Variant.gpu or not row.holds(usual))
    ]
    # What is not the kernel's fault alone stays.
    mended = [row for row in rows if any(map(functools.partial(passes, after), tests_of(row)))]
    failing = {row.what for row in mended if row.word in expectations.ENDS}
    skipping = {row.what for row in mended if row.word == expectations.SKIP}
    return sorted(failing), sorted(skipping)


def tests_of(row):
    """The tests that a row of expectations is about."""
    return [test for test in project.tests() if row.names(test)]


def passes(expected, test):
    """Whether a test is expected to pass, if with a warning."""
    row = expected.of_test(test)
    return row is None or row.word == "warn"


# The virtio-gpus that can tell what a series does, beside the usual one.
GPUS = (guests.Variant.gpu, "gl")


def helped(base, arch):
    """
    (guest, GPU, tests that pass with a series and not without it) for each kind of guest of an architecture that can
    tell.
    """
    if bases.older(base, arch.since):
        return
    for gpu in GPUS if arch.is_native else GPUS[:1]:
        for guest in guests.of_arch(arch):
            failing, skipping = fixed_tests(base, guest.name, gpu)
            if guest.mode:
                yield guest.name, gpu, sorted(failing + skipping)


def run_help(arch, context, base):
    """What fails on the plain kernel passes on the patched one, in each kind of guest that can tell."""
    found = [
        check_fixed(context, base, guest, gpu, names)
        for guest, gpu, names in helped(base, arch)
        if names
    ]
    return Counts(sum(found))


def check_fixed(context, base, guest, gpu, names):
    """How many of these tests pass on the patched kernel; raises Failure where one does not."""
    out = context.temp / f"patched-{base}-{guest}-{gpu}"
    pattern = f"^({'|'.join(names)})$"
    words = ("--patches", base, "--guest", guest, "--gpu", gpu, "--tests", pattern, "--out", out)
    status, printed, errors = command.ccprime(context, "run", *words)
    passed = re.findall(r"^(igt@\S+) +(?:pass|expected warn)\b", printed, re.MULTILINE)
    silent = [name for name in names if not any(re.fullmatch(name, test) for test in passed)]
    if status or silent:
        raise Failure(printed + errors + "".join(f"\nno test passes: {name}" for name in silent))
    return len(passed)


def names_test(text, test):
    """Whether a text names this test, and no longer name."""
    return re.search(rf"{re.escape(test.removeprefix('igt@'))}(?![\w-])", text)


def problems(text):
    """The sections of docs/upstream-problems.md: a problem's name -> what its section says."""
    words = HEADING.split(text)[1:]
    return dict(zip(words[::2], words[1::2], strict=True))


def index_row(name, section):
    """What the index has to say of a problem: its name, the link to its section, the versions that have a patch."""
    anchor = re.sub(r"[^\w -]", "", name.lower()).replace(" ", "-")
    return name, anchor, ", ".join(dict.fromkeys(PATCH.findall(section)))


def wrong_form(text):
    """What is wrong with the form of docs/upstream-problems.md: order, index, fields."""
    sections = problems(text)
    bad = [
        f"{PROBLEMS}: {name}: its fields are not {', '.join(FIELDS)}"
        for name, section in sections.items()
        if FIELD.findall(section) != FIELDS
    ]
    if list(sections) != sorted(sections, key=str.casefold):
        bad.append(f"{PROBLEMS}: the sections are not sorted")
    rows = [(name, anchor, bases.strip()) for name, anchor, bases in ROW.findall(text)]
    wanted = [index_row(name, section) for name, section in sections.items()]
    pairs = itertools.zip_longest(rows, wanted)
    bad += [f"{PROBLEMS}: the index has {row}, not {want}" for row, want in pairs if row != want]
    return bad


def mixed(base):
    """Files that patches of more than one series change: a series is mailed alone, and has to apply alone."""
    owners = {}
    for name, group in series.groups(base).items():
        for file in touched(group):
            owners.setdefault(file, []).append(name)
    return [
        f"{series.FOLDER}/{base}: {file} belongs to series {' and '.join(names)}"
        for file, names in owners.items()
        if len(names) > 1
    ]


def stateless(readme, base):
    """The patches of a base that are to be sent, and whose row in the README says nothing of how far they are."""
    rows = re.findall(rf"^\| `{re.escape(base)}/(\S+)` \|.*\| ([^|]*) \|$", readme, re.MULTILINE)
    known = {name for name, state in rows if state in STATES}
    return [
        f"{series.FOLDER}/README.md: {patch.name} has no state"
        for patch in series.patches(base)
        if patch.name not in known
    ]


def letterless(base):
    """Series of several patches that have no cover letter."""
    path = series.FOLDER / base / LETTERS
    written = HEADING.findall(path.read_text(encoding="utf-8"))
    wanted = [name for name, group in series.groups(base).items() if len(group) > 1]
    return [] if written == wanted else [f"{path}: has letters for {written}, not for {wanted}"]


def documented(_):
    """Each patch is explained, and each test that needs one with the usual GPU has a problem that names it and a patch."""
    readme = (series.FOLDER / "README.md").read_text(encoding="utf-8")
    text = (SOURCE / PROBLEMS).read_text(encoding="utf-8")
    bad = wrong_form(text)
    bad += [
        f"{PROBLEMS}: {match[0]} is missing"
        for match in PATCH.finditer(text)
        if not (SOURCE / match[0]).is_file()
    ]
    solved = [section for section in problems(text).values() if PATCH.search(section)]
    counted = 0
    for base in series.bases():
        names = [f"{base}/{patch.name}" for patch in series.patches(base)]
        bad += [
            f"{series.FOLDER}/README.md: names no {name}" for name in names if name not in readme
        ]
        bad += mixed(base)
        if base == bases.DEFAULT:
            bad += stateless(readme, base) + letterless(base)
        counted += len(names)
        for guest in guests.GUESTS:
            failing, skipping = fixed_tests(base, guest)
            bad += [
                f"{PROBLEMS}: no section with a patch names {test}"
                for test in failing
                if not any(names_test(section, test) for section in solved)
            ]
            bad += [
                f"{series.FOLDER}/README.md: names no {test}"
                for test in skipping
                if not names_test(readme, test)
            ]
    if bad:
        raise Failure("\n".join(sorted(set(bad))))
    return Counts(note=f"{counted} patches")

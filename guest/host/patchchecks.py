# SPDX-License-Identifier: MIT
"""Checks of kernel-patches: each series applies, patch by patch without a warning, and does what it says."""

import concurrent.futures
import contextlib
import functools
import os
import re
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path, PurePath

import checks
import guests
import kernel
import results
import series
from cache import digest
from checks import Counts, Failure

# Where the files that a series touches are a git repository in the root, and where its patches are.
REPOSITORY = "/usr/src/repository"
PATCHES = "/usr/src/patches"
IDENTITY = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "ccprime"), ("EMAIL", "ccprime@example.org"))
}
TOUCHED = re.compile(r"^--- a/(\S+)$", re.MULTILINE)

PROBLEMS = "docs/upstream-problems.md"
PATCH = re.compile(r"kernel-patches/[\w.-]+/[\w.-]+\.patch")

# These are built for userspace.
SELFTESTS = "tools/testing/selftests/"


@dataclass(frozen=True)
class Arch:
    """An architecture that what a series touches is built for."""

    name: str
    # What make has to know.
    words: tuple[str, ...] = ()


ARCHES = (Arch("x86"), Arch("arm64", ("ARCH=arm64", "CROSS_COMPILE=aarch64-linux-gnu-")))


def has_source(arch, name):
    """Whether an architecture builds a source file."""
    return not name.startswith("arch/") or name.startswith(f"arch/{arch.name}/")


# Warnings of gcc and of sparse. Debian's sparse does not know two words of the kernel's headers, and is silent after an error.
SPARSE = "-D__typeof_unqual__=__typeof__ '-D__builtin_strlen(x)=(sizeof(x)-1)'"
MORE = "W=1"
WARNINGS = (MORE, "C=1", f"CF={SPARSE}")
# What it says of 7.3 itself: of large tracepoints.
KNOWN = re.compile(r".*: (error: too long token expansion|note: .*)")


def touched(patches):
    """The files that patches change and do not make."""
    texts = (patch.read_text(encoding="utf-8") for patch in patches)
    return sorted({name for text in texts for name in TOUCHED.findall(text)})


def warnings(output):
    """The lines of a silent build that are warnings."""
    return [line for line in output.splitlines() if line and not KNOWN.fullmatch(line)]


def jobs_of(context):
    """How many processes a check may have at work."""
    return getattr(context, "jobs", None) or os.cpu_count()


def builder_of(context, base):
    """Builds the kernels of a series, also beside those of another one."""
    return kernel.Builder(
        context.store,
        context.stages,
        context.root,
        base,
        stage=f"patches-{base}",
        jobs=jobs_of(context),
    )


def prepare_apply(context, base):
    """Builds what apply_series() works on: no kernel, only what has to be there to compile single files."""
    builder = builder_of(context, base)
    for arch in ARCHES:
        # What a first build makes beside has warnings of its own: it is made here, with the same flags.
        builder.prepared(arch.name, arch.words, (MORE,))


@dataclass(frozen=True)
class Step:
    """A patch, what it changed, and the files that the series touches as they are after it."""

    patch: Path
    names: list[str]
    folder: Path


def run_command(context, log_name, command, **options):
    """Runs a command in the root; returns what it said. Raises Failure with that where it fails."""
    log = context.stages.log(log_name)
    log.unlink(missing_ok=True)
    status = context.stages.status(log_name, context.root.argv(command, **options))
    said = log.read_text(encoding="utf-8", errors="replace").partition("\n")[2]
    if status:
        raise Failure(f"{' '.join(map(str, command))}:\n{said}")
    return said


class Repository:
    """The files that a series touches, as git am changes them."""

    def __init__(self, context, base, source, folder):
        self.context = context
        self.base = base
        self.folder = folder / "repository"
        self.steps = folder / "steps"
        self.patches = series.patches(base)
        for name in touched(self.patches):
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / name, self.folder / name)
        self.git("init", "--quiet")
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--message=base")

    def git(self, *words, read=()):
        """Runs git in the repository."""
        return run_command(
            self.context,
            f"patches-{self.base}",
            ["git", *words],
            cwd=REPOSITORY,
            read=read,
            write=[(self.folder, REPOSITORY)],
            environ=IDENTITY,
        )

    def apply(self, patch):
        """`git am` of the next patch; returns the step."""
        with about(patch):
            self.git("am", "--quiet", f"{PATCHES}/{patch.name}", read=[(patch.parent, PATCHES)])
        names = self.git("diff", "--name-only", "HEAD~1").split()
        folder = self.steps / patch.stem
        # With the files' times, which say what a build has to do again.
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns(".git"))
        return Step(patch, names, folder)


@contextlib.contextmanager
def about(patch):
    """A failure in the block names the patch."""
    try:
        yield
    except Failure as failure:
        raise Failure(f"{patch.name}: {failure}") from failure


class Compiler:
    """Builds for an architecture what each step changed."""

    def __init__(self, context, base, arch, folder):
        self.context = context
        self.arch = arch
        self.log = f"patches-{base}-{arch.name}"
        self.builder = builder_of(context, base)
        self.source = self.builder.source()
        self.names = touched(series.patches(base))
        self.objects = folder / arch.name
        prepared = self.builder.prepared(arch.name, arch.words, (MORE,))
        shutil.copytree(prepared, self.objects, symlinks=True)

    def run(self, steps, stop):
        """Each step in turn, until somebody else has failed."""
        for step in steps:
            if stop.is_set():
                return
            with about(step.patch):
                self.build(step)

    def build(self, step):
        """Raises Failure where one of the step's sources has a warning."""
        if any(PurePath(name).name == "Kconfig" for name in step.names):
            # What it brings is what the patched kernel has.
            self.in_kernel(step, kernel.reconfigure(self.builder.patched, *self.arch.words))
        sources = [name for name in step.names if name.endswith(".c")]
        selftests = [name for name in sources if name.startswith(SELFTESTS)]
        objects = [
            str(PurePath(name).with_suffix(".o"))
            for name in sources
            if name not in selftests and has_source(self.arch, name)
        ]
        found = []
        if objects:
            flags = [f"O={kernel.OBJECTS}", f"-j{self.builder.jobs}", *self.arch.words, *WARNINGS]
            found += warnings(self.in_kernel(step, ["make", "-s", *flags, *objects]))
        if selftests and self.arch == ARCHES[0]:
            gcc = ["gcc", "-Wall", "-O", "-fsyntax-only", f"-I{SELFTESTS}", *selftests]
            found += warnings(self.in_kernel(step, gcc))
        if found:
            raise Failure("\n".join(found))

    def in_kernel(self, step, command):
        """Runs a command in the source as the step has it; returns what it said."""
        patched = [(step.folder / name, f"{kernel.SOURCE}/{name}") for name in self.names]
        return run_command(
            self.context,
            self.log,
            command,
            cwd=kernel.SOURCE,
            read=[(self.source, kernel.SOURCE), *patched, (kernel.FRAGMENTS, kernel.CONFIG)],
            write=[(self.objects, kernel.OBJECTS)],
        )


def checkpatch(context, base, source):
    """The kernel's own opinion on style."""
    patches = series.patches(base)
    run_command(
        context,
        f"patches-{base}-style",
        ["scripts/checkpatch.pl", "--strict", "--terse", "--quiet"]
        + [f"{PATCHES}/{patch.name}" for patch in patches],
        cwd=kernel.SOURCE,
        read=[(source, kernel.SOURCE), (patches[0].parent, PATCHES)],
    )


def side_by_side(works, workers):
    """Runs functions that get an event, which says that another one failed; raises what the first one raised."""
    stop = threading.Event()

    def guarded(work):
        try:
            work(stop)
        except BaseException:
            stop.set()
            raise

    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        running = [pool.submit(guarded, work) for work in works]
        try:
            for future in concurrent.futures.as_completed(running):
                future.result()
        except BaseException:
            stop.set()
            raise


def apply_series(context, base):
    """A series applies to its base with git am, and after each patch what it touched builds without a warning."""
    with context.store.lock(lambda: None):
        prepare_apply(context, base)
    with tempfile.TemporaryDirectory(dir=context.temp) as name:
        folder = Path(name)
        source = builder_of(context, base).source()
        repository = Repository(context, base, source, folder)
        steps = [repository.apply(patch) for patch in repository.patches]
        compilers = [Compiler(context, base, arch, folder) for arch in ARCHES]
        works = [functools.partial(compiler.run, steps) for compiler in compilers]
        works.append(lambda _: checkpatch(context, base, source))
        side_by_side(works, min(len(ARCHES), jobs_of(context)))
        return Counts(len(steps))


def apply(context):
    """Each series applies to its base, and after each patch what it touched builds without a warning."""
    return summed(apply_series(context, base) for base in series.bases())


def summed(counts):
    """Several counts in one."""
    found = list(counts)
    return Counts(
        sum(one.passed for one in found), note="  ".join(one.note for one in found).strip()
    )


# What a check of a series looks at beside the series itself and the build root.
OWN_CODE = ("patchchecks.py", "series.py", "kernel.py", "root.py")
LOOKS_AT = {
    "apply": tuple(f"guest/host/{name}" for name in OWN_CODE),
    "help": ("drm-tests", "harness", "lib", "vk-sample", "guest", "meson.build"),
}


def contents(names, source=checks.SOURCE):
    """Names and bytes of these files, and of all that is in these folders, but for unit tests of the host side."""
    found = []
    for name in names:
        path = source / name
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and not {"__pycache__", "tests"} & {*file.relative_to(source).parts}:
                found += [str(file.relative_to(source)), file.read_bytes()]
    return found


def checked_name(context, base, check):
    """The name of what a check (one of LOOKS_AT) would find now: changes with everything that it looks at."""
    patches = series.patches(base)
    # Every package in the root, with its version: the kernel's source, compilers, QEMU.
    installed = (context.root.path / "var/lib/dpkg/status").read_bytes()
    texts = [word for patch in patches for word in (patch.name, patch.read_bytes())]
    configs = [path.read_bytes() for path in sorted(kernel.FRAGMENTS.glob("*.config"))]
    return digest(check, base, installed, *texts, *configs, *contents(LOOKS_AT[check]))


def known(context, base, check):
    """Whether exactly this series passed this check before."""
    return context.store.find("checked", checked_name(context, base, check)) is not None


def remember(context, base, check):
    """Notes that the series passed the check."""
    name = checked_name(context, base, check)
    if not context.store.find("checked", name):
        with context.store.make("checked", name) as folder:
            date = time.strftime("%Y-%m-%d %H:%M:%S")
            text = f"{check}: the series for {base} passed, {date}\n"
            (folder / "README").write_text(text, encoding="utf-8")


def unless_known(context, base, check, run):
    """What run(context, base) counts; it is not run where exactly this series passed the check before."""
    number = len(series.patches(base))
    if known(context, base, check):
        return Counts(note=f"{base}: series of {number} patches known, checked before")
    name = checked_name(context, base, check)
    counts = run(context, base)
    # Not where somebody edits a patch meanwhile.
    if checked_name(context, base, check) == name:
        remember(context, base, check)
    return counts


def fixed_tests(base, guest, gpu=guests.Variant.gpu):
    """
    The tests that have to fail without a series, and those that have to skip (a regular expression each); with it they
    pass. With a GPU that is not the usual one: those that it adds.
    """
    scopes = [f"gpu-{gpu}-{base}-unpatched"]
    if gpu == guests.Variant.gpu:
        scopes += [f"{base}-unpatched", f"{guest}-{base}-unpatched"]
    expected = results.load_expectations(scopes)
    # What is not the kernel's fault alone.
    beyond = results.load_expectations([f"gpu-{gpu}-{base}-patched"]).fails
    skipping = {name for name, _ in expected.skips} - set(beyond)
    return sorted(expected.fails), sorted(skipping)


# The virtio-gpus that can tell what a series does, beside the usual one.
GPUS = (guests.Variant.gpu, "gl")


def prepare_help(context, base):
    """Builds the kernel that help_series() runs."""
    with context.store.lock(lambda: None):
        builder_of(context, base).build(series.patches(base))


def help_tests(context):
    """What fails on the plain kernel passes on the patched one, in each kind of guest that can tell."""
    return summed(help_series(context, base) for base in series.bases())


def help_series(context, base):
    """The same for one series."""
    counted = 0
    for gpu in GPUS:
        for guest in guests.GUESTS.values():
            failing, skipping = fixed_tests(base, guest.name, gpu)
            names = sorted(failing + skipping)
            if guest.mode and names:
                counted += check_fixed(context, base, guest.name, gpu, names)
    return Counts(counted)


def check_fixed(context, base, guest, gpu, names):
    """How many of these tests pass on the patched kernel; raises Failure where one does not."""
    out = context.temp / f"patched-{base}-{guest}-{gpu}"
    pattern = f"^({'|'.join(names)})$"
    words = ("--patches", base, "--guest", guest, "--gpu", gpu, "--tests", pattern, "--out", out)
    status, printed, errors = checks.ccprime(context, "run", *words)
    passed = re.findall(r"^(igt@\S+) +(?:pass|expected warn)\b", printed, re.MULTILINE)
    silent = [name for name in names if not any(re.fullmatch(name, test) for test in passed)]
    if status or silent:
        raise Failure(printed + errors + "".join(f"\nno test passes: {name}" for name in silent))
    return len(passed)


def names_test(text, test):
    """Whether a text names this test, and no longer name."""
    return re.search(rf"{re.escape(test.removeprefix('igt@'))}(?![\w-])", text)


def documented(_):
    """Each patch is explained, and each test that needs one with the usual GPU has a problem's row that names it."""
    readme = (series.FOLDER / "README.md").read_text(encoding="utf-8")
    problems = (checks.SOURCE / PROBLEMS).read_text(encoding="utf-8")
    bad = [
        f"{PROBLEMS}: {name} is missing"
        for name in PATCH.findall(problems)
        if not (checks.SOURCE / name).is_file()
    ]
    rows = [row for row in problems.splitlines() if PATCH.search(row)]
    counted = 0
    for base in series.bases():
        names = [f"{base}/{patch.name}" for patch in series.patches(base)]
        bad += [
            f"{series.FOLDER}/README.md: names no {name}" for name in names if name not in readme
        ]
        counted += len(names)
        for guest in guests.GUESTS:
            failing, skipping = fixed_tests(base, guest)
            bad += [
                f"{PROBLEMS}: no row with a patch names {test}"
                for test in failing
                if not any(names_test(row, test) for row in rows)
            ]
            bad += [
                f"{series.FOLDER}/README.md: names no {test}"
                for test in skipping
                if not names_test(readme, test)
            ]
    if bad:
        raise Failure("\n".join(sorted(set(bad))))
    return Counts(note=f"{counted} patches")

# SPDX-License-Identifier: MIT
"""Checks of kernel-patches: each series applies, patch by patch without a warning, and does what it says."""

import re
import shutil
import tempfile
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


class Steps:
    """A pristine kernel that takes one patch after the other."""

    def __init__(self, context, base, folder):
        self.context = context
        self.builder = kernel.Builder(context.store, context.stages, context.root, base)
        self.patches = series.patches(base)
        self.names = touched(self.patches)
        self.repository = folder
        with context.store.lock(lambda: None):
            self.builder.build()
            self.source = self.builder.source()
            self.objects = {arch: self._objects(arch) for arch in ARCHES}
        for name in self.names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.source / name, folder / name)
        self.git("init", "--quiet")
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--message=base")

    def _objects(self, arch):
        """Objects of the plain kernel for an architecture, for these steps alone."""
        store, recipe = self.context.store, self.builder.recipe
        name = digest(recipe, arch.name)
        found = store.find("patch-objects", name)
        if not found:
            with store.make("patch-objects", name) as partial:
                if arch.words:
                    configure = kernel.configure(self.builder.plain, *arch.words)
                    self.builder.run(self.source, partial, configure)
                    # What a first build makes beside has warnings of its own.
                    self.builder.make(self.source, partial, *arch.words, MORE, "prepare")
                else:
                    plain = store.find("kernel", recipe) / "objects"
                    shutil.copytree(plain, partial, symlinks=True, dirs_exist_ok=True)
        return store.find("patch-objects", name)

    def run(self, command, **options):
        """Runs a command in the root; returns what it said. Raises Failure with that where it fails."""
        log = self.context.stages.log("patches")
        log.unlink(missing_ok=True)
        argv = self.context.root.argv(command, **options)
        status = self.context.stages.status("patches", argv)
        said = log.read_text(encoding="utf-8", errors="replace").partition("\n")[2]
        if status:
            raise Failure(f"{' '.join(map(str, command))}:\n{said}")
        return said

    def git(self, *words, read=()):
        """Runs git in the repository."""
        return self.run(
            ["git", *words],
            cwd=REPOSITORY,
            read=read,
            write=[(self.repository, REPOSITORY)],
            environ=IDENTITY,
        )

    def apply(self, patch):
        """`git am` of the next patch; returns the files that it changed."""
        self.git("am", "--quiet", f"{PATCHES}/{patch.name}", read=[(patch.parent, PATCHES)])
        return self.git("diff", "--name-only", "HEAD~1").split()

    def build(self, names):
        """Raises Failure where one of these sources has a warning."""
        if any(PurePath(name).name == "Kconfig" for name in names):
            # What it brings is what the patched kernel has.
            for arch in ARCHES:
                self.in_kernel(arch, kernel.configure(self.builder.patched, *arch.words))
        sources = [name for name in names if name.endswith(".c")]
        selftests = [name for name in sources if name.startswith(SELFTESTS)]
        found = []
        for arch in ARCHES:
            objects = [
                str(PurePath(name).with_suffix(".o"))
                for name in sources
                if name not in selftests and has_source(arch, name)
            ]
            if objects:
                make = ["make", "-s", f"O={kernel.OBJECTS}", *arch.words, *WARNINGS, *objects]
                found += self.compile(arch, make)
        if selftests:
            gcc = ["gcc", "-Wall", "-O", "-fsyntax-only", f"-I{SELFTESTS}", *selftests]
            found += self.compile(ARCHES[0], gcc)
        if found:
            raise Failure("\n".join(found))

    def compile(self, arch, command):
        """The warnings of a compilation of the patched source."""
        return warnings(self.in_kernel(arch, command))

    def in_kernel(self, arch, command):
        """Runs a command in the patched source; returns what it said."""
        patched = [(self.repository / name, f"{kernel.SOURCE}/{name}") for name in self.names]
        return self.run(
            command,
            cwd=kernel.SOURCE,
            read=[(self.source, kernel.SOURCE), *patched, (kernel.FRAGMENTS, kernel.CONFIG)],
            write=[(self.objects[arch], kernel.OBJECTS)],
        )

    def checkpatch(self):
        """The kernel's own opinion on style."""
        self.run(
            ["scripts/checkpatch.pl", "--strict", "--terse", "--quiet"]
            + [f"{PATCHES}/{patch.name}" for patch in self.patches],
            cwd=kernel.SOURCE,
            read=[(self.source, kernel.SOURCE), (self.patches[0].parent, PATCHES)],
        )


def apply(context):
    """Each series applies to its base with git am, and after each patch what it touched builds without a warning."""
    counted = 0
    for base in series.bases():
        with tempfile.TemporaryDirectory(dir=context.temp) as folder:
            steps = Steps(context, base, Path(folder))
            steps.checkpatch()
            for patch in steps.patches:
                try:
                    steps.build(steps.apply(patch))
                except Failure as failure:
                    raise Failure(f"{patch.name}: {failure}") from failure
                counted += 1
    return Counts(counted)


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


def help_tests(context):
    """What fails on the plain kernel passes on the patched one, in each kind of guest that can tell."""
    counted = 0
    for base in series.bases():
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

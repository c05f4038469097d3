# SPDX-License-Identifier: MIT
"""The project's own tests that need no guest: each check raises Failure, or returns what it counted."""

import contextlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import xml.etree.ElementTree
from dataclasses import dataclass
from pathlib import Path

from kernels import kernel
from mutants import table as mutanttable
from problem import Failure
from project import HOST, SOURCE
from workshop import cache, stage, workers
from workshop.cache import digest

COMMAND = SOURCE / "ccprime"
# Seconds for a command that builds nothing and waits for nobody.
COMMAND_LIMIT = 900
SHELL = re.compile(r"#!.*\bsh\b|.*\n# shellcheck shell=sh\n", re.DOTALL)
# Words that codespell does not know: sections of the AMD manual, AMD's memory encryption, the kernel's names in patches.
WORDS = "nd,sme,filp,siz"
# Files that cannot hold a line of text, or are licences themselves.
NO_SPDX = ("LICENSES/", ".png")
SPDX = re.compile(r"SPDX-License-Identifier: ([\w.-]+)")
# Whose licence is the kernel's; the rest has the other one.
GPL = ("guest/monitor/", "modules/", "kernel-patches/")
# A kernel patch has it behind its message, where git am takes it for no part of the commit.
SPDX_WITHIN = 4000


# Every test that there is, and where else tests are named.
EXPECTED_TESTS = "drm-tests/expected-tests.txt"
COVERAGE = "docs/coverage.md"
MUTANTS = "docs/mutants.md"
NAMING_TESTS = (
    "docs/*.md",
    "kernel-patches/README.md",
    "drm-tests/expectations/*-fails.txt",
)
TEST_NAME = re.compile(r"\bcc_\w+@[\w-]+")
TABLE_RULE = re.compile(r"[|:\- ]+")


@dataclass(frozen=True)
class Counts:
    """What a check counted."""

    passed: int = 1
    failed: int = 0
    skipped: int = 0
    # What people like to know beside.
    note: str = ""


# The limits of meson's tests are those of an idle machine.
PATIENCE = ("--timeout-multiplier", "5")

# Builds that most checks need (checktable.py).
ROOT = "build root"
PROJECT = f"kernel {kernel.BASE}"


@dataclass(frozen=True)
class Context:
    """What a check, or a build, works with."""

    store: cache.Cache
    stages: stage.Stages
    temp: Path
    # Whether all is checked, be it known already or not.
    whole: bool
    # Build's name -> what it made.
    built: dict[str, object]

    @property
    def root(self):
        """The build root."""
        return self.built[ROOT]

    @property
    def setup(self):
        """What guests with the plain kernel need."""
        return self.built[PROJECT]


def sources(*suffixes):
    """The project's files with one of these suffixes (all, without), in order."""
    skipped = re.compile(r"(\.git|__pycache__|results.*|build.*)")
    found = []
    for path in sorted(SOURCE.iterdir()):
        if skipped.fullmatch(path.name):
            continue
        inside = path.rglob("*") if path.is_dir() else [path]
        found += [item for item in inside if item.is_file() and "__pycache__" not in item.parts]
    return [path for path in found if not suffixes or path.suffix in suffixes]


def ninja(line):
    """How far ninja, or meson's tests, are: their lines begin with it."""
    match = re.match(rb"\s*\[?(\d+)/(\d+)", line)
    return f"{match[1].decode()} of {match[2].decode()}" if match else None


def in_root(context, name, command, meter=None, **options):
    """Runs a command on the sources in the root; its output becomes the failure. meter: as Stages.status has it."""
    argv = context.root.argv(command, cwd=SOURCE, read=[SOURCE], **options)
    start = context.stages.log(name).stat().st_size if context.stages.log(name).exists() else 0
    if context.stages.status(name, argv, meter=meter):
        said = context.stages.log(name).read_bytes()[start:].decode(errors="replace")
        raise Failure(said.partition("\n")[2])


def junit(path):
    """Counts of meson's testlog.junit.xml."""
    cases = list(xml.etree.ElementTree.parse(path).iter("testcase"))
    bad = [
        case for case in cases if case.find("failure") is not None or case.find("error") is not None
    ]
    skipped = [case for case in cases if case.find("skipped") is not None]
    return Counts(len(cases) - len(bad) - len(skipped), len(bad), len(skipped))


def meson(context, name, compiler, *options, without=()):
    """Builds with a compiler and runs the tests that meson knows, but for those of some suites."""
    entry = ("check", digest(SOURCE, context.root.path, name, *options))
    with context.store.hold(*entry):
        folder = context.store.folder(*entry)
        setup = ["meson", "setup", folder, SOURCE, *options]
        if not (folder / "build.ninja").exists():
            in_root(context, name, setup, write=[folder], environ={"CC": compiler})
        in_root(
            context,
            name,
            ["meson", "compile", "-C", folder],
            write=[folder],
            meter=ninja,
        )
        log = folder / "meson-logs/testlog.junit.xml"
        log.unlink(missing_ok=True)
        test = [
            "meson",
            "test",
            "-C",
            folder,
            "--no-rebuild",
            "--print-errorlogs",
            *PATIENCE,
        ]
        in_root(context, name, test, write=[folder], meter=ninja)
        counts = junit(log)
    if not counts.passed:
        raise Failure("meson ran no test")
    return counts


def gcc(context):
    """Everything with gcc, warnings are errors."""
    return meson(context, "gcc", "gcc")


def clang(context):
    """Everything with clang, warnings are errors. Fuzzers have sanitizers in any case: the next check runs them."""
    return meson(context, "clang", "clang", without=["fuzz"])


def sanitizers(context):
    """The same under ASan and UBSan."""
    options = ("-Db_sanitize=address,undefined", "-Db_lundef=false")
    return meson(context, "sanitizers", "clang", *options)


def clang_format(context):
    """C is formatted as .clang-format says."""
    in_root(context, "clang-format", ["clang-format", "--dry-run", "-Werror", *sources(".c", ".h")])
    return Counts()


def shellcheck(context):
    """Shell scripts are clean."""
    scripts = [
        path
        for path in sources("")
        if SHELL.match(path.read_text(encoding="utf-8", errors="replace"))
    ]
    in_root(context, "shellcheck", ["shellcheck", *scripts])
    return Counts(note=f"{len(scripts)} scripts")


def ruff(context):
    """Python is clean and formatted."""
    in_root(context, "ruff", ["ruff", "check", "--no-cache", SOURCE])
    in_root(context, "ruff", ["ruff", "format", "--no-cache", "--check", SOURCE])
    return Counts()


def codespell(context):
    """Words are spelled right."""
    in_root(context, "codespell", ["codespell", f"--ignore-words-list={WORDS}", *sources()])
    return Counts()


def built_tests(context):
    """The names of the tests, as the built programs list them."""
    folder = context.setup.build / "drm-tests"
    programs = (folder / "test-list.txt").read_text(encoding="utf-8").splitlines()[1:-1]
    return [
        f"{program}@{name}"
        for program in programs
        for name in context.root.output(
            [folder / program, "--list-subtests"], read=[context.setup.build]
        ).split()
    ]


def rows_without_test(text):
    """The rows of a Markdown text's tables, without their heads, that name no test."""
    lines = text.splitlines()
    rows = [
        line
        for line, below in zip(lines, [*lines[1:], ""], strict=True)
        if line.startswith("|")
        and not TABLE_RULE.fullmatch(line)
        and not TABLE_RULE.fullmatch(below)
    ]
    return [row for row in rows if not TEST_NAME.search(row)]


def test_names(context):
    """No test is missing, none is unknown, and each one that a document names exists."""
    built = set(built_tests(context))
    expected = set(TEST_NAME.findall((SOURCE / EXPECTED_TESTS).read_text(encoding="utf-8")))
    bad = [f"{EXPECTED_TESTS}: {name}: no program has it" for name in sorted(expected - built)]
    bad += [f"{EXPECTED_TESTS}: {name} is missing" for name in sorted(built - expected)]
    for path in (found for pattern in NAMING_TESTS for found in sorted(SOURCE.glob(pattern))):
        named = set(TEST_NAME.findall(path.read_text(encoding="utf-8")))
        name = path.relative_to(SOURCE)
        bad += [f"{name}: {test}: no program has it" for test in sorted(named - built)]
    coverage = (SOURCE / COVERAGE).read_text(encoding="utf-8")
    bad += [f"{COVERAGE}: names no test: {row}" for row in rows_without_test(coverage)]
    if bad:
        raise Failure("\n".join(bad))
    return Counts(note=f"{len(built)} tests")


def mutant_names(_):
    """The table has each mutant of the module and the patches, and docs/mutants.md each one of the tables."""
    table = {mutant.name for mutant in mutanttable.MUTANTS}
    built = mutanttable.names_in_sources()
    own = {mutant.name for mutant in mutanttable.CODE_MUTANTS}
    document = (SOURCE / MUTANTS).read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `(\w+)` \|", document, re.MULTILINE))
    bad = [f"mutanttable.py: {name} is missing" for name in sorted(built - table)]
    bad += [f"mutanttable.py: {name}: nothing has it" for name in sorted(table - built)]
    bad += [f"{MUTANTS}: {name} is missing" for name in sorted((table | own) - named)]
    bad += [f"{MUTANTS}: {name}: no table has it" for name in sorted(named - table - own)]
    if bad:
        raise Failure("\n".join(bad))
    return Counts(note=f"{len(table)} and {len(own)} of our own code")


def tracked():
    """The files that git knows; all of them where this is no git checkout."""
    git = shutil.which("git")
    if git and (SOURCE / ".git").exists():
        command = [git, "-c", "safe.directory=*", "-C", SOURCE, "ls-files", "-z"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode == 0:
            return [SOURCE / name for name in result.stdout.split("\0") if name]
    return sources()


def spdx(_):
    """Every tracked file names its licence, and the right one."""
    bad = []
    for path in tracked():
        name = str(path.relative_to(SOURCE))
        if name.startswith(NO_SPDX) or name.endswith(NO_SPDX) or not path.is_file():
            continue
        found = SPDX.search(path.read_text(encoding="utf-8", errors="replace")[:SPDX_WITHIN])
        wanted = "GPL-2.0-only" if name.startswith(GPL) else "MIT"
        if not found or found[1] != wanted:
            bad.append(f"{name}: {found[0] if found else 'no licence'}, not {wanted}")
    if bad:
        raise Failure("\n".join(bad))
    return Counts()


def unit_tests(_):
    """The host side's unit tests."""
    command = ["-B", "-m", "unittest", "discover", "-s", HOST / "tests", "-t", HOST]
    result = subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        text=True,
        timeout=COMMAND_LIMIT,
        check=False,
    )
    ran = re.search(r"^Ran (\d+) tests?", result.stderr, re.MULTILINE)
    if result.returncode or not ran or ran[1] == "0":
        raise Failure(result.stderr)
    skipped = re.search(r"skipped=(\d+)", result.stderr)
    number = int(skipped[1]) if skipped else 0
    return Counts(int(ran[1]) - number, 0, number)


# What `ccprime run` says while it works: how far it is, and of a failed test.
FAR = re.compile(r" {10}(.*)")
FAILED_TEST = re.compile(r"\w+: igt@.*")


def ccprime(context, *words, typed="", limit=None):
    """
    Runs our own command, typed into it; returns (exit status, standard output, standard error). It bounds its own time,
    of which builds are no part; limit: in seconds, for a command that does not (shell).
    """
    argv = ["setpriv", "--pdeathsig", "TERM", COMMAND, *map(str, words)]
    with (
        tempfile.TemporaryFile("w+") as errors,
        tempfile.TemporaryFile("w+") as keyboard,
        follow(context, argv, keyboard, errors, typed) as (command, lines),
        bounded(command, limit),
    ):
        printed = "".join(lines)
        status = command.wait()
        errors.seek(0)
        return status, printed, errors.read()


@contextlib.contextmanager
def follow(context, argv, keyboard, errors, typed):
    """A command, and its lines, of which some tell how far it is; ends it where the block ends early."""
    keyboard.write(typed)
    keyboard.seek(0)
    with subprocess.Popen(
        argv,
        cwd=context.temp,
        stdin=keyboard,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    ) as command:
        try:
            yield command, (tell(context.stages, line) for line in command.stdout)
        except BaseException:
            end(command)
            raise


@contextlib.contextmanager
def bounded(command, limit):
    """Ends a command of ours after some seconds, if there is a limit."""
    timer = threading.Timer(limit or 0, command.terminate)
    if limit:
        timer.start()
    try:
        yield
    finally:
        timer.cancel()


def end(command):
    """Ends a command of ours, which takes a while to clean up."""
    command.terminate()
    try:
        command.wait(workers.STOP_WAIT)
    except subprocess.TimeoutExpired:
        command.kill()


def tell(stages, line):
    """Passes on what a command's line means for whoever waits; returns the line."""
    if match := FAR.fullmatch(line.rstrip()):
        stages.progress(match[1])
    elif FAILED_TEST.fullmatch(line.rstrip()):
        stages.show("now", line.rstrip())
    return line


# What is wrong: the words after ccprime, and what the one line on standard error has to say. {temp}: a scratch folder.
WRONG_USE = (
    ("no command", "", "run|demo|test|mutants|shell"),
    ("unknown command", "fly", "invalid choice: 'fly'"),
    ("unknown option", "run --fast", "--fast"),
    ("unknown guest", "run --guest sun", "--guest: invalid choice: 'sun'"),
    ("too many CPUs", "run --cpus 5", "--cpus: invalid choice: 5"),
    ("no run at all", "run --repeat 0", "--repeat: 0 is not 1 or more"),
    ("no jobs", "test --jobs 0", "--jobs: 0 is not 1 or more"),
    ("jobs of a demo", "demo --jobs 2", "--jobs"),
    ("quick and all", "test --quick --all", "not allowed with"),
    ("broken expression for checks", "test --only (", "no regular expression"),
    ("no such check", "test --only no-such-thing", "no check matches"),
    ("unknown fill", "run --fill ones", "--fill: invalid choice: 'ones'"),
    ("unknown GPU", "run --gpu voodoo", "--gpu: invalid choice: 'voodoo'"),
    ("shell in all guests", "shell --guest all", "--guest: invalid choice: 'all'"),
    ("demo in all guests", "demo --guest all", "--guest: invalid choice: 'all'"),
    ("missing kernel", "run --kernel {temp}/none", "No such file"),
    ("kernel is no bzImage", "run --kernel /bin/sh", "not an x86 bzImage"),
    ("file called stock", "run --kernel ./stock", "No such file"),
    ("missing kernel tree", "run --kernel-source {temp}/none", "not a Linux source tree"),
    ("kernel and tree", "run --kernel a --kernel-source b", "not allowed with"),
    ("patches for a kernel", "run --kernel a --patches", "not allowed with"),
    ("patches for a tree", "shell --patches --kernel-source b", "not allowed with"),
    ("patches for no base", "run --patches 1.0", "--patches: invalid choice: '1.0'"),
    ("patches for Debian's kernel", "run --kernel stock --patches", "not allowed with"),
    ("debug kernel that is built", "run --debug-kernel --kernel /bin/sh", "with --kernel-source"),
    ("debug kernel of Debian's", "demo --debug-kernel --kernel stock", "with --kernel-source"),
    ("broken expression", "run --tests (", "no regular expression"),
    ("broken expression for mutants", "mutants --only (", "no regular expression"),
    ("no such mutant", "mutants --only no-such-thing", "no mutant matches"),
    ("folder of somebody else", "run --out {temp}/full", "not ours"),
    ("results cannot be made", "run --out /proc/results", "cannot write"),
    ("cache cannot be made", "run --out {temp}/out", "set CCPRIME_CACHE"),
)


def wrong_use(context):
    """Bad input gets status 2 and one clear line."""
    full = context.temp / "full"
    full.mkdir()
    (full / "thesis.txt").touch()
    bad = []
    for name, line, expected in WRONG_USE:
        words = line.format(temp=context.temp).split()
        environ = "CCPRIME_CACHE=/proc/cache" if name.startswith("cache") else "A="
        result = subprocess.run(
            ["env", environ, COMMAND, *words],
            cwd=context.temp,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_LIMIT,
            check=False,
        )
        lines = result.stderr.splitlines()
        if result.returncode != 2 or len(lines) != 1 or expected not in lines[0]:
            bad.append(f"{name}: status {result.returncode}, said:\n{result.stderr}")
    if bad:
        raise Failure("\n".join(bad))
    return Counts(len(WRONG_USE))

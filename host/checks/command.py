# SPDX-License-Identifier: MIT
"""Our own command, run by checks; and that it says what is wrong with its input."""

import contextlib
import re
import subprocess
import tempfile
import threading

from checks.context import Counts
from problem import Failure
from project import SOURCE
from workshop import workers

COMMAND = SOURCE / "ccprime"
# Seconds for a command that builds nothing and waits for nobody.
COMMAND_LIMIT = 900

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
    (
        "no command",
        "",
        "run|demo|test|mutants|coverage|shell|bench|bisect|diff|report|package|igt|patches|expectations|cache",
    ),
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
    (
        "our own word for the kernel",
        "run --cmdline rdinit=/x",
        "rdinit=/x: the guest needs its own",
    ),
    ("long command line", f"run --cmdline {'x' * 2048}", "2048 bytes, at most 1024"),
    ("accept in a guest that does not", "run --guest sev --accept lazy", "choose one of tdx, snp"),
    ("patches onto nothing", "patches", "--onto"),
    ("patches onto no tree", "patches --onto {temp}", "is no kernel source"),
    ("bisect without tests", "bisect --kernel-source {temp} a b", "required: --tests"),
    (
        "bisect of one commit",
        "bisect a --tests x --kernel-source {temp}",
        "two commits, GOOD and BAD",
    ),
    ("bisect of no repository", "bisect a b --tests x --kernel-source {temp}", "has no commit 'a'"),
    ("shard of none", "run --shard 3/2", "--shard: '3/2' is not I/N"),
    ("shard of a suspend", "run --shard 1/2 --tests cc_suspend@", "that suspend the guest"),
    ("no programs", "run --programs {temp}", "has no test-list.txt"),
    ("no checkout of IGT", "igt {temp}", "is no checkout of igt-gpu-tools"),
    ("report of no folder", "report {temp}/no", "no is no folder"),
    ("report of no results", "report {temp}", "has no results.json"),
    ("diff of no folder", "diff {temp}/no {temp}", "no is no folder"),
    ("diff of no results", "diff {temp} {temp}", "has no results.json"),
    ("no module there", "run --module /no/such.ko", "--module: cannot read /no/such.ko"),
    ("folder without Kbuild", "run --module {temp}", "has no Kbuild and no Makefile"),
    ("no module", "shell --module /etc/hostname", "/etc/hostname is no kernel module"),
    ("no fragment there", "run --config /no/such", "--config: cannot read /no/such"),
    ("no fragment", "run --config /etc/passwd", "/etc/passwd:1"),
    (
        "fragment for a built kernel",
        "run --kernel stock --config /dev/null",
        "--config: not allowed",
    ),
    ("no device", "run --device ,x", "--device: ',x' is no NAME"),
    ("no file there", "run --file /no/such", "--file: /no/such is not there"),
    ("file above the root", "run --file /etc/passwd:/../x", "--file: /../x"),
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
    ("shard of chosen mutants", "mutants --shard 1/2", "--shard: only with --generated"),
    ("broken expression for coverage", "coverage --tests (", "no regular expression"),
    ("coverage of a debug kernel", "coverage --debug-kernel", "unrecognized arguments"),
    ("coverage of no tree", "coverage --kernel-source {temp}", "not a Linux source tree"),
    ("cache and a word", "cache --prune now", "unrecognized arguments: now"),
    ("expectations of all guests", "expectations --guest all", "--guest: invalid choice: 'all'"),
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

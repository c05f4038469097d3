# SPDX-License-Identifier: MIT
"""`ccprime test`: the table of the project's own tests."""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import cache
import checks
import guestchecks
import kernelselftest
import patchchecks
import runner
import stage
from checks import Counts, Failure
from problem import GuestProblem, Problem

NOTE_LINES = 40

CHECKS = (
    ("spdx lines", checks.spdx),
    ("clang-format", checks.clang_format),
    ("shellcheck", checks.shellcheck),
    ("ruff", checks.ruff),
    ("codespell", checks.codespell),
    ("unit tests of the host side", checks.unit_tests),
    ("wrong use", checks.wrong_use),
    ("names of tests", checks.test_names),
    ("names of kernel patches", patchchecks.documented),
    ("names of mutants", checks.mutant_names),
    ("gcc", checks.gcc),
    ("clang", checks.clang),
    ("sanitizers", checks.sanitizers),
    ("tests in a plain guest", guestchecks.run_none),
    ("tests in a SEV guest", guestchecks.run_sev),
    ("tests in a TDX guest", guestchecks.run_tdx),
    ("tests in a SNP guest", guestchecks.run_snp),
    ("tests on older kernels", guestchecks.older_kernels),
    ("Vulkan in SEV, TDX guests", guestchecks.vulkan),
    ("demo", guestchecks.demo),
    ("SNP guests end themselves", guestchecks.snp_ends),
    ("GPUs that take no imports", guestchecks.refusing_gpus),
    ("Debian's own kernel", guestchecks.stock_kernel),
    ("mutants are killed", guestchecks.broken),
    ("kernel patches apply", patchchecks.apply),
    ("kernel patches help", patchchecks.help_tests),
    ("kernel's own selftest", kernelselftest.run),
    ("boot time", guestchecks.boot_time),
    ("hung guests", guestchecks.hangs),
    ("dying guests", guestchecks.crashes),
    ("kernel without CoCo", guestchecks.not_confidential),
    ("shell", guestchecks.shell),
    ("Ctrl-C", guestchecks.interrupted),
)


@dataclass
class Context:
    """What the checks work with."""

    store: cache.Cache
    stages: stage.Stages
    setup: runner.Setup
    temp: Path

    @property
    def root(self):
        """The build root."""
        return self.setup.root


def attempt(check, context):
    """(word, counts, text) of one check."""
    try:
        counts = check(context)
        return ("pass", counts, "")
    except (Failure, Problem, GuestProblem) as error:
        return ("FAIL", Counts(0, 1), str(error))
    # A broken check must not hide the others.
    except Exception as error:  # noqa: BLE001
        return ("FAIL", Counts(0, 1), f"{type(error).__name__}: {error}")


def show(name, word, counts, text, seconds):
    """One check's line, and what it has to say."""
    number = f"{counts.passed} passed" if counts.passed > 1 else ""
    note = "  ".join(part for part in (number, counts.note) if part)
    print(f"{name:<28} {word}  {seconds:6.1f} s  {note}".rstrip(), flush=True)
    for line in text.splitlines()[-NOTE_LINES:]:
        print(f"    {line}", flush=True)


def run(store, stages, setup):
    """Runs the table; returns the sums of all counts."""
    total = Counts(0)
    with tempfile.TemporaryDirectory(prefix="ccprime-test-") as temp:
        context = Context(store, stages, setup, Path(temp))
        for name, check in CHECKS:
            start = time.monotonic()
            word, counts, text = attempt(check, context)
            show(name, word, counts, text, time.monotonic() - start)
            total = Counts(
                total.passed + counts.passed,
                total.failed + counts.failed,
                total.skipped + counts.skipped,
            )
    return total

# SPDX-License-Identifier: MIT
"""The checks of `ccprime test`, and what has to be built for them: one row each, in the order in which they start."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

from arches import ARCHES, ARM64, NATIVE
from checks import builds, command, environments, inguests, lint, names, patches, selftest, user
from checks.context import PROJECT, ROOT, for_arch, named
from kernels import bases, series
from kernels.origins import Packaged, Source
from machine import guests
from machine.guests import GUESTS, Variant
from mutants import run as mutants
from mutants.table import MUTANTS
from runs import setup
from workshop import root

# Builds: names of rows whose values checks need.
BROKEN = mutants.PREPARED
STOCK = "Debian's kernel"
OLDER = [base for base in series.bases() if base != bases.DEFAULT]


def patched(base, arch=NATIVE):
    """The name of the build of a kernel with a series of ours."""
    return named(f"kernel {base} with patches", arch, "for")


@dataclass(frozen=True)
class Check:
    """
    A row. run gets a Context, returns Counts and raises Failure, Problem or GuestProblem; that of a build returns what
    it made.
    """

    name: str
    run: Callable
    # Builds, by name.
    needs: tuple[str, ...] = ()
    # Whether it is part of the fixed core, which is what `ccprime test` runs.
    core: bool = True
    # Whether it needs no guest and no kernel.
    quick: bool = False
    # Whether nothing may run beside it.
    alone: bool = False
    is_build: bool = False


def build(name, run, *needs):
    """A row that only builds; it runs where a check needs it."""
    return Check(name, run, needs, is_build=True)


def quick(name, run, *needs):
    """A row that needs no guest and no kernel."""
    return Check(name, run, needs, quick=True)


def more(name, run, *needs, alone=False):
    """A row that is not part of the core."""
    return Check(name, run, needs, core=False, alone=alone)


def in_guest(guest, tests="", base=""):
    """Tests in a guest; base: on the kernel of that version, with our patches."""
    return functools.partial(inguests.run, guest, tests, base)


def make_root(context):
    """The build root."""
    return root.ensure(context.store, context.stages)


def set_up(origin, context, arch=NATIVE):
    """What guests of an architecture with this kernel need."""
    return setup.set_up(context.store, context.stages, guests.of_arch(arch), Variant(), origin)


def build_patched(base, arch=NATIVE):
    """The row of a kernel with a series. It takes the objects of the plain kernel, where there is one."""
    needs = (ROOT, for_arch(arch)) if base == bases.DEFAULT else (ROOT,)
    run = functools.partial(set_up, Source(base, patched=True), arch=arch)
    return build(patched(base, arch), run, *needs)


def make_mutants(arch, context):
    """Kernels of an architecture that can be broken."""
    return mutants.prepare(context.store, context.stages, killed(arch))


def killed(arch):
    """The mutants that tests can tell, in guests of an architecture."""
    return [
        mutant for mutant in MUTANTS if not mutant.survives and GUESTS[mutant.guest].arch == arch
    ]


def broken(arch):
    """The name of their build."""
    return named(BROKEN, arch, "for")


def of_mutants(arch):
    """The build, and a row a boot. The core has mutants enough to see each test fail that is there to kill some."""
    name, members = broken(arch), killed(arch)
    yield build(name, functools.partial(make_mutants, arch), for_arch(arch))
    telling = mutants.telling(members)
    for boot, booted in mutants.by_boot(members).items():
        some = [mutant for mutant in booted if mutant in telling]
        run = functools.partial(inguests.broken, boot, name, some, booted)
        yield Check(boot.name, run, (name,), core=bool(some))


def of_series(base):
    """The rows of a series of patches."""
    for what, run, arch in patches.of_series(base):
        needs = (ROOT, patched(base, arch)) if arch else (ROOT,)
        yield Check(f"patches of {base} {what}", run, needs)


def of_older(base):
    """The rows of a kernel that a series brings the heap to."""
    some = in_guest("sev", inguests.HEAP_TESTS, base)
    yield more(f"heap on Linux {base}", some, patched(base))
    for guest in ("sev", "tdx"):
        every = in_guest(guest, base=base)
        yield more(f"tests on Linux {base} in {guest}", every, patched(base))


def of_vulkan():
    """Vulkan's tests, a row a guest."""
    for guest in ("sev", "tdx"):
        run = functools.partial(inguests.vulkan, guest)
        yield more(f"Vulkan in {guest}", run, PROJECT)


def of_poor():
    """Guests that lack something."""
    for kind in inguests.POOR:
        yield more(f"guest {kind}", functools.partial(inguests.poor, kind), PROJECT)


def of_arches():
    """Architectures that the build root is not of: the tests, and the kernel."""
    for arch in ARCHES.values():
        if not arch.is_native:
            tests = functools.partial(builds.tests_for, arch)
            yield quick(f"tests build for {arch.name}", tests, ROOT)
            yield build(for_arch(arch), functools.partial(set_up, Source(), arch=arch), ROOT)


def of_selftest():
    """The kernel's own selftest, a row a kernel."""
    for case in selftest.CASES:
        run = functools.partial(selftest.run, case)
        yield more(case.name, run, ROOT, PROJECT, patched(case.base))


def of_crashes():
    """Guests that die, a row an architecture."""
    for arch in ARCHES.values():
        name = named("dying guests", arch, "on")
        yield Check(name, functools.partial(inguests.crashes, arch), (ROOT, for_arch(arch)))


def of_boot_time():
    """How fast a confidential guest comes up, a row an architecture."""
    for arch, (guest, plain) in BOOTING.items():
        name = named("boot time", arch, "on")
        run = functools.partial(inguests.boot_time, GUESTS[guest], GUESTS[plain])
        yield Check(name, run, (ROOT, for_arch(arch)), alone=True)


# A confidential guest and a plain one.
BOOTING = {NATIVE: ("sev", "none"), ARM64: ("cca", "none-arm64")}

TABLE = (
    quick("spdx lines", lint.spdx),
    quick("names of kernel patches", patches.documented),
    quick("names of mutants", names.mutant_names),
    quick("expectations", names.expected),
    quick("unit tests of the host side", builds.unit_tests),
    quick("wrong use", command.wrong_use),
    quick("odd environments", environments.odd),
    build(ROOT, make_root),
    quick("clang-format", lint.clang_format, ROOT),
    quick("shellcheck", lint.shellcheck, ROOT),
    quick("ruff", lint.ruff, ROOT),
    quick("codespell", lint.codespell, ROOT),
    quick("gcc", builds.gcc, ROOT),
    quick("clang", builds.clang, ROOT),
    quick("sanitizers", builds.sanitizers, ROOT),
    *of_arches(),
    build(PROJECT, functools.partial(set_up, Source()), ROOT),
    Check("names of tests", names.test_names, (ROOT, PROJECT)),
    Check("tests in a SEV guest", in_guest("sev"), (PROJECT,)),
    Check("tests in a TDX guest", in_guest("tdx"), (PROJECT,)),
    Check("tests in a SNP guest", in_guest("snp"), (PROJECT,)),
    Check("tests in a plain guest", in_guest("none"), (PROJECT,)),
    Check("tests in a CCA guest", in_guest("cca"), (for_arch(ARM64),)),
    Check("tests on a machine with SME", in_guest("sme"), (PROJECT,)),
    Check("memory that is accepted late", inguests.lazy, (PROJECT,)),
    Check("a module of one's own", inguests.brought, (PROJECT,)),
    *(row for arch in ARCHES.values() for row in of_mutants(arch)),
    *(build_patched(base) for base in series.bases()),
    build_patched(bases.DEFAULT, ARM64),
    *(row for base in series.bases() for row in of_series(base)),
    Check("importers behind an IOMMU", inguests.behind_iommu, (PROJECT, patched(bases.DEFAULT))),
    Check(
        "default size of bounce memory",
        inguests.default_bounce,
        (PROJECT, for_arch(ARM64), patched(bases.DEFAULT, ARM64)),
    ),
    *(row for base in OLDER for row in of_older(base)),
    Check("hung guests", inguests.hangs, (ROOT, PROJECT)),
    *of_crashes(),
    Check("kernel without CoCo", inguests.not_confidential, (ROOT, PROJECT)),
    Check("shell", inguests.shell, (PROJECT,)),
    Check("ccprime-check", inguests.looks, (PROJECT,)),
    quick("packages", builds.packages, ROOT),
    Check("Ctrl-C", inguests.interrupted, (PROJECT,)),
    Check("ordinary user", user.ordinary, (PROJECT,)),
    *of_vulkan(),
    *of_poor(),
    more("buffers in many chunks", in_guest("sev", "cc_chunks@"), PROJECT),
    more("SNP guests end themselves", inguests.snp_ends, PROJECT),
    more("GPUs that take no imports", inguests.refusing_gpus, PROJECT),
    build(STOCK, functools.partial(set_up, Packaged()), ROOT),
    more("heap on Debian's kernel", inguests.stock_kernel, ROOT, STOCK),
    *of_selftest(),
    more("mutants of our own code", inguests.broken_code, ROOT),
    more("bench", inguests.bench, PROJECT),
    more("demo", inguests.demo, PROJECT, alone=True),
    *of_boot_time(),
)

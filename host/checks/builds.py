# SPDX-License-Identifier: MIT
"""Checks that build our own code in several ways, and run its unit tests."""

import re
import subprocess
import sys
import xml.etree.ElementTree

import project
from arches import NATIVE
from checks.context import Counts, in_root, ninja
from machine import initramfs
from problem import Failure
from project import HOST, SOURCE
from workshop import build, debian
from workshop.cache import digest

# Seconds for the host side's tests.
UNIT_LIMIT = 900
# The limits of meson's tests are those of an idle machine.
PATIENCE = ("--timeout-multiplier", "5")


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


def tests_for(arch, context):
    """Everything for another architecture, warnings are errors."""
    folder = build.build(context.store, context.stages, context.root, arch)
    tests = initramfs.test_names(folder / build.INSTALLED / initramfs.TESTS)
    return Counts(note=f"{len(tests)} programs")


def clang(context):
    """Everything with clang, warnings are errors. Fuzzers have sanitizers in any case: the next check runs them."""
    return meson(context, "clang", "clang", without=["fuzz"])


def sanitizers(context):
    """The same under ASan and UBSan."""
    options = ("-Db_sanitize=address,undefined", "-Db_lundef=false")
    return meson(context, "sanitizers", "clang", *options)


def unit_tests(_):
    """The host side's unit tests."""
    command = ["-B", "-m", "unittest", "discover", "-s", HOST / "tests", "-t", HOST]
    result = subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        text=True,
        timeout=UNIT_LIMIT,
        check=False,
    )
    ran = re.search(r"^Ran (\d+) tests?", result.stderr, re.MULTILINE)
    if result.returncode or not ran or ran[1] == "0":
        raise Failure(result.stderr)
    skipped = re.search(r"skipped=(\d+)", result.stderr)
    number = int(skipped[1]) if skipped else 0
    return Counts(int(ran[1]) - number, 0, number)


# Where the root sees the packages, and where it unpacks them.
DEBS, UNPACKED = "/usr/src/debs", "/usr/src/unpacked"


def packages(context):
    """The Debian packages: dpkg takes them, and what they install runs."""
    folder = build.build(context.store, context.stages, context.root)
    trees, out, unpacked = (
        context.temp / f"packages-{name}" for name in ("trees", "out", "unpacked")
    )
    for path in (trees, out, unpacked):
        path.mkdir()
    made = debian.make(context.root, context.stages, folder, project.release(), trees, out)
    script = f"""set -e
for deb in {DEBS}/*.deb; do dpkg-deb -x "$deb" {UNPACKED}; done
cd {UNPACKED}/usr
export LD_LIBRARY_PATH=$PWD/lib/{NATIVE.triplet}
bin/ccprime-check --version
libexec/ccprime/cc_heap --list-subtests | head -n 1
printf '#include <ccprime.h>\nint main(void) {{ return !ccp_platform_name(ccp_platform_detect()); }}\n' |
	gcc -x c - -o /tmp/own -Iinclude -Llib/{NATIVE.triplet} -lccprime
/tmp/own
"""
    binds = {"read": [(out, DEBS)], "write": [(unpacked, UNPACKED)]}
    said = context.root.output(["sh", "-c", script], **binds).splitlines()
    if said != [f"ccprime-check {project.release()}", "present-in-coco"]:
        raise Failure(f"packages: said {said}")
    return Counts(len(made))

# SPDX-License-Identifier: MIT
"""The project's own tests that start guests."""

import dataclasses
import itertools
import json
import os
import re
import signal
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from arches import NATIVE
from checks import command
from checks.context import Counts
from kernels import package
from kernels.origins import Packaged
from kernels.rootpaths import MODULE_OBJECTS
from machine import guests, supervisor
from mutants import code, page
from mutants import run as mutants
from mutants.table import CODE_MUTANTS
from problem import Failure, GuestProblem, Problem
from runs import bench as bench_run
from runs import demo as demo_run
from verdict import layout
from workshop import process

BOOTS = 3
LAST_LINES = 12
# Of processor time; and by the clock, which tells of a guest that waits, and of a busy machine.
BOOT_RATIO = 1.2
CLOCK_RATIO = 3
DEMO_SECONDS = 60


def folder(context, name):
    """A results folder for one guest."""
    path = context.temp / name
    layout.prepare(path)
    return path


# Tests that are about the heap itself.
HEAP_TESTS = "cc_(heap|zero|pagestate|trace)"


def run(guest, tests, patches, context):
    """`ccprime run`: all as expected. Counts what the guest's tests counted."""
    out = context.temp / f"run-{guest}{tests}{patches}"
    words = ["--guest", guest, "--out", out, "--tests", tests]
    words += ["--patches", patches] if patches else []
    status, printed, errors = command.ccprime(context, "run", *words)
    lines = printed.splitlines()
    summary = re.fullmatch(r"(\d+) passed, (\d+) failed, (\d+) skipped", lines[-1] if lines else "")
    if status or not summary or f"results   {out}" not in lines:
        raise Failure("\n".join([*filter(is_bad, lines), errors, last_lines(out / "guest.log")]))
    return Counts(*map(int, summary.groups()))


@dataclass(frozen=True)
class Poor:
    """A guest that lacks something."""

    # Words of the kernel's command line.
    cmdline: str
    # What tests have to name that skip.
    reasons: tuple[str, ...]
    # Lines of the table that are right here.
    fine: str = "unexpected skip +\\S"


# An ordinary user's tests cannot write into the kernel's log, by which igt_runner knows whose a warning is.
NO_MARKS = f"{Poor.fine}|unexpected pass +listed as warn"

POOR = {
    "without debugfs": Poor(
        "ccprime.without=debugfs,tracefs,configfs", ("bufinfo", "sw_sync", "trace event", "crc")
    ),
    "without a host": Poor(
        "ccprime.without=control,hotplug,sw_sync",
        ("capture the screen", "cannot go offline", "sw_sync"),
    ),
    "without DRM drivers": Poor(
        "maxcpus=1 ccprime.without=vgem,vkms,udmabuf,vivid",
        ("one CPU only", "no vgem", "no vkms", "/dev/udmabuf", "no vivid"),
    ),
    "without heap and GPU": Poor(
        "mem=320M ccprime.without=heaps,virtio_gpu",
        ("no /dev/dma_heap/system_cc_shared", "no virtio_gpu"),
    ),
    "without root": Poor("ccprime.without=modes,root", ("this user may not",), NO_MARKS),
    "without permissions": Poor("ccprime.without=root", ("this user may not",)),
}


def poor(kind, context):
    """A guest that lacks something: no test fails, and those that skip name it."""
    lacks = POOR[kind]
    out = context.temp / f"poor-{kind.replace(' ', '-')}"
    words = ("run", "--cmdline", lacks.cmdline, "--out", out)
    _, printed, errors = command.ccprime(context, *words)
    lines = [line for line in printed.splitlines() if line.startswith("igt@")]
    fine = [line for line in lines if re.match(rf"igt@\S+ +({lacks.fine})", line)]
    bad = [line for line in lines if is_bad(line) and line not in fine]
    lost = [reason for reason in lacks.reasons if not any(reason in line for line in fine)]
    if bad or lost or not lines:
        lost = [f"no test skips for: {reason}" for reason in lost]
        raise Failure("\n".join([*bad, *lost, errors]))
    return Counts(len(lines) - len(fine), 0, len(fine))


def lazy(context):
    """Guests that have not accepted most of their memory."""
    counts = []
    for guest in (guest for guest in guests.GUESTS.values() if guest.accepts):
        out = context.temp / f"lazy-{guest.name}"
        words = ("--guest", guest.name, "--accept", guests.LAZY, "--tests", "cc_accept@")
        status, printed, errors = command.ccprime(context, "run", *words, "--out", out)
        if status or "unexpected" in printed:
            raise Failure(printed + errors)
        counts.append(len(re.findall(r"^igt@\S+ +pass", printed, re.MULTILINE)))
    return Counts(sum(counts))


IOMMU = (
    *("--device", "virtio-iommu-pci,disable-legacy=on,iommu_platform=on"),
    # Devices are in front of it, so that they work, until the test puts one behind it.
    *("--cmdline", "iommu.passthrough=1"),
    *("--tests", "igt@cc_importer@(mapping-behind-an-iommu-is-refused|shared-is-not-bounced)"),
)
# What a run says of that test, which in other guests skips: without the patches, and with them.
BEHIND_IOMMU = {(): "fail", ("--patches",): "unexpected pass"}


def behind_iommu(context):
    """Shared buffers are not mapped for devices behind an IOMMU, if the kernel has our patches."""
    kinds = ("sev", "tdx")
    for guest, (patches, word) in itertools.product(kinds, BEHIND_IOMMU.items()):
        words = (*IOMMU, *patches, "--guest", guest, "--out", context.temp / "iommu")
        _, printed, errors = command.ccprime(context, "run", *words)
        found = re.findall(r"^igt@cc_importer@(\S+) +(.*?)(?:  .*)?$", printed, re.MULTILINE)
        wanted = [("shared-is-not-bounced", "pass"), ("mapping-behind-an-iommu-is-refused", word)]
        if found != wanted:
            raise Failure(printed + errors)
    return Counts(len(kinds) * len(BEHIND_IOMMU))


# The default size of bounce memory, asked for by the word that the kernel takes for no wish.
DEFAULT_BOUNCE = ("--cmdline", "swiotlb=32768", "--tests", "igt@cc_bounce@default-is-64-mib")
# What a run says of that test, which in other guests skips.
SMALL_BOUNCE = {
    ("sev", ()): "unexpected pass",
    ("cca", ()): "fail",
    ("cca", ("--patches",)): "unexpected pass",
}


def default_bounce(context):
    """A guest of whom nobody asks another size has 64 MiB of bounce memory, a realm if the kernel has our patches."""
    for (guest, patches), word in SMALL_BOUNCE.items():
        words = (*DEFAULT_BOUNCE, *patches, "--guest", guest, "--out", context.temp / "bounce")
        _, printed, errors = command.ccprime(context, "run", *words)
        if not re.search(rf"^igt@cc_bounce@default-is-64-mib +{word}\b", printed, re.MULTILINE):
            raise Failure(printed + errors)
    return Counts(len(SMALL_BOUNCE))


# A driver that the guest is given: its program's output is on the console.
OWN_MODULE = """// SPDX-License-Identifier: GPL-2.0-only
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/pci.h>

static int __init own_init(void)
{
	struct pci_dev *device = pci_get_device(0x1b36, 0x000d, NULL);
	struct file *file = filp_open("/etc/own/word", O_RDONLY, 0);

	pr_emerg("own: device %d, file %d\\n", !!device, !IS_ERR(file));
	if (!IS_ERR(file))
		filp_close(file, NULL);
	pci_dev_put(device);
	return 0;
}
module_init(own_init);

static void __exit own_exit(void)
{
}
module_exit(own_exit);

MODULE_DESCRIPTION("Looks for what came with it");
MODULE_LICENSE("GPL");
"""


def brought(context):
    """A user's module, built from its folder, with its device and file: all are in the guest."""
    module, files, out = (context.temp / name for name in ("own module", "own files", "brought"))
    for path in (module, files):
        path.mkdir()
    (module / "own.c").write_text(OWN_MODULE, encoding="ascii")
    (module / "Kbuild").write_text("obj-m := own.o\n", encoding="ascii")
    (files / "word").write_text("word\n", encoding="ascii")
    words = ("--module", module, "--file", f"{files}:/etc/own", "--device", "qemu-xhci")
    status, printed, errors = command.ccprime(
        context, "run", *words, "--tests", "cc_heap@present-in-coco", "--out", out
    )
    said = re.search(r"own: .*", supervisor.read_log(out / "guest.log"))
    if status or not said or "device 1, file 1" not in said[0]:
        raise Failure(f"{said and said[0]}\n{printed}{errors}")
    return Counts(3)


def is_bad(line):
    """Whether a line of a table is about a test that is not as expected."""
    return not re.match(r"igt@\S+ +(pass|skip|expected \w+|known flake)\b", line)


def last_lines(log):
    """The end of a guest's console."""
    return "\n".join(supervisor.read_log(log).splitlines()[-LAST_LINES:])


def vulkan(guest, context):
    """Vulkan's tests, under validation layers."""
    counts = run(guest, "cc_vulkan", "", context)
    if counts.skipped:
        raise Failure("no Vulkan test may skip here; see ccprime run --tests cc_vulkan")
    return counts


def demo(context):
    """`ccprime demo`: the picture is there, in time."""
    out = context.temp / "demo"
    start = time.monotonic()
    status, printed, errors = command.ccprime(context, "demo", "--out", out)
    seconds = time.monotonic() - start
    lines = printed.splitlines()
    shot = out / demo_run.PICTURE
    if status or f"picture   {shot}" not in lines or not shot.is_file():
        raise Failure(printed + errors)
    if seconds > DEMO_SECONDS:
        raise Failure(f"{seconds:.0f} s to a picture, at most {DEMO_SECONDS}")
    return Counts(note=next((line for line in lines if line.startswith("bandwidth")), ""))


def snp_ends(context):
    """
    A refused conversion ends a SEV-SNP guest, by the guest's own wish: an outcome with a name, no crash. What is left
    of the list runs in fresh guests.
    """
    names = "refused-conversion-to-(shared|private)-ends-the-guest"
    out = context.temp / "snp-ends"
    words = ("--guest", "snp", "--tests", f"{names}|cc_heap_uapi@", "--out", out)
    status, printed, errors = command.ccprime(context, "run", *words)
    ends = re.findall(rf"{names} +expected terminated", printed)
    guests_ended = re.findall(r"^guest snp(?: 2)? +terminated", printed, re.MULTILINE)
    passed = re.findall(r"^igt@cc_heap_uapi@\S+ +pass", printed, re.MULTILINE)
    if status or (len(ends), len(guests_ended)) != (2, 2) or not passed:
        raise Failure(printed + errors)
    return Counts(2 + len(passed))


def refusing_gpus(context):
    """The errors of a virtio-gpu that takes no imports, each in a guest that has one; and what works there."""
    table = (
        ("plain", "import-without-blob-is-refused"),
        ("gl", "import-with-3d-is-refused"),
        ("gl", "own-(buffer-has-what-the-gpu-wrote|buffer-is-written|edit-is-read-by-the-gpu)"),
        ("gl", "dumb-picture-is-shown"),
        ("venus", "(imported-buffer|exported-memory)-is-inverted"),
    )
    for gpu, name in table:
        out = context.temp / f"gpu-{gpu}-{name}"
        status, printed, errors = command.ccprime(
            context, "run", "--gpu", gpu, "--tests", name, "--out", out
        )
        if status or not re.search(rf"{name} +pass", printed):
            raise Failure(printed + errors)
    return Counts(len(table))


# The heap's own tests, what the kernel's own heap gets wrong, and a device that reads.
STOCK_TESTS = "cc_(heap|zero|trace)@|@shared-picture-is-shown"
# What makes the kernel's headers those of a kernel that the module is not for, and what the compiler says then.
REFUSED = (
    ("#define CONFIG_DMABUF_HEAPS_SYSTEM_CC_SHARED 1", "this kernel has this heap"),
    ("#undef CONFIG_DMABUF_HEAPS", "CONFIG_DMABUF_HEAPS=y is needed"),
    ("#undef CONFIG_ARCH_HAS_MEM_ENCRYPT", "CONFIG_ARCH_HAS_MEM_ENCRYPT=y is needed"),
    (
        "#include <linux/dma-mapping.h>\n#undef DMA_ATTR_CC_SHARED",
        "has no DMA_ATTR_CC_SHARED: Linux 7.3 or newer is needed",
    ),
)


def stock_kernel(context):
    """Debian's own kernel: our heap is built for it, works in a SEV guest, and refuses where it must."""
    counted = 0
    for guest, tests, said in (
        ("sev", STOCK_TESTS, ""),
        ("none", "absent-outside-coco", "no system_cc_shared: this is no confidential guest"),
    ):
        out = context.temp / f"stock-{guest}"
        words = ("--kernel", Packaged.state, "--guest", guest, "--tests", tests, "--out", out)
        status, printed, errors = command.ccprime(context, "run", *words)
        if status or said not in supervisor.read_log(out / "guest.log"):
            raise Failure(printed + errors)
        counted += int(re.search(r"(\d+) passed", printed.splitlines()[-1])[1])
    return Counts(counted + refuses_kernels(context))


def refuses_kernels(context):
    """The module does not compile, and says why, for a kernel that it is not for; counts such kernels."""
    debian = package.Package(context.store, context.stages, context.root, NATIVE)
    log = context.stages.log(package.STAGE)
    for number, (lines, message) in enumerate(REFUSED):
        objects = context.temp / f"refused-{number}"
        objects.mkdir()
        (objects / "first.h").write_text(f"{lines}\n", encoding="ascii")
        log.unlink(missing_ok=True)
        argv = debian.make_heap(objects, f"-include {MODULE_OBJECTS}/first.h")
        status = context.stages.status(package.STAGE, argv)
        expected = rf'#error "{package.HEAP.name}: .*{message}'
        if not status or not re.search(expected, supervisor.read_log(log)):
            raise Failure(f"{lines}: status {status}, no {expected!r} in {log}")
    return len(REFUSED)


def boot_seconds(context, guest):
    """Seconds to userspace of one boot: QEMU's processor time, which a busy machine does not change, and the clock's."""
    job = context.setup_of(guest).job(guest, folder(context, "boot"), "boot")
    with supervisor.Supervisor(context.root, job, supervisor.TESTS) as running:
        running.boot()
        running.finish()
    return running.report.boot_cpu_seconds, running.report.boot_seconds


def boot_ratios(context, kinds):
    """(ratio of processor time, ratio by the clock, explanation): medians of two kinds of guests, taken in turns."""
    pairs = [[boot_seconds(context, guest) for guest in kinds] for _ in range(BOOTS)]
    columns = [zip(*column, strict=True) for column in zip(*pairs, strict=True)]
    (own, own_clock), (none, none_clock) = (map(statistics.median, column) for column in columns)
    names = (
        f"{guest.name} {seconds:.2f} s" for guest, seconds in zip(kinds, (own, none), strict=True)
    )
    return own / none, own_clock / none_clock, f"{', '.join(names)}, ratio {own / none:.2f}"


def boot_time(guest, plain, context):
    """A confidential guest comes up about as fast as a plain one."""
    notes = []
    # A machine that was busy with something else gets a second series.
    for _ in range(2):
        ratio, clock, note = boot_ratios(context, (guest, plain))
        notes.append(note)
        if ratio <= BOOT_RATIO and clock <= CLOCK_RATIO:
            return Counts(note=f"{'; '.join(notes)}, at most {BOOT_RATIO}")
    raise Failure(
        f"{'; '.join(notes)}, at most {BOOT_RATIO}; by the clock {clock:.2f}, {CLOCK_RATIO}"
    )


def broken(boot, build, some, members, context):
    """
    Mutants of a boot, some or all of them, are killed by the tests that have to, with a message that says what is wrong.
    build: the name of what they need.
    """
    chosen = members if context.whole else some
    parts = context.built[build]
    out = folder(context, "mutants")
    session = mutants.Session(parts, context.stages, out, wide=False)
    verdicts = mutants.run(session, boot, chosen)
    if not verdicts:
        raise Failure(f"no mutant: {boot}")
    wrong = [verdict for verdict in verdicts if verdict.wrong]
    if wrong:
        raise Failure("\n".join(page.lines(wrong)))
    return Counts(len(verdicts))


def broken_code(context):
    """Each mutant of our own code is noticed by the unit test that has to."""
    out = folder(context, "code-mutants")
    found = code.run(context.stages, context.root, out, CODE_MUTANTS)
    if not all(noticed for _, noticed in found):
        raise Failure("\n".join(page.code_lines(found)))
    return Counts(len(found))


def ends_with(context, expected, guest, run_what, limits, until=None):
    """Checks that a guest's run ends with a GuestProblem or Problem that says what is expected, in time."""
    job = context.setup_of(guest).job(guest, folder(context, "end"), run_what)
    start = time.monotonic()
    try:
        with supervisor.Supervisor(context.root, job, limits) as running:
            running.boot()
            if until:
                until(running)
            running.finish()
    except (GuestProblem, Problem) as error:
        if re.search(expected, str(error)):
            return time.monotonic() - start
        raise Failure(f"said {str(error)!r}, expected {expected!r}") from error
    raise Failure(f"ended well, expected {expected!r}")


def hangs(context):
    """A guest that falls silent, does not come up or never ends is an error with the reason."""
    limits = supervisor.Limits()
    plain = guests.GUESTS["none"]
    cases = (
        ("hung: no sign of life for 3 s", "shell", dataclasses.replace(limits, silence=3)),
        ("hung: not up after 0 s", "boot", dataclasses.replace(limits, boot=0.2)),
        ("not done after 6 s", "shell", dataclasses.replace(limits, total=6)),
    )
    for expected, what, limit in cases:
        ends_with(context, expected, plain, what, limit)
    return Counts(len(cases))


def crashes(arch, context):
    """A guest that dies says why: kernel panic, killed QEMU; each kind of guest of an architecture."""
    counted = 0
    for guest in guests.of_arch(arch):
        broken = dataclasses.replace(guest, cmdline=f"{guest.cmdline} rdinit=/nonexistent")
        ends_with(context, "Kernel panic - .*root fs", broken, "boot", supervisor.TESTS)
        ends_with(
            context,
            "ended before it was done: .*signal 15",
            guest,
            "shell",
            supervisor.TESTS,
            until=lambda running: running.process.signal(signal.SIGTERM),
        )
        counted += 2
    return Counts(counted)


def not_confidential(context):
    """A kernel that does not know that it is confidential is told apart."""
    sev, none = guests.GUESTS["sev"], guests.GUESTS["none"]
    guest = dataclasses.replace(none, greeting=sev.greeting, hint=sev.hint)
    ends_with(
        context,
        "not as a confidential guest .*AMD_MEM_ENCRYPT",
        guest,
        "boot",
        supervisor.TESTS,
    )
    return Counts()


def looks(context):
    """ccprime-check says in a guest with the heap that it is there, and in a plain one that it is not, and why."""
    typed = "ccprime-check --json; echo status $?; exit\n"
    for guest, status, why in (("sev", 0, ""), ("none", 1, "confidential guests only")):
        _, printed, errors = command.ccprime(
            context, "shell", "--guest", guest, typed=typed, limit=command.COMMAND_LIMIT
        )
        text = re.search(r'^\{"version".*?^\]\}', printed, re.MULTILINE | re.DOTALL)
        if not text or not re.search(rf"^status {status}\r?$", printed, re.MULTILINE):
            raise Failure(printed + errors)
        checks = {check["name"]: check for check in json.loads(text[0])["checks"]}
        heap = checks["heap system_cc_shared"]
        if heap["ok"] != (not status) or why not in heap["do"] or not checks["DRM importers"]["ok"]:
            raise Failure(f"{guest}: {checks}")
    return Counts(2)


def bench(context):
    """The benchmark counts exactly: only the heap for shared memory converts, and only the others are bounced."""
    out = context.temp / "bench"
    status, printed, errors = command.ccprime(context, "bench", "--guest", "tdx", "--out", out)
    if status:
        raise Failure(printed + errors)
    rows, counts = bench_run.parse(supervisor.read_log(out / bench_run.LOG))
    page, chunk = 4 << 10, 64 << 10
    wanted = {
        ("conversion calls of an allocation", "system_cc_shared", chunk): 1,
        ("pages that became shared", "system_cc_shared", chunk): chunk // page,
        ("conversion calls of an allocation", "system", chunk): 0,
        ("pages that became shared", "udmabuf", chunk): 0,
    }
    wrong = {key: counts.get(key) for key, value in wanted.items() if counts.get(key) != value}
    held = [
        counts["bytes of bounce memory of an import", name, chunk]
        for name in ("system_cc_shared", "system")
    ]
    if wrong or held[1] - held[0] < chunk:
        raise Failure(f"{wrong}, {held}:\n{printed}")
    return Counts(len(rows))


def session(sid):
    """Process ids of a session."""
    return [stat.pid for stat in process.stats() if stat.session == sid and stat.state != "Z"]


def our_mounts(context):
    """Mounts with something of the cache."""
    mounts = Path("/proc/self/mounts").read_text().splitlines()
    return [line for line in mounts if str(context.store.path) in line]


def interrupted(context):
    """Ctrl-C in the middle of a guest's run: status 130, no process, no mount left."""
    out = context.temp / "interrupted"
    mounts = our_mounts(context)
    # Whoever runs these checks in the background may have SIGINT ignored.
    ccprime = ["setpriv", "--pdeathsig", "TERM", "env", "--default-signal=INT", command.COMMAND]
    argv = [*ccprime, "run", "--guest", "none", "--out", out]
    with subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    ) as process:
        printed = ""
        while "tests     " not in printed and (byte := process.stdout.read(1)):
            printed += byte
        os.killpg(process.pid, signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=30)
        finally:
            left = session(process.pid)
            for pid in left:
                os.kill(pid, signal.SIGKILL)
    if process.returncode != 130 or errors != "ccprime: interrupted\n":
        raise Failure(f"status {process.returncode}: {errors}")
    if left:
        raise Failure(f"{len(left)} processes left")
    if our_mounts(context) != mounts:
        raise Failure("mounts left")
    return Counts()


def shell(context):
    """`ccprime shell` runs what it is told."""
    typed = "echo $((6 * 7))-$(cat /proc/1/comm); exit\n"
    status, printed, errors = command.ccprime(
        context, "shell", "--guest", "none", typed=typed, limit=command.COMMAND_LIMIT
    )
    if status or not re.search(r"^42-init\r?$", printed, re.MULTILINE):
        raise Failure(printed + errors)
    return Counts()

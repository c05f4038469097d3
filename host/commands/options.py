# SPDX-License-Identifier: MIT
"""Options that several commands have, and what they mean."""

import argparse
import dataclasses
import os
import re
from pathlib import Path

from kernels import bases, config, modules, series
from kernels.origins import Image, Packaged, Source, Tree
from machine import gpus, guests
from problem import Problem
from runs import setup
from workshop import cache, root, screen, workers
from workshop.workers import Task
from workshop.workshop import Workshop

# The exit status: all as expected; something is not; the command could not do what it was told.
EXPECTED, UNEXPECTED, UNUSABLE, INTERRUPTED = 0, 1, 2, 130
# `--kernel stock`
STOCK = Packaged.state
# Bytes that --cmdline may have: the rest of what a kernel takes is for us, and for --tests.
WORDS_MAX = 1024
# The task that others need.
SET_UP = "set up"


def positive(text):
    """A number of at least one."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


def kernel_choice(text):
    """The word stock, or a path; a file of that name is ./stock."""
    return text if text == STOCK else Path(text)


def kernel_words(text):
    """Words for the kernel's command line, which leave ours as they are."""
    if not re.fullmatch(r"[!-~]*( +[!-~]+)*", text):
        raise argparse.ArgumentTypeError(f"{text!r}: words of ASCII with blanks between them")
    if len(text) > WORDS_MAX:
        raise argparse.ArgumentTypeError(f"{len(text)} bytes, at most {WORDS_MAX}")
    for word in text.split():
        if word == "--" or word.partition("=")[0] in guests.OURS:
            raise argparse.ArgumentTypeError(f"{word}: the guest needs its own")
    return text


def add_common(parser):
    """What each command has that works for long."""
    parser.add_argument("--verbose", action="store_true", help="show the output of every command")


def add_jobs(parser):
    """For commands that do several things side by side."""
    parser.add_argument(
        "--jobs",
        type=positive,
        default=workers.default_jobs(),
        metavar="N",
        help="how many guests and builds run side by side (default here: %(default)s)",
    )


def add_out(parser):
    """For commands that leave files."""
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("results"),
        metavar="DIR",
        help="folder for what is left behind (default: %(default)s); an older one is emptied",
    )


def add_guest(parser, *more):
    """The kind of guest. more: words for several kinds."""
    parser.add_argument(
        "--guest",
        choices=(*guests.GUESTS, *more),
        default=guests.DEFAULT,
        help="the kind of guest (default: %(default)s)",
    )


def add_variant(parser):
    """What a user may choose for a guest of any kind, its kernel included."""
    parser.add_argument(
        "--cpus",
        type=int,
        choices=range(1, guests.MAX_CPUS + 1),
        default=guests.Variant.cpus,
        help="how many CPUs it has (default: %(default)s)",
    )
    parser.add_argument(
        "--strict",
        action=argparse.BooleanOptionalAction,
        help="whether an access in the wrong plane of memory is a failure (default: not in sev)",
    )
    parser.add_argument(
        "--fill",
        choices=guests.FILLS,
        default=guests.Variant.fill,
        help="what a page holds after a conversion (default: %(default)s; sev keeps its bytes)",
    )
    parser.add_argument(
        "--cmdline",
        type=kernel_words,
        default=guests.Variant.cmdline,
        metavar="WORDS",
        help="more words for the kernel's command line",
    )
    add_accept(parser)
    add_gpu(parser)
    add_kernel(parser)
    add_brought(parser)


def add_accept(parser):
    """Whether the guest finds memory that it has not accepted."""
    parser.add_argument(
        "--accept",
        choices=guests.ACCEPTS,
        default=guests.Variant.accept,
        help="lazy: tdx and snp guests start with most of their memory unaccepted "
        "(default: %(default)s)",
    )


def add_gpu(parser):
    """The guest's virtio-gpu."""
    parser.add_argument(
        "--gpu",
        choices=gpus.GPUS,
        default=guests.Variant.gpu,
        help="virtio-gpu with blob resources, without, with 3D, or with the host's Vulkan "
        "(default: %(default)s)",
    )


def add_kernel(parser):
    """Where the guest's kernel comes from."""
    source = add_source(parser)
    source.add_argument(
        "--kernel",
        type=kernel_choice,
        metavar=f"IMAGE|{STOCK}",
        help=f"a kernel of your own; {STOCK}: Debian's package, with our heap as a module",
    )
    parser.add_argument(
        "--debug-kernel",
        action="store_true",
        help="a kernel that checks itself (KASAN, lockdep, ...); what it reports is a failure",
    )


def add_source(parser):
    """What the guest's kernel is built of; returns the group of options that exclude each other."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--kernel-source",
        type=Path,
        metavar="DIR",
        help="a kernel tree to build; it is not changed",
    )
    source.add_argument(
        "--patches",
        nargs="?",
        choices=series.bases(),
        const=bases.DEFAULT,
        metavar="BASE",
        help=f"Debian's kernel with the patches of kernel-patches/BASE (default: {bases.DEFAULT})",
    )
    return source


def add_brought(parser):
    """What a user adds to the guest."""
    parser.add_argument(
        "--module",
        type=Path,
        action="append",
        default=[],
        metavar="FILE.ko|DIR",
        help="a kernel module that the guest loads; a folder is built for the guest's kernel",
    )
    parser.add_argument(
        "--config",
        type=Path,
        action="append",
        default=[],
        metavar="FRAGMENT",
        help="more options for the kernel that is built",
    )
    parser.add_argument(
        "--device",
        action="append",
        default=[],
        metavar="DEVICE",
        help="more hardware: a value of QEMU's -device",
    )
    parser.add_argument(
        "--file",
        action="append",
        default=[],
        metavar="HOST[:GUEST]",
        help="a file or folder that the guest has, too; GUEST: its absolute path there",
    )


def check_programs(folder):
    """Raises Problem where a folder has no list of programs, as IGT's build makes one."""
    if not (folder / "test-list.txt").is_file():
        raise Problem(f"--programs: {folder} has no test-list.txt: name a folder of IGT programs")


def brought_file(text):
    """(path on the host, path in the guest) of --file."""
    host, colon, guest = text.rpartition(":")
    if not colon or not guest.startswith("/"):
        host, guest = text, f"/{Path(text).name}"
    if not Path(host).exists():
        raise Problem(f"--file: {host} is not there")
    if any(part in ("", "..") for part in guest.split("/")[1:]):
        raise Problem(f"--file: {guest}: name an absolute path in the guest")
    return Path(host).absolute(), guest.lstrip("/")


def brought_files(texts):
    """Path in the guest -> file on the host, for all of --file."""
    found = {}
    for host, guest in map(brought_file, texts):
        if not host.is_dir():
            found[guest] = host
            continue
        for path in sorted(host.rglob("*")):
            if path.is_file():
                found[f"{guest}/{path.relative_to(host)}"] = path
    for path in found.values():
        if not os.access(path, os.R_OK):
            raise Problem(f"--file: {path} cannot be read")
    return tuple(found.items())


def check_brought(options):
    """Raises Problem where what a user adds cannot be used. Takes no time."""
    for path in options.module:
        modules.check(path)
    for path in options.config:
        config.check_own(path)
    if options.config and options.kernel:
        raise Problem("--config: not allowed with --kernel, which is built already")
    for device in options.device:
        if not re.fullmatch(r"[\w.-]+(,[!-~]+)?", device):
            raise Problem(f"--device: {device!r} is no NAME[,PROPERTY=VALUE...]")


def brought(options):
    """What a user adds to the guest."""
    own = getattr(options, "programs", None)
    return guests.Brought(
        tuple(options.module),
        tuple(options.device),
        brought_files(options.file),
        own and own.absolute(),
    )


def variant(options):
    """What these options choose for a guest."""
    flavour = config.DEBUG if options.debug_kernel else config.PLAIN
    own = tuple(path.absolute() for path in options.config)
    flavour = dataclasses.replace(flavour, own=own)
    return guests.Variant(
        options.cpus,
        options.strict,
        options.fill,
        options.gpu,
        flavour,
        options.cmdline,
        options.accept,
        brought(options),
    )


def origin(options, kinds):
    """Where the kernel comes from. Raises Problem where it cannot be used, before anything takes time."""
    if options.kernel and options.debug_kernel:
        raise Problem(
            "--debug-kernel: not allowed with --kernel, which is built already; "
            "name its tree with --kernel-source"
        )
    if options.accept == guests.LAZY and not any(guest.accepts for guest in kinds):
        names = ", ".join(guest.name for guest in guests.GUESTS.values() if guest.accepts)
        raise Problem(f"--accept: a {kinds[0].name} guest accepts no memory; choose one of {names}")
    check_brought(options)
    found = kernel_origin(options)
    for guest in kinds:
        found.check(guest.arch)
    return found


def kernel_origin(options):
    """The same, unchecked."""
    flavour = variant(options).flavour
    if options.kernel == STOCK:
        return Packaged()
    if options.kernel:
        return Image(options.kernel)
    if options.kernel_source:
        return Tree(options.kernel_source, flavour)
    return Source(options.patches or bases.DEFAULT, bool(options.patches), flavour)


def fitting(origin, kinds):
    """Those of all kinds of guests whose architecture can have a kernel of this origin; all, where none can."""

    def fits(arch):
        try:
            origin.check(arch)
        except Problem:
            return False
        return True

    return [guest for guest in kinds if fits(guest.arch)] or kinds


def check_expression(option, pattern):
    """Looks at an option that is a regular expression."""
    try:
        re.compile(pattern)
    except re.error as error:
        raise Problem(f"{option}: {pattern!r} is no regular expression: {error}") from error


def open_workshop(options):
    """The user's cache. Asks for a password now, if one is needed, and not among what tasks say."""
    workshop = Workshop(cache.default_path(os.environ), options.verbose)
    root.ask_password(workshop.path)
    return workshop


def set_up(workshop, options, kinds, chosen):
    """The task that builds what these kinds of guests need, with a kernel of this origin."""

    def work(show):
        return setup.set_up(*workshop.open(show), kinds, variant(options), chosen)

    return Task(SET_UP, work)


def run_in_guest(options, guest, origin, name, run):
    """(what the guest had, what run(setup, stages) returned), with what it needs built before. name: the task's."""
    workshop = open_workshop(options)

    def work(show, setup):
        return run(setup, workshop.open(show)[1])

    first = set_up(workshop, options, [guest], origin)
    done = run_tasks([first, Task(name, work, (SET_UP,))], 1)
    return done[SET_UP].result(), done[name].result()


def run_tasks(tasks, jobs):
    """Runs tasks, shows their stages; returns name -> Done."""
    return workers.run(tasks, jobs, screen.Stream([task.name for task in tasks]))

# SPDX-License-Identifier: MIT
"""The initramfs: busybox, igt_runner, our tests and what they link to, and kernel modules where they are wanted."""

import os
import re
import stat

from arches import NATIVE
from problem import Problem
from project import SOURCE
from workshop.build import INSTALLED

INIT = SOURCE / "guest/image/init"
TESTS = "usr/libexec/ccprime"
# Programs of the build root that the guest has.
BUSYBOX = "usr/bin/busybox"
RUNNER = ("igt_runner", "igt_resume")
# Where the root has programs of other architectures (guest/root/foreign).
FOREIGN = "usr/lib/ccprime"
# Debian has igt_runner for the root's own architecture only. Elsewhere QEMU's user emulation runs it in the guest, with
# its libraries in this folder there; the tests that it starts are the guest's own.
EMULATOR = f"qemu-{NATIVE.machine}"
EMULATED = f"usr/lib/{NATIVE.machine}"
# Its dynamic linker.
LINKER = "ld-linux-x86-64.so.2"
WRAPPER = f'#!/bin/sh\nexec /{EMULATED}/{EMULATOR} /{EMULATED}/{LINKER} --library-path /{EMULATED} /{EMULATED}/{{name}} "$@"\n'
# Ours that are no tests.
BIN = "usr/bin"
FOLDERS = ("dev", "proc", "sys", "tmp", "run", "results", "etc", "bin", TESTS, "usr/lib")
LINKS = {"lib": "usr/lib", "lib64": "usr/lib", "sbin": "bin"}


class Cpio:
    """A newc cpio archive (Documentation/driver-api/early-userspace/buffer-format.rst), uncompressed."""

    def __init__(self):
        self.data = bytearray()
        self.names = set()

    def _entry(self, name, mode, data=b""):
        encoded = name.encode() + b"\0"
        # inode, mode, uid, gid, links, mtime, size, device, special device, name's length, checksum
        fields = (len(self.names) + 1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
        self.data += b"070701" + b"".join(b"%08x" % field for field in fields) + encoded
        self._pad()
        self.data += data
        self._pad()
        self.names.add(name)

    def _pad(self):
        self.data += bytes(-len(self.data) % 4)

    def folder(self, name):
        """A folder and those above it."""
        if not name or name in self.names:
            return
        self.folder(os.path.dirname(name))
        self._entry(name, stat.S_IFDIR | 0o755)

    def file(self, name, data, executable=True):
        """A file; the last one of a name counts."""
        self.folder(os.path.dirname(name))
        self._entry(name, stat.S_IFREG | (0o755 if executable else 0o644), data)

    def link(self, name, target):
        """A symbolic link."""
        self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def finish(self):
        """The whole archive."""
        self._entry("TRAILER!!!", 0)
        return bytes(self.data)


def needed(readelf):
    """Names of the libraries that files need, by readelf's output about them."""
    return set(re.findall(r"\(NEEDED\)\s+Shared library: \[([^\]]+)\]", readelf))


def libraries(root, arch, programs, read=()):
    """Paths in the root of the libraries that programs of an architecture need, and those need in turn."""
    found, files = {}, [*programs]
    while files:
        said = root.output(["readelf", "-d", *files], read=read)
        names = sorted(needed(said) - set(found))
        for name in names:
            found[name] = root.path / "usr/lib" / arch.triplet / name
            if not found[name].is_file():
                raise Problem(
                    f"image: library {name} is not in the build root; add its {arch.debian} package"
                )
        files = [f"/{found[name].relative_to(root.path)}" for name in names]
    return found


def runner(root, arch):
    """igt_runner, and what it needs: path in the guest -> bytes. Its libraries are where it looks for them."""
    programs = {name: (root.path / "usr/bin" / name).read_bytes() for name in RUNNER}
    paths = libraries(root, NATIVE, [f"/usr/bin/{name}" for name in RUNNER])
    own = {name: path.read_bytes() for name, path in paths.items()}
    if arch.is_native:
        return {f"bin/{name}": data for name, data in programs.items()} | {
            f"usr/lib/{name}": data for name, data in own.items()
        }
    emulator = (root.path / FOREIGN / arch.debian / EMULATOR).read_bytes()
    files = {f"{EMULATED}/{name}": data for name, data in (programs | own).items()}
    wrappers = {f"bin/{name}": WRAPPER.format(name=name).encode() for name in RUNNER}
    return files | wrappers | {f"{EMULATED}/{EMULATOR}": emulator}


def busybox(root, arch):
    """The guest's shell."""
    foreign = f"{FOREIGN}/{arch.debian}/busybox"
    return (root.path / (BUSYBOX if arch.is_native else foreign)).read_bytes()


def contents(root, arch, build):
    """What the guest has: path in the guest -> bytes."""
    tests = build / INSTALLED / TESTS
    if not (tests / "test-list.txt").is_file():
        raise Problem(
            f"image: the build installed no {TESTS}/test-list.txt; see drm-tests/meson.build"
        )
    files = {"init": INIT.read_bytes(), "bin/busybox": busybox(root, arch)}
    files |= runner(root, arch)
    for path in sorted(tests.rglob("*")):
        if path.is_file():
            files[f"{TESTS}/{path.relative_to(tests)}"] = path.read_bytes()

    own = sorted((build / INSTALLED / BIN).glob("*"))
    for path in own:
        files[f"bin/{path.name}"] = path.read_bytes()

    programs = [*(tests / name for name in test_names(tests)), *own]
    for name, path in libraries(root, arch, programs, read=[build]).items():
        files[f"usr/lib/{name}"] = path.read_bytes()
    return files


def test_names(tests):
    """The programs in a folder's test-list.txt (igt_runner's format)."""
    words = (tests / "test-list.txt").read_text(encoding="utf-8").split()
    return [word for word in words if word not in ("TESTLIST", "END")]


def archive(files):
    """The initramfs with these files."""
    cpio = Cpio()
    for name in FOLDERS:
        cpio.folder(name)
    for name, target in LINKS.items():
        cpio.link(name, target)
    for name, data in files.items():
        cpio.file(name, data)
    return cpio.finish()


def make(store, stages, root, arch, build, name, beside):
    """
    Writes the initramfs into the build folder, an entry of the cache, and returns its path. Takes less time than to
    find out whether it must.
    name: a word that tells it from others of this build. beside: what more it has: path in the guest -> bytes.
    """
    image = build / f"initramfs-{name}.cpio"
    entry = build.name.split("-", 1)
    with store.hold(*entry), stages.stage("image", "packing the guest's files"):
        data = archive(contents(root, arch, build) | beside)
        partial = image.with_suffix(".partial")
        partial.write_bytes(data)
        partial.rename(image)
    return image

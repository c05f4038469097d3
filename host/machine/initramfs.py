# SPDX-License-Identifier: MIT
"""The initramfs: busybox, igt_runner, our tests and what they link to, and kernel modules where they are wanted."""

import os
import re
import stat

from problem import Problem
from project import SOURCE
from workshop.build import INSTALLED

INIT = SOURCE / "guest/image/init"
TESTS = "usr/libexec/ccprime"
# Programs of the build root that the guest has.
PROGRAMS = {name: f"usr/bin/{name}" for name in ("busybox", "igt_runner", "igt_resume")}
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


def libraries(ldd):
    """Paths of the libraries that ldd's output names."""
    found = set()
    for line in ldd.splitlines():
        lost = re.match(r"\s*(\S+) => not found", line)
        if lost:
            raise Problem(f"image: library {lost[1]} is not in the build root; add its package")
        match = re.match(r"\s*(?:\S+ => )?(/\S+) \(0x", line)
        if match:
            found.add(match[1])
    return sorted(found)


def contents(root, build):
    """What the guest has: path in the guest -> bytes."""
    tests = build / INSTALLED / TESTS
    if not (tests / "test-list.txt").is_file():
        raise Problem(
            f"image: the build installed no {TESTS}/test-list.txt; see drm-tests/meson.build"
        )
    files = {"init": INIT.read_bytes()}
    for name, path in PROGRAMS.items():
        files[f"bin/{name}"] = (root.path / path).read_bytes()
    for path in sorted(tests.rglob("*")):
        if path.is_file():
            files[f"{TESTS}/{path.relative_to(tests)}"] = path.read_bytes()

    own = sorted((build / INSTALLED / BIN).glob("*"))
    for path in own:
        files[f"bin/{path.name}"] = path.read_bytes()

    names = (tests / name for name in test_names(tests))
    programs = [f"/{PROGRAMS['igt_runner']}", *map(str, (*names, *own))]
    for path in libraries(root.output(["ldd", *programs], read=[build])):
        files[f"usr/lib/{os.path.basename(path)}"] = (root.path / path.lstrip("/")).read_bytes()
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


def make(store, stages, root, build, name, beside):
    """
    Writes the initramfs into the build folder, an entry of the cache, and returns its path. Takes less time than to
    find out whether it must.
    name: a word that tells it from others of this build. beside: what more it has: path in the guest -> bytes.
    """
    image = build / f"initramfs-{name}.cpio"
    entry = build.name.split("-", 1)
    with store.hold(*entry), stages.stage("image", "packing the guest's files"):
        data = archive(contents(root, build) | beside)
        partial = image.with_suffix(".partial")
        partial.write_bytes(data)
        partial.rename(image)
    return image

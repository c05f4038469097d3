# SPDX-License-Identifier: MIT
"""Debian's own kernel from its packages, the drivers that are modules of it, and our heap as a module for it."""

import lzma
import os
import re

from kernels import bases
from kernels.modules import LOADED
from kernels.rootpaths import MODULE, MODULE_OBJECTS
from problem import Problem
from project import SOURCE
from workshop.cache import digest

# For people, and of the log.
STAGE = "stock"
HEAP = SOURCE / "modules/system_cc_shared"
# Measured, with room to spare.
SIZE = 0.5e9

# The packages of a kernel: of its release, of its release without the architecture.
PACKAGES = (
    *("linux-binary-{release}", "linux-modules-{release}", "linux-headers-{release}"),
    *("linux-headers-{common}-common", "linux-kbuild-{common}"),
)
# Where they have what a module is built with, and want it to be.
BUILD_FILES = (
    *("usr/src/linux-headers-{release}", "usr/src/linux-headers-{common}-common"),
    "usr/lib/linux-kbuild-{common}",
)

# What a guest has beside what is built in. vkms is in no kernel of Debian.
DRIVERS = ("configfs", "virtio_blk", "9pnet_virtio", "9p", "virtio_gpu", "vgem", "vivid")
LISTS = "/var/lib/apt/lists"
ARCHIVES = "/var/cache/apt"
UNPACKED = "/run/ccprime/stock"
RESOLV = "/etc/resolv.conf"
PROXIES = ("http_proxy", "https_proxy")


def key(name):
    """A module's name as its dependants spell it."""
    return name.replace("-", "_")


def dependencies(data):
    """The modules that a module names in its .modinfo."""
    match = re.search(rb"\0depends=([^\0]*)\0", data)
    return [key(name) for name in match[1].decode().split(",") if name] if match else []


def load_order(wanted, read):
    """Names of modules, each behind those that it depends on. read: a name -> the module's bytes."""
    order = []

    def add(name):
        if name in order:
            return
        for other in dependencies(read(name)):
            add(other)
        order.append(name)

    for name in wanted:
        add(name)
    return order


def find_release(names, arch):
    """The kernel's release, from the names of headers' packages; Debian's kernels of other flavours have a word more."""
    found = [
        match[1]
        for name in names
        if (match := re.fullmatch(rf"linux-headers-([^-]+-{arch.debian})", name))
    ]
    if len(found) != 1:
        raise Problem(
            f"stock: Debian's mirror has {len(found)} kernels of this version, not 1: "
            "remove the build root from the cache, and it is made anew"
        )
    return found[0]


class Package:
    """The packaged kernel of the same version as the source in the root."""

    def __init__(self, cache, stages, root, arch):
        self.cache = cache
        self.stages = stages
        self.root = root
        self.arch = arch
        self.version = root.package_version(bases.BASES[bases.DEFAULT].package)
        self.name = digest(self.version, arch.debian, *PACKAGES)
        self.path = self._ensure()
        (self.folder,) = (self.path / "usr/lib/modules").iterdir()
        self.release = self.folder.name
        self.image = self.folder / "vmlinuz"

    def _ensure(self):
        def make(partial):
            self.cache.need(STAGE, SIZE)
            with self.stages.stage(STAGE, f"downloading {self.version} from Debian"):
                self._download(partial)

        return self.cache.get(STAGE, self.name, make)

    def _download(self, folder):
        """Unpacks the packages into a folder. apt's lists live there for the time; the root stays as it is."""
        lists, archives = folder / "lists", folder / "archives"
        lists.mkdir()
        archives.mkdir()
        places = {
            "read": [(RESOLV, RESOLV)],
            "write": [(lists, LISTS), (archives, ARCHIVES), (folder, UNPACKED)],
            "environ": {name: os.environ[name] for name in PROXIES if name in os.environ},
        }
        # In a user's namespace there is no other user to become.
        apt = ["apt-get", "-q", "-o", "APT::Sandbox::User=root"]
        self.stages.run(STAGE, self.root.argv([*apt, "update"], **places))
        upstream = self.version.partition("-")[0]
        search = ["apt-cache", "search", "--names-only", f"^linux-headers-{upstream}[+-]"]
        lines = self.root.output(search, **places).splitlines()
        release = find_release([line.partition(" ")[0] for line in lines], self.arch)
        names = [f"{name}={self.version}" for name in self._names(PACKAGES, release)]
        download = self.root.argv([*apt, "download", *names], cwd=UNPACKED, **places)
        self.stages.run(STAGE, download)
        unpack = (
            'for package in *.deb; do dpkg-deb -x "$package" . && rm "$package" || exit; done'
            " && rm -r lists archives"
        )
        argv = self.root.argv(["sh", "-c", unpack], cwd=UNPACKED, write=[(folder, UNPACKED)])
        self.stages.run(STAGE, argv)

    def _names(self, patterns, release):
        common = release.removesuffix(f"-{self.arch.debian}")
        return [pattern.format(release=release, common=common) for pattern in patterns]

    def build_heap(self):
        """Our heap for this kernel, from the cache if it is there."""
        sources = [path for path in sorted(HEAP.iterdir()) if path.is_file()]
        name = digest(self.name, *(path.read_bytes() for path in sources))

        def make(partial):
            with self.stages.stage(STAGE, f"building the module {HEAP.name}"):
                self.stages.run(STAGE, self.make_heap(partial))

        (module,) = self.cache.get("module", name, make).glob("*.ko")
        return module

    def make_heap(self, objects, *flags):
        """The host's command line that builds it. flags: for the compiler."""
        files = self._names(BUILD_FILES, self.release)
        make = ["make", "-C", f"/{files[0]}", f"M={MODULE}", f"MO={MODULE_OBJECTS}"]
        # Type information would want one more package, pahole, and nobody here reads it.
        options = [
            "CONFIG_DEBUG_INFO_BTF_MODULES=",
            "W=1",
            f"KCFLAGS={' '.join(['-Werror', *flags])}",
        ]
        return self.root.argv(
            [*make, *options, "modules"],
            read=[*((self.path / name, f"/{name}") for name in files), (HEAP, MODULE)],
            write=[(objects, MODULE_OBJECTS)],
        )

    def modules(self):
        """What a guest loads at its start: path in the guest -> bytes; our heap last."""
        paths = {
            key(path.name.removesuffix(".ko.xz")): path
            for path in (self.folder / "kernel").rglob("*.ko.xz")
        }
        found = {}

        def read(name):
            if name not in paths:
                raise Problem(
                    f"stock: {self.release} has no module {name}; see DRIVERS in kernels/package.py"
                )
            if name not in found:
                found[name] = lzma.decompress(paths[name].read_bytes())
            return found[name]

        order = load_order(DRIVERS, read)
        heap = self.build_heap()
        found[heap.stem] = heap.read_bytes()
        return {
            f"{LOADED}/{number:02}-{name}.ko": found[name]
            for number, name in enumerate([*order, heap.stem])
        }

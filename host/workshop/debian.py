# SPDX-License-Identifier: MIT
"""Debian packages of what meson installed, and of the heap's module for DKMS."""

import gzip
import hashlib
import os
import re
import shutil
from dataclasses import dataclass

import project
from arches import NATIVE
from workshop.build import INSTALLED

MAINTAINER = "ccprime developers <ccprime@example.org>"
# Where the root sees the folder with the trees of the packages.
TREES = "/usr/src/packages"
MODULE = "system_cc_shared"
MODULE_VERSION = "1"
# The build root's C library: Debian 13's, or newer.
LIBC = "libc6 (>= 2.38)"

DKMS_POSTINST = f"""#!/bin/sh
# SPDX-License-Identifier: MIT
set -e
if [ "$1" = configure ]; then
	/usr/lib/dkms/common.postinst {MODULE} {MODULE_VERSION} '' "$(dpkg --print-architecture)" "$2"
fi
"""
DKMS_PRERM = f"""#!/bin/sh
# SPDX-License-Identifier: MIT
set -e
case $1 in
remove|upgrade|deconfigure)
	if dkms status -m {MODULE} -v {MODULE_VERSION} | grep -q .; then
		dkms remove -m {MODULE} -v {MODULE_VERSION} --all
	fi
	;;
esac
"""
# meson installs for this machine alone, a package is for several architectures beside each other.
LIBRARIES = re.compile(r"^(usr/lib)/")
LIBDIR = re.compile(r"^(libdir=.*/lib)$", re.MULTILINE)
LDCONFIG = "activate-noawait ldconfig\n"


@dataclass(frozen=True)
class Package:
    """A binary package."""

    name: str
    architecture: str
    section: str
    licence: str
    summary: str
    description: str
    depends: str
    # Patterns below the folder that meson installed to, or below the source: (pattern, folder in the package).
    installed: tuple[str, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    recommends: str = ""
    # Of the package's control folder: name -> text.
    control: tuple[tuple[str, str], ...] = ()


PACKAGES = (
    Package(
        name="ccprime-tests",
        architecture="amd64",
        section="utils",
        licence="MIT",
        summary="tests of shared dma-bufs in confidential guests",
        description="Programs for igt_runner that import buffers of the dma-buf heap\n"
        "system_cc_shared into drivers, and compare every byte. ccprime-check says what\n"
        "they will find in this guest, and vk-sample lets Vulkan use the same memory.",
        depends=f"{LIBC}, libdrm2, libvulkan1",
        recommends="igt-gpu-tools",
        installed=("usr/libexec/ccprime/*", "usr/bin/*"),
        sources=tuple(
            (f"docs/man/{name}.1", "usr/share/man/man1")
            for name in ("ccprime-bench", "ccprime-check", "vk-sample")
        ),
    ),
    Package(
        name="libccprime0",
        architecture="amd64",
        section="libs",
        licence="MIT",
        summary="system_cc_shared dma-bufs for programs",
        description="A library that allocates shared dma-bufs, imports them through PRIME, and says\n"
        "what kind of confidential guest a program runs in.",
        depends=f"{LIBC}, libdrm2",
        installed=("usr/lib/libccprime.so.*",),
        control=(("triggers", LDCONFIG), ("shlibs", "libccprime 0 libccprime0\n")),
    ),
    Package(
        name="libccprime-dev",
        architecture="amd64",
        section="libdevel",
        licence="MIT",
        summary="system_cc_shared dma-bufs for programs, headers",
        description="What a program needs that is built with the library, and the interface that\n"
        "drivers offer to the test cc_importer.",
        depends="libccprime0 (= {version}), libdrm-dev",
        installed=(
            "usr/include/*",
            "usr/lib/libccprime.so",
            "usr/lib/libccprime.a",
            "usr/lib/pkgconfig/*",
        ),
    ),
    Package(
        name="ccprime-heap-dkms",
        architecture="all",
        section="kernel",
        licence="GPL-2.0-only",
        summary="dma-buf heap system_cc_shared as a module",
        description="The heap as a module, for kernels of 7.3 or newer that were built without it.",
        depends="dkms (>= 3)",
        sources=tuple(
            (f"modules/{MODULE}/{name}", f"usr/src/{MODULE}-{MODULE_VERSION}")
            for name in ("Kbuild", "Makefile", "dkms.conf", f"{MODULE}.c")
        ),
        control=(("postinst", DKMS_POSTINST), ("prerm", DKMS_PRERM)),
    ),
)

COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: ccprime

Files: *
Copyright: 2026 ccprime developers
License: {licence}
 {text}
"""
CHANGELOG = """ccprime ({version}) unstable; urgency=medium

  * Release {version}: CHANGELOG.md of the source says what is new.

 -- {maintainer}  Fri, 27 Nov 2026 00:00:00 +0000
"""


def packed(text):
    """Compressed as Debian's policy has it, and the same each time."""
    return gzip.compress(text if isinstance(text, bytes) else text.encode(), 9, mtime=0)


def write(path, data):
    """A file of a package."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())


def licence_text(licence):
    """The body of a licence, indented as a copyright file has it."""
    if licence == "GPL-2.0-only":
        return "On Debian systems, /usr/share/common-licenses/GPL-2 has the full text."
    path = project.SOURCE / f"LICENSES/{licence}.txt"
    lines = path.read_text(encoding="utf-8").strip().splitlines()
    return "\n ".join(line.rstrip() or "." for line in lines)


def fill(package, tree, build, version):
    """Puts the files of a package into its tree."""
    installed = build / INSTALLED
    for pattern in package.installed:
        for path in sorted(installed.glob(pattern)):
            target = tree / LIBRARIES.sub(
                rf"\1/{NATIVE.triplet}/", str(path.relative_to(installed))
            )
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target, follow_symlinks=False)
            if target.suffix == ".pc":
                target.write_text(LIBDIR.sub(rf"\1/{NATIVE.triplet}", target.read_text()))
    for name, folder in package.sources:
        data = (project.SOURCE / name).read_bytes()
        target = tree / folder / name.rpartition("/")[2]
        if folder.startswith("usr/share/man"):
            target, data = target.with_name(f"{target.name}.gz"), packed(data)
        write(target, data)
    documents = tree / "usr/share/doc" / package.name
    words = {"licence": package.licence, "text": licence_text(package.licence)}
    write(documents / "copyright", COPYRIGHT.format(**words))
    changes = CHANGELOG.format(version=version, maintainer=MAINTAINER)
    write(documents / "changelog.gz", packed(changes))


def control(package, tree, version):
    """Writes what dpkg has to know of a package."""
    files = [path for path in sorted(tree.rglob("*")) if path.is_file() and not path.is_symlink()]
    size = sum(path.stat().st_size for path in files)
    description = "\n ".join(package.description.splitlines())
    fields = {
        "Package": package.name,
        "Source": "ccprime",
        "Version": version,
        "Architecture": package.architecture,
        "Maintainer": MAINTAINER,
        "Installed-Size": str(-(-size // 1024)),
        "Depends": package.depends.format(version=version),
        "Recommends": package.recommends,
        "Section": package.section,
        "Priority": "optional",
        "Description": f"{package.summary}\n {description}",
    }
    folder = tree / "DEBIAN"
    text = "".join(f"{name}: {value}\n" for name, value in fields.items() if value)
    sums = "".join(
        f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(tree)}\n"
        for path in files
    )
    write(folder / "control", text)
    write(folder / "md5sums", sums)
    for name, script in package.control:
        write(folder / name, script)
        if script.startswith("#!"):
            (folder / name).chmod(0o755)


def modes(tree):
    """Modes as Debian's policy has them, whatever the user's umask is."""
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            runs = os.access(path, os.X_OK) and ".so" not in path.name
            path.chmod(0o755 if path.is_dir() or runs else 0o644)


def strip(root, stages, trees):
    """Takes symbols for debuggers out of programs and libraries."""
    script = 'for file; do strip --strip-unneeded --remove-section=.comment "$file" || exit; done'
    files = [
        f"{TREES}/{path.relative_to(trees)}"
        for path in sorted(trees.rglob("*"))
        if path.is_file() and not path.is_symlink() and path.read_bytes()[:4] == b"\x7fELF"
    ]
    stages.run("package", root.argv(["sh", "-c", script, "sh", *files], write=[(trees, TREES)]))


def make(root, stages, build, version, trees, out):
    """Builds all packages below the folder trees, and puts them into the folder out; returns their paths."""
    for package in PACKAGES:
        fill(package, trees / package.name, build, version)
    strip(root, stages, trees)
    made = []
    for package in PACKAGES:
        tree = trees / package.name
        modes(tree)
        control(package, tree, version)
        name = f"{package.name}_{version}_{package.architecture}.deb"
        words = ["dpkg-deb", "--root-owner-group", "--build", f"{TREES}/{package.name}"]
        argv = root.argv([*words, f"{TREES}/{name}"], write=[(trees, TREES)])
        stages.run("package", argv)
        shutil.copy(trees / name, out / name)
        made.append(out / name)
    return made

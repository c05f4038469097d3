# SPDX-License-Identifier: MIT
"""The build root: a Debian tree with the whole toolchain, and how to run a command in it."""

import os
import pwd
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from arches import ARCHES, NATIVE
from problem import Problem
from project import SOURCE
from workshop.cache import digest

RECIPE = SOURCE / "guest/root"
SUITE = "trixie"
# The root's own first.
ARCHITECTURES = (NATIVE.debian, *(arch.debian for arch in ARCHES.values() if not arch.is_native))
# Measured: 2.0 GB of files, as much again while mmdebstrap works.
ROOT_SIZE = 4.2e9

# Sites of apt that mean the same in the root; and a list of such, as cloud images have it.
REMOTE = ("http://", "https://")
MIRROR_LIST = "mirror+file:"

# Where a normal user's subordinate ids are.
SUBORDINATES = (Path("/etc/subuid"), Path("/etc/subgid"))

# Nobody reads these in the root.
UNUSED = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")


class Root:
    """A complete build root."""

    def __init__(self, path):
        self.path = path

    def argv(self, command, *, read=(), write=(), cwd="/", environ=None):
        """
        The host's command line that runs command in the root. read, write: folders and files that it sees, each a
        path (the same inside) or a pair (path, path inside).
        """
        binds = [("ro", *pair(item)) for item in read] + [("rw", *pair(item)) for item in write]
        # Outer folders first: an inner one may be writable in one that is not.
        binds.sort(key=lambda bind: len(str(bind[2])))
        return [
            *("unshare", "--mount", "--pid", "--fork", "--kill-child"),
            *([] if os.geteuid() == 0 else ["--map-root-user"]),
            *("sh", str(RECIPE / "enter"), str(self.path), str(cwd)),
            *(str(word) for bind in binds for word in bind),
            "--",
            *(f"{name}={value}" for name, value in (environ or {}).items()),
            *map(str, command),
        ]

    def output(self, command, **options):
        """Standard output of a short command; raises Problem where it fails."""
        result = subprocess.run(
            self.argv(command, **options),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            last = (result.stderr.strip().splitlines() or ["no message"])[-1]
            raise Problem(f"root: {command[0]} failed in {self.path}: {last}")
        return result.stdout

    def package_version(self, package):
        """The version of an installed package."""
        status = (self.path / "var/lib/dpkg/status").read_text(encoding="utf-8")
        for paragraph in status.split("\n\n"):
            fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if ": " in line)
            if fields.get("Package") == package:
                return fields["Version"]
        raise Problem(f"root: {self.path} has no package {package}: remove that folder")


def pair(item):
    """A bind as (source, target)."""
    return item if isinstance(item, tuple) else (item, item)


def packages(text):
    """The names in a package list."""
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def mirror(targets):
    """
    The Debian mirror of this machine, from lines "RELEASE SITE" of apt-get indextargets; None where it names none that
    another root could use. The security archive (RELEASE-security) is no mirror.
    """
    for line in targets.splitlines():
        release, _, site = line.partition(" ")
        found = "" if "-" in release else resolve(site)
        if found:
            return found
    return None


def resolve(site):
    """A site as the root can use it, or an empty word: local folders and CDs are not in the root."""
    if site.startswith(MIRROR_LIST):
        return listed(Path(site.removeprefix(MIRROR_LIST)))
    return site if site.startswith(REMOTE) else ""


def listed(path):
    """The first site of a list of mirrors (apt-transport-mirror(1)) that the root can use."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    sites = (line.split("#")[0].split() for line in lines)
    return next((words[0] for words in sites if words and words[0].startswith(REMOTE)), "")


def host_mirror():
    """What this machine's apt says."""
    command = ["apt-get", "indextargets", "--format", "$(RELEASE) $(SITE)"]
    filters = ["Component: main", "Created-By: Packages", "Origin: Debian"]
    result = subprocess.run([*command, *filters], capture_output=True, text=True, check=False)
    return mirror(result.stdout)


def sudo():
    """The prefix that makes a command run as root, or None."""
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        return None
    silent = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
    return ["sudo"] if silent.returncode == 0 or sys.stdin.isatty() else None


def missing_packages():
    """What this machine lacks to make a root: mmdebstrap, and for a normal user what maps its subordinate ids."""
    needed = {"mmdebstrap": "mmdebstrap"}
    if os.geteuid() != 0:
        needed["newuidmap"] = "uidmap"
    return [package for program, package in needed.items() if not shutil.which(program)]


def check_user():
    """Raises Problem where this user cannot make a root: a normal one needs subordinate ids (subuid(5))."""
    if os.geteuid() == 0:
        return
    entry = pwd.getpwuid(os.geteuid()) if has_entry() else None
    names = {str(os.geteuid()), *([entry.pw_name] if entry else [])}
    for path in SUBORDINATES:
        if not any(line.split(":")[0] in names for line in lines_of(path)):
            name = entry.pw_name if entry else os.geteuid()
            raise Problem(
                f"root: {path} has no entry for {name}: run as root "
                f"`usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {name}`"
            )


def has_entry():
    """Whether this user has a line in passwd."""
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return True


def lines_of(path):
    """A file's lines; none where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def install_missing(stages):
    """Makes sure that they are there."""
    names = missing_packages()
    if not names:
        return
    what = " ".join(names)
    prefix = sudo()
    if prefix is None or not shutil.which("apt-get"):
        raise Problem(f"root: {what} is missing: run as root `apt-get install {what}`")
    with stages.stage("host", f"installing {what}"):
        stages.run("host", [*prefix, "apt-get", "update"])
        stages.run(
            "host",
            [*prefix, "apt-get", "install", "-y", "--no-install-recommends", *names],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )


def mmdebstrap():
    """The command that makes the root and writes it to standard output as a tar archive."""
    site = host_mirror()
    names = packages((RECIPE / "packages").read_text(encoding="utf-8"))
    # As root: its mounts end with it, whatever ends it. A normal user gets namespaces from mmdebstrap itself.
    isolate = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    is_root = os.geteuid() == 0
    return [
        *(isolate if is_root else []),
        "mmdebstrap",
        f"--mode={'root' if is_root else 'unshare'}",
        *("--variant=apt", "--format=tar", f"--include={','.join(names)}"),
        f"--architectures={','.join(ARCHITECTURES)}",
        f"--setup-hook={(RECIPE / 'setup').read_text(encoding='utf-8')}",
        f"--customize-hook={(RECIPE / 'foreign').read_text(encoding='utf-8')}",
        *('--aptopt=Acquire::Retries "2"', '--aptopt=Acquire::http::Timeout "20"'),
        *(f"--dpkgopt=path-exclude={path}" for path in UNUSED),
        *(SUITE, "-"),
        *([site] if site else []),
    ]


def unpack(target):
    """The command that unpacks that archive: no device nodes and no owners, so that any user can."""
    return ["tar", "-x", "--no-same-owner", "--exclude=./dev/*", "-C", str(target)]


def entry():
    """The cache's entry of the root: kind and name."""
    recipe = [RECIPE / name for name in ("packages", "setup", "foreign")]
    return "root", digest(SUITE, *ARCHITECTURES, *UNUSED, *(path.read_bytes() for path in recipe))


def ask_password(cache):
    """Has sudo ask for its password now, where a root has to be made, in the cache at this path, and packages lack."""
    if not (cache / "-".join(entry())).is_dir() and missing_packages() and (prefix := sudo()):
        subprocess.run([*prefix, "true"], check=False)


def ensure(cache, stages):
    """The root, made if need be."""

    def make(partial):
        check_user()
        cache.need("root", ROOT_SIZE)
        install_missing(stages)
        with stages.stage("root", "installing the toolchain from Debian (takes about 2 minutes)"):
            temp = partial / "tmp"
            temp.mkdir(mode=0o1777)
            pipeline = f"{shlex.join(mmdebstrap())} | {shlex.join(unpack(partial))}"
            environ = dict(os.environ)
            if os.geteuid() == 0:
                # A normal user's helper processes are other users, who may not come in here.
                environ["TMPDIR"] = str(temp)
            command = ["bash", "-o", "pipefail", "-c", pipeline]
            stages.run("root", command, meter=phase, env=environ)

    return Root(cache.get(*entry(), make))


def phase(line):
    """What mmdebstrap is at, by a line of its output."""
    return line[3:].decode(errors="replace").strip() if line.startswith(b"I: ") else None

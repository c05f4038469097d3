# SPDX-License-Identifier: MIT
"""The cache: entries `kind-hash` that are either complete or not there."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from problem import Problem

PARTIAL = "partial-"
# A file an entry: it is locked while the entry is made, and its time is that of the last use.
LOCKS = "locks"
# Seconds; no build takes as long.
WAIT_LIMIT = 3 * 3600


def digest(*parts):
    """A short name for parts (str or bytes), for the name of an entry."""
    sha = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode()
        sha.update(len(data).to_bytes(8, "little") + data)
    return sha.hexdigest()[:16]


def default_path(environ):
    """Where the cache is: $CCPRIME_CACHE, else ccprime in the user's cache folder."""
    if environ.get("CCPRIME_CACHE"):
        return Path(environ["CCPRIME_CACHE"]).absolute()
    base = environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if base.startswith("~"):
        raise Problem("cache: this user has no home folder: set CCPRIME_CACHE to a folder")
    return Path(base).absolute() / "ccprime"


def remove(path):
    """Removes a tree of ours, whatever the modes of its folders are, and also while somebody else removes it."""

    def retry(function, name, error):
        if isinstance(error[1], FileNotFoundError):
            return
        os.chmod(os.path.dirname(name), 0o700)
        os.chmod(name, 0o700)
        function(name)

    shutil.rmtree(path, onerror=retry)


@dataclass(frozen=True)
class Entry:
    """What the cache holds under a name. size: in bytes of disk; used: time of the last use."""

    path: Path
    size: int
    used: float

    @property
    def name(self):
        """As it is called in the cache's folder."""
        return self.path.name

    @property
    def is_unfinished(self):
        """Whether it was never completed, or is being made."""
        return self.name.startswith(PARTIAL)

    @property
    def idle_days(self):
        """Days since the last use."""
        return max(time.time() - self.used, 0) / 86400


def disk_usage(path, seen):
    """Bytes of disk that a tree takes, but for files that are seen already; adds its own."""
    total = 0
    for folder, _, names in os.walk(path, onerror=lambda _: None):
        for name in (".", *names):
            try:
                stat = os.lstat(os.path.join(folder, name))
            except FileNotFoundError:
                continue
            if (stat.st_dev, stat.st_ino) not in seen:
                seen.add((stat.st_dev, stat.st_ino))
                # st_blocks is in units of 512 bytes, whatever the file system's block is (stat(2)).
                total += stat.st_blocks * 512
    return total


def try_lock(file):
    """Whether an open file could be locked at once."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def lock_in_time(file, limit):
    """Locks an open file; raises TimeoutError after limit seconds. Only for a process's main thread."""

    def late(*_):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Cache:
    """
    Entries are made under a partial name and renamed. Whoever holds an entry's lock owns its partial name; different
    entries can be made side by side.
    """

    def __init__(self, path, waiting=lambda entry: None):
        """waiting: called with an entry's name before a wait for another process that makes it."""
        self.path = path
        self.waiting = waiting
        try:
            (path / LOCKS).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Problem(
                f"cache: cannot make {path}: {error.strerror}; set CCPRIME_CACHE to a folder"
            ) from error

    @contextlib.contextmanager
    def hold(self, kind, name):
        """Holds an entry for changes; waits where another process has it."""
        entry = f"{kind}-{name}"
        with self._lock_file(entry) as file:
            if not try_lock(file):
                self.waiting(entry)
                self._wait(file, entry)
            remove(self.path / f"{PARTIAL}{entry}")
            self._recover()
            os.utime(file.fileno())
            yield

    def _lock_file(self, entry):
        return open(self.path / LOCKS / entry, "a", encoding="ascii")

    def _wait(self, file, entry):
        try:
            lock_in_time(file, WAIT_LIMIT)
        except TimeoutError as error:
            hours = WAIT_LIMIT // 3600
            raise Problem(
                f"cache: another ccprime has held {entry} of {self.path} for {hours} hours: "
                "end it, or set CCPRIME_CACHE to another folder"
            ) from error

    def _recover(self):
        """Removes what others left half made, unless they are at it."""
        for leftover in self.path.glob(PARTIAL + "*"):
            with self._lock_file(leftover.name.removeprefix(PARTIAL)) as file:
                if try_lock(file):
                    remove(leftover)

    def find(self, kind, name):
        """The entry's path, or None where it has to be made."""
        entry = self.path / f"{kind}-{name}"
        if not entry.is_dir():
            return None
        # Who can only read a cache can use it all the same.
        with contextlib.suppress(OSError):
            (self.path / LOCKS / entry.name).touch()
        return entry

    def get(self, kind, name, make):
        """The entry's path; where there is none, make(new folder) makes it. Nobody else makes it meanwhile."""
        found = self.find(kind, name)
        if found:
            return found
        with self.hold(kind, name):
            if not self.find(kind, name):
                with self.make(kind, name) as partial:
                    make(partial)
        return self.find(kind, name)

    @contextlib.contextmanager
    def make(self, kind, name):
        """
        Gives a new folder that becomes the entry when the block ends without an exception. For whoever holds the entry.
        """
        partial = self.path / f"{PARTIAL}{kind}-{name}"
        partial.mkdir()
        try:
            yield partial
            partial.rename(self.path / f"{kind}-{name}")
        except BaseException:
            remove(partial)
            raise

    def folder(self, kind, name):
        """
        A folder that is changed in place and that its user can always continue with (make, ninja), for whoever holds
        the entry.
        """
        entry = self.path / f"{kind}-{name}"
        entry.mkdir(exist_ok=True)
        return entry

    def entries(self):
        """What the cache holds, the oldest use first."""
        paths = [path for path in self.path.iterdir() if path.name != LOCKS]
        seen = set()
        # `source` before `kernel`: a patched source is hard links to the plain one.
        paths.sort(key=lambda path: (not path.name.startswith(PARTIAL), path.name), reverse=True)
        found = [Entry(path, disk_usage(path, seen), self._last_use(path)) for path in paths]
        return sorted(found, key=lambda entry: entry.used)

    def _last_use(self, path):
        lock = self.path / LOCKS / path.name.removeprefix(PARTIAL)
        return (lock if lock.exists() else path).stat().st_mtime

    def remove(self, entry):
        """Removes an entry, and returns whether it did: not where somebody works on it."""
        with self._lock_file(entry.name.removeprefix(PARTIAL)) as file:
            if not try_lock(file):
                return False
            remove(entry.path)
        return True

    def need(self, stage, size):
        """Raises where the cache's disk has less than size bytes free."""
        free = shutil.disk_usage(self.path).free
        if free < size:
            raise Problem(
                f"{stage}: {size / 1e9:.1f} GB needed in {self.path}, {free / 1e9:.1f} GB free: "
                "make room (./ccprime cache --prune), or set CCPRIME_CACHE to a folder on a larger disk"
            )

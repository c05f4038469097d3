# SPDX-License-Identifier: MIT
"""The cache: entries `kind-hash` that are either complete or not there."""

import contextlib
import fcntl
import hashlib
import os
import shutil
from pathlib import Path

from problem import Problem

PARTIAL = "partial-"


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


class Cache:
    """Entries are made under a partial name and renamed. Whoever holds the lock owns every partial name."""

    def __init__(self, path):
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Problem(
                f"cache: cannot make {path}: {error.strerror}; set CCPRIME_CACHE to a folder"
            ) from error

    @contextlib.contextmanager
    def lock(self, waiting):
        """Holds the cache for changes; calls waiting() once if somebody else has it."""
        with open(self.path / "lock", "a", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiting()
                fcntl.flock(file, fcntl.LOCK_EX)
            self._recover()
            yield

    def _recover(self):
        for leftover in self.path.glob(PARTIAL + "*"):
            remove(leftover)

    def find(self, kind, name):
        """The entry's path, or None where it has to be made."""
        entry = self.path / f"{kind}-{name}"
        return entry if entry.is_dir() else None

    @contextlib.contextmanager
    def make(self, kind, name):
        """Gives a new folder that becomes the entry when the block ends without an exception."""
        partial = self.path / f"{PARTIAL}{kind}-{name}"
        partial.mkdir()
        try:
            yield partial
            partial.rename(self.path / f"{kind}-{name}")
        except BaseException:
            remove(partial)
            raise

    def folder(self, kind, name):
        """A folder that is changed in place and that its user can always continue with (make, ninja)."""
        entry = self.path / f"{kind}-{name}"
        entry.mkdir(exist_ok=True)
        return entry

    def need(self, stage, size):
        """Raises where the cache's disk has less than size bytes free."""
        free = shutil.disk_usage(self.path).free
        if free < size:
            raise Problem(
                f"{stage}: {size / 1e9:.1f} GB needed in {self.path}, {free / 1e9:.1f} GB free: "
                "make room, or set CCPRIME_CACHE to a folder on a larger disk"
            )

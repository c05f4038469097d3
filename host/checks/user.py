# SPDX-License-Identifier: MIT
"""The check that an ordinary user's login shell is enough, where everything is built."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from checks.command import COMMAND_LIMIT
from checks.context import Counts
from problem import Failure
from project import SOURCE

TEST = "cc_heap@present-in-coco"


def ordinary(context):
    """`ccprime run` as a fresh ordinary user. Root only can make one."""
    if os.geteuid() != 0:
        return Counts(0, 0, 1, note="only root can make a user")
    home = Path(tempfile.mkdtemp(prefix="user-", dir=context.store.path))
    try:
        result = subprocess.run(
            [
                *("unshare", "--mount", "--pid", "--fork", "--kill-child"),
                *(SOURCE / "host/checks/as-user", home, SOURCE, *entries(context), "--"),
                f"./ccprime run --tests {TEST} --out ~/results",
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_LIMIT,
            check=False,
        )
    finally:
        shutil.rmtree(home)
    last = result.stdout.splitlines()[-1:]
    if result.returncode or last != ["1 passed, 0 failed, 0 skipped"]:
        raise Failure(f"status {result.returncode}:\n{result.stdout}{result.stderr}")
    return Counts()


def entries(context):
    """What that needs of the cache."""
    store, setup = context.store.path, context.setup
    parts = setup.parts.values()
    paths = [setup.root.path, setup.preload]
    paths += [path for part in parts for path in (part.kernel.image, part.initramfs, part.build)]
    return sorted({store / path.relative_to(store).parts[0] for path in paths})

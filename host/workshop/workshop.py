# SPDX-License-Identifier: MIT
"""Where a task works: the user's cache, and stages that log into it."""

import re
from dataclasses import dataclass
from pathlib import Path

from workshop import cache, stage


def folder_name(task):
    """A name for what belongs to a task, in a folder of such."""
    return re.sub(r"\W+", "-", task).strip("-")


@dataclass(frozen=True)
class Workshop:
    """What all tasks of a command have in common."""

    path: Path
    verbose: bool = False

    def open(self, show, task=""):
        """(cache, stages) for a task that tells its events to show; its logs are in a folder of its own."""

        def waiting(entry):
            stages.note(
                "cache",
                f"waiting for another ccprime that makes {entry} of {self.path}",
            )

        store = cache.Cache(self.path, waiting)
        folder = self.path / "logs" / folder_name(task)
        stages = stage.Stages(folder, show, self.verbose)
        return store, stages

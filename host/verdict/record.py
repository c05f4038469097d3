# SPDX-License-Identifier: MIT
"""What a run found, as a file in its results folder: reports are made of it, by the run and by whoever has the folder."""

import datetime
import json
from dataclasses import asdict, dataclass, field

from problem import Problem
from verdict import igt, layout
from verdict.outcomes import Outcome, plain

VERSION = 1


@dataclass(frozen=True)
class Record:
    """A run."""

    # Guest's name -> its outcomes.
    columns: dict[str, list[Outcome]]
    # What the guests ran on, in words: kernel, QEMU, Mesa, this project; empty where it is not known.
    environment: dict[str, str] = field(default_factory=dict)
    # When the run began, in ISO 8601; empty where it is not known.
    started: str = ""


def now():
    """This moment, as a record has it."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def save(folder, record):
    """Writes a run's record."""
    columns = {
        guest: [asdict(outcome) for outcome in found] for guest, found in record.columns.items()
    }
    data = {
        "version": VERSION,
        "started": record.started,
        "environment": record.environment,
        "guests": columns,
    }
    (folder / layout.RECORD).write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def load(folder):
    """The record of a results folder. A folder that only igt_runner has written has what igt_runner says."""
    path = folder / layout.RECORD
    if not path.is_file():
        return of_igt_runner(folder)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        columns = {
            str(guest): [Outcome(**outcome) for outcome in found]
            for guest, found in data["guests"].items()
        }
        return Record(columns, dict(data["environment"]), str(data["started"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Problem(f"report: {path} is not this project's: {error}") from error


def of_igt_runner(folder):
    """A record of each results.json: the words are igt_runner's, as nothing is expected."""
    paths = sorted(folder.rglob(layout.RESULTS))
    if not paths:
        raise Problem(f"report: {folder} has no {layout.RESULTS}: name a folder of results")
    columns = {}
    for path in paths:
        _, tests = igt.load(path)
        name = "/".join(path.relative_to(folder).parts[:-1]) or "igt"
        columns[name] = [plain(test, record) for test, record in igt.fold(tests).items()]
    return Record(columns)

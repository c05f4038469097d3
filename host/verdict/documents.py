# SPDX-License-Identifier: MIT
"""The reports of a run: one document a format, all made of its record and of what its guests left in the folder."""

import contextlib

from problem import Problem
from verdict import igt, junit, kcidb, ktap, layout, page, tables


def of_page(folder, record):
    """The page for people. Of several runs of a guest, the last one's texts."""
    records, unames = {}, {}
    for guest in record.columns:
        own = folder / guest if (folder / guest).is_dir() else folder
        for path in sorted(own.rglob(layout.RESULTS)):
            # A guest that has died may have left none that can be read.
            with contextlib.suppress(Problem):
                unames[guest], found = igt.load(path)
                records[guest] = igt.fold(found)
    pictures = sorted(
        str(path.relative_to(folder)) for path in folder.rglob(f"{layout.CAPTURES}/*.png")
    )
    return page.document(record, tables.summary(all_of(record)), records, unames, pictures)


# File -> its text, of a folder and a record.
DOCUMENTS = {
    layout.JUNIT: lambda _, record: junit.document(record.columns),
    layout.KTAP: lambda _, record: ktap.document(record),
    layout.KCIDB: lambda _, record: kcidb.document(record),
    layout.PAGE: of_page,
}


def all_of(record):
    """The outcomes of all guests."""
    return [outcome for column in record.columns.values() for outcome in column]


def write(folder, record):
    """Writes each report into the folder."""
    for name, document in DOCUMENTS.items():
        (folder / name).write_text(document(folder, record), encoding="utf-8")

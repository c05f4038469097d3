# SPDX-License-Identifier: MIT
"""`ccprime report`: the reports of results folders, made again or made for somebody else's igt_runner."""

from pathlib import Path

from commands import options as common
from problem import Problem
from verdict import documents, record, tables

HELP = "makes the reports of results folders"


def add_options(parser):
    """This command's own."""
    parser.add_argument(
        "folders",
        nargs="+",
        type=Path,
        metavar="DIR",
        help="a folder that --out, or igt_runner, has",
    )


def main(options):
    """Writes the reports beside the results, and says what is in them."""
    for folder in options.folders:
        if not folder.is_dir():
            raise Problem(f"report: {folder} is no folder: name one that --out named")
        found = record.load(folder)
        documents.write(folder, found)
        for name in documents.DOCUMENTS:
            print(f"report    {folder / name}")
        print(tables.summary(documents.all_of(found)))
    return common.EXPECTED

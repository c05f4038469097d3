# SPDX-License-Identifier: MIT
"""`ccprime cache`: what the cache holds, and what of it nobody needs any more."""

import os

from commands import options as common
from workshop.cache import Cache, default_path

HELP = "what the cache holds; --prune makes room"
# Days after which --prune removes what nobody has used.
PRUNE_DAYS = 30
UNITS = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def add_options(parser):
    """This command's own."""
    parser.add_argument(
        "--prune",
        action="store_true",
        help=f"remove what nobody has used for {PRUNE_DAYS} days, and what was never finished",
    )


def main(options):
    """Lists the cache, or prunes it."""
    store = Cache(default_path(os.environ))
    entries = store.entries()
    if options.prune:
        return prune(store, [entry for entry in entries if is_old(entry)])
    width = max((len(entry.name) for entry in entries), default=0)
    for entry in entries:
        print(f"{entry.name:<{width}}  {size(entry.size):>8}  {age(entry)}")
    total = sum(entry.size for entry in entries)
    print(f"{store.path}: {len(entries)} entries, {size(total)}")
    return common.EXPECTED


def prune(store, old):
    """Removes entries, unless somebody works on them."""
    for entry in old:
        gone = store.remove(entry)
        print(f"{entry.name}: {f'removed, {size(entry.size)}' if gone else 'in use, left alone'}")
    print(f"{store.path}: {len(old)} entries were unused or unfinished")
    return common.EXPECTED


def is_old(entry):
    """Whether nobody needs an entry any more."""
    return entry.is_unfinished or entry.idle_days >= PRUNE_DAYS


def age(entry):
    """When an entry was used, for people."""
    if entry.is_unfinished:
        return "unfinished"
    days = int(entry.idle_days)
    words = {0: "used today", 1: "used yesterday"}
    return words.get(days, f"used {days} days ago")


def size(number):
    """Bytes, for people."""
    return next(
        (f"{number / unit:.1f} {name}" for unit, name in UNITS if number >= unit), f"{number} B"
    )

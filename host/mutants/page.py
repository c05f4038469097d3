# SPDX-License-Identifier: MIT
"""What `ccprime mutants` says: lines for people, and docs/mutants.md."""

import re

from machine.guests import Variant

# Tests that are named of all that killed a mutant.
SHOWN = 3

HEAD = """<!-- SPDX-License-Identifier: MIT -->
# Mutants

What a test is worth shows in what it notices. `./ccprime mutants` breaks the heap, the kernel and our own code in one place at a
time, runs tests, and writes this page (`mutants.md` in its results folder). A mutant is killed where a test fails that passes
without it. Of {count} mutants of the heap and the kernel {killed} are killed, {named} of them by an assertion that says what is
wrong. A test that failed otherwise is marked: `dmesg-warn` means that only the kernel complained.

Mutants of the heap are heaps of the module `modules/mutants`, a small heap of our own whose control, `cc_mutant_none`, is right; the tests
take the heap's name from `CCPRIME_HEAP`. Mutants of the kernel are places in `modules/mutants/patches`, all of them in one kernel, of which
`/sys/module/ccprime_mutant/parameters/name` switches one on. A mutant keeps its damage to itself, so that one boot serves many.
`./ccprime test` runs enough of those of heap and kernel to see each test fail that has to kill one (`host/mutants/table.py`); these tests come first
here. `./ccprime test --all` runs all of them."""

TABLE = "| mutant | what is wrong | guest | killed by |\n| --- | --- | --- | --- |"
CODE = "| mutant | file | what is wrong | noticed by |\n| --- | --- | --- | --- |"

LESSONS = """## What survivors taught

No test that was there before them killed these; each has got one since:

| mutant | what was missing | test |
| --- | --- | --- |
| encrypt_and_leak | the ledger knows states, not owners: nobody counted free memory | `cc_heap_load@freed-memory-is-free-again` |
| vmap_stays | a kernel mapping too many shows in no byte | `cc_vkms@kernel-mapping-goes-with-the-picture` |
| map_wrong_direction | directions matter only where memory is bounced | `cc_trace@map-has-the-importers-direction` |
| unmap_at_once, virtgpu_unmaps_at_once | maps and unmaps were counted, not when they came | `cc_trace@map-lasts-as-long-as-the-import` |
| detach_stays_listed | nobody synchronised after an importer had let go | `cc_trace@sync-of-shared-copies-nothing` |
| sync_newest_attachment | no buffer had two importers and an edit | `cc_virtgpu@shared-edit-is-shown-with-two-importers` |

This one still does: `dma_ignores_mask`. A device with a mask that is shorter than memory is needed, which the guest does not have.
"""


def is_expected(mutant, kill):
    """Whether the table of mutants names this kill."""
    return any(re.fullmatch(f"igt@{tests}", kill.test) for tests in mutant.tests)


def killers(verdict):
    """What killed a mutant, in words: what has to first, and how many others."""
    mutant = verdict.mutant
    kills = sorted(verdict.kills, key=lambda kill: (not is_expected(mutant, kill), kill.test))
    more = [f"{len(kills) - SHOWN} more"] if len(kills) > SHOWN else []
    return [*map(str, kills[:SHOWN]), *more]


def lines(verdicts):
    """The verdicts for people, a mutant a line."""
    width = max((len(verdict.mutant.name) for verdict in verdicts), default=0)
    for verdict in verdicts:
        word = "killed" if verdict.kills else "SURVIVED"
        text = ", ".join(killers(verdict)) or verdict.mutant.survives
        wrong = f"WRONG: {verdict.wrong}" if verdict.wrong else ""
        yield "  ".join(filter(None, (f"{verdict.mutant.name:<{width}}", word, text, wrong)))


def code_lines(found):
    """The same for our own code: pairs (mutant, whether a test noticed)."""
    width = max((len(mutant.name) for mutant, _ in found), default=0)
    for mutant, noticed in found:
        yield f"{mutant.name:<{width}}  {'killed' if noticed else 'SURVIVED'}  {mutant.test}"


def row(verdict):
    """A mutant's row."""
    mutant = verdict.mutant
    gpu = f"--gpu {mutant.gpu}" if mutant.gpu != Variant.gpu else ""
    guest = ", ".join([mutant.guest, *(f"`{word}`" for word in (gpu, mutant.cmdline) if word)])
    named = [word if word.endswith(" more") else f"`{word}`" for word in killers(verdict)]
    killed = ", ".join(named) or f"SURVIVED. {mutant.survives}"
    return f"| `{mutant.name}` | {mutant.what} | {guest} | {killed} |"


def code_row(mutant, noticed):
    """The same for our own code."""
    test = f"`{mutant.test}`" if noticed else "SURVIVED"
    return f"| `{mutant.name}` | `{mutant.file}` | {mutant.what} | {test} |"


def document(verdicts, found):
    """docs/mutants.md."""
    killed = [verdict for verdict in verdicts if verdict.kills]
    named = [verdict for verdict in killed if any(kill.named for kill in verdict.kills)]
    text = [HEAD.format(count=len(verdicts), killed=len(killed), named=len(named))]
    for category in dict.fromkeys(verdict.mutant.category for verdict in verdicts):
        text += ["", f"## {category.name[:1].upper()}{category.name[1:]}", "", TABLE]
        text += [row(verdict) for verdict in verdicts if verdict.mutant.category == category]
    text += ["", "## Our own code", "", CODE, *(code_row(*pair) for pair in found)]
    return "\n".join([*text, "", LESSONS])

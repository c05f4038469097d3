# SPDX-License-Identifier: MIT
"""What `ccprime mutants` says: lines for people, and docs/mutants.md."""

import re

from machine.guests import Variant

# Tests that are named of all that killed a mutant.
SHOWN = 3

HEAD = """<!-- SPDX-License-Identifier: MIT -->
# Mutants

A mutant is a deliberate mistake. `./ccprime mutants` makes one mistake at a time in the heap, in the
kernel or in our own code, runs tests, and writes this page (`mutants.md` in its results folder). A test
kills a mutant if it fails on the mutant and passes without it.

Of {count} mutants of the heap, the kernel and a driver {killed} are killed, {named} of them by an assertion that says
what is wrong. A test that failed in another way is marked: `dmesg-warn` means that only the kernel
complained.

- A mutant of the heap is a heap of its own in the module `modules/mutants`. The control, the heap
  `cc_mutant_none`, has no mistake. The variable `CCPRIME_HEAP` tells the tests which heap to use.
- A mutant of the kernel is a place in `modules/mutants/patches`. One kernel holds all of them, and
  `/sys/module/ccprime_mutant/parameters/name` switches one on.
- A mutant of a driver is a mistake of `modules/edu_dmabuf`, which its parameter `mistake` switches on.
- A mutant does no damage beyond itself, so many mutants share one boot.
- `./ccprime test` runs some of these mutants: enough to see every test fail that has to kill a mutant
  (`host/mutants/table.py`). `./ccprime test --all` runs all of them.

The last column names first the test that has to kill the mutant.

`./ccprime mutants --generated` makes mistakes by a program (`host/mutants/generator.py`): it deletes statements, negates
conditions, changes numbers, operators and errors, and swaps arguments in the files of `host/mutants/targets.py`. It
lists the mutants that no test kills. `modules/mutants/survivors.txt` says why one survives."""

TABLE = "| mutant | what is wrong | guest | killed by |\n| --- | --- | --- | --- |"
CODE = "| mutant | file | what is wrong | noticed by |\n| --- | --- | --- | --- |"

LESSONS = """## Tests added for mutants that survived

These mutants survived the tests of their time. For each of them a test was added:

| mutant | what was missing | test |
| --- | --- | --- |
| encrypt_and_leak | The ledger knows states, not owners. No test counted free memory. | `cc_heap_load@freed-memory-is-free-again` |
| vmap_stays | No byte shows that a kernel mapping is left over. | `cc_vkms@kernel-mapping-goes-with-the-picture` |
| map_wrong_direction | The direction matters only where memory is bounced. | `cc_trace@map-has-the-importers-direction` |
| unmap_at_once, virtgpu_unmaps_at_once | Maps and unmaps were counted, but their time was not checked. | `cc_trace@map-lasts-as-long-as-the-import` |
| detach_stays_listed | No test synchronised after an importer had detached. | `cc_trace@sync-of-shared-copies-nothing` |
| sync_newest_attachment | No test edited a buffer that had two importers. | `cc_virtgpu@shared-edit-is-shown-with-two-importers` |

One mutant still survives: `dma_ignores_mask`. To kill it, the guest needs a device whose DMA mask does
not cover the guest's memory. It has none.
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

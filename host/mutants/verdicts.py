# SPDX-License-Identifier: MIT
"""What is said about generated mutants: a table for people, and docs/generated-mutants.md."""

from mutants.page import SHOWN
from mutants.targets import TARGETS

HEAD = """<!-- SPDX-License-Identifier: MIT -->
# Generated mutants

A program made these mistakes, not a person: `./ccprime mutants --generated` changes one thing at a time in the
kernel's source, runs tests, and writes this page (`generated-mutants.md` in its results folder).
`host/mutants/generator.py` has the changes, `host/mutants/targets.py` the files and functions.

| word | change |
| --- | --- |
| delete | a statement is gone |
| negate | a condition is the other way round |
| early | a function returns at once |
| return | a function returns 0 in place of a value |
| limit | `<` is `<=`, `>` is `>=`, and the other way round |
| logic | `&&` is `\\|\\|`, and the other way round |
| arithmetic | `+` is `-`, `<<` is `>>`, `++` is `--`, and the other way round |
| number | a number is one more, `true` is `false` |
| errno | an error is another one |
| flag | a flag is missing |
| swap | two neighbouring arguments are in each other's place |

One kernel holds all of them. A mutant that the compiler refuses does not count. Locks and messages are left alone: no
test could say that one is missing, but by luck. A mutant that leaves damage behind gets a fresh guest after it.
"""


def why(fate, rows):
    """The row that says why a mutant survives, or None."""
    return next((row for row in rows if row.names.fullmatch(fate.member.name)), None)


def sort(fates, rows):
    """(killed, equivalent, explained gaps, those that are not as the list of survivors has it)"""
    killed, same, gaps, wrong = [], [], [], []
    for fate in fates:
        row = why(fate, rows)
        word = row.word if row else ""
        if fate.kills:
            (wrong if word == "equivalent" else killed).append(fate)
        else:
            {"equivalent": same, "gap": gaps}.get(word, wrong).append(fate)
    return killed, same, gaps, wrong


def share(killed, fates, same):
    """The killed ones of those that are not equivalent, in per cent."""
    count = len(fates) - len(same)
    return f"{100 * len(killed) / count:.1f}" if count else "-"


def describe(fate):
    """A mutant in a line."""
    mutant = fate.member.mutant
    old = mutant.old or "(the function's begin)"
    return f"{fate.member.target.file}:{mutant.line}: {mutant.name}: {old} -> {mutant.new}"


def lines(fates, rows):
    """The verdicts for people: a file a line, then what no test found."""
    for target in TARGETS:
        own = [fate for fate in fates if fate.member.target == target]
        if own:
            killed, same, gaps, wrong = sort(own, rows)
            yield (
                f"{target.file}: {len(killed)} of {len(own)} killed, {len(same)} equivalent, {len(gaps)} gaps, "
                f"{len(wrong)} wrong: {share(killed, own, same)} %"
            )
    for fate in sort(fates, rows)[3]:
        how = f"LISTED AS EQUIVALENT, killed by {fate.kills[0]}" if fate.kills else "SURVIVED"
        yield f"{how}: {describe(fate)}"


def document(fates, rows):
    """docs/generated-mutants.md."""
    killed, same, gaps, _ = sort(fates, rows)
    text = [
        HEAD,
        f"Of {len(fates)} mutants {len(killed)} are killed and {len(same)} are equivalent to what is right:",
    ]
    text += [f"{share(killed, fates, same)} % of the others are killed.", ""]
    text += [
        "| file | mutants | killed | equivalent | gaps | per cent |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for target in TARGETS:
        own = [fate for fate in fates if fate.member.target == target]
        if own:
            k, s, g, _ = sort(own, rows)
            text.append(
                f"| `{target.file}` | {len(own)} | {len(k)} | {len(s)} | {len(g)} | {share(k, own, s)} |"
            )
    for title, some in (("Equivalent", same), ("Gaps", gaps)):
        text += [
            "",
            f"## {title}",
            "",
            "| mutant | line | change | why no test finds it |",
            "| --- | --- | --- | --- |",
        ]
        text += [survivor(fate, rows) for fate in some]
    text += [
        "",
        "## Killed",
        "",
        "| mutant | line | change | killed by |",
        "| --- | --- | --- | --- |",
    ]
    text += [victim(fate) for fate in killed]
    return "\n".join([*text, ""])


def code(text):
    """Source in a cell of a table."""
    return "`" + text.replace("|", "\\|") + "`" if text else ""


def cells(fate):
    """What both kinds of rows have."""
    mutant = fate.member.mutant
    return f"| `{mutant.name}` | {mutant.line} | {code(mutant.old)} → {code(mutant.new)} |"


def survivor(fate, rows):
    """A survivor's row."""
    return f"{cells(fate)} {why(fate, rows).why} |"


def victim(fate):
    """A killed one's row."""
    named = ", ".join(f"`{kill}`" for kill in fate.kills[:SHOWN])
    more = f", {len(fate.kills) - SHOWN} more" if len(fate.kills) > SHOWN else ""
    return f"{cells(fate)} {named}{more} |"

# SPDX-License-Identifier: MIT
"""Outcomes as one HTML page: what a reader needs to judge a run, with what tests and kernel said."""

import html
import itertools

from verdict.outcomes import FAILED, PASSED, SKIPPED

# What of a test's record is shown, and how it is called. The end of a long text counts.
PARTS = {"err": "what the test said", "dmesg": "what the kernel said"}
SHOWN = 20_000
# How the page calls what is no plain pass.
EXPECTED = "expected"
FILTERS = {"all": "all", FAILED: "failed", EXPECTED: "expected failures", SKIPPED: "skipped"}

STYLE = """
:root { color-scheme: light dark; --bad: #b3261e; --known: #8a5a00; --off: #666; --good: #17692f; --line: #8884 }
@media (prefers-color-scheme: dark) { :root { --bad: #ff8a80; --known: #ffc66d; --off: #aaa; --good: #81d79a } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 0 auto; padding: 1rem }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin: 1.5rem 0 .3rem }
fieldset { border: 0; padding: 0; margin: 1rem 0; display: flex; flex-wrap: wrap; gap: .3rem 1rem; align-items: center }
input[type=search] { font: inherit; padding: .2rem .5rem; flex: 1 1 12rem; max-width: 24rem }
details { border-top: 1px solid var(--line); padding: .15rem 0 }
summary { cursor: pointer; overflow-wrap: anywhere }
summary b { font-weight: 600; white-space: nowrap; margin-left: .6rem }
.failed { color: var(--bad) } .expected { color: var(--known) } .skipped { color: var(--off) } .passed { color: var(--good) }
pre { overflow: auto; max-height: 24rem; padding: .6rem; border: 1px solid var(--line); font-size: .85rem }
p.why { overflow-wrap: anywhere }
[hidden] { display: none }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: 1rem }
figure { margin: 0 } figure img { width: 100%; border: 1px solid var(--line) } figcaption { overflow-wrap: anywhere }
"""

SCRIPT = """
const kind = () => document.querySelector('input[name=kind]:checked').value;
const text = document.querySelector('input[type=search]');
function show() {
  const wanted = text.value.toLowerCase(), only = kind();
  for (const section of document.querySelectorAll('section.program')) {
    let any = false;
    for (const test of section.querySelectorAll('details')) {
      const fits = (only === 'all' || test.dataset.kinds.split(' ').includes(only)) &&
                   test.dataset.name.includes(wanted);
      test.hidden = !fits;
      any ||= fits;
    }
    section.hidden = !any;
  }
}
document.querySelector('form').addEventListener('input', show);
document.querySelector('form').addEventListener('submit', event => event.preventDefault());
show();
"""


def kind(outcome):
    """What a reader looks for: failed, expected, skipped or passed."""
    if outcome.counts == PASSED and outcome.word != "pass":
        return EXPECTED
    return outcome.counts


def text(value):
    """A text of the guest's, safe in a page."""
    return html.escape(str(value))


def program(name):
    """The program of a test's name; what is no test has none."""
    return name.removeprefix("igt@").partition("@")[0] if name.startswith("igt@") else "guests"


def by_name(columns):
    """Test -> guest -> outcome, in the order of the tests."""
    found = {}
    for guest, outcomes in columns.items():
        for outcome in outcomes:
            found.setdefault(outcome.name, {})[guest] = outcome
    return found


def log(record, part, title):
    """A text of a test's record, or nothing."""
    said = str(record.get(part, "")).strip()
    if not said:
        return ""
    return f"<h4>{title}</h4><pre tabindex=0>{text(said[-SHOWN:])}</pre>"


# Where the project says more.
PROBLEMS = " (docs/upstream-problems.md)"


def test(name, results, records):
    """A test's element: a line, and below it what is known of it in each guest."""
    kinds = {guest: kind(outcome) for guest, outcome in results.items()}
    marks = "".join(
        f"<b class={kinds[guest]}>{text(f'{guest}: {outcome.word}' if len(results) > 1 else outcome.word)}</b>"
        for guest, outcome in results.items()
    )
    parts = []
    for guest, outcome in results.items():
        record = records.get(guest, {}).get(name, {})
        logs = "".join(log(record, part, title) for part, title in PARTS.items())
        why = f"<p class=why>{text(outcome.why)}</p>" if outcome.why else ""
        known = (
            f"<p>Known problem: {text(outcome.problem)}{PROBLEMS}</p>" if outcome.problem else ""
        )
        if why or known or logs:
            parts.append(f"<h3>{text(guest)}</h3>{why}{known}{logs}")
    opened = " open" if FAILED in kinds.values() else ""
    return (
        f'<details data-name="{text(name.lower())}" data-kinds="{" ".join(sorted(set(kinds.values())))}"{opened}>'
        f"<summary>{text(name)}{marks}</summary>{''.join(parts)}</details>"
    )


def filters(outcomes):
    """The form that narrows the list."""
    kinds = [kind(outcome) for outcome in outcomes]
    choices = "".join(
        f"<label><input type=radio name=kind value={value}{' checked' if value == 'all' else ''}> "
        f"{title} ({len(kinds) if value == 'all' else kinds.count(value)})</label>"
        for value, title in FILTERS.items()
    )
    return (
        f"<form><fieldset><legend hidden>Show</legend>{choices}"
        '<input type=search aria-label="part of a name" placeholder="part of a name"></fieldset></form>'
    )


def gallery(pictures):
    """Pictures of guests' screens: files beside the page."""
    if not pictures:
        return ""
    shown = "".join(
        f'<figure><a href="{text(path)}"><img loading=lazy alt="" src="{text(path)}"></a>'
        f"<figcaption>{text(path)}</figcaption></figure>"
        for path in pictures
    )
    return f"<h2>Screens</h2><div class=pictures>{shown}</div>"


def document(record, summary, records, unames, pictures):
    """
    The whole page. record: the run's; records: guest -> test -> igt_runner's record; unames: guest -> what
    its kernel calls itself; pictures: paths relative to the page.
    """
    tests = by_name(record.columns)
    lists = "".join(
        f"<section class=program><h2>{text(name)}</h2>"
        f"{''.join(test(one, tests[one], records) for one in group)}</section>"
        for name, group in itertools.groupby(tests, program)
    )
    facts = {**record.environment, **unames}
    kernels = "".join(f"<li>{text(name)}: {text(fact)}</li>" for name, fact in facts.items())
    outcomes = [outcome for column in record.columns.values() for outcome in column]
    return (
        '<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width">'
        f"<title>ccprime: {text(summary)}</title><style>{STYLE}</style>"
        f"<h1>ccprime: {text(summary)}</h1><ul>{kernels}</ul>{filters(outcomes)}"
        f"<main>{lists}</main>{gallery(pictures)}<script>{SCRIPT}</script></html>\n"
    )

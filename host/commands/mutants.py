# SPDX-License-Identifier: MIT
"""`ccprime mutants`: breaks the heap, the kernel and our own code, and shows which tests notice."""

from commands import options as common
from mutants import generated, verdicts
from mutants import run as mutants
from problem import Problem
from runs import shards
from verdict import layout

# What --generated leaves for docs/.
PAGE = "generated-mutants.md"

HELP = "what the tests notice"


def add_options(parser):
    """This command's own."""
    common.add_common(parser)
    common.add_jobs(parser)
    parser.add_argument("--only", default="", metavar="REGEX", help="only mutants that match")
    parser.add_argument(
        "--generated",
        action="store_true",
        help="mutants that a program makes of the kernel's source",
    )
    parser.add_argument(
        "--shard", metavar="I/N", help="only the Ith of N shares of generated mutants"
    )
    common.add_out(parser)


def main(options):
    """Breaks, tests, shows."""
    common.check_expression("--only", options.only)
    if options.shard and not options.generated:
        raise Problem("--shard: only with --generated")
    share = shards.parse(options.shard) if options.shard else (1, 1)
    folder = options.out.absolute()
    with layout.claim(folder):
        if options.generated:
            passed, failed, skipped = run_generated(options, folder, share)
        else:
            passed, failed, skipped = run_chosen(options, folder)
    print(f"\nresults   {folder}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return common.UNEXPECTED if failed else common.EXPECTED


def run_chosen(options, folder):
    """Runs the mutants of the table; returns how many are as they should be, are not, and were left out."""
    mutants.check_chosen(options.only)
    tasks = mutants.tasks(common.open_workshop(options), folder, options.only)
    done = common.run_tasks(tasks, options.jobs)
    if mutants.PREPARED in done:
        done[mutants.PREPARED].result()
    return *mutants.report(done, folder), 0


def run_generated(options, folder, share):
    """The same for the generator's: killed ones, survivors without a reason, and survivors with one."""
    workshop = common.open_workshop(options)
    rows = generated.survivors()
    built = common.run_tasks([generated.make_task(workshop)], 1)
    made = built[generated.MAKE].result()
    members = generated.chosen(made, options.only, share)
    tasks = generated.tasks(workshop, folder, made, members)
    done = common.run_tasks(tasks, options.jobs)
    fates = [fate for task in tasks if task.needs for fate in done[task.name].result()]
    (folder / PAGE).write_text(verdicts.document(fates, rows), encoding="utf-8")
    print("\n" + "\n".join(verdicts.lines(fates, rows)))
    killed, same, gaps, wrong = verdicts.sort(fates, rows)
    return len(killed), len(wrong), len(same) + len(gaps)

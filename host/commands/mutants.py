# SPDX-License-Identifier: MIT
"""`ccprime mutants`: breaks the heap, the kernel and our own code, and shows which tests notice."""

from commands import options as common
from mutants import run as mutants
from verdict import layout

HELP = "what the tests notice"


def add_options(parser):
    """This command's own."""
    common.add_common(parser)
    common.add_jobs(parser)
    parser.add_argument("--only", default="", metavar="REGEX", help="only mutants that match")
    common.add_out(parser)


def main(options):
    """Breaks, tests, shows."""
    common.check_expression("--only", options.only)
    mutants.check_chosen(options.only)
    folder = options.out.absolute()
    with layout.claim(folder):
        tasks = mutants.tasks(common.open_workshop(options), folder, options.only)
        done = common.run_tasks(tasks, options.jobs)
        if mutants.PREPARED in done:
            done[mutants.PREPARED].result()
        passed, failed = mutants.report(done, folder)
    print(f"\nresults   {folder}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return common.UNEXPECTED if failed else common.EXPECTED

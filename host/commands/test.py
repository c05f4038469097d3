# SPDX-License-Identifier: MIT
"""`ccprime test`: the project's own checks."""

from checks import suite
from commands import options as common

HELP = "the project's own checks"


def add_options(parser):
    """This command's own."""
    common.add_common(parser)
    common.add_jobs(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true", help="every check, beside those that CI runs")
    which.add_argument(
        "--quick",
        action="store_true",
        help="only checks that need no guest and no kernel",
    )
    which.add_argument("--only", metavar="REGEX", help="only checks whose name matches, of all")
    parser.add_argument(
        "--list", action="store_true", help="list the checks instead of running them"
    )


def main(options):
    """Runs checks, or lists them."""
    common.check_expression("--only", options.only or "")
    chosen = suite.choose(whole=options.all, quick=options.quick, only=options.only)
    if options.list:
        print("\n".join(suite.listing(chosen)))
        return common.EXPECTED
    # Whoever names checks wants them run.
    whole = options.all or options.only is not None
    total = suite.run(common.open_workshop(options), chosen, options.jobs, whole)
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped")
    return common.UNEXPECTED if total.failed else common.EXPECTED

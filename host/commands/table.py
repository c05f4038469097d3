# SPDX-License-Identifier: MIT
"""The commands: one entry each, in the order of --help."""

from commands import cache, demo, diff, expectations, mutants, patches, run, shell, test

# Each module has HELP, add_options(parser) and main(options), which returns the exit status.
COMMANDS = {
    "run": run,
    "demo": demo,
    "test": test,
    "mutants": mutants,
    "shell": shell,
    "diff": diff,
    "patches": patches,
    "expectations": expectations,
    "cache": cache,
}

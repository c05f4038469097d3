# SPDX-License-Identifier: MIT
"""The commands: one entry each, in the order of --help."""

from commands import (
    bench,
    bisect,
    cache,
    coverage,
    demo,
    diff,
    expectations,
    igt,
    mutants,
    package,
    patches,
    report,
    run,
    shell,
    test,
)

# Each module has HELP, add_options(parser) and main(options), which returns the exit status.
COMMANDS = {
    "run": run,
    "demo": demo,
    "test": test,
    "mutants": mutants,
    "coverage": coverage,
    "shell": shell,
    "bench": bench,
    "bisect": bisect,
    "diff": diff,
    "report": report,
    "package": package,
    "igt": igt,
    "patches": patches,
    "expectations": expectations,
    "cache": cache,
}

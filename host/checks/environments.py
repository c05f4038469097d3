# SPDX-License-Identifier: MIT
"""Checks that our command works wherever it is started: odd environments, odd output, folders of others."""

import subprocess

from checks.command import COMMAND, COMMAND_LIMIT
from checks.context import Counts
from problem import Failure

# What a shell does before it starts the command, which is "$@". All of it must not matter.
ODD = {
    "PATH of a login shell": 'PATH=/usr/bin:/bin; "$@"',
    "no PATH": 'PATH=; "$@"',
    "umask": 'umask 077; "$@"',
    "TMPDIR that is not there": 'TMPDIR=/nonexistent "$@"',
    "HOME that is not there": 'HOME=/nonexistent "$@"',
    "language": 'LANG=de_DE.ISO-8859-1 LC_ALL=tr_TR.UTF-8 "$@"',
    "folder with our modules' names": 'echo 1/0 | tee random.py json.py cli.py >/dev/null; "$@"',
    "PYTHONPATH": 'echo 1/0 >argparse.py; PYTHONPATH=$PWD PYTHONHOME=/nonexistent "$@"',
    "folder that is gone": 'mkdir gone; cd gone; rmdir ../gone; "$@"',
    "no standard input": '"$@" <&-',
    "nothing at all": 'env -i "$@"',
}
# What a shell says by itself where it is started in a folder that is gone.
SHELLS_OWN = "sh: 0: getcwd() failed"
LISTED = "igt@cc_heap@absent-outside-coco"

# What a shell does with the command, the exit status, and what the one line on standard error has to say.
OUTPUTS = (
    ("closed pipe", '{ "$@"; echo $? >status; } | true; exit "$(cat status)"', 141, "closed"),
    ("full disk", '"$@" >/dev/full', 2, "No space left"),
)
# The same for commands that do not get far.
REFUSED = (
    ("locked results", 'mkdir r; touch r/.ccprime-results; flock r/.ccprime-results "$@" run --out r', "another ccprime"),
    ("read-only cache", 'CCPRIME_CACHE=/sys/ccprime "$@" cache', "cannot make /sys/ccprime"),
    ("cache's name", 'CCPRIME_CACHE=/tmp/$(printf %0300d 1) "$@" cache', "File name too long"),
    ("loop of links", 'ln -s loop loop; CCPRIME_CACHE=$PWD/loop "$@" cache', "Too many levels"),
)  # fmt: skip


def shell(context, name, script, *words):
    """A finished shell that was given our command and these words, in a folder of its own."""
    folder = context.temp / name.replace(" ", "-").replace("'", "")
    folder.mkdir()
    return subprocess.run(
        ["sh", "-c", script, "sh", COMMAND, *words],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=COMMAND_LIMIT,
        check=False,
    )


def odd(context):
    """The command works in odd environments, and says in one line what is wrong with its output or its folders."""
    bad = []
    for name, script in ODD.items():
        result = shell(context, name, script, "expectations")
        said = [line for line in result.stderr.splitlines() if not line.startswith(SHELLS_OWN)]
        if result.returncode or LISTED not in result.stdout or said:
            bad.append(f"{name}: status {result.returncode}: {result.stderr}")
    cases = [(name, script, ("expectations",), *rest) for name, script, *rest in OUTPUTS]
    cases += [(name, script, (), 2, said) for name, script, said in REFUSED]
    for name, script, words, status, said in cases:
        result = shell(context, name, script, *words)
        lines = result.stderr.splitlines()
        if result.returncode != status or len(lines) != 1 or said not in lines[0]:
            bad.append(f"{name}: status {result.returncode}: {result.stderr}")
    if bad:
        raise Failure("\n".join(bad))
    return Counts(len(ODD) + len(cases))

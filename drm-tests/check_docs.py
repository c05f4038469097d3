#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares a test's SUBTEST comments with what the program lists and describes.

Usage: check_docs.py SOURCE PROGRAM
"""

import re
import subprocess
import sys


def documented(source):
    """Names and descriptions of the structured comment, in its order."""
    with open(source, encoding="utf-8") as file:
        comment = re.search(r"/\*\*\n(.*?)\*/", file.read(), re.DOTALL).group(1)
    text = re.sub(r"^ \*[ \t]*", "", comment, flags=re.MULTILINE)
    subtest = r"^SUBTEST: (\S+)\nDescription: (.*?)(?=\nSUBTEST:|\n\n|\Z)"
    found = re.findall(subtest, text, re.DOTALL | re.MULTILINE)
    return {name: " ".join(words.split()) for name, words in found}


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=20).stdout


def described(program):
    """Names and descriptions as --describe prints them: "SUB name file:line:", then the text."""
    blocks = re.split(r"^SUB (\S+) \S+\n", output(program, "--describe"), flags=re.MULTILINE)[1:]
    return {name: " ".join(text.split()) for name, text in zip(blocks[::2], blocks[1::2])}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, program = sys.argv[1:]

    docs = documented(source)
    listed = output(program, "--list-subtests").split()
    texts = described(program)
    wrong = [f"{name}: documented, not in the program" for name in docs if name not in listed]
    for name in listed:
        text = texts.get(name, "")
        if name not in docs:
            wrong.append(f"{name}: no SUBTEST comment")
        elif text != docs[name]:
            wrong.append(f'{name}: comment "{docs[name]}", program "{text}"')

    if not listed:
        wrong.append("the program lists no subtests")
    if wrong:
        sys.exit("\n".join(f"{source}: {line}" for line in wrong))


if __name__ == "__main__":
    main()

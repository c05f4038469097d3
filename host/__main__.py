# SPDX-License-Identifier: MIT
"""python3 host: the ccprime command."""

import sys

from cli import main

sys.exit(main(sys.argv[1:]))

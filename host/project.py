# SPDX-License-Identifier: MIT
"""Where the project's own files are."""

from pathlib import Path

HOST = Path(__file__).resolve().parent
SOURCE = next(folder for folder in HOST.parents if (folder / "ccprime").is_file())

# SPDX-License-Identifier: MIT
"""What goes wrong before there is a result, and how it is said."""


class Problem(Exception):
    """Wrong use or a set-up that failed: one line that says what, where and what to do. Exit status 2."""


class GuestProblem(Exception):
    """The guest ended or stalled before its tests were done; the text is the reason, one line."""


class Failure(Exception):
    """What a check of `ccprime test` found; several lines are fine."""

# SPDX-License-Identifier: MIT
"""Where a build finds things in the root: always there, so that a variant of a kernel rebuilds only what it changes."""

SOURCE = "/usr/src/linux"
OBJECTS = "/usr/src/build"
CONFIG = "/usr/src/fragments"
# Fragments of a user's own: a number follows.
OWN_CONFIG = "/usr/src/fragment-"
PATCH = "/usr/src/patch"
MODULE = "/usr/src/module"
MODULE_OBJECTS = "/usr/src/module-objects"

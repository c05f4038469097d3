# SPDX-License-Identifier: MIT
"""The demo: vk-sample in a guest."""

from machine import supervisor
from runs import program
from verdict import layout, outcomes

# What vk-sample says in a guest, and the picture that the host took.
LOG = "vk-sample.log"
PICTURE = f"{layout.CAPTURES}/vk-sample.png"


def run(setup, guest, folder, stages):
    """Boots the guest and lets vk-sample run there. Returns its outcome, and what it said."""
    stage = ("vulkan", "computing and drawing in shared memory")
    status = program.run(setup, guest, folder, stages, "demo", stage)
    said = supervisor.read_log(folder / LOG)
    if status == 0:
        return outcomes.Outcome("vk-sample", outcomes.PASSED, "pass"), said
    last = (said.strip().splitlines() or [f"nothing said; see {folder}/guest.log"])[-1]
    return outcomes.Outcome("vk-sample", outcomes.FAILED, "fail", last), said

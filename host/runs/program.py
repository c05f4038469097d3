# SPDX-License-Identifier: MIT
"""A program of ours that init runs in a guest in place of the tests."""

from machine import supervisor


def run(setup, guest, folder, stages, what, stage):
    """
    Boots the guest and waits for its end. what: init's word for the program; stage: (name, words) for whoever waits.
    Returns the program's exit status.
    """
    job = setup.job(guest, folder, what)
    with supervisor.Supervisor(setup.root, job, supervisor.TESTS) as running:
        with stages.stage("boot", f"starting a {guest.name} guest"):
            running.boot()
        with stages.stage(*stage):
            running.finish()
    return running.report.status

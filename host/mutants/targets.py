# SPDX-License-Identifier: MIT
"""Which of the kernel's files are mutated by the generator, and which tests look at each."""

import re
from dataclasses import dataclass

from project import SOURCE

# Mutants that survive, and why: lines `EXPRESSION equivalent|gap REASON`.
SURVIVORS = SOURCE / "modules/mutants/survivors.txt"
# The kind of guest: one whose host can refuse a conversion, and which notices wrong accesses.
GUEST = "tdx"


@dataclass(frozen=True)
class Target:
    """
    A file. functions: in which ones; at_boot: those that only run when the kernel starts; quick: tests that find most
    mutants, in seconds. All of them are regular expressions.
    """

    file: str
    functions: str
    at_boot: str
    quick: str

    def has(self, function):
        """Whether a function is mutated."""
        return re.fullmatch(self.functions, function) is not None

    @property
    def name(self):
        """The file's, without its folder."""
        return self.file.rpartition("/")[2]

    @property
    def object(self):
        """What make builds of it."""
        return self.file.removesuffix(".c") + ".o"


TARGETS = (
    Target(
        "drivers/dma-buf/heaps/system_heap.c",
        r".*",
        r"system_heap_create",
        r"cc_heap@(ledger-says-shared|present-in-coco|mapping-at.*)|cc_heap_mmap@part-shows.*"
        r"|cc_trace@(map-is-cc.*|each-map.*)|cc_importer@unmap-brings.*|cc_vkms@(crc-equals-native|kernel-mapping.*)"
        r"|cc_faults@refused-allocation-fails|cc_nomem@each-failure-of-an?-(allocation|attachment|picture)",
    ),
    Target(
        "drivers/dma-buf/dma-heap.c",
        r".*",
        r"dma_heap_(init|add|devnode)",
        r"cc_heap@(present-in-coco|bad-arg.*|fd.*)|cc_heap_uapi@(?!fd-in-flight).*"
        r"|cc_nomem@each-failure-of-an-allocation",
    ),
    Target(
        "drivers/gpu/drm/virtio/virtgpu_prime.c",
        r"virtgpu_(gem_prime_import|gem_prime_export|dma_buf_(?!obj_resubmit|move_notify).*)",
        r"",
        r"cc_virtgpu@(shared-picture-is-shown|picture-outlives.*|import-is-a.*)"
        r"|cc_import@(importer-goes.*|self-import.*)|cc_nomem@each-failure-of-an-import",
    ),
)

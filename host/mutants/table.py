# SPDX-License-Identifier: MIT
"""The mutants: what is wrong with each, and what has to notice."""

import re
from dataclasses import dataclass, field

from machine.guests import Variant
from project import SOURCE

FOLDER = SOURCE / "modules/mutants"
DRIVER_FOLDER = SOURCE / "modules/edu_dmabuf"
# The name of what is not broken.
CONTROL = "none"

# Mappings with CC_SHARED are bounced, too: what is not synchronised is not seen.
FORCED_BOUNCE = "swiotlb=force"


@dataclass(frozen=True)
class Category:
    """Mutants of one kind. tests: what looks at them beside the tests that have to kill them."""

    name: str
    tests: str


@dataclass(frozen=True)
class Mutant:
    """One thing that is wrong. tests: which have to fail, and what they have to say."""

    category: Category
    name: str
    what: str
    tests: dict[str, str] = field(default_factory=dict)
    guest: str = "sev"
    gpu: str = Variant.gpu
    # A patch of the kernel; else a heap of the module.
    patch: bool = False
    # A mistake of modules/edu_dmabuf.
    driver: bool = False
    # The kernel reads its name when it starts.
    at_boot: bool = False
    cmdline: str = ""
    # Why no test can tell; empty: one can.
    survives: str = ""


CONVERSION = Category(
    "page conversion",
    r"cc_heap@ledger-says-shared|cc_pagestate@(exactly|one-conv|proc).*|cc_import@importer-goes-last|cc_trace@shared-is-not-bounced",
)
ENCRYPTION = Category(
    "re-encryption",
    r"cc_heap_mmap@any-order.*|cc_pagestate@(exactly|freeing|one-conv).*|cc_heap_load@exit.*|cc_import@importer-goes-first",
)
UNWIND = Category("error unwind", r"cc_faults@.*refused.*")
CLEARING = Category("clearing", r"cc_zero@.*")
USER = Category(
    "users' mappings",
    r"cc_heap@(second|mapping|read-only).*|cc_heap_mmap@(part|pages|mprotect|mapping-|private).*|cc_heap_gup@(direct|vmsplice|io).*|cc_virtgpu@shared-picture-is-shown",
)
KERNEL = Category(
    "the kernel's mapping",
    r"cc_vkms@(crc-equals|kernel|writeback-lands).*|cc_v4l2@capture-(equals|lands).*|cc_displays@shared-.*",
)
ATTACHMENT = Category(
    "attachment",
    r"cc_trace@.*|cc_virtgpu@shared-(picture-is|edit).*|cc_import@(importer-|closed).*",
)
SYNC = Category(
    "synchronisation", r"cc_virtgpu@(shared-edit-is.*|two-files.*).*|cc_sync@(sync-of-many|order).*"
)
UAPI = Category(
    "file descriptors and names",
    r"cc_heap@(read-only|fd).*|cc_heap_uapi@(access|length|lseek|fdinfo|bufinfo|fd-is).*",
)
DRIVER = Category("an importer's driver", r"cc_importer@.*")
REGISTRATION = Category("registration", r"cc_heap@(present|absent|ledger-says|system-ledger).*")
DMA = Category(
    "DMA core", r"cc_trace@(map-is|shared|system).*|cc_virtgpu@shared-(picture.*|buffer-above.*)"
)
BOUNCE = Category("bounce memory", r"cc_trace@system.*|cc_virtgpu@private.*|cc_sync@private.*")
IMPORTERS = Category(
    "importers",
    r"cc_trace@(each|map-lasts).*|cc_virtgpu@(shared-picture|two-).*|cc_vgem@(.*fence|two).*|cc_import@(importer-|closed).*",
)
DMABUF = Category(
    "dma-bufs and heaps of all kinds",
    r"cc_sync@begin.*|cc_heap_uapi@(every-heap|close|bad).*|cc_heap_mmap@mapping-past.*",
)

MUTANTS = (
    Mutant(
        CONVERSION,
        "convert_nothing",
        "no page becomes shared",
        {"cc_heap@ledger-says-shared": "page 0 is not shared"},
    ),
    Mutant(
        CONVERSION,
        "convert_first_page",
        "of each chunk only the first page becomes shared",
        {"cc_heap@ledger-says-shared": "page 1 is not shared"},
    ),
    Mutant(
        CONVERSION,
        "convert_but_last_page",
        "the last page of each chunk stays private",
        {"cc_heap@ledger-says-shared": "page 15 is not shared"},
    ),
    Mutant(
        CONVERSION,
        "convert_first_chunk",
        "only the first chunk becomes shared",
        {"cc_heap@ledger-says-shared": "is not shared"},
    ),
    Mutant(
        CONVERSION,
        "convert_but_last_chunk",
        "the last chunk stays private",
        {"cc_heap@ledger-says-shared": "is not shared"},
    ),
    Mutant(
        CONVERSION,
        "convert_at_mmap",
        "pages become shared only when somebody maps them",
        {"cc_faults@refused-allocation-fails": "the allocation returned"},
        guest="tdx",
    ),
    Mutant(
        CONVERSION,
        "convert_after_kill",
        "a process that was killed goes on with its conversions",
        {"cc_heap_load@killed-process-stops-converting": "pages became shared"},
    ),
    Mutant(
        CONVERSION,
        "convert_by_page",
        "a call a page instead of one a chunk",
        {"cc_pagestate@one-conversion-call-a-chunk": "conversion calls to shared"},
        guest="tdx",
    ),
    Mutant(
        CONVERSION,
        "convert_neighbour",
        "the page behind a chunk of one page becomes shared, too",
        {"cc_pagestate@exactly-its-pages-change": "not of the buffer"},
    ),
    Mutant(
        CONVERSION,
        "convert_twice",
        "each chunk is converted twice",
        {"cc_pagestate@one-conversion-call-a-chunk": "conversion calls to shared"},
    ),
    Mutant(
        CONVERSION,
        "convert_despite_refusal",
        "an allocation goes on when the host refuses",
        {"cc_faults@(partly-)?refused-allocation-fails": "the allocation returned"},
        guest="tdx",
    ),
    Mutant(
        ENCRYPTION,
        "encrypt_nothing",
        "freed pages stay shared, and the next buffer gets them",
        {"cc_pagestate@freeing-leaves-neighbours-alone": "in state 1"},
    ),
    Mutant(
        ENCRYPTION,
        "encrypt_nothing_and_leak",
        "freed pages stay shared, and are lost",
        {"cc_pagestate@exactly-its-pages-change": "from private to shared"},
    ),
    Mutant(
        ENCRYPTION,
        "encrypt_first_chunk",
        "only the first chunk becomes private again",
        {"cc_pagestate@exactly-its-pages-change": "from private to shared"},
    ),
    Mutant(
        ENCRYPTION,
        "encrypt_but_last_page",
        "the last page of each chunk stays shared",
        {"cc_pagestate@exactly-its-pages-change": "from private to shared"},
    ),
    Mutant(
        ENCRYPTION,
        "encrypt_twice",
        "each chunk is made private twice",
        {"cc_pagestate@one-conversion-call-a-chunk": "conversion calls to private"},
    ),
    Mutant(
        ENCRYPTION,
        "encrypt_at_unmap",
        "pages become private when an importer lets go",
        {"cc_import@importer-goes-first": "is not shared|plane"},
    ),
    Mutant(
        ENCRYPTION,
        "encrypt_refused_and_free",
        "a chunk that could not be made private goes to the next buffer",
        {"cc_faults@leaked-pages-are-never-handed-out": "was handed out again"},
        guest="tdx",
    ),
    Mutant(
        ENCRYPTION,
        "encrypt_and_leak",
        "freed pages become private, and are lost",
        {"cc_heap_load@freed-memory-is-free-again": "KiB free before"},
    ),
    Mutant(
        UNWIND,
        "unwind_nothing",
        "after a refusal, what was converted stays shared",
        {"cc_faults@refused-allocation-fails": "from private to shared"},
        guest="tdx",
    ),
    Mutant(
        UNWIND,
        "unwind_but_refused_chunk",
        "after a refusal, the half-converted chunk is left as it is",
        {"cc_faults@partly-refused-allocation-fails": "from private to shared"},
        guest="tdx",
    ),
    Mutant(
        UNWIND,
        "unwind_untried_chunks",
        "after a refusal, chunks that were never tried are made private, too",
        {
            "cc_faults@refused-allocation-unwinds-only-what-it-tried": "made .* private pages private"
        },
        guest="tdx",
    ),
    Mutant(
        UNWIND,
        "unwind_with_enomem",
        "a refusal is reported as ENOMEM",
        {"cc_faults@refused-allocation-fails": "the allocation returned -12"},
        guest="tdx",
    ),
    Mutant(
        CLEARING,
        "clear_nothing",
        "new buffers hold what their pages held",
        {"cc_zero@reused-shared-page-is-zero": "what the process before wrote|poison"},
    ),
    Mutant(
        CLEARING,
        "clear_before_conversion",
        "pages are cleared while they are private",
        {"cc_zero@reused-private-page-is-zero": "expected 0"},
    ),
    Mutant(
        CLEARING,
        "clear_first_page",
        "of each chunk only the first page is cleared",
        {"cc_zero@reused-shared-page-is-zero": "expected 0"},
    ),
    Mutant(
        CLEARING,
        "clear_first_chunk",
        "only the first chunk is cleared",
        {"cc_zero@reused-shared-page-is-zero": "expected 0"},
    ),
    Mutant(
        USER,
        "mmap_private",
        "users' mappings are private",
        {
            "cc_heap@second-mapping-sees-writes": "shared plane",
            "cc_vulkan@(imported-buffer-is-inverted|drawn-picture-is-shown)": "shared plane",
            "cc_stress@stress-short": "shared plane",
            "cc_fuzz@(dmabuf|prime).*": "shared plane",
        },
    ),
    Mutant(
        USER,
        "mmap_private_in_large_chunks",
        "users' mappings of chunks of 1 MiB are private",
        {"cc_heap@second-mapping-sees-writes": "shared plane"},
    ),
    Mutant(
        USER,
        "mmap_from_start",
        "a mapping at an offset shows the buffer's start",
        {"cc_heap_mmap@part-shows-its-part": "other page"},
    ),
    Mutant(
        USER,
        "mmap_keeps_offset",
        "a mapping's offset counts again in each later chunk",
        {"cc_heap@mapping-at-offset-shows-its-place": "other page"},
    ),
    Mutant(
        USER,
        "mmap_reversed",
        "users' mappings have the pages backwards",
        {"cc_virtgpu@shared-picture-is-shown": "other page"},
    ),
    Mutant(
        USER,
        "mmap_writable",
        "read-only mappings can be written to",
        {"cc_heap_mmap@pages-lead-to-shared-memory-at-any-offset": ""},
    ),
    Mutant(
        USER,
        "mmap_of_struct_pages",
        "users' mappings have pages that system calls can hold on to",
        {"cc_heap_gup@direct-io-is-refused": ""},
    ),
    Mutant(
        USER,
        "mmap_keeps_buffer",
        "a buffer that was mapped is never freed",
        {"cc_pagestate@exactly-its-pages-change": "from private to shared"},
    ),
    Mutant(
        KERNEL,
        "vmap_private",
        "the kernel's mapping is private",
        {
            "cc_vkms@writeback-lands-in-shared-plane": "shared plane",
            "cc_v4l2@capture-lands-in-shared-plane": "shared plane",
        },
    ),
    Mutant(
        KERNEL,
        "vmap_reversed",
        "the kernel's mapping has the pages backwards",
        {"cc_vkms@crc-equals-native": ""},
    ),
    Mutant(
        KERNEL,
        "vmap_wrong_last_page",
        "the kernel's mapping ends with the first page",
        {"cc_vkms@crc-equals-native": ""},
    ),
    Mutant(
        KERNEL,
        "vmap_stays",
        "the kernel's mapping is never undone",
        {"cc_vkms@kernel-mapping-goes-with-the-picture": ""},
    ),
    Mutant(
        ATTACHMENT,
        "attach_first_chunk",
        "a device gets the first chunk only",
        {"cc_virtgpu@shared-picture-is-shown": ""},
    ),
    Mutant(
        ATTACHMENT,
        "attach_short_chunks",
        "a device gets each chunk without its last page",
        {"cc_virtgpu@shared-picture-is-shown": ""},
    ),
    Mutant(
        ATTACHMENT,
        "attach_reversed",
        "a device gets the chunks backwards",
        {"cc_virtgpu@shared-picture-is-shown": "other page"},
    ),
    Mutant(
        ATTACHMENT,
        "attach_keeps_buffer",
        "a buffer that was attached is never freed",
        {"cc_import@closed-file-lets-go": ""},
    ),
    Mutant(
        ATTACHMENT,
        "detach_stays_listed",
        "a device that has let go is still told of each access",
        {"cc_trace@sync-of-shared-copies-nothing": ""},
    ),
    Mutant(
        ATTACHMENT,
        "map_private",
        "mappings for devices lack CC_SHARED",
        {"cc_trace@map-is-cc-shared": "lack the attribute CC_SHARED"},
    ),
    Mutant(
        ATTACHMENT,
        "map_wrong_direction",
        "mappings for devices are from the device only",
        {"cc_trace@map-has-the-importers-direction": "not BIDIRECTIONAL"},
    ),
    Mutant(
        ATTACHMENT,
        "unmap_at_once",
        "mappings for devices are undone as soon as they are made",
        {"cc_trace@map-lasts-as-long-as-the-import": "mappings undone"},
    ),
    Mutant(
        ATTACHMENT,
        "unmap_never",
        "mappings for devices are never undone",
        {"cc_trace@each-map-is-unmapped": ""},
    ),
    Mutant(
        ATTACHMENT,
        "map_again_private",
        "the second mapping of an attachment is without CC_SHARED",
        {"cc_importer@second-mapping-is-not-bounced": "map: Input/output error"},
    ),
    Mutant(
        ATTACHMENT,
        "unmap_private",
        "mappings are undone without CC_SHARED",
        {"cc_trace@unmap-is-cc-shared": "lack the attribute"},
    ),
    Mutant(
        SYNC,
        "sync_nothing",
        "no device is told of an access",
        {"cc_virtgpu@shared-edit-is-shown-after-sync": ""},
        cmdline=FORCED_BOUNCE,
    ),
    Mutant(
        SYNC,
        "sync_newest_attachment",
        "only the device that attached last is told",
        {"cc_virtgpu@shared-edit-is-shown-with-two-importers": "stale"},
        cmdline=FORCED_BOUNCE,
    ),
    Mutant(
        SYNC,
        "sync_swapped",
        "begin does what end should, and the other way round",
        {"cc_virtgpu@shared-edit-is-shown-after-sync": ""},
        cmdline=FORCED_BOUNCE,
    ),
    Mutant(
        UAPI,
        "fd_always_writable",
        "every file descriptor can write",
        {"cc_heap_uapi@access-mode-is-that-of-the-fd": ""},
    ),
    Mutant(
        UAPI,
        "export_other_name",
        "the dma-buf says that it is from another heap",
        {"cc_heap_uapi@fdinfo-tells-heap-and-size": ""},
    ),
    Mutant(
        UAPI,
        "export_larger",
        "the dma-buf says that it has a page more",
        {"cc_heap_uapi@lseek-tells-the-size": ""},
    ),
    Mutant(
        REGISTRATION,
        "register_everywhere",
        "the heap is there in a plain guest, too",
        {"cc_heap@absent-outside-coco": ""},
        guest="none",
        patch=True,
        at_boot=True,
    ),
    Mutant(
        REGISTRATION,
        "register_nowhere",
        "the heap is not there",
        {"cc_heap@present-in-coco": "No such file"},
        patch=True,
        at_boot=True,
    ),
    Mutant(
        REGISTRATION,
        "register_other_name",
        "the heap has another name",
        {"cc_heap@present-in-coco": "No such file"},
        patch=True,
        at_boot=True,
    ),
    Mutant(
        REGISTRATION,
        "register_swapped",
        "each of the two heaps does what the other one should",
        {
            "cc_heap@ledger-says-shared": "is not shared",
            "cc_heap@system-ledger-says-private": "is not private",
        },
        patch=True,
        at_boot=True,
    ),
    Mutant(
        REGISTRATION,
        "system_converts",
        "buffers of the private heap become shared",
        {
            "cc_heap@system-ledger-says-private": "is not private",
            "cc_pagestate@system-never-converts": "conversion calls to shared",
        },
        patch=True,
    ),
    Mutant(
        DMA,
        "dma_ignores_shared",
        "the attribute CC_SHARED is ignored",
        {"cc_trace@shared-is-not-bounced": ""},
        patch=True,
    ),
    Mutant(
        DMA,
        "dma_encrypted_address",
        "a shared buffer's address has the C-bit",
        {"cc_virtgpu@shared-picture-is-shown": ""},
        patch=True,
    ),
    Mutant(
        DMA,
        "dma_repeats_first_address",
        "each entry of a table gets the first one's address",
        {"cc_virtgpu@shared-picture-is-shown": "other page"},
        patch=True,
    ),
    Mutant(
        DMA,
        "dma_halves_length",
        "each entry of a table is half as long",
        {"cc_virtgpu@shared-picture-is-shown": ""},
        patch=True,
    ),
    Mutant(
        DMA,
        "dma_ignores_mask",
        "a device gets addresses that it cannot reach",
        patch=True,
        survives="The guest has less memory than the shortest mask of its devices reaches.",
    ),
    Mutant(
        BOUNCE,
        "bounce_copies_nothing",
        "bounce memory does not get the buffer's bytes",
        {"cc_virtgpu@private-picture-is-shown": ""},
        patch=True,
    ),
    Mutant(
        BOUNCE,
        "bounce_copies_half",
        "bounce memory gets half of each entry's bytes",
        {"cc_virtgpu@private-picture-is-shown": ""},
        patch=True,
    ),
    Mutant(
        BOUNCE,
        "bounce_ignores_begin",
        "a begin of CPU access copies nothing back",
        {"cc_sync@private-edit-is-lost-at-begin": ""},
        patch=True,
    ),
    Mutant(
        BOUNCE,
        "bounce_ignores_end",
        "an end of CPU access copies nothing to the device",
        {"cc_virtgpu@private-edit-is-shown-after-sync": ""},
        patch=True,
    ),
    Mutant(
        IMPORTERS,
        "virtgpu_takes_first_entry",
        "virtio-gpu tells the host of the first entry only",
        {"cc_virtgpu@shared-picture-is-shown": ""},
        patch=True,
    ),
    Mutant(
        IMPORTERS,
        "virtgpu_shortens_entries",
        "virtio-gpu tells the host of half of each entry",
        {"cc_virtgpu@shared-picture-is-shown": ""},
        patch=True,
    ),
    Mutant(
        IMPORTERS,
        "virtgpu_swaps_entries",
        "virtio-gpu tells the host of the second entry first",
        {"cc_virtgpu@shared-picture-is-shown": "other page"},
        patch=True,
    ),
    Mutant(
        IMPORTERS,
        "virtgpu_unmaps_at_once",
        "virtio-gpu undoes a mapping as soon as it has it",
        {"cc_trace@map-lasts-as-long-as-the-import": "mappings undone"},
        patch=True,
    ),
    Mutant(
        IMPORTERS,
        "virtgpu_never_unmaps",
        "virtio-gpu detaches without unmapping",
        {"cc_trace@each-map-is-unmapped": ""},
        patch=True,
    ),
    Mutant(
        IMPORTERS,
        "virtgpu_never_detaches",
        "virtio-gpu never lets go of a buffer",
        {"cc_import@closed-file-lets-go": ""},
        patch=True,
    ),
    Mutant(
        IMPORTERS,
        "virtgpu_leaves_what_was_written",
        "what the host's GPU wrote stays in bounce memory",
        {"cc_virgl@own-buffer-has-what-the-gpu-wrote": "stale"},
        gpu="gl",
        patch=True,
    ),
    Mutant(
        IMPORTERS,
        "virtgpu_sends_old_bytes",
        "the host's GPU gets what bounce memory has",
        {"cc_virgl@own-edit-is-read-by-the-gpu": "what the GPU read"},
        gpu="gl",
        patch=True,
    ),
    Mutant(
        IMPORTERS,
        "virtgpu_forgets_the_rest",
        "what the host's GPU does not write comes back as bounce memory had it",
        {"cc_virgl@part-of-own-buffer-is-written": "stale"},
        gpu="gl",
        patch=True,
    ),
    Mutant(
        IMPORTERS,
        "vgem_forgets_fence",
        "vgem does not attach a fence",
        {"cc_vgem@write-fence-is-seen-by-poll": ""},
        patch=True,
    ),
    Mutant(
        IMPORTERS,
        "vgem_takes_write_for_read",
        "vgem attaches a writer's fence as a reader's",
        {"cc_vgem@write-fence-is-seen-by-poll": ""},
        patch=True,
    ),
    Mutant(
        IMPORTERS,
        "prime_forgets_handle",
        "a second import gives another handle",
        {"cc_vgem@two-imports-give-one-handle": ""},
        patch=True,
    ),
    Mutant(
        IMPORTERS,
        "prime_keeps_buffer",
        "an imported buffer is never freed",
        {"cc_import@closed-file-lets-go": ""},
        patch=True,
    ),
    Mutant(
        DMABUF,
        "begin_waits_for_nobody",
        "a begin of CPU access does not wait for fences",
        {"cc_sync@begin-waits-for-write-fence": ""},
        patch=True,
    ),
    Mutant(
        DMABUF,
        "begin_waits_for_writers_only",
        "a writer's begin does not wait for readers",
        {"cc_sync@begin-write-waits-for-read-fence": ""},
        patch=True,
    ),
    Mutant(
        DMABUF,
        "mmap_past_the_end",
        "a mapping may be longer than its buffer",
        {"cc_heap_mmap@mapping-past-the-end-is-refused": "expected -EINVAL"},
        patch=True,
    ),
    Mutant(
        DMABUF,
        "heap_takes_any_flag",
        "an allocation takes unknown heap flags",
        {"cc_heap_uapi@every-heap-flag-is-refused": ""},
        patch=True,
    ),
    Mutant(
        DMABUF,
        "heap_forgets_cloexec",
        "an allocation's file descriptor survives exec",
        {"cc_heap_uapi@close-on-exec-is-kept": ""},
        patch=True,
    ),
    Mutant(
        DMABUF,
        "heap_leaks_at_fault",
        "a buffer whose file descriptor cannot be told is lost",
        {"cc_heap_uapi@bad-pointer-leaves-nothing": ""},
        patch=True,
    ),
    Mutant(
        DMA,
        "realm_private_address",
        "a device is given the address of a shared page without the bit that says shared",
        {"cc_importer@cpu-finds-what-the-device-wrote": "address of a private page"},
        guest="cca",
        patch=True,
    ),
    Mutant(
        CONVERSION,
        "realm_keeps_ripas",
        "the realm's page tables say shared, and RIPAS is left as it was",
        {"cc_heap@ledger-says-shared": ""},
        guest="cca",
        patch=True,
    ),
    Mutant(
        CONVERSION,
        "realm_first_step_only",
        "a conversion ends with the first call, however far that got",
        {"cc_faults@postponed-conversions-succeed": ""},
        guest="cca",
        patch=True,
    ),
    Mutant(
        DRIVER,
        "page_to_phys",
        "the device is given the addresses of pages, not those of the mapping",
        {"cc_importer@private-is-right-with-sync": "device memory"},
        driver=True,
    ),
    Mutant(
        DRIVER,
        "vmap_page_kernel",
        "the driver copies through a mapping that says private",
        {"cc_importer@device-reads-what-the-cpu-wrote": "device memory"},
        driver=True,
    ),
    Mutant(
        DRIVER,
        "maps_once",
        "the device is given the addresses of the first mapping for ever",
        {"cc_importer@next-buffer-is-read": "device memory"},
        driver=True,
    ),
    Mutant(
        DRIVER,
        "ignores_direction",
        "every mapping is for the direction to the device",
        {"cc_importer@unmap-brings-what-the-device-wrote": "after the unmap"},
        driver=True,
    ),
    Mutant(
        DRIVER,
        "forgets_unmap",
        "a mapping is never undone",
        {"cc_importer@private-mapping-gives-back-bounce-memory": "slots of bounce memory"},
        driver=True,
    ),
    Mutant(
        DRIVER,
        "touches_after_unmap",
        "transfers go on after the unmap",
        {"cc_importer@calls-in-the-wrong-order-are-refused": "after the unmap is not refused"},
        driver=True,
    ),
    Mutant(
        DRIVER,
        "no_fence",
        "nobody sees that the device is at work",
        {"cc_importer@fence-stands-for-the-transfer": "not busy"},
        driver=True,
    ),
    Mutant(
        DRIVER,
        "ignores_fences",
        "the device does not wait for others",
        {"cc_importer@device-waits-for-the-buffers-fence": "did not wait"},
        driver=True,
    ),
)


@dataclass(frozen=True)
class CodeMutant:
    """A place in a file, what stands there instead, and the test that has to fail: meson's, or a module of unit tests."""

    name: str
    what: str
    file: str
    old: str
    new: str
    test: str


CODE_MUTANTS = (
    CodeMutant(
        "pattern_always_equal",
        "every word is what was expected",
        "lib/pattern.c",
        "if (found == expected || first.wrong_words++)",
        "if (found == found || first.wrong_words++)",
        "pattern",
    ),
    CodeMutant(
        "pattern_skips_last_word",
        "the last word is not looked at",
        "lib/pattern.c",
        "for (size_t i = 0; i < size / WORD_SIZE; i++) {",
        "for (size_t i = 0; i + 1 < size / WORD_SIZE; i++) {",
        "pattern",
    ),
    CodeMutant(
        "pattern_without_generation",
        "an older content passes for the new one",
        "lib/pattern.c",
        "(uint64_t)pattern->generation << GEN_SHIFT",
        "(uint64_t)(pattern->generation & 0) << GEN_SHIFT",
        "pattern",
    ),
    CodeMutant(
        "pattern_without_id",
        "one buffer passes for another",
        "lib/pattern.c",
        "(pattern->id & ID_MASK) << ID_SHIFT",
        "(pattern->id & 0ull) << ID_SHIFT",
        "pattern",
    ),
    CodeMutant(
        "pattern_without_page",
        "one page passes for another",
        "lib/pattern.c",
        "(index & INDEX_MASK);",
        "(index % (PATTERN_PAGE / WORD_SIZE));",
        "pattern",
    ),
    CodeMutant(
        "pattern_poison_is_zero",
        "poison is not told from other words",
        "lib/pattern.c",
        "if (poison && (found",
        "if (poison && !found && (found",
        "pattern",
    ),
    CodeMutant(
        "capture_always_equal",
        "a capture shows what was expected",
        "lib/capture-parse.c",
        "return word ? word | (expected & CCP_CAPTURE_UNUSED) : 0;",
        "return word ? expected : 0;",
        "capture",
    ),
    CodeMutant(
        "capture_black_is_equal",
        "a black capture shows what was expected",
        "lib/capture-parse.c",
        "return word ? word | (expected & CCP_CAPTURE_UNUSED) : 0;",
        "return word ? word | (expected & CCP_CAPTURE_UNUSED) : expected;",
        "capture",
    ),
    CodeMutant(
        "capture_pixel_without_row",
        "every row of a capture is the first one",
        "lib/capture-parse.c",
        "((size_t)y * capture->width + x)",
        "((size_t)(y * 0) * capture->width + x)",
        "capture",
    ),
    CodeMutant(
        "capture_pixel_without_blue",
        "a capture's pixels lack their blue",
        "lib/capture-parse.c",
        "(uint32_t)rgb[1] << 8 | rgb[2];",
        "(uint32_t)rgb[1] << 8;",
        "capture",
    ),
    CodeMutant(
        "capture_ends_early",
        "a capture that ends early is a whole one",
        "lib/capture-parse.c",
        "err = got ? (int)got : -EPROTO;",
        "err = (int)got;",
        "capture",
    ),
    CodeMutant(
        "hostview_other_plane",
        "the host view always reads the shared plane",
        "lib/hostview.c",
        "call(view, CCP_HV_COPY, plane, (uintptr_t)(from + done),",
        "call(view, CCP_HV_COPY, plane | CCP_HV_SHARED, (uintptr_t)(from + done),",
        "hostview",
    ),
    CodeMutant(
        "hostview_reads_nothing",
        "the host view leaves what is there: it always equals",
        "lib/hostview.c",
        "(uintptr_t)(to + done), piece);",
        "(uintptr_t)(to + done), piece & 0);",
        "hostview",
    ),
    CodeMutant(
        "hostview_first_page",
        "the host view reads the first piece again and again",
        "lib/hostview.c",
        "(uintptr_t)(from + done),",
        "(uintptr_t)from,",
        "hostview",
    ),
    CodeMutant(
        "hostview_first_state",
        "the states begin anew with each piece",
        "lib/hostview.c",
        "(uintptr_t)(from + done * CCP_HV_PAGE_SIZE)",
        "(uintptr_t)from",
        "hostview",
    ),
    CodeMutant(
        "ledger_forgets_redundant",
        "conversions that change nothing are not counted",
        "lib/hostview.c",
        "now->redundant[to] - mark->redundant[to];",
        "now->redundant[to] - now->redundant[to];",
        "hostview",
    ),
    CodeMutant(
        "judge_takes_failures",
        "a test that fails counts as passed",
        "host/verdict/outcomes.py",
        "    return Outcome(name, FAILED, word, why)\n",
        "    return Outcome(name, PASSED, word, why)\n",
        "tests.test_outcomes",
    ),
    CodeMutant(
        "judge_takes_skips",
        "a test that skips where it should not counts as skipped",
        "host/verdict/outcomes.py",
        '        if end != "skip":\n',
        "        if end == name:\n",
        "tests.test_outcomes",
    ),
    CodeMutant(
        "judge_forgets_missing",
        "a test without a result is not missed",
        "host/verdict/outcomes.py",
        "(folded | missing).items()",
        "folded.items()",
        "tests.test_outcomes",
    ),
    CodeMutant(
        "violations_unseen",
        "accesses in the wrong plane are all known",
        "host/verdict/violations.py",
        "if counts[item.function] > known.get(item.function, 0)",
        "if counts[item.function] < 0",
        "tests.test_violations",
    ),
)


def names_in_sources():
    """The names of all mutants that the module, the patches and the driver have."""
    header = (FOLDER / "mutants.h").read_text(encoding="utf-8")
    found = re.findall(r"^\tM\((\w+)\)", header, re.MULTILINE)
    for path in sorted((FOLDER / "patches").glob("*.patch")):
        found += re.findall(r'ccprime_mutant\("(\w+)"\)', path.read_text(encoding="utf-8"))
    for path in sorted(DRIVER_FOLDER.glob("*.c")):
        found += re.findall(r'edu_mistake\("(\w+)"\)', path.read_text(encoding="utf-8"))
    return set(found) - {CONTROL}

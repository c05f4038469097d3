# SPDX-License-Identifier: MIT
"""The kinds of virtio-gpu: one entry each."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Gpu:
    """A virtio-gpu that a guest of any kind may have."""

    name: str
    # QEMU's device, and the display that it draws on.
    device: str
    display: str = "none"
    # What the display wants in QEMU's environment.
    environ: dict[str, str] = field(default_factory=dict)
    # Whether it is a window, for which there has to be an X server; else QEMU itself tells what it shows.
    window: bool = False
    # The guest's Vulkan driver: NAME_icd.json of Mesa.
    vulkan: str = "lvp"


# A display with GL that works without a GPU: what there is to see is in a window of an X server without a screen.
WINDOW = {
    "display": "sdl,gl=on",
    "environ": {
        "SDL_VIDEODRIVER": "x11",
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "VK_DRIVER_FILES": "/usr/share/vulkan/icd.d/lvp_icd.json",
    },
    "window": True,
}

GPUS = {
    gpu.name: gpu
    for gpu in (
        Gpu("blob", "virtio-gpu-pci,blob=on"),
        Gpu("plain", "virtio-gpu-pci"),
        Gpu("gl", "virtio-gpu-gl-pci,blob=on", **WINDOW),
        # Vulkan by way of the host, whose driver is a part of its CPU, too.
        Gpu("venus", "virtio-gpu-gl-pci,blob=on,hostmem=512M,venus=on", **WINDOW, vulkan="virtio"),
    )
}

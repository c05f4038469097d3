# SPDX-License-Identifier: MIT
import unittest

from arches import X86
from kernels import package
from problem import Problem


def module(*names):
    return b"\x7fELF\0license=GPL\0depends=" + ",".join(names).encode() + b"\0name=x\0"


class Modules(unittest.TestCase):
    def test_dependencies(self):
        self.assertEqual(package.dependencies(module()), [])
        self.assertEqual(
            package.dependencies(module("drm", "virtio-dma-buf")), ["drm", "virtio_dma_buf"]
        )
        self.assertEqual(package.dependencies(b"\x7fELF"), [])

    def test_order(self):
        modules = {
            "gpu": module("shmem", "helper"),
            "shmem": module("helper", "drm"),
            "helper": module("drm"),
            "drm": module(),
            "vgem": module("shmem"),
        }
        order = package.load_order(["gpu", "vgem"], modules.__getitem__)
        self.assertEqual(order, ["drm", "helper", "shmem", "gpu", "vgem"])


class Release(unittest.TestCase):
    NAMES = ("linux-headers-7.3.4+deb13-amd64", "linux-headers-7.3.4+deb13-common")

    def test_found(self):
        flavours = ("linux-headers-7.3.4+deb13-rt-amd64", "linux-headers-7.3.4+deb13-cloud-amd64")
        self.assertEqual(package.find_release([*self.NAMES, *flavours], X86), "7.3.4+deb13-amd64")

    def test_none_or_several(self):
        for names in ((), (*self.NAMES, "linux-headers-7.3.5+deb13-amd64")):
            with self.subTest(names), self.assertRaisesRegex(Problem, "not 1"):
                package.find_release(names, X86)

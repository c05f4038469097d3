# SPDX-License-Identifier: MIT
import unittest

from kernels import stock
from problem import Problem


def module(*names):
    return b"\x7fELF\0license=GPL\0depends=" + ",".join(names).encode() + b"\0name=x\0"


class Modules(unittest.TestCase):
    def test_dependencies(self):
        self.assertEqual(stock.dependencies(module()), [])
        self.assertEqual(
            stock.dependencies(module("drm", "virtio-dma-buf")), ["drm", "virtio_dma_buf"]
        )
        self.assertEqual(stock.dependencies(b"\x7fELF"), [])

    def test_order(self):
        modules = {
            "gpu": module("shmem", "helper"),
            "shmem": module("helper", "drm"),
            "helper": module("drm"),
            "drm": module(),
            "vgem": module("shmem"),
        }
        order = stock.load_order(["gpu", "vgem"], modules.__getitem__)
        self.assertEqual(order, ["drm", "helper", "shmem", "gpu", "vgem"])


class Release(unittest.TestCase):
    NAMES = ("linux-headers-7.3.4+deb13-amd64", "linux-headers-7.3.4+deb13-common")

    def test_found(self):
        flavours = ("linux-headers-7.3.4+deb13-rt-amd64", "linux-headers-7.3.4+deb13-cloud-amd64")
        self.assertEqual(stock.find_release([*self.NAMES, *flavours]), "7.3.4+deb13-amd64")

    def test_none_or_several(self):
        for names in ((), (*self.NAMES, "linux-headers-7.3.5+deb13-amd64")):
            with self.subTest(names), self.assertRaisesRegex(Problem, "not 1"):
                stock.find_release(names)

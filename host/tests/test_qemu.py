# SPDX-License-Identifier: MIT
import base64
import dataclasses
import tempfile
import unittest
from pathlib import Path

from kernels import config
from machine import boot, guests, qemu
from problem import Problem
from project import SOURCE


def job(name="none", **fields):
    values = {
        "guest": guests.GUESTS[name],
        "kernel": Path("/k"),
        "initramfs": Path("/i"),
        "monitor": Path("/m") if guests.GUESTS[name].mode else None,
        "preload": Path("/p"),
        "results": Path("/r"),
        "run": "tests",
    }
    return qemu.Job(**(values | fields))


def value(options, name):
    return options[options.index(name) + 1]


class Version(unittest.TestCase):
    def test_versions(self):
        self.assertEqual(qemu.version("QEMU emulator version 11.1.3 (Debian 1:11)\nC"), (11, 1))
        self.assertEqual(qemu.version("QEMU emulator version 7.2.22"), (7, 2))

    def test_too_old(self):
        for text in ("QEMU emulator version 7.1.0", "QEMU emulator version 5.2"):
            with self.subTest(text), self.assertRaisesRegex(Problem, "too old: 7.2"):
                qemu.version(text)

    def test_junk(self):
        for text in ("", "bash: not found", "QEMU emulator version x"):
            with self.subTest(text), self.assertRaises(Problem):
                qemu.version(text)


class CommandLine(unittest.TestCase):
    def test_plain_guest(self):
        options = qemu.options(job(), 3, 4, 5)
        self.assertEqual(value(options, "-kernel"), boot.KERNEL)
        self.assertEqual(value(options, "-initrd"), boot.INITRAMFS)
        self.assertIn("ccprime.run=tests", value(options, "-append"))
        self.assertIn("ccprime.patience=1", value(options, "-append"))
        self.assertIn(f"mem={config.PLAIN.ram}", value(options, "-append"))

    def test_variant(self):
        for name, variant, expected in (
            ("tdx", guests.Variant(), f"mode=tdx ram={config.PLAIN.ram} strict"),
            ("tdx", guests.Variant(strict=False), f"mode=tdx ram={config.PLAIN.ram}"),
            ("sev", guests.Variant(strict=True), f"mode=sev ram={config.PLAIN.ram} strict"),
            ("sev", guests.Variant(flavour=config.DEBUG), f"mode=sev ram={config.DEBUG.ram}"),
            ("sev", guests.Variant(fill="old"), f"mode=sev ram={config.PLAIN.ram} fill=old"),
        ):
            with self.subTest(expected):
                options = qemu.options(job(name, variant=variant), 3, 4, 5)
                self.assertEqual(value(options, "-append"), expected)
        options = qemu.options(job(variant=guests.Variant(cpus=1)), 3, 4, 5)
        self.assertEqual(value(options, "-smp"), "1")
        self.assertEqual(value(options, "-accel"), "tcg,thread=single")
        self.assertEqual(value(qemu.options(job(), 3, 4, 5), "-smp"), "2")

    def test_gpus(self):
        for name, device, display in (
            ("blob", "virtio-gpu-pci,blob=on,disable-legacy=on", "none"),
            ("plain", "virtio-gpu-pci,disable-legacy=on", "none"),
            ("gl", "virtio-gpu-gl-pci,blob=on,disable-legacy=on", "sdl,gl=on"),
            ("venus", "virtio-gpu-gl-pci,blob=on,hostmem=512M,venus=on", "sdl,gl=on"),
        ):
            with self.subTest(name):
                options = qemu.options(job(variant=guests.Variant(gpu=name)), 3, 4, 5)
                found = [word for word in options if word.startswith("virtio-gpu")]
                self.assertEqual(len(found), 1)
                self.assertTrue(found[0].startswith(device))
                self.assertEqual(value(options, "-display"), display)

    def test_monitor_gets_the_kernel_as_a_module(self):
        options = qemu.options(job("sev"), 3, 4, 5)
        self.assertEqual(value(options, "-kernel"), boot.MONITOR)
        self.assertEqual(value(options, "-append"), f"mode=sev ram={config.PLAIN.ram}")
        kernel, initramfs = value(options, "-initrd").rsplit(",", 1)
        self.assertTrue(kernel.startswith(f"{boot.KERNEL} console=ttyS0 "))
        self.assertEqual(initramfs, boot.INITRAMFS)

    def test_monitor_finds_the_kernel_in_memory(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(bytes(4097))
            file.flush()
            options = qemu.options(job("cca", initramfs=Path(file.name)), 3, 4, 5)
        self.assertEqual(value(options, "-kernel"), boot.MONITOR)
        self.assertTrue(value(options, "-append").endswith(" initrd=0x48000000,4097"))
        words = f"name=opt/ccprime/options,string=mode=cca ram={config.PLAIN.ram} strict"
        self.assertEqual(value(options, "-fw_cfg"), words)
        loaders = [word for word in options if word.startswith("loader,")]
        addresses = [word.split(",")[2] for word in loaders]
        self.assertEqual(addresses, ["addr=0x80200000", "addr=0x88000000"])
        layout = (SOURCE / "guest/monitor/arm64/layout.h").read_text()
        for name in ("GUEST_KERNEL", "GUEST_INITRAMFS"):
            self.assertRegex(layout, rf"{name}\s+{getattr(boot, name):#x}ul")

    def test_comma_for_the_monitor_is_doubled(self):
        guest = dataclasses.replace(guests.GUESTS["sev"], cmdline="a=1,2")
        modules = value(qemu.boot_options(job("sev", guest=guest)), "-initrd")
        self.assertIn(" a=1,,2 ", modules)

    def test_both_have_the_same_devices(self):
        def devices(options):
            return [options[i + 1] for i, word in enumerate(options) if word == "-device"]

        plain, sev = (qemu.options(job(name), 3, 4, 5) for name in ("none", "sev"))
        self.assertEqual(devices(plain), devices(sev))
        for device in devices(sev):
            if "-pci" in device:
                self.assertIn("disable-legacy=on,iommu_platform=on", device)

    def test_shares(self):
        shares = [word for word in qemu.options(job(), 3, 4, 5) if word.startswith("local,")]
        self.assertEqual(
            shares,
            [
                f"local,id=results,path={qemu.RESULTS},security_model=none",
                f"local,id=usr,path={qemu.USR},security_model=none,readonly=on",
            ],
        )

    def test_inherited_sockets(self):
        chardevs = [word for word in qemu.options(job(), 3, 4, 5) if word.startswith("socket,")]
        self.assertEqual(
            sorted(chardevs),
            ["socket,id=control,fd=4", "socket,id=qmp,fd=5", "socket,id=serial,fd=3"],
        )

    def test_tests_travel_as_base64(self):
        pattern = "cc_heap@.*, 'x y' \\d"
        line = qemu.cmdline(job(tests=pattern))
        word = next(word for word in line.split() if word.startswith("ccprime.tests="))
        self.assertEqual(base64.b64decode(word.partition("=")[2]).decode(), pattern)
        self.assertNotIn("ccprime.tests", qemu.cmdline(job()))

    def test_the_users_words_are_last(self):
        chosen = guests.Variant(cmdline="swiotlb=force a=1")
        self.assertTrue(qemu.cmdline(job(variant=chosen)).endswith(" swiotlb=force a=1"))

    def test_too_many_tests(self):
        with self.assertRaisesRegex(Problem, "--tests"):
            qemu.cmdline(job(tests="x" * 2000))


class Binds(unittest.TestCase):
    def test_only_results_are_writable(self):
        read, write = qemu.binds(job("sev"))
        self.assertEqual(write, [(Path("/r"), qemu.RESULTS)])
        self.assertIn((Path("/m"), boot.MONITOR), read)

    def test_plain_guest_has_no_monitor(self):
        read, _ = qemu.binds(job())
        self.assertNotIn(boot.MONITOR, [target for _, target in read])

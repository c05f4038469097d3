# SPDX-License-Identifier: MIT
import os
import random
import signal
import string
import tempfile
import unittest
from pathlib import Path

from machine.supervisor import (
    KILLED,
    LINE_MAX,
    Lines,
    Request,
    killed,
    last_words,
    parse_request,
    read_guests,
    save,
    was_terminated,
)


class Killed(unittest.TestCase):
    def test_signals(self):
        self.assertEqual(killed(0, ["qemu: bye"]), "")
        self.assertEqual(killed(1, []), "")
        self.assertEqual(killed(-signal.SIGSEGV, []), "QEMU was ended by SIGSEGV")
        for status, said in ((-signal.SIGKILL, []), (1, ["x", f"{KILLED}: y"])):
            self.assertRegex(killed(status, said), "by SIGKILL; memory may be short")


class ParseRequest(unittest.TestCase):
    def test_requests(self):
        cases = {
            b"ready": Request("ready", ""),
            b"capture stub-1": Request("capture", "stub-1"),
            b"capture stub-1 bochs-drm": Request("capture", "stub-1 bochs-drm"),
            b"wake on": Request("wake", "on"),
            b"wake off": Request("wake", "off"),
            b"capture " + b"a" * 63: Request("capture", "a" * 63),
            b"done 0": Request("done", "0"),
            b"done 255": Request("done", "255"),
        }
        for line, request in cases.items():
            with self.subTest(line):
                self.assertEqual(parse_request(line), request)

    def test_junk(self):
        for line in (
            b"",
            b"ready ",
            b" ready",
            b"ready\r",
            b"READY",
            b"capture",
            b"capture ",
            b"capture a b c",
            b"capture a ../b",
            b"capture A",
            b"capture ../x",
            b"capture a/b",
            b"capture .",
            b"capture a\0",
            b"capture a\n",
            b"capture " + b"a" * 64,
            b"done",
            b"wake",
            b"wake up",
            b"done -1",
            b"done 1000",
            b"done \xb2",
            b"\xff\xfe",
        ):
            with self.subTest(line), self.assertRaises(ValueError):
                parse_request(line)

    def test_random_lines(self):
        rand = random.Random(2)
        words = [
            b"ready",
            b"capture",
            b"wake",
            b"on",
            b"done",
            b" ",
            b"a",
            b"-",
            b"7",
            b"/",
            b"\0",
            b"\xff",
            b".",
        ]
        name = set(string.ascii_lowercase + string.digits + "-")
        display = name | set(string.ascii_uppercase + "_")
        for _ in range(20000):
            line = b"".join(rand.choice(words) for _ in range(rand.randint(0, 6)))
            try:
                request = parse_request(line)
            except ValueError:
                continue
            self.assertIn(request.verb, ("ready", "capture", "wake", "done"))
            first, _, second = request.argument.partition(" ")
            self.assertLessEqual(set(first), name)
            self.assertLessEqual(set(second), display)


class LinesTest(unittest.TestCase):
    def test_pieces(self):
        lines = Lines()
        self.assertEqual(lines.feed(b"rea"), [])
        self.assertEqual(lines.feed(b"dy\ndone 0\nx"), [b"ready", b"done 0"])
        self.assertEqual(lines.feed(b"\n\n"), [b"x", b""])

    def test_long_line_does_not_grow(self):
        lines = Lines()
        for _ in range(1000):
            self.assertEqual(lines.feed(b"a" * 1000), [])
            self.assertLessEqual(len(lines.line), LINE_MAX + 1)
        (line, after) = lines.feed(b"\nready\n")
        self.assertEqual(len(line), LINE_MAX + 1)
        self.assertEqual(after, b"ready")

    def test_cuts_do_not_matter(self):
        rand = random.Random(3)
        data = b"\n".join(b"x" * rand.choice((0, 1, 50, 200, 201, 400)) for _ in range(200))
        whole = Lines().feed(data)
        pieces, lines = [], Lines()
        while data:
            size = rand.randint(1, 300)
            pieces += lines.feed(data[:size])
            data = data[size:]
        self.assertEqual(pieces, whole)


class InFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)


class LastWords(InFolder):
    def words(self, guest="", monitor=""):
        (self.folder / "guest.log").write_text(guest)
        (self.folder / "monitor.log").write_text(monitor)
        return last_words(self.folder)

    def test_monitor_knows_best(self):
        found = self.words(
            "Kernel panic - not syncing: x", "monitor: up\nmonitor: fatal: SHUTDOWN\n"
        )
        self.assertEqual(found, "monitor: fatal: SHUTDOWN")

    def test_termination(self):
        said = "monitor: terminated: by the guest, reason 1:2\n"
        self.assertEqual(self.words("Kernel panic - not syncing: x", said), said.strip())
        self.assertTrue(was_terminated(self.folder))
        self.words("Kernel panic - not syncing: x", "monitor: fatal: terminated\n")
        self.assertFalse(was_terminated(self.folder))
        self.assertFalse(was_terminated(self.folder / "elsewhere"))

    def test_panic(self):
        guest = (
            "[1.0] BUG: bad page\r\n[1.1] Kernel panic - not syncing: sysrq\r\n[1.2] ---[ end\r\n"
        )
        self.assertEqual(self.words(guest), "Kernel panic - not syncing: sysrq")

    def test_bug_explains_the_panic(self):
        guest = "kernel BUG at a.c:5!\r\nKernel panic - not syncing: Fatal exception\r\n"
        self.assertEqual(self.words(guest), "kernel BUG at a.c:5!")

    def test_nothing(self):
        self.assertIsNone(self.words("all is well\n"))
        self.assertIsNone(last_words(self.folder / "elsewhere"))


class ReadGuests(InFolder):
    def test_only_plain_files(self):
        plain = self.folder / "out.txt"
        plain.write_bytes(b"Subtest x: FAIL\xff")
        self.assertTrue(read_guests(plain).startswith("Subtest x: FAIL"))
        (self.folder / "link").symlink_to(plain)
        os.mkfifo(self.folder / "fifo")
        for name in ("link", "fifo", "none"):
            self.assertEqual(read_guests(self.folder / name), "")


class Save(InFolder):
    def setUp(self):
        super().setUp()
        self.folder_fd = os.open(self.folder, os.O_DIRECTORY)
        self.addCleanup(os.close, self.folder_fd)

    def test_replaces(self):
        path = self.folder / "a.png"
        save(self.folder_fd, "a.png", b"one")
        save(self.folder_fd, "a.png", b"two")
        self.assertEqual(path.read_bytes(), b"two")
        self.assertEqual([item.name for item in self.folder.iterdir()], ["a.png"])

    def test_follows_no_link(self):
        victim = self.folder / "victim"
        victim.write_bytes(b"mine")
        for name in ("a.png", ".a.png.partial"):
            (self.folder / name).symlink_to(victim)
        save(self.folder_fd, "a.png", b"picture")
        self.assertEqual(victim.read_bytes(), b"mine")
        self.assertFalse((self.folder / "a.png").is_symlink())

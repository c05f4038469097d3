# SPDX-License-Identifier: MIT
"""
An X server without a screen, for a QEMU that draws with GL, and what its window shows. Requests and replies: X Window
System Protocol, version 11, appendix B.
"""

import contextlib
import os
import select
import socket
import struct
import time
from dataclasses import dataclass

from machine.picture import SIDE_MAX, Picture
from problem import GuestProblem
from workshop.process import Process

# Larger than what any guest shows, so that all of its window is on it.
SCREEN = "1280x1024x24"
# Where the server writes in the root.
LOG = "/run/ccprime/display.log"
# Seconds.
START_LIMIT = 30
ANSWER_LIMIT = 20

GET_WINDOW_ATTRIBUTES, GET_GEOMETRY, QUERY_TREE, GET_IMAGE = 3, 14, 15, 73
VIEWABLE = 2
Z_PIXMAP = 2
ALL_PLANES = 0xFFFFFFFF


@dataclass(frozen=True)
class Reply:
    """A reply: its 32 bytes, and those behind them."""

    head: bytes
    rest: bytes


class Client:
    """A connection to an X server, as much as a picture of its only window needs."""

    def __init__(self, sock):
        self.sock = sock
        sock.settimeout(ANSWER_LIMIT)
        self._send(struct.pack("<BxHHHHxx", ord("l"), 11, 0, 0, 0))
        self.root = self._first_screen()

    def picture(self):
        """What the one window shows that can be seen."""
        window = self._window()
        geometry = self._request(GET_GEOMETRY, 0, struct.pack("<I", window))
        width, height = struct.unpack_from("<HH", geometry.head, 16)
        if not 0 < width <= SIDE_MAX or not 0 < height <= SIDE_MAX:
            raise GuestProblem(f"a window of {width}x{height}")
        area = struct.pack("<IhhHHI", window, 0, 0, width, height, ALL_PLANES)
        image = self._request(GET_IMAGE, Z_PIXMAP, area)
        if len(image.rest) != width * height * 4:
            raise GuestProblem(f"{len(image.rest)} bytes for a window of {width}x{height}")
        return Picture(width, height, rgb(image.rest))

    def _window(self):
        tree = self._request(QUERY_TREE, 0, struct.pack("<I", self.root))
        (count,) = struct.unpack_from("<H", tree.head, 16)
        windows = struct.unpack_from(f"<{count}I", tree.rest)
        seen = [window for window in windows if self._map_state(window) == VIEWABLE]
        if len(seen) != 1:
            raise GuestProblem(f"{len(seen)} windows can be seen, not one")
        return seen[0]

    def _map_state(self, window):
        attributes = self._request(GET_WINDOW_ATTRIBUTES, 0, struct.pack("<I", window))
        return attributes.head[26]

    def _first_screen(self):
        """The root window of the first screen, from the answer to the connection's set-up."""
        head = self._receive(8)
        body = self._receive(struct.unpack_from("<H", head, 6)[0] * 4)
        if head[0] != 1:
            raise GuestProblem("the X server refuses the connection")
        vendor, formats = struct.unpack_from("<H", body, 16)[0], body[21]
        screens = 32 + (vendor + 3) // 4 * 4 + 8 * formats
        return struct.unpack_from("<I", body, screens)[0]

    def _request(self, opcode, detail, data):
        self._send(struct.pack("<BBH", opcode, detail, 1 + len(data) // 4) + data)
        head = self._receive(32)
        while head[0] > 1:  # an event, which nobody asked for
            head = self._receive(32)
        if head[0] != 1:
            raise GuestProblem(f"the X server refuses request {opcode}: error {head[1]}")
        return Reply(head, self._receive(struct.unpack_from("<I", head, 4)[0] * 4))

    def _send(self, data):
        try:
            self.sock.sendall(data)
        except OSError as error:
            raise GuestProblem(f"the X server does not listen: {error}") from error

    def _receive(self, size):
        data = bytearray()
        while len(data) < size:
            try:
                more = self.sock.recv(size - len(data))
            except OSError as error:
                raise GuestProblem(f"the X server does not answer: {error}") from error
            if not more:
                raise GuestProblem("the X server ended in the middle of an answer")
            data += more
        return bytes(data)


def rgb(pixels):
    """Red, green and blue of pixels that are blue, green, red and a byte of nothing."""
    colours = bytearray(len(pixels) // 4 * 3)
    for colour in range(3):
        colours[colour::3] = pixels[2 - colour :: 4]
    return bytes(colours)


class Display:
    """A running X server of our own, and a connection to it. To be used in a with statement."""

    def __init__(self, root, log):
        self.root = root
        # Where the server's own words go.
        self.log = log

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.number = self._start(stack)
            sock = stack.enter_context(socket.socket(socket.AF_UNIX))
            # Abstract: the server has a /tmp of its own.
            sock.connect(f"\0/tmp/.X11-unix/X{self.number}")
            self.client = Client(sock)
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self.stack.close()

    def _start(self, stack):
        """Starts the server; returns its number, which it chooses, and tells when it is ready."""
        ours, theirs = os.pipe()
        try:
            # Not Xvfb's own words: nobody reads them while it runs, and a full pipe would stop it.
            xvfb = f"exec Xvfb -displayfd {theirs} -screen 0 {SCREEN} >{LOG} 2>&1"
            argv = self.root.argv(["sh", "-c", xvfb], write=[(self.log, LOG)])
            stack.enter_context(Process(argv, pass_fds=[theirs]))
        finally:
            os.close(theirs)
        with open(ours, "rb", buffering=0) as pipe:
            return self._number(pipe)

    def _number(self, pipe):
        said = b""
        deadline = time.monotonic() + START_LIMIT
        while not said.endswith(b"\n"):
            readable, _, _ = select.select([pipe], [], [], max(0, deadline - time.monotonic()))
            data = pipe.read(16) if readable else b""
            if not data:
                raise GuestProblem(f"display: Xvfb does not start; see {self.log}")
            said += data
        return int(said)

    def picture(self):
        """What QEMU's window shows."""
        return self.client.picture()

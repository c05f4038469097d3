# SPDX-License-Identifier: MIT
import socket
import struct
import threading
import unittest

from machine.display import (
    GET_GEOMETRY,
    GET_IMAGE,
    GET_WINDOW_ATTRIBUTES,
    QUERY_TREE,
    Client,
    rgb,
)
from machine.picture import Picture
from problem import GuestProblem

ROOT = 0x21F
WINDOW = 0x400001
VIEWABLE, UNMAPPED = 2, 0

# Vendor "test", one pixmap format, one screen, of which only its root window counts.
SETUP = b"".join(
    (
        struct.pack("<16xHxxBB10x", 4, 1, 1),
        b"test",
        bytes(8),
        struct.pack("<I36x", ROOT),
    )
)


def reply(fields, rest=b""):
    """A reply with these bytes from the eighth on."""
    head = struct.pack("<BxxxI", 1, len(rest) // 4) + fields
    return head.ljust(32, b"\0") + rest


class Server:
    """Answers requests by their opcode; an answer that is a list is used up, one a request."""

    def __init__(self, answers, setup=None):
        self.answers = answers
        self.setup = setup or struct.pack("<BxHHH", 1, 11, 0, len(SETUP) // 4) + SETUP
        self.sock, theirs = socket.socketpair()
        self.thread = threading.Thread(target=self.serve, args=(theirs,))
        self.thread.start()

    def serve(self, sock):
        with sock, sock.makefile("rb") as stream:
            stream.read(12)
            sock.sendall(self.setup)
            while header := stream.read(4):
                opcode, _, words = struct.unpack("<BBH", header)
                stream.read(words * 4 - 4)
                answer = self.answers[opcode]
                sock.sendall(answer.pop(0) if isinstance(answer, list) else answer)
                if answer == b"":
                    return


def attributes(state):
    return reply(bytes(18) + bytes([state]))


def answers(**changes):
    """Those of a server with a window of 2x1 pixels, and changes by name."""
    usual = {
        "tree": reply(struct.pack("<IIH", ROOT, 0, 1), struct.pack("<I", WINDOW)),
        "attributes": attributes(VIEWABLE),
        "geometry": reply(struct.pack("<IhhHH", ROOT, 0, 0, 2, 1)),
        "image": reply(b"", bytes((3, 2, 1, 0, 6, 5, 4, 0))),
    }
    opcodes = {
        "tree": QUERY_TREE,
        "attributes": GET_WINDOW_ATTRIBUTES,
        "geometry": GET_GEOMETRY,
        "image": GET_IMAGE,
    }
    return {opcodes[name]: answer for name, answer in (usual | changes).items()}


class Pictures(unittest.TestCase):
    def picture(self, answers, setup=None):
        server = Server(answers, setup)
        try:
            with server.sock:
                return Client(server.sock).picture()
        finally:
            server.thread.join()

    def refused(self, message, **changes):
        with self.assertRaisesRegex(GuestProblem, message):
            self.picture(answers(**changes))

    def test_the_only_window(self):
        self.assertEqual(self.picture(answers()), Picture(2, 1, bytes((1, 2, 3, 4, 5, 6))))

    def test_the_only_one_that_can_be_seen(self):
        tree = reply(struct.pack("<IIH", ROOT, 0, 2), struct.pack("<II", 7, WINDOW))
        states = [attributes(UNMAPPED), attributes(VIEWABLE)]
        self.assertEqual(self.picture(answers(tree=tree, attributes=states)).width, 2)

    def test_no_window(self):
        self.refused("0 windows can be seen", tree=reply(struct.pack("<IIH", ROOT, 0, 0)))
        self.refused("0 windows can be seen", attributes=attributes(UNMAPPED))

    def test_several_windows(self):
        tree = reply(struct.pack("<IIH", ROOT, 0, 2), struct.pack("<II", 7, WINDOW))
        self.refused("2 windows can be seen", tree=tree)

    def test_sizes(self):
        self.refused("a window of 0x1", geometry=reply(struct.pack("<IhhHH", ROOT, 0, 0, 0, 1)))
        self.refused(
            "8 bytes for a window", geometry=reply(struct.pack("<IhhHH", ROOT, 0, 0, 3, 1))
        )

    def test_errors(self):
        self.refused("refuses request 73: error 8", image=bytes((0, 8)).ljust(32, b"\0"))
        self.refused("ended in the middle", image=b"")

    def test_refused_connection(self):
        setup = struct.pack("<BxHHH", 0, 11, 0, 0)
        with self.assertRaisesRegex(GuestProblem, "refuses the connection"):
            self.picture(answers(), setup)


class Colours(unittest.TestCase):
    def test_order(self):
        self.assertEqual(rgb(bytes((1, 2, 3, 99, 4, 5, 6, 99))), bytes((3, 2, 1, 6, 5, 4)))


if __name__ == "__main__":
    unittest.main()

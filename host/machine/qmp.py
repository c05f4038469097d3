# SPDX-License-Identifier: MIT
"""The QEMU machine protocol, as much as a screendump needs."""

import json

from problem import GuestProblem

TIMEOUT = 20
LINE_MAX = 1 << 20


class Qmp:
    """A client on a connected socket."""

    def __init__(self, sock):
        self.sock = sock
        self.sock.settimeout(TIMEOUT)
        self.buffer = b""
        self.ready = False

    def execute(self, command, **arguments):
        """Runs a command; returns its result or raises GuestProblem."""
        if not self.ready:
            self._message()  # the greeting
            self.ready = True
            self.execute("qmp_capabilities")
        self._send({"execute": command, "arguments": arguments})
        while True:
            message = self._message()
            if "error" in message:
                raise GuestProblem(f"QEMU refused {command}: {message['error'].get('desc')}")
            if "return" in message:
                return message["return"]

    def _send(self, message):
        try:
            self.sock.sendall(json.dumps(message).encode() + b"\n")
        except OSError as error:
            raise GuestProblem(f"QEMU does not listen: {error}") from error

    def _message(self):
        while b"\n" not in self.buffer:
            try:
                data = self.sock.recv(65536)
            except OSError as error:
                raise GuestProblem(f"QEMU does not answer: {error}") from error
            if not data or len(self.buffer) > LINE_MAX:
                raise GuestProblem("QEMU ended in the middle of an answer")
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        try:
            message = json.loads(line)
        except ValueError as error:
            raise GuestProblem(f"QEMU said {line[:60]!r}") from error
        if not isinstance(message, dict):
            raise GuestProblem(f"QEMU said {line[:60]!r}")
        return message

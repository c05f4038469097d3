# SPDX-License-Identifier: MIT
"""Supervises a running guest: its console, what it asks over the control port, time limits, how it ends."""

import contextlib
import dataclasses
import os
import re
import selectors
import signal
import socket
import stat
import sys
import time
from dataclasses import dataclass, field

from machine import display, picture, qemu
from machine.gpus import GPUS
from machine.qmp import Qmp
from problem import GuestProblem
from verdict import layout
from workshop.process import Process

LINE_MAX = 200
CAPTURES_MAX = 1000
QEMU_WORDS_KEPT = 65536
# Ends an interactive guest: Ctrl-].
ESCAPE = b"\x1d"

# What a dying kernel or monitor says, in the order of how well it explains the end.
LAST_WORDS = (
    (layout.MONITOR_LOG, r"monitor: terminated: .*"),
    (layout.MONITOR_LOG, r"monitor: fatal: .*"),
    (layout.GUEST_LOG, r"kernel BUG at .*"),
    (layout.GUEST_LOG, r"Kernel panic - .*"),
    (layout.GUEST_LOG, r"(?:BUG|Oops|general protection fault|PANIC): .*"),
)


# Last words -> what to do about them.
HINTS = (
    (r"mem_encrypt_amd\.c", "the kernel needs CONFIG_MTRR and CONFIG_X86_PAT"),
    (r"VFS: Unable to mount root fs", "the kernel needs CONFIG_BLK_DEV_INITRD"),
)


@dataclass(frozen=True)
class Limits:
    """Seconds. None: no limit."""

    boot: float = 180
    # Without a byte from the guest. igt_runner's limit for one test is below it.
    silence: float | None = 120
    total: float | None = 1800
    # From `done` to the end of the machine.
    poweroff: float = 10

    def times(self, factor):
        """The same for a guest that needs more time."""
        values = {
            name: value and value * factor for name, value in dataclasses.asdict(self).items()
        }
        return Limits(**values)


TESTS = Limits()
INTERACTIVE = Limits(silence=None, total=None)


@dataclass
class Report:
    """What is known about a guest's run."""

    boot_seconds: float | None = None
    # Processor time of QEMU until then.
    boot_cpu_seconds: float = 0
    # Exit status of what init ran; None: it did not end.
    status: int | None = None
    captures: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Request:
    """A line of the control port: ready, capture NAME [DISPLAY], wake on|off, done STATUS."""

    verb: str
    argument: str


REQUEST = re.compile(
    rb"(ready)()|(capture) ([a-z0-9-]{1,63}(?: [\w-]{1,31})?)|(wake) (on|off)|(done) (\d{1,3})"
)
# What wakes a guest that sleeps: a byte on its serial port, again after so many seconds.
WAKER = b"\n"
WAKE_SECONDS = 1


def parse_request(line):
    """The request in a line without its newline; raises ValueError where it is none."""
    match = REQUEST.fullmatch(line)
    if not match:
        raise ValueError(f"no request: {line[:40]!r}")
    verb, argument = (group.decode() for group in match.groups() if group is not None)
    return Request(verb, argument)


class Lines:
    """Cuts a stream into lines; a line that is too long comes as its first LINE_MAX + 1 bytes."""

    def __init__(self):
        self.line = bytearray()

    def feed(self, data):
        """The lines that data completes, without their newlines."""
        *ends, rest = data.split(b"\n")
        done = []
        for end in ends:
            done.append(self._take(end))
            self.line.clear()
        self._take(rest)
        return done

    def _take(self, data):
        self.line += data[: LINE_MAX + 1 - len(self.line)]
        return bytes(self.line)


def last_words(results):
    """Why the guest ended, from its logs; None where they do not say."""
    for name, pattern in LAST_WORDS:
        text = read_log(results / name)
        found = re.findall(pattern, text)
        if found:
            words = found[-1].strip()
            hints = [hint for pattern, hint in HINTS if re.search(pattern, words)]
            return ": ".join([words, *hints])
    return None


def was_terminated(results):
    """Whether the guest ended because it, or the architecture, gave up on purpose: no crash."""
    return re.search(LAST_WORDS[0][1], read_log(results / LAST_WORDS[0][0])) is not None


# What unshare says where it cannot end as its child did: by SIGKILL.
KILLED = "unshare: sigprocmask unblock failed"


def killed(status, said):
    """Which signal ended QEMU, in words; empty where none did. status: as subprocess has it."""
    number = -status if status < 0 else 0
    if any(line.startswith(KILLED) for line in said):
        number = signal.SIGKILL
    if not number:
        return ""
    hint = "; memory may be short, try --jobs 1" if number == signal.SIGKILL else ""
    return f"QEMU was ended by {signal.Signals(number).name}{hint}"


def read_log(path):
    """A log's text; a log that is not there is empty."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def read_logs(folder, name):
    """A log of all guests that were in a results folder."""
    return "".join(map(read_log, layout.logs(folder, name)))


# Bytes of a file that a running guest has written which are looked at.
GUEST_FILE_MAX = 1 << 20


def read_guests(path):
    """The text of a file in a folder that a running guest can write to; empty where it is not a plain file."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return ""
    with os.fdopen(file, "rb") as stream:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            return ""
        return stream.read(GUEST_FILE_MAX).decode(errors="replace")


class Supervisor:
    """One guest, from its start to its end."""

    def __init__(self, root, job, limits, terminal=None, listener=None, qemu_listener=None):
        """listener: gets each line of the console (bytes); qemu_listener: each line that QEMU says."""
        self.root = root
        self.job = job
        self.limits = limits.times(job.variant.flavour.patience)
        self.terminal = terminal
        self.listener = listener
        self.console_lines = Lines()
        self.qemu_listener = qemu_listener
        self.qemu_lines = Lines()
        self.report = Report()
        # Where QEMU's window is, if it has one.
        self.display = None
        self.lines = Lines()
        self.outgoing = bytearray()
        self.qemu_said = b""
        self.ended = False
        self.finished = None
        # When the guest gets its next WAKER; None: it has not asked for one.
        self.wake_at = None

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self._start(stack)
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self.stack.close()

    def boot(self):
        """Waits until userspace is up. Raises GuestProblem with the reason where it does not come up."""
        self._wait(lambda: self.report.boot_seconds is not None)

    def finish(self):
        """Waits for the guest's end. Raises GuestProblem with the reason where it is not a proper one."""
        self._wait(lambda: False)

    def _wait(self, reached):
        while not self.ended and not reached():
            for key, events in self.selector.select(self._patience()):
                key.data(key, events)
            self._wake()
        if self.ended and self.report.status is None:
            raise GuestProblem(self._reason())

    def _start(self, stack):
        pairs = [socket.socketpair() for _ in range(3)]
        for sock in (ours for ours, _ in pairs):
            stack.enter_context(sock)
        self.serial, self.control, qmp = (ours for ours, _ in pairs)
        self.qmp = Qmp(qmp)
        self.capture = stack.enter_context(open(os.memfd_create("capture", 0), "rb", buffering=0))
        self.console = stack.enter_context(
            open(self.job.results / layout.GUEST_LOG, "wb", buffering=0)
        )
        self.qemu_log = stack.enter_context(
            open(self.job.results / layout.QEMU_LOG, "wb", buffering=0)
        )
        self.captures = open_captures(self.job.results)
        stack.callback(os.close, self.captures)

        theirs = [sock.fileno() for _, sock in pairs]
        if GPUS[self.job.variant.gpu].window:
            log = self.job.results / layout.DISPLAY_LOG
            log.touch()
            self.display = stack.enter_context(display.Display(self.root, log))
        number = self.display and self.display.number
        argv = qemu.argv(self.root, self.job, *theirs, display=number)
        self.process = stack.enter_context(Process(argv, pass_fds=[*theirs, self.capture.fileno()]))
        for _, sock in pairs:
            sock.close()
        self.start = self.heard = time.monotonic()

        self.selector = stack.enter_context(selectors.PollSelector())
        streams = (
            (self.serial, self._on_serial),
            (self.control, self._on_control),
            (self.process.output, self._on_qemu),
        )
        self.live = [stream for stream, _ in streams]
        for stream, handler in streams:
            self.selector.register(stream, selectors.EVENT_READ, handler)

    def _deadlines(self):
        """(when, what it means) for each limit that counts now."""
        limits, ready = self.limits, self.report.boot_seconds is not None
        if self.finished:
            return [(self.finished + limits.poweroff, None)]
        table = (
            (not ready, self.start, limits.boot, "hung: not up after {:.0f} s"),
            (True, self.heard, limits.silence, "hung: no sign of life for {:.0f} s"),
            (True, self.start, limits.total, "not done after {:.0f} s"),
        )
        return [
            (since + seconds, text.format(seconds))
            for counts, since, seconds, text in table
            if counts and seconds is not None
        ]

    def _patience(self):
        """Seconds until there is something to do if nothing happens; None: nothing ever."""
        left = self._time_left()
        if self.wake_at is None:
            return left
        wake = max(0, self.wake_at - time.monotonic())
        return wake if left is None else min(left, wake)

    def _wake(self):
        if self.wake_at is None or self.wake_at > time.monotonic():
            return
        with contextlib.suppress(ConnectionError):
            self.serial.sendall(WAKER)
        self.wake_at = time.monotonic() + WAKE_SECONDS

    def _time_left(self):
        deadlines = self._deadlines()
        if not deadlines:
            return None
        when, meaning = min(deadlines)
        left = when - time.monotonic()
        if left > 0:
            return left
        if meaning is None:  # done, but the machine does not go off by itself
            self.ended = True
            return 0
        words = last_words(self.job.results)
        raise GuestProblem(f"{meaning}; last words: {words}" if words else meaning)

    def _reason(self):
        said = self.qemu_said.decode(errors="replace").strip().splitlines()
        status = self.process.wait()
        words = last_words(self.job.results) or killed(status, said)
        words = words or (said[-1] if said else f"QEMU said nothing, status {status}")
        return f"the guest ended before it was done: {words}"

    def _on_qemu(self, key, _):
        said = self._receive(key)
        self.qemu_log.write(said)
        self.qemu_said = (self.qemu_said + said)[-QEMU_WORDS_KEPT:]
        for line in self.qemu_lines.feed(said) if self.qemu_listener else ():
            self.qemu_listener(line)

    def _receive(self, key):
        """Bytes of a stream; none at its end. All streams end with the guest, the last bytes of each count."""
        try:
            data = os.read(key.fd, 65536)
        except ConnectionError:
            data = b""
        if not data:
            self.selector.unregister(key.fileobj)
            self.live.remove(key.fileobj)
            self.ended = not self.live
        self.heard = time.monotonic()
        return data

    def _on_serial(self, key, _):
        data = self._receive(key)
        self.console.write(data)
        for line in self.console_lines.feed(data) if self.listener else ():
            self.listener(line)
        if self.terminal:
            sys.stdout.buffer.write(data)
            sys.stdout.flush()

    def _on_terminal(self, key, _):
        data = os.read(key.fd, 4096)
        if not data:
            self.selector.unregister(key.fileobj)
        if ESCAPE in data:
            self.report.status = 0
            self.ended = True
            return
        self.serial.sendall(data)

    def _on_control(self, key, events):
        if events & selectors.EVENT_WRITE:
            self._send()
        if events & selectors.EVENT_READ:
            for line in self.lines.feed(self._receive(key)):
                self._on_line(line)

    def _send(self):
        with contextlib.suppress(ConnectionError):
            sent = self.control.send(self.outgoing, socket.MSG_DONTWAIT)
            del self.outgoing[:sent]
        self._listen()

    def _listen(self):
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self.outgoing else 0)
        self.selector.modify(self.control, events, self._on_control)

    def _answer(self, data):
        self.outgoing += data
        self._listen()

    def _on_line(self, line):
        handlers = {
            "ready": self._ready,
            "capture": self._take_capture,
            "wake": self._set_wake,
            "done": self._done,
        }
        try:
            request = parse_request(line)
            handlers[request.verb](request.argument)
        except ValueError as error:
            text = str(error).encode("ascii", "replace").replace(b"\n", b" ")
            self._answer(b"error " + text + b"\n")

    def _ready(self, _):
        if self.report.boot_seconds is not None:
            raise ValueError("ready came twice")
        self.report.boot_seconds = time.monotonic() - self.start
        self.report.boot_cpu_seconds = self.process.cpu_seconds()
        if self.terminal:
            # Not before: nobody would read it.
            self.selector.register(self.terminal, selectors.EVENT_READ, self._on_terminal)
        guest = self.job.guest
        said = read_log(self.job.results / layout.GUEST_LOG)
        if guest.greeting and not re.search(guest.greeting, said):
            raise GuestProblem(
                f"kernel: {self.job.kernel} runs, but not as a confidential guest of kind "
                f"{guest.name}: {guest.hint}"
            )

    def _set_wake(self, switch):
        self.wake_at = time.monotonic() + WAKE_SECONDS if switch == "on" else None
        self._answer(b"ok\n")

    def _done(self, status):
        self.report.status = int(status)
        self.finished = time.monotonic()

    def _screendump(self, display):
        # A file that no guest can reach, unlike those in the results folder.
        device = {"device": display} if display else {}
        self.qmp.execute("screendump", filename=f"/dev/fd/{self.capture.fileno()}", **device)
        self.capture.seek(0)
        return picture.parse_ppm(self.capture.readall())

    def _take_capture(self, argument):
        """Answers `ok WIDTH HEIGHT` and the pixels; keeps the picture in the results folder."""
        name, _, display = argument.partition(" ")
        # That of the other displays is not drawn with GL.
        window = self.display and not display
        if len(self.report.captures) >= CAPTURES_MAX:
            raise ValueError(f"more than {CAPTURES_MAX} captures")
        try:
            shot = self.display.picture() if window else self._screendump(display)
        except GuestProblem as error:
            raise ValueError(str(error)) from error
        save(self.captures, f"{name}.png", picture.png(shot))
        self.report.captures.append(name)
        self._answer(b"ok %d %d\n" % (shot.width, shot.height) + shot.rgb)


def open_captures(results):
    """The folder of pictures, made and opened before a guest can put something else in its place."""
    path = results / layout.CAPTURES
    path.mkdir(exist_ok=True)
    return os.open(path, os.O_DIRECTORY | os.O_NOFOLLOW)


def save(folder, name, data):
    """Writes a file into an open folder that a guest can write to: replaces what is there, follows no link."""
    partial = f".{name}.partial"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(partial, dir_fd=folder)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with open(os.open(partial, flags, 0o644, dir_fd=folder), "wb") as file:
        file.write(data)
    os.replace(partial, name, src_dir_fd=folder, dst_dir_fd=folder)

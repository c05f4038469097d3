# SPDX-License-Identifier: MIT
"""
What a person sees of tasks that run side by side: each task's lines in one piece and in the order of the list, and
what is going on meanwhile.

Events of a task: begin NAME TEXT and end TEXT (a stage), line TEXT, error TEXT (a line for standard error), progress
TEXT (how far the stage is), now TEXT (a line that waits for nobody's turn).
"""

import shutil
import sys
import time

# Seconds without a line after which one says what is going on.
SILENCE = 30
CLEAR = "\r\x1b[K"


class Lines:
    """Standard output: whole lines, one that waits for its end, and on a terminal one that changes."""

    def __init__(self, out=None, clock=time.monotonic):
        self.out = out or sys.stdout
        self.clock = clock
        self.terminal = self.out.isatty()
        self.last = clock()
        # The begin of a line that was written without its end, and whether the terminal shows a status now.
        self.open = ""
        self.status = ""

    def _write(self, text):
        self.out.write(text)
        self.out.flush()
        self.last = self.clock()

    def _wipe(self):
        """Makes room for a whole line."""
        if self.status:
            self._write(CLEAR)
            self.status = ""
        elif self.open:
            self._write("\n")
        self.open = ""

    def begin(self, text):
        """A line whose end comes later."""
        self._wipe()
        self._write(text)
        self.open = text

    def end(self, text, again):
        """The end of that line; where others came between, again is the line's new begin."""
        if self.open and self.status:
            self._write(f"{CLEAR}{self.open}")
        self._write(f" {text}\n" if self.open else f"{again} {text}\n")
        self.open = self.status = ""

    def line(self, text):
        """A whole line."""
        self._wipe()
        self._write(f"{text}\n")

    def error(self, text):
        """A whole line for standard error."""
        self._wipe()
        print(text, file=sys.stderr, flush=True)

    def show(self, status):
        """What is going on: at once on a terminal, else where nothing else was said for a while."""
        if self.terminal and (status or not self.open):
            width = shutil.get_terminal_size().columns - 1
            text = f"{self.open} {status}".strip() if self.open else status
            if text[:width] != self.status:
                self.status = text[:width]
                self._write(f"{CLEAR}{self.status}")
        elif status and self.clock() - self.last >= SILENCE:
            self.line(f"          {status}")


class Progress:
    """How far the tasks are that run now."""

    def __init__(self):
        self.running = {}

    def take(self, task, kind, words):
        """Learns from an event."""
        stage, _ = self.running.setdefault(task, ("", ""))
        if kind == "begin":
            self.running[task] = (words[1], "")
        elif kind == "progress":
            self.running[task] = (stage, words[0])
        elif kind == "end":
            self.running[task] = ("", "")

    def forget(self, task):
        """The task has ended."""
        self.running.pop(task, None)

    def alone(self):
        """How far a stage is whose name stands there already."""
        return "; ".join(far for _, far in self.running.values() if far)

    def all(self):
        """All of them, by name."""
        texts = ((name, far or stage) for name, (stage, far) in self.running.items())
        return "; ".join(f"{name}: {text}" if text else name for name, text in texts)


class Stream:
    """A view of tasks whose stages are shown: those of the first one that is not done as they come, the others' later."""

    def __init__(self, names, lines=None):
        self.order = list(names)
        self.lines = lines or Lines()
        self.kept = {name: [] for name in self.order}
        self.ended = set()
        self.progress = Progress()

    def event(self, task, kind, *words):
        """Shows an event, now or in its turn."""
        self.progress.take(task, kind, words)
        if kind == "now" or task == self.order[0]:
            self._show(kind, words)
        elif kind != "progress":
            self.kept[task].append((kind, words))

    def done(self, task, _):
        """The next one in the order has its turn."""
        self.progress.forget(task)
        self.ended.add(task)
        while self.order and self.order[0] in self.ended:
            self.order.pop(0)
            for kind, words in self.kept[self.order[0]] if self.order else ():
                self._show(kind, words)
            if self.order:
                self.kept[self.order[0]] = []

    def tick(self):
        """Says what is going on."""
        many = len(self.progress.running) > 1
        self.lines.show(self.progress.all() if many else self.progress.alone())

    def _show(self, kind, words):
        if kind == "begin":
            self.name, text = words
            self.lines.begin(f"{self.name:<9} {text} ...")
        elif kind == "end":
            self.lines.end(words[0], f"{self.name:<9}")
        elif kind in ("line", "now"):
            self.lines.line(words[0])
        elif kind == "error":
            self.lines.error(words[0])

# SPDX-License-Identifier: MIT
"""
Work side by side: tasks that need one another, each in a process of its own. A process, not a thread: a task ends on a
signal like the whole program does, and cleans up after itself.
"""

import ctypes
import os
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait

from problem import Failure, GuestProblem, Problem

# Bytes of memory that a guest takes: QEMU with the pages of both planes that were touched, measured with room to spare.
TASK_MEMORY = 1.5e9
# What ends the program.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Seconds between two looks at the clock, and those that a task gets to clean up.
TICK = 1.0
STOP_WAIT = 30
PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True)
class Task:
    """
    Something to do. work gets a function that takes events (see screen.py), and the results of the tasks that it needs,
    in their order; what it returns has to be picklable.
    """

    name: str
    work: Callable
    needs: tuple[str, ...] = ()
    # Whether nothing else may run beside it; such tasks come last.
    alone: bool = False


@dataclass(frozen=True)
class Done:
    """How a task ended: with a value, or an error."""

    value: object = None
    error: Exception | None = None
    seconds: float = 0

    def result(self):
        """The value; raises the error."""
        if self.error:
            raise self.error
        return self.value


class TaskProblem(Problem):
    """A task that ended on an error of ours, or by force."""


def default_jobs():
    """How many tasks this machine has room for: one a processor, fewer where memory is short."""
    return max(1, min(len(os.sched_getaffinity(0)), int(available_memory() // TASK_MEMORY)))


def available_memory(path="/proc/meminfo"):
    """Bytes of memory that can be had without swapping (Documentation/filesystems/proc.rst, meminfo)."""
    with open(path, encoding="ascii") as file:
        fields = dict(line.split(":", 1) for line in file)
    return int(fields["MemAvailable"].split()[0]) * 1024


def interrupt(*_):
    """Ends a process as Ctrl-C does. What comes after the first signal does not disturb the cleaning up."""
    ignore_signals()
    raise KeyboardInterrupt


def ignore_signals():
    """Nothing disturbs what is left to do. Not SIG_IGN, which programs that are started then would inherit."""
    for number in SIGNALS:
        signal.signal(number, lambda *_: None)


def handle_signals():
    """SIGTERM and SIGHUP end a process like Ctrl-C. An ignored SIGINT (a shell's background job) stays ignored."""
    for number in SIGNALS:
        if number != signal.SIGINT or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, interrupt)


@dataclass
class Worker:
    """A process with a task."""

    task: Task
    pid: int
    events: Connection
    start: float = field(default_factory=time.monotonic)

    def seconds(self):
        """How long it runs."""
        return time.monotonic() - self.start


def start(task, values):
    """A new process that does a task."""
    ours, theirs = Pipe(duplex=False)
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            ours.close()
            die_with(parent)
            child(task, values, theirs)
        finally:
            # Not one line of the parent's code may run here.
            os._exit(0)
    theirs.close()
    return Worker(task, pid, ours)


def die_with(parent):
    """Has the kernel end this process like Ctrl-C where its parent dies."""
    signal.signal(signal.SIGTERM, interrupt)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


def child(task, values, events):
    """The process: sends events, and last ("done", value) or ("failed", error)."""
    try:
        do(task, values, events)
        ignore_signals()
    except (KeyboardInterrupt, BrokenPipeError):
        ignore_signals()


def do(task, values, events):
    """Does the task, and says how it ended."""
    try:
        events.send(("done", task.work(lambda *event: events.send(event), *values)))
    except (Problem, GuestProblem, Failure, OSError) as error:
        events.send(("failed", error))
    # An error of one task must not hide the others.
    except Exception as error:  # noqa: BLE001
        for line in traceback.format_exc().splitlines():
            events.send(("error", line))
        text = f"{task.name}: {type(error).__name__}: {error}"
        events.send(("failed", TaskProblem(text)))


class Run:
    """All tasks of a list, at most `jobs` at a time."""

    def __init__(self, tasks, jobs, view):
        self.waiting = list(tasks)
        self.jobs = jobs
        self.view = view
        self.workers = []
        self.done = {}

    def run(self):
        """Name -> Done."""
        try:
            while self.waiting or self.workers:
                self._skip_hopeless()
                while task := self._next():
                    self._start(task)
                self._listen()
            return self.done
        finally:
            stop(self.workers)

    def _skip_hopeless(self):
        """Tasks that need what failed fail, too."""
        while hopeless := self._hopeless():
            task, failed = hopeless
            self.waiting.remove(task)
            self._finish(task, Done(error=Problem(f"not run: {failed} failed")))

    def _hopeless(self):
        """(a task, what it needs and has failed), or None."""
        for task in self.waiting:
            for need in task.needs:
                if need in self.done and self.done[need].error:
                    return task, need
        return None

    def _next(self):
        """The next task that can be started now, or None."""
        if len(self.workers) >= self.jobs or any(worker.task.alone for worker in self.workers):
            return None
        for task in self.waiting:
            if not task.alone and all(need in self.done for need in task.needs):
                return task
        last = not self.workers and all(task.alone for task in self.waiting)
        return next((task for task in self.waiting if last), None)

    def _start(self, task):
        self.waiting.remove(task)
        values = [self.done[need].value for need in task.needs]
        self.view.event(task.name, "start")
        self.workers.append(start(task, values))

    def _listen(self):
        """Takes what the workers say, or waits a moment."""
        by_events = {worker.events: worker for worker in self.workers}
        for events in wait(list(by_events), TICK):
            self._receive(by_events[events])
        self.view.tick()

    def _receive(self, worker):
        try:
            kind, *words = worker.events.recv()
        # OSError: it was killed in the middle of an event.
        except (EOFError, OSError):
            kind, words = "failed", [TaskProblem(f"{worker.task.name}: {reap(worker)}")]
        if kind not in ("done", "failed"):
            self.view.event(worker.task.name, kind, *words)
            return
        finish([worker])
        self.workers.remove(worker)
        value, error = (words[0], None) if kind == "done" else (None, words[0])
        self._finish(worker.task, Done(value, error, worker.seconds()))

    def _finish(self, task, done):
        self.done[task.name] = done
        self.view.done(task.name, done)


def run(tasks, jobs, view):
    """
    Does tasks side by side, in the order of the list as far as their needs allow; returns name -> Done. view gets
    event(name, kind, *words), done(name, Done) and, about once a second, tick(). Nothing is left running at the end.
    """
    return Run(tasks, jobs, view).run()


def reap(worker):
    """Waits for a process that has ended; why it did, in words."""
    _, status = os.waitpid(worker.pid, 0)
    worker.pid = None
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        hint = "; memory may be short, try --jobs 1" if number == signal.SIGKILL else ""
        return f"ended by {signal.Signals(number).name}{hint}"
    return "ended without a result"


def stop(workers):
    """Ends workers: what they have started goes with them."""
    for worker in workers:
        if worker.pid:
            os.kill(worker.pid, signal.SIGTERM)
    finish(workers)


def finish(workers):
    """Waits for the end of workers; one that does not come to an end is ended by force."""
    deadline = time.monotonic() + STOP_WAIT
    for worker in workers:
        while worker.pid and time.monotonic() < deadline:
            if wait([worker.events], max(0, deadline - time.monotonic())) and is_over(worker):
                reap(worker)
        if worker.pid:
            os.kill(worker.pid, signal.SIGKILL)
            reap(worker)
        worker.events.close()


def is_over(worker):
    """Reads on; whether the other end is closed."""
    try:
        worker.events.recv()
    except (EOFError, OSError):
        return True
    return False

"""A process of its own for what is costly or written by others: it may hang or die, and is killed when it takes too long.

It is spawned, never forked: the store's threads do not survive a fork. It starts with the first task, ends when nothing was
asked of it for a while, and gets arrays by pipe. It holds no store and no secret.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import sys
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from swarmscope import telemetry, threads
from swarmscope.errors import PluginError, SwarmscopeError

IDLE_S = 300.0
STOP_S = 2.0
NICE = 5
_restarts = telemetry.counter("swarmscope_detect_worker_starts_total", "Worker processes started")


class TaskError(SwarmscopeError):
    """The detector raised, or its process died."""


@dataclass(frozen=True, slots=True)
class Code:
    """Where the class of a detector is. file: of the plug-in folder, else empty."""

    module: str
    name: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """One judgement: the detector, its options as plain values, what it sees."""

    code: Code
    options: dict[str, Any]
    seen: Any


@dataclass(slots=True)
class Worker:
    """One process, used by one caller at a time."""

    timeout_s: float
    _process: Any = field(init=False, default=None)
    _pipe: Connection | None = field(init=False, default=None)
    _used_at: float = field(init=False, default=0.0)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def run(self, task: Task, timeout_s: float | None = None) -> Any:
        """What the detector gave. TimeoutError: it took too long and was killed. TaskError."""
        limit = self.timeout_s if timeout_s is None else timeout_s
        with self._lock:
            pipe = self._start()
            self._used_at = time.monotonic()
            try:
                pipe.send(task)
                if not pipe.poll(limit):
                    self._kill()
                    raise TimeoutError(f"no answer within {limit:g} s; its process was killed")
                good, result = pipe.recv()
            except (EOFError, BrokenPipeError, ConnectionResetError) as e:
                self._kill()
                raise TaskError("its process died") from e
            self._used_at = time.monotonic()
        if not good:
            raise TaskError(str(result))
        return result

    def rest(self) -> None:
        """End the process when nothing was asked of it for a while."""
        if (
            self._process is not None
            and time.monotonic() - self._used_at > IDLE_S
            and self._lock.acquire(blocking=False)
        ):
            try:
                self._kill()
            finally:
                self._lock.release()

    def stop(self) -> None:
        """End it now."""
        self._kill()

    @property
    def pid(self) -> int | None:
        """Of the process, None while there is none."""
        return self._process.pid if self._process is not None else None

    def _start(self) -> Connection:
        if self._process is not None and self._process.is_alive() and self._pipe is not None:
            return self._pipe
        self._kill()
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, os.getpid()), name="detect-worker", daemon=True)
        self._process.start()
        theirs.close()
        self._pipe = ours
        _restarts.inc()
        return ours

    def _kill(self) -> None:
        process, self._process = self._process, None
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            pipe.close()
        if process is not None:
            process.kill()
            process.join(STOP_S)


def _serve(pipe: Connection, parent: int) -> None:
    """Answer tasks until the pipe closes."""
    threads.alone()
    if hasattr(os, "nice"):
        os.nice(NICE)
    detectors: dict[tuple[Code, str], Any] = {}
    while True:
        try:
            while not pipe.poll(5.0):
                if os.getppid() != parent:
                    return
            task: Task = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            key = (task.code, repr(sorted(task.options.items())))
            if key not in detectors:
                detectors[key] = _made(task)
            answer = (True, detectors[key].judge(task.seen))
        except BaseException as e:  # noqa: BLE001 # whatever it is, it is told, and the next task is answered
            answer = (False, f"{type(e).__name__}: {e}")
        try:
            pipe.send(answer)
        except (OSError, ValueError):
            return
        except Exception as e:  # noqa: BLE001 # what it gave cannot be sent: say so
            pipe.send((False, f"what it gave cannot be sent: {type(e).__name__}: {e}"))


def _made(task: Task) -> Any:
    code = task.code
    if code.file:
        if code.module not in sys.modules:
            spec = importlib.util.spec_from_file_location(code.module, Path(code.file))
            if spec is None or spec.loader is None:
                raise PluginError(f"{code.file} cannot be imported")
            module = sys.modules[code.module] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
        home: Any = sys.modules[code.module]
    else:
        home = importlib.import_module(code.module)
    cls = getattr(home, code.name)
    return cls(cls.Options(**task.options))

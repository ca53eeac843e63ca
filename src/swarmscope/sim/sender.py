"""Sends requests from a bounded queue over a few connections, as patient as an SDK: waits when told to, drops what is too much
or too old."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field

from swarmscope.sim.connection import Connection, Outcome, connect
from swarmscope.sim.outbox import Request

PATIENCE = 4
QUEUE_MAX_BYTES = 128 * 1024 * 1024
BACKOFF_S, BACKOFF_MAX_S = 0.1, 5.0
AFTER_MAX_S = 30.0  # whatever a server asks for
LATENCIES_MAX = 200_000
MESSAGES_MAX = 5


@dataclass(slots=True)
class Counts:
    """What became of the items of one signal."""

    sent: int = 0  # acknowledged
    rejected: int = 0  # refused one by one (partial success)
    refused: int = 0  # whole requests that can never succeed
    dropped: int = 0  # never sent: the queue was full, it had become too old, or time was up
    bytes: int = 0  # of acknowledged requests


@dataclass(slots=True)
class Ledger:
    """Counts over all connections; safe from threads."""

    signals: dict[str, Counts] = field(default_factory=lambda: {s: Counts() for s in ("traces", "logs", "metrics")})
    statuses: Counter[int] = field(default_factory=Counter)
    messages: dict[str, int] = field(default_factory=dict)
    latencies_ms: deque[float] = field(default_factory=lambda: deque(maxlen=LATENCIES_MAX))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def book(self, request: Request, outcome: Outcome, seconds: float) -> None:
        """Count one answer."""
        with self.lock:
            self.statuses[outcome.status] += 1
            counts = self.signals[request.signal]
            if outcome.status == 200:
                counts.sent += request.items - outcome.rejected
                counts.rejected += outcome.rejected
                counts.bytes += len(request.body)
                self.latencies_ms.append(seconds * 1000)
            elif not outcome.retry:
                counts.refused += request.items
            if outcome.message and (outcome.message in self.messages or len(self.messages) < MESSAGES_MAX):
                self.messages[outcome.message] = self.messages.get(outcome.message, 0) + 1

    def drop(self, request: Request, message: str = "") -> None:
        """Count a request that was never sent, and why."""
        with self.lock:
            self.signals[request.signal].dropped += request.items
            if message and (message in self.messages or len(self.messages) < MESSAGES_MAX):
                self.messages[message] = self.messages.get(message, 0) + 1


def deliver(
    connection: Connection, request: Request, ledger: Ledger, stop: threading.Event, until: float = math.inf
) -> bool:
    """Send until acknowledged, refused for good, stopped, or `until` (monotonic) has passed; honours Retry-After, up to
    AFTER_MAX_S. Whether it was acknowledged."""
    pause_s = BACKOFF_S
    while True:
        begun = time.perf_counter()
        outcome = connection.send(request.signal, request.body)
        ledger.book(request, outcome, time.perf_counter() - begun)
        if not outcome.retry:
            return outcome.status == 200
        if time.monotonic() >= until or stop.wait(min(outcome.after_s or pause_s, AFTER_MAX_S)):
            ledger.drop(request)
            return False
        pause_s = min(BACKOFF_MAX_S, pause_s * 2)


class Sender:
    """A bounded queue and the threads that empty it. `offer` never blocks; `close` waits for what is under way.

    age_max_s: what was offered so long ago is dropped and counted: a server that falls behind hears what is now, and not the
    past of a whole queue. ledger: where to count.
    """

    def __init__(
        self, url: str, key: str = "", connections: int = 2, queue_max_bytes: int = QUEUE_MAX_BYTES,
        age_max_s: float = math.inf, ledger: Ledger | None = None,
    ) -> None:  # fmt: skip
        self.ledger = Ledger() if ledger is None else ledger
        self._queue: deque[tuple[float, Request]] = deque()  # until when, what
        self._queued_bytes, self._queue_max_bytes, self._age_max_s = 0, queue_max_bytes, age_max_s
        self._busy = 0
        self._ready = threading.Condition()
        self._closing = False
        self._stop = threading.Event()
        opened = [connect(url, key) for _ in range(connections)]
        self._threads = [threading.Thread(target=self._work, args=(c,), daemon=True, name="sender") for c in opened]
        for thread in self._threads:
            thread.start()

    def offer(self, request: Request) -> bool:
        """Queue a request; False when the queue is full: it is dropped and counted."""
        with self._ready:
            if self._queued_bytes + len(request.body) > self._queue_max_bytes:
                self.ledger.drop(request)
                return False
            self._queue.append((time.monotonic() + self._age_max_s, request))
            self._queued_bytes += len(request.body)
            self._ready.notify()
            return True

    @property
    def backlog(self) -> int:
        """Requests that wait or are under way."""
        with self._ready:
            return len(self._queue) + self._busy

    def close(self, wait_s: float) -> None:
        """Send what is queued while it goes on, then drop and count the rest.

        wait_s: how long nothing need be answered; a server that is slow gets PATIENCE times as long in all.
        """
        begun = heard = time.monotonic()
        before = left = self.backlog
        while left and time.monotonic() < min(heard + wait_s, begun + PATIENCE * wait_s):
            time.sleep(0.02)
            left = self.backlog
            if left < before:
                before, heard = left, time.monotonic()
        self._stop.set()
        with self._ready:
            self._closing = True
            for _, request in self._queue:
                self.ledger.drop(request)
            self._queue.clear()
            self._ready.notify_all()
        for thread in self._threads:
            thread.join(5)

    def _work(self, connection: Connection) -> None:
        while True:
            with self._ready:
                while not self._queue and not self._closing:
                    self._ready.wait()
                if self._closing:
                    break
                until, request = self._queue.popleft()
                self._queued_bytes -= len(request.body)
                self._busy += 1
            try:
                if time.monotonic() < until:
                    deliver(connection, request, self.ledger, self._stop, until)
                else:
                    self.ledger.drop(request)
            except Exception as e:  # noqa: BLE001 # a thread that ends would leave the queue to the others, or to nobody
                self.ledger.drop(request, f"{type(e).__name__}: {e}")
            finally:
                with self._ready:
                    self._busy -= 1
        connection.close()

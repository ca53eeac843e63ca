"""Maximum load: connections that send ready-made requests as fast as they are acknowledged, and count nothing else."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from swarmscope.sim.connection import connect
from swarmscope.sim.outbox import Request
from swarmscope.sim.payload import FLEET, Template, fingerprint, templates
from swarmscope.sim.run import Options, Summary, await_server
from swarmscope.sim.sender import Ledger, deliver

WATCH_S = 0.25


@dataclass(frozen=True, slots=True)
class Load:
    """What to send. items_max 0: until the time is up. rate_max: items per second, 0 for no limit.

    window_s: event times are spread evenly over the seconds before now, when `items_max` says how many there will be.
    """

    signal: str = "traces"
    items_max: int = 0
    rate_max: float = 0.0
    window_s: float = 60.0
    agents: int = FLEET


class Source:
    """Makes requests in turn; each thread has its own templates. Same seed and thread, same bytes but for the times."""

    def __init__(self, load: Load, seed: int, begun_ns: int) -> None:
        self._load, self._seed, self._begun_ns = load, seed, begun_ns
        self._number = itertools.count()
        first = templates(load.signal, seed)
        self.fingerprint = fingerprint(first)
        self._per_request = first[0].items
        self.limit = load.items_max // self._per_request if load.items_max else None
        units = first[0].units * (self.limit or 1)
        self._step_ns = int(load.window_s * 1e9 / max(1, units)) if self.limit else 1_000
        self._units = first[0].units

    def worker(self, number: int) -> Callable[[], Request | None]:
        """A function that makes the next request of one thread; None when all are made."""
        made = templates(self._load.signal, self._seed)
        rng = np.random.default_rng([self._seed, number])

        def make() -> Request | None:
            k = next(self._number)
            if self.limit is not None and k >= self.limit:
                return None
            template: Template = made[k % len(made)]
            body = template.make(rng, self._start_ns(k), self._step_ns, self._load.agents)
            return Request(self._load.signal, bytes(body), template.items)

        return make

    def _start_ns(self, k: int) -> int:
        if self.limit is None:
            return time.time_ns() - 5_000_000_000
        return self._begun_ns - int(self._load.window_s * 1e9) + k * self._units * self._step_ns


def load_test(options: Options, load: Load, watch: Callable[[float, Ledger], bool] | None = None) -> Summary:
    """Send until `options.duration_s` or `load.items_max`. `watch(t, ledger)` is called four times a second; True ends it."""
    seed = options.seed if options.seed >= 0 else int.from_bytes(os.urandom(2))
    await_server(options.url, options.key, options.wait_s)
    source = Source(load, seed, time.time_ns())
    ledger, stop = Ledger(), threading.Event()
    pace = Pace(load.rate_max)
    cpu, begun = time.process_time(), time.monotonic()
    deadline = begun + options.duration_s

    def work(number: int) -> None:
        connection, make = connect(options.url, options.key), source.worker(number)
        while not stop.is_set() and time.monotonic() < deadline:
            request = make()
            if request is None or not pace.wait(request.items, stop):
                break
            deliver(connection, request, ledger, stop)
        connection.close()

    threads = [
        threading.Thread(target=work, args=(k,), daemon=True, name=f"load-{k}") for k in range(options.connections)
    ]
    for thread in threads:
        thread.start()
    while any(t.is_alive() for t in threads):
        threads[0].join(WATCH_S) if threads[0].is_alive() else time.sleep(0.01)
        now = time.monotonic()
        if now > deadline or (watch is not None and watch(now - begun, ledger)):
            stop.set()
    seconds = time.monotonic() - begun
    summary = Summary(load.agents, seconds, seed, time.process_time() - cpu, 0.0, ledger)
    summary.facts["payload_sha256"] = source.fingerprint
    return summary


class Pace:
    """Spreads items evenly over time; without a rate it lets everything pass."""

    def __init__(self, rate_max: float) -> None:
        self._rate_max = rate_max
        self._next = time.monotonic()
        self._lock = threading.Lock()

    def wait(self, items: int, stop: threading.Event) -> bool:
        """Wait for the turn of so many items; False when stopped."""
        if not self._rate_max:
            return True
        with self._lock:
            mine = max(self._next, time.monotonic())
            self._next = mine + items / self._rate_max
        return not stop.wait(max(0.0, mine - time.monotonic()))

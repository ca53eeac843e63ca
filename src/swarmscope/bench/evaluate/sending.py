"""A whole run of the simulated fleet, sent to a server as fast as that takes it: no real time passes."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator

from swarmscope.bench.server import Server
from swarmscope.query.times import SECOND_NS
from swarmscope.sim.outbox import Request
from swarmscope.sim.run import Options, Simulation
from swarmscope.sim.sender import Sender

QUEUE_MAX_BYTES = 2 << 30
BACKLOG = 60
SETTLE_S, SETTLED = 3.0, 4  # a busy machine may store nothing for seconds
TOGETHER_BYTES = 1 << 20
SIGNALS = ("traces", "metrics", "logs")


def sent(server: Server, options: Options, seed: int, signals: Collection[str] = SIGNALS) -> int:
    """Send a run that ends now and wait until it is stored; the moment at which it begins, in ns since the epoch."""
    t0 = time.time_ns() - round((options.duration_s + 5) * SECOND_NS)
    simulation, sender = Simulation(options, t0, seed), Sender(server.otlp, "", 3, QUEUE_MAX_BYTES)
    for request in together(_said(simulation, options.duration_s), signals):
        sender.offer(request)
        while sender.backlog > BACKLOG:
            time.sleep(0.02)
    simulation.faults.close(options.duration_s)
    sender.close(300)
    before, now, same = -1, server.count("spans"), 0
    while same < SETTLED:  # spans under way supersede each other, so that what was sent is no number to wait for
        time.sleep(SETTLE_S)
        before, now = now, server.count("spans")
        same = same + 1 if now == before > 0 else 0
    return t0


def _said(simulation: Simulation, seconds: float) -> Iterator[Request]:
    t = 0.0
    while t < seconds:
        t += 0.25
        yield from simulation.advance(t)


def together(requests: Iterable[Request], signals: Collection[str]) -> Iterator[Request]:
    """The same as fewer requests: those of one signal, one after another, are one message of protobuf."""
    waiting: dict[str, list[Request]] = {s: [] for s in signals}
    for request in requests:
        if request.signal not in waiting:
            continue
        mine = waiting[request.signal]
        mine.append(request)
        if sum(len(r.body) for r in mine) >= TOGETHER_BYTES:
            yield _joined(mine)
            mine.clear()
    yield from (_joined(rest) for rest in waiting.values() if rest)


def _joined(requests: list[Request]) -> Request:
    return Request(requests[0].signal, b"".join(r.body for r in requests), sum(r.items for r in requests))

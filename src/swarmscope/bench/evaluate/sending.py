"""A whole run of the simulated fleet, sent to a server as fast as that takes it: no real time passes."""

from __future__ import annotations

import time
from collections.abc import Collection

from swarmscope.bench.server import Server
from swarmscope.query.times import SECOND_NS
from swarmscope.sim.run import Options, Simulation
from swarmscope.sim.sender import Sender

QUEUE_MAX_BYTES = 2 << 30
BACKLOG = 60
SETTLE_S = 3.0
SIGNALS = ("traces", "metrics", "logs")


def sent(server: Server, options: Options, seed: int, signals: Collection[str] = SIGNALS) -> int:
    """Send a run that ends now and wait until it is stored; the moment at which it begins, in ns since the epoch."""
    t0 = time.time_ns() - round((options.duration_s + 5) * SECOND_NS)
    simulation, sender = Simulation(options, t0, seed), Sender(server.otlp, "", 3, QUEUE_MAX_BYTES)
    t = 0.0
    while t < options.duration_s:
        t += 0.25
        for request in simulation.advance(t):
            if request.signal in signals:
                sender.offer(request)
        while sender.backlog > BACKLOG:
            time.sleep(0.02)
    simulation.faults.close(t)
    sender.close(300)
    before, now = -1, server.count("spans")
    while now != before:  # spans under way supersede each other, so that what was sent is no number to wait for
        time.sleep(SETTLE_S)
        before, now = now, server.count("spans")
    return t0

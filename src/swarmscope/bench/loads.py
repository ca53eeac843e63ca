"""One load through the front door of a server, with what it cost."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from swarmscope.bench import process
from swarmscope.bench.server import Server
from swarmscope.sim.loadtest import Load, load_test
from swarmscope.sim.run import Options, Summary

CONNECTIONS = 16  # a fleet has many senders; what comes together is decoded together
TIME_MAX_S = 900.0
TABLES = {"traces": "spans", "logs": "logs"}


@dataclass(frozen=True, slots=True)
class Cost:
    """A load from its first byte until it was visible and merges were quiet."""

    items: int
    cpu_s: float  # of the server's process tree
    acknowledged_s: float  # wall time to the last acknowledgement
    visible_s: float  # from there until everything was visible
    quiet_s: float  # from there until merges were quiet
    others_cpu_s: float  # what else the machine did meanwhile, the load generator included
    rss_peak_mb: float
    summary: Summary

    @property
    def per_cpu_s(self) -> float:
        """Items per second of the server's CPU."""
        return self.items / max(1e-9, self.cpu_s)

    @property
    def per_s(self) -> float:
        """Items per second of wall time to the last acknowledgement."""
        return self.items / max(1e-9, self.acknowledged_s)

    @property
    def note(self) -> str:
        """The circumstances in a line."""
        return (
            f"{self.items:,} items in {self.acknowledged_s:.1f} s wall ({self.per_s:,.0f}/s), "
            f"{self.cpu_s:.1f} CPU-s until merges were quiet, "
            f"visible {self.visible_s:.2f} s after the last acknowledgement; others took {self.others_cpu_s:.1f} CPU-s; "
            f"payload {self.summary.facts['payload_sha256'][:16]}"
        )


def send(
    url: str,
    signal: str,
    items: int,
    seed: int,
    rate: float = 0.0,
    seconds: float = TIME_MAX_S,
    window_s: float = 3600.0,
) -> Summary:
    """Send `items` (0: for `seconds`) as fast as they are acknowledged, or at `rate` per second."""
    options = Options(duration_s=seconds, seed=seed, url=url, connections=CONNECTIONS)
    return load_test(options, Load(signal, items, rate, window_s))


def measured(server: Server, url: str, signal: str, items: int, seed: int) -> Cost:
    """Send `items` of `signal` to `url` and wait until they are visible and merges are quiet."""
    table = TABLES[signal]
    before = server.count(table)
    cpu, busy, begun = process.cpu_s(server.pid), process.machine_busy_s(), time.monotonic()
    summary = send(url, signal, items, seed)
    acknowledged_s = time.monotonic() - begun
    sent = summary.ledger.signals[signal].sent
    visible_s, quiet_s = server.settle(table, before + sent)
    spent = process.cpu_s(server.pid) - cpu
    others = process.machine_busy_s() - busy - spent
    return Cost(sent, spent, acknowledged_s, visible_s, quiet_s, others, process.rss_mb(server.pid, peak=True), summary)


def quantile_ms(values: list[float], q: float) -> float | None:
    """A quantile (0–100) of milliseconds, None without values."""
    return round(float(np.percentile(values, q)), 2) if values else None

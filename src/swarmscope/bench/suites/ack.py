"""To the acknowledgement alone: what receiver, pipeline and journal cost, without the store."""

from __future__ import annotations

import time
from collections.abc import Iterator

from swarmscope.bench import door, process
from swarmscope.bench.figures import Figure
from swarmscope.bench.loads import quantile_ms, send
from swarmscope.bench.suite import Context, Suite

SPANS = 1_000_000
WARM = 102_400


def _per_cpu_s(pid: int, url: str, items: int, seed: int) -> tuple[float, str]:
    cpu, begun = process.cpu_s(pid), time.monotonic()
    summary = send(url, "traces", items, seed)
    spent, wall = process.cpu_s(pid) - cpu, time.monotonic() - begun
    sent = summary.ledger.signals["traces"].sent
    p99 = quantile_ms(list(summary.ledger.latencies_ms), 99)
    note = f"{sent:,} spans in {wall:.1f} s wall, {spent:.2f} CPU-s, acknowledged p99 {p99} ms at full load"
    return sent / max(1e-9, spent), f"{note}; payload {summary.facts['payload_sha256'][:16]}"


class Ack(Suite):
    """Spans to the acknowledgement alone."""

    name = "ack"

    def measure(self, context: Context) -> Iterator[Figure]:
        """Yield spans per CPU-second to the acknowledgement, by HTTP and by gRPC."""
        with context.folder() as folder, door.running(folder) as opened:
            context.say("warming up")
            for url in (opened.http, opened.grpc):
                send(url, "traces", min(WARM, context.items(WARM)), context.seed + 9)
            items = context.items(SPANS)
            context.say(f"sending {items:,} spans to a door without a store")
            http, note = _per_cpu_s(opened.pid, opened.http, items, context.seed)
            yield Figure("spans per CPU-second, acknowledged", http, "spans/CPU-s", 400_000, note=note)
            grpc, note = _per_cpu_s(opened.pid, opened.grpc, items // 2, context.seed + 1)
            yield Figure("the same by gRPC", grpc, "spans/CPU-s", note=note)

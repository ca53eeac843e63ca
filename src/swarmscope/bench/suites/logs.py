"""Log records over HTTP until durable, queryable and merged."""

from __future__ import annotations

from collections.abc import Iterator

from swarmscope.bench.figures import Figure
from swarmscope.bench.loads import measured
from swarmscope.bench.suite import Context, Suite

RECORDS = 1_000_000


class Logs(Suite):
    """Log records over HTTP."""

    name = "logs"

    def measure(self, context: Context) -> Iterator[Figure]:
        """Yield records per CPU-second and per second."""
        with context.server() as server:
            items = context.items(RECORDS)
            context.say(f"sending {items:,} log records")
            cost = measured(server, server.otlp, "logs", items, context.seed)
            yield Figure("log records per CPU-second", cost.per_cpu_s, "records/CPU-s", 200_000, note=cost.note)
            yield Figure("log records per second of wall time", cost.per_s, "records/s", 5_000)

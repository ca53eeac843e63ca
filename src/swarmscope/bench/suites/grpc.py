"""The same spans by gRPC and by HTTP, in one run on one server."""

from __future__ import annotations

from collections.abc import Iterator

from swarmscope.bench.figures import Figure
from swarmscope.bench.loads import measured
from swarmscope.bench.suite import Context, Suite

SPANS = 500_000


class Grpc(Suite):
    """Spans by gRPC against HTTP."""

    name = "grpc"

    def measure(self, context: Context) -> Iterator[Figure]:
        """Yield both throughputs and their ratio."""
        with context.server() as server:
            items = context.items(SPANS)
            context.say(f"sending {items:,} spans by HTTP, then by gRPC")
            http = measured(server, server.otlp, "traces", items, context.seed)
            grpc = measured(server, server.grpc, "traces", items, context.seed + 1)
            yield Figure("HTTP", http.per_cpu_s, "spans/CPU-s", note=http.note)
            yield Figure("gRPC", grpc.per_cpu_s, "spans/CPU-s", note=grpc.note)
            yield Figure("gRPC as a share of HTTP", grpc.per_cpu_s / http.per_cpu_s, "", 0.4)

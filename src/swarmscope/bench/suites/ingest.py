"""OTLP/HTTP to durable and queryable, every default on; acknowledgement and visibility at half load; bytes on disk."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np

from swarmscope.bench import parts, process
from swarmscope.bench.figures import Figure
from swarmscope.bench.loads import measured, quantile_ms, send
from swarmscope.bench.server import Server
from swarmscope.bench.suite import Context, Suite
from swarmscope.sim.connection import connect
from swarmscope.sim.payload import SpanTemplate

SPANS = 1_000_000
PROBE_S = 1.0


def _half_load(context: Context, server: Server, rate: float) -> Iterator[Figure]:
    context.say(f"half load: {rate:,.0f} spans/s for {context.seconds:.0f} s")
    stop, seen = threading.Event(), _Visibility(server)
    prober = threading.Thread(target=seen.probe, args=(stop,), daemon=True)
    prober.start()
    summary = send(server.otlp, "traces", 0, context.seed + 1, rate, context.seconds)
    stop.set()
    prober.join(30)
    p99 = quantile_ms(list(summary.ledger.latencies_ms), 99)
    yield Figure(
        "acknowledgement p99 at half load", p99, "ms", 250, "lower", f"{summary.ledger.signals['traces'].sent:,} spans"
    )
    slowest = max(seen.seconds, default=None)
    yield Figure(
        "acknowledged to visible at half load, longest", slowest, "s", 2, "lower", f"{len(seen.seconds)} probes"
    )


class _Visibility:
    """Sends one span now and then and asks for its trace until it is there."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.seconds: list[float] = []

    def probe(self, stop: threading.Event) -> None:
        template, rng = SpanTemplate(77, 8), np.random.default_rng(time.time_ns())
        connection = connect(self._server.otlp)
        while not stop.wait(PROBE_S):
            body = bytes(template.make(rng, time.time_ns() - 4_000_000_000, 1000))
            at = body.index(b"\x0a\x10", 200) + 2
            trace_id = body[at : at + 16].hex()
            if connection.send("traces", body).status != 200:
                continue
            begun = time.monotonic()
            while (
                self._server.http.get(f"/api/v1/traces/{trace_id}").status_code != 200 and time.monotonic() - begun < 20
            ):
                time.sleep(0.02)
            self.seconds.append(time.monotonic() - begun)
        connection.close()


def _sizes(server: Server, spans: int) -> Iterator[Figure]:
    found = parts.of(server.data_dir)
    total = sum(t["bytes"] for t in found.values())
    listed = ", ".join(
        f"{name} {t['bytes'] / spans:.1f}" for name, t in sorted(found.items(), key=lambda x: -x[1]["bytes"])[:6]
    )
    worst = max((t["parts_max"] for t in found.values()), default=0)
    on_disk = process.disk_bytes(server.data_dir / "store")
    yield Figure(
        "bytes on disk per span, all tables",
        total / spans,
        "bytes",
        100,
        "lower",
        f"per span: {listed}; folder {on_disk:,} bytes",
    )
    yield Figure(
        "bytes on disk per span, span table", found["spans"]["bytes"] / spans, "bytes", 60, "lower", f"{spans:,} spans"
    )
    yield Figure("most parts of a partition after merges", worst, "parts", 10, "lower")


class Ingest(Suite):
    """Spans over HTTP until durable, queryable and merged; half load; size on disk."""

    name = "ingest"

    def measure(self, context: Context) -> Iterator[Figure]:
        """Yield the figures of ingesting spans by HTTP."""
        with context.folder() as folder, Server(folder) as server:
            context.say("compiling and warming up")
            server.warm_up()
            items = context.items(SPANS)
            context.say(f"sending {items:,} spans")
            cost = measured(server, server.otlp, "traces", items, context.seed)
            advice = "fewer and larger requests help; see the sizing guide"
            yield Figure(
                "spans per CPU-second, durable and queryable",
                cost.per_cpu_s,
                "spans/CPU-s",
                50_000,
                note=cost.note,
                advice=advice,
            )
            yield Figure(
                "spans per second of wall time",
                cost.per_s,
                "spans/s",
                note=f"payload SHA-256 {cost.summary.facts['payload_sha256']}",
            )
            refused = sum(n for status, n in cost.summary.ledger.statuses.items() if status != 200)
            yield Figure(
                "requests that were told to retry",
                refused,
                "requests",
                note="at full speed; nothing acknowledged is lost",
            )
            yield Figure("peak memory under load", cost.rss_peak_mb, "MB", 1500, "lower")
            total = server.count("spans")
            server.stop()
            yield from _sizes(server, total)
            server.start()
            server.warm_up()
            yield from _half_load(context, server, cost.per_s / 2)
            total = server.count("spans")
            server.settle("spans", total)
            server.stop()
            mixed = sum(t["bytes"] for t in parts.of(server.data_dir).values()) / total
            note = f"the half load has texts of its own in the same sessions; {total:,} spans"
            yield Figure("the same with a second payload among it", mixed, "bytes", note=note)

"""Samples by remote write until durable, queryable and merged; Prometheus and VictoriaMetrics beside us, if installed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from swarmscope.bench import peers, process, samples
from swarmscope.bench.figures import Figure
from swarmscope.bench.server import Server
from swarmscope.bench.suite import Context, Suite

SAMPLES = 12_000_000
AGENTS = 10_000
CPU_S_PER_M, PER_S, BYTES = 1.5, 300_000, 1.0
_SIZES = """
import json, sys
from pathlib import Path
from swarmscope.config import Storage
from swarmscope.store.embedded import EmbeddedStore
store = EmbeddedStore(Path(sys.argv[1]), Storage())
rows = store.query("SELECT table, sum(rows) AS n, sum(bytes_on_disk) AS size FROM system.parts WHERE active GROUP BY table")
print(json.dumps({r["table"]: [r["n"], r["size"]] for r in rows.to_pylist()}))
store.close()
"""


def shape(context: Context, full: int) -> tuple[int, int]:
    """(agents, ticks) for `full` samples at the scale."""
    wanted = max(20_000, int(full * context.scale))
    agents = AGENTS if wanted >= 30 * AGENTS * len(samples.SERIES) else max(100, wanted // (30 * len(samples.SERIES)))
    return agents, max(2, wanted // (agents * len(samples.SERIES)))


class Samples(Suite):
    """Samples by remote write; peers on the same data."""

    name = "samples"

    def measure(self, context: Context) -> Iterator[Figure]:
        """Yield CPU-seconds per million, samples per second and bytes per sample, and the ratios to the peers."""
        agents, ticks = shape(context, SAMPLES)
        end_s = int(time.time()) // samples.STEP_S * samples.STEP_S
        with context.folder() as folder:
            with Server(folder) as server:
                context.say("compiling and warming up")
                server.warm_up()
                samples.send(f"{server.url}/api/v1/write", min(agents, 100), 1, end_s - 86_400, 0, context.say)
                context.say(f"sending {agents * ticks * len(samples.SERIES):,} samples")
                known, before = server.count("samples"), process.cpu_s(server.pid)
                sent = samples.send(f"{server.url}/api/v1/write", agents, ticks, end_s, context.seed, context.say)
                at_ack = process.cpu_s(server.pid) - before
                server.settle("samples", known + sent.samples)
                cpu_s = process.cpu_s(server.pid) - before
            count, size = _sizes(folder / "store")["samples"]
        millions = sent.samples / 1e6
        ours = {"cpu": cpu_s / millions, "rate": sent.samples / sent.seconds, "bytes": size / count}
        note = f"{sent.samples:,} samples; {at_ack / millions:.2f} when the last was acknowledged"
        yield Figure(
            "CPU-seconds per million samples, merges included", ours["cpu"], "CPU-s", CPU_S_PER_M, "lower", note
        )
        yield Figure("samples per second until durable", ours["rate"], "samples/s", PER_S)
        yield Figure("bytes per sample on disk", ours["bytes"], "B", BYTES, "lower", f"{count:,} rows of the table")
        for name in peers.installed():
            yield from _beside(context, name, agents, ticks, end_s, ours)


def _beside(
    context: Context, name: str, agents: int, ticks: int, end_s: int, ours: dict[str, float]
) -> Iterator[Figure]:
    with context.folder() as folder, peers.running(name, folder) as peer:
        context.say(f"the same to {name}")
        before = peer.cpu_s()
        sent = samples.send(peer.write, agents, ticks, end_s, context.seed, context.say)
        peer.settle()
        cpu = (peer.cpu_s() - before) / (sent.samples / 1e6)
        size = peer.disk_bytes() / sent.samples
    rate = sent.samples / sent.seconds
    yield Figure(
        f"{name}, CPU-seconds per million samples", cpu, "CPU-s", note=f"we take {ours['cpu'] / cpu:.2f} of it"
    )
    yield Figure(
        f"{name}, samples per second", rate, "samples/s", note=f"we take {ours['rate'] / rate:.2f} times as many"
    )
    yield Figure(f"{name}, bytes per sample", size, "B", note=f"we take {ours['bytes'] / size:.2f} of it")


def _sizes(store: Path) -> dict[str, tuple[int, int]]:
    """Rows and bytes by table of a store that nobody has open."""
    done = subprocess.run(  # our own interpreter and text
        [sys.executable, "-c", _SIZES, str(store)], capture_output=True, text=True, check=True, timeout=120
    )
    found: dict[str, tuple[int, int]] = json.loads(done.stdout.splitlines()[-1])
    return found

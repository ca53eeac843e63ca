"""Fifteen thousand live agents from the simulator: is anything refused, and does the API stay quick?"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import orjson

from swarmscope.bench import process
from swarmscope.bench.figures import Figure
from swarmscope.bench.loads import quantile_ms
from swarmscope.bench.server import Server
from swarmscope.bench.suite import Context, Suite

AGENTS = 15_000
CALLS: tuple[tuple[str, dict[str, str | int]], ...] = (
    ("/fleet", {}),
    ("/agents", {"limit": 100}),
    ("/agents", {"q": "state:working", "limit": 50}),
    ("/traces", {"start": "-5m", "limit": 50}),
    ("/traces", {"q": "error", "start": "-5m", "limit": 50}),
    ("/logs", {"start": "-5m", "limit": 100}),
    ("/sessions", {"start": "-5m", "limit": 20}),
)
SETTLE_S = 10.0


def _ask(server: Server, child: subprocess.Popen[bytes]) -> dict[str, list[float]]:
    """Call the API in turn while the simulator runs; milliseconds by call, the first seconds left out."""
    slow: dict[str, list[float]] = {}
    begun = time.monotonic()
    while child.poll() is None:
        for path, params in CALLS:
            name = f"{path}?{'&'.join(f'{k}={v}' for k, v in params.items())}" if params else path
            started = time.perf_counter()
            server.ask(path, params)
            if time.monotonic() - begun > SETTLE_S:
                slow.setdefault(name, []).append((time.perf_counter() - started) * 1000)
            time.sleep(0.05)
    return slow


class Live(Suite):
    """15,000 live agents and an API that stays quick."""

    name = "live"

    def measure(self, context: Context) -> Iterator[Figure]:
        """Yield rates, refusals, latency of the API and what both sides burnt."""
        agents, seconds = max(50, int(AGENTS * context.scale)), max(15.0, context.seconds * 3)
        with context.server() as server:
            context.say(f"{agents:,} agents for {seconds:.0f} s")
            cpu, begun = process.cpu_s(server.pid), time.monotonic()
            command = [
                sys.executable,
                "-m",
                "swarmscope",
                "simulate",
                "--agents",
                str(agents),
                "--duration",
                f"{seconds:.0f}",
                "--json",
            ]
            child = subprocess.Popen(
                [*command, "--url", server.otlp, "--seed", str(context.seed)], stdout=subprocess.PIPE
            )
            try:
                slow = _ask(server, child)
                out = child.communicate()[0]
            finally:
                child.kill()
                child.wait()
            wall = time.monotonic() - begun
            spent = process.cpu_s(server.pid) - cpu
            report = orjson.loads(out)
            items, rates = report["items"], report["rates"]
            refused = sum(c["rejected"] + c["refused"] + c["dropped"] for c in items.values())
            retried = sum(n for status, n in report["requests"].items() if status != "200")
            note = f"{rates['traces_per_s']:,.0f} spans/s, "
            note += f"{rates['metrics_per_s']:,.0f} samples/s, {rates['logs_per_s']:,.0f} logs/s"
            yield Figure("live agents", agents, "agents", note=note)
            yield Figure(
                "items refused or dropped", refused, "items", 0, "lower", f"{retried} requests were told to retry"
            )
            worst = max(slow, key=lambda path: quantile_ms(slow[path], 95) or 0)
            everything = [x for values in slow.values() for x in values]
            listed = ", ".join(f"{path} {quantile_ms(v, 95)} ms" for path, v in slow.items())
            yield Figure(
                "API p95 under that load",
                quantile_ms(everything, 95),
                "ms",
                100,
                "lower",
                f"{len(everything)} calls; p95 by call: {listed}",
            )
            yield Figure("slowest call, p95", quantile_ms(slow[worst], 95), "ms", note=worst)
            yield Figure(
                "server CPU",
                spent / wall * 100,
                "% of a core",
                note=f"simulator {report['simulator_cpu_s'] / wall * 100:.0f} %",
            )
            yield Figure("memory under load", process.rss_mb(server.pid, peak=True), "MB", 1500, "lower")
            seen = server.get("/fleet")["agents"]
            yield Figure("agents in the registry", seen, "agents", agents * 0.95)

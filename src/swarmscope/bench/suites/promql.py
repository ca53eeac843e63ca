"""PromQL over a fleet's samples, side by side with Prometheus and VictoriaMetrics on the same data, where installed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import httpx

from swarmscope.bench import peers, process, samples
from swarmscope.bench.figures import Figure
from swarmscope.bench.server import Server
from swarmscope.bench.suite import Context, Suite
from swarmscope.bench.suites.samples import shape

SAMPLES = 144_000_000
REPEATS = 5
STEP_S = 60
QUERIES = (
    ("sum by (model) (rate(agent_requests_total[5m]))", "range", 410.0),
    ("quantile(0.95, agent_context_tokens)", "range", 870.0),
    ("topk(10, agent_queue_depth)", "instant", 80.0),
    ('agent_requests_total{agent="agent-00042"}', "range", 3.0),
)


class Promql(Suite):
    """PromQL over a fleet's samples, beside its peers."""

    name = "promql"
    by_default = False

    def measure(self, context: Context) -> Iterator[Figure]:
        """Yield the median of each query in milliseconds, and the ratios to the peers, which are asked in turn."""
        agents, ticks = shape(context, SAMPLES)
        end_s = int(time.time()) // STEP_S * STEP_S
        with ExitStack() as stack:
            folder = stack.enter_context(context.folder())
            server = stack.enter_context(Server(folder / "ours"))
            server.warm_up()
            total = agents * ticks * len(samples.SERIES)
            context.say(f"sending {total:,} samples")
            samples.send(f"{server.url}/api/v1/write", agents, ticks, end_s, context.seed, context.say)
            server.settle("samples", total)
            asked = [_Asked.of("Swarmscope", server.url, server.pid, stack)]
            for name in peers.installed():
                peer = stack.enter_context(peers.running(name, folder))
                context.say(f"the same to {name}")
                samples.send(peer.write, agents, ticks, end_s, context.seed, context.say)
                peer.settle()
                asked.append(_Asked.of(name, peer.url, peer.pid, stack))
            span_s = min(6 * 3600, (ticks - 1) * samples.STEP_S)
            for query, kind, target in QUERIES:
                context.say(query)
                yield _compared(asked, query, kind, target if context.scale >= 1 else None, end_s, span_s)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A server and the one connection that it is asked by."""

    name: str
    client: httpx.Client
    pid: int

    @classmethod
    def of(cls, name: str, url: str, pid: int, stack: ExitStack) -> _Asked:
        return cls(name, stack.enter_context(httpx.Client(base_url=url, timeout=120, trust_env=False)), pid)

    def ask(self, path: str, params: dict[str, str]) -> tuple[float, float]:
        """Milliseconds until the whole answer is there, and of processor time that the server took meanwhile."""
        cpu, begun = process.cpu_s(self.pid), time.perf_counter()
        answer = self.client.get(path, params=params)
        took, used = time.perf_counter() - begun, process.cpu_s(self.pid) - cpu
        if answer.status_code != 200 or not answer.json()["data"]["result"]:
            raise RuntimeError(f"{self.name} answered {answer.status_code} to {params}: {answer.text[:200]}")
        return took * 1000, used * 1000


def _compared(asked: list[_Asked], query: str, kind: str, target: float | None, end_s: int, span_s: int) -> Figure:
    params = {"query": query, "time": str(end_s)}
    if kind == "range":
        params = {"query": query, "start": str(end_s - span_s), "end": str(end_s), "step": str(STEP_S)}
    path = "/api/v1/query_range" if kind == "range" else "/api/v1/query"
    took: dict[str, list[tuple[float, float]]] = {one.name: [] for one in asked}
    for number in range(REPEATS + 1):
        for one in asked:  # in turn, so that a busy moment hits all alike
            found = one.ask(path, params)
            if number:  # the first one fills caches
                took[one.name].append(found)
    medians = {name: statistics.median(ms for ms, _ in times) for name, times in took.items()}
    cpu = {name: statistics.fmean(ms for _, ms in times) for name, times in took.items()}
    ours, our_cpu = medians.pop("Swarmscope"), cpu.pop("Swarmscope")
    beside = [
        f"{name} {ms:.1f} ms, we take {ours / ms:.2f} of it; CPU {cpu[name]:.0f} ms" for name, ms in medians.items()
    ]
    return Figure(f"{query} ({kind})", ours, "ms", target, "lower", "; ".join([f"CPU {our_cpu:.0f} ms", *beside]))

"""PromQL over a fleet's samples, side by side with Prometheus and VictoriaMetrics on the same data, where installed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx

from swarmscope.bench import peers, samples
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
            asked = {"Swarmscope": server.url}
            for name in peers.installed():
                peer = stack.enter_context(peers.running(name, folder))
                context.say(f"the same to {name}")
                samples.send(peer.write, agents, ticks, end_s, context.seed, context.say)
                peer.settle()
                asked[name] = peer.url
            span_s = min(6 * 3600, (ticks - 1) * samples.STEP_S)
            for query, kind, target in QUERIES:
                yield from _compared(asked, query, kind, target if context.scale >= 1 else None, end_s, span_s)


def _compared(
    asked: dict[str, str], query: str, kind: str, target: float | None, end_s: int, span_s: int
) -> Iterator[Figure]:
    took: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(REPEATS):  # in turn, so that a busy moment hits all alike
        for name, url in asked.items():
            took[name].append(_ask(url, query, kind, end_s, span_s))
    medians = {name: statistics.median(times) for name, times in took.items()}
    ours = medians.pop("Swarmscope")
    note = "; ".join(f"{name} {ms:.1f} ms, we take {ours / ms:.2f} of it" for name, ms in medians.items())
    yield Figure(f"{query} ({kind})", ours, "ms", target, "lower", note)


def _ask(url: str, query: str, kind: str, end_s: int, span_s: int) -> float:
    """Milliseconds until the whole answer is there."""
    params: dict[str, str] = {"query": query}
    if kind == "range":
        params |= {"start": str(end_s - span_s), "end": str(end_s), "step": str(STEP_S)}
    else:
        params |= {"time": str(end_s)}
    path = "/api/v1/query_range" if kind == "range" else "/api/v1/query"
    begun = time.perf_counter()
    answer = httpx.get(url + path, params=params, timeout=120, trust_env=False)
    took = (time.perf_counter() - begun) * 1000
    if answer.status_code != 200 or not answer.json()["data"]["result"]:
        raise RuntimeError(f"{url} answered {answer.status_code} to {query}: {answer.text[:200]}")
    return took

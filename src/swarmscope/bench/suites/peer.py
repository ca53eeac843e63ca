"""The same payload to Phoenix and to us, one after the other, for a ratio of one run."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx

from swarmscope.bench.figures import Figure
from swarmscope.bench.loads import measured, send
from swarmscope.bench.suite import Context, Suite

SPANS = 20_480
WAIT_MAX_S = 900.0


def _phoenix_spans(url: str) -> int:
    """Spans that Phoenix shows over all projects."""
    query = "{projects{edges{node{traceCount recordCount}}}}"
    answer = httpx.post(f"{url.rstrip('/')}/graphql", json={"query": query}, timeout=60, trust_env=False)
    answer.raise_for_status()
    return sum(int(e["node"]["recordCount"]) for e in answer.json()["data"]["projects"]["edges"])


class Peer(Suite):
    """The same payload to Phoenix and to us."""

    name = "peer"
    by_default = False

    def measure(self, context: Context) -> Iterator[Figure]:
        """Yield visible spans per second of both and the ratio; Phoenix' CPU is not ours to see."""
        if not context.phoenix_url:
            raise ValueError("name a running Phoenix with --phoenix-url http://127.0.0.1:6006")
        items = context.items(SPANS, 5_120)
        context.say(f"{items:,} spans to Phoenix at {context.phoenix_url}")
        before, begun = _phoenix_spans(context.phoenix_url), time.monotonic()
        summary = send(context.phoenix_url, "traces", items, context.seed)
        while _phoenix_spans(context.phoenix_url) < before + items and time.monotonic() - begun < WAIT_MAX_S:
            time.sleep(0.5)
        theirs = (_phoenix_spans(context.phoenix_url) - before) / (time.monotonic() - begun)
        note = f"{summary.ledger.signals['traces'].sent:,} acknowledged; payload {summary.facts['payload_sha256'][:16]}"
        yield Figure("Phoenix, spans visible per second", theirs, "spans/s", note=note)
        with context.server() as server:
            cost = measured(server, server.otlp, "traces", items, context.seed)
            ours = cost.items / (cost.acknowledged_s + cost.visible_s)
            yield Figure("Swarmscope, spans visible per second", ours, "spans/s", note=cost.note)
            yield Figure("Swarmscope over Phoenix", ours / max(1e-9, theirs), "×")

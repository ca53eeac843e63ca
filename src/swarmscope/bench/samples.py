"""The metrics of a fleet as remote write: ten series per agent, one sample each per tick, and sending them to anyone.

Values are what fleets report: counters that grow by small steps and rest while an agent rests, sums and costs with four
decimals, gauges. A request is serialised once and patched in place, so that sending costs little.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import cramjam
import httpx
import numpy as np
from numpy.typing import NDArray

from swarmscope.ingest.write_request import labels, varint

STEP_S = 15
AGENTS_PER_REQUEST = 500
CONNECTIONS = 2
RETRY_S = 0.2
RETRIES_MAX = 200
MODELS = ("gpt-5", "claude-opus-4", "claude-sonnet-4", "gemini-2.5-pro", "llama-4-70b", "mistral-large")
REGIONS = ("eu-west-1", "us-east-1", "us-west-2", "ap-south-1", "eu-north-1")
SERIES = (
    ("agent_requests_total", "counter", 4), ("agent_input_tokens_total", "counter", 4000),
    ("agent_output_tokens_total", "counter", 900), ("agent_tool_calls_total", "counter", 6),
    ("agent_errors_total", "counter", 2), ("agent_cost_usd_total", "sum", 0.05), ("agent_latency_seconds_sum", "sum", 6.0),
    ("agent_latency_seconds_count", "counter", 4), ("agent_queue_depth", "gauge", 12),
    ("agent_context_tokens", "gauge", 30_000),
)  # fmt: skip
F64 = NDArray[np.float64]
_snappy: Any = cramjam.snappy


def labels_of(agent: int) -> dict[str, str]:
    """Labels of an agent."""
    return {
        "agent": f"agent-{agent:05d}", "fleet": f"fleet-{agent % 20:02d}", "model": MODELS[agent * 7 % len(MODELS)],
        "region": REGIONS[agent % 5], "job": "agents", "instance": f"10.{agent >> 8 & 255}.{agent & 255}.7:9464",
    }  # fmt: skip


class Values:
    """(agents, series) from tick to tick. Agents work for ten minutes and rest for ten, each at its own time."""

    def __init__(self, agents: int, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._values: F64 = np.zeros((agents, len(SERIES)))
        self._phase = self._rng.integers(0, 80, agents)
        self._tick = 0

    def next(self) -> F64:
        """The next tick; the array is used again."""
        n = len(self._phase)
        works = (self._tick + self._phase) % 80 < 40
        self._tick += 1
        for column, (_, kind, most) in enumerate(SERIES):
            values = self._values[:, column]
            if kind == "gauge":
                fresh = self._rng.integers(0, int(most), n)
                values[works] = fresh[works]
            elif kind == "sum":
                values[works] = np.round(values[works] + np.round(self._rng.random(int(works.sum())) * most, 4), 4)
            else:
                values[works] += self._rng.integers(0, max(1, int(most)), int(works.sum()))
        return self._values


class Template:
    """One request: all series of agents [first, last)."""

    def __init__(self, first: int, last: int) -> None:
        self.agents = slice(first, last)
        parts: list[bytes] = []
        places: list[int] = []
        at = 0
        for agent in range(first, last):
            own = labels_of(agent)
            for name, _, _ in SERIES:
                block = labels({**own, "__name__": name})
                body = block + b"\x12\x10\x09" + bytes(8) + b"\x10" + b"\x80" * 5 + b"\x00"
                whole = b"\x0a" + varint(len(body)) + body
                places.append(at + len(whole) - 15)
                parts.append(whole)
                at += len(whole)
        self._data = np.frombuffer(bytearray(b"".join(parts)), np.uint8)
        self._values = np.array(places)[:, None] + np.arange(8)
        self._times = np.array(places)[:, None] + 9 + np.arange(6)
        self.samples = len(places)

    def make(self, values: F64, time_ms: int) -> bytes:
        """The compressed request of a tick."""
        self._data[self._values] = np.ascontiguousarray(values[self.agents]).reshape(-1).view(np.uint8).reshape(-1, 8)
        self._data[self._times] = [time_ms >> 7 * i & 127 | (128 if i < 5 else 0) for i in range(6)]
        return bytes(_snappy.compress_raw(self._data.data))


@dataclass(frozen=True, slots=True)
class Sent:
    """What was acknowledged, and in which time; the processor time of sending is the bench's own."""

    samples: int
    seconds: float


def send(url: str, agents: int, ticks: int, end_s: int, seed: int, say: Callable[[str], None]) -> Sent:
    """Write `ticks` ticks that end at `end_s`, in order, over few connections. RuntimeError: refused for good."""
    templates = [Template(i, min(agents, i + AGENTS_PER_REQUEST)) for i in range(0, agents, AGENTS_PER_REQUEST)]
    values = Values(agents, seed)
    headers = {"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy",
               "X-Prometheus-Remote-Write-Version": "0.1.0"}  # fmt: skip
    begun = time.monotonic()
    with httpx.Client(timeout=120, trust_env=False, headers=headers) as client, ThreadPoolExecutor(CONNECTIONS) as pool:
        for tick in range(ticks):
            at_ms = (end_s - (ticks - 1 - tick) * STEP_S) * 1000
            now = values.next()
            bodies: Iterator[bytes] = (template.make(now, at_ms) for template in templates)
            list(pool.map(lambda body: _post(client, url, body), bodies))
            if tick % 240 == 239:
                say(f"{(tick + 1) * agents * len(SERIES):,} samples sent")
    return Sent(ticks * sum(t.samples for t in templates), time.monotonic() - begun)


def _post(client: httpx.Client, url: str, body: bytes) -> None:
    for _ in range(RETRIES_MAX):
        answer = client.post(url, content=body)
        if answer.status_code < 300:
            return
        if answer.status_code not in (429, 503):
            break
        time.sleep(RETRY_S)
    raise RuntimeError(f"{url} answered {answer.status_code}: {answer.text[:300]}")

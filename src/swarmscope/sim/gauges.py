"""The fleet's metrics: ready-made numbers per node, in which only times and values are patched, and histograms of its calls."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from swarmscope.sim import wire
from swarmscope.sim.catalogue import MODELS
from swarmscope.sim.clock import Clock
from swarmscope.sim.fleet import Fleet
from swarmscope.sim.histograms import Calls
from swarmscope.sim.outbox import Outbox

_CUMULATIVE = b"\x10\x02"
_SCOPE = wire.field(1, wire.field(1, b"swarmscope.sim"))
_GIVEN_UP = "Requests that the agent gave up; a failed call that went well when tried again is none"
_TOKENS = "Tokens that the agent's model calls took in and gave out"


@dataclass(frozen=True, slots=True)
class Metric:
    """A number that each agent reports; `column` names the array in Tally, `about` says what is counted."""

    name: str
    unit: str
    column: str
    counter: bool
    about: str
    labels: tuple[tuple[str, str], ...] = ()


METRICS = (
    Metric("agent.requests", "{request}", "requests", True, "Requests that the agent answered or gave up"),
    Metric("agent.errors", "{error}", "errors", True, _GIVEN_UP),
    Metric("agent.tool.calls", "{call}", "tool_calls", True, "Calls of tools, failed ones and repeats included"),
    Metric("agent.tokens", "{token}", "input_tokens", True, _TOKENS, (("gen_ai.token.type", "input"),)),
    Metric("agent.tokens", "{token}", "output_tokens", True, _TOKENS, (("gen_ai.token.type", "output"),)),
    Metric("agent.cost", "USD", "cost_usd", True, "What the agent's model calls cost, by list price"),
    Metric("agent.queue.depth", "{task}", "queue", False, "Requests that the agent works on or that wait for it"),
    Metric("agent.context.tokens", "{token}", "context_tokens", False, "Tokens of the conversation so far"),
    Metric("agent.quality.score", "1", "quality", False, "How good the latest answers were judged, from 0 to 1"),
    Metric("process.memory.usage", "By", "memory", False, "Memory that the agent's process holds"),
    Metric("process.cpu.utilization", "1", "cpu", False, "Share of one core that the agent's process uses"),
)


@dataclass(slots=True)
class Tally:
    """What has been counted so far, per agent: arrays of n."""

    n: int
    requests: NDArray[np.int64] = field(init=False)
    errors: NDArray[np.int64] = field(init=False)
    tool_calls: NDArray[np.int64] = field(init=False)
    input_tokens: NDArray[np.int64] = field(init=False)
    output_tokens: NDArray[np.int64] = field(init=False)
    cost_usd: NDArray[np.float64] = field(init=False)
    queue: NDArray[np.int64] = field(init=False)
    context_tokens: NDArray[np.int64] = field(init=False)
    quality: NDArray[np.float64] = field(init=False)
    memory: NDArray[np.int64] = field(init=False)
    cpu: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        for name in ("requests", "errors", "tool_calls", "input_tokens", "output_tokens", "queue", "context_tokens"):
            setattr(self, name, np.zeros(self.n, np.int64))
        self.cost_usd, self.cpu = np.zeros(self.n), np.zeros(self.n)
        self.quality = np.full(self.n, 0.9)
        self.memory = np.full(self.n, 180 << 20, np.int64)


class Reports:
    """Patches and sends the metrics of each node every `interval_s`, nodes spread evenly over the interval."""

    def __init__(
        self, fleet: Fleet, tally: Tally, calls: Calls, outbox: Outbox, clock: Clock, interval_s: float
    ) -> None:
        self._fleet, self._tally, self._calls, self._outbox, self._clock = fleet, tally, calls, outbox, clock
        self._interval_s = interval_s
        self._due = (np.arange(fleet.nodes) + 1) * interval_s / fleet.nodes
        self._templates: dict[int, NodeTemplate] = {}
        self._rng = np.random.default_rng([fleet.n, 11])

    def tick(self, t: float, silent: NDArray[np.bool_]) -> None:
        """Send what is due at `t`; agents in `silent` report nothing."""
        for node in np.flatnonzero(self._due <= t).tolist():
            due_s = float(self._due[node])
            self._due[node] += self._interval_s
            who = np.flatnonzero(self._fleet.node == node) if node not in self._templates else self._templates[node].who
            if silent[who].all():
                continue
            template = self._templates.get(node) or self._templates.setdefault(
                node, NodeTemplate(self._fleet, who, self._clock.t0_ns)
            )
            self._measure_hosts(who)
            time_ns = self._clock.ns(due_s)
            histograms, points = self._calls.report(node, self._clock.t0_ns, time_ns)
            body = _SCOPE + template.patched(self._tally, time_ns) + histograms
            block = wire.field(1, wire.field(1, self._fleet.resources[node]) + wire.field(2, body))
            self._outbox.metrics(block, template.points + points)

    def _measure_hosts(self, who: NDArray[np.int64]) -> None:
        tally = self._tally
        busy = np.minimum(1.0, tally.queue[who] * 0.6 + self._rng.random(who.size) * 0.2)
        tally.cpu[who] = np.round(0.7 * tally.cpu[who] + 0.3 * busy, 4)
        tally.memory[who] = (180 << 20) + tally.context_tokens[who] * 2048


class NodeTemplate:
    """The encoded numbers of one node (fields 2 of ScopeMetrics), with the places of their times and values."""

    def __init__(self, fleet: Fleet, who: NDArray[np.int64], t0_ns: int) -> None:
        self.who = who
        self.points = who.size * len(METRICS)
        labels = [
            wire.attributes(
                7, {"swarmscope.agent.id": fleet.names[i], "gen_ai.request.model": MODELS[fleet.model[i]].name}
            )
            for i in who.tolist()
        ]
        pieces, times, values, at = [], [], [], 0
        for metric in METRICS:
            data, time_at, value_at = _numbers(metric, labels, t0_ns)
            pieces.append(data)
            times.append(time_at + at)
            values.append(value_at + at)
            at += len(data)
        self._buffer = np.frombuffer(bytearray(b"".join(pieces)), np.uint8)
        self._times = np.concatenate(times)[:, None] + np.arange(8)
        self._values = [v[:, None] + np.arange(8) for v in values]

    def patched(self, tally: Tally, time_ns: int) -> bytes:
        """The numbers with the values of `tally` at `time_ns`."""
        buffer, who = self._buffer, self.who
        buffer[self._times] = np.frombuffer(wire.pack_fixed64(time_ns), np.uint8)
        for metric, places in zip(METRICS, self._values, strict=True):
            buffer[places] = _bytes(getattr(tally, metric.column)[who])
        return buffer.tobytes()


def _bytes(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(values).view(np.uint8).reshape(-1, 8)


def _numbers(metric: Metric, labels: list[bytes], t0_ns: int) -> tuple[bytes, NDArray[np.int64], NDArray[np.int64]]:
    """One Metric (field 2 of ScopeMetrics) with a point per agent, and where times and values stand in it."""
    extra = wire.attributes(7, metric.labels)
    value_tag = b"\x21" if metric.column in ("cost_usd", "quality", "cpu") else b"\x31"
    start = b"\x11" + wire.pack_fixed64(t0_ns) if metric.counter else b""
    points, starts = bytearray(), []
    for label in labels:
        point = start + b"\x19" + bytes(8) + value_tag + bytes(8) + label + extra
        head = b"\x0a" + wire.varint(len(point))
        starts.append(len(points) + len(head) + len(start))
        points += head + point
    data = bytes(points) + (_CUMULATIVE + b"\x18\x01" if metric.counter else b"")
    return _metric(metric.name, metric.about, metric.unit, 7 if metric.counter else 5, data, np.array(starts), 1, 10)


def _metric(
    name: str, about: str, unit: str, kind: int, data: bytes, starts: NDArray[np.int64], time_at: int, value_at: int
) -> tuple[bytes, NDArray[np.int64], NDArray[np.int64]]:
    head = wire.field(1, name.encode()) + wire.field(2, about.encode()) + wire.field(3, unit.encode())
    inner = wire.field(kind, data)
    block = wire.field(2, head + inner)
    shift = len(block) - len(data)
    return block, starts + shift + time_at, starts + shift + value_at

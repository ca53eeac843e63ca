"""The standard histograms of model calls, whose exemplars lead to the spans of the calls.

Source: OpenTelemetry semantic conventions for generative AI, client metrics: names, units, labels and bounds of buckets.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from swarmscope.sim import wire
from swarmscope.sim.catalogue import MODELS
from swarmscope.sim.fleet import Fleet

DURATION, TOKENS = "gen_ai.client.operation.duration", "gen_ai.client.token.usage"
DURATION_BOUNDS_S = tuple(round(0.01 * 2**i, 2) for i in range(14))
TOKEN_BOUNDS = tuple(float(4**i) for i in range(14))
_CUMULATIVE = b"\x10\x02"


@dataclass(frozen=True, slots=True)
class Call:
    """What a model call answered: when it ended, how long it took, its tokens, and its span."""

    end_ns: int
    seconds: float
    input_tokens: int
    output_tokens: int
    trace: bytes
    span: bytes


class Calls:
    """Counts answered model calls: how long they took by agent, their tokens by node and model, as a process' SDK does."""

    def __init__(self, fleet: Fleet) -> None:
        self._duration = Histogram(
            DURATION, "s", "How long answered model calls took", DURATION_BOUNDS_S,
            [_labels(int(m), {"swarmscope.agent.id": name}) for name, m in zip(fleet.names, fleet.model, strict=True)],
        )  # fmt: skip
        pairs = np.stack((fleet.node, fleet.model), 1)
        kinds, kind = np.unique(pairs, axis=0, return_inverse=True)
        self._kind = kind.reshape(-1)
        self._kinds_from = np.searchsorted(kinds[:, 0], np.arange(fleet.nodes + 1))
        self._agents_from = np.searchsorted(fleet.node, np.arange(fleet.nodes + 1))
        self._tokens = Histogram(
            TOKENS, "{token}", "Tokens that an answered model call took in, and gave out", TOKEN_BOUNDS,
            [_labels(m, {"gen_ai.token.type": kind}) for m in kinds[:, 1].tolist() for kind in ("input", "output")],
        )  # fmt: skip

    def answered(self, agent: int, call: Call) -> None:
        """Count one call of an agent."""
        self._duration.observe(agent, call.seconds, call)
        row = 2 * int(self._kind[agent])
        self._tokens.observe(row, call.input_tokens, call)
        self._tokens.observe(row + 1, call.output_tokens, call)

    def report(self, node: int, start_ns: int, time_ns: int) -> tuple[bytes, int]:
        """The metrics of a node (fields 2 of ScopeMetrics) with what was observed since the start, and how many points."""
        agents = range(int(self._agents_from[node]), int(self._agents_from[node + 1]))
        kinds = range(2 * int(self._kinds_from[node]), 2 * int(self._kinds_from[node + 1]))
        durations, of_durations = self._duration.report(agents, start_ns, time_ns)
        tokens, of_tokens = self._tokens.report(kinds, start_ns, time_ns)
        return durations + tokens, of_durations + of_tokens


class Histogram:
    """Observations by row and bucket. Of each bucket the newest since the last report becomes an exemplar, as with the SDKs."""

    def __init__(self, name: str, unit: str, about: str, bounds: Sequence[float], labels: Sequence[bytes]) -> None:
        """labels: the encoded attributes (9) of each row."""
        self._head = wire.field(1, name.encode()) + wire.field(2, about.encode()) + wire.field(3, unit.encode())
        self._bounds = bounds
        self._labels = labels
        self._encoded_bounds = wire.field(7, b"".join(map(wire.pack_double, bounds)))
        self._counts = np.zeros((len(labels), len(bounds) + 1), np.uint64)
        self._sums = np.zeros(len(labels))
        self._exemplars: dict[int, dict[int, bytes]] = {}

    def observe(self, row: int, value: float, call: Call) -> None:
        """Count `value`, observed in the span of `call`."""
        bucket = bisect_left(self._bounds, value)
        self._counts[row, bucket] += np.uint64(1)
        self._sums[row] += value
        number = b"\x11" + wire.pack_fixed64(call.end_ns) + b"\x19" + wire.pack_double(value)
        exemplar = number + b"\x22\x08" + call.span + b"\x2a\x10" + call.trace
        self._exemplars.setdefault(row, {})[bucket] = exemplar

    def report(self, rows: Sequence[int], start_ns: int, time_ns: int) -> tuple[bytes, int]:
        """One Metric (field 2 of ScopeMetrics) with a point for each of `rows` that observed anything; how many."""
        points = [self._point(row, start_ns, time_ns) for row in rows if self._counts[row].any()]
        if not points:
            return b"", 0
        return wire.field(2, self._head + wire.field(9, b"".join(points) + _CUMULATIVE)), len(points)

    def _point(self, row: int, start_ns: int, time_ns: int) -> bytes:
        counts = self._counts[row]
        point = b"".join((
            b"\x11", wire.pack_fixed64(start_ns), b"\x19", wire.pack_fixed64(time_ns),
            b"\x21", wire.pack_fixed64(int(counts.sum())), b"\x29", wire.pack_double(float(self._sums[row])),
            wire.field(6, counts.tobytes()), self._encoded_bounds,
            *(wire.field(8, exemplar) for exemplar in self._exemplars.pop(row, {}).values()),
            self._labels[row],
        ))  # fmt: skip
        return wire.field(1, point)


def _labels(model: int, more: dict[str, str]) -> bytes:
    known = MODELS[model]
    names = {"gen_ai.request.model": known.name, "gen_ai.response.model": known.name}
    return wire.attributes(
        9, {**more, "gen_ai.operation.name": "chat", "gen_ai.provider.name": known.provider, **names}
    )

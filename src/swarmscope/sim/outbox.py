"""What the fleet has to say, gathered by node and packed into OTLP requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from swarmscope.sim import wire
from swarmscope.sim.fleet import Fleet
from swarmscope.sim.voices import VOICES

ITEMS_PER_REQUEST = 1000
BYTES_PER_REQUEST = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """One OTLP request: signal is traces, logs or metrics; `items` spans, records or data points."""

    signal: str
    body: bytes
    items: int


class Outbox:
    """Spans and log records by node, data points as whole blocks. `drain` empties it."""

    def __init__(self, fleet: Fleet) -> None:
        self._resources = fleet.resources
        self._scopes = [b""] * fleet.nodes
        for agent, node in enumerate(fleet.node.tolist()):
            self._scopes[node] = self._scopes[node] or VOICES[int(fleet.dialect[agent])].scope
        self._spans: dict[int, list[bytes]] = {}
        self._logs: dict[int, list[bytes]] = {}
        self._metrics: list[tuple[bytes, int]] = []

    def span(self, node: int, span: bytes) -> None:
        """Add an encoded span (`wire.span`)."""
        self._spans.setdefault(node, []).append(span)

    def log(self, node: int, record: bytes) -> None:
        """Add an encoded record (`wire.log_record`)."""
        self._logs.setdefault(node, []).append(record)

    def metrics(self, block: bytes, points: int) -> None:
        """Add an encoded ResourceMetrics (field 1 of the request) of so many data points."""
        self._metrics.append((block, points))

    def drain(self) -> Iterator[Request]:
        """All that was added, as requests of bounded size; the outbox is empty afterwards."""
        spans, self._spans = self._spans, {}
        logs, self._logs = self._logs, {}
        points, self._metrics = self._metrics, []
        yield from _packed("traces", self._blocks(spans))
        yield from _packed("logs", self._blocks(logs))
        yield from _packed("metrics", iter(points))

    def _blocks(self, by_node: dict[int, list[bytes]]) -> Iterator[tuple[bytes, int]]:
        for node, items in by_node.items():
            for at in range(0, len(items), ITEMS_PER_REQUEST):
                part = items[at : at + ITEMS_PER_REQUEST]
                yield wire.resource_block(self._resources[node], self._scopes[node], part), len(part)


def _packed(signal: str, blocks: Iterator[tuple[bytes, int]]) -> Iterator[Request]:
    parts: list[bytes] = []
    items = size = 0
    for block, count in blocks:
        if parts and (items + count > ITEMS_PER_REQUEST or size + len(block) > BYTES_PER_REQUEST):
            yield Request(signal, b"".join(parts), items)
            parts, items, size = [], 0, 0
        parts.append(block)
        items += count
        size += len(block)
    if parts:
        yield Request(signal, b"".join(parts), items)

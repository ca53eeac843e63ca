"""Zipkin's first model, where a span is a heap of annotations, as spans of its second.

`cs`/`cr` are what the client saw, `sr`/`ss` what the server saw: a span with both becomes two, the server's shared.
Source: openzipkin/zipkin `V1SpanConverter`, "zipkin-api.yaml".
"""

from __future__ import annotations

from typing import Any

from swarmscope.errors import DecodeError
from swarmscope.ingest.neighbours.otlp import KIND_CLIENT, KIND_CONSUMER, KIND_PRODUCER, KIND_SERVER, nanoseconds
from swarmscope.ingest.neighbours.zipkin import Endpoint, Span, endpoint, hexed, number, objects, text

_SIDES = {
    "cs": KIND_CLIENT,
    "cr": KIND_CLIENT,
    "sr": KIND_SERVER,
    "ss": KIND_SERVER,
    "ms": KIND_PRODUCER,
    "mr": KIND_CONSUMER,
}
_ADDRESSES = {"sa": (KIND_CLIENT, KIND_PRODUCER), "ca": (KIND_SERVER,), "ma": (KIND_PRODUCER, KIND_CONSUMER)}


def halves(raw: Any) -> list[Span]:
    """The spans that one v1 span stands for: one, or the client's and the server's. DecodeError."""
    if not isinstance(raw, dict):
        raise DecodeError(f"a span is a JSON object, not {raw!r:.40}")
    seen = [
        (number(a, "timestamp"), text(a, "value"), endpoint(a.get("endpoint"))) for a in objects(raw, "annotations")
    ]
    sides = sorted({_SIDES[value] for _, value, _ in seen if value in _SIDES}, reverse=True)  # the client first
    spans = [_half(raw, seen, kind) for kind in sides] or [_half(raw, seen, 0)]
    both = len(spans) > 1
    for span in spans:
        span.shared = both and span.kind == KIND_SERVER
    _extras(raw, seen, spans)
    return spans


def _half(raw: dict[str, Any], seen: list[tuple[int, str, Endpoint]], kind: int) -> Span:
    own = sorted((at, host) for at, value, host in _plain(seen) if _SIDES.get(value) == kind) if kind else []
    begun, length = number(raw, "timestamp"), number(raw, "duration")
    if own and (kind == KIND_SERVER or not begun):
        begun, length = own[0][0], own[-1][0] - own[0][0]
    host = next((h for _, value, h in seen if _SIDES.get(value, 0) == kind), Endpoint())
    return Span(
        hexed(raw, "traceId", 16),
        hexed(raw, "id", 8),
        hexed(raw, "parentId", 8, needed=False),
        text(raw, "name"),
        kind or 1,
        nanoseconds(begun, "timestamp"),
        nanoseconds(max(0, length), "duration"),
        host,
        debug=raw.get("debug") is True,
    )


def _plain(seen: list[tuple[int, str, Endpoint]]) -> list[tuple[int, str, str]]:
    return [(at, value, host.service) for at, value, host in seen]


def _extras(raw: dict[str, Any], seen: list[tuple[int, str, Endpoint]], spans: list[Span]) -> None:
    """Other annotations, tags and addresses go to the half of the same service, else to the first."""

    def of(service: str) -> Span:
        return next((s for s in spans if s.local.service == service), spans[0])

    for at, value, host in seen:
        if value not in _SIDES:
            of(host.service).annotations.append((nanoseconds(at, "timestamp"), value))
    for tag in objects(raw, "binaryAnnotations"):
        key, host = text(tag, "key"), endpoint(tag.get("endpoint"))
        given: Any = tag.get("value")
        if key in _ADDRESSES and given is True:
            for span in spans:
                span.remote = host if span.kind in _ADDRESSES[key] else span.remote
            continue
        if key == "lc" and not spans[0].local.service:
            spans[0].local = host
            continue
        of(host.service).tags[key] = given if isinstance(given, str) else str(given).lower()
        if not spans[0].local.service:
            spans[0].local = host

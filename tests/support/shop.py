"""Traces of a small shop, as OTLP: what the tests of others' wires ask for.

Ten checkouts, one a second: `gateway` (root, server) calls `cart` (client), which has a `db` query and a `mail` producer
below it. Every third one fails in the database. Numbers, flags and texts are typed; one span has events and a link.
"""

from __future__ import annotations

from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

SECOND = 1_000_000_000
CHECKOUTS = 10
ADDRESSES = {"gateway": {}, "cart": {"host.ip": "10.2.3.4"}, "mail": {"host.ip": "fd12::7"}}


def trace_id(i: int) -> bytes:
    """Of a checkout."""
    return bytes.fromhex(f"5ca1ab1e{i:024x}")


def span_id(i: int, part: int) -> bytes:
    """Of a part of a checkout: 0 gateway, 1 cart, 2 db, 3 mail."""
    return bytes.fromhex(f"c0ffee{i:08x}{part:02x}")


def put(into: Any, values: dict[str, Any]) -> None:
    """Append typed attributes."""
    for key, value in values.items():
        kind = {bool: "bool_value", int: "int_value", float: "double_value", bytes: "bytes_value"}.get(
            type(value), "string_value"
        )
        setattr(into.add(key=key).value, kind, value)


def checkouts(start_ns: int) -> bytes:
    """An export request of all of them, the first at `start_ns`."""
    request = ExportTraceServiceRequest()
    scopes = {}
    for service in ("gateway", "cart", "mail"):
        of = request.resource_spans.add()
        put(
            of.resource.attributes,
            {
                "service.name": service,
                "cloud.region": "eu" if service != "mail" else "us",
                "replicas": 3,
                **ADDRESSES[service],
            },
        )
        scopes[service] = of.scope_spans.add()
        scopes[service].scope.name, scopes[service].scope.version = "shop.tracer", "1.2"
    for i in range(CHECKOUTS):
        at = start_ns + i * SECOND
        failed = i % 3 == 0
        _gateway(scopes["gateway"], i, at, failed)
        _cart(scopes["cart"], i, at, failed)
        mail = scopes["mail"].spans.add(name="send mail", kind=4, span_id=span_id(i, 3), parent_span_id=span_id(i, 1))
        _timed(mail, i, at + 300_000_000, 50_000_000)
        mail.links.add(trace_id=trace_id(i), span_id=span_id(i, 0))
    encoded: bytes = request.SerializeToString()
    return encoded


def _gateway(scope: Any, i: int, at: int, failed: bool) -> None:
    root = scope.spans.add(name="POST /checkout", kind=2, span_id=span_id(i, 0))
    _timed(root, i, at, (500 + 100 * i) * 1_000_000)
    put(root.attributes, {"http.status_code": 500 if failed else 200, "http.method": "POST", "vip": i % 2 == 0})
    if failed:
        root.status.code, root.status.message = 2, "checkout failed"


def _cart(scope: Any, i: int, at: int, failed: bool) -> None:
    cart = scope.spans.add(name="add", kind=3, span_id=span_id(i, 1), parent_span_id=span_id(i, 0))
    _timed(cart, i, at + 100_000_000, 400_000_000)
    put(cart.attributes, {"items": i, "ratio": i / 4, "text number": "5", "gen_ai.request.model": f"model-{i % 2}"})
    query = scope.spans.add(name="SELECT", kind=3, span_id=span_id(i, 2), parent_span_id=span_id(i, 1))
    _timed(query, i, at + 150_000_000, 100_000_000)
    put(query.attributes, {"db.system": "postgresql"})
    event = query.events.add(
        time_unix_nano=query.start_time_unix_nano + 20_000_000, name="retry" if failed else "fetch"
    )
    put(event.attributes, {"attempt": i})
    if failed:
        query.status.code, query.status.message = 2, "deadlock"


def _timed(span: Any, i: int, at: int, length: int) -> None:
    span.trace_id = trace_id(i)
    span.start_time_unix_nano, span.end_time_unix_nano = at, at + length

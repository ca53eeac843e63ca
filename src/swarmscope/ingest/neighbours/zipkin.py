"""Zipkin's spans (v2 as JSON and protobuf, v1 as JSON) as OTLP.

Source: openzipkin/zipkin-api `zipkin2-api.yaml`, `zipkin-api.yaml`, `zipkin.proto`; OpenTelemetry, "OpenTelemetry to Zipkin
Transformation", read backwards. A shared span (the server's half of a call under the client's id) gets an id of its own,
derived from the shared one, and the client's half as parent: OTLP has one span for each id. Spans of the same request that
the server side put below the shared id follow it.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from google.protobuf.message import DecodeError as ProtobufError

from swarmscope.errors import DecodeError
from swarmscope.ingest.neighbours import protos
from swarmscope.ingest.neighbours.otlp import (
    KIND_INTERNAL,
    KINDS,
    STATUS_ERROR,
    STATUS_OK,
    Export,
    Pair,
    nanoseconds,
    timed,
)
from swarmscope.ingest.neighbours.otlp import attributes as put

_KINDS = {1: KINDS["client"], 2: KINDS["server"], 3: KINDS["producer"], 4: KINDS["consumer"]}
_read = protos.reader("zipkin.proto3", protos.ZIPKIN, "ListOfSpans")
_NAMES = ("otel.scope.name", "otel.library.name"), ("otel.scope.version", "otel.library.version")


@dataclass(slots=True)
class Endpoint:
    """One side of a call."""

    service: str = ""
    address: str = ""
    port: int = 0


@dataclass(slots=True)
class Span:
    """What every encoding says of one span. Times in nanoseconds, 0 unknown; ids as bytes."""

    trace: bytes
    span: bytes
    parent: bytes = b""
    name: str = ""
    kind: int = KIND_INTERNAL
    start_ns: int = 0
    duration_ns: int = 0
    local: Endpoint = field(default_factory=Endpoint)
    remote: Endpoint = field(default_factory=Endpoint)
    annotations: list[tuple[int, str]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    shared: bool = False
    debug: bool = False


def from_json(body: bytes) -> bytes:
    """An OTLP export request of a JSON list of v2 spans. DecodeError names the span and the field."""
    return _encoded([_placed(i, raw, _of_json) for i, raw in enumerate(_listed(body))])


def from_json_v1(body: bytes) -> bytes:
    """An OTLP export request of a JSON list of v1 spans. DecodeError."""
    from swarmscope.ingest.neighbours.zipkin_v1 import halves

    return _encoded([span for i, raw in enumerate(_listed(body)) for span in _placed(i, raw, halves)])


def from_protobuf(body: bytes) -> bytes:
    """An OTLP export request of a `zipkin.proto3.ListOfSpans`. DecodeError."""
    try:
        found = _read(body)
    except ProtobufError as e:
        raise DecodeError(f"the message is no zipkin.proto3.ListOfSpans: {e}") from e
    return _encoded([_placed(i, raw, _of_proto) for i, raw in enumerate(found.spans)])


def _listed(body: bytes) -> list[Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as e:
        raise DecodeError(f"the body is no JSON: {e}") from e
    if not isinstance(found, list):
        raise DecodeError("the body is a JSON list of spans; send [ … ] even for one")
    return found


def _placed(index: int, raw: Any, read: Any) -> Any:
    try:
        return read(raw)
    except DecodeError as e:
        raise DecodeError(f"span {index}: {e}") from e


def _of_json(raw: Any) -> Span:
    if not isinstance(raw, dict):
        raise DecodeError(f"a span is a JSON object, not {raw!r:.40}")
    kind = text(raw, "kind").lower()
    tags = raw.get("tags") or {}
    if not isinstance(tags, dict) or not all(isinstance(v, str) for v in tags.values()):
        raise DecodeError("tags are an object of texts")
    return Span(
        hexed(raw, "traceId", 16),
        hexed(raw, "id", 8),
        hexed(raw, "parentId", 8, needed=False),
        text(raw, "name"),
        KINDS.get(kind, KIND_INTERNAL),
        nanoseconds(number(raw, "timestamp"), "timestamp"),
        nanoseconds(number(raw, "duration"), "duration"),
        endpoint(raw.get("localEndpoint")),
        endpoint(raw.get("remoteEndpoint")),
        [(nanoseconds(number(a, "timestamp"), "timestamp"), text(a, "value")) for a in objects(raw, "annotations")],
        tags,
        raw.get("shared") is True,
        raw.get("debug") is True,
    )


def _of_proto(raw: Any) -> Span:
    return Span(
        _sized(raw.trace_id, 16, "trace_id"),
        _sized(raw.id, 8, "id"),
        _sized(raw.parent_id, 8, "parent_id") if raw.parent_id else b"",
        raw.name,
        _KINDS.get(raw.kind, KIND_INTERNAL),
        nanoseconds(raw.timestamp, "timestamp"),
        nanoseconds(raw.duration, "duration"),
        _proto_endpoint(raw.local_endpoint),
        _proto_endpoint(raw.remote_endpoint),
        [(nanoseconds(a.timestamp, "timestamp"), a.value) for a in raw.annotations],
        {t.key: t.value for t in raw.tags},
        raw.shared,
        raw.debug,
    )


def _encoded(spans: Sequence[Span]) -> bytes:
    out = Export()
    own = {(s.trace, s.span, s.local.service): _own_id(s) for s in spans if s.shared}
    for of in spans:
        if of.shared:
            of.parent, of.span = of.span, own[of.trace, of.span, of.local.service]
        else:
            of.parent = own.get((of.trace, of.parent, of.local.service), of.parent)
        _add(out, of)
    return out.encoded()


def _own_id(of: Span) -> bytes:
    return hashlib.blake2b(of.trace + of.span + b"shared", digest_size=8).digest()


def _add(out: Export, of: Span) -> None:
    tags = dict(of.tags)
    name, version = (next((tags.pop(k) for k in keys if k in tags), "") for keys in _NAMES)
    span = out.span((("service.name", of.local.service),), (name, version))
    span.trace_id, span.span_id, span.parent_span_id = of.trace, of.span, of.parent
    span.name, span.kind = of.name, of.kind
    timed(span, of.start_ns or min((at for at, _ in of.annotations if at), default=0), of.duration_ns)
    code = tags.get("otel.status_code", "").upper()
    if code in ("OK", "ERROR"):
        span.status.code = STATUS_ERROR if code == "ERROR" else STATUS_OK
        del tags["otel.status_code"]
        span.status.message = tags.pop("otel.status_description", "")
    if "error" in tags and tags["error"].lower() != "false" and span.status.code != STATUS_OK:
        message = tags.pop("error")
        span.status.code = STATUS_ERROR
        span.status.message = span.status.message or ("" if message.lower() == "true" else message)
    put(span.attributes, [*tags.items(), *_ends(of)])
    for at, value in of.annotations:
        span.events.add(time_unix_nano=at, name=value)


def _ends(of: Span) -> list[Pair]:
    pairs: list[Pair] = [
        ("peer.service", of.remote.service),
        ("network.peer.address", of.remote.address),
        ("network.peer.port", of.remote.port),
        ("network.local.address", of.local.address),
        ("network.local.port", of.local.port),
        ("zipkin.debug", of.debug),
    ]
    return [(key, value) for key, value in pairs if value and key not in of.tags]


# fields of JSON


def text(raw: dict[str, Any], key: str) -> str:
    """The text under a key, empty where there is none."""
    value = raw.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise DecodeError(f"{key} is a text, not {value!r:.40}")
    return value


def number(raw: dict[str, Any], key: str) -> int:
    """The whole number under a key, 0 where there is none."""
    value = raw.get(key)
    if value is None:
        return 0
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or abs(value) > 2**63:
        raise DecodeError(f"{key} is a number, not {value!r:.40}")
    return int(value)


def objects(raw: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The objects in the list under a key."""
    found = raw.get(key) or []
    if not isinstance(found, list) or not all(isinstance(o, dict) for o in found):
        raise DecodeError(f"{key} is a list of objects")
    return found


def hexed(raw: dict[str, Any], key: str, size: int, needed: bool = True) -> bytes:
    """An id of up to `size` bytes in hexadecimal digits; empty where there is none and none is needed."""
    value = text(raw, key)
    if not value and not needed:
        return b""
    if not 0 < len(value) <= 2 * size or not all(c in "0123456789abcdefABCDEF" for c in value):
        raise DecodeError(f"{key} is up to {2 * size} hexadecimal digits, not {value[:40]!r}")
    return bytes.fromhex(value.rjust(2 * size, "0"))


def endpoint(raw: Any) -> Endpoint:
    """One side of a call as v2 states it."""
    if raw is None:
        return Endpoint()
    if not isinstance(raw, dict):
        raise DecodeError(f"an endpoint is an object, not {raw!r:.40}")
    return Endpoint(text(raw, "serviceName"), text(raw, "ipv4") or text(raw, "ipv6"), number(raw, "port"))


def _proto_endpoint(raw: Any) -> Endpoint:
    address = raw.ipv4 or raw.ipv6
    shown = str(ipaddress.ip_address(bytes(address))) if len(address) in (4, 16) else ""
    return Endpoint(raw.service_name, shown, raw.port)


def _sized(raw: bytes, size: int, what: str) -> bytes:
    if not 0 < len(raw) <= size:
        raise DecodeError(f"{what} has {len(raw)} bytes, not {size}")
    return raw.rjust(size, b"\0")

"""Jaeger's spans (Thrift batches, api_v2 protobuf) as OTLP.

Source: jaegertracing/jaeger-idl `jaeger.thrift`, `api_v2/model.proto`; OpenTelemetry, "OpenTelemetry to Jaeger Transformation",
read backwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import DecodeError as ProtobufError

from swarmscope.errors import DecodeError
from swarmscope.ingest.neighbours import protos, thrift
from swarmscope.ingest.neighbours.otlp import (
    KINDS,
    MICRO_NS,
    STATUS_ERROR,
    STATUS_OK,
    Export,
    Pair,
    Value,
    nanoseconds,
    timed,
)
from swarmscope.ingest.neighbours.otlp import attributes as put
from swarmscope.ingest.neighbours.thrift import BOOL, DOUBLE, I32, I64, LIST, STRING, STRUCT, Field

FOLLOWS_FROM = 1
_WORD = 2**64 - 1
_TAGS = {
    1: Field("key", STRING),
    2: Field("type", I32),
    3: Field("v_str", STRING),
    4: Field("v_double", DOUBLE),
    5: Field("v_bool", BOOL),
    6: Field("v_long", I64),
    7: Field("v_binary", STRING, "bytes"),
}
_LOG = {1: Field("timestamp", I64), 2: Field("fields", LIST, _TAGS)}
_REFERENCE = {1: Field("type", I32), 2: Field("low", I64), 3: Field("high", I64), 4: Field("span", I64)}
_PROCESS = {1: Field("service", STRING), 2: Field("tags", LIST, _TAGS)}
_SPAN = {
    1: Field("low", I64), 2: Field("high", I64), 3: Field("span", I64), 4: Field("parent", I64), 5: Field("name", STRING),
    6: Field("references", LIST, _REFERENCE), 7: Field("flags", I32), 8: Field("start", I64), 9: Field("duration", I64),
    10: Field("tags", LIST, _TAGS), 11: Field("logs", LIST, _LOG),
}  # fmt: skip
_BATCH = {1: Field("process", STRUCT, _PROCESS), 2: Field("spans", LIST, _SPAN)}
_THRIFT_VALUES: tuple[tuple[str, Value], ...] = (
    ("v_str", ""), ("v_double", 0.0), ("v_bool", False), ("v_long", 0), ("v_binary", b"")
)  # fmt: skip
_read = protos.reader("jaeger.api_v2", protos.JAEGER, "PostSpansRequest")


@dataclass(slots=True)
class Reference:
    """From a span to another, or to its parent."""

    trace: bytes
    span: bytes
    kind: int


@dataclass(slots=True)
class Span:
    """What both wires say of one span. Times in nanoseconds."""

    trace: bytes
    span: bytes
    name: str
    flags: int
    start_ns: int
    duration_ns: int
    references: list[Reference]
    tags: list[Pair]
    logs: list[tuple[int, list[Pair]]] = field(default_factory=list)


def from_thrift(body: bytes) -> bytes:
    """An OTLP export request of a Thrift binary `Batch`. DecodeError."""
    reader = thrift.Reader(body)
    batch = reader.struct(_BATCH)
    reader.end()
    if "process" not in batch or "spans" not in batch:
        raise DecodeError("a Jaeger batch has a process (field 1) and spans (field 2); this is none in Thrift binary")
    out = Export()
    resource = _resource(batch["process"].get("service", ""), _thrift_tags(batch["process"].get("tags", [])))
    for raw in batch["spans"]:
        _add(out, resource, _of_thrift(raw))
    return out.encoded()


def from_protobuf(body: bytes) -> bytes:
    """An OTLP export request of an api_v2 `PostSpansRequest`. DecodeError."""
    try:
        batch = _read(body).batch
    except ProtobufError as e:
        raise DecodeError(f"the message is no jaeger.api_v2.PostSpansRequest: {e}") from e
    out = Export()
    for raw in batch.spans:
        process = raw.process if raw.HasField("process") else batch.process
        _add(out, _resource(process.service_name, _proto_tags(process.tags)), _of_proto(raw))
    return out.encoded()


def _of_thrift(raw: dict[str, Any]) -> Span:
    trace, span = _trace(raw.get("high", 0), raw.get("low", 0)), _word(raw.get("span", 0))
    references = [
        Reference(_trace(r.get("high", 0), r.get("low", 0)), _word(r.get("span", 0)), r.get("type", 0))
        for r in raw.get("references", [])
    ]
    if raw.get("parent"):
        parent = Reference(trace, _word(raw["parent"]), 0)
        references = [parent] + [r for r in references if (r.trace, r.span) != (parent.trace, parent.span)]
    return Span(
        trace,
        span,
        raw.get("name", ""),
        raw.get("flags", 0) & 0xFFFFFFFF,
        nanoseconds(raw.get("start", 0), "startTime"),
        nanoseconds(max(0, raw.get("duration", 0)), "duration"),
        references,
        _thrift_tags(raw.get("tags", [])),
        [
            (nanoseconds(log.get("timestamp", 0), "timestamp"), _thrift_tags(log.get("fields", [])))
            for log in raw.get("logs", [])
        ],
    )


def _of_proto(raw: Any) -> Span:
    return Span(
        _sized(raw.trace_id, 16, "trace_id"),
        _sized(raw.span_id, 8, "span_id"),
        raw.operation_name,
        raw.flags,
        _moment(raw.start_time),
        max(0, raw.duration.seconds * 10**9 + raw.duration.nanos),
        [
            Reference(_sized(r.trace_id, 16, "trace_id"), _sized(r.span_id, 8, "span_id"), r.ref_type)
            for r in raw.references
        ],
        _proto_tags(raw.tags),
        [(_moment(log.timestamp), _proto_tags(log.fields)) for log in raw.logs],
    )


def _add(out: Export, resource: tuple[Pair, ...], of: Span) -> None:
    tags = dict(of.tags)
    scope = (
        _taken(tags, "otel.scope.name", "otel.library.name"),
        _taken(tags, "otel.scope.version", "otel.library.version"),
    )
    span = out.span(resource, scope)
    span.trace_id, span.span_id, span.name, span.flags = of.trace, of.span, of.name, of.flags & 0xFF
    span.trace_state = _taken(tags, "w3c.tracestate")
    timed(span, of.start_ns, of.duration_ns)
    kind = tags.get("span.kind")
    if isinstance(kind, str) and kind in KINDS:
        span.kind = KINDS[kind]
        del tags["span.kind"]
    _status(span, tags)
    _references(span, of)
    put(span.attributes, tags.items())
    for at, fields in of.logs:
        _event(span, at, dict(fields))


def _status(span: Any, tags: dict[str, Value]) -> None:
    code = str(tags.get("otel.status_code", "")).upper()
    failed = tags.get("error") in (True, "true")
    if code in ("OK", "ERROR"):
        span.status.code = STATUS_ERROR if code == "ERROR" else STATUS_OK
        del tags["otel.status_code"]
    elif failed:
        span.status.code = STATUS_ERROR
    if span.status.code == STATUS_ERROR:
        if failed:
            del tags["error"]
        span.status.message = _taken(tags, "otel.status_description")


def _references(span: Any, of: Span) -> None:
    parent = next((r for r in of.references if r.kind != FOLLOWS_FROM and r.trace == of.trace), None)
    parent = parent or next((r for r in of.references if r.trace == of.trace), None)
    if parent is not None:
        span.parent_span_id = parent.span
    for other in of.references:
        if other is not parent:
            link = span.links.add(trace_id=other.trace, span_id=other.span)
            kind = "follows_from" if other.kind == FOLLOWS_FROM else "child_of"
            put(link.attributes, [("opentracing.ref_type", kind)])


def _event(span: Any, at_ns: int, fields: dict[str, Value]) -> None:
    event = span.events.add(time_unix_nano=at_ns)
    event.name = _taken(fields, "event") or ("message" if "message" in fields else "log")
    put(event.attributes, fields.items())


def _taken(tags: dict[str, Value], *keys: str) -> str:
    """The text under the first of `keys` that is there, taken out."""
    for key in keys:
        if isinstance(value := tags.get(key), str):
            del tags[key]
            return value
    return ""


def _resource(service: str, tags: Iterable[Pair]) -> tuple[Pair, ...]:
    return (("service.name", service), *(t for t in tags if t[0] != "service.name"))


def _thrift_tags(raw: list[dict[str, Any]]) -> list[Pair]:
    out: list[Pair] = []
    value: Value
    for tag in raw:
        number = tag.get("type", 0)
        if not 0 <= number < len(_THRIFT_VALUES):
            raise DecodeError(f"tag {tag.get('key', '')[:100]!r} has the type {number}; 0 to 4 are known")
        name, empty = _THRIFT_VALUES[number]
        value = tag[name] if name in tag else empty  # noqa: SIM401 # `get` would lose the type
        out.append((tag.get("key", ""), value))
    return out


def _proto_tags(raw: Any) -> list[Pair]:
    names = ("v_str", "v_bool", "v_int64", "v_float64", "v_binary")
    return [(tag.key, getattr(tag, names[tag.v_type] if 0 <= tag.v_type < len(names) else "v_str")) for tag in raw]


def _moment(stamp: Any) -> int:
    rest: int = stamp.nanos % MICRO_NS
    return nanoseconds((stamp.seconds * 10**9 + stamp.nanos) // MICRO_NS, "a time") + rest


def _trace(high: int, low: int) -> bytes:
    return _word(high) + _word(low)


def _word(number: int) -> bytes:
    return (number & _WORD).to_bytes(8, "big")


def _sized(raw: bytes, size: int, what: str) -> bytes:
    if not 0 < len(raw) <= size:
        raise DecodeError(f"{what} has {len(raw)} bytes, not {size}")
    return raw.rjust(size, b"\0")

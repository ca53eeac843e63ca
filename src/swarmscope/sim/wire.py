"""Protobuf written by hand: the few shapes of OTLP that the fleet sends, at a fraction of the cost of message objects.

Only field numbers of opentelemetry-proto 1.x are used; the tests decode everything with the official classes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from functools import lru_cache

Value = str | bool | int | float | tuple["Value", ...]

_ONE = [bytes((i,)) for i in range(128)]
_TWO = [bytes((i & 127 | 128, i >> 7)) for i in range(16_384)]
pack_fixed64 = struct.Struct("<Q").pack
pack_double = struct.Struct("<d").pack


def varint(value: int) -> bytes:
    """`value` ≥ 0 as a base-128 varint."""
    if value < 128:
        return _ONE[value]
    if value < 16_384:
        return _TWO[value]
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number: int, data: bytes) -> bytes:
    """A length-delimited field (number < 16)."""
    return _ONE[number << 3 | 2] + varint(len(data)) + data


def any_value(value: Value) -> bytes:
    """An AnyValue."""
    if isinstance(value, str):
        return field(1, value.encode())
    if isinstance(value, bool):
        return b"\x10\x01" if value else b"\x10\x00"
    if isinstance(value, int):
        return b"\x18" + varint(value & 0xFFFF_FFFF_FFFF_FFFF)
    if isinstance(value, float):
        return b"\x21" + pack_double(value)
    return field(5, b"".join(field(1, any_value(v)) for v in value))


@lru_cache(maxsize=8192)
def key_head(key: str) -> bytes:
    """The key of a KeyValue; cached, since keys repeat."""
    return field(1, key.encode())


def key_value(key: str, value: Value) -> bytes:
    """A KeyValue."""
    return key_head(key) + field(2, any_value(value))


def attributes(number: int, items: Mapping[str, Value] | Iterable[tuple[str, Value]]) -> bytes:
    """Repeated KeyValue under field `number`."""
    pairs = items.items() if isinstance(items, Mapping) else items
    return b"".join(field(number, key_value(k, v)) for k, v in pairs)


@lru_cache(maxsize=65_536)
def int_attribute(number: int, key: str, value: int) -> bytes:
    """One integer KeyValue under field `number`; cached, since counts repeat."""
    return field(number, key_head(key) + field(2, b"\x18" + varint(value)))


@lru_cache(maxsize=16_384)
def text_attribute(number: int, key: str, value: str) -> bytes:
    """One short text KeyValue under field `number`; cached, since names repeat."""
    return field(number, key_value(key, value))


def long_text_attribute(number: int, key_head: bytes, text: bytes) -> bytes:
    """One KeyValue with a long text; `key_head` is `field(1, key)`. Not cached."""
    string = b"\x0a" + varint(len(text)) + text
    value = b"\x12" + varint(len(string)) + string
    return _ONE[number << 3 | 2] + varint(len(key_head) + len(value)) + key_head + value


def resource_block(resource: bytes, scope: bytes, items: Iterable[bytes]) -> bytes:
    """One ResourceSpans / ResourceLogs as field 1 of the request; `items` are complete fields 2 of its one scope.

    resource, scope: the encoded messages, without tag.
    """
    body = field(1, resource) + field(2, field(1, scope) + b"".join(items))
    return field(1, body)


def span(
    trace_id: bytes,
    span_id: bytes,
    parent_id: bytes,
    name: bytes,
    kind: int,
    start_ns: int,
    end_ns: int,
    tail: bytes,
) -> bytes:
    """A Span as field 2 of ScopeSpans. `parent_id` empty: a root.

    tail: encoded attributes (9), events (11), links (13) and status (15).
    """
    parent = b"\x22\x08" + parent_id if parent_id else b""
    head = (
        b"\x0a\x10"
        + trace_id
        + b"\x12\x08"
        + span_id
        + parent
        + b"\x2a"
        + varint(len(name))
        + name
        + b"\x30"
        + _ONE[kind]
    )
    body_length = len(head) + 18 + len(tail) + 6
    return b"".join((
        b"\x12", varint(body_length), head, b"\x39", pack_fixed64(start_ns), b"\x41", pack_fixed64(end_ns), tail,
        b"\x85\x01\x01\x01\x00\x00",
    ))  # fmt: skip


OK = b"\x7a\x02\x18\x01"


def error_status(message: str) -> bytes:
    """A Status with code ERROR as field 15 of a Span."""
    return field(15, field(2, message.encode()) + b"\x18\x02")


def event(time_ns: int, rest: bytes) -> bytes:
    """A span event as field 11; `rest`: `event_rest(...)`."""
    return b"\x5a" + varint(len(rest) + 9) + b"\x09" + pack_fixed64(time_ns) + rest


def event_rest(name: str, items: Mapping[str, Value]) -> bytes:
    """Name and attributes of a span event."""
    return field(2, name.encode()) + attributes(3, items)


def link(trace_id: bytes, span_id: bytes, items: Mapping[str, Value]) -> bytes:
    """A span link as field 13."""
    return field(13, b"\x0a\x10" + trace_id + b"\x12\x08" + span_id + attributes(4, items))


def log_record(
    time_ns: int,
    severity: int,
    severity_text: bytes,
    body: bytes,
    items: bytes,
    trace_id: bytes = b"",
    span_id: bytes = b"",
    name: bytes = b"",
) -> bytes:
    """A LogRecord as field 2 of ScopeLogs. `items`: encoded attributes (6); `name`: event name, empty for none."""
    stamp = pack_fixed64(time_ns)
    parts = [
        b"\x09", stamp, b"\x10", _ONE[severity], b"\x1a", varint(len(severity_text)), severity_text,
        field(5, field(1, body)), items, b"\x45\x01\x00\x00\x00" if trace_id else b"",
    ]  # fmt: skip
    if trace_id:
        parts += [b"\x4a\x10", trace_id, b"\x52\x08", span_id]
    parts += [b"\x59", stamp]
    if name:
        parts += [b"\x62", varint(len(name)), name]
    record = b"".join(parts)
    return b"\x12" + varint(len(record)) + record

"""A writer of Thrift's binary protocol, as far as Jaeger's batches need it."""

from __future__ import annotations

import struct
from typing import Any

BOOL, DOUBLE, I32, I64, STRING, STRUCT, LIST = 2, 4, 8, 10, 11, 12, 15


def fields(*parts: tuple[int, int, Any]) -> bytes:
    """A struct of (field id, type, value); values of structs and lists are encoded already."""
    out = b""
    for number, kind, value in parts:
        out += struct.pack(">bh", kind, number) + plain(kind, value)
    return out + b"\0"


def plain(kind: int, value: Any) -> bytes:
    """One value."""
    if kind == STRING:
        raw = value.encode() if isinstance(value, str) else value
        return struct.pack(">i", len(raw)) + raw
    if kind in (STRUCT, LIST):
        return bytes(value)
    return struct.pack({BOOL: "?", DOUBLE: ">d", I32: ">i", I64: ">q"}[kind], value)


def structs(items: list[bytes]) -> bytes:
    """A list of encoded structs."""
    return struct.pack(">bi", STRUCT, len(items)) + b"".join(items)


def tag(key: str, value: Any) -> bytes:
    """A Tag of jaeger.thrift."""
    number, field, kind = {
        str: (0, 3, STRING),
        float: (1, 4, DOUBLE),
        bool: (2, 5, BOOL),
        int: (3, 6, I64),
        bytes: (4, 7, STRING),
    }[type(value)]
    return fields((1, STRING, key), (2, I32, number), (field, kind, value))


def span(
    trace: int, number: int, parent: int, name: str, start_us: int, duration_us: int, *more: tuple[int, int, Any]
) -> bytes:
    """A Span of jaeger.thrift; `more`: its optional fields."""
    low, high = trace & (2**64 - 1), trace >> 64
    signed = [v - 2**64 if v >= 2**63 else v for v in (low, high, number, parent)]
    head = [(i + 1, I64, v) for i, v in enumerate(signed)]
    rest = [(5, STRING, name), (7, I32, 1), (8, I64, start_us), (9, I64, duration_us)]
    return fields(*head, *rest, *more)


def batch(service: str, tags: list[bytes], spans: list[bytes]) -> bytes:
    """A Batch of jaeger.thrift."""
    process = fields((1, STRING, service), (2, LIST, structs(tags)))
    return fields((1, STRUCT, process), (2, LIST, structs(spans)))

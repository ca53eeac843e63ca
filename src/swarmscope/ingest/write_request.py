"""Makes requests of remote write 1.0 from samples of other wires, so that all of them enter by the same door."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from swarmscope.ingest.wire.prometheus import TYPES, V1

STALE = struct.pack("<Q", 0x7FF0000000000002)
_DOUBLE = struct.Struct("<d")
_KINDS = {name: number for number, name in enumerate(TYPES)}


_SHORT = tuple(bytes((n,)) for n in range(128))


def varint(value: int) -> bytes:
    """A protobuf varint; negative numbers as int64."""
    if 0 <= value < 128:
        return _SHORT[value]
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _field(number: int, data: bytes) -> bytes:
    return bytes((number << 3 | 2,)) + varint(len(data)) + data


def labels(pairs: Mapping[str, str] | Iterable[tuple[str, str]]) -> bytes:
    """The labels of a series, sorted and without empty ones, as they stand in a TimeSeries; `__name__` among them."""
    ordered = sorted((k, v) for k, v in dict(pairs).items() if v)
    return b"".join(label(k, v) for k, v in ordered)


def label(name: str, value: str) -> bytes:
    """One label, as it stands among those of a series."""
    return _field(1, _field(1, name.encode("utf-8", "replace")) + _field(2, value.encode("utf-8", "replace")))


def sample(value: float | bytes, time_ms: int) -> bytes:
    """A sample as it stands in a TimeSeries. value: eight bytes are taken as they are."""
    raw = value if isinstance(value, bytes) else _DOUBLE.pack(value)
    return _field(2, b"\x09" + raw + _stamp(time_ms))


@lru_cache(4096)
def _stamp(time_ms: int) -> bytes:
    """The time of a sample, which many share."""
    return b"\x10" + varint(time_ms)


def exemplar(pairs: Mapping[str, str], value: float, time_ms: int) -> bytes:
    """An exemplar as it stands in a TimeSeries."""
    return _field(3, labels(pairs) + b"\x11" + _DOUBLE.pack(value) + b"\x18" + varint(time_ms))


def histogram(encoded: bytes, time_ms: int) -> bytes:
    """A native histogram as it stands in a TimeSeries. encoded: a `prometheus.Histogram` without time."""
    return _field(4, encoded + b"\x78" + varint(time_ms))


class WriteRequest:
    """A request in the making."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._rest: Any = None
        self.samples = 0

    def add(self, series: bytes, *samples: bytes) -> None:
        """A TimeSeries of `labels` and what `sample` and `exemplar` made."""
        body = series + b"".join(samples)
        self._parts.append(b"\x0a" + varint(len(body)) + body)
        self.samples += 1

    def describe(self, family: str, kind: str, unit: str, text: str) -> None:
        """What a metric family is. kind: as in TYPES."""
        if self._rest is None:
            self._rest = V1["WriteRequest"]()
        self._rest.metadata.add(type=_KINDS.get(kind, 0), metric_family_name=family, help=text, unit=unit)

    def encoded(self) -> bytes:
        """What the intake takes as `write1`."""
        rest: bytes = b"" if self._rest is None else self._rest.SerializeToString()
        return b"".join(self._parts) + rest

"""An OTLP export request in the making, grouped by who sent the spans."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from swarmscope.errors import DecodeError

SPANS_MAX = 200_000  # of one request
MICRO_NS = 1000
TIME_MAX_NS = 2**63 - 1
KIND_INTERNAL, KIND_SERVER, KIND_CLIENT, KIND_PRODUCER, KIND_CONSUMER = 1, 2, 3, 4, 5
STATUS_OK, STATUS_ERROR = 1, 2
KINDS = {
    "internal": KIND_INTERNAL,
    "server": KIND_SERVER,
    "client": KIND_CLIENT,
    "producer": KIND_PRODUCER,
    "consumer": KIND_CONSUMER,
}
Value = str | bool | int | float | bytes
Pair = tuple[str, Value]


class Export:
    """Spans by resource and scope. `encoded` gives the bytes of an ExportTraceServiceRequest."""

    def __init__(self) -> None:
        self._request = ExportTraceServiceRequest()
        self._resources: dict[tuple[Pair, ...], Any] = {}
        self._scopes: dict[tuple[int, str, str], Any] = {}
        self._spans = 0

    def span(self, resource: Iterable[Pair], scope: tuple[str, str] = ("", "")) -> Any:
        """A new OTLP span to be filled. resource: what it comes from; scope: name and version. DecodeError: too many."""
        self._spans += 1
        if self._spans > SPANS_MAX:
            raise DecodeError(f"a request may have {SPANS_MAX} spans; send smaller batches")
        key = tuple(resource)
        of = self._resources.get(key)
        if of is None:
            of = self._resources[key] = self._request.resource_spans.add()
            attributes(of.resource.attributes, key)
        place = (id(of), *scope)
        spans = self._scopes.get(place)
        if spans is None:
            spans = self._scopes[place] = of.scope_spans.add()
            spans.scope.name, spans.scope.version = scope
        return spans.spans.add()

    def encoded(self) -> bytes:
        """What the intake takes as `protobuf`."""
        out: bytes = self._request.SerializeToString()
        return out


def attributes(into: Any, pairs: Iterable[Pair]) -> None:
    """Append key-value pairs to a repeated KeyValue."""
    for key, value in pairs:
        entry = into.add(key=key)
        if isinstance(value, bool):
            entry.value.bool_value = value
        elif isinstance(value, int):
            entry.value.int_value = value
        elif isinstance(value, float):
            entry.value.double_value = value
        elif isinstance(value, bytes):
            entry.value.bytes_value = value
        else:
            entry.value.string_value = value


def nanoseconds(micros: int, what: str) -> int:
    """Nanoseconds of microseconds since the epoch, or of a length. DecodeError: negative, or beyond the year 2262."""
    if not 0 <= micros <= TIME_MAX_NS // MICRO_NS:
        raise DecodeError(f"{what} {micros} is no number of microseconds between 0 and {TIME_MAX_NS // MICRO_NS}")
    return micros * MICRO_NS


def timed(span: Any, start_ns: int, length_ns: int) -> None:
    """State when a span ran; without a start it is taken to have begun now."""
    span.start_time_unix_nano = start_ns or time.time_ns()
    span.end_time_unix_nano = min(TIME_MAX_NS, span.start_time_unix_nano + length_ns)

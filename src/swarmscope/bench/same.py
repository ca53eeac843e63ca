"""Decoded columns as plain lists, so that what two decoders wrote can be compared whatever ids their pools gave."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

from swarmscope.ingest.columns import Pool, Strings

POOLED = {
    "scope_name",
    "scope_version",
    "trace_state",
    "name",
    "status_message",
    "event_name",
    "link_trace_state",
    "key",
    "severity_text",
    "metric_name",
    "metric_unit",
    "metric_description",
}


def texts(strings: Strings) -> list[bytes]:
    """The strings of a column."""
    data = strings.data.tobytes()
    ends = strings.offsets.tolist()
    if ends[0] != 0 or ends[-1] != len(data):
        raise ValueError(f"offsets go from {ends[0]} to {ends[-1]} over {len(data)} bytes")
    return [data[a:b] for a, b in itertools.pairwise(ends)]


def readable(columns: Any, pool: list[bytes] | None = None) -> dict[str, Any]:
    """Columns as lists, pool ids as their strings."""
    if pool is None:
        pool = texts(columns.pool.strings)
    out: dict[str, Any] = {}
    for field in dataclasses.fields(columns):
        value = getattr(columns, field.name)
        if isinstance(value, Pool):
            continue
        if isinstance(value, Strings):
            out[field.name] = texts(value)
        elif dataclasses.is_dataclass(value):
            out[field.name] = readable(value, pool)
        elif field.name in POOLED:
            out[field.name] = [pool[i] for i in value.tolist()]
        elif value.dtype.kind == "f":
            out[field.name] = [repr(v) for v in value.tolist()]
        else:
            out[field.name] = value.tolist()
    return out

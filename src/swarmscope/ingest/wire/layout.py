"""The tables behind `ingest.columns`: which columns a decoder fills, and how they become the public structures.

Both decoders fill the same tables. A table has n rows of fixed-width columns, ragged columns (n + 1 offsets into another
table) and, for attributes and log bodies, one text column (n + 1 offsets into bytes). `assemble_*` makes views, no copies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.ingest.columns import (
    Attributes,
    LogColumns,
    MetricColumns,
    Pool,
    Resources,
    SpanColumns,
    Strings,
)

Column = tuple[str, int]  # dtype, width
TEXT = "text"  # name of a text column's offsets; the bytes are `data`

_U8, _I32, _U32, _U64, _F64 = ("u1", 1), ("i4", 1), ("u4", 1), ("u8", 1), ("f8", 1)
_TRACE_ID, _SPAN_ID = ("u1", 16), ("u1", 8)


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a builder. `ragged` names the int32 offset columns; `text`: has a text column."""

    columns: Mapping[str, Column]
    ragged: tuple[str, ...] = ()
    text: bool = False


_ATTRIBUTES = Table({"key": _I32, "type": _U8}, text=True)
_COMMON = {
    "resource": Table({"request": _I32}, ("attributes",)),
    "resource_attribute": _ATTRIBUTES,
    "scope": Table({"name": _I32, "version": _I32}, ("attributes",)),
    "scope_attribute": _ATTRIBUTES,
}

SPANS: dict[str, Table] = _COMMON | {
    "span": Table(
        {
            "resource": _I32,
            "scope": _I32,
            "trace_id": _TRACE_ID,
            "span_id": _SPAN_ID,
            "parent_span_id": _SPAN_ID,
            "trace_state": _I32,
            "flags": _U32,
            "name": _I32,
            "kind": _U8,
            "start_time": _U64,
            "end_time": _U64,
            "status_code": _U8,
            "status_message": _I32,
        },
        ("attributes", "events", "links"),
    ),
    "attribute": _ATTRIBUTES,
    "event": Table({"time": _U64, "name": _I32}, ("attributes",)),
    "event_attribute": _ATTRIBUTES,
    "link": Table({"trace_id": _TRACE_ID, "span_id": _SPAN_ID, "trace_state": _I32}, ("attributes",)),
    "link_attribute": _ATTRIBUTES,
}

LOGS: dict[str, Table] = _COMMON | {
    "log": Table(
        {
            "resource": _I32,
            "scope": _I32,
            "time": _U64,
            "observed_time": _U64,
            "severity": _U8,
            "severity_text": _I32,
            "event_name": _I32,
            "body_type": _U8,
            "trace_id": _TRACE_ID,
            "span_id": _SPAN_ID,
            "flags": _U32,
        },
        ("attributes",),
        text=True,
    ),
    "attribute": _ATTRIBUTES,
}

METRICS: dict[str, Table] = _COMMON | {
    "metric": Table(
        {"name": _I32, "unit": _I32, "description": _I32, "kind": _U8, "temporality": _U8, "monotonic": _U8}
    ),
    "point": Table(
        {
            "metric": _I32,
            "resource": _I32,
            "scope": _I32,
            "time": _U64,
            "start_time": _U64,
            "flags": _U32,
            "value": _F64,
            "hist": _I32,
        },
        ("attributes", "exemplars"),
    ),
    "attribute": _ATTRIBUTES,
    "hist": Table(
        {
            "count": _U64,
            "min": _F64,
            "max": _F64,
            "scale": _I32,
            "zero_count": _U64,
            "zero_threshold": _F64,
            "positive_offset": _I32,
            "negative_offset": _I32,
        },
        ("bounds", "counts", "positive", "negative", "quantiles"),
    ),
    "bound": Table({"value": _F64}),
    "count": Table({"value": _U64}),
    "positive": Table({"value": _U64}),
    "negative": Table({"value": _U64}),
    "quantile": Table({"quantile": _F64, "value": _F64}),
    "exemplar": Table(
        {"time": _U64, "value": _F64, "trace_id": _TRACE_ID, "span_id": _SPAN_ID},
        ("attributes",),
    ),
    "exemplar_attribute": _ATTRIBUTES,
}

Arrays = Mapping[str, Mapping[str, NDArray[Any]]]


def dtype(column: Column) -> np.dtype[Any]:
    """NumPy type of one element of a column."""
    return np.dtype(column[0])


def _attributes(owner: Mapping[str, NDArray[Any]], rows: Mapping[str, NDArray[Any]]) -> Attributes:
    return Attributes(
        offsets=owner["attributes"], key=rows["key"], type=rows["type"], value=Strings(rows[TEXT], rows["data"])
    )


def _resources(t: Arrays) -> Resources:
    return Resources(
        attributes=_attributes(t["resource"], t["resource_attribute"]),
        request=t["resource"]["request"],
        scope_name=t["scope"]["name"],
        scope_version=t["scope"]["version"],
        scope_attributes=_attributes(t["scope"], t["scope_attribute"]),
    )


def assemble_spans(t: Arrays, pool: Pool) -> SpanColumns:
    """The public structure over the filled tables `SPANS`."""
    span, event, link = t["span"], t["event"], t["link"]
    return SpanColumns(
        pool=pool,
        resources=_resources(t),
        **{name: span[name] for name in SPANS["span"].columns},
        attributes=_attributes(span, t["attribute"]),
        event_offsets=span["events"],
        event_time=event["time"],
        event_name=event["name"],
        event_attributes=_attributes(event, t["event_attribute"]),
        link_offsets=span["links"],
        link_trace_id=link["trace_id"],
        link_span_id=link["span_id"],
        link_trace_state=link["trace_state"],
        link_attributes=_attributes(link, t["link_attribute"]),
    )


def assemble_logs(t: Arrays, pool: Pool) -> LogColumns:
    """The public structure over the filled tables `LOGS`."""
    log = t["log"]
    return LogColumns(
        pool=pool,
        resources=_resources(t),
        **{name: log[name] for name in LOGS["log"].columns},
        body=Strings(log[TEXT], log["data"]),
        attributes=_attributes(log, t["attribute"]),
    )


def assemble_metrics(t: Arrays, pool: Pool) -> MetricColumns:
    """The public structure over the filled tables `METRICS`."""
    point, hist, exemplar = t["point"], t["hist"], t["exemplar"]
    return MetricColumns(
        pool=pool,
        resources=_resources(t),
        **{f"metric_{name}": t["metric"][name] for name in METRICS["metric"].columns},
        **{name: point[name] for name in METRICS["point"].columns},
        attributes=_attributes(point, t["attribute"]),
        **{f"hist_{name}": hist[name] for name in METRICS["hist"].columns},
        hist_bounds_offsets=hist["bounds"],
        hist_bounds=t["bound"]["value"],
        hist_counts_offsets=hist["counts"],
        hist_counts=t["count"]["value"],
        hist_positive_offsets=hist["positive"],
        hist_positive_counts=t["positive"]["value"],
        hist_negative_offsets=hist["negative"],
        hist_negative_counts=t["negative"]["value"],
        quantile_offsets=hist["quantiles"],
        quantile=t["quantile"]["quantile"],
        quantile_value=t["quantile"]["value"],
        exemplar_offsets=point["exemplars"],
        exemplar_time=exemplar["time"],
        exemplar_value=exemplar["value"],
        exemplar_trace_id=exemplar["trace_id"],
        exemplar_span_id=exemplar["span_id"],
        exemplar_attributes=_attributes(exemplar, t["exemplar_attribute"]),
    )

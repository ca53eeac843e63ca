"""Decoded OTLP as columns: what the scanners write and the pipeline reads.

Both decoders (`wire.scan`, the Numba kernels, and `wire.plain`, the protobuf oracle) fill the same structures. Several
requests can lie in one `SpanColumns`; `request` tells them apart (each with its own tenant).

Strings that repeat (keys, names) are interned in a `Pool` and referred to by int32 id; id 0 is the empty string, and those
behind it are POOL_HEAD. Attribute values are one byte column with offsets. Arrays are views, valid until the builder is reset;
lengths are exact (no spare rows). Text of values: integers and floats in shortest decimal (`nan`, `inf`, `-inf`),
`true`/`false`, bytes as base64, arrays and key-value lists as compact JSON (bytes base64, non-finite floats as "NaN",
"Infinity", "-Infinity"). Ids of a length other than 16 or 8 bytes count as missing: zeros.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swarmscope.model import semantics

U8 = NDArray[np.uint8]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]

# attribute value types; the letters are what the store keeps
TYPE_UNSET, TYPE_STRING, TYPE_BOOL, TYPE_INT, TYPE_DOUBLE, TYPE_ARRAY, TYPE_KVLIST, TYPE_BYTES = range(8)
TYPE_LETTERS = "nsbidjjy"

# What OTLP carries beside attributes and few senders send is kept as attributes, so that those who do not send it pay
# nothing: under the names of the specification "Mapping to non-OTLP formats" where it has one. Their keys lead every pool.
DROPPED_ATTRIBUTES, DROPPED_EVENTS, DROPPED_LINKS, LINK_FLAGS, RESOURCE_SCHEMA, SCOPE_SCHEMA, SCOPE_DROPPED = range(
    1, 8
)
POOL_HEAD = (
    b"",
    semantics.DROPPED_ATTRIBUTES.encode(),
    semantics.DROPPED_EVENTS.encode(),
    semantics.DROPPED_LINKS.encode(),
    semantics.LINK_FLAGS.encode(),
    b"otel.resource.schema_url",
    b"schema_url",  # of a scope: `ingest.origins` puts `otel.scope.` before it
    b"dropped_attributes_count",  # likewise
)


@dataclass(slots=True)
class Strings:
    """n byte strings end to end: string i is data[offsets[i]:offsets[i+1]]. UTF-8 is checked."""

    offsets: I64  # (n + 1,)
    data: U8


@dataclass(slots=True)
class Pool:
    """Interned strings; grows until its builder resets it, then `serial` changes and caches by id end."""

    strings: Strings
    serial: int


@dataclass(slots=True)
class Attributes:
    """Attributes of n owners: owner i has rows offsets[i]:offsets[i+1]."""

    offsets: I32  # (n + 1,)
    key: I32  # (m,) pool id
    type: U8  # (m,) TYPE_*
    value: Strings  # (m,) as text: ints and floats in shortest decimal, bool true/false, bytes base64, nested JSON


@dataclass(slots=True)
class Resources:
    """Resources and scopes of the requests."""

    attributes: Attributes
    request: I32  # (n,) which request
    scope_name: I32  # (s,) pool id
    scope_version: I32  # (s,) pool id
    scope_attributes: Attributes  # of the s scopes


@dataclass(slots=True)
class SpanColumns:
    """n spans."""

    pool: Pool
    resources: Resources
    resource: I32  # (n,) row of resources
    scope: I32  # (n,) row of resources.scope_*
    trace_id: U8  # (n, 16)
    span_id: U8  # (n, 8)
    parent_span_id: U8  # (n, 8)
    trace_state: I32  # pool id
    flags: U32
    name: I32  # pool id
    kind: U8
    start_time: U64  # ns
    end_time: U64  # ns
    status_code: U8
    status_message: I32  # pool id
    attributes: Attributes
    event_offsets: I32  # (n + 1,)
    event_time: U64
    event_name: I32  # pool id
    event_attributes: Attributes
    link_offsets: I32  # (n + 1,)
    link_trace_id: U8  # (l, 16)
    link_span_id: U8  # (l, 8)
    link_trace_state: I32
    link_attributes: Attributes


@dataclass(slots=True)
class LogColumns:
    """n log records."""

    pool: Pool
    resources: Resources
    resource: I32
    scope: I32
    time: U64
    observed_time: U64
    severity: U8
    severity_text: I32  # pool id
    event_name: I32  # pool id
    body: Strings
    body_type: U8  # TYPE_*
    trace_id: U8  # (n, 16)
    span_id: U8  # (n, 8)
    flags: U32
    attributes: Attributes


@dataclass(slots=True)
class MetricColumns:
    """n data points of k metrics. Numbers are samples; histograms and summaries bring their own columns, ragged."""

    pool: Pool
    resources: Resources
    metric_name: I32  # (k,) pool id
    metric_unit: I32  # (k,)
    metric_description: I32  # (k,)
    metric_kind: U8  # (k,) OTLP field number: 5 gauge 7 sum 9 histogram 10 exponential histogram 11 summary
    metric_temporality: U8  # (k,) 0 unspecified 1 delta 2 cumulative
    metric_monotonic: U8  # (k,)
    metric: I32  # (n,) row of metric_*
    resource: I32  # (n,)
    scope: I32  # (n,)
    time: U64
    start_time: U64
    flags: U32
    value: F64  # gauge and sum; for histograms and summaries the sum, NaN where none was sent
    attributes: Attributes
    # histograms and summaries: row of hist_* (h rows) or -1; ragged columns have h + 1 offsets
    hist: I32  # (n,)
    hist_count: U64
    hist_min: F64  # NaN: not given
    hist_max: F64
    hist_bounds_offsets: I32
    hist_bounds: F64
    hist_counts_offsets: I32
    hist_counts: U64
    hist_scale: I32
    hist_zero_count: U64
    hist_zero_threshold: F64
    hist_positive_offset: I32
    hist_positive_offsets: I32  # ragged offsets of hist_positive_counts
    hist_positive_counts: U64
    hist_negative_offset: I32
    hist_negative_offsets: I32
    hist_negative_counts: U64
    # summary quantiles, as hist rows: ragged (quantile, value)
    quantile_offsets: I32
    quantile: F64
    quantile_value: F64
    # exemplars of all points, ragged
    exemplar_offsets: I32  # (n + 1,)
    exemplar_time: U64
    exemplar_value: F64
    exemplar_trace_id: U8  # (e, 16)
    exemplar_span_id: U8  # (e, 8)
    exemplar_attributes: Attributes

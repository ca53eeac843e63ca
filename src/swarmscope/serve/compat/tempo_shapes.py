"""What Tempo's answers look like: OTLP as JSON, traces found, series.

Source: Grafana Tempo, "HTTP API"; `tempopb/tempo.proto`; OTLP/JSON (ids in hex, 64-bit numbers as text, bytes as base64).
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from swarmscope.query.traceql.search import Found
from swarmscope.query.traceql.series import Series, Steps
from swarmscope.query.traceql.tree import Static

KINDS = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
STATUSES = ("UNSET", "OK", "ERROR")


def otlp_json(data: TracesData, tempo: bool = False) -> list[dict[str, Any]]:
    """`resourceSpans` as OTLP/JSON. tempo: as Tempo writes it, kinds and status codes by name and ids as bytes, in base64."""
    return [
        {
            "resource": {"attributes": _attributes(r.resource.attributes)},
            "scopeSpans": [
                {"scope": _scope(s.scope), "spans": [_span(span, tempo) for span in s.spans]} for s in r.scope_spans
            ],
        }
        for r in data.resource_spans
    ]


def _filled(out: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in out.items() if v}


def _scope(scope: Any) -> dict[str, Any]:
    return _filled({"name": scope.name, "version": scope.version, "attributes": _attributes(scope.attributes)})


def _span(span: Any, tempo: bool) -> dict[str, Any]:
    def written(name: bytes) -> str:
        return base64.b64encode(name).decode() if tempo else name.hex()

    out = {
        "traceId": written(span.trace_id),
        "spanId": written(span.span_id),
        "traceState": span.trace_state,
        "parentSpanId": written(span.parent_span_id),
        "flags": span.flags,
        "name": span.name,
        "kind": f"SPAN_KIND_{KINDS[span.kind]}" if tempo else span.kind,
        "startTimeUnixNano": str(span.start_time_unix_nano),
        "endTimeUnixNano": str(span.end_time_unix_nano),
        "attributes": _attributes(span.attributes),
        "droppedAttributesCount": span.dropped_attributes_count,
        "events": [
            _filled(
                {
                    "timeUnixNano": str(e.time_unix_nano),
                    "name": e.name,
                    "attributes": _attributes(e.attributes),
                }
            )
            for e in span.events
        ],
        "links": [
            _filled(
                {
                    "traceId": written(k.trace_id),
                    "spanId": written(k.span_id),
                    "traceState": k.trace_state,
                    "attributes": _attributes(k.attributes),
                }
            )
            for k in span.links
        ],
    }
    status: dict[str, Any] = {}
    if span.status.code:
        status["code"] = f"STATUS_CODE_{STATUSES[span.status.code]}" if tempo else span.status.code
    if span.status.message:
        status["message"] = span.status.message
    return _filled(out) | {"status": status}


def _attributes(pairs: Iterable[Any]) -> list[dict[str, Any]]:
    return [{"key": p.key, "value": any_json(p.value)} for p in pairs]


def any_json(value: Any) -> dict[str, Any]:
    """An AnyValue as OTLP/JSON."""
    kind = value.WhichOneof("value")
    match kind:
        case None:
            return {}
        case "int_value":
            return {"intValue": str(value.int_value)}
        case "double_value":
            return {"doubleValue": _number(value.double_value)}
        case "bytes_value":
            return {"bytesValue": base64.b64encode(value.bytes_value).decode()}
        case "array_value":
            return {"arrayValue": {"values": [any_json(v) for v in value.array_value.values]}}
        case "kvlist_value":
            return {"kvlistValue": {"values": _attributes(value.kvlist_value.values)}}
    return {"boolValue": value.bool_value} if kind == "bool_value" else {"stringValue": value.string_value}


def _number(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


# search


def found(of: Found) -> dict[str, Any]:
    """A trace of a search (`TraceSearchMetadata`)."""
    sets = [
        {
            "spans": [_found_span(span, pairs) for span, pairs in spans],
            "matched": len(spanset.spans),
            "attributes": [{"key": k, "value": any_value(v)} for k, v in spanset.attributes],
        }
        for spanset, spans in of.sets or []
    ]
    for one in sets:
        if not one["attributes"]:
            del one["attributes"]
    return {
        "traceID": of.trace.lstrip("0") or "0",
        "rootServiceName": of.root_service,
        "rootTraceName": of.root_name,
        "startTimeUnixNano": str(of.start_ns),
        "durationMs": (of.end_ns - of.start_ns) // 1_000_000,
        "spanSet": sets[0] if sets else {"spans": [], "matched": 0},
        "spanSets": sets,
        "serviceStats": {
            service: {"spanCount": spans} | ({"errorCount": errors} if errors else {})
            for service, (spans, errors) in (of.services or {}).items()
        },
    }


def _found_span(span: Any, pairs: Iterable[tuple[str, Static]]) -> dict[str, Any]:
    return {
        "spanID": span.span,
        "name": span.name,
        "startTimeUnixNano": str(span.start_ns),
        "durationNanos": str(span.duration_ns),
        "attributes": [{"key": k, "value": any_value(v)} for k, v in pairs],
    }


def any_value(static: Static | None) -> dict[str, Any]:
    """A value of TraceQL as OTLP's AnyValue in JSON."""
    if static is None or static.value is None:
        return {"stringValue": "nil"}
    if isinstance(static.value, bool):
        return {"boolValue": static.value}
    if static.kind == "duration":
        return {"stringValue": _duration(round(float(static.value)))}
    if isinstance(static.value, int):
        return {"intValue": str(static.value)}
    return {"doubleValue": static.value} if isinstance(static.value, float) else {"stringValue": static.value}


# series


def series(found: Iterable[Series], steps: Steps) -> list[dict[str, Any]]:
    """The series of a range query (`TimeSeries`)."""
    ends = [str(end // 1_000_000) for end in steps.ends_ns()]
    return [
        _labelled(s)
        | {
            "samples": [
                {"timestampMs": at, "value": value}
                for at, value in zip(ends, s.values.tolist(), strict=False)  # a meta series has none
                if not math.isnan(value)
            ],
            "exemplars": [
                {
                    "labels": [{"key": k, "value": any_value(v)} for k, v in e.labels],
                    "value": e.value,
                    "timestampMs": str(e.at_ns // 1_000_000),
                }
                for e in s.exemplars
            ],
        }
        for s in found
    ]


def instants(found: Iterable[Series]) -> list[dict[str, Any]]:
    """The series of an instant query (`InstantSeries`)."""
    return [
        _labelled(s) | {"value": float(s.values[0])} for s in found if s.values.size and not math.isnan(s.values[0])
    ]


def _labelled(s: Series) -> dict[str, Any]:
    pairs = {k: _prometheus(v) for k, v in s.labels}
    inside = ", ".join(f'{_label(k)}="{_escaped(v)}"' for k, v in sorted(pairs.items()))
    return {"labels": [{"key": k, "value": any_value(v)} for k, v in s.labels], "promLabels": f"{{{inside}}}"}


def _prometheus(static: Static | None) -> str:
    if static is None or static.value is None:
        return "<nil>"
    if isinstance(static.value, bool):
        return "true" if static.value else "false"
    return _duration(round(float(static.value))) if static.kind == "duration" else str(static.value)


def _duration(value_ns: int) -> str:
    """As Go writes it: one number below a minute (`1.4s`, `487.5ms`), else hours, minutes and seconds (`1m30s`)."""
    if value_ns < 0:
        return "-" + _duration(-value_ns)
    for unit, size in (("ns", 1), ("µs", 1000), ("ms", 1_000_000)):
        if value_ns < size * 1000:
            return f"{Decimal(value_ns) / size:f}{unit}" if value_ns else "0s"
    minutes, rest = divmod(value_ns, 60 * 10**9)
    hours, minutes = divmod(minutes, 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if hours or minutes else "") + f"{Decimal(rest) / 10**9:f}s"


def _label(name: str) -> str:
    return name if name.isidentifier() else f'"{_escaped(name)}"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def tag_values(rows: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """The values of a tag in v2 (`TagValue`)."""
    return [{"type": r["type"], "value": r["value"]} for r in rows]

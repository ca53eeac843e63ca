"""A trace as Jaeger's user interface wants it.

Source: jaegertracing/jaeger `internal/uimodel`; OpenTelemetry, "OpenTelemetry to Jaeger Transformation".
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

import orjson
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from swarmscope.query.outlines import Outline
from swarmscope.serve.compat.tempo_shapes import any_json as otlp_value

KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
SAFE_MAX = 2**53 - 1
Tag = dict[str, Any]


def trace_name(raw: bytes) -> str:
    """A trace id as Jaeger writes it: 16 digits where the upper half is empty."""
    text = raw.hex()
    return text[16:] if text.startswith("0" * 16) else text


def ui_trace(data: TracesData) -> dict[str, Any]:
    """One trace in the form of `ui.Trace`."""
    processes: dict[str, Any] = {}
    spans = []
    for number, resource in enumerate(data.resource_spans, 1):
        name = f"p{number}"
        tags = _tags(resource.resource.attributes)
        service = next((t["value"] for t in tags if t["key"] == "service.name"), "")
        processes[name] = {"serviceName": service, "tags": [t for t in tags if t["key"] != "service.name"]}
        spans += [_span(s, scope.scope, name) for scope in resource.scope_spans for s in scope.spans]
    return {
        "traceID": spans[0]["traceID"] if spans else "",
        "spans": sorted(spans, key=lambda s: s["startTime"]),
        "processes": processes,
        "warnings": None,
    }


def _span(span: Any, scope: Any, process: str) -> dict[str, Any]:
    trace = trace_name(span.trace_id)
    references = []
    if span.parent_span_id:
        references.append({"refType": "CHILD_OF", "traceID": trace, "spanID": span.parent_span_id.hex()})
    for link in span.links:
        kind = next((a.value.string_value for a in link.attributes if a.key == "opentracing.ref_type"), "")
        references.append(
            {
                "refType": "CHILD_OF" if kind == "child_of" else "FOLLOWS_FROM",
                "traceID": trace_name(link.trace_id),
                "spanID": link.span_id.hex(),
            }
        )
    return {
        "traceID": trace,
        "spanID": span.span_id.hex(),
        "operationName": span.name,
        "references": references,
        "startTime": span.start_time_unix_nano // 1000,
        "duration": (span.end_time_unix_nano - span.start_time_unix_nano) // 1000,
        "tags": _tags(span.attributes) + list(_beside(span, scope)),
        "logs": [
            {"timestamp": e.time_unix_nano // 1000, "fields": [_text("event", e.name), *_tags(e.attributes)]}
            for e in span.events
        ],
        "processID": process,
        "warnings": None,
    }


def _beside(span: Any, scope: Any) -> Iterable[Tag]:
    """What OTLP has fields for and Jaeger has tags for."""
    if span.kind:
        yield _text("span.kind", KINDS[span.kind])
    if scope.name:
        yield _text("otel.scope.name", scope.name)
    if scope.version:
        yield _text("otel.scope.version", scope.version)
    if span.status.code == 1:
        yield _text("otel.status_code", "OK")
    if span.status.code == 2:
        yield _text("otel.status_code", "ERROR")
        yield {"key": "error", "type": "bool", "value": True}
    if span.status.message:
        yield _text("otel.status_description", span.status.message)
    if span.trace_state:
        yield _text("w3c.tracestate", span.trace_state)


def _text(key: str, value: str) -> Tag:
    return {"key": key, "type": "string", "value": value}


def _tags(pairs: Iterable[Any]) -> list[Tag]:
    return [_tag(p.key, p.value) for p in pairs]


def _tag(key: str, value: Any) -> Tag:
    match value.WhichOneof("value"):
        case "bool_value":
            return {"key": key, "type": "bool", "value": value.bool_value}
        case "int_value":
            number = value.int_value
            return {"key": key, "type": "int64", "value": number if abs(number) <= SAFE_MAX else str(number)}
        case "double_value":
            return {"key": key, "type": "float64", "value": value.double_value}
        case "bytes_value":
            return {"key": key, "type": "binary", "value": base64.b64encode(value.bytes_value).decode()}
        case "array_value" | "kvlist_value":
            return _text(key, orjson.dumps(_plain(otlp_value(value))).decode())
    return _text(key, value.string_value)


def _plain(value: dict[str, Any]) -> Any:
    """OTLP's AnyValue in JSON as plain JSON."""
    for kind, inner in value.items():
        if kind == "arrayValue":
            return [_plain(v) for v in inner["values"]]
        if kind == "kvlistValue":
            return {p["key"]: _plain(p["value"]) for p in inner["values"]}
        return int(inner) if kind == "intValue" else inner
    return None


def summary(one: Outline) -> dict[str, Any]:
    """The figures of a `jaeger.api_v3.TraceSummary`, but for those of services."""
    return {
        "trace_id": one.trace,
        "root_service_name": one.root[0],
        "root_operation_name": one.root[1],
        "min_start_time_unix_nano": one.start_ns,
        "max_end_time_unix_nano": one.end_ns,
        "span_count": one.spans,
        "error_span_count": one.errors,
        "orphan_span_count": one.orphans,
    }


def summary_json(one: Outline) -> dict[str, Any]:
    """A TraceSummary as protobuf's JSON: names in camel case, 64 bits as text."""
    figures = {_camel(name): str(v) if name.endswith("nano") else v for name, v in summary(one).items()}
    services = [{"name": n, "spanCount": c, "errorSpanCount": e} for n, (c, e) in one.services.items()]
    return figures | {"services": services}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))

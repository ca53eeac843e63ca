"""Spans, log records and metrics as OTLP messages, grouped by resource and scope.

The exporter of the OpenTelemetry SDK groups by the value of a resource, which it serialises to JSON for every span; here
they are grouped by identity, which makes encoding about twice as cheap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from google.protobuf.message import Message
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource as ResourceMessage
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status
from opentelemetry.sdk.metrics.export import Metric, MetricsData, ResourceMetrics, ScopeMetrics
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext, StatusCode

from swarmscope_sdk import names
from swarmscope_sdk.scope import Scope

_FLAG_HAS_REMOTE, _FLAG_REMOTE = 0x100, 0x200
_STATUS = {
    StatusCode.UNSET: Status.STATUS_CODE_UNSET,
    StatusCode.OK: Status.STATUS_CODE_OK,
    StatusCode.ERROR: Status.STATUS_CODE_ERROR,
}
_NOTHING: Mapping[str, Any] = {}
_NO_KEYS: frozenset[str] = frozenset()


class SpanItem(NamedTuple):
    """A finished span, or (pending) one that is still open, and the scope in which it started."""

    span: ReadableSpan
    scope: Scope | None
    pending: bool = False


class MetricItem(NamedTuple):
    """One collected metric with all its points, and what it belongs to."""

    resource: ResourceMetrics
    scope: ScopeMetrics
    metric: Metric


@dataclass(frozen=True, slots=True)
class LogItem:
    """One log record. severity: OTLP number 1–24. event: name of an event record, empty for plain text."""

    time_ns: int
    severity: int
    severity_text: str
    body: str
    event: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    trace_id: int = 0
    span_id: int = 0


def any_value(value: Any) -> AnyValue:
    """`value` as OTLP. What OTLP cannot hold is written as its text, so that nothing is lost silently."""
    if isinstance(value, str):
        return AnyValue(string_value=_text(value))
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        if -(2**63) <= value < 2**63:
            return AnyValue(int_value=value)
        return AnyValue(string_value=_text(str(value)))
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, bytes):
        return AnyValue(bytes_value=value)
    if value is None:
        return AnyValue()
    if isinstance(value, Mapping):
        return AnyValue(kvlist_value=KeyValueList(values=key_values(value)))
    if isinstance(value, Sequence):
        return AnyValue(array_value=ArrayValue(values=[any_value(v) for v in value]))
    return AnyValue(string_value=_text(str(value)))


def _text(text: str) -> str:
    """`text` as UTF-8 can hold it: lone surrogates become question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def key_values(attributes: Mapping[str, Any]) -> list[KeyValue]:
    """Attributes as OTLP."""
    return [KeyValue(key=_text(str(key)), value=any_value(value)) for key, value in attributes.items()]


def spans_request(items: Iterable[SpanItem]) -> ExportTraceServiceRequest:
    """One export request of all `items`."""
    resources: dict[int, tuple[Resource, dict[int, tuple[Any, list[Span]]]]] = {}
    for item in items:
        span = item.span
        resource = resources.setdefault(id(span.resource), (span.resource, {}))
        scope = span.instrumentation_scope
        resource[1].setdefault(id(scope), (scope, []))[1].append(_span(item))
    return ExportTraceServiceRequest(
        resource_spans=[
            ResourceSpans(
                resource=resource_message(resource),
                schema_url=resource.schema_url,
                scope_spans=[
                    ScopeSpans(
                        scope=_instrumentation(scope), schema_url=(scope.schema_url or "") if scope else "", spans=spans
                    )
                    for scope, spans in scopes.values()
                ],
            )
            for resource, scopes in resources.values()
        ]
    )


def logs_request(items: Iterable[LogItem], resource: Resource, version: str) -> ExportLogsServiceRequest:
    """One export request of all `items`, which this library wrote itself."""
    scope = InstrumentationScope(name="swarmscope_sdk", version=version)
    logs = ScopeLogs(scope=scope, log_records=[_log(item) for item in items])
    return ExportLogsServiceRequest(
        resource_logs=[ResourceLogs(resource=resource_message(resource), scope_logs=[logs])]
    )


def metric_items(data: MetricsData) -> list[MetricItem]:
    """The metrics one by one; those without points are left out."""
    return [
        MetricItem(resource, scope, metric)
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if metric.data.data_points
    ]


def metrics_request(items: Iterable[MetricItem]) -> Message:
    """One export request of all `items`."""
    resources: dict[int, tuple[ResourceMetrics, dict[int, tuple[ScopeMetrics, list[Metric]]]]] = {}
    for item in items:
        scopes = resources.setdefault(id(item.resource), (item.resource, {}))[1]
        scopes.setdefault(id(item.scope), (item.scope, []))[1].append(item.metric)
    return encode_metrics(
        MetricsData(
            [
                replace(resource, scope_metrics=[replace(scope, metrics=metrics) for scope, metrics in scopes.values()])
                for resource, scopes in resources.values()
            ]
        )
    )


def resource_message(resource: Resource) -> ResourceMessage:
    """A resource as OTLP."""
    return ResourceMessage(attributes=key_values(resource.attributes))


def _instrumentation(scope: Any) -> InstrumentationScope:
    if scope is None:
        return InstrumentationScope()
    return InstrumentationScope(
        name=scope.name, version=scope.version, attributes=key_values(scope.attributes or _NOTHING)
    )


def _span(item: SpanItem) -> Span:
    span = item.span
    own = span.context
    if own is None:
        raise ValueError(f"span {span.name!r} has no context")
    attributes: dict[str, Any] = (span.attributes or {}).copy()  # type: ignore[attr-defined] # both kinds have copy()
    if item.scope is not None:
        _stamp(attributes, item.scope)
    if item.pending:
        attributes[names.PENDING] = True
    parent = span.parent
    start = span.start_time or 0
    return Span(
        trace_id=own.trace_id.to_bytes(16, "big"),
        span_id=own.span_id.to_bytes(8, "big"),
        parent_span_id=parent.span_id.to_bytes(8, "big") if parent else b"",
        trace_state=own.trace_state.to_header(),
        flags=_flags(own, parent),
        name=_text(span.name),
        kind=span.kind.value + 1,  # type: ignore[arg-type] # the OTLP enum is the SDK's shifted by one
        start_time_unix_nano=start,
        end_time_unix_nano=(span.end_time or start) if not item.pending else start,
        attributes=key_values(attributes),
        events=_events(span),
        links=_links(span),
        status=_status(span),
        dropped_attributes_count=span.dropped_attributes,
        dropped_events_count=span.dropped_events,
        dropped_links_count=span.dropped_links,
    )


def _stamp(attributes: dict[str, Any], scope: Scope) -> None:
    """Add what the span does not say itself; one that names its own agent or session keeps it whole."""
    own = frozenset(attributes)
    attributes |= {
        key: value
        for key, value in scope.attributes.items()
        if key not in own and own.isdisjoint(names.SAME_AS.get(key, _NO_KEYS))
    }


def _flags(own: SpanContext, parent: SpanContext | None) -> int:
    remote = _FLAG_REMOTE if parent is not None and parent.is_remote else 0
    return int(own.trace_flags) | _FLAG_HAS_REMOTE | remote


def _events(span: ReadableSpan) -> list[Span.Event]:
    return [
        Span.Event(
            name=_text(event.name), time_unix_nano=event.timestamp, attributes=key_values(event.attributes or _NOTHING)
        )
        for event in span.events
    ]


def _links(span: ReadableSpan) -> list[Span.Link]:
    return [
        Span.Link(
            trace_id=link.context.trace_id.to_bytes(16, "big"),
            span_id=link.context.span_id.to_bytes(8, "big"),
            trace_state=link.context.trace_state.to_header(),
            attributes=key_values(link.attributes or _NOTHING),
        )
        for link in span.links
    ]


def _status(span: ReadableSpan) -> Status | None:
    status = span.status
    if status is None or (status.is_unset and not status.description):
        return None
    return Status(code=_STATUS[status.status_code], message=_text(status.description or ""))


def _log(item: LogItem) -> LogRecord:
    return LogRecord(
        time_unix_nano=item.time_ns,
        observed_time_unix_nano=item.time_ns,
        severity_number=item.severity,  # type: ignore[arg-type] # the enum's numbers are the severities
        severity_text=item.severity_text,
        event_name=item.event,
        body=any_value(item.body),
        attributes=key_values(item.attributes),
        trace_id=item.trace_id.to_bytes(16, "big") if item.trace_id else b"",
        span_id=item.span_id.to_bytes(8, "big") if item.span_id else b"",
    )

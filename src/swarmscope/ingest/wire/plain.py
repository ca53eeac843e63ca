"""The plain decoder: protobuf's own parser, then Python. It is the oracle of the kernels and serves until they are compiled."""

from __future__ import annotations

import base64
import itertools
import json
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError as ProtobufError
from numpy.typing import NDArray
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from swarmscope.errors import DecodeError
from swarmscope.ingest.columns import (
    DROPPED_ATTRIBUTES,
    DROPPED_EVENTS,
    DROPPED_LINKS,
    LINK_FLAGS,
    POOL_HEAD,
    RESOURCE_SCHEMA,
    SCOPE_DROPPED,
    SCOPE_SCHEMA,
    TYPE_ARRAY,
    TYPE_BOOL,
    TYPE_BYTES,
    TYPE_DOUBLE,
    TYPE_INT,
    TYPE_KVLIST,
    TYPE_STRING,
    TYPE_UNSET,
    LogColumns,
    MetricColumns,
    Pool,
    SpanColumns,
    Strings,
)
from swarmscope.ingest.wire import layout

NESTING_MAX = 32
POOL_RESET_STRINGS = 65_536
POOL_RESET_BYTES = 8 * 1024 * 1024

REQUESTS: dict[str, Any] = {
    "traces": ExportTraceServiceRequest,
    "logs": ExportLogsServiceRequest,
    "metrics": ExportMetricsServiceRequest,
}
_TYPES = {
    None: TYPE_UNSET,
    "string_value": TYPE_STRING,
    "bool_value": TYPE_BOOL,
    "int_value": TYPE_INT,
    "double_value": TYPE_DOUBLE,
    "array_value": TYPE_ARRAY,
    "kvlist_value": TYPE_KVLIST,
    "bytes_value": TYPE_BYTES,
    "string_value_strindex": TYPE_UNSET,  # of the profiles signal; elsewhere absent by its specification
}
_METRIC_KINDS = {"gauge": 5, "sum": 7, "histogram": 9, "exponential_histogram": 10, "summary": 11}
_NOT_FINITE = {"nan": '"NaN"', "inf": '"Infinity"', "-inf": '"-Infinity"'}


_serials = itertools.count(1)


def next_serial() -> int:
    """A number that no other pool of this process has: whoever caches by pool id compares it."""
    return next(_serials)


class _Strings:
    """The growing pool."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.serial = next_serial()
        self.ids: dict[bytes, int] = {text: number for number, text in enumerate(POOL_HEAD)}
        self.bytes = sum(map(len, POOL_HEAD))

    def id(self, text: str) -> int:
        raw = text.encode()
        found = self.ids.setdefault(raw, len(self.ids))
        if found == len(self.ids) - 1:
            self.bytes += len(raw)
        return found

    def pool(self) -> Pool:
        offsets = np.zeros(len(self.ids) + 1, np.int64)
        np.cumsum([len(s) for s in self.ids], out=offsets[1:])
        return Pool(Strings(offsets, np.frombuffer(bytearray().join(self.ids), np.uint8)), self.serial)


class _Rows:
    """One `layout.Table` as Python lists."""

    def __init__(self, table: layout.Table) -> None:
        self.table = table
        self.columns: dict[str, list[Any]] = {name: [] for name in table.columns}
        self.ragged: dict[str, list[int]] = {name: [0] for name in table.ragged}
        self.text = [0]
        self.data = bytearray()
        self.first = next(iter(self.columns.values()))

    def __len__(self) -> int:
        return len(self.first)

    def add(self, **values: Any) -> None:
        for name, value in values.items():
            self.columns[name].append(value)

    def add_text(self, value: bytes) -> None:
        self.data += value
        self.text.append(len(self.data))

    def close(self, name: str, end: int) -> None:
        """The ragged column of the row just added ends at row `end` of the other table."""
        self.ragged[name].append(end)

    def truncate(self, n: int) -> None:
        for values in self.columns.values():
            del values[n:]
        for ends in self.ragged.values():
            del ends[n + 1 :]
        if self.table.text:
            del self.text[n + 1 :]
            del self.data[self.text[-1] :]

    def arrays(self) -> dict[str, NDArray[Any]]:
        out: dict[str, NDArray[Any]] = {}
        for name, (kind, width) in self.table.columns.items():
            values = self.columns[name]
            if width > 1:
                out[name] = np.frombuffer(bytearray().join(values), kind).reshape(len(values), width)
            else:
                out[name] = np.array(values, kind)
        out.update({name: np.array(ends, np.int32) for name, ends in self.ragged.items()})
        if self.table.text:
            out[layout.TEXT] = np.array(self.text, np.int64)
            out["data"] = np.frombuffer(bytearray(self.data), np.uint8)  # writable, as the kernels are compiled for
        return out


class _Tables:
    """The tables of one signal."""

    def __init__(self, tables: Mapping[str, layout.Table]) -> None:
        self.rows = {name: _Rows(table) for name, table in tables.items()}

    def __getitem__(self, name: str) -> _Rows:
        return self.rows[name]

    def lengths(self) -> dict[str, int]:
        return {name: len(rows) for name, rows in self.rows.items()}

    def truncate(self, lengths: Mapping[str, int]) -> None:
        for name, n in lengths.items():
            self.rows[name].truncate(n)

    def arrays(self) -> dict[str, dict[str, NDArray[Any]]]:
        return {name: rows.arrays() for name, rows in self.rows.items()}


class Scanner:
    """Decodes requests of one worker thread into columns; several requests accumulate until `reset`."""

    def __init__(self) -> None:
        self._strings = _Strings()
        self._spans = _Tables(layout.SPANS)
        self._logs = _Tables(layout.LOGS)
        self._metrics = _Tables(layout.METRICS)

    def reset(self) -> None:
        """Forget all rows; the pool is kept unless it is large."""
        for tables in (self._spans, self._logs, self._metrics):
            tables.truncate(dict.fromkeys(tables.rows, 0))
        if len(self._strings.ids) > POOL_RESET_STRINGS or self._strings.bytes > POOL_RESET_BYTES:
            self._strings.clear()

    def add_traces(self, body: bytes | memoryview, request: int) -> int:
        """Append the spans of one ExportTraceServiceRequest and return their number. DecodeError: nothing was added."""
        return self._add(self._spans, "traces", body, request, self._add_spans, "span")

    def add_logs(self, body: bytes | memoryview, request: int) -> int:
        """Append the records of one ExportLogsServiceRequest and return their number. DecodeError: nothing was added."""
        return self._add(self._logs, "logs", body, request, self._add_records, "log")

    def add_metrics(self, body: bytes | memoryview, request: int) -> int:
        """Append the points of one ExportMetricsServiceRequest and return their number. DecodeError: nothing was added."""
        return self._add(self._metrics, "metrics", body, request, self._add_metrics, "point")

    def spans(self) -> SpanColumns:
        """All spans since the last reset."""
        return layout.assemble_spans(self._spans.arrays(), self._strings.pool())

    def logs(self) -> LogColumns:
        """All log records since the last reset."""
        return layout.assemble_logs(self._logs.arrays(), self._strings.pool())

    def metrics(self) -> MetricColumns:
        """All data points since the last reset."""
        return layout.assemble_metrics(self._metrics.arrays(), self._strings.pool())

    def _add(
        self,
        tables: _Tables,
        signal: str,
        body: bytes | memoryview,
        request: int,
        add: Callable[[Any, int], None],
        items: str,
    ) -> int:
        message = parse(signal, body)
        before = tables.lengths()
        try:
            add(message, request)
        except DecodeError:
            tables.truncate(before)
            raise
        return len(tables[items]) - before[items]

    def _add_spans(self, message: Any, request: int) -> None:
        tables, text = self._spans, self._strings.id
        rows, events, links = tables["span"], tables["event"], tables["link"]
        for block in message.resource_spans:
            resource = self._resource(tables, block, request)
            for group in block.scope_spans:
                scope = self._scope(tables, group)
                for span in group.spans:
                    rows.add(
                        resource=resource,
                        scope=scope,
                        trace_id=_identifier(span.trace_id, 16),
                        span_id=_identifier(span.span_id, 8),
                        parent_span_id=_identifier(span.parent_span_id, 8),
                        trace_state=text(span.trace_state),
                        flags=span.flags,
                        name=text(span.name),
                        kind=_byte(span.kind),
                        start_time=span.start_time_unix_nano,
                        end_time=span.end_time_unix_nano,
                        status_code=_byte(span.status.code),
                        status_message=text(span.status.message),
                    )
                    dropped = {
                        DROPPED_ATTRIBUTES: span.dropped_attributes_count,
                        DROPPED_EVENTS: span.dropped_events_count,
                        DROPPED_LINKS: span.dropped_links_count,
                    }
                    self._attributes(rows, tables["attribute"], span.attributes, dropped)
                    for event in span.events:
                        events.add(time=event.time_unix_nano, name=text(event.name))
                        dropped = {DROPPED_ATTRIBUTES: event.dropped_attributes_count}
                        self._attributes(events, tables["event_attribute"], event.attributes, dropped)
                    rows.close("events", len(events))
                    for link in span.links:
                        links.add(
                            trace_id=_identifier(link.trace_id, 16),
                            span_id=_identifier(link.span_id, 8),
                            trace_state=text(link.trace_state),
                        )
                        beside = {LINK_FLAGS: link.flags, DROPPED_ATTRIBUTES: link.dropped_attributes_count}
                        self._attributes(links, tables["link_attribute"], link.attributes, beside)
                    rows.close("links", len(links))

    def _add_records(self, message: Any, request: int) -> None:
        tables, text = self._logs, self._strings.id
        rows = tables["log"]
        for block in message.resource_logs:
            resource = self._resource(tables, block, request)
            for group in block.scope_logs:
                scope = self._scope(tables, group)
                for record in group.log_records:
                    kind, body = _value(record.body)
                    rows.add(
                        resource=resource,
                        scope=scope,
                        time=record.time_unix_nano,
                        observed_time=record.observed_time_unix_nano,
                        severity=_byte(record.severity_number),
                        severity_text=text(record.severity_text),
                        event_name=text(record.event_name),
                        body_type=kind,
                        trace_id=_identifier(record.trace_id, 16),
                        span_id=_identifier(record.span_id, 8),
                        flags=record.flags,
                    )
                    rows.add_text(body)
                    dropped = {DROPPED_ATTRIBUTES: record.dropped_attributes_count}
                    self._attributes(rows, tables["attribute"], record.attributes, dropped)

    def _add_metrics(self, message: Any, request: int) -> None:
        tables, text = self._metrics, self._strings.id
        for block in message.resource_metrics:
            resource = self._resource(tables, block, request)
            for group in block.scope_metrics:
                scope = self._scope(tables, group)
                for metric in group.metrics:
                    which = metric.WhichOneof("data")
                    data = getattr(metric, which) if which else None
                    for pair in metric.metadata:  # not kept, but refused where an attribute would be
                        _value(pair.value)
                    tables["metric"].add(
                        name=text(metric.name),
                        unit=text(metric.unit),
                        description=text(metric.description),
                        kind=_METRIC_KINDS.get(which, 0),
                        temporality=_byte(getattr(data, "aggregation_temporality", 0)),
                        monotonic=int(getattr(data, "is_monotonic", False)),
                    )
                    for point in data.data_points if data is not None else ():
                        self._add_point(_METRIC_KINDS[which], point, resource, scope)

    def _add_point(self, kind: int, point: Any, resource: int, scope: int) -> None:
        tables = self._metrics
        rows, exemplars = tables["point"], tables["exemplar"]
        number = kind in (5, 7)
        rows.add(
            metric=len(tables["metric"]) - 1,
            resource=resource,
            scope=scope,
            time=point.time_unix_nano,
            start_time=point.start_time_unix_nano,
            flags=point.flags,
            value=_number(point) if number else (point.sum if kind == 11 else _optional(point, "sum")),
            hist=-1 if number else len(tables["hist"]),
        )
        if not number:
            self._add_hist(kind, point)
        self._attributes(rows, tables["attribute"], point.attributes)
        for exemplar in point.exemplars if kind != 11 else ():
            exemplars.add(
                time=exemplar.time_unix_nano,
                value=_number(exemplar),
                trace_id=_identifier(exemplar.trace_id, 16),
                span_id=_identifier(exemplar.span_id, 8),
            )
            self._attributes(exemplars, tables["exemplar_attribute"], exemplar.filtered_attributes)
        rows.close("exemplars", len(exemplars))

    def _add_hist(self, kind: int, point: Any) -> None:
        tables = self._metrics
        hist, exponential = tables["hist"], kind == 10
        hist.add(
            count=point.count,
            min=_optional(point, "min") if kind != 11 else math.nan,
            max=_optional(point, "max") if kind != 11 else math.nan,
            scale=point.scale if exponential else 0,
            zero_count=point.zero_count if exponential else 0,
            zero_threshold=point.zero_threshold if exponential else 0.0,
            positive_offset=point.positive.offset if exponential else 0,
            negative_offset=point.negative.offset if exponential else 0,
        )
        if kind == 9:
            tables["bound"].columns["value"] += point.explicit_bounds
            tables["count"].columns["value"] += point.bucket_counts
        elif exponential:
            tables["positive"].columns["value"] += point.positive.bucket_counts
            tables["negative"].columns["value"] += point.negative.bucket_counts
        else:
            for pair in point.quantile_values:
                tables["quantile"].add(quantile=pair.quantile, value=pair.value)
        for ragged, other in zip(hist.ragged, ("bound", "count", "positive", "negative", "quantile"), strict=True):
            hist.close(ragged, len(tables[other]))

    def _resource(self, tables: _Tables, block: Any, request: int) -> int:
        rows, resource = tables["resource"], block.resource
        rows.add(request=request)
        beside = {DROPPED_ATTRIBUTES: resource.dropped_attributes_count, RESOURCE_SCHEMA: block.schema_url}
        self._attributes(rows, tables["resource_attribute"], resource.attributes, beside)
        return len(rows) - 1

    def _scope(self, tables: _Tables, group: Any) -> int:
        rows, scope = tables["scope"], group.scope
        rows.add(name=self._strings.id(scope.name), version=self._strings.id(scope.version))
        beside = {SCOPE_DROPPED: scope.dropped_attributes_count, SCOPE_SCHEMA: group.schema_url}
        self._attributes(rows, tables["scope_attribute"], scope.attributes, beside)
        return len(rows) - 1

    def _attributes(
        self, owner: _Rows, rows: _Rows, attributes: Iterable[Any], beside: Mapping[int, int | str] | None = None
    ) -> None:
        """beside: what is kept as attributes though it was sent as a field, by the number of its key in POOL_HEAD."""
        for attribute in attributes:
            kind, value = _value(attribute.value)
            rows.add(key=self._strings.id(attribute.key), type=kind)
            rows.add_text(value)
        for key, said in (beside or {}).items():
            if said:
                rows.add(key=key, type=TYPE_STRING if isinstance(said, str) else TYPE_INT)
                rows.add_text(str(said).encode())
        owner.close("attributes", len(rows))


def parse(signal: str, body: bytes | memoryview) -> Any:
    """The protobuf message of one export request. Raises DecodeError (protobuf tells no position)."""
    try:
        return REQUESTS[signal].FromString(bytes(body))
    except ProtobufError as e:
        name = REQUESTS[signal].DESCRIPTOR.name
        raise DecodeError(f"the {len(body)} bytes are not a valid {name}: {e}; send OTLP as protobuf") from e


def _identifier(value: bytes, width: int) -> bytes:
    return value if len(value) == width else bytes(width)


def _byte(value: int) -> int:
    return value if 0 <= value <= 255 else 0


def _optional(point: Any, name: str) -> float:
    return float(getattr(point, name)) if point.HasField(name) else math.nan


def _number(point: Any) -> float:
    return float(point.as_int) if point.WhichOneof("value") == "as_int" else float(point.as_double)


def _value(value: Any) -> tuple[int, bytes]:
    """Type and text of an attribute value."""
    which = value.WhichOneof("value")
    kind = _TYPES[which]
    if kind == TYPE_STRING:
        return kind, value.string_value.encode()
    if kind == TYPE_UNSET:
        return kind, b""
    if kind == TYPE_BYTES:
        return kind, base64.b64encode(value.bytes_value)
    if kind == TYPE_DOUBLE:
        return kind, repr(value.double_value).encode()
    return kind, _json(value, 0).encode()


def _json(value: Any, depth: int) -> str:
    which = value.WhichOneof("value")
    kind = _TYPES[which]
    if kind == TYPE_UNSET:
        return "null"
    inner = getattr(value, which)
    if kind in (TYPE_ARRAY, TYPE_KVLIST) and depth >= NESTING_MAX:
        raise DecodeError(f"an attribute value is nested deeper than {NESTING_MAX} levels; flatten it")
    if kind == TYPE_ARRAY:
        return "[" + ",".join(_json(v, depth + 1) for v in inner.values) + "]"
    if kind == TYPE_KVLIST:
        return "{" + ",".join(f"{_quote(p.key)}:{_json(p.value, depth + 1)}" for p in inner.values) + "}"
    if kind == TYPE_STRING:
        return _quote(inner)
    if kind == TYPE_BYTES:
        return _quote(base64.b64encode(inner).decode())
    if kind == TYPE_BOOL:
        return "true" if inner else "false"
    text = repr(inner)
    return _NOT_FINITE.get(text, text)


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)

"""Requests built from plain values, run through the plain decoder and the pipeline, and read back as Python rows."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from swarmscope.config import Config
from swarmscope.ingest import warm
from swarmscope.ingest.pipeline import Pipeline, Request, Result
from swarmscope.ingest.wire import plain

TRACE, SPAN = bytes(range(1, 17)), bytes(range(1, 9))


def any_value(value: Any) -> AnyValue:
    """A Python value as OTLP's."""
    made = AnyValue()
    if isinstance(value, bool):
        made.bool_value = value
    elif isinstance(value, str):
        made.string_value = value
    elif isinstance(value, int):
        made.int_value = value
    elif isinstance(value, float):
        made.double_value = value
    elif isinstance(value, bytes):
        made.bytes_value = value
    elif isinstance(value, list):
        made.array_value.values.extend(any_value(v) for v in value)
        made.array_value.SetInParent()
    elif isinstance(value, dict):
        made.kvlist_value.values.extend(pairs(value))
        made.kvlist_value.SetInParent()
    return made


def pairs(attributes: Mapping[str, Any]) -> list[KeyValue]:
    """Attributes as OTLP's."""
    return [KeyValue(key=key, value=any_value(value)) for key, value in attributes.items()]


@dataclass(slots=True)
class SpanOf:
    """A span to send."""

    attributes: Mapping[str, Any] = field(default_factory=dict)
    name: str = "span"
    trace_id: bytes = TRACE
    span_id: bytes = SPAN
    parent_span_id: bytes = b""
    start_ns: int | None = None
    end_ns: int | None = None
    status_message: str = ""
    trace_state: str = ""
    events: Sequence[tuple[str, Mapping[str, Any]]] = ()
    links: Sequence[tuple[bytes, bytes, str, Mapping[str, Any]]] = ()


def trace_request(
    spans: Sequence[SpanOf],
    now_ns: int,
    resource: Mapping[str, Any] | None = None,
    scope: Mapping[str, Any] | None = None,
) -> bytes:
    """One export request."""
    request = ExportTraceServiceRequest()
    of_resource = request.resource_spans.add()
    of_resource.resource.attributes.extend(pairs(resource or {}))
    of_scope = of_resource.scope_spans.add()
    of_scope.scope.name = "tests"
    of_scope.scope.attributes.extend(pairs(scope or {}))
    for given in spans:
        start = now_ns if given.start_ns is None else given.start_ns
        span = of_scope.spans.add(trace_id=given.trace_id, span_id=given.span_id, name=given.name)
        span.parent_span_id = given.parent_span_id
        span.start_time_unix_nano = start
        span.end_time_unix_nano = start + 1000 if given.end_ns is None else given.end_ns
        span.trace_state = given.trace_state
        span.status.message = given.status_message
        span.attributes.extend(pairs(given.attributes))
        for name, attributes in given.events:
            span.events.add(name=name, time_unix_nano=start).attributes.extend(pairs(attributes))
        for trace_id, span_id, state, attributes in given.links:
            link = span.links.add(trace_id=trace_id, span_id=span_id, trace_state=state)
            link.attributes.extend(pairs(attributes))
    return request.SerializeToString()


class Bench:
    """A pipeline with its options, fed with requests of one signal each."""

    def __init__(self, **options: Any) -> None:
        config = Config()
        ingest = msgspec.structs.replace(config.ingest, **options)
        self.options = ingest
        self.pipeline = Pipeline(
            msgspec.structs.replace(config, ingest=ingest), lambda tenant: tenant.encode().ljust(16, b".")
        )
        self.now_ns = time.time_ns()

    def traces(self, *bodies: bytes, tenants: Sequence[str] | None = None) -> Result:
        """All bodies as one group; request i belongs to tenants[i]."""
        scanner = plain.Scanner()
        for number, body in enumerate(bodies):
            scanner.add_traces(body, number)
        return self.pipeline.spans(scanner.spans(), self._requests(bodies, tenants), self.now_ns)

    def logs(self, *requests: ExportLogsServiceRequest, tenants: Sequence[str] | None = None) -> Result:
        """As `traces`."""
        scanner = plain.Scanner()
        for number, request in enumerate(requests):
            scanner.add_logs(request.SerializeToString(), number)
        return self.pipeline.logs(scanner.logs(), self._requests(requests, tenants), self.now_ns)

    def metrics(self, *requests: ExportMetricsServiceRequest, tenants: Sequence[str] | None = None) -> Result:
        """As `traces`."""
        scanner = plain.Scanner()
        for number, request in enumerate(requests):
            scanner.add_metrics(request.SerializeToString(), number)
        return self.pipeline.metrics(scanner.metrics(), self._requests(requests, tenants), self.now_ns)

    def spans(self, *spans: SpanOf, **request: Any) -> list[dict[str, Any]]:
        """The rows of `spans` that these spans become."""
        result = self.traces(trace_request(spans, self.now_ns, **request))
        return rows(result, "spans")

    def _requests(self, bodies: Sequence[Any], tenants: Sequence[str] | None) -> list[Request]:
        return [Request(tenant) for tenant in (tenants or ["t"] * len(bodies))]


def _plain(value: Any) -> Any:
    if pa.types.is_list(value.type) and pa.types.is_timestamp(value.type.value_type):
        return [time.value for time in value]
    return value.value if pa.types.is_timestamp(value.type) else value.as_py()


def told(table: pa.Table) -> list[dict[str, Any]]:
    """Rows, with times as nanoseconds."""
    return [{name: _plain(table[name][index]) for name in table.schema.names} for index in range(table.num_rows)]


def rows(result: Result, table: str) -> list[dict[str, Any]]:
    """Rows of a table as Python values, checked by Arrow; maps become dicts, times nanoseconds."""
    if table not in result.tables:
        return []
    made = result.tables[table]
    made.validate(full=True)
    out = []
    for index in range(made.num_rows):
        row = {}
        for name in made.schema.names:
            value = made[name][index]
            row[name] = _plain(value)
        for name in ("attributes", "labels"):
            if name in row:
                row[name] = dict(row[name])
        for name in ("event_attributes", "link_attributes"):
            if name in row:
                row[name] = [dict(entries) for entries in row[name]]
        out.append(row)
    return out


@pytest.fixture(scope="session", autouse=True)
def _kernels() -> Iterator[None]:
    warm.wait()
    yield


@pytest.fixture
def bench() -> Bench:
    """A pipeline with the default options."""
    return Bench()

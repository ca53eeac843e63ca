"""Jaeger's query API v3 over gRPC (`jaeger.api_v3.QueryService`), on the port of OTLP/gRPC.

Traces come as a stream of `TracesData`, each chunk small enough for a client with gRPC's usual 4 MiB. The spans of one trace
follow each other and may take several chunks.
Source: jaegertracing/jaeger-idl `api_v3/query_service.proto`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from google.protobuf.message import DecodeError as ProtobufError
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from swarmscope.errors import DecodeError, InputError
from swarmscope.ingest.neighbours import protos
from swarmscope.ingest.receivers.grpc import Answer
from swarmscope.model.access import Principal
from swarmscope.query import operations, otlp, outlines
from swarmscope.query.reader import Reader
from swarmscope.query.times import SECOND_NS, Window
from swarmscope.serve.compat import jaeger, tempo
from swarmscope.serve.compat import jaeger_shapes as shapes
from swarmscope.serve.state import State

SERVICE = "/jaeger.api_v3.QueryService/"
CHUNK_BYTES = 1 << 20
TRACES_AT_ONCE = 20
SUMMARIES_AT_ONCE = 200
# `Entry` is an entry of map<string, string>; `filter` is a message of its own, which is refused unread
MESSAGES = protos.classes(
    "jaeger.api_v3",
    {
        "GetTraceRequest": "1 trace_id string, 2 start_time Timestamp, 3 end_time Timestamp, 4 raw_traces bool",
        "Entry": "1 key string, 2 value string",
        "TraceQueryParameters": (
            "1 service_name string, 2 operation_name string, 3 attributes [Entry], 4 start_time_min Timestamp, "
            "5 start_time_max Timestamp, 6 duration_min Duration, 7 duration_max Duration, 8 search_depth int32, "
            "9 raw_traces bool, 10 filter bytes"
        ),
        "FindTracesRequest": "1 query TraceQueryParameters",
        "FindTraceSummariesRequest": "1 query TraceQueryParameters",
        "ServiceSummary": "1 name string, 2 span_count int32, 3 error_span_count int32",
        "TraceSummary": (
            "1 trace_id string, 2 root_service_name string, 3 root_operation_name string, 4 min_start_time_unix_nano fixed64, "
            "5 max_end_time_unix_nano fixed64, 6 span_count int32, 7 error_span_count int32, 8 orphan_span_count int32, "
            "9 services [ServiceSummary]"
        ),
        "FindTraceSummariesResponse": "1 summaries [TraceSummary]",
        "GetServicesRequest": "",
        "GetServicesResponse": "1 services [string]",
        "GetOperationsRequest": "1 service string, 2 span_kind string",
        "Operation": "1 name string, 2 span_kind string",
        "GetOperationsResponse": "1 operations [Operation]",
        "GetDependenciesRequest": "1 start_time Timestamp, 2 end_time Timestamp",
        "Dependency": "1 parent string, 2 child string, 3 call_count uint64",
        "DependenciesResponse": "1 dependencies [Dependency]",
    },
)


def methods(state: State) -> dict[str, Answer]:
    """The methods of the service by their paths, reading a program's store."""

    def answering(request: str, answer: Callable[[Reader, Any], Iterator[Any]]) -> Answer:
        def call(caller: Principal, body: bytes) -> Iterator[bytes]:
            try:
                asked = MESSAGES[request].FromString(body)
            except ProtobufError as e:
                raise DecodeError(f"the message is no {request} of jaeger.api_v3: {e}") from e
            reads = Reader(state.store, caller.tenant, state.retention.spans_days)
            for message in answer(reads.in_time(state.config.storage.query_timeout_s), asked):
                yield message.SerializeToString()

        return call

    return {
        f"{SERVICE}GetServices": answering("GetServicesRequest", _services),
        f"{SERVICE}GetOperations": answering("GetOperationsRequest", _operations),
        f"{SERVICE}FindTraces": answering("FindTracesRequest", _find),
        f"{SERVICE}FindTraceSummaries": answering("FindTraceSummariesRequest", _summaries),
        f"{SERVICE}GetTrace": answering("GetTraceRequest", _one),
        f"{SERVICE}GetDependencies": answering("GetDependenciesRequest", _dependencies),
    }


def _services(reads: Reader, _: Any) -> Iterator[Any]:
    yield MESSAGES["GetServicesResponse"](services=operations.services(reads))


def _operations(reads: Reader, asked: Any) -> Iterator[Any]:
    if not asked.service:
        raise InputError("service is missing: name the service whose operations are wanted")
    found = operations.of(reads, asked.service, jaeger.kind_of(asked.span_kind))
    made = MESSAGES["GetOperationsResponse"]()
    for r in found:
        made.operations.add(name=r["name"], span_kind=shapes.KINDS[r["kind"] or 1])
    yield made


def _find(reads: Reader, asked: Any) -> Iterator[Any]:
    names = _found(reads, asked)
    for i in range(0, len(names), TRACES_AT_ONCE):
        some = names[i : i + TRACES_AT_ONCE]
        found = otlp.traces(reads, some)
        for name in some:
            if name in found:
                yield from chunks(found[name])


def _summaries(reads: Reader, asked: Any) -> Iterator[Any]:
    names = _found(reads, asked)
    found = outlines.of(reads, names)
    for i in range(0, len(names), SUMMARIES_AT_ONCE):
        made = MESSAGES["FindTraceSummariesResponse"]()
        for one in (found[n] for n in names[i : i + SUMMARIES_AT_ONCE] if n in found):
            services = [{"name": n, "span_count": c, "error_span_count": e} for n, (c, e) in one.services.items()]
            made.summaries.add(**shapes.summary(one), services=services)
        yield made


def _found(reads: Reader, asked: Any) -> list[str]:
    """The ids of the traces that a search finds."""
    if not asked.HasField("query"):
        raise InputError("missing query")
    query = asked.query
    if query.filter:
        raise InputError("query.filter: expressions are not supported; use query.attributes")
    if not query.HasField("start_time_min") or not query.HasField("start_time_max"):
        raise InputError("query.start_time_min and query.start_time_max are required")
    if query.search_depth <= 0:
        raise InputError(f"query.search_depth {query.search_depth} must be greater than 0")
    text = jaeger.of_search(
        query.service_name,
        query.operation_name,
        {e.key: e.value for e in query.attributes},
        _length(query, "duration_min"),
        _length(query, "duration_max"),
    )
    return jaeger.search_for(reads, text, _window(query, "start_time_min", "start_time_max"), query.search_depth)


def _one(reads: Reader, asked: Any) -> Iterator[Any]:
    yield from chunks(tempo.one(reads, asked.trace_id))


def _dependencies(reads: Reader, asked: Any) -> Iterator[Any]:
    if not asked.HasField("start_time") or not asked.HasField("end_time"):
        raise InputError("start_time and end_time are required")
    made = MESSAGES["DependenciesResponse"]()
    for (parent, child), count in jaeger.calls(reads, _window(asked, "start_time", "end_time")).items():
        made.dependencies.add(parent=parent, child=child, call_count=count)
    yield made


def chunks(data: TracesData, bytes_max: int = CHUNK_BYTES) -> Iterator[TracesData]:
    """A trace in messages of about `bytes_max`, as they are where it is smaller. A larger span is a chunk by itself."""
    if data.ByteSize() <= bytes_max:
        yield data
        return
    for resource in data.resource_spans:
        for scope in resource.scope_spans:
            made, size = None, 0
            for span in scope.spans:
                of_span = span.ByteSize()
                if made is None or size + of_span > bytes_max:
                    if made is not None:
                        yield made
                    made, size = TracesData(), 0
                    into = made.resource_spans.add(resource=resource.resource, schema_url=resource.schema_url)
                    spans = into.scope_spans.add(scope=scope.scope, schema_url=scope.schema_url).spans
                spans.append(span)
                size += of_span
            if made is not None:
                yield made


def _window(asked: Any, first: str, last: str) -> Window:
    return jaeger.window_of(*(_moment(asked, name) for name in (first, last)))


def _moment(asked: Any, name: str) -> int:
    moment = getattr(asked, name)
    return int(moment.seconds * SECOND_NS + moment.nanos)


def _length(asked: Any, name: str) -> str:
    length = getattr(asked, name)
    nanos = length.seconds * SECOND_NS + length.nanos
    if nanos < 0:
        raise InputError(f"query.{name} of {nanos} ns is less than nothing")
    return f"{nanos}ns" if nanos else ""

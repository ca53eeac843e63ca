"""Jaeger's query v3 over gRPC: the service's methods by a client's channel, over real rooms."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import grpc
import msgspec
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from swarmscope.ingest.receivers.grpc import OtlpGrpcServer
from swarmscope.model.access import Role
from swarmscope.query import otlp
from swarmscope.query.reader import Reader
from swarmscope.serve.compat.jaeger_grpc import MESSAGES, SERVICE, chunks, methods
from swarmscope.store.edges import state_edges
from tests.serve.routes.conftest import Api, api  # noqa: F401 # a fixture
from tests.support.shop import SECOND, checkouts, put, span_id, trace_id
from tests.support.slow import slow

START_NS = time.time_ns() // (60 * SECOND) * 60 * SECOND - 600 * SECOND
CODE = grpc.StatusCode


class Client:
    """Calls of one key."""

    def __init__(self, channel: grpc.Channel, keys: dict[tuple[str, Role], str]) -> None:
        self._channel, self._keys = channel, keys

    def raw(self, method: str, body: bytes, tenant: str = "default", role: Role = Role.VIEWER) -> list[bytes]:
        metadata = [("authorization", f"Bearer {self._keys[tenant, role]}")]
        return list(self._channel.unary_stream(SERVICE + method)(body, metadata=metadata, timeout=20))

    def ask(self, method: str, request: Any, **who: Any) -> list[bytes]:
        return self.raw(method, request.SerializeToString(), **who)

    def traces(self, method: str, request: Any, **who: Any) -> list[TracesData]:
        return [TracesData.FromString(m) for m in self.ask(method, request, **who)]

    def refused(self, method: str, body: bytes, **who: Any) -> tuple[grpc.StatusCode, str]:
        with pytest.raises(grpc.RpcError) as caught:
            self.raw(method, body, **who)
        return caught.value.code(), caught.value.details()


@pytest.fixture(scope="module")
def client(api: Api) -> Iterator[Client]:  # noqa: F811 # the fixture above
    state = api.state
    state.intake.submit("traces", checkouts(START_NS), "default", "protobuf").result(30)
    api.settled()
    config = msgspec.structs.replace(
        state.config, server=msgspec.structs.replace(state.config.server, otlp_grpc_port=0)
    )
    server = OtlpGrpcServer(config, state.intake, state.authenticator)
    server.also(methods(state), state.authenticator.looking)
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield Client(channel, api.keys)
    server.stop()


def find(**query: Any) -> Any:
    request = MESSAGES["FindTracesRequest"]()
    q = request.query
    q.start_time_min.FromNanoseconds(START_NS - SECOND)
    q.start_time_max.FromNanoseconds(START_NS + 60 * SECOND)
    q.search_depth = query.pop("search_depth", 100)
    for key, value in query.pop("attributes", {}).items():
        q.attributes.add(key=key, value=value)
    for name in ("duration_min", "duration_max"):
        if name in query:
            getattr(q, name).FromNanoseconds(query.pop(name))
    for name, value in query.items():
        setattr(q, name, value)
    return request


def test_a_request_of_many_reads_has_one_deadline(
    client: Client,
    api: Api,  # noqa: F811 # the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = slow(api.state.store, monkeypatch)
    code, said = client.refused("FindTraces", find().SerializeToString())
    assert (code, given) == (CODE.INVALID_ARGUMENT, [30, 10])
    assert "longer than 30 s" in said


def spans(found: list[TracesData]) -> list[Any]:
    return [s for data in found for r in data.resource_spans for scope in r.scope_spans for s in scope.spans]


def test_names_of_services_and_operations(client: Client) -> None:
    (raw,) = client.ask("GetServices", MESSAGES["GetServicesRequest"]())
    assert {"gateway", "cart", "mail"} <= set(MESSAGES["GetServicesResponse"].FromString(raw).services)
    (raw,) = client.ask("GetOperations", MESSAGES["GetOperationsRequest"](service="cart"))
    operations = MESSAGES["GetOperationsResponse"].FromString(raw).operations
    assert [(o.name, o.span_kind) for o in operations] == [("SELECT", "client"), ("add", "client")]
    (raw,) = client.ask("GetOperations", MESSAGES["GetOperationsRequest"](service="cart", span_kind="server"))
    assert raw == b""


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"service_name": "gateway"}, 10),
        ({"service_name": "gateway", "search_depth": 2}, 2),
        ({"service_name": "cart", "operation_name": "SELECT", "attributes": {"error": "true"}}, 4),
        ({"service_name": "gateway", "attributes": {"http.status_code": "500", "vip": "true"}}, 2),
        ({"service_name": "gateway", "duration_min": 1_200_000_000}, 3),
        ({"service_name": "gateway", "duration_min": 600_000_000, "duration_max": 800_000_000}, 3),
        ({"service_name": "nobody"}, 0),
    ],
)
def test_traces_are_found(client: Client, query: dict[str, Any], count: int) -> None:
    found = client.traces("FindTraces", find(**query))
    assert len({s.trace_id for s in spans(found)}) == count
    assert len(spans(found)) == 4 * count


def summaries(client: Client, **query: Any) -> list[Any]:
    request = MESSAGES["FindTraceSummariesRequest"](query=find(**query).query)
    answers = client.ask("FindTraceSummaries", request, tenant="default" if query else "other")
    return [s for raw in answers for s in MESSAGES["FindTraceSummariesResponse"].FromString(raw).summaries]


def test_summaries_tell_what_the_traces_hold(client: Client) -> None:
    found = {s.trace_id: s for s in summaries(client, service_name="gateway", search_depth=7)}
    whole: dict[str, list[tuple[str, Any]]] = {}
    for data in client.traces("FindTraces", find(service_name="gateway", search_depth=7)):
        for resource in data.resource_spans:
            (service,) = [a.value.string_value for a in resource.resource.attributes if a.key == "service.name"]
            for span in [s for scope in resource.scope_spans for s in scope.spans]:
                whole.setdefault(span.trace_id.hex(), []).append((service, span))
    assert found.keys() == whole.keys()
    for name, one in found.items():
        of = whole[name]
        assert (one.root_service_name, one.root_operation_name, one.orphan_span_count) == (
            "gateway",
            "POST /checkout",
            0,
        )
        assert one.min_start_time_unix_nano == min(s.start_time_unix_nano for _, s in of)
        assert one.max_end_time_unix_nano == max(s.end_time_unix_nano for _, s in of)
        assert (one.span_count, one.error_span_count) == (4, sum(s.status.code == 2 for _, s in of))
        assert [(s.name, s.span_count, s.error_span_count) for s in one.services] == [
            (service, sum(n == service for n, _ in of), sum(n == service and s.status.code == 2 for n, s in of))
            for service in ("cart", "gateway", "mail")
        ]
    assert {s.error_span_count > 0 for s in found.values()} == {True, False}


def test_summaries_of_traces_that_are_not_whole(client: Client, api: Api) -> None:  # noqa: F811 # the fixture above
    request = ExportTraceServiceRequest()
    for service, at, own, parent in (("late", 9, 1, 0), ("early", 5, 2, 0), ("early", 7, 3, 2), ("lost", 2, 4, 99)):
        of = request.resource_spans.add()
        put(of.resource.attributes, {"service.name": service})
        span = of.scope_spans.add().spans.add(name=f"of {service}", trace_id=bytes([7] * 16), span_id=bytes([own] * 8))
        span.parent_span_id = bytes([parent] * 8) if parent else b""
        span.start_time_unix_nano = START_NS + at * SECOND + 7  # no whole microseconds, as everywhere
        span.end_time_unix_nano = span.start_time_unix_nano + SECOND // 2
    api.state.intake.submit("traces", request.SerializeToString(), "other", "protobuf").result(30)
    api.settled()
    (one,) = summaries(client)
    assert (one.root_service_name, one.root_operation_name) == ("early", "of early")
    assert (one.span_count, one.error_span_count, one.orphan_span_count) == (4, 0, 1)
    assert (one.min_start_time_unix_nano, one.max_end_time_unix_nano) == (
        START_NS + 2 * SECOND + 7, START_NS + 9 * SECOND + SECOND // 2 + 7,
    )  # fmt: skip
    assert [(s.name, s.span_count) for s in one.services] == [("early", 2), ("late", 1), ("lost", 1)]


def test_one_trace_is_whole(client: Client, api: Api) -> None:  # noqa: F811 # the fixture above
    found = client.traces("GetTrace", MESSAGES["GetTraceRequest"](trace_id=trace_id(3).hex()))
    by_id = {s.span_id: s for s in spans(found)}
    assert by_id.keys() == {span_id(3, part) for part in range(4)}
    assert (by_id[span_id(3, 2)].status.message, by_id[span_id(3, 2)].events[0].name) == ("deadlock", "retry")
    stored = otlp.traces(Reader(api.state.store, "default"), [trace_id(3).hex()])
    assert found == [stored[trace_id(3).hex()]]


def test_calls_between_services(client: Client, api: Api) -> None:  # noqa: F811 # the fixture above
    assert state_edges(api.state.store) > 0
    request = MESSAGES["GetDependenciesRequest"]()
    request.start_time.FromNanoseconds(START_NS - 600 * SECOND)
    request.end_time.FromNanoseconds(START_NS + 600 * SECOND)
    (raw,) = client.ask("GetDependencies", request)
    links = {(d.parent, d.child): d.call_count for d in MESSAGES["DependenciesResponse"].FromString(raw).dependencies}
    assert (links["gateway", "cart"], links["cart", "mail"]) == (10, 10)


def test_a_tenant_sees_its_own(client: Client) -> None:
    assert client.traces("FindTraces", find(service_name="gateway"), tenant="other") == []
    body = MESSAGES["GetTraceRequest"](trace_id=trace_id(3).hex()).SerializeToString()
    assert client.refused("GetTrace", body, tenant="other") == (CODE.NOT_FOUND, "trace not found")


def test_what_cannot_be_answered_is_refused(client: Client) -> None:
    def code(method: str, request: Any, **who: Any) -> tuple[grpc.StatusCode, str]:
        return client.refused(method, request.SerializeToString(), **who)

    assert code("GetTrace", MESSAGES["GetTraceRequest"](trace_id="1234"))[0] == CODE.NOT_FOUND
    assert code("GetTrace", MESSAGES["GetTraceRequest"](trace_id="zz"))[0] == CODE.INVALID_ARGUMENT
    assert code("FindTraces", MESSAGES["FindTracesRequest"]()) == (CODE.INVALID_ARGUMENT, "missing query")
    asked = find(service_name="gateway", search_depth=0)
    assert "search_depth 0" in code("FindTraces", asked)[1]
    asked = find(service_name="gateway", filter=b"\x0a\x02eq")
    assert "query.filter" in code("FindTraces", asked)[1]
    asked = find(service_name="gateway")
    asked.query.ClearField("start_time_max")
    assert "required" in code("FindTraces", asked)[1]
    assert code("GetOperations", MESSAGES["GetOperationsRequest"]())[0] == CODE.INVALID_ARGUMENT
    assert client.refused("GetTrace", b"\x0a\xff")[0] == CODE.INVALID_ARGUMENT
    assert client.refused("FindTraceSummaries", b"") == (CODE.INVALID_ARGUMENT, "missing query")
    assert client.refused("FindEverything", b"")[0] == CODE.UNIMPLEMENTED
    assert code("GetServices", MESSAGES["GetServicesRequest"](), role=Role.INGEST)[0] == CODE.PERMISSION_DENIED


def test_a_large_trace_comes_in_chunks() -> None:
    data = TracesData()
    for service in range(2):
        of = data.resource_spans.add()
        of.resource.attributes.add(key="service.name").value.string_value = f"s{service}"
        of_scope = of.scope_spans.add()
        of_scope.scope.name = "tracer"
        for i in range(50):
            of_scope.spans.add(span_id=bytes([service, i]), name="x" * (5000 if i == 7 else 100))
    made = list(chunks(data, 2000))
    assert len(made) > 6
    assert [s.span_id for s in spans(made)] == [s.span_id for s in spans([data])]
    assert all(len(c.resource_spans) == 1 and c.resource_spans[0].scope_spans[0].scope.name == "tracer" for c in made)
    assert sorted(c.ByteSize() for c in made)[-3] < 2300  # two have a span that is larger by itself
    assert list(chunks(data)) == [data]

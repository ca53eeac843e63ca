"""Zipkin and Jaeger in, Jaeger and Tempo out: the calls that their clients and Grafana make, in the shapes that they read."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from swarmscope.errors import OverloadError
from swarmscope.ingest.neighbours import protos
from swarmscope.model.access import Role
from swarmscope.query.traceql.tree import Static
from swarmscope.serve.compat.tempo_shapes import any_value
from swarmscope.store.edges import state_edges
from tests.serve.routes.conftest import Api, api  # noqa: F401 # a fixture
from tests.support import thrift
from tests.support.shop import SECOND, checkouts, span_id, trace_id
from tests.support.slow import slow

START_NS = time.time_ns() // (60 * SECOND) * 60 * SECOND - 600 * SECOND
START_US, END_US = (START_NS - SECOND) // 1000, (START_NS + 60 * SECOND) // 1000
V3_TIME = {
    "query.startTimeMin": datetime.fromtimestamp(START_US / 1e6, UTC).isoformat(),
    "query.startTimeMax": datetime.fromtimestamp(END_US / 1e6, UTC).isoformat(),
}
TEMPO_TIME = {"start": str(START_NS // SECOND - 1), "end": str(START_NS // SECOND + 60)}


@pytest.fixture(scope="module")
def shop(api: Api) -> Iterator[Api]:  # noqa: F811 # the fixture above
    api.state.intake.submit("traces", checkouts(START_NS), "default", "protobuf").result(30)
    api.settled()
    yield api


def ok(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


# in


def test_zipkin_spans_are_taken_and_read_back(shop: Api) -> None:
    at = START_NS // 1000
    raw = [
        {"traceId": "00000000000000000000000000000ace", "id": "1", "name": "get", "timestamp": at, "duration": 7,
         "kind": "CLIENT", "localEndpoint": {"serviceName": "web"}, "remoteEndpoint": {"serviceName": "api"},
         "tags": {"k": "v"}, "annotations": [{"timestamp": at + 1, "value": "sent"}]},
        {"traceId": "ace", "id": "1", "timestamp": at + 1, "duration": 5, "kind": "SERVER", "shared": True,
         "localEndpoint": {"serviceName": "api"}},
    ]  # fmt: skip
    body = gzip.compress(json.dumps(raw).encode())
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    sent = _post(shop, "/api/v2/spans", body, headers)
    assert (sent.status_code, sent.content) == (202, b"")
    shop.settled()
    (trace,) = ok(shop.get("/api/traces/ace"))["data"]
    by_service = {trace["processes"][s["processID"]]["serviceName"]: s for s in trace["spans"]}
    assert by_service["api"]["references"][0]["spanID"] == by_service["web"]["spanID"] == "0000000000000001"
    assert by_service["web"]["logs"] == [
        {"timestamp": at + 1, "fields": [{"key": "event", "type": "string", "value": "sent"}]}
    ]
    tags = {t["key"]: t["value"] for t in by_service["web"]["tags"]}
    assert tags == {"k": "v", "peer.service": "api", "span.kind": "client"}


def test_zipkin_protobuf_and_v1_are_taken(shop: Api) -> None:
    made = protos.classes("zipkin.proto3", protos.ZIPKIN)["ListOfSpans"]()
    span = made.spans.add(trace_id=b"\0" * 15 + b"\xaf", id=b"\0" * 7 + b"\1", name="p", timestamp=START_NS // 1000)
    span.local_endpoint.service_name = "proto"
    sent = _post(shop, "/zipkin/api/v2/spans", made.SerializeToString(), {"content-type": "application/x-protobuf"})
    assert sent.status_code == 202
    raw = [{"traceId": "b0", "id": "1", "name": "old", "timestamp": START_NS // 1000, "duration": 3,
            "annotations": [{"timestamp": START_NS // 1000, "value": "sr", "endpoint": {"serviceName": "v1"}}]}]  # fmt: skip
    assert (
        _post(shop, "/api/v1/spans", json.dumps(raw).encode(), {"content-type": "application/json"}).status_code == 202
    )
    shop.settled()
    for name, service in (("af", "proto"), ("b0", "v1")):
        (trace,) = ok(shop.get(f"/api/traces/{name}"))["data"]
        assert [p["serviceName"] for p in trace["processes"].values()] == [service]


def test_a_thrift_batch_is_taken(shop: Api) -> None:
    body = thrift.batch("legacy", [], [thrift.span(0xDAD, 1, 0, "op", START_NS // 1000, 1000)])
    sent = _post(shop, "/api/traces?format=jaeger.thrift", body, {"content-type": "application/x-thrift"})
    assert sent.status_code == 202, sent.text
    shop.settled()
    (trace,) = ok(shop.get("/jaeger/api/traces/dad"))["data"]
    assert (trace["traceID"], trace["spans"][0]["duration"]) == ("0000000000000dad", 1000)


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "says"),
    [
        ("/api/v2/spans", b"{}", {}, 400, "list of spans"),
        ("/api/v2/spans", b"[{}]", {}, 400, "span 0"),
        ("/api/v2/spans", b"x", {"content-encoding": "gzip"}, 400, "gzip"),
        ("/api/v2/spans", b"x", {"content-encoding": "br"}, 400, "not supported"),
        ("/api/v2/spans", b"[]", {"x-swarmscope-lane": "fast"}, 400, "lane"),
        ("/api/traces", b"\0", {"content-type": "application/x-thrift"}, 400, "Unable to process request body: "),
        ("/api/traces", b"[]", {"content-type": "application/json"}, 400, "Unsupported content type"),
    ],
)
def test_what_cannot_be_taken_is_refused(
    shop: Api, path: str, body: bytes, headers: dict[str, str], status: int, says: str
) -> None:
    answer = _post(shop, path, body, headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert says in answer.text
    assert answer.text.count("\n") == 1


def test_spans_that_are_not_taken_are_told_and_the_others_stored(shop: Api) -> None:
    at = START_NS // 1000
    raw = [{"traceId": f"a11{n}", "id": "1", "name": "n", "timestamp": time} for n, time in enumerate((at, 1_000_000))]
    refused = _post(shop, "/api/v2/spans", json.dumps(raw).encode(), {})
    assert (refused.status_code, refused.text.count("\n")) == (400, 1)
    assert refused.text.startswith("refused: 1 older than ")
    assert refused.text.endswith("the other 1 of the request are stored\n")
    spans = [thrift.span(0xA113, 1, 0, "op", at, 1000), thrift.span(0, 0, 0, "op", at, 1000)]
    refused = _post(shop, "/api/traces", thrift.batch("s", [], spans), {"content-type": "application/x-thrift"})
    assert (refused.status_code, "1 without trace id or span id" in refused.text) == (400, True)
    shop.settled()
    assert [len(ok(shop.get(f"/api/traces/{name}"))["data"]) for name in ("a110", "a113")] == [1, 1]
    assert shop.get("/api/traces/a111").status_code == 404


def test_sending_needs_the_role(shop: Api) -> None:
    for path in ("/api/v2/spans", "/api/v1/spans", "/api/traces"):
        assert shop.call("POST", path, role=Role.VIEWER, content=b"[]").status_code == 403
        nobody = shop.client.post(path, content=b"[]")
        assert (nobody.status_code, nobody.headers["content-type"][:10]) == (401, "text/plain")
        assert nobody.headers["www-authenticate"]


@pytest.mark.parametrize("path", ["/api/v2/spans", "/api/traces"])
def test_a_full_house_is_a_503_that_says_when_to_come_again(
    shop: Api, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def full(*_: Any) -> None:
        raise OverloadError("the journal is full", 7.0)

    monkeypatch.setattr(shop.state.intake, "submit", full)
    body = b"[]" if "v2" in path else thrift.batch("web", [], [])
    answer = _post(shop, path, body, {"content-type": "application/x-thrift"} if body != b"[]" else {})
    assert (answer.status_code, answer.headers["retry-after"], answer.text) == (503, "7", "the journal is full\n")


def test_a_bomb_is_refused_by_what_it_becomes(shop: Api) -> None:
    bomb = gzip.compress(b"[" + b" " * (70 << 20) + b"]")
    answer = _post(shop, "/api/v2/spans", bomb, {"content-encoding": "gzip"})
    assert answer.status_code == 413


def _post(shop: Api, path: str, body: bytes, headers: dict[str, str]) -> Any:
    key = shop.keys["default", Role.INGEST]
    return shop.client.post(path, content=body, headers={"authorization": f"Bearer {key}", **headers})


# Jaeger out


def found(shop: Api, **params: Any) -> set[str]:
    answer = ok(shop.get("/api/traces", start=START_US, end=END_US, limit=100, **params))
    return {t["traceID"] for t in answer["data"]}


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({"service": "gateway"}, 10),
        ({"service": "cart", "operation": "SELECT", "tags": '{"error":"true"}'}, 4),
        ({"service": "gateway", "tags": '{"http.status_code":"500"}'}, 4),
        ({"service": "gateway", "tag": "vip:true"}, 5),
        ({"service": "cart", "tags": '{"cloud.region":"eu","attempt":"4"}'}, 1),
        ({"service": "gateway", "minDuration": "1.2s"}, 3),
        ({"service": "gateway", "minDuration": "600ms", "maxDuration": "800ms"}, 3),
        ({"service": "mail", "tags": '{"span.kind":"producer"}'}, 10),
        ({"service": "mail", "operation": 'a "b" \\c'}, 0),
        ({"service": "nobody"}, 0),
    ],
)
def test_jaeger_search(shop: Api, params: dict[str, Any], count: int) -> None:
    assert len(found(shop, **params)) == count


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/api/traces", {"service": "gateway", "start": START_US, "end": END_US}),
        ("/jaeger/api/v3/traces", V3_TIME),
        ("/jaeger/api/v3/trace-summaries", V3_TIME),
        (f"/jaeger/api/traces/{trace_id(3).hex()}", {}),
        (f"/jaeger/api/v3/traces/{trace_id(3).hex()}", {}),
    ],
)
def test_a_jaeger_request_of_many_reads_has_one_deadline(
    shop: Api, path: str, params: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = slow(shop.state.store, monkeypatch)
    answer = shop.get(path, **params)
    assert given == [30, 10][: len(given)]  # there is no third
    assert answer.status_code == 200 or "longer than 30 s" in answer.text


def test_jaeger_trace_has_the_shape_of_its_ui(shop: Api) -> None:
    answer = ok(shop.get(f"/jaeger/api/traces/{trace_id(3).hex()}"))
    assert answer.keys() == {"data", "total", "limit", "offset", "errors"}
    (trace,) = answer["data"]
    assert trace["traceID"] == trace_id(3).hex()
    assert {p["serviceName"] for p in trace["processes"].values()} == {"gateway", "cart", "mail"}
    root = next(s for s in trace["spans"] if not s["references"])
    assert root["startTime"] == (START_NS + 3 * SECOND) // 1000
    assert root["duration"] == 800_000
    tags = {t["key"]: (t["type"], t["value"]) for t in root["tags"]}
    assert tags == {
        "http.status_code": ("int64", 500),
        "http.method": ("string", "POST"),
        "vip": ("bool", False),
        "span.kind": ("string", "server"),
        "otel.scope.name": ("string", "shop.tracer"),
        "otel.scope.version": ("string", "1.2"),
        "otel.status_code": ("string", "ERROR"),
        "error": ("bool", True),
        "otel.status_description": ("string", "checkout failed"),
    }
    mail = next(s for s in trace["spans"] if s["operationName"] == "send mail")
    assert [r["refType"] for r in mail["references"]] == ["CHILD_OF", "FOLLOWS_FROM"]
    process = trace["processes"][root["processID"]]
    assert {"key": "replicas", "type": "int64", "value": 3} in process["tags"]


def test_jaeger_lists(shop: Api) -> None:
    services = ok(shop.get("/api/services"))
    assert {"gateway", "cart", "mail"} <= set(services["data"])
    assert services["total"] == len(services["data"])
    assert ok(shop.get("/api/services/cart/operations"))["data"] == ["SELECT", "add"]
    with_kinds = ok(shop.get("/api/operations", service="cart"))["data"]
    assert with_kinds == [{"name": "SELECT", "spanKind": "client"}, {"name": "add", "spanKind": "client"}]
    assert ok(shop.get("/api/operations", service="cart", spanKind="server"))["data"] == []
    wanted = {trace_id(1).hex(), trace_id(2).hex()}
    answer = ok(shop.get("/api/traces", traceID=sorted(wanted)))
    assert {t["traceID"] for t in answer["data"]} == wanted


def test_jaeger_dependencies(shop: Api) -> None:
    assert state_edges(shop.state.store) > 0
    answer = ok(shop.get("/api/dependencies", endTs=END_US // 1000, lookback=3_600_000))
    links = {(d["parent"], d["child"]): d["callCount"] for d in answer["data"]}
    assert links["gateway", "cart"] == 10
    assert links["cart", "mail"] == 10
    only = ok(shop.get("/api/dependencies", endTs=END_US // 1000, lookback=3_600_000, service="gateway"))["data"]
    assert {(d["parent"], d["child"]) for d in only} == {("gateway", "cart")}


def test_jaeger_v3(shop: Api) -> None:
    assert "cart" in ok(shop.get("/api/v3/services"))["services"]
    operations = ok(shop.get("/jaeger/api/v3/operations", service="gateway"))["operations"]
    assert operations == [{"name": "POST /checkout", "spanKind": "server"}]
    params = {
        "query.service_name": "gateway",
        "query.attributes": '{"http.status_code":"500"}',
        "query.start_time_min": "2020-01-01T00:00:00Z",
        "query.start_time_max": "2099-01-01T00:00:00Z",
        "query.num_traces": "2",
    }
    spans = _spans(ok(shop.get("/api/v3/traces", **params))["result"])
    assert {s["traceId"] for s in spans} == {trace_id(9).hex(), trace_id(6).hex()}
    (one,) = [s for s in _spans(ok(shop.get(f"/api/v3/traces/{trace_id(0).hex()}"))["result"]) if s["name"] == "SELECT"]
    assert (one["spanId"], one["parentSpanId"], one["kind"]) == (span_id(0, 2).hex(), span_id(0, 1).hex(), 3)
    assert one["status"] == {"code": 2, "message": "deadlock"}
    assert one["events"][0]["attributes"] == [{"key": "attempt", "value": {"intValue": "0"}}]


def test_jaeger_v3_summaries(shop: Api) -> None:
    params = {"query.serviceName": "gateway", "query.attributes": '{"http.status_code":"500"}', "query.searchDepth": "2",
              "query.startTimeMin": "2020-01-01T00:00:00Z", "query.startTimeMax": "2099-01-01T00:00:00Z"}  # fmt: skip
    newest, _ = ok(shop.get("/jaeger/api/v3/trace-summaries", **params))["summaries"]
    start = int(newest.pop("minStartTimeUnixNano"))
    assert int(newest.pop("maxEndTimeUnixNano")) - start == 1_400_000_000
    assert newest == {
        "traceId": trace_id(9).hex(), "rootServiceName": "gateway", "rootOperationName": "POST /checkout",
        "spanCount": 4, "errorSpanCount": 2, "orphanSpanCount": 0,
        "services": [
            {"name": "cart", "spanCount": 2, "errorSpanCount": 1}, {"name": "gateway", "spanCount": 1, "errorSpanCount": 1},
            {"name": "mail", "spanCount": 1, "errorSpanCount": 0},
        ],
    }  # fmt: skip
    params["query.serviceName"] = "nobody"
    assert ok(shop.get("/jaeger/api/v3/trace-summaries", **params)) == {"summaries": []}


def _spans(result: dict[str, Any]) -> list[dict[str, Any]]:
    return [s for r in result["resourceSpans"] for scope in r["scopeSpans"] for s in scope["spans"]]


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/api/traces", 400, "'service' is required"),
        ("/api/traces?service=a&tags=%7B", 400, "tags"),
        ("/api/traces?service=a&tag=x", 400, "key:value"),
        ("/api/traces?service=a&minDuration=long", 400, "minDuration"),
        ("/api/traces?service=a&limit=0", 400, "limit"),
        ("/api/traces?service=a&start=5&end=4", 400, "before"),
        ("/api/traces/zz", 400, "hexadecimal"),
        ("/api/traces/1234", 404, "not found"),
        ("/api/v3/traces/1234", 404, "not found"),
        ("/api/v3/traces", 400, "required"),
        ("/api/v3/trace-summaries", 400, "required"),
        ("/api/operations?service=a&spanKind=odd", 400, "span kind"),
    ],
)
def test_jaeger_refusals(shop: Api, path: str, status: int, says: str) -> None:
    answer = shop.call("GET", path, role=Role.VIEWER)
    assert answer.status_code == status
    told = answer.json()
    if "/v3/" in path:
        assert told["error"]["httpCode"] == status
        assert says in told["error"]["message"]
    else:
        (error,) = told["errors"]
        assert error["code"] == status
        assert says in error["msg"]


# Tempo out


def test_tempo_trace_in_all_forms(shop: Api) -> None:
    name = trace_id(9).hex()
    binary = {"accept": "application/protobuf", "authorization": f"Bearer {shop.keys['default', Role.VIEWER]}"}
    for path in (f"/tempo/api/traces/{name}", f"/api/traces/{name}"):
        raw = shop.client.get(path, headers=binary)
        assert raw.headers["content-type"] == "application/protobuf"
        data = TracesData.FromString(raw.content)
        assert sum(len(s.spans) for r in data.resource_spans for s in r.scope_spans) == 4
    wrapped = shop.client.get(f"/api/v2/traces/{name}", headers=binary)
    by_id = protos.classes("tempopb", {"TraceByIDResponse": "1 trace bytes"})["TraceByIDResponse"]
    assert by_id.FromString(wrapped.content).trace == data.SerializeToString()
    v1 = ok(shop.get(f"/tempo/api/traces/{name}"))
    v2 = ok(shop.get(f"/tempo/api/v2/traces/{name}"))
    assert v1["batches"] == v2["trace"]["resourceSpans"]
    (root,) = [s for s in _spans(v2["trace"]) if "parentSpanId" not in s]
    assert (root["kind"], root["status"]["code"]) == ("SPAN_KIND_SERVER", "STATUS_CODE_ERROR")
    assert (root["traceId"], root["spanId"]) == ("XKGrHgAAAAAAAAAAAAAACQ==", "wP/uAAAACQA="), "bytes, as in Tempo"
    (mail,) = [s for s in _spans(v2["trace"]) if "links" in s]
    assert mail["parentSpanId"] == "wP/uAAAACQE="
    assert mail["links"] == [{"traceId": root["traceId"], "spanId": root["spanId"]}]
    assert shop.get("/tempo/api/traces/1234").status_code == 404
    assert ok(shop.get("/tempo/api/v2/traces/1234")) == {"trace": {}, "metrics": {}}


def test_tempo_search_by_traceql(shop: Api) -> None:
    q = '{ resource.service.name = "cart" && status = error } | select(name, span.db.system)'
    answer = ok(shop.get("/tempo/api/search", q=q, limit=3, spss=1, **TEMPO_TIME))
    assert {t["traceID"] for t in answer["traces"]} == {trace_id(i).hex() for i in (9, 6, 3)}
    newest = answer["traces"][0]
    assert (newest["rootServiceName"], newest["rootTraceName"], newest["durationMs"]) == (
        "gateway",
        "POST /checkout",
        1400,
    )
    assert newest["startTimeUnixNano"] == str(START_NS + 9 * SECOND)
    assert newest["serviceStats"]["cart"] == {"spanCount": 2, "errorCount": 1}
    (span,) = newest["spanSets"][0]["spans"]
    assert newest["spanSets"][0]["matched"] == 1
    assert (span["name"], span["spanID"], span["durationNanos"]) == ("SELECT", span_id(9, 2).hex(), "100000000")
    assert {a["key"]: a["value"] for a in span["attributes"]} == {
        "service.name": {"stringValue": "cart"},
        "status": {"stringValue": "error"},
        "db.system": {"stringValue": "postgresql"},
    }


@pytest.mark.parametrize(
    ("value_ns", "text"),
    [(0, "0s"), (7, "7ns"), (1_500, "1.5µs"), (487_500_000, "487.5ms"), (1_400_000_000, "1.4s"), (60 * SECOND, "1m0s"),
     (3_690 * SECOND, "1h1m30s"), (-2 * SECOND, "-2s")],
)  # fmt: skip
def test_tempo_writes_durations_as_go_does(value_ns: int, text: str) -> None:
    assert any_value(Static("duration", value_ns)) == {"stringValue": text}


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({}, 10),
        ({"tags": "service.name=cart items=7"}, 1),
        ({"tags": 'http.method="POST" status=error'}, 4),
        ({"tags": "name=SELECT", "minDuration": "1.2s"}, 3),
        ({"maxDuration": "600ms"}, 2),
    ],
)
def test_tempo_search_by_tags(shop: Api, params: dict[str, str], count: int) -> None:
    within = {"start": str(START_NS // SECOND), "end": str(START_NS // SECOND + 60)}
    answer = ok(shop.get("/api/search", limit=100, **params, **within))
    assert len([t for t in answer["traces"] if t["traceID"].startswith("5ca1ab1e")]) == count


def test_tempo_tags(shop: Api) -> None:
    scopes = {s["name"]: s["tags"] for s in ok(shop.get("/api/v2/search/tags", **TEMPO_TIME))["scopes"]}
    assert {"http.status_code", "gen_ai.request.model", "vip"} <= set(scopes["span"])
    assert {"service.name", "cloud.region"} <= set(scopes["resource"])
    assert "attempt" in scopes["event"]
    assert {"rootServiceName", "trace:id", "span:parentID", "link:spanID"} <= set(scopes["intrinsic"])
    only = ok(shop.get("/tempo/api/v2/search/tags", scope="event", **TEMPO_TIME))["scopes"]
    assert [s["name"] for s in only] == ["event"]
    flat = set(ok(shop.get("/api/search/tags", **TEMPO_TIME))["tagNames"])
    assert {"vip", "cloud.region"} <= flat
    assert not flat & {"status", "span:kind"}, "intrinsics are listed when asked for"
    asked = ok(shop.get("/api/search/tags", scope="intrinsic", **TEMPO_TIME))["tagNames"]
    assert sorted(asked) == sorted(scopes["intrinsic"])


@pytest.mark.parametrize(
    ("tag", "q", "values"),
    [
        ("resource.cloud.region", "", {("string", "eu"), ("string", "us")}),
        ("span.http.status_code", "", {("int", "200"), ("int", "500")}),
        ("span.http.status_code", "{ status = error }", {("int", "500")}),
        (".vip", "{ status = ", {("bool", "true"), ("bool", "false")}),
        ("name", '{ resource.service.name = "cart" }', {("string", "add"), ("string", "SELECT")}),
        ("status", "", {("keyword", "ok"), ("keyword", "error"), ("keyword", "unset")}),
        ("span.gen_ai.request.model", "", {("string", "model-0"), ("string", "model-1")}),
        ("rootServiceName", '{ name = "SELECT" }', {("string", "gateway")}),
        ("event:name", '{ name = "SELECT" && status = error }', {("string", "retry")}),
        ("event.attempt", "{ status = error }", {("int", "0"), ("int", "3"), ("int", "6"), ("int", "9")}),
        ("trace:id", "{ span.items = 4 }", set()),
        ("span:childCount", "", {("int", "0"), ("int", "1"), ("int", "2")}),
        ("duration", "", set()),
        ("span:duration", "", set()),
        ("traceDuration", "", set()),
    ],
)
def test_tempo_tag_values(shop: Api, tag: str, q: str, values: set[tuple[str, str]]) -> None:
    answer = ok(shop.get(f"/api/v2/search/tag/{tag}/values", q=q, **TEMPO_TIME))
    assert {(v["type"], v["value"]) for v in answer["tagValues"]} == values


def test_tempo_tag_values_v1(shop: Api) -> None:
    answer = ok(shop.get("/api/search/tag/cloud.region/values", **TEMPO_TIME))
    assert set(answer["tagValues"]) == {"eu", "us"}


def test_tempo_metrics(shop: Api) -> None:
    params = {"q": '{ name = "POST /checkout" } | count_over_time() by (status)', "step": "5s", **TEMPO_TIME}
    series = ok(shop.get("/api/metrics/query_range", **params))["series"]
    by_label = {s["labels"][0]["value"]["stringValue"]: s for s in series}
    assert by_label["error"]["promLabels"] == '{status="error"}'
    assert sum(p["value"] for p in by_label["unset"]["samples"]) == 6
    stamps = [int(p["timestampMs"]) for p in by_label["error"]["samples"]]
    assert {b - a for a, b in pairwise(stamps)} == {5000}
    shown = [e for s in series for e in s["exemplars"]]
    traces = {next(x["value"]["stringValue"] for x in e["labels"] if x["key"] == "trace:id") for e in shown}
    assert len(traces) == len(shown) > 5
    assert traces <= {trace_id(i).hex() for i in range(10)}
    assert all(e["timestampMs"].isdigit() and e["value"] > 0 for e in shown)
    none = ok(shop.get("/api/metrics/query_range", **params, exemplars=0))["series"]
    assert not any(s["exemplars"] for s in none)
    compare = {"q": "{ kind = server } | compare({ status = error }, 1)", "step": "5s", **TEMPO_TIME}
    labels = [s["promLabels"] for s in ok(shop.get("/api/metrics/query_range", **compare))["series"]]
    assert '{__meta_type="selection", "span.http.status_code"="500"}' in labels
    assert '{__meta_error="__too_many_values__", "span.vip"="<nil>"}' in labels
    instant = ok(shop.get("/tempo/api/metrics/query", q=params["q"], **TEMPO_TIME))["series"]
    assert {s["labels"][0]["value"]["stringValue"]: s["value"] for s in instant} == {"error": 4.0, "unset": 6.0}


@pytest.mark.parametrize(
    "q",
    [
        "{ kind = server } | compare({ status = error })",
        "{ kind = server } > { kind = client } | compare({ name = `x` })",
        "{ kind = server } > { kind = client } | rate()",
    ],
)
def test_a_tempo_request_of_many_reads_has_one_deadline(shop: Api, q: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = slow(shop.state.store, monkeypatch)
    refused = shop.get("/api/metrics/query_range", q=q, step="5s", **TEMPO_TIME)
    assert (refused.status_code, given) == (400, [30, 10])
    assert "longer than 30 s" in refused.text


def test_tempo_says_that_it_is_there(shop: Api) -> None:
    assert shop.get("/tempo/api/echo").text == shop.get("/api/echo").text == "echo"
    assert ok(shop.get("/api/status/buildinfo"))["version"] >= "2.7"


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/api/search?q=%7B", 400, "stands where"),
        ("/api/search?q=%7B%7D&tags=a%3Db", 400, "tags and q"),
        ("/api/search?tags=%3D%3D", 400, "invalid tags"),
        ("/api/search?start=20&end=10", 400, "before"),
        ("/api/metrics/query_range?q=%7B%7D", 400, "metrics function"),
        ("/api/metrics/query_range", 400, "q is missing"),
        ("/api/metrics/query_range?q=%7B%7D%7Crate()&step=1ms&start=1&end=100000", 400, "points"),
        ("/api/v2/search/tags?scope=odd", 400, "scope"),
    ],
)
def test_tempo_refusals_are_plain_text(shop: Api, path: str, status: int, says: str) -> None:
    answer = shop.call("GET", path, role=Role.VIEWER)
    assert answer.status_code == status
    assert says in answer.text
    assert answer.headers["content-type"].startswith("text/plain")


def test_nobody_reads_without_a_key_or_another_tenant(shop: Api) -> None:
    for path in (
        "/api/services",
        "/api/search?q=%7B%7D",
        f"/api/traces/{trace_id(1).hex()}",
        "/tempo/api/v2/search/tags",
    ):
        assert shop.client.get(path).status_code == 401
    assert shop.get(f"/api/traces/{trace_id(1).hex()}", tenant="other").status_code == 404
    assert "gateway" not in ok(shop.get("/api/services", tenant="other"))["data"]
    assert ok(shop.get("/tempo/api/v2/search/tag/span.vip/values", tenant="other"))["tagValues"] == []


# spans as metrics, for PromQL


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ('sum(increase(traces_spanmetrics_calls_total{service=~"gateway|cart|mail"}[5m]))', {(): 40}),
        ('sum by (status_code) (increase(traces_spanmetrics_calls_total{service="cart",span_name="SELECT"}[5m]))', {
            (("status_code", "STATUS_CODE_ERROR"),): 4, (("status_code", "STATUS_CODE_UNSET"),): 6}),
        ('sum(increase(traces_spanmetrics_latency_bucket{service=~"gate.*",le="1.024"}[5m]))', {(): 6}),
        ('sum(increase(traces_spanmetrics_latency_bucket{service="gateway",le="+Inf"}[5m]))', {(): 10}),
        ('sum(increase(traces_spanmetrics_latency_sum{service="cart",span_kind!="SPAN_KIND_SERVER"}[5m]))', {(): 5}),
        ('sum by (client, server) (increase(traces_service_graph_request_total{client="gateway"}[5m]))', {
            (("client", "gateway"), ("server", "cart")): 10}),
        ('traces_spanmetrics_calls_total{service="nobody"}', {}),
    ],
)  # fmt: skip
def test_spans_are_metrics_too(shop: Api, query: str, wanted: dict[Any, float]) -> None:
    state_edges(shop.state.store)
    at = START_NS // SECOND + 120
    answer = ok(shop.get("/prometheus/api/v1/query", query=query, time=str(at)))
    got = {tuple(sorted(r["metric"].items())): float(r["value"][1]) for r in answer["data"]["result"]}
    assert got.keys() == wanted.keys()
    for key, value in wanted.items():
        assert got[key] == pytest.approx(value, rel=0.06), "increase extrapolates to the borders of its range"

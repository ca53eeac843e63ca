"""Loki's wire: what shippers push and what Grafana asks, in Loki's shapes and words."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import cramjam
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from swarmscope.ingest.neighbours import protos
from swarmscope.model.access import Role
from swarmscope.query.logql import follow
from tests.ingest.conftest import pairs
from tests.serve.routes.conftest import Api, api  # noqa: F401 # a fixture
from tests.support.slow import slow

SECOND = 1_000_000_000
START_NS = time.time_ns() // (60 * SECOND) * 60 * SECOND - 600 * SECOND
WEB = {"app": "web", "env": "prod", "level": "info"}
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
QUOTIENT = 'sum by (app) (rate({app="web"} | json [1m])) / count_over_time({app="job"}[1m])'
# as Loki's push.proto has it
PUSH = protos.classes(
    "published",
    {
        "LabelPairAdapter": "1 name string, 2 value string",
        "EntryAdapter": "1 timestamp Timestamp, 2 line string, 3 structuredMetadata [LabelPairAdapter]",
        "StreamAdapter": "1 labels string, 2 entries [EntryAdapter], 3 hash uint64",
        "PushRequest": "1 streams [StreamAdapter], 2 format string",
    },
)["PushRequest"]
RANGE = {"start": str(START_NS), "end": str(START_NS + 300 * SECOND)}


def push(api: Api, streams: Any, role: Role = Role.INGEST, **more: Any) -> Any:  # noqa: F811 # the fixture
    return api.call("POST", "/loki/api/v1/push", role=role, json={"streams": streams}, **more)


def push_protobuf(api: Api, body: bytes) -> Any:  # noqa: F811 # the fixture
    """A push as shippers make it. body: of a PushRequest."""
    sent = {"content-type": "application/x-protobuf", "authorization": f"Bearer {api.keys['default', Role.INGEST]}"}
    packed = bytes(cramjam.snappy.compress_raw(body))
    return api.client.post("/loki/api/v1/push", content=packed, headers=sent)


def pushed(*streams: tuple[str, str]) -> bytes:
    """A PushRequest of streams with one line each."""
    request = PUSH()
    for number, (labels, line) in enumerate(streams):
        entry = request.streams.add(labels=labels, hash=7).entries.add(line=line)
        entry.timestamp.FromNanoseconds(START_NS + number)
    body: bytes = request.SerializeToString()
    return body


@pytest.fixture(scope="module")
def loki(api: Api) -> Iterator[Api]:  # noqa: F811 # the fixture above
    lines = [
        [str(START_NS + i * SECOND), f'{{"status": {200 + 300 * (i % 10 == 0)}, "path": "/p{i % 3}", "took": "{i}ms"}}']
        for i in range(1, 101)
    ]
    assert push(api, [{"stream": WEB, "values": lines}]).status_code == 204
    meta = [str(START_NS + SECOND), 'level=error msg="it broke" n=3', {"trace_id": TRACE, "user": "u1"}]
    assert push(api, [{"stream": {"app": "job"}, "values": [meta]}]).status_code == 204
    request = ExportLogsServiceRequest()
    of = request.resource_logs.add()
    of.resource.attributes.extend(pairs({"service.name": "bot", "k8s.namespace.name": "ns", "host.arch": "arm"}))
    record = of.scope_logs.add().log_records.add(time_unix_nano=START_NS + 5 * SECOND, severity_number=17)
    record.body.string_value = "planner failed 10.0.0.7"
    record.attributes.extend(pairs({"gen_ai.agent.id": "planner-1", "http.code": "x"}))
    api.state.intake.submit("logs", request.SerializeToString(), "default", "protobuf").result(60)
    api.settled()
    yield api


def asked(api: Api, path: str, **params: Any) -> Any:  # noqa: F811 # the fixture
    answer = api.get(f"/loki/api/v1/{path}", **{**RANGE, **params})
    assert answer.status_code == 200, answer.text
    return answer.json()


def lines(api: Api, query: str, **params: Any) -> list[str]:  # noqa: F811 # the fixture
    found = asked(api, "query_range", query=query, limit=1000, **params)["data"]["result"]
    values = sorted((v for s in found for v in s["values"]), key=lambda v: int(v[0]), reverse=True)
    return [v[1] for v in values]


def test_pushed_labels_are_kept_exactly_and_entries_come_back_newest_first(loki: Api) -> None:
    answer = asked(loki, "query_range", query='{app="web"}', limit=3)["data"]
    assert answer["resultType"] == "streams"
    assert answer["stats"]["summary"]["totalLinesProcessed"] >= 3
    flags = {"X-Loki-Response-Encoding-Flags": "categorize-labels"}
    headers = {"authorization": f"Bearer {loki.keys['default', Role.VIEWER]}", **flags}
    params = {**RANGE, "query": '{app="web"}', "limit": "3"}
    told = loki.client.get("/loki/api/v1/query_range", params=params, headers=headers).json()["data"]
    (stream,) = told["result"]
    assert told["encodingFlags"] == ["categorize-labels"]
    assert stream["stream"] == WEB
    assert [int(v[0]) for v in stream["values"]] == [START_NS + i * SECOND for i in (100, 99, 98)]
    forward = asked(loki, "query_range", query='{app="web"}', limit=2, direction="forward")["data"]["result"]
    assert [int(v[0]) for s in forward for v in s["values"]] == [START_NS + i * SECOND for i in (1, 2)]


def test_structured_metadata_and_the_ids_among_it(loki: Api) -> None:
    (stream,) = asked(loki, "query_range", query=f'{{app="job"}} | trace_id="{TRACE}" | user="u1"')["data"]["result"]
    assert stream["stream"] == {"app": "job", "trace_id": TRACE, "user": "u1", "detected_level": "error"}
    assert lines(loki, '{app="job"} | user="u2"') == []
    (record,) = loki.get("/api/v1/logs", q=f"trace_id:{TRACE} level:error", start=RANGE["start"]).json()["items"]
    assert record["service"] == "job"


def test_otlp_records_have_labels_as_lokis_own_otlp_endpoint_gives_them(loki: Api) -> None:
    (stream,) = asked(loki, "query_range", query='{service_name="bot"}')["data"]["result"]
    labels = stream["stream"]
    wanted = {"service_name": "bot", "agent": "planner-1", "level": "error", "k8s_namespace_name": "ns"}
    assert wanted.items() <= labels.items()
    assert (labels["host_arch"], labels["http_code"]) == ("arm", "x")
    assert lines(loki, '{agent="planner-1", level=~"err.*", k8s_namespace_name="ns", absent=""}') == [
        "planner failed 10.0.0.7"
    ]
    assert lines(loki, '{agent="planner-1", k8s_namespace_name!="ns"}') == []
    assert lines(loki, '{agent="planner-1"} |= ip("10.0.0.0/24")') == ["planner failed 10.0.0.7"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ('{app="web"} |= "/p1"', 34),
        ('{app="web"} != "/p1"', 66),
        ('{app="web"} |~ "/p[01]" !~ "500"', 60),
        ('{app=~"w.b"} |> "<_>/p2<_>"', 33),
        ('{app="web"} | json | status=500', 10),
        ('{app="web"} | json | status>=500 and path="/p1" or took > 95ms', 8),
        ('{app="web"} | json code="status" | code="500"', 10),
        ('{app="web"} | regexp "took\\": \\"(?P<t>\\\\d+)ms" | t > 90', 10),
        ('{app="web"} | pattern "<_>\\"path\\": \\"<p>\\"<_>" | p="/p2"', 33),
        ('{app="web"} | logfmt --strict | __error__=""', 0),
        ('{app="web", level="info"} | json | line_format "{{.status}}" |= "500"', 10),
        ('{app="web"} | json | label_format s="{{.status | trunc 1}}" | s="5"', 10),
        ('{app="job"} | logfmt | msg="it broke" | n=3', 1),
        ('{app="nothing"}', 0),
    ],
)
def test_pipelines_keep_the_lines_that_they_should(loki: Api, query: str, count: int) -> None:
    assert len(lines(loki, query)) == count


def matrix(loki: Api, query: str, **params: Any) -> dict[tuple[tuple[str, str], ...], list[float]]:
    found = asked(loki, "query_range", query=query, step="60s", **params)["data"]
    assert found["resultType"] == "matrix"
    return {tuple(sorted(s["metric"].items())): [float(v[1]) for v in s["values"]] for s in found["result"]}


def test_counts_by_the_store_are_those_of_lines(loki: Api) -> None:
    by_store = matrix(loki, 'sum(count_over_time({app="web"}[1m]))')
    assert by_store == {(): [60.0, 40.0]}
    assert matrix(loki, 'sum(count_over_time({app="web"} | json [1m]))') == by_store
    told = tuple(sorted({**WEB, "detected_level": "info"}.items()))
    assert matrix(loki, 'count_over_time({app="web"}[2m])') == {told: [60.0, 100.0, 40.0]}
    assert matrix(loki, 'sum by (status) (count_over_time({app="web"} | json [1m]))') == {
        (("status", "200"),): [54.0, 36.0],
        (("status", "500"),): [6.0, 4.0],
    }
    assert matrix(loki, 'sum(rate({app="web"}[1m])) * 60') == by_store


def test_metadata_tell_series_apart_counted_by_the_store_or_not(loki: Api) -> None:
    by_user = {(("user", "u1"),): [1.0]}
    assert matrix(loki, 'sum by (user) (count_over_time({app="job"}[1m]))') == by_user
    assert matrix(loki, 'sum by (user) (count_over_time({app="job"} | logfmt [1m]))') == by_user
    whole = {"app": "job", "detected_level": "error", "trace_id": TRACE, "user": "u1"}
    assert matrix(loki, 'count_over_time({app="job"}[1m])') == {tuple(sorted(whole.items())): [1.0]}
    assert matrix(loki, 'sum by (trace_id) (count_over_time({app="job"}[1m]))') == {(("trace_id", TRACE),): [1.0]}
    levels = matrix(loki, 'sum by (detected_level, app) (count_over_time({app=~"job|web"}[5m]))')
    assert {dict(labels)["app"]: dict(labels)["detected_level"] for labels in levels} == {"job": "error", "web": "info"}
    (http_code,) = matrix(loki, 'sum by (http_code) (count_over_time({service_name="bot"}[1m]))')
    assert http_code == (("http_code", "x"),)


def test_a_label_found_in_a_line_stands_beside_that_of_its_own_stream_only(loki: Api) -> None:
    found = asked(loki, "query_range", query='{app=~"job|web"} | logfmt | __error__=""', limit="1000")["data"]["result"]
    labels = [s["stream"] for s in found if s["stream"]["app"] == "job"]
    assert [(la["level"], "level_extracted" in la) for la in labels] == [("error", False)]
    (kept, *_) = asked(loki, "query_range", query='{app="web"} | json level="path", none="gone"')["data"]["result"]
    assert (kept["stream"]["level"], kept["stream"]["level_extracted"][:2], kept["stream"]["none"]) == (
        "info",
        "/p",
        "",
    )


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ('max_over_time({app="web"} | json | unwrap duration(took) [5m]) by (app)', 0.1),
        ('avg_over_time({app="web"} | json | unwrap duration(took) [5m]) by (app)', 0.0505),
        ('quantile_over_time(0.5, {app="web"} | json | unwrap duration(took) [5m]) by (app)', 0.0505),
        ('first_over_time({app="web"} | json | unwrap duration(took) [5m]) by (app)', 0.001),
        ('sum(sum_over_time({app="web"} | json | unwrap status | __error__="" [5m]))', 23000),
        ('topk(1, sum by (path) (count_over_time({app="web"} | json [5m])))', 34),
        ('sum(count_over_time({app="web"}[5m])) / ignoring(app) sum(count_over_time({app="web"} |= "500" [5m]))', 10),
        ('sum(count_over_time({app="web"}[5m])) > bool 99', 1),
        ('absent_over_time({app="gone"}[5m])', 1),
        ('count(sum by (path) (bytes_over_time({app="web"} | json [5m])))', 3),
        ("vector(2) + 3", 5),
    ],
)
def test_metric_queries_at_one_moment(loki: Api, query: str, value: float) -> None:
    answer = loki.get("/loki/api/v1/query", query=query, time=str(START_NS + 200 * SECOND))
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["data"]["result"]
    assert float(found["value"][1]) == pytest.approx(value)


def test_labels_values_series_and_volumes(loki: Api) -> None:
    assert {"app", "env", "level", "service_name", "agent"} <= set(asked(loki, "labels")["data"])
    assert asked(loki, "label/app/values")["data"] == ["job", "web"]
    assert asked(loki, "series", **{"match[]": '{app="web"}'})["data"] == [WEB]
    stats = asked(loki, "index/stats", query='{app="web"}')
    assert (stats["entries"], stats["streams"]) == (100, 1)
    volume = asked(loki, "index/volume", query='{app=~".+"}')["data"]["result"]
    assert [v["metric"]["app"] for v in volume] == ["web", "job"]
    assert asked(loki, "index/volume_range", query='{app="web"}', step="60s")["data"]["resultType"] == "matrix"
    fields = {f["label"]: f for f in asked(loki, "detected_fields", query='{app="web"}')["fields"]}
    assert fields["took"]["parsers"] == ["json"]
    assert fields["took"]["type"] == "duration"
    patterns = asked(loki, "patterns", query='{app="web"}', step="60s")["data"]
    assert sum(n for p in patterns for _, n in p["samples"]) == 100
    names = {d["label"] for d in asked(loki, "detected_labels")["detectedLabels"]}
    assert {"app", "env"} <= names


def test_protobuf_in_snappy_is_read_gzip_too(loki: Api) -> None:
    request = PUSH()
    stream = request.streams.add(labels='{app="proto", level="warn"}')
    entry = stream.entries.add(line="by protobuf")
    entry.timestamp.FromNanoseconds(START_NS + 7)
    entry.structuredMetadata.add(name="k", value="v")
    assert push_protobuf(loki, request.SerializeToString()).status_code == 204
    sent = {"authorization": f"Bearer {loki.keys['default', Role.INGEST]}"}
    text = json.dumps({"streams": [{"stream": {"app": "zip"}, "values": [[str(START_NS), "by gzip"]]}]}).encode()
    zipped = sent | {"content-type": "application/json", "content-encoding": "gzip"}
    assert loki.client.post("/loki/api/v1/push", content=gzip.compress(text), headers=zipped).status_code == 204
    loki.settled()
    assert lines(loki, '{app="proto"} | k="v"') == ["by protobuf"]
    assert lines(loki, '{app="zip"}') == ["by gzip"]


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ('{app="bad", app="twice"}', "has duplicate label name: 'app'"),
        ('{app="%s"}' % ("x" * 2049), "has label value too long"),
        ('{%s="x"}' % ("x" * 1025), "has label name too long"),
        ("{" + ",".join(f'l{n}="x"' for n in range(65)) + "}", "has 65 label names; limit 64"),
        ("{}", "error at least one label pair is required per stream"),
    ],
    ids=range(5),
)
def test_a_stream_whose_labels_are_refused_takes_no_other_with_it(loki: Api, labels: str, said: str) -> None:
    mark = f"beside {said[:30]}"
    answer = push_protobuf(loki, pushed((labels, "gone"), ('{app="beside"}', mark)))
    assert (answer.status_code, said in answer.text) == (400, True), answer.text
    assert answer.text.rstrip().endswith("total ignored: 1 out of 2")
    loki.settled()
    assert mark in lines(loki, '{app="beside"}')


@pytest.mark.parametrize("labels", ["", "app", '{app="a"', '{app=~"a"}', '{app!="a"}', '{a-b="c"}', '{app="a"} |= "x"'])
def test_labels_that_cannot_be_read_refuse_the_push(loki: Api, labels: str) -> None:
    answer = push_protobuf(loki, pushed((labels, "gone"), ('{app="whole"}', "not taken")))
    assert answer.status_code == 400
    assert answer.text.startswith("couldn't parse labels: error parsing labels ")
    assert lines(loki, '{app="whole"}') == []


def test_text_that_is_no_utf8_is_taken(loki: Api) -> None:
    body = pushed(('{app="latin"}', "caf_ au lait")).replace(b"caf_", b"caf\xe9")
    assert push_protobuf(loki, body).status_code == 204
    loki.settled()
    assert lines(loki, '{app="latin"}') == ["caf\N{REPLACEMENT CHARACTER} au lait"]
    unread = push_protobuf(loki, pushed(('{app="_"}', "x")).replace(b'"_"', b'"\xe9"'))
    assert (unread.status_code, "couldn't parse labels" in unread.text) == (400, True)


def test_a_push_without_streams_is_refused_and_one_without_entries_taken(loki: Api) -> None:
    for empty in (push_protobuf(loki, b""), push(loki, [])):
        assert (empty.status_code, empty.text) == (422, "error at least one valid stream is required for ingestion\n")
    assert push(loki, [{"stream": {}, "values": []}]).status_code == 204


def test_what_cannot_be_taken_is_refused_in_lokis_words(loki: Api) -> None:
    old = push(loki, [{"stream": {"app": "w"}, "values": [["1", "x"], [str(START_NS), "kept"]]}])
    assert old.status_code == 400
    assert "has timestamp too old: 1970-01-01T00:00:00Z, oldest acceptable timestamp is:" in old.text
    future = push(loki, [{"stream": {"app": "w"}, "values": [[str(time.time_ns() + 10**13), "x"]]}])
    assert "has timestamp too new" in future.text
    for bad in ([1], [{"stream": {"a": 1}, "values": []}], [{"stream": {"a-b": "c"}, "values": []}], {"x": 1},
                [{"stream": {"a": "b"}, "values": [["x", "y"]]}], [{"stream": {"a": "b"}, "values": [[1, "y"]]}]):  # fmt: skip
        answer = push(loki, bad)
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (400, "text/plain"), bad
    sent = {"authorization": f"Bearer {loki.keys['default', Role.INGEST]}"}
    for junk in (b"", b"\xff" * 40, b"\x05hello"):
        assert loki.client.post("/loki/api/v1/push", content=junk, headers=sent).status_code in (204, 400)
    assert loki.client.post("/loki/api/v1/push", content=b"{}").status_code == 401
    assert push(loki, [{"stream": {"a": "b"}, "values": []}], Role.VIEWER).status_code == 403
    loki.settled()
    assert lines(loki, '{app="w"}') == ["kept"]


@pytest.mark.parametrize(
    ("path", "params", "said"),
    [
        ("query_range", {"query": "{"}, "parse error at line 1, col 2: syntax error"),
        ("query_range", {"query": '{app=~".*"}'}, "queries require at least one regexp or equality matcher"),
        ("query_range", {"query": '{app="web"}', "limit": "100000"}, "max entries limit per query exceeded"),
        ("query_range", {"query": 'rate({app="web"}[1m])', "step": "1ms"}, "exceeded maximum resolution of 11,000"),
        ("query_range", {"query": '{app="web"}', "direction": "up"}, "invalid direction"),
        (
            "query_range",
            {"query": 'sum(sum_over_time({app="web"} | json | unwrap path [1m]))'},
            "pipeline error: 'SampleExtract",
        ),
        ("query", {"query": '{app="web"}'}, "log queries are not supported as an instant query type"),
        ("series", {"match[]": "{a=}"}, "parse error"),
    ],
)
def test_queries_that_cannot_be_answered_say_why(loki: Api, path: str, params: dict[str, str], said: str) -> None:
    answer = loki.get(f"/loki/api/v1/{path}", **{**RANGE, **params})
    assert answer.status_code == 400
    assert said in answer.text


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("query_range", {"query": '{app="web"}'}),
        (
            "query_range",
            {"query": 'sum by (app) (rate({app="web"} | json [1m])) / count_over_time({app="job"}[1m])', "step": "60s"},
        ),
        ("query", {"query": 'rate({app="web"}[1m]) + rate({app="job"}[1m])', "time": RANGE["end"]}),
        ("series", {"match[]": ['{app="web"}', '{app="job"}']}),
        ("index/volume", {"query": '{app=~".+"}'}),
        ("index/stats", {"query": '{app="web"}'}),
        ("detected_fields", {"query": '{app="web"}'}),
        ("patterns", {"query": '{app="web"}', "step": "60s"}),
    ],
)
def test_a_request_of_many_reads_has_one_deadline(
    loki: Api, path: str, params: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = slow(loki.state.store, monkeypatch)
    answer = loki.get(f"/loki/api/v1/{path}", **{**RANGE, **params})
    assert given == [30, 10][: len(given)]  # there is no third
    assert answer.status_code == 200 or "longer than 30 s" in answer.text


def test_a_turn_of_a_tail_has_one_deadline(loki: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    given = slow(loki.state.store, monkeypatch)
    headers = {"authorization": f"Bearer {loki.keys['default', Role.VIEWER]}"}
    with loki.client.websocket_connect('/loki/api/v1/tail?query={app="tail"}', headers=headers):
        while len(given) < 3:
            time.sleep(0.05)
    assert given[:3] == [30, 30, 30]


def test_tenants_do_not_see_each_other(loki: Api) -> None:
    answer = loki.get("/loki/api/v1/labels", tenant="other", **RANGE).json()
    assert "app" not in answer["data"]
    found = loki.get("/loki/api/v1/query_range", tenant="other", query='{app="web"}', **RANGE).json()
    assert found["data"]["result"] == []


def test_tail_sends_what_arrives(loki: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, begin = threading.Event(), follow.begin
    monkeypatch.setattr(follow, "begin", lambda reads: (begin(reads), begun.set())[0])
    headers = {"authorization": f"Bearer {loki.keys['default', Role.VIEWER]}"}
    with loki.client.websocket_connect('/loki/api/v1/tail?query={app="tail"} |= "seen"', headers=headers) as socket:
        assert begun.wait(30)  # what came before that is not told
        now = str(time.time_ns())
        assert (
            push(loki, [{"stream": {"app": "tail"}, "values": [[now, "not this"], [now, "seen"]]}]).status_code == 204
        )
        told = socket.receive_json()
    assert [v[1] for s in told["streams"] for v in s["values"]] == ["seen"]

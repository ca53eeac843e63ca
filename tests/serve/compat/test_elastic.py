"""Elasticsearch's wire: what shippers send with `_bulk`, and what comes back by search and aggregation."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from swarmscope.model.access import Role
from swarmscope.serve.compat import elastic_cursors as cursors
from tests.serve.routes.conftest import Api, api  # noqa: F401 # a fixture
from tests.support.slow import slow

START_S = time.time() // 60 * 60 - 600
TRACE = "5bf92f3577b34da6a3ce929d0e0e4736"


def at(seconds: float) -> str:
    return datetime.fromtimestamp(START_S + seconds, UTC).isoformat().replace("+00:00", "Z")


def ndjson(*lines: Any) -> bytes:
    return b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)


def bulk(
    api: Api,  # noqa: F811 # the fixture
    body: bytes,
    path: str = "/elasticsearch/_bulk",
    role: Role = Role.INGEST,
    **headers: str,
) -> Any:
    sent = {"authorization": f"Bearer {api.keys['default', role]}", "content-type": "application/x-ndjson", **headers}
    return api.client.post(path, content=body, headers=sent)


@pytest.fixture(scope="module")
def elastic(api: Api) -> Iterator[Api]:  # noqa: F811 # the fixture above
    lines: list[Any] = []
    for i in range(30):
        lines.append({"create": {"_index": "filebeat-8", "_id": f"d{i}"}})
        lines.append(
            {
                "@timestamp": at(i * 10),
                "message": f"request {i} answered quickly", "log": {"level": "error" if i % 5 == 0 else "info"},
                "service.name": "shop", "host": {"name": f"h{i % 2}"}, "http": {"status": 200 + i % 3}, "tags": ["a", "b"],
            }
        )  # fmt: skip
    lines[1]["trace"] = {"id": TRACE}
    answer = bulk(api, ndjson(*lines))
    assert answer.status_code == 200, answer.text
    assert answer.json()["errors"] is False
    assert {i["create"]["status"] for i in answer.json()["items"]} == {201}
    api.settled()
    yield api


def found(elastic: Api, body: dict[str, Any], path: str = "filebeat-8/_search") -> Any:
    answer = elastic.call("POST", f"/elasticsearch/{path}", role=Role.VIEWER, json=body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-elastic-product"] == "Elasticsearch"
    return answer.json()


def test_clients_find_the_product_they_look_for(elastic: Api) -> None:
    answer = elastic.get("/elasticsearch/")
    assert answer.headers["x-elastic-product"] == "Elasticsearch"
    assert answer.json()["version"]["number"].startswith("8.")
    assert elastic.get("/elasticsearch/_license").json()["license"]["status"] == "active"
    for path in ("_index_template/filebeat", "_ilm/policy/filebeat", "_ingest/pipeline/x"):
        assert elastic.call("PUT", f"/elasticsearch/{path}", role=Role.INGEST, json={}).json() == {"acknowledged": True}
    assert elastic.client.get("/elasticsearch/").status_code == 401


def test_a_document_comes_back_as_it_was_and_is_a_log_record(elastic: Api) -> None:
    (hit,) = found(elastic, {"query": {"ids": {"values": ["d0"]}}})["hits"]["hits"]
    source = hit["_source"]
    assert (hit["_index"], hit["_id"]) == ("filebeat-8", "d0")
    assert (source["message"], source["log"]["level"], source["service"]["name"]) == (
        "request 0 answered quickly",
        "error",
        "shop",
    )
    assert (source["trace"]["id"], source["http.status"], source["tags"]) == (TRACE, 200, ["a", "b"])
    (record,) = elastic.get("/api/v1/logs", q=f"trace_id:{TRACE}", start=str(START_S - 1)).json()["items"]
    assert (record["service"], record["level"], record["attributes"]["http.status"]) == ("shop", "error", 200)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"match_all": {}}, 30),
        ({"term": {"log.level": "error"}}, 6),
        ({"terms": {"_id": ["d1", "d2", "nope"]}}, 2),
        ({"match": {"message": "answered nothing"}}, 30),
        ({"match_phrase": {"message": "request 7 answered"}}, 1),
        ({"range": {"http.status": {"gte": 201, "lt": 203}}}, 20),
        ({"range": {"@timestamp": {"gte": at(0), "lt": at(100)}}}, 10),
        ({"exists": {"field": "trace.id"}}, 1),
        ({"bool": {"must": [{"term": {"service.name": "shop"}}], "must_not": {"term": {"log.level": "error"}}}}, 24),
        ({"bool": {"should": [{"ids": {"values": ["d1"]}}, {"ids": {"values": ["d2"]}}]}}, 2),
        ({"query_string": {"query": 'log.level:error AND NOT "request 5"'}}, 5),
        ({"simple_query_string": {"query": "service.name:shop -log.level:info"}}, 6),
        ({"prefix": {"message": "request 1"}}, 11),
        ({"wildcard": {"message": "*2* answered*"}}, 12),
    ],
)  # fmt: skip
def test_queries_find_what_they_should(elastic: Api, query: dict[str, Any], count: int) -> None:
    assert found(elastic, {"query": query}, "filebeat-*/_count")["count"] == count


def test_pages_are_in_order_of_time(elastic: Api) -> None:
    body: dict[str, Any] = {"size": 10, "sort": [{"@timestamp": {"order": "asc"}}], "_source": ["message"]}
    first = found(elastic, body)["hits"]
    second = found(elastic, body | {"search_after": first["hits"][-1]["sort"]})["hits"]
    assert first["total"] == {"value": 30, "relation": "eq"}
    assert [h["_id"] for h in first["hits"] + second["hits"]] == [f"d{i}" for i in range(20)]
    assert list(first["hits"][0]["_source"]) == ["message"]


def test_aggregations(elastic: Api) -> None:
    aggs = {
        "over": {
            "date_histogram": {"field": "@timestamp", "fixed_interval": "1m"},
            "aggs": {"l": {"terms": {"field": "log.level"}}},
        },
        "levels": {"terms": {"field": "log.level.keyword", "size": 1}},
        "services": {"cardinality": {"field": "service.name"}},
        "status": {"avg": {"field": "http.status"}},
        "p": {"percentiles": {"field": "http.status", "percents": [50]}},
        "f": {"filters": {"filters": {"e": {"term": {"log.level": "error"}}}}},
    }
    answer = found(elastic, {"size": 0, "aggs": aggs})["aggregations"]
    assert [b["doc_count"] for b in answer["over"]["buckets"]] == [6] * 5
    assert {b["key"]: b["doc_count"] for b in answer["over"]["buckets"][0]["l"]["buckets"]} == {"info": 4, "error": 2}
    assert answer["levels"]["buckets"] == [{"key": "info", "doc_count": 24}]
    assert answer["levels"]["sum_other_doc_count"] == 6
    assert (answer["services"]["value"], answer["status"]["value"], answer["p"]["values"]["50.0"]) == (1, 201, 201)
    assert answer["f"]["buckets"]["e"]["doc_count"] == 6


ALL_OF_IT = {"query": {"match_all": {}}, "aggs": {"l": {"terms": {"field": "log.level"}}}}


def test_a_search_of_many_reads_has_one_deadline(elastic: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    given = slow(elastic.state.store, monkeypatch)
    refused = elastic.call("POST", "/elasticsearch/filebeat-8/_search", role=Role.VIEWER, json=ALL_OF_IT)
    assert (refused.status_code, given) == (400, [30, 10])
    assert "longer than 30 s" in refused.text


def test_several_searches_have_one_deadline(elastic: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    given = slow(elastic.state.store, monkeypatch)
    searches = ndjson({"index": "filebeat-8"}, {"size": 1, "track_total_hits": False}) * 3
    answer = bulk(elastic, searches, "/elasticsearch/_msearch", role=Role.VIEWER).json()["responses"]
    assert ([one["status"] for one in answer], given) == ([200, 200, 400], [30, 10])
    assert "longer than 30 s" in answer[2]["error"]["reason"]


def test_several_searches_and_what_is_there(elastic: Api) -> None:
    sent = {"authorization": f"Bearer {elastic.keys['default', Role.VIEWER]}"}
    body = ndjson({"index": "filebeat-8"}, {"size": 0}, {}, {"query": {"nonsense": {"a": 1}}})
    responses = elastic.client.post("/elasticsearch/_msearch", content=body, headers=sent).json()["responses"]
    assert (responses[0]["hits"]["total"]["value"], responses[1]["status"]) == (30, 400)
    rows = elastic.get("/elasticsearch/_cat/indices", format="json").json()
    assert {"filebeat-8": "30"}.items() <= {r["index"]: r["docs.count"] for r in rows}.items()
    assert "message" in elastic.get("/elasticsearch/filebeat-8/_mapping").json()["filebeat-8"]["mappings"]["properties"]


def test_errors_are_told_one_by_one_and_the_others_are_taken(elastic: Api) -> None:
    body = ndjson({"index": {"_index": "i"}}, {"message": "good"}, {"index": {"_index": "i"}}, b"{broken",
                  {"index": {"_index": "i"}}, {"@timestamp": "yesterday", "message": "x"},
                  {"delete": {"_index": "i", "_id": "1"}},
                  {"index": {"_index": "i"}}, {"@timestamp": 5, "message": "old"})  # fmt: skip
    answer = bulk(elastic, gzip.compress(body), **{"content-encoding": "gzip"}).json()
    assert answer["errors"] is True
    assert [next(iter(i.values()))["status"] for i in answer["items"]] == [201, 400, 400, 400, 400]
    assert answer["items"][1]["index"]["error"]["type"] == "document_parsing_exception"
    assert (
        bulk(elastic, ndjson({"index": {}}, {"message": "m"}), "/elasticsearch/named/_bulk").json()["errors"] is False
    )
    elastic.settled()
    assert found(elastic, {}, "i/_count")["count"] == 1


def test_names_too_long_and_documents_too_deep_are_refused_alone(elastic: Api) -> None:
    deep = '{"a":' * 500 + "1" + "}" * 500
    lines = [
        '{"index":{"_index":"%s"}}\n{"message":"x"}' % ("é" * 128),
        '{"index":{"_index":"i","_id":"%s"}}\n{"message":"x"}' % ("x" * 10_000_000),
        '{"index":{"_index":"i"}}\n{"message":"deep one","d":' + deep + "}",
        '{"index":{"_index":"i"}}\n{"message":"beside the deep one"}',
    ]  # fmt: skip
    answer = elastic.call("POST", "/_bulk", content="\n".join(lines) + "\n")
    assert (answer.status_code, len(answer.content) < 3000) == (200, True), answer.text[:300]
    items = [item["index"] for item in answer.json()["items"]]
    assert [item["status"] for item in items] == [400, 400, 400, 201]
    assert [item["error"]["type"] for item in items[:3]] == [
        "invalid_index_name_exception",
        "illegal_argument_exception",
        "document_parsing_exception",
    ]
    assert "(256 > 255)" in items[0]["error"]["reason"]
    assert "512 bytes but was: 10000000" in items[1]["error"]["reason"]
    elastic.settled()
    found = elastic.call("POST", "/elasticsearch/i/_count", json={"query": {"match": {"message": "deep"}}})
    assert found.json()["count"] == 1


@pytest.mark.parametrize(
    "body", [b"", b"{}\n{}\n", b'{"index":{}}', b"[1]\n", b'{"index":{}}\n', b"\xff\n", b'{"nope":{}}\n{}\n']
)
def test_a_body_that_is_no_bulk_is_refused(elastic: Api, body: bytes) -> None:
    answer = bulk(elastic, body)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "illegal_argument_exception"


def test_what_is_not_known_is_refused(elastic: Api) -> None:
    for body in (
        {"query": {"span_near": {"a": {}}}},
        {"aggs": {"a": {"geo": {}}}},
        {"size": 99999},
        {"sort": ["message"]},
        {"sort": [{}]},
        {"sort": 5},
        {"sort": [5]},
        {"query": {"term": {"boost": 1}}},
        {"query": {"ids": 5}},
        {"query": {"ids": {"values": 5}}},
        {"query": {"bool": []}},
        {"query": {"constant_score": "x"}},
        {"query": {"multi_match": {"query": "a", "fields": 5}}},
        {"aggs": {"a": 5}},
        {"aggs": {"a": {"terms": "message"}}},
        {"aggs": {"a": {"terms": {"field": "service.name", "size": "many"}}}},
        {"aggs": {"a": {"filters": {"filters": [1]}}}},
        {"aggs": {"a": {"percentiles": {"field": "x", "percents": ["a"]}}}},
        {"aggs": {"a": {"percentiles": {"field": "x", "percents": [101]}}}},
        {"pit": {"id": cursors.Cursor("*", 1 << 63, 1 << 62).id}},
    ):
        answer = elastic.call("POST", "/elasticsearch/_search", role=Role.VIEWER, json=body)
        missing = (404, "search_context_missing_exception") if "pit" in body else (400, "parsing_exception")
        assert (answer.status_code, answer.json()["error"]["type"]) == missing, body
    found = {"query": {"bool": {"should": [{"match_all": {}}], "minimum_should_match": "\u00b2"}}}
    assert elastic.call("POST", "/elasticsearch/_search?size=\u00b2", role=Role.VIEWER, json=found).status_code == 200
    assert bulk(elastic, ndjson({"index": {"_index": "i"}}, {}), role=Role.VIEWER).status_code == 403


def test_aggregations_that_would_take_queries_without_end_are_refused(elastic: Api) -> None:
    aggs: dict[str, Any] = {}
    for _ in range(4):
        below = {"aggs": aggs} if aggs else {}
        aggs = {f"a{i}": {"filter": {"match_all": {}}, **below} for i in range(6)}
    answer = elastic.call("POST", "/elasticsearch/_search", role=Role.VIEWER, json={"size": 0, "aggs": aggs})
    assert answer.status_code == 400
    assert "too many buckets" in answer.json()["error"]["reason"]


def test_one_of_several_searches_with_a_strange_header_does_not_touch_the_others(elastic: Api) -> None:
    lines = ndjson({"index": [5]}, {"size": 0}, {"index": "filebeat-8"}, {"size": 0})
    answer = elastic.call("POST", "/elasticsearch/_msearch", role=Role.VIEWER, content=lines)
    assert [r["status"] for r in answer.json()["responses"]] == [200, 200]

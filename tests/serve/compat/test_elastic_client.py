"""Elasticsearch's own client for Python against us over a socket: bulk, search, scroll-less paging, aggregations, errors."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import elasticsearch
import pytest
import uvicorn
from elasticsearch import helpers

from swarmscope.model.access import Role
from tests.serve.routes.conftest import Api, api  # noqa: F401 # a fixture

START_S = time.time() // 60 * 60 - 900
DOCUMENTS = 250


@pytest.fixture(scope="module")
def address(api: Api) -> Iterator[str]:  # noqa: F811 # the fixture
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)  # from here on connections wait until the server takes them
    server = uvicorn.Server(uvicorn.Config(api.client.app, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/elasticsearch"
    server.should_exit = True
    thread.join(10)
    listener.close()


def client_of(api: Api, address: str, role: Role) -> Any:  # noqa: F811 # the fixture
    return elasticsearch.Elasticsearch(
        address, headers={"authorization": f"Bearer {api.keys['default', role]}"}, max_retries=0
    )


def when(seconds: float) -> str:
    return datetime.fromtimestamp(START_S + seconds, UTC).isoformat().replace("+00:00", "Z")


@pytest.fixture(scope="module")
def reader(api: Api, address: str) -> Iterator[Any]:  # noqa: F811 # the fixture
    """A client that reads what another one has sent."""
    with client_of(api, address, Role.INGEST) as writer, client_of(api, address, Role.VIEWER) as client:
        actions = (
            {
                "_op_type": "create", "_index": "client-logs", "_id": f"c{i}", "@timestamp": when(i // 10),
                "message": f"step {i} of the job", "service.name": f"job-{i % 2}",
                "log.level": ("info", "warn", "error")[i % 3],
            }
            for i in range(DOCUMENTS)
        )  # fmt: skip
        assert helpers.bulk(writer, actions, chunk_size=100) == (DOCUMENTS, [])
        one = writer.index(index="client-logs", document={"@timestamp": when(60), "message": "one alone"})
        assert one["result"] == "created"
        api.settled()
        yield client


def test_the_client_knows_the_product(reader: Any) -> None:
    assert reader.info()["version"]["number"].startswith("8.")
    assert reader.ping()
    assert reader.cluster.health()["status"] == "green"


def test_templates_and_policies_of_shippers_are_taken(api: Api, address: str) -> None:  # noqa: F811 # the fixture
    with client_of(api, address, Role.INGEST) as writer:
        assert writer.indices.put_index_template(name="filebeat", index_patterns=["filebeat-*"], template={})[
            "acknowledged"
        ]
        assert writer.ilm.put_lifecycle(name="filebeat", policy={"phases": {}})["acknowledged"]
        assert writer.ingest.put_pipeline(id="p", processors=[])["acknowledged"]


def test_search_counts_and_aggregates(reader: Any) -> None:
    query = {"bool": {"filter": [{"term": {"log.level": "error"}}, {"match": {"message": "step"}}]}}
    found = reader.search(index="client-logs", query=query, size=5, sort=[{"@timestamp": "asc"}])
    assert found["hits"]["total"]["value"] == 83
    assert {hit["_id"] for hit in found["hits"]["hits"][:3]} == {"c2", "c5", "c8"}  # the first second
    assert reader.count(index="client-logs", query=query)["count"] == 83
    aggregated = reader.search(
        index="client-logs",
        size=0,
        aggs={"levels": {"terms": {"field": "log.level"}, "aggs": {"by": {"terms": {"field": "service.name"}}}}},
    )
    buckets = {b["key"]: b["doc_count"] for b in aggregated["aggregations"]["levels"]["buckets"]}
    assert (buckets["info"], buckets["warn"], buckets["error"]) == (84, 83, 83)
    both = reader.msearch(
        searches=[{"index": "client-logs"}, {"query": {"ids": {"values": ["c7"]}}}, {"index": "none"}, {"size": 0}]
    )
    assert both["responses"][0]["hits"]["hits"][0]["_id"] == "c7"


def test_pages_by_search_after_miss_nothing_though_times_are_equal(reader: Any) -> None:
    """Ten documents share each second: a page ends between them, and the next one goes on there."""
    for order in ("asc", "desc"):
        sort: Any = [{"@timestamp": order}, {"_doc": "asc"}]
        assert len(ids := paged(reader, sort)) == len(set(ids)) == DOCUMENTS
    assert len(set(paged(reader, [{"@timestamp": "asc"}]))) < DOCUMENTS  # as Elasticsearch without a second sort


def paged(reader: Any, sort: Any) -> list[str]:
    after: Any = None
    seen: list[str] = []
    for _ in range(60):
        page = reader.search(
            index="client-logs", query={"match": {"message": "step"}}, size=7, sort=sort, search_after=after
        )
        hits = page["hits"]["hits"]
        if not hits:
            break
        seen += [hit["_id"] for hit in hits]
        after = hits[-1]["sort"]
    return seen


def test_errors_have_the_clients_own_classes(reader: Any, api: Api, address: str) -> None:  # noqa: F811 # the fixture
    with pytest.raises(elasticsearch.BadRequestError):
        reader.search(index="client-logs", query={"no_such_query": {}})
    with pytest.raises(elasticsearch.AuthorizationException):
        reader.index(index="client-logs", document={"message": "a viewer writes"})
    with elasticsearch.Elasticsearch(address) as nobody, pytest.raises(elasticsearch.AuthenticationException):
        nobody.info()
    with client_of(api, address, Role.INGEST) as writer:
        _, errors = helpers.bulk(
            writer,
            [{"_index": "client-logs", "@timestamp": "1990-01-01T00:00:00Z", "message": "old"}],
            raise_on_error=False,
        )
        assert errors
        assert errors[0]["index"]["status"] == 400


def test_a_scroll_reads_all_and_nothing_that_came_since(reader: Any, api: Api, address: str) -> None:  # noqa: F811 # the fixture
    query = {"match": {"message": "step"}}
    ids = [hit["_id"] for hit in helpers.scan(reader, index="client-logs", query={"query": query}, size=101)]
    assert len(ids) == len(set(ids)) == DOCUMENTS
    page = reader.search(
        index="client-logs", query=query, size=100, scroll="1m", sort=[{"@timestamp": "desc"}],
        aggs={"levels": {"terms": {"field": "log.level"}}},
    )  # fmt: skip
    assert sum(b["doc_count"] for b in page["aggregations"]["levels"]["buckets"]) == DOCUMENTS
    with client_of(api, address, Role.INGEST) as writer:
        for second in (0, 30):
            writer.index(index="client-logs", document={"@timestamp": when(second), "message": "step beside"})
    api.settled()
    seen = [hit["_id"] for hit in page["hits"]["hits"]]
    while page["hits"]["hits"]:
        assert page["hits"]["total"]["value"] == DOCUMENTS
        page = reader.scroll(scroll_id=page["_scroll_id"], scroll="30s")
        assert "aggregations" not in page
        seen += [hit["_id"] for hit in page["hits"]["hits"]]
    assert len(seen) == len(set(seen)) == DOCUMENTS
    assert reader.clear_scroll(scroll_id=page["_scroll_id"])["succeeded"]
    assert reader.count(index="client-logs", query=query)["count"] == DOCUMENTS + 2


def test_a_point_in_time_is_paged_by_search_after(reader: Any, api: Api, address: str) -> None:  # noqa: F811 # the fixture
    query = {"match": {"message": "step"}}
    before = reader.count(index="client-logs", query=query)["count"]
    pit = reader.open_point_in_time(index="client-logs", keep_alive="1m")["id"]
    with client_of(api, address, Role.INGEST) as writer:
        writer.index(index="client-logs", document={"@timestamp": when(3), "message": "step after the point"})
    api.settled()
    for sort in (None, "_shard_doc", [{"@timestamp": "desc"}], [{"@timestamp": {"order": "asc"}}]):
        after: Any = None
        seen: list[str] = []
        while True:
            page = reader.search(
                query=query, size=101, sort=sort, search_after=after, pit={"id": pit, "keep_alive": "1m"}
            )
            if not (hits := page["hits"]["hits"]):
                break
            seen += [hit["_id"] for hit in hits]
            after, pit = hits[-1]["sort"], page["pit_id"]
        assert len(seen) == len(set(seen)) == before
    assert reader.close_point_in_time(id=pit)["num_freed"] == 1


def test_cursors_that_do_not_hold_are_refused(reader: Any, api: Api, address: str) -> None:  # noqa: F811 # the fixture
    with pytest.raises(elasticsearch.NotFoundError, match="search_context_missing"):
        reader.scroll(scroll_id="bm90aGluZw")
    short = reader.search(index="client-logs", size=1, scroll="1ms")["_scroll_id"]
    time.sleep(0.01)
    with pytest.raises(elasticsearch.NotFoundError, match="search_context_missing"):
        reader.scroll(scroll_id=short)
    for wrong in (
        {"scroll": "soon"},
        {"scroll": "2d"},
        {"scroll": "1m", "from_": 5},
        {"scroll": "1m", "slice": {"id": 0, "max": 2}},
    ):
        with pytest.raises(elasticsearch.BadRequestError):
            reader.search(index="client-logs", size=1, **wrong)
    pit = reader.open_point_in_time(index="client-logs", keep_alive="1m")["id"]
    with pytest.raises(elasticsearch.BadRequestError):
        reader.search(index="client-logs", pit={"id": pit})
    with pytest.raises(elasticsearch.BadRequestError):
        reader.scroll(scroll_id=pit)
    others = elasticsearch.Elasticsearch(
        address, headers={"authorization": f"Bearer {api.keys['other', Role.VIEWER]}"}, max_retries=0
    )
    with others:  # an id opens nothing of another tenant
        assert others.search(pit={"id": pit}, query={"match": {"message": "step"}})["hits"]["hits"] == []


def test_a_document_is_had_by_its_id(reader: Any) -> None:
    found = reader.get(index="client-logs", id="c7")
    assert (found["found"], found["_id"], found["_source"]["message"]) == (True, "c7", "step 7 of the job")
    assert (reader.exists(index="client-logs", id="c7").body, reader.exists(index="client-logs", id="none").body) == (
        True,
        False,
    )
    with pytest.raises(elasticsearch.NotFoundError):
        reader.get(index="client-logs", id="none")
    assert reader.indices.refresh(index="client-logs")["_shards"]["failed"] == 0


def test_what_is_not_understood_is_told_in_a_form_that_the_client_reads(reader: Any) -> None:
    for call in (
        lambda: reader.delete(index="client-logs", id="c7"),
        lambda: reader.delete_by_query(index="client-logs", query={"match_all": {}}),
        lambda: reader.esql.query(query="FROM client-logs | LIMIT 1"),
    ):
        with pytest.raises(elasticsearch.BadRequestError, match="no handler found for uri"):
            call()

"""Elasticsearch's HTTP API, as shippers and simple clients use it: bulk in, search out. Under `/elasticsearch`.

Source: Elasticsearch reference 8. The root of a URL is the web UI, so clients are given `http://host:port/elasticsearch`;
`_bulk` works without it too. Templates, ILM and ingest pipelines are acknowledged and have no effect: the schema is ours.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

import msgspec
import orjson
from fastapi import APIRouter, Request, Response

from swarmscope.errors import QueryError, SwarmscopeError
from swarmscope.ingest.neighbours import elastic as bulk_wire
from swarmscope.query import elastic
from swarmscope.query.reader import Reader
from swarmscope.serve import bodies
from swarmscope.serve.compat import elastic_cursors as cursors
from swarmscope.serve.compat.elastic_cursors import ContextMissingError
from swarmscope.serve.compat.own_errors import OwnErrors, when_again
from swarmscope.serve.routes.common import Ingester, Reads, ReadsInTime

BODIES = ("/elasticsearch/", "/_bulk")
VERSION = "8.17.0"
SEARCHES_MAX = 32
_WHOLE = re.compile(r"[0-9]{1,9}")
PRODUCT = {"X-Elastic-Product": "Elasticsearch"}


class ElasticErrors(OwnErrors):
    """Tells refusals as Elasticsearch does."""

    @staticmethod
    def refused(request: Request, error: SwarmscopeError) -> Response:
        """See OwnErrors."""
        return _refused(error)


def _refused(e: SwarmscopeError) -> Response:
    missing = "search_context_missing_exception" if isinstance(e, ContextMissingError) else ""
    kind = missing or {401: "security_exception", 403: "security_exception", 404: "index_not_found_exception",
            413: "content_too_long_exception", 429: "es_rejected_execution_exception"}.get(
        e.status, "parsing_exception" if isinstance(e, QueryError) else "illegal_argument_exception"
    )  # fmt: skip
    cause = {"type": kind, "reason": str(e)}
    more = when_again(e)
    if e.status == 401:
        more["WWW-Authenticate"] = 'Basic realm="security", charset="UTF-8"'
    return _json({"error": {"root_cause": [cause], **cause}, "status": e.status}, e.status, more)


def _json(value: object, status: int = 200, more: dict[str, str] | None = None) -> Response:
    body = orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)
    return Response(body, status, {**PRODUCT, **(more or {})}, "application/json")


router = APIRouter(tags=["elasticsearch"], include_in_schema=False, route_class=ElasticErrors)
E = "/elasticsearch"


@router.api_route(E, methods=["GET", "HEAD"])
@router.api_route(E + "/", methods=["GET", "HEAD"])
async def about(_reads: Reads) -> Response:
    """What clients ask first."""
    version = {"number": VERSION, "build_flavor": "default", "build_type": "docker", "build_hash": "0",
               "lucene_version": "9.12.0", "build_date": "2024-12-11T12:08:05Z", "build_snapshot": False,
               "minimum_wire_compatibility_version": "7.17.0", "minimum_index_compatibility_version": "7.0.0"}  # fmt: skip
    return _json({"name": "swarmscope", "cluster_name": "swarmscope", "cluster_uuid": "swarmscope", "version": version,
                  "tagline": "You Know, for Search"})  # fmt: skip


@router.get(E + "/_license")
@router.get(E + "/_xpack/license")
async def license_(_reads: Reads) -> Response:
    """Basic, so that nobody asks for what needs more."""
    said = {
        "status": "active",
        "uid": "swarmscope",
        "type": "basic",
        "issue_date": "2024-01-01T00:00:00.000Z",
        "max_nodes": 1000,
    }
    return _json({"license": said})


@router.get(E + "/_xpack")
async def xpack(_reads: Reads) -> Response:
    """No features beyond the basic ones."""
    off = {"available": False, "enabled": False}
    features = dict.fromkeys(("security", "ml", "watcher", "graph", "monitoring"), off)
    features["ilm"] = {"available": True, "enabled": True}
    return _json({"build": {}, "license": {"type": "basic", "mode": "basic", "status": "active"}, "features": features})


@router.get(E + "/_nodes")
@router.get(E + "/_nodes/{rest:path}")
async def nodes(_reads: Reads) -> Response:
    """One node; clients that sniff are sent nowhere else."""
    return _json({"_nodes": {"total": 1, "successful": 1, "failed": 0}, "cluster_name": "swarmscope", "nodes": {}})


@router.get(E + "/_cluster/health")
async def health(_reads: Reads) -> Response:
    """Green while we answer."""
    return _json({"cluster_name": "swarmscope", "status": "green", "timed_out": False, "number_of_nodes": 1})


@router.post("/_bulk")
@router.api_route(E + "/_bulk", methods=["POST", "PUT"])
@router.api_route(E + "/{index}/_bulk", methods=["POST", "PUT"])
async def bulk(request: Request, caller: Ingester, index: str = "") -> Response:
    """Documents; what is taken is durable when this answers."""
    state, begun = request.app.state, time.perf_counter()
    ingest = state.config.ingest
    raw = await bodies.received(request, ingest.message_max_bytes, ingest.memory_max_bytes)
    now = time.time_ns()
    window = (now - int(ingest.past_max_s * 1e9), now + int(ingest.future_max_s * 1e9), now)
    made = await asyncio.to_thread(bulk_wire.from_bulk, raw, index, *window)
    if made.taken:
        await asyncio.wrap_future(state.intake.submit("logs", made.body, caller.tenant, "protobuf"))
    took = int((time.perf_counter() - begun) * 1000)
    items = [_item(i) for i in made.items]
    return _json({"errors": any(i.status >= 300 for i in made.items), "took": took, "items": items})


@router.post(E + "/{index}/_doc")
@router.api_route(E + "/{index}/_doc/{identity}", methods=["POST", "PUT"])
@router.api_route(E + "/{index}/_create/{identity}", methods=["POST", "PUT"])
async def document(request: Request, caller: Ingester, index: str, identity: str = "") -> Response:
    """One document."""
    state = request.app.state
    ingest = state.config.ingest
    raw = await bodies.received(request, ingest.message_max_bytes, ingest.memory_max_bytes)
    action = orjson.dumps({"index": {"_index": index, **({"_id": identity} if identity else {})}})
    now = time.time_ns()
    window = (now - int(ingest.past_max_s * 1e9), now + int(ingest.future_max_s * 1e9), now)
    made = await asyncio.to_thread(
        bulk_wire.from_bulk, action + b"\n" + raw.replace(b"\n", b" ") + b"\n", index, *window
    )
    if made.taken:
        await asyncio.wrap_future(state.intake.submit("logs", made.body, caller.tenant, "protobuf"))
    (item,) = made.items
    if item.error[0]:
        cause = {"type": item.error[0], "reason": item.error[1]}
        return _json({"error": {"root_cause": [cause], **cause}, "status": item.status}, item.status)
    return _json(_item(item)["index"], item.status)


@router.api_route(E + "/{index}/_doc/{identity}", methods=["GET", "HEAD"])
async def one(reads: ReadsInTime, index: str, identity: str) -> Response:
    """A document by its id."""
    body = {"query": {"ids": {"values": [identity]}}, "size": 1}
    hits = (await asyncio.to_thread(_searched, reads, body, index))["hits"]["hits"]
    if not hits:
        return _json({"_index": index, "_id": identity, "found": False}, 404)
    named = {name: hits[0][name] for name in ("_index", "_id", "_source")}
    return _json(named | {"_version": 1, "_seq_no": 0, "_primary_term": 1, "found": True})


@router.api_route(E + "/_refresh", methods=["GET", "POST"])
@router.api_route(E + "/{index}/_refresh", methods=["GET", "POST"])
async def refresh(_reads: Reads) -> Response:
    """Nothing has to be done: what is taken can be searched within a second."""
    return _json({"_shards": {"total": 1, "successful": 1, "failed": 0}})


def _item(i: bulk_wire.Item) -> dict[str, Any]:
    said: dict[str, Any] = {"_index": i.index, "_id": i.id, "status": i.status}
    if i.error[0]:
        said["error"] = {"type": i.error[0], "reason": i.error[1]}
    else:
        shards = {"total": 1, "successful": 1, "failed": 0}
        said |= {"_version": 1, "result": "created", "_shards": shards, "_seq_no": 0, "_primary_term": 1}
    return {i.action: said}


def _searched(reads: Reader, body: dict[str, Any], index: str, seen_ns: int = 0) -> dict[str, Any]:
    begun = time.perf_counter()
    if "pit" in body:
        return _at_point(reads, body, index)
    search = elastic.Search(reads, body, index.split(","), seen_ns)
    hits: dict[str, Any] = {"max_score": None, "hits": search.hits()}
    if body.get("track_total_hits", True) is not False:
        hits = {"total": {"value": search.count(), "relation": "eq"}} | hits
    wanted = body.get("aggs", body.get("aggregations"))
    found = {"aggregations": search.aggregations(wanted)} if wanted else {}
    shards = {"total": 1, "successful": 1, "skipped": 0, "failed": 0}
    took = int((time.perf_counter() - begun) * 1000)
    return {"took": took, "timed_out": False, "_shards": shards, "hits": hits, **found}


def _at_point(reads: Reader, body: dict[str, Any], index: str) -> dict[str, Any]:
    """A search at a point in time."""
    if index != "*":
        raise QueryError("[indices] cannot be used with point in time. Do not specify any index with point in time.")
    pit = body["pit"]
    if not isinstance(pit, dict):
        raise QueryError('[pit] is {"id": …, "keep_alive": "1m"}')
    cursor = cursors.found(pit.get("id")).until(str(pit.get("keep_alive") or ""))
    plain = cursors.sorted_apart({k: v for k, v in body.items() if k != "pit"})
    return {"pit_id": cursor.id} | _searched(reads, plain, cursor.index, cursor.seen_ns)


def _scrolled(reads: Reader, cursor: cursors.Cursor) -> dict[str, Any]:
    """The next page of a scroll, and the id of the one behind it."""
    body = dict(cursor.body or {})
    if cursor.after is not None:
        body = {k: v for k, v in body.items() if k not in ("aggs", "aggregations")} | {"search_after": cursor.after}
    found = _searched(reads, body, cursor.index, cursor.seen_ns)
    hits = found["hits"]["hits"]
    if hits:
        cursor = msgspec.structs.replace(cursor, after=hits[-1]["sort"])
    return {"_scroll_id": cursor.id} | found


@router.api_route(E + "/_search/scroll", methods=["GET", "POST"])
@router.api_route(E + "/_search/scroll/{scroll}", methods=["GET", "POST"])
async def scroll_on(request: Request, reads: ReadsInTime, scroll: str = "") -> Response:
    """The next page of a scroll."""
    body = elastic.loaded(await bodies.received(request, 1 << 20, 64 << 20))
    given = request.query_params
    cursor = cursors.found(body.get("scroll_id") or given.get("scroll_id") or scroll)
    if cursor.body is None:
        raise QueryError("this is the id of a point in time, not of a scroll")
    cursor = cursor.until(str(body.get("scroll") or given.get("scroll") or ""))
    return _json(await asyncio.to_thread(_scrolled, reads, cursor))


@router.post(E + "/{index}/_pit")
async def open_point(request: Request, _reads: Reads, index: str) -> Response:
    """A point in time."""
    cursor = cursors.opened(index, request.query_params.get("keep_alive", ""))
    return _json({"id": cursor.id, "_shards": {"total": 1, "successful": 1, "skipped": 0, "failed": 0}})


@router.delete(E + "/_pit")
@router.delete(E + "/_search/scroll")
@router.delete(E + "/_search/scroll/{scroll}")
async def close(request: Request, _reads: Reads, scroll: str = "") -> Response:
    """Nothing is kept of a scroll or point in time, so nothing is freed; its id ends with its time."""
    body = elastic.loaded(await bodies.received(request, 1 << 20, 64 << 20))
    named = body.get("scroll_id") or body.get("id") or scroll
    count = len(named) if isinstance(named, list) else named.count(",") + 1 if isinstance(named, str) and named else 0
    return _json({"succeeded": True, "num_freed": count}, 200 if count else 404)


async def _body(request: Request) -> dict[str, Any]:
    body = elastic.loaded(await bodies.received(request, 1 << 20, 64 << 20))
    given = request.query_params
    if "q" in given:
        body.setdefault("query", {"query_string": {"query": given["q"]}})
    for name in ("size", "from"):
        if _WHOLE.fullmatch(given.get(name, "")):
            body.setdefault(name, int(given[name]))
    if given.get("sort"):
        body.setdefault("sort", [{n: o or "asc"} for n, _, o in (s.partition(":") for s in given["sort"].split(","))])
    return body


@router.api_route(E + "/_search", methods=["GET", "POST"])
@router.api_route(E + "/{index}/_search", methods=["GET", "POST"])
async def search(request: Request, reads: ReadsInTime, index: str = "*") -> Response:
    """Records that match, and aggregations; with `scroll`, the first page of a scroll."""
    body = await _body(request)
    if keep_alive := request.query_params.get("scroll", ""):
        cursor = cursors.opened(index, keep_alive, cursors.sorted_apart(body))
        return _json(await asyncio.to_thread(_scrolled, reads, cursor))
    return _json(await asyncio.to_thread(_searched, reads, body, index))


@router.api_route(E + "/_count", methods=["GET", "POST"])
@router.api_route(E + "/{index}/_count", methods=["GET", "POST"])
async def count(request: Request, reads: ReadsInTime, index: str = "*") -> Response:
    """How many records match."""
    body = await _body(request)
    found = await asyncio.to_thread(lambda: elastic.Search(reads, body, index.split(",")).count())
    return _json({"count": found, "_shards": {"total": 1, "successful": 1, "skipped": 0, "failed": 0}})


@router.api_route(E + "/_msearch", methods=["GET", "POST"])
@router.api_route(E + "/{index}/_msearch", methods=["GET", "POST"])
async def msearch(request: Request, reads: ReadsInTime, index: str = "*") -> Response:
    """Several searches; one that fails does not touch the others."""
    raw = await bodies.received(request, 1 << 20, 64 << 20)
    lines = [line for line in raw.split(b"\n") if line.strip()]
    if len(lines) % 2 or len(lines) > 2 * SEARCHES_MAX:
        raise QueryError(f"a header and a body for each of at most {SEARCHES_MAX} searches are wanted")

    def one(head: bytes, body: bytes) -> dict[str, Any]:
        try:
            of = elastic.loaded(head).get("index") or index
            return {
                **_searched(reads, elastic.loaded(body), ",".join(map(str, of)) if isinstance(of, list) else str(of)),
                "status": 200,
            }
        except SwarmscopeError as e:
            cause = {"type": "parsing_exception", "reason": str(e)}
            return {"error": {"root_cause": [cause], **cause}, "status": e.status}

    found = await asyncio.to_thread(lambda: [one(*pair) for pair in zip(lines[::2], lines[1::2], strict=True)])
    return _json({"took": sum(f.get("took", 0) for f in found), "responses": found})


@router.get(E + "/_cat/indices")
@router.get(E + "/_cat/indices/{index}")
async def cat_indices(request: Request, reads: ReadsInTime) -> Response:
    """Indices that documents came for."""
    found = await asyncio.to_thread(elastic.indices, reads)
    rows = [{"health": "green", "status": "open", "index": i["index"], "uuid": i["index"], "pri": "1", "rep": "0",
             "docs.count": str(i["docs"]), "docs.deleted": "0", "store.size": f"{i['bytes']}b"} for i in found]  # fmt: skip
    if request.query_params.get("format") == "json" or "json" in request.headers.get("accept", ""):
        return _json(rows)
    return Response("".join(" ".join(r.values()) + "\n" for r in rows), 200, PRODUCT, "text/plain")


_TYPES = {
    "@timestamp": "date",
    "message": "text",
    **{name: "keyword" for name in elastic.COLUMNS if name[0] not in "_m"},
}


@router.get(E + "/_mapping")
@router.get(E + "/{index}/_mapping")
async def mapping(_reads: Reads, index: str = "logs") -> Response:
    """The fields that have columns; attributes are keywords."""
    return _json({index: {"mappings": {"properties": {name: {"type": kind} for name, kind in _TYPES.items()}}}})


@router.api_route(E + "/_field_caps", methods=["GET", "POST"])
@router.api_route(E + "/{index}/_field_caps", methods=["GET", "POST"])
async def field_caps(_reads: Reads, index: str = "logs") -> Response:
    """What the fields can do."""
    fields = {n: {k: {"type": k, "searchable": True, "aggregatable": k != "text"}} for n, k in _TYPES.items()}
    return _json({"indices": [index], "fields": fields})


_SETUP = (
    "_index_template",
    "_template",
    "_component_template",
    "_ilm/policy",
    "_ingest/pipeline",
    "_data_stream",
    "_alias",
)


async def _acknowledged(request: Request, caller: Ingester) -> Response:
    """Set-up of shippers: acknowledged, without effect; what is asked for is there."""
    if request.method in ("GET", "HEAD"):
        return _json({})
    return _json({"acknowledged": True})


for _name in _SETUP:
    for _path in (f"{E}/{_name}", f"{E}/{_name}/{{rest:path}}"):
        router.add_api_route(_path, _acknowledged, methods=["GET", "HEAD", "PUT", "POST", "DELETE"])


@router.api_route(E + "/{index}", methods=["HEAD", "PUT"])
async def index_(request: Request, _caller: Ingester, index: str) -> Response:
    """Indices are there as soon as they are named."""
    return _json({"acknowledged": True, "shards_acknowledged": True, "index": index})


@router.api_route(E + "/{rest:path}", methods=["GET", "HEAD", "POST", "PUT", "DELETE"])
async def nothing(request: Request, rest: str) -> Response:
    """What is not understood, in the form that clients can read. The last route: it takes what is left."""
    if request.method == "HEAD":
        return _json({}, 404)
    return _json({"error": f"no handler found for uri [/{rest}] and method [{request.method}]"}, 400)

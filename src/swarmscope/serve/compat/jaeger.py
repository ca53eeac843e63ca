"""Jaeger's query API, v1 (JSON of its user interface) and v3 (OTLP/JSON). Under `/jaeger`, and at the root.

Source: Jaeger, "APIs"; jaegertracing/jaeger `jaegerquery/internal` (http_handler.go, apiv3/http_gateway.go). At the root,
`GET /api/traces/{id}` with `Accept: application/protobuf` is Tempo's.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from swarmscope.errors import InputError, SwarmscopeError
from swarmscope.query import graph, operations, otlp, outlines
from swarmscope.query.reader import Reader
from swarmscope.query.times import HOUR_NS, SECOND_NS, Window, parse_duration, parse_moment
from swarmscope.query.traceql import search
from swarmscope.serve.compat import jaeger_shapes as shapes
from swarmscope.serve.compat import tempo
from swarmscope.serve.compat.own_errors import OwnErrors
from swarmscope.serve.compat.tempo_shapes import otlp_json
from swarmscope.serve.routes.common import ReadsInTime

LIMIT, LIMIT_MAX = 20, 1000
LOOKBACK_NS = 24 * HOUR_NS
EDGES_MAX = 20_000
V3 = "/api/v3/"


class Told(OwnErrors):
    """Tells refusals in the shape of the version that was asked."""

    @staticmethod
    def refused(request: Request, error: SwarmscopeError) -> Response:
        """See OwnErrors."""
        return _refusal(request, error.status, str(error))

    @staticmethod
    def misread(request: Request, error: RequestValidationError) -> Response:
        """See OwnErrors."""
        where = ", ".join(f"{'.'.join(map(str, x['loc']))}: {x['msg']}" for x in error.errors())
        return _refusal(request, 400, f"malformed parameter {where}")


def _refusal(request: Request, status: int, message: str) -> Response:
    if V3 in request.url.path:
        return _json({"error": {"httpCode": status, "message": message}}, status)
    return _json(_enveloped(None, [{"code": status, "msg": message}]), status)


def _enveloped(data: Any, errors: Any = None, total: int = 0) -> dict[str, Any]:
    return {"data": data, "total": total, "limit": 0, "offset": 0, "errors": errors}


router = APIRouter(tags=["jaeger"], include_in_schema=False, route_class=Told)
Name = Annotated[str, Query(max_length=1024)]
Micros = Annotated[int | None, Query(ge=0, le=2**63 // 1000)]


def _both(path: str) -> Callable[[Any], Any]:
    """Serve under `/jaeger` and at the root."""

    def add(call: Any) -> Any:
        return router.get(f"/jaeger{path}")(router.get(path)(call))

    return add


# v1


@_both("/api/services")
def services(reads: ReadsInTime) -> Response:
    """Names of services."""
    names = operations.services(reads)
    return _json(_enveloped(names, total=len(names)))


@_both("/api/services/{service:path}/operations")
def operations_of(reads: ReadsInTime, service: str) -> Response:
    """Names of spans of a service."""
    names = sorted({r["name"] for r in operations.of(reads, service)})
    return _json(_enveloped(names, total=len(names)))


@_both("/api/operations")
def operations_v1(
    reads: ReadsInTime, service: Name, span_kind: Annotated[str, Query(alias="spanKind")] = ""
) -> Response:
    """Names of spans of a service with their kinds."""
    found = [
        {"name": r["name"], "spanKind": "" if not r["kind"] else shapes.KINDS[r["kind"]]}
        for r in operations.of(reads, service, kind_of(span_kind))
    ]
    return _json(_enveloped(found, total=len(found)))


@_both("/api/traces")
def find_traces(
    request: Request,
    reads: ReadsInTime,
    service: Name = "",
    operation: Name = "",
    tags: Annotated[str, Query(max_length=8192)] = "",
    start: Micros = None,
    end: Micros = None,
    limit: Annotated[int, Query(ge=1)] = LIMIT,
) -> Response:
    """Traces with a span of the service that meets everything asked; or those named by `traceID`."""
    given = request.query_params
    if wanted := given.getlist("traceID"):
        names = [_trace_id(w) for w in wanted[:LIMIT_MAX]]
    else:
        if not service:
            raise InputError("parameter 'service' is required")
        asked = _tags(tags, given.getlist("tag"))
        query = of_search(service, operation, asked, given.get("minDuration", ""), given.get("maxDuration", ""))
        end_ns = time.time_ns() if end is None else end * 1000
        start_ns = end_ns - LOOKBACK_NS if start is None else start * 1000
        names = search_for(reads, query, window_of(start_ns, end_ns), limit)
    found = otlp.traces(reads, names)
    return _json(_enveloped([shapes.ui_trace(found[n]) for n in names if n in found]))


@router.get("/jaeger/api/traces/{trace_id}")
def one_trace(reads: ReadsInTime, trace_id: str) -> Response:
    """One trace."""
    return _json(_enveloped([shapes.ui_trace(tempo.one(reads, trace_id))]))


@router.get("/api/traces/{trace_id}")
def one_trace_at_root(request: Request, reads: ReadsInTime, trace_id: str) -> Response:
    """One trace, or Tempo's answer where protobuf is asked for."""
    if tempo.PROTOBUF in request.headers.get("accept", ""):
        return tempo.trace_v1(request, reads, trace_id)
    return one_trace(reads, trace_id)


@_both("/api/dependencies")
def dependencies(
    reads: ReadsInTime,
    end: Annotated[int | None, Query(alias="endTs", ge=0, le=2**63 // 10**6)] = None,
    lookback: Annotated[int, Query(ge=1, le=10**12)] = LOOKBACK_NS // 1_000_000,
    service: Name = "",
) -> Response:
    """Calls between services. Times in milliseconds."""
    end_ns = time.time_ns() if end is None else end * 1_000_000
    found = calls(reads, window_of(end_ns - lookback * 1_000_000, end_ns))
    links = [
        {"parent": p, "child": c, "callCount": n} for (p, c), n in found.items() if not service or service in (p, c)
    ]
    return _json(_enveloped(links))


def calls(reads: Reader, within: Window) -> dict[tuple[str, str], int]:
    """How often one service called another in a window, sorted."""
    found: dict[tuple[str, str], int] = {}
    for edge in graph.services(reads, within, EDGES_MAX)["edges"]:
        pair = edge["source"], edge["target"]
        found[pair] = found.get(pair, 0) + edge["count"]
    return dict(sorted(found.items()))


# v3


@_both("/api/v3/services")
def services_v3(reads: ReadsInTime) -> Response:
    """Names of services."""
    return _json({"services": operations.services(reads)})


@_both("/api/v3/operations")
def operations_v3(request: Request, reads: ReadsInTime, service: Name = "") -> Response:
    """Names of spans of a service with their kinds."""
    given = request.query_params
    found = operations.of(reads, service, kind_of(given.get("spanKind") or given.get("span_kind", "")))
    return _json({"operations": [{"name": r["name"], "spanKind": shapes.KINDS[r["kind"] or 1]} for r in found]})


@_both("/api/v3/traces")
def find_traces_v3(request: Request, reads: ReadsInTime) -> Response:
    """Traces as OTLP/JSON; parameters in camel case or with underscores, as both were documented."""
    return _result(list(otlp.traces(reads, _found_v3(request, reads)).values()))


@_both("/api/v3/trace-summaries")
def find_summaries_v3(request: Request, reads: ReadsInTime) -> Response:
    """The same search, answered with a few figures per trace."""
    names = _found_v3(request, reads)
    found = outlines.of(reads, names)
    return _json({"summaries": [shapes.summary_json(found[n]) for n in names if n in found]})


def _found_v3(request: Request, reads: Reader) -> list[str]:
    given = request.query_params

    def asked(name: str, *others: str) -> str:
        snake = re.sub(r"([A-Z])", lambda m: "_" + m[1].lower(), name)
        return next((v for key in (name, snake, *others) if (v := given.get(f"query.{key}"))), "")

    if asked("filter"):
        raise InputError("malformed parameter query.filter: expressions are not supported; use query.attributes")
    low, high = asked("startTimeMin"), asked("startTimeMax")
    if not low or not high:
        raise InputError("query.startTimeMin and query.startTimeMax are required")
    depth = asked("searchDepth", "numTraces", "num_traces") or "100"
    if not depth.isascii() or not depth.isdigit() or not int(depth[:9]) > 0:
        raise InputError(f"malformed parameter query.searchDepth: {depth[:40]!r} is no number above 0")
    tags = _tags(asked("attributes"), [])
    query = of_search(asked("serviceName"), asked("operationName"), tags, asked("durationMin"), asked("durationMax"))
    within = window_of(parse_moment(low, "query.startTimeMin"), parse_moment(high, "query.startTimeMax"))
    return search_for(reads, query, within, int(depth))


@_both("/api/v3/traces/{trace_id}")
def one_trace_v3(reads: ReadsInTime, trace_id: str) -> Response:
    """One trace as OTLP/JSON."""
    return _result([tempo.one(reads, trace_id)])


def _result(found: list[TracesData]) -> Response:
    if not found:
        return _json({"error": {"httpCode": 404, "message": "No traces found"}}, 404)
    return _json({"result": {"resourceSpans": [r for data in found for r in otlp_json(data)]}})


# what is asked


def of_search(service: str, operation: str, tags: dict[str, str], shortest: str, longest: str) -> str:
    """A search as TraceQL: one span must meet everything. A tag may be the span's, its process's or of one of its events."""
    parts = [f"resource.service.name = {_quoted(service)}"] if service else []
    parts += [f"name = {_quoted(operation)}"] if operation and operation != "all" else []
    parts += [_of_tag(key, value) for key, value in tags.items()]
    parts += [f"duration >= {parse_duration(shortest, 'minDuration')}ns"] if shortest else []
    parts += [f"duration <= {parse_duration(longest, 'maxDuration')}ns"] if longest else []
    return "{ " + " && ".join(parts) + " }"


def _of_tag(key: str, value: str) -> str:
    if key == "error" and value in ("true", "false"):
        return f"status {'=' if value == 'true' else '!='} error"
    if key == "span.kind" and value in shapes.KINDS:
        return f"kind = {value}"
    if key == "otel.status_code" and value.lower() in ("ok", "error"):
        return f"status = {value.lower()}"
    typed = re.fullmatch(r"-?\d{1,18}(\.\d{1,18})?", value) or value in ("true", "false")
    literals = [_quoted(value), value] if typed else [_quoted(value)]
    ways = [f"{scope}.{_quoted(key)} = {literal}" for literal in literals for scope in ("", "event")]
    return f"({' || '.join(ways)})"


def _quoted(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(c, c) for c in text) + '"'


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _tags(text: str, pairs: list[str]) -> dict[str, str]:
    """Tags of `tags={"k":"v"}` and of `tag=k:v`. InputError."""
    found: dict[str, str] = {}
    if text:
        try:
            parsed = orjson.loads(text)
        except orjson.JSONDecodeError as e:
            raise InputError(f"malformed 'tags' parameter, cannot unmarshal: {e}") from e
        if not isinstance(parsed, dict) or not all(isinstance(v, str) for v in parsed.values()):
            raise InputError("malformed 'tags' parameter: a JSON object of texts is wanted")
        found |= parsed
    for pair in pairs:
        key, mark, value = pair.partition(":")
        if not mark or not key:
            raise InputError(f"malformed 'tag' parameter, expecting key:value, received: {pair[:100]}")
        found[key] = value
    return found


def kind_of(text: str) -> int | None:
    """The number of a span kind; None: any. InputError."""
    if text and text.lower() not in shapes.KINDS:
        raise InputError(f"unsupported span kind: '{text[:40]}'")
    return shapes.KINDS.index(text.lower()) if text else None


def _trace_id(text: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{1,32}", text):
        raise InputError(f"malformed parameter traceID: {text[:64]!r} is not up to 32 hexadecimal digits")
    return text.lower().rjust(32, "0")


def window_of(start_ns: int, end_ns: int) -> Window:
    """The time between two moments. InputError: the first is not before the last."""
    if start_ns >= end_ns:
        raise InputError("min start time must be before the max start time")
    return Window(max(0, start_ns), min(end_ns, 2**63 - SECOND_NS))


def search_for(reads: Reader, query: str, within: Window, limit: int) -> list[str]:
    """Ids of traces, newest first, LIMIT_MAX at most."""
    found, _ = search.search(reads, query, within, min(limit, LIMIT_MAX), 0)
    return [f.trace for f in found]


def _json(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")

"""Tempo's HTTP API, so that Grafana uses Swarmscope as a Tempo data source. Under `/tempo`, and at the root.

Source: Grafana Tempo, "HTTP API", `pkg/api/http.go`. Errors are plain text, as Tempo's are. The tenant comes from the
credential: `X-Scope-OrgID` is not read. At the root, `GET /api/traces/{id}` is Jaeger's unless protobuf is asked for.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import PlainTextResponse
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from swarmscope import __version__
from swarmscope.errors import InputError, NotFoundError, QueryError, SwarmscopeError
from swarmscope.ingest.neighbours import protos
from swarmscope.query import otlp
from swarmscope.query.reader import Reader
from swarmscope.query.times import SECOND_NS, Window, parse_duration, parse_moment
from swarmscope.query.traceql import metrics, search, tags
from swarmscope.query.traceql.exemplars import COUNT_MAX
from swarmscope.query.traceql.series import default_step_ns, steps
from swarmscope.serve.compat import tempo_shapes as shapes
from swarmscope.serve.compat.own_errors import OwnErrors, when_again
from swarmscope.serve.routes.common import ReadsInTime

SINCE_NS = 3600 * SECOND_NS
PROTOBUF = "application/protobuf"
# a message within a message is written as bytes are
_BY_ID = protos.classes("tempopb", {"TraceByIDResponse": "1 trace bytes"})["TraceByIDResponse"]
_HEX = re.compile(r"[0-9a-fA-F]{1,32}")
_TAG = re.compile(r'\s*([^\s="]+)=("(?:[^"\\]|\\.)*"|[^\s"]*)')
_INSPECTED: dict[str, Any] = {"inspectedBytes": "0", "totalBlocks": 0, "completedJobs": 1, "totalJobs": 1}


class TempoErrors(OwnErrors):
    """Tells refusals as plain text."""

    @staticmethod
    def refused(request: Request, error: SwarmscopeError) -> Response:
        """See OwnErrors."""
        return PlainTextResponse(str(error), error.status, when_again(error))


router = APIRouter(tags=["tempo"], include_in_schema=False, route_class=TempoErrors)
Moment = Annotated[str, Query(max_length=40)]
Text = Annotated[str, Query(max_length=8192)]


def _both(path: str) -> Callable[[Any], Any]:
    """Serve under `/tempo` and at the root."""

    def add(call: Any) -> Any:
        return router.get(f"/tempo{path}")(router.get(path)(call))

    return add


@_both("/api/echo")
def echo() -> Response:
    """Grafana's test of a data source."""
    return PlainTextResponse("echo")


@_both("/api/status/buildinfo")
def build_info() -> Response:
    """A version from which on Grafana knows TraceQL, search v2 and metrics."""
    return _json(
        {
            "version": "2.7.0",
            "revision": f"swarmscope-{__version__}",
            "branch": "",
            "buildUser": "",
            "buildDate": "",
            "goVersion": "",
        }
    )


@router.get("/tempo/ready")
def ready() -> Response:
    """Whether it answers."""
    return PlainTextResponse("ready\n")


# traces


@router.get("/tempo/api/traces/{trace_id}")
def trace_v1(request: Request, reads: ReadsInTime, trace_id: str) -> Response:
    """A trace: `Trace` of tempopb, or `{"batches": […]}`."""
    data = one(reads, trace_id)
    if PROTOBUF in request.headers.get("accept", ""):
        return Response(data.SerializeToString(), media_type=PROTOBUF)
    return _json({"batches": shapes.otlp_json(data, tempo=True)})


@_both("/api/v2/traces/{trace_id}")
def trace_v2(request: Request, reads: ReadsInTime, trace_id: str) -> Response:
    """A trace: `TraceByIDResponse` of tempopb, or `{"trace": {"resourceSpans": […]}}`. Unknown ones are empty answers."""
    try:
        data = one(reads, trace_id)
    except NotFoundError:
        data = TracesData()
    if PROTOBUF in request.headers.get("accept", ""):
        return Response(_BY_ID(trace=data.SerializeToString()).SerializeToString(), media_type=PROTOBUF)
    trace = {"trace": {"resourceSpans": shapes.otlp_json(data, tempo=True)}} if data.resource_spans else {"trace": {}}
    return _json({**trace, "metrics": {}})


def one(reads: Reader, trace_id: str) -> TracesData:
    """A trace by its id, leading zeros or not. NotFoundError, InputError."""
    if not _HEX.fullmatch(trace_id):
        raise InputError(f"trace id {trace_id[:64]!r} is not up to 32 hexadecimal digits")
    name = trace_id.lower().rjust(32, "0")
    found = otlp.traces(reads, [name])
    if name not in found:
        raise NotFoundError("trace not found")
    return found[name]


# search


@_both("/api/search")
def search_traces(
    request: Request,
    reads: ReadsInTime,
    start: Moment = "",
    end: Moment = "",
    limit: Annotated[int, Query(ge=1)] = 20,
    spss: Annotated[int, Query(ge=0)] = 3,
) -> Response:
    """Traces by TraceQL (`q`) or by `tags`, `minDuration`, `maxDuration`; newest first."""
    given = request.query_params
    query = given.get("q", "")
    if "tags" in given or not query:
        if query:
            raise InputError("invalid request: can't specify tags and q in the same query")
        query = of_tags(given.get("tags", ""), given.get("minDuration", ""), given.get("maxDuration", ""))
    found, looked = search.search(
        reads, query, _within(start, end), min(limit, search.LIMIT_MAX), min(spss or 1000, 1000)
    )
    return _json({"traces": [shapes.found(f) for f in found], "metrics": {"inspectedTraces": looked, **_INSPECTED}})


def of_tags(text: str, shortest: str, longest: str) -> str:
    """TraceQL for a search by logfmt tags and by the duration of the trace. InputError."""
    parts = []
    at = 0
    for match in _TAG.finditer(text):
        if text[at : match.start()].strip():
            break
        value = match[2] if match[2].startswith('"') else orjson.dumps(match[2]).decode()
        parts.append(_of_tag(match[1], value))
        at = match.end()
    if text[at:].strip():
        raise InputError(f'invalid tags: {text[at:][:60]!r} is no key=value or key="two words"')
    parts += [f"traceDuration >= {parse_duration(shortest, 'minDuration')}ns"] if shortest else []
    parts += [f"traceDuration <= {parse_duration(longest, 'maxDuration')}ns"] if longest else []
    return "{ " + " && ".join(parts) + " }"


def _of_tag(key: str, value: str) -> str:
    plain = value[1:-1]
    if key in ("status", "kind"):
        return f"{key} = {plain}"
    if key == "error" and plain == "true":
        return "status = error"
    if key in ("name", "rootName", "rootServiceName"):
        return f"{key} = {value}"
    name = orjson.dumps(key).decode()
    number = f" || .{name} = {plain}" if re.fullmatch(r"-?\d{1,18}(\.\d{1,18})?", plain) else ""
    flag = f" || .{name} = {plain}" if plain in ("true", "false") else ""
    return f"(.{name} = {value}{number}{flag})"


@_both("/api/search/tags")
def tag_names(reads: ReadsInTime, scope: Text = "", start: Moment = "", end: Moment = "") -> Response:
    """Names of attributes, all scopes in one list; intrinsics only when asked for."""
    by_scope = tags.names(reads, _within(start, end), scope)
    found = {n for of, names in by_scope.items() if of in (scope, *tags.SCOPES[:-1]) for n in names}
    return _json({"tagNames": sorted(found), "metrics": _INSPECTED})


@_both("/api/v2/search/tags")
def tag_names_v2(reads: ReadsInTime, scope: Text = "", start: Moment = "", end: Moment = "") -> Response:
    """Names of attributes by scope."""
    by_scope = tags.names(reads, _within(start, end), scope)
    return _json({"scopes": [{"name": s, "tags": names} for s, names in by_scope.items()], "metrics": _INSPECTED})


@_both("/api/search/tag/{tag:path}/values")
def tag_values(reads: ReadsInTime, tag: str, start: Moment = "", end: Moment = "") -> Response:
    """Values of an attribute as text."""
    found = tags.values(reads, tag, _within(start, end))
    return _json({"tagValues": [v["value"] for v in found], "metrics": _INSPECTED})


@_both("/api/v2/search/tag/{tag:path}/values")
def tag_values_v2(reads: ReadsInTime, tag: str, q: Text = "", start: Moment = "", end: Moment = "") -> Response:
    """Values of an attribute with their types, of spans that meet `q`."""
    found = tags.values(reads, tag, _within(start, end), q)
    return _json({"tagValues": shapes.tag_values(found), "metrics": _INSPECTED})


# metrics


@_both("/api/metrics/query_range")
def query_range(
    request: Request,
    reads: ReadsInTime,
    start: Moment = "",
    end: Moment = "",
    since: Moment = "",
    step: Moment = "",
    exemplars: Annotated[int, Query(ge=0)] = COUNT_MAX,
) -> Response:
    """Series of a TraceQL metrics query."""
    within = _within(start, end, since)
    width = parse_duration(step, "step") if step else default_step_ns(within)
    made = steps(within, width)
    found = metrics.query(reads, _query(request), made, min(exemplars, COUNT_MAX))
    return _json({"series": shapes.series(found, made), "metrics": _INSPECTED})


@_both("/api/metrics/query")
def query_instant(
    request: Request, reads: ReadsInTime, start: Moment = "", end: Moment = "", since: Moment = ""
) -> Response:
    """One value for each series over the whole time."""
    found = metrics.instant(reads, _query(request), _within(start, end, since))
    return _json({"series": shapes.instants(found), "metrics": _INSPECTED})


def _query(request: Request) -> str:
    text = request.query_params.get("query") or request.query_params.get("q")
    if not text:
        raise QueryError("q is missing: a TraceQL metrics query such as { } | rate()")
    return text


def _within(start: str, end: str, since: str = "") -> Window:
    """Seconds or nanoseconds since the epoch, or RFC 3339; the last hour by default."""
    end_ns = parse_moment(end, "end") if end else time.time_ns()
    length = parse_duration(since, "since") if since else SINCE_NS
    start_ns = parse_moment(start, "start") if start else max(0, end_ns - length)
    if start_ns >= end_ns:
        raise InputError(f"http parameter start must be before end. received start={start} end={end}")
    return Window(start_ns, end_ns)


def _json(value: Any) -> Response:
    return Response(orjson.dumps(value), media_type="application/json")

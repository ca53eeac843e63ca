"""Loki's HTTP API: push in, LogQL out, so that Promtail, Alloy, Fluent Bit, Vector and Grafana work unchanged.

Source: Grafana Loki, "HTTP API". At `/loki/api/v1`. Errors are plain text, as Loki's are. The tenant comes from the credential:
`X-Scope-OrgID` is not read.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Request, Response, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse
from starlette.websockets import WebSocketDisconnect, WebSocketDisconnected

from swarmscope import __version__
from swarmscope.errors import InputError, QueryError, SwarmscopeError
from swarmscope.ingest.neighbours import loki
from swarmscope.model.access import Role
from swarmscope.query.logql import engine, fields, follow, streams
from swarmscope.query.logql.fetch import Limits
from swarmscope.query.logql.parse import parse, parse_selector
from swarmscope.query.logql.tokens import duration_ns
from swarmscope.query.logql.tree import Log, Matcher
from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.times import HOUR_NS, SECOND_NS, Window, parse_moment
from swarmscope.serve import bodies
from swarmscope.serve.auth import principal_beside
from swarmscope.serve.compat.own_errors import OwnErrors, when_again
from swarmscope.serve.routes.common import Ingester, Reads, ReadsInTime, encoded

BODIES = ("/loki/api/v1/push", "/api/prom/push")
LABELS_HOURS = 6
STREAMS_MAX = 50_000
TAILS_MAX = 10  # of a tenant
TAIL_POLL_S = 0.5
_tails: dict[str, int] = {}


class LokiErrors(OwnErrors):
    """Tells refusals as Loki does: plain text."""

    @staticmethod
    def refused(request: Request, error: SwarmscopeError) -> Response:
        """See OwnErrors."""
        status = 400 if isinstance(error, QueryError) else error.status
        return PlainTextResponse(f"{error}\n", status, when_again(error))

    @staticmethod
    def misread(request: Request, error: RequestValidationError) -> Response:
        """See OwnErrors."""
        faults = "; ".join(f"{fault['loc'][-1]}: {fault['msg']}" for fault in error.errors())
        return PlainTextResponse(f"{faults}\n", 400)


router = APIRouter(tags=["loki"], include_in_schema=False, route_class=LokiErrors)


@router.post("/loki/api/v1/push", status_code=204)
@router.post("/api/prom/push", status_code=204)
async def push(request: Request, caller: Ingester) -> Response:
    """Entries of streams; 204 when they are durable. Those outside the window are refused, the others taken."""
    state = request.app.state
    ingest = state.config.ingest
    now_ns = time.time_ns()
    oldest, newest = (now_ns - int(ingest.past_max_s * 1e9), now_ns + int(ingest.future_max_s * 1e9))
    limit = ingest.message_max_bytes
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    coding = request.headers.get("content-encoding", "").strip().lower()
    if media == "application/json":
        body = await bodies.received(request, limit, ingest.memory_max_bytes)
        made = await asyncio.to_thread(loki.from_json, body, oldest, newest)
    elif coding in ("", "snappy", "identity"):
        body = await bodies.raw(request, limit, ingest.memory_max_bytes)
        bodies.hold(request.scope, loki.unpacked_size(body, limit), ingest.memory_max_bytes)
        made = await asyncio.to_thread(loki.from_protobuf, body, limit, oldest, newest)
    else:
        body = await bodies.received(request, limit, ingest.memory_max_bytes)
        made = await asyncio.to_thread(loki.from_protobuf, body, limit, oldest, newest)
    if not made.streams:
        return PlainTextResponse("error at least one valid stream is required for ingestion\n", 422)
    if made.taken:
        receipt = await asyncio.wrap_future(state.intake.submit("logs", made.body, caller.tenant, "protobuf"))
        if receipt.rejected:
            raise InputError(receipt.message)
    if made.refused:
        raise InputError(made.message)
    return Response(status_code=204)


async def _parameters(request: Request) -> dict[str, list[str]]:
    """Of the address, and of a form for POST."""
    pairs = list(request.query_params.multi_items())
    if request.method == "POST" and "form" in request.headers.get("content-type", ""):
        pairs += [(k, v) for k, v in (await request.form()).multi_items() if isinstance(v, str)]
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _one(given: dict[str, list[str]], name: str, default: str = "") -> str:
    return given.get(name, [default])[0]


def _window(given: dict[str, list[str]], default_ns: int = HOUR_NS) -> Window:
    now = time.time_ns()
    end = parse_moment(_one(given, "end"), "end", now) if _one(given, "end") else now
    since = duration_ns(_one(given, "since")) if _one(given, "since") else default_ns
    if since is None or since <= 0:
        raise QueryError(f"could not parse 'since' parameter: {_one(given, 'since')!r} is no duration")
    start = parse_moment(_one(given, "start"), "start", now) if _one(given, "start") else max(0, end - since)
    if end < start:
        raise QueryError("end timestamp must not be before or equal to start time")
    return Window(start, max(end, start + 1))


def _limit(given: dict[str, list[str]], default: int = 100, most: int = engine.ENTRIES_MAX) -> int:
    text = _one(given, "limit") or str(default)
    if not text.isascii() or not text.isdigit() or not int(text[:9]) > 0:
        raise QueryError("limit must be a positive value")
    if int(text[:9]) > most:
        raise QueryError(
            f"max entries limit per query exceeded, limit > max_entries_limit_per_query ({text[:9]} > {most})"
        )
    return int(text)


def _step(given: dict[str, list[str]], within: Window) -> int:
    text = _one(given, "step")
    if not text:
        return max(1, within.length_ns // SECOND_NS // 250) * SECOND_NS
    try:
        found = round(float(text) * 1e9)
    except (ValueError, OverflowError):
        found = duration_ns(text) or 0
    if found <= 0:
        raise QueryError("zero or negative query resolution step widths are not accepted. Try a positive integer")
    return found


def _answer(kind: str, result: Any, limits: Limits, returned: int, flags: list[str] | None = None) -> Response:
    data = {"resultType": kind, "result": result, "stats": engine.stats(limits, returned)}
    if flags:
        data["encodingFlags"] = flags
    return encoded({"status": "success", "data": data})


@router.api_route("/loki/api/v1/query_range", methods=["GET", "POST"])
async def query_range(request: Request, reads: ReadsInTime) -> Response:
    """Lines of a log query, or a matrix."""
    given = await _parameters(request)
    return await asyncio.to_thread(_ranged, given, reads, _categorizes(request))


def _categorizes(request: Request) -> bool:
    return "categorize-labels" in request.headers.get("x-loki-response-encoding-flags", "")


def _ranged(given: dict[str, list[str]], reads: Reader, categorize: bool) -> Response:
    tree, within, limits = parse(_one(given, "query")), _window(given), Limits()
    if isinstance(tree, Log):
        direction = _one(given, "direction", "backward").lower()
        if direction not in ("forward", "backward"):
            raise QueryError(f"invalid direction '{direction[:40]}'")
        found = engine.lines(reads, tree, within, _limit(given), direction == "backward", limits)
        flags = ["categorize-labels"] if categorize else None
        return _answer("streams", engine.as_streams(found, categorize), limits, len(found), flags)
    step = _step(given, within)
    steps = engine.steps_of(within.start_ns, within.end_ns, step)
    made = engine.metric(reads, tree, steps, step, limits)
    return _answer("matrix", engine.as_matrix(made, steps), limits, len(made.labels))


@router.api_route("/loki/api/v1/query", methods=["GET", "POST"])
async def query(request: Request, reads: ReadsInTime) -> Response:
    """A metric query at one moment."""
    given = await _parameters(request)
    return await asyncio.to_thread(_instant, given, reads)


def _instant(given: dict[str, list[str]], reads: Reader) -> Response:
    tree, limits = parse(_one(given, "query")), Limits()
    if isinstance(tree, Log):
        raise QueryError(
            "log queries are not supported as an instant query type, please change your query to a range query type"
        )
    at = parse_moment(_one(given, "time"), "time") if _one(given, "time") else time.time_ns()
    steps = engine.steps_of(at, at, SECOND_NS)
    made = engine.metric(reads, tree, steps, SECOND_NS, limits)
    if made.is_scalar:
        return _answer("scalar", [at / 1e9, engine.number(float(made.values[0, 0]))], limits, 1)
    return _answer("vector", engine.as_vector(made, at), limits, len(made.labels))


def _matchers(given: dict[str, list[str]], name: str = "query") -> tuple[Matcher, ...]:
    text = _one(given, name)
    return parse_selector(text) if text and text != "{}" else ()


def _seen(reads: Reader, given: dict[str, list[str]], matchers: tuple[Matcher, ...]) -> list[dict[str, str]]:
    within = _window(given, LABELS_HOURS * HOUR_NS)
    return streams.seen(reads, matchers, between("time", within), STREAMS_MAX)


@router.api_route("/loki/api/v1/labels", methods=["GET", "POST"])
@router.api_route("/loki/api/v1/label", methods=["GET", "POST"])
async def labels(request: Request, reads: ReadsInTime) -> Response:
    """Names of labels of streams."""
    given = await _parameters(request)
    found = await asyncio.to_thread(_seen, reads, given, _matchers(given))
    return encoded({"status": "success", "data": sorted({name for s in found for name in s})})


@router.api_route("/loki/api/v1/label/{name}/values", methods=["GET", "POST"])
async def label_values(request: Request, reads: ReadsInTime, name: str) -> Response:
    """Values of a label of streams."""
    given = await _parameters(request)
    found = await asyncio.to_thread(_seen, reads, given, _matchers(given))
    return encoded({"status": "success", "data": sorted({s[name] for s in found if name in s})})


@router.api_route("/loki/api/v1/series", methods=["GET", "POST"])
async def series(request: Request, reads: ReadsInTime) -> Response:
    """Label sets of streams that match one of the selectors."""
    given = await _parameters(request)
    selectors = given.get("match[]") or given.get("match") or []
    if len(selectors) > 32:
        raise QueryError("at most 32 selectors in one call")

    def found() -> list[dict[str, str]]:
        distinct: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
        for text in selectors or ["{}"]:
            for s in _seen(reads, given, parse_selector(text)):
                distinct.setdefault(tuple(sorted(s.items())), s)
        return list(distinct.values())

    return encoded({"status": "success", "data": await asyncio.to_thread(found)})


@router.api_route("/loki/api/v1/index/stats", methods=["GET", "POST"])
async def index_stats(request: Request, reads: ReadsInTime) -> Response:
    """Streams, entries and bytes of a selector."""
    given = await _parameters(request)
    return encoded(await asyncio.to_thread(fields.stats, reads, _matchers(given), _window(given)))


@router.api_route("/loki/api/v1/index/volume", methods=["GET", "POST"])
@router.api_route("/loki/api/v1/index/volume_range", methods=["GET", "POST"])
async def volume(request: Request, reads: ReadsInTime) -> Response:
    """Bytes per value of the labels that the selector names, or of `targetLabels`; over time for `volume_range`."""
    given = await _parameters(request)
    matchers = _matchers(given)
    targets = [t for t in _one(given, "targetLabels").split(",") if t] or sorted({m.name for m in matchers})
    is_range = request.url.path.endswith("_range")

    def found() -> Response:
        within, limits = _window(given), Limits()
        step = _step(given, within) if is_range else within.length_ns
        steps = engine.steps_of(within.start_ns, within.end_ns, step)[1:] if is_range else None
        made, at = fields.volume(reads, matchers, targets, within, step, steps, limits, _limit(given))
        if is_range:
            return _answer("matrix", engine.as_matrix(made, at), limits, len(made.labels))
        return _answer("vector", engine.as_vector(made, within.end_ns), limits, len(made.labels))

    return await asyncio.to_thread(found)


@router.api_route("/loki/api/v1/detected_labels", methods=["GET", "POST"])
async def detected_labels(request: Request, reads: ReadsInTime) -> Response:
    """Labels of streams with how many values each has."""
    given = await _parameters(request)
    found = await asyncio.to_thread(_seen, reads, given, _matchers(given))
    values: dict[str, set[str]] = {}
    for s in found:
        for name, value in s.items():
            values.setdefault(name, set()).add(value)
    return encoded({"detectedLabels": [{"label": n, "cardinality": len(v)} for n, v in sorted(values.items())]})


@router.api_route("/loki/api/v1/detected_fields", methods=["GET", "POST"])
@router.api_route("/loki/api/v1/detected_field/{name}/values", methods=["GET", "POST"])
@router.api_route("/loki/api/v1/detected_fields/{name}/values", methods=["GET", "POST"])
async def detected_fields(request: Request, reads: ReadsInTime, name: str = "") -> Response:
    """Fields that lines and metadata have, by a look at the newest lines."""
    given = await _parameters(request)
    tree = parse(_one(given, "query"))
    if not isinstance(tree, Log):
        raise QueryError("only log selector is supported")
    limit = _limit({"limit": given.get("line_limit", given.get("limit", ["1000"]))})
    found = await asyncio.to_thread(fields.detected, reads, tree, _window(given), limit, Limits())
    if name:
        values = sorted(found[name].values)[:limit] if name in found else []
        return encoded({"values": values, "limit": limit})
    return encoded({"fields": [f.json(n) for n, f in sorted(found.items())], "limit": limit})


@router.api_route("/loki/api/v1/patterns", methods=["GET", "POST"])
async def patterns(request: Request, reads: ReadsInTime) -> Response:
    """Templates of the lines of a selector, over time."""
    given = await _parameters(request)
    within = _window(given)
    step = max(_step(given, within), SECOND_NS)
    found = await asyncio.to_thread(fields.patterns, reads, _matchers(given), within, step)
    return encoded({"status": "success", "data": found})


@router.api_route("/loki/api/v1/format_query", methods=["GET", "POST"])
async def format_query(request: Request, _reads: Reads) -> Response:
    """Whether a query can be read; its text is given back as it is."""
    text = _one(await _parameters(request), "query")
    parse(text)
    return encoded({"status": "success", "data": text.strip()})


@router.get("/loki/api/v1/status/buildinfo")
async def buildinfo(_reads: Reads) -> Response:
    """What Grafana asks to know the version."""
    return encoded(
        {"version": "3.4.0", "revision": __version__, "branch": "", "buildUser": "", "buildDate": "", "goVersion": ""}
    )


@router.websocket("/loki/api/v1/tail")
async def tail(socket: WebSocket) -> None:
    """New lines as they become visible, over a WebSocket."""
    state = socket.app.state
    given: dict[str, list[str]] = {}
    for name, value in socket.query_params.multi_items():
        given.setdefault(name, []).append(value)
    try:
        caller = await principal_beside(socket)
        if not caller.role.allows(Role.VIEWER):
            raise InputError(f"tailing needs the role viewer, and {caller.label} has {caller.role}")
        tree = parse(_one(given, "query"))
        if not isinstance(tree, Log):
            raise QueryError("only log selector is supported for tailing")
        limit = _limit(given)
        if _tails.get(caller.tenant, 0) >= TAILS_MAX:
            raise QueryError(
                f"max concurrent tail requests limit exceeded, count > limit ({TAILS_MAX + 1} > {TAILS_MAX})"
            )
    except SwarmscopeError as e:
        await socket.accept()
        await socket.close(1008, str(e)[:120])
        return
    await socket.accept()
    reads = Reader(state.store, caller.tenant, state.retention.spans_days)
    _tails[caller.tenant] = _tails.get(caller.tenant, 0) + 1
    try:
        await _follow(socket, lambda: reads.in_time(state.config.storage.query_timeout_s), tree, limit)
    except (WebSocketDisconnect, WebSocketDisconnected):
        pass
    except SwarmscopeError as e:
        with suppress(RuntimeError):
            await socket.close(1011, str(e)[:120])
    finally:
        _tails[caller.tenant] -= 1


async def _follow(socket: WebSocket, reads: Callable[[], Reader], tree: Log, limit: int) -> None:
    """reads: anew for each turn, which has a deadline of its own."""
    cursor = await asyncio.to_thread(lambda: follow.begin(reads()))
    gone = asyncio.create_task(_until_gone(socket))
    try:
        while not gone.done():
            found, dropped, cursor = await asyncio.to_thread(follow.since, reads(), tree, cursor, limit)
            if found:
                lost = [{"timestamp": str(t), "labels": la} for t, la in dropped]
                await socket.send_json({"streams": engine.as_streams(found, False), "dropped_entries": lost})
            await asyncio.wait([gone], timeout=TAIL_POLL_S)
    finally:
        gone.cancel()


async def _until_gone(socket: WebSocket) -> None:
    with suppress(WebSocketDisconnect, WebSocketDisconnected, RuntimeError):
        while True:
            await socket.receive_text()

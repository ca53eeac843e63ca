"""Prometheus' HTTP API for queries and metadata, at `/api/v1/…` and `/prometheus/api/v1/…`.

Source: Prometheus, "HTTP API" (3.x). Answers and errors have Prometheus' own shapes; a query ends when its client goes away.
"""

from __future__ import annotations

import asyncio
import contextvars
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import orjson
from fastapi import APIRouter, Request, Response

from swarmscope.errors import OverloadError, QueryError, SwarmscopeError
from swarmscope.model.access import Principal, Role
from swarmscope.query.promql.engine import Engine, Limits, Result, Spent, Token, ranged
from swarmscope.query.promql.errors import PromqlError
from swarmscope.query.promql.lexer import duration_ms
from swarmscope.query.promql.parse import parse, parse_selector
from swarmscope.query.promql.spanmetrics import SpanMetricsSource
from swarmscope.query.promql.store import StoreSource
from swarmscope.query.reader import Reader
from swarmscope.serve import prometheus_json
from swarmscope.serve.auth import allowed, principal_beside
from swarmscope.serve.prometheus_trees import formatted, tree

PREFIXES = ("/api/v1", "/prometheus/api/v1")
MS_NS = 1_000_000
MIN_MS, MAX_MS = -9_000_000_000_000, 9_000_000_000_000  # of a query without start or end
_STATUS = {"bad_data": 400, "execution": 422, "timeout": 503, "canceled": 499, "not_found": 404, "unavailable": 503}
_POLL_S = 0.25
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")

_WHOLE = re.compile(r"[0-9]{1,18}")

router = APIRouter()


class Parameters:
    """Of a call, from the address and from a form; the form wins."""

    def __init__(self, values: Mapping[str, Sequence[str]]) -> None:
        self._values = values

    @classmethod
    async def of(cls, request: Request) -> Parameters:
        """Read them."""
        values: dict[str, list[str]] = {}
        for key, value in request.query_params.multi_items():
            values.setdefault(key, []).append(value)
        if request.method == "POST":
            form = parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
            for key, found in form.items():
                values[key] = found + values.get(key, [])
        return cls(values)

    def text(self, name: str, default: str = "") -> str:
        """The first value."""
        found = self._values.get(name)
        return found[0] if found else default

    def every(self, name: str) -> list[str]:
        """All values."""
        return list(self._values.get(name, ()))

    def time_ms(self, name: str, default: int | None = None) -> int:
        """A moment: Unix seconds or RFC 3339."""
        text = self.text(name)
        if not text:
            if default is None:
                raise _bad(name, f"cannot parse {_quoted('')} to a valid timestamp")
            return default
        if _NUMBER.fullmatch(text):
            return _in_ms(name, text)
        try:
            moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError:
            raise _bad(name, f"cannot parse {_quoted(text)} to a valid timestamp") from None
        return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)

    def duration_ms(self, name: str) -> int:
        """A length: seconds or a duration."""
        text = self.text(name)
        if _NUMBER.fullmatch(text):
            return _in_ms(name, text)
        try:
            return duration_ms(text)
        except ValueError as e:
            raise _bad(name, f"cannot parse {_quoted(text[:100])} to a valid duration: {str(e)[:200]}") from None

    def limit(self) -> int:
        """Of the number of answers; 0: none."""
        text = self.text("limit", "0")
        if not _WHOLE.fullmatch(text):
            raise _bad(
                "limit",
                "limit must be a non-negative number"
                if text.startswith("-")
                else f"{_quoted(text[:100])} is no number",
            )
        return int(text)

    def buckets(self) -> bool:
        """Whether native histograms are told with their buckets, as Prometheus does; our own charts draw none."""
        kind = self.text("histograms", "buckets")
        if kind not in ("buckets", "totals"):
            raise _bad("histograms", f"{_quoted(kind[:100])} is neither buckets nor totals")
        return kind == "buckets"


def _in_ms(name: str, text: str) -> int:
    """Seconds as a number."""
    ms = float(text) * 1000
    if abs(ms) >= 1 << 63:
        raise _bad(name, f"{_quoted(text[:100])} seconds are out of range")
    return round(ms)


def _quoted(text: str) -> str:
    return orjson.dumps(text).decode()


def _bad(name: str, why: str) -> PromqlError:
    return PromqlError(f"invalid parameter {_quoted(name)}: {why}", "bad_data")


def success(data: bytes, result: Result | None = None, warnings: Sequence[str] = ()) -> Response:
    """`data` is JSON."""
    body = b'{"status":"success","data":' + data
    said = [*warnings, *(result.warnings if result else ())]
    if said:
        body += b',"warnings":' + orjson.dumps(said)
    if result and result.infos:
        body += b',"infos":' + orjson.dumps(result.infos)
    return Response(body + b"}", media_type="application/json")


def failure(kind: str, message: str) -> Response:
    """An error in Prometheus' shape."""
    body = orjson.dumps({"status": "error", "errorType": kind, "error": message})
    return Response(body, _STATUS.get(kind, 500), media_type="application/json")


def error_of(error: SwarmscopeError) -> Response:
    """The same for errors of ours."""
    if isinstance(error, PromqlError):
        return failure(error.kind, str(error))
    if isinstance(error, QueryError):
        text = str(error)
        timed_out = "TIMEOUT_EXCEEDED" in text or "Timeout exceeded" in text
        return failure("timeout" if timed_out else "execution", text)
    return failure("unavailable" if error.status == 503 or isinstance(error, OverloadError) else "internal", str(error))


def source_of(request: Request, caller: Principal) -> StoreSource:
    """What a caller's queries read."""
    state = request.app.state
    return SpanMetricsSource(Reader(state.store, caller.tenant, state.retention.spans_days))


def engine_of(request: Request, caller: Principal, parameters: Parameters, token: Token | None = None) -> Engine:
    """An engine with the limits of the install and of the call."""
    longest = request.app.state.config.storage.query_timeout_s
    timeout = min(longest, parameters.duration_ms("timeout") / 1000) if parameters.text("timeout") else longest
    lookback = parameters.duration_ms("lookback_delta") if parameters.text("lookback_delta") else 300_000
    return Engine(source_of(request, caller), Limits(timeout_s=timeout, lookback_ms=lookback), token)


async def canceled_with(request: Request, token: Token, work: Callable[[], Any]) -> Any:
    """The result of `work`, in a thread; its token is canceled when the client goes away."""
    found = asyncio.get_running_loop().run_in_executor(None, contextvars.copy_context().run, work)
    while not found.done():
        await asyncio.wait({found}, timeout=_POLL_S)
        if not found.done() and await request.is_disconnected():
            token.cancel()
    return found.result()


Handler = Callable[[Request, Principal, Parameters], Awaitable[Response]]


def call(*paths: str, methods: Sequence[str] = ("GET", "POST")) -> Callable[[Handler], Handler]:
    """Serve a handler below every prefix, errors in Prometheus' shape."""

    def declare(handler: Handler) -> Handler:
        async def answer(request: Request) -> Response:
            caller = allowed(await principal_beside(request), Role.VIEWER)
            try:
                return await handler(request, caller, await Parameters.of(request))
            except SwarmscopeError as error:
                return error_of(error)

        answer.__name__ = handler.__name__
        for prefix in PREFIXES:
            for path in paths:  # not FastAPI's: to find out what a handler depends on costs more than a small query
                router.add_route(prefix + path, answer, list(methods), include_in_schema=False)
        return handler

    return declare


def _query_of(parameters: Parameters, over_time: bool = False) -> str:
    query = parameters.text("query")
    try:
        tree = parse(query)
        if over_time:
            ranged(query, tree)
    except PromqlError as e:
        raise PromqlError(f'invalid parameter "query": {e}', "bad_data", e.position) from e
    return query


@call("/query")
async def instant(request: Request, caller: Principal, parameters: Parameters) -> Response:
    """The value of an expression at a moment."""
    limit, buckets, stats = parameters.limit(), parameters.buckets(), bool(parameters.text("stats"))
    at_ms = parameters.time_ms("time", time.time_ns() // MS_NS)
    query = _query_of(parameters)
    token = Token()
    engine = engine_of(request, caller, parameters, token)

    def work() -> Response:
        return _answered(engine.instant(query, at_ms * MS_NS), limit, buckets, stats)

    answer: Response = await canceled_with(request, token, work)
    return answer


@call("/query_range")
async def over_time(request: Request, caller: Principal, parameters: Parameters) -> Response:
    """The value of an expression at every step."""
    limit, buckets, stats = parameters.limit(), parameters.buckets(), bool(parameters.text("stats"))
    start, end = parameters.time_ms("start"), parameters.time_ms("end")
    if end < start:
        raise _bad("end", "end timestamp must not be before start time")
    step = parameters.duration_ms("step")
    if step <= 0:
        raise _bad("step", "zero or negative query resolution step widths are not accepted. Try a positive integer")
    if (end - start) // step > 11_000:
        raise PromqlError(
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
            "bad_data",
        )
    query = _query_of(parameters, over_time=True)
    token = Token()
    engine = engine_of(request, caller, parameters, token)

    def work() -> Response:
        return _answered(engine.range(query, start * MS_NS, end * MS_NS, step * MS_NS), limit, buckets, stats)

    answer: Response = await canceled_with(request, token, work)
    return answer


def _answered(result: Result, limit: int, buckets: bool, stats: bool) -> Response:
    warnings = []
    if limit and len(result.labels) > limit and result.type in ("vector", "matrix"):
        kept = result.series < limit
        result.labels, result.series, result.times_ms = (
            result.labels[:limit],
            result.series[kept],
            result.times_ms[kept],
        )
        result.values = result.values[kept]
        result.histograms = None if result.histograms is None else result.histograms[kept]
        warnings = ["results truncated due to limit"]
    data = prometheus_json.encoded(result, buckets)
    if stats and result.spent is not None:
        data = data[:-1] + b',"stats":' + orjson.dumps(_stats(result.spent)) + b"}"
    return success(data, result, warnings)


def _stats(spent: Spent) -> dict[str, dict[str, float]]:
    """As Prometheus tells what a query took; nothing waits in a queue here."""
    inner = spent.prepare_s + spent.eval_s
    return {
        "timings": {
            "evalTotalTime": inner + spent.sort_s,
            "resultSortTime": spent.sort_s,
            "queryPreparationTime": spent.prepare_s,
            "innerEvalTime": spent.eval_s,
            "execQueueTime": 0.0,
            "execTotalTime": inner + spent.sort_s,
        },
        "samples": {"totalQueryableSamples": spent.read, "peakSamples": spent.held},
    }


def _span(parameters: Parameters) -> tuple[int, int]:
    start, end = parameters.time_ms("start", MIN_MS), parameters.time_ms("end", MAX_MS)
    if end < start:
        raise _bad("end", "end timestamp must not be before start time")
    return start * MS_NS, end * MS_NS


def _selectors(parameters: Parameters) -> list[str]:
    matchers = parameters.every("match[]")
    for text in matchers:
        try:
            parse_selector(text)
        except PromqlError as e:
            raise PromqlError(f'invalid parameter "match[]": {e}', "bad_data", e.position) from e
    return matchers


def _listed(found: list[Any], limit: int) -> Response:
    cut = bool(limit) and len(found) > limit
    return success(
        orjson.dumps(found[:limit] if cut else found), warnings=["results truncated due to limit"] if cut else []
    )


@call("/series")
async def series(request: Request, caller: Principal, parameters: Parameters) -> Response:
    """Label sets of matching series."""
    limit, (start, end), matchers = parameters.limit(), _span(parameters), _selectors(parameters)
    if not matchers:
        raise PromqlError("no match[] parameter provided", "bad_data")
    engine = engine_of(request, caller, parameters)
    return _listed(await asyncio.to_thread(engine.series, matchers, start, end), limit)


@call("/labels")
async def labels(request: Request, caller: Principal, parameters: Parameters) -> Response:
    """Names of labels."""
    limit, (start, end), matchers = parameters.limit(), _span(parameters), _selectors(parameters)
    engine = engine_of(request, caller, parameters)
    return _listed(await asyncio.to_thread(engine.label_names, matchers, start, end), limit)


@call("/label/{name:path}/values", methods=("GET",))
async def values(request: Request, caller: Principal, parameters: Parameters) -> Response:
    """Values of a label."""
    name: str = request.path_params["name"]
    if name.startswith("U__"):
        name = re.sub(r"_([0-9a-fA-F]+)_", lambda m: chr(int(m[1], 16)), name[3:]).replace("__", "_")
    if not name:
        raise PromqlError('invalid label name: ""', "bad_data")
    limit, (start, end), matchers = parameters.limit(), _span(parameters), _selectors(parameters)
    engine = engine_of(request, caller, parameters)
    return _listed(await asyncio.to_thread(engine.label_values, name, matchers, start, end), limit)


@call("/metadata", methods=("GET",))
async def metadata(request: Request, caller: Principal, parameters: Parameters) -> Response:
    """Type, unit and help of metrics."""
    engine = engine_of(request, caller, parameters)
    text = parameters.text("limit", "-1")
    if not re.fullmatch(r"-?\d+", text):
        raise PromqlError("limit must be a number", "bad_data")
    found = await asyncio.to_thread(engine.metadata, parameters.text("metric") or None, int(text))
    per_metric = parameters.text("limit_per_metric", "-1")
    if re.fullmatch(r"\d+", per_metric) and int(per_metric):
        found = {name: rows[: int(per_metric)] for name, rows in found.items()}
    return success(orjson.dumps(found))


@call("/query_exemplars")
async def exemplars(request: Request, caller: Principal, parameters: Parameters) -> Response:
    """Exemplars of the series of a query."""
    start, end = _span(parameters)
    query = _query_of(parameters)
    engine = engine_of(request, caller, parameters)
    found = await asyncio.to_thread(engine.exemplars, query, start, end)
    for row in found:
        for exemplar in row["exemplars"]:
            exemplar["value"] = _text(exemplar["value"])
            exemplar["timestamp"] = exemplar["timestamp"] / 1000
    return success(orjson.dumps(found))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else prometheus_json.number(float(value))


@call("/format_query")
async def format_query(_request: Request, _caller: Principal, parameters: Parameters) -> Response:
    """A query written anew."""
    query = _query_of(parameters)
    return success(orjson.dumps(formatted(query)))


@call("/parse_query")
async def parse_query(_request: Request, _caller: Principal, parameters: Parameters) -> Response:
    """The tree of a query."""
    return success(orjson.dumps(tree(parse(_query_of(parameters)))))

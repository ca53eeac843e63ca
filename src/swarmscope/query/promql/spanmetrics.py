"""Metrics that are made of spans when they are asked for: Tempo's span metrics and service graph, for PromQL.

Names and labels are those of Tempo's metrics-generator, so that Grafana's service map and dashboards for it work. Nothing is
stored twice: the counters are sums over spans and edges, counted from the begin of the time that a query reads; `rate` and
`increase` are what they would be over stored counters.
Source: Grafana Tempo, "Span metrics", "Service graphs".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from swarmscope.query.promql.errors import PromqlError
from swarmscope.query.promql.labels import Labels, Mask
from swarmscope.query.promql.nodes import Matcher
from swarmscope.query.promql.source import Selection, Window
from swarmscope.query.promql.store import StoreSource
from swarmscope.query.promql.values import F64, I64, Samples
from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.times import Window as Time

SPANS, GRAPH = "traces_spanmetrics_", "traces_service_graph_request_"
BOUNDS_S = tuple(0.002 * 2**i for i in range(14))
STEP_MS, MINUTE_MS = 15_000, 60_000
VALUES_MAX = 5_000_000
ROWS_MAX = 1_000_000
_LABELS = """toString(service) AS service, toString(name) AS span_name, concat('SPAN_KIND_',
    ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'][least(kind, 5) + 1]) AS span_kind,
    concat('STATUS_CODE_', ['UNSET', 'OK', 'ERROR'][least(status_code, 2) + 1]) AS status_code_text"""
_OF_SPANS = {
    "calls_total": "toFloat64(count())",
    "latency_count": "toFloat64(count())",
    "latency_sum": "sum(duration_ns) / 1e9",
    "latency_bucket": f"""sumForEach(arrayMap(b -> toFloat64(duration_ns <= b),
        arrayConcat({[round(b * 1e9) for b in BOUNDS_S]}, [18446744073709551615])))""",
}
_OF_EDGES = {
    "total": "toFloat64(sum(e.calls))",
    "failed_total": "toFloat64(sum(e.errors))",
    "server_seconds_sum": "sum(e.duration_sum_ns) / 1e9",
    "server_seconds_count": "toFloat64(sum(e.calls))",
}
METRICS = frozenset({*(SPANS + name for name in _OF_SPANS), *(GRAPH + name for name in _OF_EDGES)})


@dataclass(slots=True)
class Derived:
    """Counters over common times: (series, times)."""

    times: I64
    values: F64


class SpanMetricsSource(StoreSource):
    """A Source that also knows the metrics of spans, by their exact names."""

    def __init__(self, reads: Reader) -> None:
        super().__init__(reads)
        self._spans_of = reads

    def select(self, matchers: Sequence[Matcher], start_ms: int, end_ms: int) -> Selection:
        """See Source. Series of both kinds are never mixed: a metric of spans is named by `=`."""
        name = next((m.value for m in matchers if m.name == "__name__" and m.op == "="), "")
        if name not in METRICS:
            return super().select(matchers, start_ms, end_ms)
        rows = _rows(self._spans_of, name, start_ms, end_ms)
        step = MINUTE_MS if name.startswith(GRAPH) else STEP_MS
        return _counters(name, rows, [m for m in matchers if m.name != "__name__"], step, start_ms, end_ms)

    def samples(self, selection: Selection, start_ms: int, end_ms: int) -> Samples:
        """See Source."""
        of = selection.handle
        if not isinstance(of, Derived):
            return super().samples(selection, start_ms, end_ms)
        kept = (of.times >= start_ms) & (of.times <= end_ms)
        count, times = len(of.values), of.times[kept]
        offsets = np.arange(count + 1, dtype=np.int64) * len(times)
        return Samples(offsets, np.tile(times, count), of.values[:, kept].ravel())

    def gridded(self, selection: Selection, window: Window) -> tuple[F64, Mask] | None:
        """See Source."""
        return None if isinstance(selection.handle, Derived) else super().gridded(selection, window)


def _rows(reads: Reader, name: str, start_ms: int, end_ms: int) -> list[dict[str, Any]]:
    """Labels, the end of an interval, and what was counted in it."""
    within = Time(max(0, start_ms) * 1_000_000, (end_ms + 1) * 1_000_000)
    if name.startswith(GRAPH):
        sql = (
            "SELECT source AS client, target AS server, toInt64(toUnixTimestamp(minute)) * 1000 + 60000 AS t, "
            f"{_OF_EDGES[name.removeprefix(GRAPH)]} AS v FROM $edges AS e WHERE layer = 'service' AND source != '' "
            f"AND target != '' AND minute >= toDateTime({start_ms // 1000:d}, 'UTC') "
            f"AND minute <= toDateTime({end_ms // 1000:d}, 'UTC') GROUP BY client, server, t LIMIT {ROWS_MAX + 1}"
        )
    else:
        sql = (
            f"SELECT {_LABELS}, (intDiv(toUnixTimestamp64Milli(start_time), {STEP_MS}) + 1) * {STEP_MS} AS t, "
            f"{_OF_SPANS[name.removeprefix(SPANS)]} AS v FROM {reads.spans(within)} "
            f"WHERE {between('start_time', within)} "
            f"GROUP BY service, span_name, span_kind, status_code_text, t LIMIT {ROWS_MAX + 1}"
        )
    rows = reads.rows(sql)
    if len(rows) > ROWS_MAX:
        raise PromqlError(f"{name} would have more than {ROWS_MAX} values; ask for less time", "execution")
    return rows


def _counters(
    name: str, rows: list[dict[str, Any]], matchers: list[Matcher], step_ms: int, start_ms: int, end_ms: int
) -> Selection:
    bounds = [*map(_bound, BOUNDS_S), "+Inf"] if name.endswith("latency_bucket") else [""]
    places: dict[tuple[str, ...], int] = {}
    names = (
        ("client", "server") if name.startswith(GRAPH) else ("service", "span_name", "span_kind", "status_code_text")
    )
    for r in rows:
        places.setdefault(tuple(r[n] for n in names), len(places))
    first = start_ms // step_ms * step_ms
    times = np.arange(first, end_ms + step_ms + 1, step_ms, dtype=np.int64)
    width = len(bounds)
    if len(places) * width * len(times) > VALUES_MAX:
        raise PromqlError(f"{name} has {len(places)} series over {len(times)} times; ask for less", "execution")
    values = np.zeros((len(places), width, len(times)))
    for r in rows:
        at = (r["t"] - first) // step_ms
        if 0 <= at < len(times):
            values[places[tuple(r[n] for n in names)], :, at] += r["v"]
    counters = values.cumsum(axis=2).reshape(len(places) * width, len(times))
    shown = [n.removesuffix("_text") for n in names]
    sets = [
        dict(zip(shown, key, strict=True)) | {"__name__": name} | ({"le": bound} if bound else {})
        for key in places
        for bound in bounds
    ]
    kept = np.array([_meets(labels, matchers) for labels in sets], bool)
    labels = Labels.of([s for s, keep in zip(sets, kept, strict=True) if keep])
    return Selection(labels, Derived(times, counters[kept] if len(kept) else counters))


def _bound(seconds: float) -> str:
    return f"{seconds:.3f}".rstrip("0").rstrip(".")


def _meets(labels: dict[str, str], matchers: list[Matcher]) -> bool:
    return all(_meets_one(labels.get(m.name, ""), m) for m in matchers)


def _meets_one(value: str, matcher: Matcher) -> bool:
    if matcher.op in ("=", "!="):
        return (value == matcher.value) is (matcher.op == "=")
    try:
        found = pc.match_substring_regex(pa.array([value]), f"^(?s:{matcher.value})$")[0].as_py()
    except pa.ArrowInvalid as e:
        raise PromqlError(f"{matcher.value[:100]!r} is no regular expression: {e}", "bad_data") from e
    return bool(found) is (matcher.op == "=~")

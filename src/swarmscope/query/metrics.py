"""Metrics that agents report: names, series, samples. (PromQL has a module of its own.)"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.errors import NotFoundError, QueryError
from swarmscope.query.latency import times_ms
from swarmscope.query.reader import Reader
from swarmscope.query.search import between, decode, encode
from swarmscope.query.text import Params
from swarmscope.query.times import DAY_NS, SECOND_NS, Window, moment, parse_duration

F64 = NDArray[np.float64]
RAW_DAYS = 7
HOURLY_DAYS = 30
SAMPLES_MAX = 500_000
BUCKETS_MAX = 11_000
SERIES_MAX = 1000
_ID = re.compile(r"[0-9a-f]{32}")
_ROW = (
    "lower(hex(series_id)) AS id, metric, kind, unit, temporality, agent, labels, "
    "toUnixTimestamp64Nano(received_at) AS received_ns"
)
_ONCE = "ORDER BY received_at DESC LIMIT 1 BY series_id"


def names(reads: Reader, q: str, limit: int) -> dict[str, Any]:
    """The metrics that agents report in the shape of `MetricNames`. q: part of the name."""
    rows = reads.rows(
        "SELECT metric, any(kind) AS a_kind, any(unit) AS a_unit, any(description) AS about, uniqExact(series_id) AS series, "
        "uniqExactIf(agent, agent != '') AS agents FROM $series "
        "WHERE positionCaseInsensitiveUTF8(metric, {q:String}) > 0 OR {q:String} = '' "
        f"GROUP BY metric ORDER BY metric LIMIT {limit:d}",
        {"q": q},
    )
    items = [
        {
            "metric": r["metric"],
            "kind": r["a_kind"],
            "unit": r["a_unit"],
            "description": r["about"],
            "series": r["series"],
            "agents": r["agents"],
        }
        for r in rows
    ]
    return {"items": items}


def series(reads: Reader, metric: str, agent: str, labels: Sequence[str], limit: int, cursor: str) -> dict[str, Any]:
    """A page of series in the shape of `SeriesList`, by metric and id."""
    params = Params()
    where = ["1"]
    if metric:
        where.append(f"metric = {params.bind(metric, 'String')}")
    if agent:
        where.append(f"agent = {params.bind(agent, 'String')}")
    for label in labels[:32]:
        key, found, value = label.partition("=")
        if not found:
            raise QueryError(f"label={label!r} is not of the form key=value")
        where.append(f"labels[{params.bind(key, 'String')}] = {params.bind(value, 'String')}")
    if cursor:
        name, last = (params.bind(str(part), "String") for part in decode(cursor, 2))
        where.append(f"(metric, lower(hex(series_id))) > ({name}, {last})")
    rows = reads.rows(
        f"SELECT * FROM (SELECT {_ROW} FROM $series WHERE {' AND '.join(where)} {_ONCE}) "
        f"ORDER BY metric, id LIMIT {limit + 1:d}",
        params.values,
    )
    shown = rows[:limit]
    following = encode([shown[-1]["metric"], shown[-1]["id"]]) if len(rows) > limit else None
    return {"items": [series_row(r) for r in shown], "next": following}


def rows_of(reads: Reader, metric: str, agent: str, limit: int) -> list[dict[str, Any]]:
    """The series of a metric of an agent, in the shape of `SeriesRow`."""
    rows = reads.rows(
        f"SELECT * FROM (SELECT {_ROW} FROM $series WHERE metric = {{metric:String}} AND agent = {{agent:String}} {_ONCE}) "
        f"ORDER BY id LIMIT {limit:d}",
        {"metric": metric, "agent": agent},
    )
    return [series_row(r) for r in rows]


def series_row(r: dict[str, Any]) -> dict[str, Any]:
    """In the shape of `SeriesRow`."""
    return {
        "series_id": r["id"],
        "metric": r["metric"],
        "kind": r["kind"],
        "unit": r["unit"],
        "temporality": r["temporality"],
        "agent": r["agent"],
        "labels": dict(r["labels"]),
        "last_seen": moment(r["received_ns"]),
    }


def unit_of(row: dict[str, Any]) -> str:
    """The unit of what `binned` gives: counters become rates."""
    return f"{row['unit'] or '1'}/s" if row["kind"] == "counter" else str(row["unit"])


def ranges(reads: Reader, ids: Sequence[str], within: Window, step: str | None, limit: int) -> dict[str, Any]:
    """The samples of series in the shape of `Ranges`. step: one value per step (counters: per second), else raw."""
    wanted = [i.lower() for i in ids]
    for text in wanted:
        if not _ID.fullmatch(text):
            raise QueryError(f"series_id={text!r} is not 32 hex digits; GET /api/v1/metrics/series lists them")
    known = {
        r["id"]: series_row(r)
        for r in reads.rows(
            f"SELECT {_ROW} FROM $series WHERE lower(hex(series_id)) IN {{ids:Array(String)}} {_ONCE}", {"ids": wanted}
        )
    }
    missing = [i for i in wanted if i not in known]
    if missing:
        raise NotFoundError(f"series {missing[0]} is not known; GET /api/v1/metrics/series lists those that are")
    return {"items": [_range(reads, known[i], within, step, limit) for i in wanted]}


def _range(reads: Reader, row: dict[str, Any], within: Window, step: str | None, limit: int) -> dict[str, Any]:
    out: dict[str, Any] = {"series": row, "window": within.json()}
    if step is None:
        times, values = samples(reads, row, within, limit + 1)
        kept = [float(v) if np.isfinite(v) else None for v in values[:limit]]
        return out | {
            "step_ms": None,
            "times_ms": times[:limit] // 1_000_000,
            "values": kept,
            "truncated": len(times) > limit,
        }
    step_ns = within.step_ns(min(limit, BUCKETS_MAX), parse_duration(step, "step"))
    first = within.start_ns // step_ns
    count = -(-within.end_ns // step_ns) - first
    values = binned(reads, row, within, first, count, step_ns)
    return out | {
        "step_ms": step_ns // 1_000_000,
        "times_ms": times_ms(first, count, step_ns),
        "values": [float(v) if np.isfinite(v) else None for v in values],
        "truncated": False,
    }


def samples(
    reads: Reader, row: dict[str, Any], within: Window, limit: int = SAMPLES_MAX
) -> tuple[NDArray[np.int64], F64]:
    """Times (ns) and values of a series: raw, or hourly or daily means where raw ones have expired.

    A histogram's value is the mean of what one report added.
    """
    age = time.time_ns() - within.start_ns
    params = {"id": row["series_id"]}
    where = "series_id = toFixedString(unhex({id:String}), 16)"
    if "histogram" in row["kind"] or row["kind"] == "summary":
        rows = reads.query(
            f"SELECT toUnixTimestamp64Nano(time) AS at, sum, count FROM $histograms WHERE {where} "
            f"AND {between('time', within)} ORDER BY time LIMIT {limit:d}",
            params,
        )
        return _means(rows["at"].to_numpy(), rows["sum"].to_numpy(), rows["count"].to_numpy().astype(float), row)
    if age <= RAW_DAYS * DAY_NS:
        sql = (
            f"SELECT toUnixTimestamp64Nano(time) AS at, value FROM $samples WHERE {where} AND {between('time', within)}"
        )
    else:
        table = "samples_1h" if age <= HOURLY_DAYS * DAY_NS else "samples_1d"
        value = "last" if row["kind"] == "counter" else "sum / count"
        sql = (
            f"SELECT toInt64(toUnixTimestamp(bucket)) * {SECOND_NS} AS at, argMax({value}, revision) AS value "
            f"FROM ${table} WHERE {where} AND bucket >= toDateTime({within.start_ns // SECOND_NS:d}, 'UTC') "
            f"AND bucket < toDateTime({within.end_ns // SECOND_NS:d}, 'UTC') GROUP BY at"
        )
    rows = reads.query(f"{sql} ORDER BY at LIMIT {limit:d}", params)
    return rows["at"].to_numpy(), rows["value"].to_numpy()


def _means(at: NDArray[np.int64], total: F64, count: F64, row: dict[str, Any]) -> tuple[NDArray[np.int64], F64]:
    """Mean of what each report of a histogram added; a cumulative one that fell has started anew."""
    if row["temporality"] != "delta":
        total, count = growth(total), growth(count)
        at = at[1:]
    return at, np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)


def growth(values: F64) -> F64:
    """What a cumulative counter grew from sample to sample; one that fell has started anew from zero."""
    steps = np.diff(values)
    grown: F64 = np.where(steps < 0, values[1:], steps)
    return grown


def binned(reads: Reader, row: dict[str, Any], within: Window, first: int, count: int, step_ns: int) -> F64:
    """One value per bucket, NaN without samples: the mean of gauges, the rate per second of counters."""
    margin = step_ns if row["kind"] == "counter" and row["temporality"] != "delta" else 0
    at, values = samples(reads, row, Window(max(0, within.start_ns - margin), within.end_ns))
    known = np.isfinite(values)
    at, values = at[known], values[known]
    if row["kind"] == "counter":
        if row["temporality"] != "delta":
            values, at = growth(values), at[1:]
        return _per_bucket(at, values, first, count, step_ns)[0] / (step_ns / SECOND_NS)
    total, n = _per_bucket(at, values, first, count, step_ns)
    mean: F64 = np.divide(total, n, out=np.full(count, np.nan), where=n > 0)
    return mean


def _per_bucket(at: NDArray[np.int64], values: F64, first: int, count: int, step_ns: int) -> tuple[F64, F64]:
    bucket = at // step_ns - first
    inside = (bucket >= 0) & (bucket < count)
    total, n = np.zeros(count), np.zeros(count)
    np.add.at(total, bucket[inside], values[inside])
    np.add.at(n, bucket[inside], 1)
    return np.where(n > 0, total, np.nan), n


def newest(reads: Reader, agent: str, within: Window) -> list[tuple[dict[str, Any], float, int]]:
    """Series of an agent with their newest value and its time; counters as rate per second over their samples."""
    rows = reads.rows(
        f"SELECT * FROM (SELECT {_ROW} FROM $series WHERE agent = {{agent:String}} {_ONCE}) ORDER BY metric, id "
        f"LIMIT {SERIES_MAX}",
        {"agent": agent},
    )
    known = {r["id"]: series_row(r) for r in rows}
    if not known:
        return []
    ids = "series_id IN (SELECT toFixedString(unhex(arrayJoin({ids:Array(String)})), 16))"
    found = reads.rows(
        "SELECT lower(hex(series_id)) AS id, argMax(value, time) AS last, argMin(value, time) AS early, "
        "toUnixTimestamp64Nano(max(time)) AS last_ns, toUnixTimestamp64Nano(min(time)) AS early_ns "
        f"FROM $samples WHERE {ids} AND {between('time', within)} GROUP BY series_id",
        {"ids": list(known)},
    )
    out = []
    for r in found:
        row, value = known[r["id"]], r["last"]
        if row["kind"] == "counter":
            seconds = (r["last_ns"] - r["early_ns"]) / SECOND_NS
            value = (r["last"] - r["early"]) / seconds if seconds and r["last"] >= r["early"] else float("nan")
        out.append((row, float(value), r["last_ns"]))
    return sorted(out, key=lambda item: (item[0]["metric"], item[0]["series_id"]))

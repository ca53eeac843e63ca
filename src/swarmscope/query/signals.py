"""Numeric series of one agent: those made from its spans, and the metrics it reports."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.errors import NotFoundError, QueryError
from swarmscope.query import metrics
from swarmscope.query.latency import times_ms
from swarmscope.query.reader import Reader
from swarmscope.query.times import HOUR_NS, MINUTE_NS, SECOND_NS, Window, moment, parse_duration
from swarmscope.query.watch import quantiles_of

F64 = NDArray[np.float64]
ROLLUP_S = 10
SIGNALS_MAX = 50
SERIES_MAX = 50  # of one metric
STEADY_SHARE = 0.1  # a fitted change below this share of the mean is no trend
NEWEST_NS = 15 * MINUTE_NS


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A signal made from the rollup of spans: columns are sums per bucket, seconds is the width of a bucket."""

    unit: str
    make: Callable[[dict[str, F64], float], F64]


def _rate(column: str) -> Callable[[dict[str, F64], float], F64]:
    return lambda c, seconds: c[column] / seconds


def _ratio(above: str, below: str, scale: float = 1.0) -> Callable[[dict[str, F64], float], F64]:
    return lambda c, _: np.divide(c[above] * scale, c[below], out=np.full(len(c[above]), np.nan), where=c[below] > 0)


def _latency(column: str) -> Callable[[dict[str, F64], float], F64]:
    return lambda c, _: np.where(c["spans"] > 0, c[column] / 1e6, np.nan)


BUILT_IN: dict[str, BuiltIn] = {
    "spans": BuiltIn("1/s", _rate("spans")),
    "errors": BuiltIn("1/s", _rate("errors")),
    "error_ratio": BuiltIn("1", _ratio("errors", "spans")),
    "latency_mean": BuiltIn("ms", _ratio("duration_sum_ns", "spans", 1e-6)),
    "latency_p50": BuiltIn("ms", _latency("p50")),
    "latency_p95": BuiltIn("ms", _latency("p95")),
    "latency_p99": BuiltIn("ms", _latency("p99")),
    "latency_max": BuiltIn("ms", _latency("duration_max_ns")),
    "ttft": BuiltIn("ms", _ratio("ttft_sum_ns", "ttft_count", 1e-6)),
    "llm_calls": BuiltIn("1/s", _rate("llm_calls")),
    "llm_errors": BuiltIn("1/s", _rate("llm_errors")),
    "tool_calls": BuiltIn("1/s", _rate("tool_calls")),
    "tool_errors": BuiltIn("1/s", _rate("tool_errors")),
    "input_tokens": BuiltIn("tokens/s", _rate("input_tokens")),
    "output_tokens": BuiltIn("tokens/s", _rate("output_tokens")),
    "cached_tokens": BuiltIn("tokens/s", _rate("cached_tokens")),
    "reasoning_tokens": BuiltIn("tokens/s", _rate("reasoning_tokens")),
    "cost": BuiltIn("USD/h", lambda c, seconds: c["cost_nano_usd"] / 1e9 / seconds * 3600),
}
_SUMS = (
    "spans", "errors", "llm_calls", "llm_errors", "tool_calls", "tool_errors", "input_tokens", "output_tokens",
    "cached_tokens", "reasoning_tokens", "cost_nano_usd", "duration_sum_ns", "ttft_sum_ns", "ttft_count",
)  # fmt: skip


def trends(
    reads: Reader, agent: str, signals: Sequence[str], within: Window, step: str | None, buckets: int
) -> dict[str, Any]:
    """Signals over time in the shape of `Trends`. signals: built in or metric names; none: the built-in ones."""
    _known(reads, agent)
    names = list(dict.fromkeys(signals)) or list(BUILT_IN)
    if len(names) > SIGNALS_MAX:
        raise QueryError(f"{len(names)} signals asked for; at most {SIGNALS_MAX} at once")
    step_ns = within.step_ns(max(buckets, 2000) if step else buckets, parse_duration(step, "step") if step else None)
    if any(n in BUILT_IN for n in names):
        step_ns = -(-step_ns // (ROLLUP_S * SECOND_NS)) * ROLLUP_S * SECOND_NS
    first = within.start_ns // step_ns
    count = -(-within.end_ns // step_ns) - first
    out = []
    columns = _columns(reads, agent, within, first, count, step_ns) if any(n in BUILT_IN for n in names) else {}
    for name in names:
        if name in BUILT_IN:
            values = BUILT_IN[name].make(columns, step_ns / SECOND_NS)
            out.append(_trend(name, BUILT_IN[name].unit, {}, values, step_ns))
            continue
        for series in metrics.rows_of(reads, name, agent, SERIES_MAX):
            values = metrics.binned(reads, series, within, first, count, step_ns)
            out.append(_trend(name, metrics.unit_of(series), series["labels"], values, step_ns))
    return {
        "agent": agent,
        "window": within.json(),
        "step_ms": step_ns // 1_000_000,
        "times_ms": times_ms(first, count, step_ns),
        "trends": out,
    }


def newest(reads: Reader, agent: str) -> dict[str, Any]:
    """The newest value of every signal in the shape of `Signals`: built in over the last minute, metrics of 15 minutes."""
    _known(reads, agent)
    now_ns = time.time_ns()
    minute = Window(now_ns - MINUTE_NS, now_ns)
    columns = _columns(reads, agent, minute, 0, 1, now_ns + 1)
    out = []
    for name, built_in in BUILT_IN.items():
        value = float(built_in.make(columns, MINUTE_NS / SECOND_NS)[0])
        out.append(_signal(name, built_in.unit, "gauge", value, now_ns, {}))
    for series, value, at_ns in metrics.newest(reads, agent, Window(now_ns - NEWEST_NS, now_ns + MINUTE_NS)):
        out.append(_signal(series["metric"], metrics.unit_of(series), series["kind"], value, at_ns, series["labels"]))
    return {"agent": agent, "signals": out}


def _known(reads: Reader, agent: str) -> None:
    if not reads.query("SELECT 1 FROM $agents WHERE agent = {agent:String} LIMIT 1", {"agent": agent}).num_rows:
        raise NotFoundError(f"agent {agent!r} is not known; GET /api/v1/agents lists those that are")


def _columns(reads: Reader, agent: str, within: Window, first: int, count: int, step_ns: int) -> dict[str, F64]:
    """Sums per bucket from the rollup; a bucket belongs where it begins."""
    rows = reads.query(
        f"SELECT toInt64(intDiv(toUnixTimestamp(bucket) * {SECOND_NS}, {step_ns:d}) - {first:d}) AS at, "
        f"{', '.join(f'sum({c}) AS {c}_sum' for c in _SUMS)}, max(duration_max_ns) AS longest, "
        "sumMap(duration_histogram) AS histogram FROM $agent_10s WHERE agent = {agent:String} "
        f"AND bucket >= toDateTime({within.start_ns // SECOND_NS // ROLLUP_S * ROLLUP_S:d}, 'UTC') "
        f"AND bucket < toDateTime({-(-within.end_ns // SECOND_NS):d}, 'UTC') GROUP BY at ORDER BY at",
        {"agent": agent},
    )
    at = np.clip(rows["at"].to_numpy(), 0, count - 1)
    out = {c: _put(count, at, rows[f"{c}_sum"].to_numpy()) for c in _SUMS}
    out["duration_max_ns"] = _put(count, at, rows["longest"].to_numpy())
    longest = rows["longest"].to_numpy().astype(float)
    found = quantiles_of(rows["histogram"], (0.5, 0.95, 0.99), longest)
    for name, values in zip(("p50", "p95", "p99"), found, strict=True):
        out[name] = _put(count, at, values)
    return out


def _put(count: int, at: NDArray[np.int64], values: NDArray[Any]) -> F64:
    out = np.zeros(count)
    np.add.at(out, at, np.nan_to_num(values.astype(float)))
    return out


def _signal(name: str, unit: str, kind: str, value: float, at_ns: int, labels: dict[str, str]) -> dict[str, Any]:
    known = bool(np.isfinite(value))
    return {
        "signal": name,
        "unit": unit,
        "kind": kind,
        "value": value if known else None,
        "time": moment(at_ns) if known else None,
        "labels": labels,
    }


def _trend(name: str, unit: str, labels: dict[str, str], values: F64, step_ns: int) -> dict[str, Any]:
    known = np.flatnonzero(np.isfinite(values))
    seen = values[known]
    slope, direction = slope_of((known * (step_ns / HOUR_NS)).astype(np.float64), seen)
    return {
        "signal": name,
        "unit": unit,
        "labels": labels,
        "values": [float(v) if np.isfinite(v) else None for v in values],
        "mean": float(seen.mean()) if len(seen) else None,
        "minimum": float(seen.min()) if len(seen) else None,
        "maximum": float(seen.max()) if len(seen) else None,
        "last": float(seen[-1]) if len(seen) else None,
        "slope_per_hour": slope,
        "direction": direction,
    }


def slope_of(hours: F64, values: F64) -> tuple[float | None, str]:
    """Least-squares slope and what it means: a change over the window that is neither small nor within two standard errors."""
    if len(values) < 4:
        return None, "unknown"
    x = hours - hours.mean()
    spread = float(x @ x)
    slope = float(x @ values) / spread
    residual = values - values.mean() - slope * x
    error = float(np.sqrt(residual @ residual / (len(values) - 2) / spread))
    change = slope * float(hours[-1] - hours[0])
    if abs(change) < STEADY_SHARE * float(np.abs(values).mean()) or abs(slope) <= 2 * error or change == 0:
        return slope, "steady"
    return slope, "rising" if slope > 0 else "falling"

"""Functions of instant vectors and scalars."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from swarmscope.query.promql import classic, densebuckets
from swarmscope.query.promql.histogram import Histogram
from swarmscope.query.promql.labels import Labels
from swarmscope.query.promql.nodes import Call
from swarmscope.query.promql.selectors import asked_for
from swarmscope.query.promql.values import F64, Objects, Value, Vector

if TYPE_CHECKING:
    from swarmscope.query.promql.evaluate import Evaluator

Function = Callable[["Evaluator", Call], Value]
DAY_S = 86_400


def each_histogram(vector: Vector, function: Callable[[Histogram], Any]) -> Objects:
    """A function over the histograms of a vector; None elsewhere."""
    assert vector.histograms is not None  # noqa: S101  # asked by the caller
    out = np.full(vector.histograms.shape, None, object)
    for place in zip(*np.nonzero(vector.is_histogram), strict=True):
        out[place] = function(vector.histograms[place])
    return out


def _simple(function: Callable[[F64], F64]) -> Function:
    """A function of each float; histograms go."""

    def run(ev: Evaluator, call: Call) -> Vector:
        vector = ev.vector(call.args[0]).floats_only()
        with np.errstate(all="ignore"):
            return vector.with_values(function(vector.values))

    return run


def _of_histograms(function: Callable[[list[Histogram]], F64 | list[float]]) -> Function:
    """A number from each of many histograms; floats go."""

    def run(ev: Evaluator, call: Call) -> Vector:
        vector = ev.vector(call.args[0])
        present = vector.is_histogram
        values = np.full(vector.values.shape, np.nan)
        if vector.histograms is not None:
            values[present] = function(vector.histograms[present].tolist())
        return Vector.of(vector.labels, values, present, drop=True).pruned()

    return run


def _deviations(found: list[Histogram]) -> F64:
    with np.errstate(all="ignore"):
        return np.sqrt(densebuckets.variances(found))


def _average(h: Histogram) -> float:
    with np.errstate(all="ignore"):
        return float(np.float64(h.sum) / np.float64(h.count))


def _clamp(ev: Evaluator, call: Call) -> Vector:
    vector = ev.vector(call.args[0]).floats_only()
    low = ev.scalar(call.args[1]) if call.name != "clamp_max" else np.full(ev.grid.count, -np.inf)
    high = ev.scalar(call.args[-1]) if call.name != "clamp_min" else np.full(ev.grid.count, np.inf)
    out = vector.with_values(np.maximum(low, np.minimum(high, vector.values)))
    out.present = vector.present & ~(high < low)
    return out.pruned()


def _round(ev: Evaluator, call: Call) -> Vector:
    vector = ev.vector(call.args[0]).floats_only()
    nearest = ev.scalar(call.args[1]) if len(call.args) > 1 else np.ones(ev.grid.count)
    with np.errstate(all="ignore"):
        inverse = 1.0 / nearest
        return vector.with_values(np.floor(vector.values * inverse + 0.5) / inverse)


def _scalar(ev: Evaluator, call: Call) -> F64:
    vector = ev.vector(call.args[0]).floats_only()
    if not vector.labels.size:
        return np.full(ev.grid.count, np.nan)
    only = vector.present.sum(axis=0) == 1
    row = vector.present.argmax(axis=0)
    return np.where(only, vector.values[row, np.arange(ev.grid.count)], np.nan)


def _vector(ev: Evaluator, call: Call) -> Vector:
    values = ev.scalar(call.args[0])[None, :]
    return Vector.of(Labels(1, {}), values, np.ones(values.shape, bool))


def _absent(ev: Evaluator, call: Call) -> Vector:
    vector = ev.vector(call.args[0])
    missing = ~vector.anywhere()[None, :]
    return Vector.of(asked_for(call.args[0]), np.ones(missing.shape), missing).pruned()


def _time(ev: Evaluator, call: Call) -> F64:
    return ev.grid.times / 1000


def _timestamp(ev: Evaluator, call: Call) -> Vector:
    """Of an expression that is no selector: the time of evaluation."""
    vector = ev.vector(call.args[0])
    if call.name == "start_timestamp":
        return Vector.empty(ev.grid.count)
    values = np.broadcast_to(ev.grid.times / 1000, vector.values.shape).copy()
    return Vector.of(vector.labels, values, vector.present, drop=True)


def _extreme(pick: np.ufunc) -> Function:
    def run(ev: Evaluator, call: Call) -> F64:
        out: F64 = pick(ev.scalar(call.args[0]), ev.scalar(call.args[1]))
        return out

    return run


def _date(function: Callable[[F64], F64]) -> Function:
    """A part of the date, of each value or else of the time of evaluation, in UTC."""

    def run(ev: Evaluator, call: Call) -> Vector:
        if not call.args:
            seconds = np.floor(ev.grid.times / 1000)[None, :]
            return Vector.of(Labels(1, {}), function(seconds), np.ones(seconds.shape, bool))
        vector = ev.vector(call.args[0]).floats_only()
        seconds = np.trunc(np.nan_to_num(vector.values, nan=-(2.0**63), posinf=2.0**62, neginf=-(2.0**62)))
        return vector.with_values(function(seconds))

    return run


def _days(seconds: F64) -> F64:
    return np.floor(seconds / DAY_S)


def _civil(seconds: F64) -> tuple[F64, F64, F64]:
    """Year, month and day of the proleptic Gregorian calendar (H. Hinnant, chrono-compatible date algorithms)."""
    days = _days(seconds) + 719_468
    era = np.floor(days / 146_097)
    of_era = days - era * 146_097
    year = np.floor((of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) / 365)
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = np.floor((5 * of_year + 2) / 153)
    day = of_year - np.floor((153 * shifted + 2) / 5) + 1
    month = np.where(shifted < 10, shifted + 3, shifted - 9)
    return year + era * 400 + (month <= 2), month, day


def _leap(year: F64) -> F64:
    leap: F64 = ((year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))).astype(np.float64)
    return leap


_BEFORE = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365])


def _day_of_year(seconds: F64) -> F64:
    year, month, day = _civil(seconds)
    return _BEFORE[month.astype(np.int64) - 1] + day + np.where(month > 2, _leap(year), 0)


def _days_in_month(seconds: F64) -> F64:
    year, month, _ = _civil(seconds)
    m = month.astype(np.int64)
    days: F64 = (_BEFORE[m] - _BEFORE[m - 1]) + np.where(month == 2, _leap(year), 0)
    return days


def _sort(descending: bool) -> Function:
    def run(ev: Evaluator, call: Call) -> Vector:
        vector = ev.vector(call.args[0]).floats_only()
        if not ev.single or vector.labels.size < 2:
            return vector
        values = vector.values[:, 0]
        keys = np.where(np.isnan(values), np.inf, -values if descending else values)
        return vector.take(np.lexsort((keys, np.isnan(values))))

    return run


SIMPLE: dict[str, Callable[[F64], F64]] = {
    "abs": np.abs,
    "acos": np.arccos,
    "acosh": np.arccosh,
    "asin": np.arcsin,
    "asinh": np.arcsinh,
    "atan": np.arctan,
    "atanh": np.arctanh,
    "ceil": np.ceil,
    "cos": np.cos,
    "cosh": np.cosh,
    "deg": lambda v: v * 180 / math.pi,
    "exp": np.exp,
    "floor": np.floor,
    "ln": np.log,
    "log10": np.log10,
    "log2": np.log2,
    "rad": lambda v: v * math.pi / 180,
    "sgn": lambda v: np.where(v < 0, -1.0, np.where(v > 0, 1.0, v)),
    "sin": np.sin,
    "sinh": np.sinh,
    "sqrt": np.sqrt,
    "tan": np.tan,
    "tanh": np.tanh,
}
DATES: dict[str, Callable[[F64], F64]] = {
    "day_of_month": lambda s: _civil(s)[2],
    "day_of_week": lambda s: (_days(s) + 4) % 7,
    "day_of_year": _day_of_year,
    "days_in_month": _days_in_month,
    "hour": lambda s: np.floor(s % DAY_S / 3600),
    "minute": lambda s: np.floor(s % 3600 / 60),
    "month": lambda s: _civil(s)[1],
    "year": lambda s: _civil(s)[0],
}
FUNCTIONS: dict[str, Function] = {
    **{name: _simple(function) for name, function in SIMPLE.items()},
    **{name: _date(function) for name, function in DATES.items()},
    "absent": _absent,
    "clamp": _clamp,
    "clamp_max": _clamp,
    "clamp_min": _clamp,
    "histogram_avg": _of_histograms(lambda found: [_average(h) for h in found]),
    "histogram_count": _of_histograms(lambda found: [h.count for h in found]),
    "histogram_fraction": classic.fraction,
    "histogram_quantile": classic.quantile,
    "histogram_quantiles": classic.quantiles,
    "histogram_stddev": _of_histograms(_deviations),
    "histogram_stdvar": _of_histograms(densebuckets.variances),
    "histogram_sum": _of_histograms(lambda found: [h.sum for h in found]),
    "max_of": _extreme(np.maximum),
    "min_of": _extreme(np.minimum),
    "pi": lambda ev, call: np.full(ev.grid.count, math.pi),
    "round": _round,
    "scalar": _scalar,
    "sort": _sort(False),
    "sort_desc": _sort(True),
    "start_timestamp": _timestamp,
    "time": _time,
    "timestamp": _timestamp,
    "vector": _vector,
}

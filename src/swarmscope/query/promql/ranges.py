"""Series at the steps of a grid, and functions over the ranges before them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from swarmscope.query.promql import dense, extended, mixed, windows
from swarmscope.query.promql.errors import PromqlError
from swarmscope.query.promql.histogram import NOT_RESET, RESET, UNKNOWN, Histogram
from swarmscope.query.promql.labels import NAME, Labels, Mask
from swarmscope.query.promql.nodes import Call, Expr, MatrixSelector, Subquery, VectorSelector
from swarmscope.query.promql.selectors import asked_for, ends_of, load, newest, read, select, shifted
from swarmscope.query.promql.source import Window
from swarmscope.query.promql.values import F64, I64, Grid, Objects, Samples, Vector, is_object, positions

if TYPE_CHECKING:
    from swarmscope.query.promql.evaluate import Evaluator

KEEP_NAME = frozenset({"first_over_time", "last_over_time"})
OF_COUNTERS = frozenset({"rate", "increase"})
OF_GAUGES = frozenset({"delta", "idelta"})
OF_PLACES = KEEP_NAME | {
    "absent_over_time",
    "count_over_time",
    "present_over_time",
    "ts_of_first_over_time",
    "ts_of_last_over_time",
}
"""Functions that ask where samples are, or for one as it is: of histograms as of floats."""
COUNTER_SUFFIXES = ("_total", "_sum", "_count", "_bucket")


def instant(ev: Evaluator, expr: VectorSelector) -> Vector:
    """The newest sample of each series within the lookback, unless the series has ended."""
    if expr.smoothed:
        return extended.smoothed_instant(ev, expr)
    grid = shifted(ev, expr)
    if grid is not None:
        start, end = grid.start_ms - ev.lookback_ms + 1, grid.end_ms
        selection = select(ev, expr, start, end)
        found = ev.source.gridded(selection, Window("last", grid, ev.lookback_ms))
        if found is not None:
            ev.budget.take(found[0].size, read=True)
            return Vector.of(selection.labels, *found).pruned()
        labels, samples = selection.labels, read(ev, expr, selection, start, end)
    else:
        labels, samples = load(ev, expr, ev.lookback_ms)
    at, present = newest(ev, expr, samples)
    ev.budget.take(at.size)
    values = samples.values[at] if len(samples.times) else np.full(at.shape, np.nan)
    histograms = None
    if samples.histograms is not None:
        found_there = samples.histograms[at]
        found_there[~present] = None
        histograms = found_there if is_object(found_there).any() else None
    return Vector(labels, values, present, np.zeros(labels.size, bool), histograms).pruned()


def sample_times(ev: Evaluator, expr: VectorSelector, starts: bool) -> Vector:
    """timestamp() and start_timestamp() of a selector: when its samples were taken, or their counters began."""
    labels, samples = load(ev, expr, ev.lookback_ms)
    at, present = newest(ev, expr, samples)
    times = samples.times
    if starts:
        times = np.zeros_like(samples.times) if samples.starts is None else samples.starts
    values = times[at] / 1000 if len(times) else np.full(at.shape, np.nan)
    return Vector.of(labels, values, present, drop=True).pruned()


@dataclass(slots=True)
class Range:
    """The argument of a range function. ends: per step; low, high: the windows, (series, steps), as places in `samples`."""

    labels: Labels
    samples: Samples
    drop: Mask
    ends: I64
    range_ms: int
    low: I64
    high: I64


def over(ev: Evaluator, expr: MatrixSelector | Subquery) -> Range:
    """The windows of a range expression at all steps."""
    if isinstance(expr, Subquery):
        labels, samples, drop = subquery(ev, expr)
        ends = ends_of(ev, expr)
    else:
        labels, samples = load(ev, expr.selector, expr.range_ms)
        samples = samples.kept(~samples.stale())
        drop = np.zeros(labels.size, bool)
        ends = ends_of(ev, expr.selector)
    high = positions(samples, ends)
    low = positions(samples, ends - expr.range_ms)
    return Range(labels, samples, drop, ends, expr.range_ms, low, high)


def subquery(ev: Evaluator, expr: Subquery) -> tuple[Labels, Samples, Mask]:
    """What a subquery gives, as samples."""
    ends = ends_of(ev, expr)
    step = expr.step_ms or ev.subquery_step_ms
    earliest = int(ends.min()) - expr.range_ms
    start = step * (earliest // step)
    if start <= earliest:
        start += step
    count = (int(ends.max()) - start) // step + 1
    if count < 1:
        return Labels(0, {}), Samples(np.zeros(1, np.int64), np.empty(0, np.int64), np.empty(0)), np.empty(0, bool)
    ev.budget.take(count)
    inner = ev.over(Grid(start, step, count), single=count == 1)
    vector = inner.vector(expr.expr).pruned()
    rows, columns = np.nonzero(vector.present)
    offsets = np.concatenate([[0], np.cumsum(vector.present.sum(axis=1))])
    histograms = None
    if vector.histograms is not None:
        histograms = vector.histograms[rows, columns]
        for i, h in enumerate(histograms):
            if isinstance(h, Histogram) and h.hint in (RESET, NOT_RESET):
                histograms[i] = h.hinted(UNKNOWN)
    times = inner.grid.times[columns]
    return vector.labels, Samples(offsets, times, vector.values[rows, columns], histograms), vector.drop


def call(ev: Evaluator, expr: Call) -> Vector:
    """A range function."""
    at = next(i for i, arg in enumerate(expr.args) if isinstance(arg, MatrixSelector | Subquery))
    arg = expr.args[at]
    scalars = [ev.scalar(other) for i, other in enumerate(expr.args) if i != at]
    _check_scalars(ev, expr, scalars)
    if isinstance(arg, MatrixSelector):
        if arg.selector.anchored or arg.selector.smoothed:
            out = extended.call(ev, expr, arg)
            return finished(ev, expr, arg, out)
        pushed = _pushed(ev, expr, arg, scalars)
        if pushed is not None:
            return pushed
    assert isinstance(arg, MatrixSelector | Subquery)  # noqa: S101  # chosen so above
    window = over(ev, arg)
    out = compute(ev, expr.name, window, expr.args[0], scalars)
    return finished(ev, expr, arg, out)


def _check_scalars(ev: Evaluator, expr: Call, scalars: list[F64]) -> None:
    if expr.name == "double_exponential_smoothing":
        for name, values in zip(("smoothing", "trend"), scalars, strict=True):
            for value in values[(values <= 0) | (values >= 1)].tolist():
                letter = f"{name[0]}f"
                raise PromqlError(f"invalid {name} factor. Expected: 0 < {letter} < 1, got: {value:f}")


def _pushed(ev: Evaluator, expr: Call, arg: MatrixSelector, scalars: list[F64]) -> Vector | None:
    """The function as its source computes it."""
    grid = shifted(ev, arg.selector)
    if grid is None or any(len(np.unique(s)) > 1 for s in scalars):
        return None
    selection = select(ev, arg.selector, grid.start_ms - arg.range_ms + 1, grid.end_ms)
    argument = float(scalars[0][0]) if scalars else 0.0
    found = ev.source.gridded(selection, Window(expr.name, grid, arg.range_ms, argument))
    if found is None:
        return None
    ev.budget.take(found[0].size, read=True)
    drop = expr.name not in KEEP_NAME
    return finished(ev, expr, arg, Vector.of(selection.labels, *found, drop=drop))


def finished(ev: Evaluator, expr: Call, arg: Expr, out: Vector) -> Vector:
    """Without series that have no value; counters that are not named as such are noted; absence is turned around."""
    if expr.name == "absent_over_time":
        missing = ~out.anywhere()[None, :]
        found = asked_for(arg)
        return Vector.of(found, np.ones(missing.shape), missing, drop=True).pruned()
    out = out.pruned()
    if expr.name in OF_COUNTERS and out.labels.size:
        rows: Mask = np.any(out.floats, axis=1)
        note_counters(ev, expr, out.labels.take(rows))
    return out


def note_counters(ev: Evaluator, expr: Call, labels: Labels) -> None:
    """Say which metrics are not named as counters are."""
    codes, names = labels.columns.get(NAME) or (np.zeros(0, np.int32), [])
    for code in np.unique(codes).tolist():
        if names[code] and not names[code].endswith(COUNTER_SUFFIXES):
            ev.notes.not_a_counter_name(names[code], expr.args[0])


def compute(ev: Evaluator, name: str, r: Range, arg: Expr, scalars: list[F64]) -> Vector:
    """A range function over all windows."""
    shape = r.low.shape
    values, present = np.full(shape, np.nan), np.zeros(shape, bool)
    drop = r.drop | (name not in KEEP_NAME)
    some = r.high > r.low
    histograms = None
    samples = r.samples
    odd = np.zeros(shape[0], bool)
    if samples.histograms is not None and name in OF_PLACES:
        histograms = _placed(name, r, some)
    elif samples.histograms is not None:
        per_sample = is_object(samples.histograms)
        odd[np.unique(samples.of_series()[per_sample])] = True
        histograms = _mixed(ev, name, r, arg, scalars, np.flatnonzero(odd), values, present)
    rows, steps = np.nonzero(some & ~odd[:, None])
    if len(rows):
        if name == "quantile_over_time":
            for q in np.unique(scalars[0][np.unique(steps)]).tolist():
                if not 0 <= q <= 1:
                    ev.notes.invalid_quantile(q, arg)
        w = windows.Windows(
            samples,
            r.low[rows, steps],
            r.high[rows, steps],
            r.ends[steps],
            ev.grid.times[steps],
            r.range_ms,
            scalars[0][steps] if scalars else np.zeros(len(rows)),
            scalars[1][steps] if len(scalars) > 1 else np.zeros(len(rows)),
        )
        if name in OF_COUNTERS and samples.starts is not None:
            _note_overlaps(ev, r, arg, rows, steps)
        with np.errstate(all="ignore"):
            found, known = windows.FUNCTIONS[name](w)
        values[rows, steps] = found
        present[rows, steps] = known
    return Vector(r.labels, values, present, drop, histograms)


def _placed(name: str, r: Range, some: Mask) -> Objects | None:
    """The histograms that the newest or the oldest sample of a window is."""
    assert r.samples.histograms is not None  # noqa: S101  # asked by the caller
    out = np.full(some.shape, None, object)
    if name in KEEP_NAME:
        out[some] = r.samples.histograms[(r.high[some] - 1) if name == "last_over_time" else r.low[some]]
    return out if is_object(out).any() else None


def _note_overlaps(ev: Evaluator, r: Range, arg: Expr, rows: I64, steps: I64) -> None:
    """Counters that claim to have begun before the sample before them."""
    s = r.samples
    assert s.starts is not None  # noqa: S101  # asked by the caller
    flags = np.zeros(len(s.times), np.int64)
    flags[1:] = (s.starts[1:] != 0) & (s.starts[1:] < s.times[:-1]) & (s.starts[1:] != s.starts[:-1])
    total = np.concatenate([[0], np.cumsum(flags)])
    low, high = r.low[rows, steps], r.high[rows, steps]
    for row in rows[total[high] > total[np.minimum(low + 1, high)]].tolist():
        ev.notes.overlap(r.labels.text(NAME, row), arg)


def _at_once(name: str, r: Range, row: int, histograms: list[object]) -> dense.Found | None:
    """All windows of a series whose samples are alike; None: one by one."""
    function = dense.FUNCTIONS.get(name)
    if function is None:
        return None
    mine = slice(int(r.samples.offsets[row]), int(r.samples.offsets[row + 1]))
    starts = None if r.samples.starts is None else r.samples.starts[mine]
    alike = dense.Series.of(histograms, r.samples.times[mine], starts)
    if alike is None:
        return None
    with np.errstate(all="ignore"):
        return function(alike, dense.Spans(r.low[row] - mine.start, r.high[row] - mine.start, r.ends, r.range_ms))


def _mixed(
    ev: Evaluator,
    name: str,
    r: Range,
    arg: Expr,
    scalars: list[F64],
    rows: I64,
    values: F64,
    present: Mask,
) -> Objects | None:
    """The same for series with histograms, window by window. Fills `values` and `present`."""
    out = np.full(values.shape, None, object)
    s = r.samples
    assert s.histograms is not None  # noqa: S101  # asked by the caller
    times, floats, objects = s.times.tolist(), s.values.tolist(), s.histograms.tolist()
    starts = [0] * len(times) if s.starts is None else s.starts.tolist()
    function = mixed.FUNCTIONS[name]
    found_any = False
    for row in rows.tolist():
        ev.check()
        mine = slice(int(s.offsets[row]), int(s.offsets[row + 1]))
        metric = r.labels.text(NAME, row)
        at_once = _at_once(name, r, row, objects[mine])
        if at_once is not None:
            if at_once.noted:
                (ev.notes.not_gauge if name in OF_GAUGES else ev.notes.not_counter)(metric, arg)
            present[row, at_once.at] = True
            if isinstance(at_once.values, list):
                found_any |= bool(at_once.values)
                for step, made in zip(at_once.at.tolist(), at_once.values, strict=True):
                    out[row, step] = made
            else:
                values[row, at_once.at] = at_once.values
            continue
        for step in np.flatnonzero(r.high[row] > r.low[row]).tolist():
            part = slice(int(r.low[row, step]), int(r.high[row, step]))
            window = mixed.Mixed(
                times[part],
                floats[part],
                objects[part],
                starts[part],
                int(r.ends[step]),
                int(ev.grid.start_ms + step * ev.grid.step_ms),
                r.range_ms,
                float(scalars[0][step]) if scalars else 0.0,
                float(scalars[1][step]) if len(scalars) > 1 else 0.0,
                metric,
                arg,
                ev.notes,
            )
            with np.errstate(all="ignore"):
                found = function(window)
            if found is None:
                continue
            present[row, step] = True
            if isinstance(found, Histogram):
                out[row, step] = found
                found_any = True
            else:
                values[row, step] = found
    return out if found_any else None

"""Selectors with `anchored` or `smoothed`: ranges that begin and end at their edges, not at the samples within."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from swarmscope.query.promql import mixed
from swarmscope.query.promql.errors import PromqlError
from swarmscope.query.promql.histogram import GAUGE, UNKNOWN, Histogram, IncompatibleError
from swarmscope.query.promql.labels import NAME, Labels
from swarmscope.query.promql.nodes import Call, Expr, MatrixSelector, Node, VectorSelector
from swarmscope.query.promql.notes import Notes
from swarmscope.query.promql.selectors import ends_of, load
from swarmscope.query.promql.values import Samples, Vector, is_object, positions

if TYPE_CHECKING:
    from swarmscope.query.promql.evaluate import Evaluator

SAFE = {
    "anchored": ("changes", "delta", "increase", "rate", "resets"),
    "smoothed": ("delta", "increase", "rate"),
}


@dataclass(slots=True)
class Reach:
    """The samples that a range may look at: its own and those of the lookback around it. start, end: its edges (ms)."""

    times: list[int]
    values: list[float]
    histograms: list[Histogram | None]
    start: int
    end: int
    range_ms: int
    smoothed: bool
    name: str
    node: Node
    notes: Notes


def _each(
    ev: Evaluator,
    selector: VectorSelector,
    node: Expr,
    range_ms: int,
    function: Callable[[Reach], mixed.Outcome],
) -> Vector:
    """A function of the reach of each series at each step."""
    after = ev.lookback_ms if selector.smoothed else 0
    before = range_ms + ev.lookback_ms
    labels, samples = load(ev, selector, before, after)
    samples = samples.kept(~samples.stale())
    ends = ends_of(ev, selector)
    high, low = positions(samples, ends + after), positions(samples, ends - before)
    times, values = samples.times.tolist(), samples.values.tolist()
    objects = [None] * len(times) if samples.histograms is None else samples.histograms.tolist()
    shape = low.shape
    out, present = np.full(shape, np.nan), np.zeros(shape, bool)
    histograms = np.full(shape, None, object)
    for row in range(shape[0]):
        ev.check()
        for step in np.flatnonzero(high[row] > low[row]).tolist():
            part = slice(int(low[row, step]), int(high[row, step]))
            end = int(ends[step])
            name = labels.text(NAME, row)
            reach = Reach(
                times[part],
                values[part],
                objects[part],
                end - range_ms,
                end,
                range_ms,
                selector.smoothed,
                name,
                node,
                ev.notes,
            )
            with np.errstate(all="ignore"):
                outcome = function(reach)
            if outcome is None:
                continue
            present[row, step] = True
            if isinstance(outcome, Histogram):
                histograms[row, step] = outcome
            else:
                out[row, step] = outcome
    found = histograms if is_object(histograms).any() else None
    return Vector(labels, out, present, np.zeros(labels.size, bool), found)


def smoothed_instant(ev: Evaluator, expr: VectorSelector) -> Vector:
    """A selector with `smoothed`: the value between the samples around each step."""
    return _each(ev, expr, expr, 0, _between).pruned()


def _between(r: Reach) -> mixed.Outcome:
    kinds = {h is None for h in r.histograms}
    if len(kinds) > 1:
        r.notes.mixed(r.name, r.node)
        return None
    i = bisect_left(r.times, r.end)
    if i < len(r.times) and r.times[i] == r.end:
        return r.values[i] if r.histograms[i] is None else r.histograms[i]
    if i == 0:
        return None
    before = r.histograms[i - 1]
    if i == len(r.times):
        return r.values[i - 1] if before is None else before.hinted(UNKNOWN)
    after = r.histograms[i]
    if before is None or after is None:
        return _line(r, i - 1, r.end, False)
    return _blend(r, i - 1, r.end, not before.hint == after.hint == GAUGE)


def _line(r: Reach, i: int, at: int, counter: bool) -> float:
    """The value between samples i and i + 1; a counter that fell had begun at 0."""
    y1, y2 = r.values[i], r.values[i + 1]
    if counter and y2 < y1:
        y1 = 0.0
    return y1 + (y2 - y1) * (at - r.times[i]) / (r.times[i + 1] - r.times[i])


def _blend(r: Reach, i: int, at: int, counter: bool) -> Histogram | None:
    a, b = r.histograms[i], r.histograms[i + 1]
    if a is None or b is None:
        return None
    if a.custom != b.custom:
        r.notes.mixed_schemas(r.name, r.node)
        return None
    if at in (r.times[i], r.times[i + 1]):
        return a if at == r.times[i] else b
    share = (at - r.times[i]) / (r.times[i + 1] - r.times[i])
    if counter and b.is_reset(a):
        return b.times(share)
    if a.bounds != b.bounds:
        r.notes.reconciled("subtraction", r.node)
        r.notes.reconciled("addition", r.node)
    return b.minus(a).times(share).plus(a)


def call(ev: Evaluator, expr: Call, arg: MatrixSelector) -> Vector:
    """A range function of an anchored or smoothed range."""
    selector = arg.selector
    word = "anchored" if selector.anchored else "smoothed"
    if expr.name not in SAFE[word]:
        allowed = ", ".join(SAFE[word])
        raise PromqlError(f"{word} modifier can only be used with: {allowed} - not with {expr.name}")
    function = _counting(expr.name) if expr.name in ("changes", "resets") else _rate(expr.name)
    out = _each(ev, selector, expr.args[0], arg.range_ms, function)
    out.drop[:] = True
    return out


def _counting(name: str) -> Callable[[Reach], mixed.Outcome]:
    """changes and resets, from the newest sample at or before the range on."""

    def run(r: Reach) -> mixed.Outcome:
        first = max(0, bisect_right(r.times, r.start) - 1)
        if r.times[-1] <= r.start:
            return None
        times = r.times[first:]
        m = mixed.Mixed(
            times, r.values[first:], r.histograms[first:], [0] * len(times), r.end, r.end, r.range_ms, 0.0, 0.0, r.name,
            r.node, r.notes,
        )  # fmt: skip
        return mixed.FUNCTIONS[name](m)

    return run


def _rate(name: str) -> Callable[[Reach], mixed.Outcome]:
    counter, per_second = name != "delta", name == "rate"

    def run(r: Reach) -> mixed.Outcome:
        if len({h is None for h in r.histograms}) > 1:
            r.notes.mixed(r.name, r.node)
            return None
        last = len(r.times) - 1
        first = max(0, bisect_right(r.times, r.start, 0, last) - 1)
        if r.smoothed:
            last = bisect_left(r.times, r.end, 0, last)
        if r.times[last] <= r.start or (r.smoothed and r.times[first] > r.end):
            return None
        seconds = r.range_ms / 1000
        if r.histograms[0] is None:
            change = _change(r, first, last, counter)
            return change / seconds if per_second else change
        try:
            found = _histogram_change(r, first, last, counter)
        except IncompatibleError:
            r.notes.mixed_schemas(r.name, r.node)
            return None
        if found is None:
            return None
        return (found.over(seconds) if per_second else found).hinted(GAUGE).compact()

    return run


def _change(r: Reach, first: int, last: int, counter: bool) -> float:
    left = _line(r, first, r.start, counter) if r.smoothed and r.times[first] < r.start else r.values[first]
    right = r.values[last]
    if r.smoothed and last > 0 and r.times[last] > r.end:
        right = _line(r, last - 1, r.end, counter)
    change = right - left
    if not counter:
        return change
    inner = range(first + (r.times[first] <= r.start), last + 1 - (r.times[last] >= r.end))
    before = left
    for value in [*(r.values[i] for i in inner), right]:
        if value < before:
            change += before
        before = value
    return change


def _histogram_change(r: Reach, first: int, last: int, counter: bool) -> Histogram | None:
    h = [x for x in r.histograms if x is not None]
    for x in h[first : last + 1]:
        if x.custom != h[first].custom:
            r.notes.mixed_schemas(r.name, r.node)
            return None
        if counter and x.hint == GAUGE:
            r.notes.not_counter(r.name, r.node)
    left = _blend(r, first, r.start, counter) if r.smoothed and r.times[first] < r.start else h[first]
    right: Histogram | None = h[last]
    if r.smoothed and last > 0 and r.times[last] > r.end:
        right = _blend(r, last - 1, r.end, counter)
    if left is None or right is None:
        return None
    if not counter and not left.hint == right.hint == GAUGE:
        r.notes.not_gauge(r.name, r.node)
    if right.bounds != left.bounds:
        r.notes.reconciled("subtraction", r.node)
    change = right.minus(left)
    return change if not counter else _corrected(r, h, first, last, left, right, change)


def _corrected(
    r: Reach, h: list[Histogram], first: int, last: int, left: Histogram, right: Histogram, change: Histogram
) -> Histogram:
    """With what was counted before each reset."""
    before, at = left, first + 1
    if r.smoothed and r.times[first] < r.start and h[first + 1].is_reset(h[first]):
        before, at = h[first + 1], at + 1
    if at > last:
        return change
    correction: Histogram | None = None
    for x in [*h[at:last], right]:
        if x.is_reset(before):
            if correction is None:
                correction = before
            else:
                if correction.bounds != before.bounds:
                    r.notes.reconciled("addition", r.node)
                correction = correction.plus(before)
        before = x
    if correction is None:
        return change
    if change.bounds != correction.bounds:
        r.notes.reconciled("addition", r.node)
    return change.plus(correction)


def edges(ev: Evaluator, arg: MatrixSelector) -> tuple[Labels, Samples]:
    """An anchored or smoothed range as a result of its own: with values at both edges."""
    selector = arg.selector
    after = ev.lookback_ms if selector.smoothed else 0
    labels, samples = load(ev, selector, arg.range_ms + ev.lookback_ms, after)
    samples = samples.kept(~samples.stale())
    if samples.histograms is not None:
        raise PromqlError(
            f"{'smoothed' if selector.smoothed else 'anchored'} modifier is not supported with histograms"
        )
    end = int(ends_of(ev, selector)[0])
    start = end - arg.range_ms
    offsets, times, values = [0], [], []
    for a, b in zip(samples.offsets[:-1].tolist(), samples.offsets[1:].tolist(), strict=True):
        t, v = samples.times[a:b].tolist(), samples.values[a:b].tolist()
        r = Reach(t, v, [None] * len(t), start, end, arg.range_ms, selector.smoothed, "", arg, ev.notes)
        for time, value in _edged(r) if t else []:
            times.append(time)
            values.append(value)
        offsets.append(len(times))
    return labels, Samples(np.array(offsets), np.array(times, np.int64), np.array(values, np.float64))


def _edged(r: Reach) -> list[tuple[int, float]]:
    last = len(r.times) - 1
    first = max(0, bisect_right(r.times, r.start, 0, last) - 1)
    if r.smoothed:
        last = bisect_left(r.times, r.end, 0, last)
    if r.times[last] <= r.start:
        return []
    left = _line(r, first, r.start, False) if r.smoothed and r.times[first] < r.start else r.values[first]
    right = r.values[last]
    if r.smoothed and last > 0 and r.times[last] > r.end:
        right = _line(r, last - 1, r.end, False)
    inner = range(first + (r.times[first] <= r.start), last + 1 - (r.times[last] >= r.end))
    return [(r.start, left), *((r.times[i], r.values[i]) for i in inner), (r.end, right)]

"""Range functions over windows of float samples, all windows at once.

A window is a run of samples, `low` … `high` - 1. What needs one pass in order (compensated sums, smoothing, regression) walks
all windows side by side, the longest first, so that the work shrinks as they end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from swarmscope.query.promql.labels import Mask
from swarmscope.query.promql.values import F64, I64, Samples

CELLS_MAX = 4_000_000


@dataclass(slots=True)
class Windows:
    """Windows that hold at least one sample each. ends: where each ends in time (ms); steps: the step that it is for (ms)."""

    samples: Samples
    low: I64
    high: I64
    ends: I64
    steps: I64
    range_ms: int
    argument: F64
    second: F64

    @property
    def count(self) -> I64:
        """Samples per window."""
        return self.high - self.low

    def part(self, rows: Mask) -> Windows:
        """Some windows."""
        return Windows(
            self.samples,
            self.low[rows],
            self.high[rows],
            self.ends[rows],
            self.steps[rows],
            self.range_ms,
            self.argument[rows],
            self.second[rows],
        )


Result = tuple[F64, Mask]
"""A value per window, and which windows have one."""


class _Walk:
    """Windows in step: at k, the k-th sample of all that have one."""

    def __init__(self, w: Windows) -> None:
        self.order = np.argsort(-w.count, kind="stable")
        self.low = w.low[self.order]
        self.lengths = w.count[self.order]

    def __iter__(self) -> Iterator[tuple[int, int, I64]]:
        """k, how many windows are still walked, and where their samples are."""
        ascending = -self.lengths
        for k in range(int(self.lengths[0]) if len(self.lengths) else 0):
            alive = int(np.searchsorted(ascending, -k, "left"))
            yield k, alive, self.low[:alive] + k

    def back(self, values: F64) -> F64:
        """Values in the windows' own order."""
        out = np.empty_like(values)
        out[self.order] = values
        return out


def _always(values: F64) -> Result:
    return values, np.ones(len(values), bool)


def _reduce(ufunc: np.ufunc, values: F64, w: Windows) -> F64:
    """ufunc over each window, in one pass."""
    padded = np.append(values, values[-1:])
    places = np.empty(2 * len(w.low), np.int64)
    places[0::2], places[1::2] = w.low, w.high
    out: F64 = ufunc.reduceat(padded, places)[0::2]
    return out


def kahan(w: Windows) -> tuple[F64, F64]:
    """Sums with Neumaier's compensation, and the compensation."""
    walk = _Walk(w)
    total, lost = np.zeros(len(w.low)), np.zeros(len(w.low))
    for _, alive, at in walk:
        more, s = w.samples.values[at], total[:alive]
        t = s + more
        step = np.where(np.abs(s) >= np.abs(more), (s - t) + more, (more - t) + s)
        lost[:alive] = np.where(np.isinf(t), 0.0, lost[:alive] + step)
        total[:alive] = t
    return walk.back(total), walk.back(lost)


def sums(w: Windows) -> F64:
    """Sum per window. Where plain addition would lose digits, a compensated one."""
    plain = _reduce(np.add, w.samples.values, w)
    size = _reduce(np.add, np.abs(w.samples.values), w)
    risky = ~(np.abs(plain) >= 1e-3 * size) & (size > 0)
    if risky.any():
        total, lost = kahan(w.part(risky))
        plain[risky] = np.where(np.isinf(total), total, total + lost)
    return plain


def _sum(w: Windows) -> Result:
    return _always(sums(w))


def _avg(w: Windows) -> Result:
    total = sums(w)
    out = total / w.count
    over = np.isinf(total)
    if over.any():
        out[over] = _incremental_mean(w.part(over))
    return _always(out)


def _incremental_mean(w: Windows) -> F64:
    """A mean that does not overflow where the sum does; the sum as long as it does not."""
    walk = _Walk(w)
    n = len(w.low)
    total, lost, running = np.zeros(n), np.zeros(n), np.zeros(n, bool)
    for k, alive, at in walk:
        x = w.samples.values[at]
        if k == 0:
            total[:alive] = x
            continue
        s, c, inc = total[:alive], lost[:alive], running[:alive]
        t, c2 = _neumaier(x, s, c)
        turn = ~inc & np.isinf(t)
        s = np.where(turn, s / k, s)
        c = np.where(turn, c / k, c)
        inc = inc | turn
        q = k / (k + 1)
        mean, mean_lost = _neumaier(x / (k + 1), q * s, q * c)
        total[:alive] = np.where(inc, mean, t)
        lost[:alive] = np.where(inc, mean_lost, c2)
        running[:alive] = inc
    lengths = walk.lengths
    return walk.back(np.where(running, total + lost, total / lengths + lost / lengths))


def _neumaier(more: F64, total: F64, lost: F64) -> tuple[F64, F64]:
    t = total + more
    step = np.where(np.abs(total) >= np.abs(more), (total - t) + more, (more - t) + total)
    return t, np.where(np.isinf(t), 0.0, lost + step)


def _min(w: Windows) -> Result:
    return _always(_reduce(np.fmin, w.samples.values, w))


def _max(w: Windows) -> Result:
    return _always(_reduce(np.fmax, w.samples.values, w))


def _count(w: Windows) -> Result:
    return _always(w.count.astype(np.float64))


def _present(w: Windows) -> Result:
    return _always(np.ones(len(w.low)))


def _first(w: Windows) -> Result:
    return _always(w.samples.values[w.low])


def _last(w: Windows) -> Result:
    return _always(w.samples.values[w.high - 1])


def _ts_of_first(w: Windows) -> Result:
    return _always(w.samples.times[w.low] / 1000)


def _ts_of_last(w: Windows) -> Result:
    return _always(w.samples.times[w.high - 1] / 1000)


def _ts_of_extreme(beats: np.ufunc) -> Callable[[Windows], Result]:
    def run(w: Windows) -> Result:
        walk = _Walk(w)
        best, at_best = np.full(len(w.low), np.nan), np.zeros(len(w.low), np.int64)
        for _, alive, at in walk:
            x = w.samples.values[at]
            better = beats(x, best[:alive]) | np.isnan(best[:alive])
            best[:alive] = np.where(better, x, best[:alive])
            at_best[:alive] = np.where(better, at, at_best[:alive])
        return _always(walk.back(w.samples.times[at_best] / 1000))

    return run


def _variance(w: Windows) -> F64:
    walk = _Walk(w)
    n = len(w.low)
    mean, mean_lost, aux, aux_lost = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    for k, alive, at in walk:
        x = w.samples.values[at]
        m, c = mean[:alive], mean_lost[:alive]
        delta = x - (m + c)
        m, c = _neumaier(delta / (k + 1), m, c)
        mean[:alive], mean_lost[:alive] = m, c
        aux[:alive], aux_lost[:alive] = _neumaier(delta * (x - (m + c)), aux[:alive], aux_lost[:alive])
    return walk.back((aux + aux_lost) / walk.lengths)


def _stdvar(w: Windows) -> Result:
    return _always(_variance(w))


def _stddev(w: Windows) -> Result:
    return _always(np.sqrt(_variance(w)))


def _tables(w: Windows) -> Iterator[tuple[slice, F64]]:
    """The samples of windows as rows, NaN after their end, in bounded pieces."""
    widest = int(w.count.max(initial=1))
    rows = max(1, CELLS_MAX // widest)
    columns = np.arange(widest)
    for first in range(0, len(w.low), rows):
        part = slice(first, min(first + rows, len(w.low)))
        places = w.low[part, None] + columns
        inside = columns < w.count[part, None]
        yield part, np.where(inside, w.samples.values[np.minimum(places, len(w.samples.values) - 1)], np.nan)


def sorted_quantile(q: F64, rows: F64, count: I64) -> F64:
    """Quantile of each row of `count` values; NaN among them counts as lowest, what follows them must be NaN."""
    missing = np.isnan(rows).sum(axis=1) - (rows.shape[1] - count)
    ordered = np.sort(rows, axis=1)
    with np.errstate(all="ignore"):
        rank = q * (count - 1)
        below = np.maximum(0, np.floor(np.nan_to_num(rank)))
        above = np.minimum(count - 1, below + 1)
        weight = rank - np.floor(rank)
        index = np.arange(len(rows))

        def pick(place: F64) -> F64:
            shifted = (place - missing).astype(np.int64)
            found: F64 = np.where(shifted < 0, np.nan, ordered[index, np.clip(shifted, 0, rows.shape[1] - 1)])
            return found

        out = pick(below) * (1 - weight) + pick(above) * weight
    out = np.where(q < 0, -np.inf, np.where(q > 1, np.inf, out))
    result: F64 = np.where(np.isnan(q) | (count == 0), np.nan, out)
    return result


def _quantile(w: Windows) -> Result:
    out = np.empty(len(w.low))
    for part, rows in _tables(w):
        out[part] = sorted_quantile(w.argument[part], rows, w.count[part])
    return _always(out)


def _mad(w: Windows) -> Result:
    out = np.empty(len(w.low))
    for part, rows in _tables(w):
        count = w.count[part]
        half = np.full(len(count), 0.5)
        middle = sorted_quantile(half, rows, count)
        out[part] = sorted_quantile(half, np.abs(rows - middle[:, None]), count)
        out[part][np.isnan(rows).sum(axis=1) > rows.shape[1] - count] = np.nan
    return _always(out)


def _steps_where(w: Windows, flags: Mask) -> F64:
    """How many samples of a window, its first aside, have a flag."""
    total: I64 = np.concatenate([[0], np.cumsum(flags)])
    return (total[w.high] - total[w.low + 1]).astype(np.float64)


def _fell(w: Windows) -> Mask:
    """Which samples are lower than the one before, or say that the counter began anew."""
    v, s = w.samples.values, w.samples
    fell = np.zeros(len(v), bool)
    fell[1:] = v[1:] < v[:-1]
    if s.starts is not None:
        fell[1:] |= restarted(s.starts[:-1], s.times[:-1], s.starts[1:], s.times[1:])
    return fell


def restarted(start_before: I64, before: I64, start: I64, now: I64) -> Mask:
    """Whether a sample's start time says that the counter began anew after the sample before."""
    known = (start != 0) & (start < now) & (start >= before)
    same = start == before
    delta = (start_before <= before) & (start_before != 0) & (start_before != before)
    found: Mask = known & (~same | delta)
    return found


def _resets(w: Windows) -> Result:
    return _always(_steps_where(w, _fell(w)))


def _changes(w: Windows) -> Result:
    v = w.samples.values
    changed = np.zeros(len(v), bool)
    changed[1:] = (v[1:] != v[:-1]) & ~(np.isnan(v[1:]) & np.isnan(v[:-1]))
    return _always(_steps_where(w, changed))


def _lost_to_resets(w: Windows) -> F64:
    """What a counter had counted before each reset within the window."""
    fell = _fell(w)
    drops = np.where(fell, np.concatenate([[0.0], w.samples.values[:-1]]), 0.0)
    if not fell.any():
        return np.zeros(len(w.low))
    out = np.zeros(len(w.low))
    some = _steps_where(w, fell) > 0
    part = w.part(some)
    inner = part.low + 1
    places = np.empty(2 * len(inner), np.int64)
    places[0::2], places[1::2] = inner, part.high
    out[some] = np.add.reduceat(np.append(drops, 0.0), places)[0::2]
    return out


def extrapolated(counter: bool, rate: bool) -> Callable[[Windows], Result]:
    """rate, increase and delta: the change within the window, stretched to its edges where samples come close to them."""

    def run(w: Windows) -> Result:
        s = w.samples
        first, last = s.values[w.low], s.values[w.high - 1]
        first_t, last_t = s.times[w.low], s.times[w.high - 1]
        starts = w.ends - w.range_ms
        change = last - first
        if counter:
            change = change + _lost_to_resets(w)
        gaps = w.count - 1
        edges = (first_t - starts, w.ends - last_t, last_t - first_t)
        if not counter or s.starts is None:
            return stretched(counter, rate, change, first, gaps, edges, w.range_ms), gaps > 0
        began = s.starts[w.low]
        begun = (began != 0) & (began > starts) & (began < first_t)
        change = np.where(begun, change + first, change)
        found = stretched(counter, rate, change, first, gaps, edges, w.range_ms, (begun, last_t - began))
        return found, (gaps > 0) | begun

    return run


def stretched(
    counter: bool, rate: bool, change: F64, first: F64, gaps: I64, edges_ms: tuple[I64, I64, I64], range_ms: int,
    begun: tuple[Mask, I64] | None = None,
) -> F64:  # fmt: skip
    """A change between first and last sample as one of the whole window, as Prometheus' extrapolatedRate does it.

    gaps: samples less one. edges_ms: from the window's begin to the first sample, from the last one to its end, and between
    the two. begun: where the counter began within the window, and for how long before the last sample.
    """
    to_start, to_end, between = (part / 1000 for part in edges_ms)
    average = np.divide(between, gaps, out=np.zeros(between.shape), where=gaps > 0)
    threshold = average * 1.1
    sampled = between if begun is None else np.where(begun[0], begun[1] / 1000, between)
    near = np.where(to_start >= threshold, average / 2, to_start)
    if counter:
        rising = (change > 0) & (first >= 0)
        to_zero = np.where(rising, sampled * np.divide(first, change, out=np.zeros_like(first), where=rising), near)
        near = np.where(to_zero < near, to_zero, near)
    if begun is not None:
        near = np.where(begun[0], 0.0, near)
    to_end = np.where(to_end >= threshold, average / 2, to_end)
    stretch = np.divide(sampled + near + to_end, sampled, out=np.ones(sampled.shape), where=sampled != 0)
    if rate:
        stretch = stretch / (range_ms / 1000)
    return change * stretch


def instant(rate: bool) -> Callable[[Windows], Result]:
    """irate and idelta: the change between the last two samples."""

    def run(w: Windows) -> Result:
        s = w.samples
        enough = w.count >= 2
        at = w.high - 1
        before = np.maximum(at - 1, 0)
        last, previous = s.values[at], s.values[before]
        seconds = (s.times[at] - s.times[before]) / 1000
        change = last - previous
        if rate:
            fell = last < previous
            if s.starts is not None:
                fell |= restarted(s.starts[before], s.times[before], s.starts[at], s.times[at])
            change = np.where(fell, last, change) / np.where(enough, seconds, 1.0)
        return change, enough & (seconds != 0)

    return run


def _regression(w: Windows, intercept_at: I64) -> tuple[F64, F64]:
    """Slope per second, and the value at a time, of least squares."""
    walk = _Walk(w)
    n = len(w.low)
    at_time = intercept_at[walk.order]
    x_sum, y_sum, xy_sum, xx_sum = (np.zeros(n) for _ in range(4))
    lost = [np.zeros(n) for _ in range(4)]
    first = w.samples.values[walk.low]
    constant = np.ones(n, bool)
    for _, alive, at in walk:
        y = w.samples.values[at]
        x = (w.samples.times[at] - at_time[:alive]) / 1000
        constant[:alive] &= ~(y != first[:alive]) | (at == walk.low[:alive])
        for total, carry, more in zip((x_sum, y_sum, xy_sum, xx_sum), lost, (x, y, x * y, x * x), strict=True):
            total[:alive], carry[:alive] = _neumaier(more, total[:alive], carry[:alive])
    x_sum, y_sum, xy_sum, xx_sum = (t + c for t, c in zip((x_sum, y_sum, xy_sum, xx_sum), lost, strict=True))
    count = walk.lengths
    slope = (xy_sum - x_sum * y_sum / count) / (xx_sum - x_sum * x_sum / count)
    value = y_sum / count - slope * x_sum / count
    flat = np.where(np.isinf(first), np.nan, 0.0)
    slope = np.where(constant, flat, slope)
    value = np.where(constant, np.where(np.isinf(first), np.nan, first), value)
    return walk.back(slope), walk.back(value)


def _deriv(w: Windows) -> Result:
    return _regression(w, w.samples.times[w.low])[0], w.count >= 2


def _predict(w: Windows) -> Result:
    slope, value = _regression(w, w.steps)
    return slope * w.argument + value, w.count >= 2


def _smoothing(w: Windows) -> Result:
    """Holt's double exponential smoothing."""
    walk = _Walk(w)
    sf, tf = w.argument[walk.order], w.second[walk.order]
    n = len(w.low)
    s0, s1, b = np.zeros(n), np.zeros(n), np.zeros(n)
    for k, alive, at in walk:
        y = w.samples.values[at]
        if k == 0:
            s1[:alive] = y
            continue
        if k == 1:
            b[:alive] = y - s1[:alive]
        else:
            b[:alive] = tf[:alive] * (s1[:alive] - s0[:alive]) + (1 - tf[:alive]) * b[:alive]
        smoothed = sf[:alive] * y + (1 - sf[:alive]) * (s1[:alive] + b[:alive])
        s0[:alive], s1[:alive] = s1[:alive], smoothed
    return walk.back(s1), w.count >= 2


FUNCTIONS: dict[str, Callable[[Windows], Result]] = {
    "absent_over_time": _present,
    "avg_over_time": _avg,
    "changes": _changes,
    "count_over_time": _count,
    "delta": extrapolated(False, False),
    "deriv": _deriv,
    "double_exponential_smoothing": _smoothing,
    "first_over_time": _first,
    "idelta": instant(False),
    "increase": extrapolated(True, False),
    "irate": instant(True),
    "last_over_time": _last,
    "mad_over_time": _mad,
    "max_over_time": _max,
    "min_over_time": _min,
    "predict_linear": _predict,
    "present_over_time": _present,
    "quantile_over_time": _quantile,
    "rate": extrapolated(True, True),
    "resets": _resets,
    "stddev_over_time": _stddev,
    "stdvar_over_time": _stdvar,
    "sum_over_time": _sum,
    "ts_of_first_over_time": _ts_of_first,
    "ts_of_last_over_time": _ts_of_last,
    "ts_of_max_over_time": _ts_of_extreme(np.greater_equal),
    "ts_of_min_over_time": _ts_of_extreme(np.less_equal),
}
"""By the function's name. Values are NumPy's, so warnings about NaN and division are the caller's to silence."""

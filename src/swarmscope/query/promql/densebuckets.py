"""Quantiles, fractions and variances of many histograms at once: those with the same schema, bounds and zero bucket are one
matrix.

The same to the bit as `buckets.quantile`, `buckets.fraction` and `buckets.variance`, which do what is odd one by one: NaN
observations, counts below nothing, histograms without buckets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from swarmscope.query.promql import buckets
from swarmscope.query.promql.dense import matrix
from swarmscope.query.promql.histogram import CUSTOM, Histogram, bounds_of, neumaier
from swarmscope.query.promql.labels import Mask
from swarmscope.query.promql.values import F64, I64


@dataclass(frozen=True, slots=True)
class _Layout:
    """Histograms and all their buckets from low to high. counts: (histograms, buckets), 0 where one has no such bucket."""

    lower: F64
    upper: F64
    counts: F64
    count: F64
    has_negative: Mask
    has_positive: Mask
    custom: bool

    @classmethod
    def of(cls, found: Sequence[Histogram]) -> _Layout:
        """Of histograms that are alike."""
        like = found[0]
        index, positive = matrix([h.positive for h in found])
        lower, upper = bounds_of(index, like.schema, like.bounds)
        t = like.zero_threshold
        if like.schema != CUSTOM:
            lower = np.where((lower > 0) & (lower < t), t, lower)
        zero = np.array([h.zero_count for h in found])[:, None]
        index, negative = matrix([h.negative for h in found])
        near, far = bounds_of(index, like.schema, like.bounds)
        top = np.where((near > 0) & (near < t), t, near)
        custom = like.schema == CUSTOM
        if not custom:
            lower = np.concatenate([-far[::-1], [-t], lower])
            upper = np.concatenate([-top[::-1], [t], upper])
        return cls(
            lower,
            upper,
            positive if custom else np.hstack([negative[:, ::-1], zero, positive]),
            np.array([h.count for h in found]),
            np.array([len(h.negative) > 0 for h in found]),
            np.array([len(h.positive) > 0 for h in found]),
            custom,
        )

    def around_zero(self, at: I64) -> tuple[F64, F64]:
        """Bounds of one bucket per histogram; those of one that holds zero are one-sided where all others are on one side."""
        lower, upper = self.lower[at], self.upper[at]
        zero = (lower <= 0) & (upper >= 0)
        return (
            np.where(zero & ~self.has_negative & self.has_positive, 0.0, lower),
            np.where(zero & self.has_negative & ~self.has_positive, 0.0, upper),
        )


def _alike(found: Sequence[Histogram]) -> Iterator[tuple[I64, _Layout]]:
    """Places of those that are alike and not odd, and their buckets."""
    groups: dict[tuple[int, float, tuple[float, ...]], list[int]] = {}
    for i, h in enumerate(found):
        groups.setdefault((h.schema, h.zero_threshold, h.bounds), []).append(i)
    sums = np.array([h.sum for h in found])
    for places in groups.values():
        at = np.array(places)
        layout = _Layout.of([found[i] for i in places])
        sides = [(h.positive.counts > 0).all() and (h.negative.counts > 0).all() for h in (found[i] for i in places)]
        plain = np.array(sides) & ~np.isnan(sums[at]) & (layout.count > 0) & (layout.counts >= 0).all(axis=1)
        plain &= np.isfinite(layout.counts).all(axis=1) & (layout.counts > 0).any(axis=1)
        rows = np.flatnonzero(plain)
        if len(rows):
            yield (
                at[rows],
                _Layout(
                    layout.lower,
                    layout.upper,
                    layout.counts[rows],
                    layout.count[rows],
                    layout.has_negative[rows],
                    layout.has_positive[rows],
                    layout.custom,
                ),
            )


def quantiles(q: F64, found: Sequence[Histogram]) -> tuple[F64, Mask]:
    """The quantile q[i] of histogram i, and which were computed."""
    out, done = np.full(len(found), np.nan), np.zeros(len(found), bool)
    with np.errstate(all="ignore"):
        for at, layout in _alike(found):
            inside = (q[at] >= 0) & (q[at] <= 1)
            out[at] = _quantiles(q[at], layout)
            done[at] = inside
    return out, done


def _quantiles(q: F64, b: _Layout) -> F64:
    rows = np.arange(len(q))
    forward = q < 0.5
    rank = np.where(forward, q * b.count, (1 - q) * b.count)
    last = b.counts.shape[1] - 1
    turned = np.where(forward[:, None], b.counts, b.counts[:, ::-1])
    total = np.cumsum(turned, axis=1)
    reached = (turned > 0) & (total >= rank[:, None])
    ends = last - (turned > 0)[:, ::-1].argmax(axis=1)
    place = np.where(reached.any(axis=1), reached.argmax(axis=1), ends)
    count, here = total[rows, place], turned[rows, place]
    at = np.where(forward, place, last - place)
    lower, upper = b.lower[at], b.upper[at]
    fixed = np.full(len(q), np.nan)
    if b.custom:
        first, open_end = lower == -np.inf, upper == np.inf
        fixed = np.where(first & (upper <= 0), upper, np.where(~first & open_end, lower, np.nan))
        lower = np.where(first, 0.0, lower)
    else:
        lower, upper = np.where((lower < 0) & (upper > 0), b.around_zero(at), (lower, upper))
    count = np.minimum(count, b.count)
    short = count < rank
    share = np.where(forward, rank - (count - here), count - rank) / here
    straight = lower + (upper - lower) * share
    low, high = np.log2(np.abs(lower)), np.log2(np.abs(upper))
    curved = np.where(lower > 0, np.exp2(low + (high - low) * share), -np.exp2(high + (low - high) * (1 - share)))
    value = np.where((lower <= 0) & (upper >= 0), straight, straight if b.custom else curved)
    value = np.where(short, upper, value)
    return np.where(np.isnan(fixed), value, fixed)


def fractions(lower: F64, upper: F64, found: Sequence[Histogram]) -> tuple[F64, Mask]:
    """The share of observations in (lower[i], upper[i]] of histogram i, and which were computed."""
    out, done = np.full(len(found), np.nan), np.zeros(len(found), bool)
    with np.errstate(all="ignore"):
        for at, layout in _alike(found):
            low, high = _ranks(lower[at], layout), _ranks(upper[at], layout)
            out[at] = (high - low) / layout.count
            done[at] = lower[at] < upper[at]
    return out, done


def _ranks(v: F64, b: _Layout) -> F64:
    """How many observations are below v."""
    rows = np.arange(len(v))
    columns = np.arange(b.counts.shape[1])
    low, high = (
        np.stack(side, axis=1) for side in zip(*(b.around_zero(np.full(len(v), c)) for c in columns), strict=True)
    )
    met = (b.counts > 0) & ((high > v[:, None]) | (low >= v[:, None]))
    at = met.argmax(axis=1)
    total = np.cumsum(b.counts, axis=1)
    before = np.where(at > 0, total[rows, np.maximum(at - 1, 0)], 0.0)
    first, end, count = low[rows, at], high[rows, at], b.counts[rows, at]
    zero = (b.lower[at] <= 0) & (b.upper[at] >= 0)
    linear = zero | b.custom
    straight = (v - first) / (end - first)
    log_low, log_high, log_v = np.log2(np.abs(first)), np.log2(np.abs(end)), np.log2(np.abs(v))
    curved = np.where(v > 0, (log_v - log_low) / (log_high - log_low), 1 - (log_v - log_high) / (log_low - log_high))
    share = np.where(linear, straight, curved)
    inside = np.where((first == -np.inf) & linear, count, before + count * share)
    rank = np.where(first >= v, before, inside)
    return np.where(~met.any(axis=1) | (rank > b.count), b.count, rank)


def variances(found: Sequence[Histogram]) -> F64:
    """The variance of each histogram, as `buckets.variance` estimates it."""
    out, done = np.full(len(found), np.nan), np.zeros(len(found), bool)
    with np.errstate(all="ignore"):
        for at, layout in _alike(found):
            out[at] = _variances(np.array([found[i].sum for i in at.tolist()]), layout)
            done[at] = True
    for i in np.flatnonzero(~done).tolist():
        out[i] = buckets.variance(found[i])
    return out


def _variances(sums: F64, b: _Layout) -> F64:
    middle = sums / b.count
    values = buckets.middles(b.lower, b.upper, b.custom)
    total, lost = np.zeros(len(sums)), np.zeros(len(sums))
    for column, value in enumerate(values.tolist()):
        here = b.counts[:, column]
        off = value - middle
        total, lost = neumaier(total, lost, np.where(here > 0, here * off * off, 0.0))
    return (total + lost) / b.count

"""Histograms that are alike, as matrices: functions of all windows of a series at once, sums of many series at once.

One by one (`mixed.py`, `aggregate.py`) each window of each series costs some hundred microseconds. Whatever has another schema,
other bounds or another zero bucket than its neighbours, or sums that might overflow, is left to them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from swarmscope.query.promql import windows
from swarmscope.query.promql.histogram import (
    GAUGE,
    NOT_RESET,
    NOTHING,
    RESET,
    UNKNOWN,
    Histogram,
    Side,
    bounds_of,
    neumaier,
)
from swarmscope.query.promql.labels import Mask
from swarmscope.query.promql.values import F64, I64

HEAD = 3  # columns before those of buckets: count, sum, zero count
LARGEST = 1e290  # of what is summed: of larger ones the sum might be none that a float holds
SMALLEST = 1e-300  # of the counts of a mean: lesser ones could vanish in it


@dataclass(frozen=True, slots=True)
class Spans:
    """The windows of one series: low … high - 1 are places of samples, ends are times (ms)."""

    low: I64
    high: I64
    ends: I64
    range_ms: int

    def of(self, least: int) -> tuple[I64, I64, I64]:
        """Which windows hold at least so many samples, and the places of their first and last."""
        at = np.flatnonzero(self.high - self.low >= least)
        return at, self.low[at], self.high[at] - 1


@dataclass(frozen=True, slots=True)
class Found:
    """What a function gives. at: the windows with a value; noted: whether hints say that the function does not suit."""

    at: I64
    values: F64 | list[Histogram]
    noted: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """Samples of one series. numbers: (samples, HEAD + positive + negative buckets); resets: whether the counter began anew
    with a sample, as seen from the one before; overlaps: whether any begins before the sample before it; like: any of its
    histograms."""

    times: I64
    starts: I64
    numbers: F64
    resets: Mask
    overlaps: bool
    positive: I64
    negative: I64
    hints: I64
    like: Histogram

    @classmethod
    def of(cls, histograms: Sequence[object], times: I64, starts: I64 | None) -> Series | None:
        """None: they are not alike."""
        alike = _alike(histograms)
        if alike is None:
            return None
        began = np.zeros(len(times), np.int64) if starts is None else starts
        overlaps = bool(((began[1:] != 0) & (began[1:] < times[:-1]) & (began[1:] != began[:-1])).any())
        positive, p = matrix([h.positive for h in alike])
        negative, n = matrix([h.negative for h in alike])
        head = np.array([(h.count, h.sum, h.zero_count) for h in alike])
        like = alike[0]
        resets = np.zeros(len(times), bool)
        resets[1:] = (head[1:, 0] < head[:-1, 0]) | (head[1:, 2] < head[:-1, 2])
        for index, counts in ((positive, p), (negative, n)):
            seen = counts[:, _outside(index, like)]
            resets[1:] |= (seen[1:] < seen[:-1]).any(axis=1)
        hints = np.array([h.hint for h in alike])
        resets = np.where((hints == RESET) | (hints == NOT_RESET), hints == RESET, resets)
        resets[0] = False
        resets[1:] |= windows.restarted(began[:-1], times[:-1], began[1:], times[1:])
        return cls(times, began, np.hstack([head, p, n]), resets, overlaps, positive, negative, hints, like)

    @property
    def plain(self) -> bool:
        """Whether no sum can overflow or vanish: then a bucket is in a result as soon as any sample of its window has it."""
        counts = self.numbers[:, HEAD:]
        with np.errstate(over="ignore"):
            return bool((counts[counts != 0] > SMALLEST).all() and np.isfinite(np.abs(self.numbers).sum()))

    def extrapolated(self, w: Spans, counter: bool, rate: bool) -> Found | None:
        """rate, increase and delta, as `mixed.extrapolated`."""
        if counter and self.overlaps:
            return None
        at, first, last = w.of(1)
        lost = np.zeros_like(self.numbers)
        lost[1:] = np.where(self.resets[1:, None], self.numbers[:-1], 0.0)
        whole = self.numbers + np.cumsum(lost, axis=0) if counter and self.resets.any() else self.numbers
        change = whole[last] - whole[first]
        gaps = last - first
        start, end = w.ends[at] - w.range_ms, w.ends[at]
        first_t, last_t, began = self.times[first], self.times[last], self.starts[first]
        to_start, to_end, sampled = (first_t - start) / 1000, (end - last_t) / 1000, (last_t - first_t) / 1000
        average = np.where(gaps > 0, sampled / np.maximum(gaps, 1), 0.0)
        threshold = average * 1.1
        fresh = (began != 0) & (start < began) & (began < first_t) & counter
        held = self.numbers[first, 0]
        to_start = np.where(to_start >= threshold, average / 2, to_start)
        with np.errstate(all="ignore"):
            to_zero = np.where((change[:, 0] > 0) & (held >= 0) & counter, sampled * (held / change[:, 0]), np.inf)
        to_start = np.where(fresh, 0.0, np.minimum(to_start, to_zero))
        sampled = np.where(fresh, (last_t - began) / 1000, sampled)
        to_end = np.where(to_end >= threshold, average / 2, to_end)
        change = np.where(fresh[:, None], change + self.numbers[first], change)
        with np.errstate(all="ignore"):
            factor = np.where(sampled != 0, (sampled + to_start + to_end) / sampled, 1.0)
            scaled = change * (factor / (w.range_ms / 1000) if rate else factor)[:, None]
        hints = np.where(gaps > 0, GAUGE, self.hints[first])
        kept = (gaps > 0) | fresh
        odd = self._hinted(first, last, counter, whole=True)[gaps > 0].any()
        return Found(at[kept], self._made(scaled[kept], hints[kept], change[kept]), bool(odd))

    def newest(self, w: Spans, rate: bool) -> Found:
        """irate and idelta, as `mixed.instant`."""
        at, _, last = w.of(2)
        before = last - 1
        change = self.numbers[last] - np.where((self.resets[last] & rate)[:, None], 0.0, self.numbers[before])
        seconds = (self.times[last] - self.times[before]) / 1000
        values = change / seconds[:, None] if rate else change
        odd = self._hinted(before, last, rate, whole=False).any()
        return Found(at, self._made(values, np.full(len(at), GAUGE), change), bool(odd))

    def folded(self, w: Spans, mean: bool) -> Found | None:
        """sum_over_time and avg_over_time, as `histogram.Total` adds: all windows side by side, the longest first."""
        if not self.plain or ((self.hints == RESET).any() and (self.hints == NOT_RESET).any()):
            return None
        at, first, last = w.of(1)
        lengths = last - first + 1
        order = np.argsort(-lengths, kind="stable")
        at, first, lengths = at[order], first[order], lengths[order]
        total = self.numbers[first]
        lost = total * 0.0
        for k in range(1, int(lengths[0]) if len(lengths) else 0):
            alive = int(np.searchsorted(-lengths, -k, "left"))
            total[:alive], lost[:alive] = neumaier(total[:alive], lost[:alive], self.numbers[first[:alive] + k])
        if mean:
            total, lost = total / lengths[:, None], lost / lengths[:, None]
        whole = total + lost
        return Found(at, self._made(whole, self._merged_hints(first, lengths), whole))

    def counted(self, w: Spans, changes: bool) -> Found | None:
        """changes and resets, as in `mixed`."""
        flags = self.resets
        if changes:
            if not self.plain:
                return None
            flags = np.zeros(len(self.times), bool)
            flags[1:] = (self.numbers[1:] != self.numbers[:-1]).any(axis=1)
        at, first, last = w.of(1)
        total = np.cumsum(flags)
        return Found(at, (total[last] - total[first]).astype(np.float64))

    def _hinted(self, first: I64, last: I64, counter: bool, whole: bool) -> Mask:
        """Windows in which a gauge stands where a counter belongs, or the other way round."""
        odd: Mask = (self.hints == GAUGE) == counter
        if not (counter and whole):
            return odd[first] | odd[last]
        total = np.concatenate([[0], np.cumsum(odd)])
        found: Mask = total[last + 1] > total[first]
        return found

    def _merged_hints(self, first: I64, lengths: I64) -> I64:
        """Of sums, as `histogram.merged_hint` gives one after the other."""
        same = np.concatenate([[0], np.cumsum(self.hints[1:] != self.hints[:-1])])
        gauges = np.concatenate([[0], np.cumsum(self.hints == GAUGE)])
        last = first + lengths - 1
        hints = np.where(same[last] == same[first], self.hints[first], UNKNOWN)
        return np.where(gauges[last + 1] > gauges[first], GAUGE, hints)

    def _made(self, numbers: F64, hints: I64, kept: F64) -> list[Histogram]:
        """Histograms of rows. kept: where it is zero, there is no bucket."""
        like, middle = self.like, HEAD + len(self.positive)
        sides = []
        for index, part in ((self.positive, slice(HEAD, middle)), (self.negative, slice(middle, None))):
            counts, there = numbers[:, part], kept[:, part] != 0
            full = there.all(axis=1).tolist()
            sides.append(
                [Side(index, c) if f else _side(index, c, t) for c, t, f in zip(counts, there, full, strict=True)]
            )
        return [
            Histogram(like.schema, count, total, like.zero_threshold, zero, positive, negative, like.bounds, hint)
            for (count, total, zero), positive, negative, hint in zip(
                numbers[:, :HEAD].tolist(), *sides, hints.tolist(), strict=True
            )
        ]


FUNCTIONS: dict[str, Callable[[Series, Spans], Found | None]] = {
    "avg_over_time": lambda s, w: s.folded(w, True),
    "changes": lambda s, w: s.counted(w, True),
    "delta": lambda s, w: s.extrapolated(w, False, False),
    "idelta": lambda s, w: s.newest(w, False),
    "increase": lambda s, w: s.extrapolated(w, True, False),
    "irate": lambda s, w: s.newest(w, True),
    "rate": lambda s, w: s.extrapolated(w, True, True),
    "resets": lambda s, w: s.counted(w, False),
    "sum_over_time": lambda s, w: s.folded(w, False),
}
"""By the function's name. None: left to those that go one by one."""


def summed(histograms: Sequence[Histogram]) -> Histogram | None:
    """The sum of histograms that are alike, rounded once; None: they are not, or one has a count below nothing, so that their
    order matters."""
    alike = _alike(histograms)
    if alike is None or any(h.hint != alike[0].hint for h in alike):
        return None
    sides = []
    for parts in ([h.positive for h in alike], [h.negative for h in alike]):
        index = np.concatenate([s.index for s in parts])
        counts = np.concatenate([s.counts for s in parts])
        if not ((counts < LARGEST).all() and (counts >= 0).all()):
            return None
        if not len(index):
            sides.append(NOTHING)
            continue
        order = np.argsort(index, kind="stable")
        index, counts = index[order], counts[order].astype(np.longdouble)
        begins = np.flatnonzero(np.concatenate([[True], index[1:] != index[:-1]]))
        sides.append(Side(index[begins], np.add.reduceat(counts, begins).astype(np.float64)))
    heads = [[h.count for h in alike], [h.sum for h in alike], [h.zero_count for h in alike]]
    if not all(math.isfinite(x) and abs(x) < LARGEST for head in heads for x in head):
        return None
    count, total, zero = (math.fsum(head) for head in heads)
    like = alike[0]
    return Histogram(like.schema, count, total, like.zero_threshold, zero, sides[0], sides[1], like.bounds, like.hint)


def _alike(found: Sequence[object]) -> list[Histogram] | None:
    out: list[Histogram] = []
    for h in found:
        if not isinstance(h, Histogram):
            return None
        if out and (
            h.schema != out[0].schema or h.zero_threshold != out[0].zero_threshold or h.bounds != out[0].bounds
        ):
            return None
        out.append(h)
    return out or None


def matrix(sides: Sequence[Side]) -> tuple[I64, F64]:
    """The indices that any of them has, and the counts of all: (sides, indices)."""
    lengths = [len(s) for s in sides]
    if not any(lengths):
        return np.empty(0, np.int64), np.zeros((len(sides), 0))
    every = np.concatenate([s.index for s in sides])
    index, place = np.unique(every, return_inverse=True)
    counts = np.zeros((len(sides), len(index)))
    counts[np.repeat(np.arange(len(sides)), lengths), place] = np.concatenate([s.counts for s in sides])
    return index, counts


def _outside(index: I64, like: Histogram) -> Mask:
    """The buckets that reach beyond the zero bucket."""
    if not len(index) or like.custom or like.zero_threshold == 0:
        return np.ones(len(index), bool)
    lower, _ = bounds_of(index, like.schema, like.bounds)
    beyond: Mask = lower >= like.zero_threshold
    return beyond


def _side(index: I64, counts: F64, there: Mask) -> Side:
    kept = there.nonzero()[0]
    return Side(index[kept], counts[kept]) if len(kept) else NOTHING

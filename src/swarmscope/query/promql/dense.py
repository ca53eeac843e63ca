"""Histograms that are alike, as matrices: rates of all windows of a series at once, sums of many series at once.

One by one (`mixed.py`, `aggregate.py`) each window of each series costs some hundred microseconds. Whatever would need a note,
or has another schema, other bounds or another zero bucket than its neighbours, is left to them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from swarmscope.query.promql import windows
from swarmscope.query.promql.histogram import GAUGE, NOTHING, RESET, UNKNOWN, Histogram, Side, bounds_of
from swarmscope.query.promql.labels import Mask
from swarmscope.query.promql.values import F64, I64

HEAD = 3  # columns before those of buckets: count, sum, zero count


@dataclass(frozen=True, slots=True)
class Series:
    """Samples of one series. numbers: (samples, HEAD + positive + negative buckets); resets: whether the counter began anew
    with a sample, as seen from the one before; like: any of its histograms."""

    times: I64
    starts: I64
    numbers: F64
    resets: Mask
    positive: I64
    negative: I64
    hints: I64
    like: Histogram

    @classmethod
    def of(cls, histograms: Sequence[object], times: I64, starts: I64 | None) -> Series | None:
        """None: they are not alike, or something about them must be noted."""
        alike = _alike(histograms)
        if alike is None or any(h.hint == GAUGE for h in alike):
            return None
        began = np.zeros(len(times), np.int64) if starts is None else starts
        if ((began[1:] != 0) & (began[1:] < times[:-1]) & (began[1:] != began[:-1])).any():
            return None
        positive, p = _matrix([h.positive for h in alike])
        negative, n = _matrix([h.negative for h in alike])
        head = np.array([(h.count, h.sum, h.zero_count) for h in alike])
        like = alike[0]
        resets = np.zeros(len(times), bool)
        resets[1:] = (head[1:, 0] < head[:-1, 0]) | (head[1:, 2] < head[:-1, 2])
        for index, counts in ((positive, p), (negative, n)):
            seen = counts[:, _outside(index, like)]
            resets[1:] |= (seen[1:] < seen[:-1]).any(axis=1)
        hints = np.array([h.hint for h in alike])
        resets = np.where(hints == UNKNOWN, resets, hints == RESET)
        resets[0] = False
        resets[1:] |= windows.restarted(began[:-1], times[:-1], began[1:], times[1:])
        return cls(times, began, np.hstack([head, p, n]), resets, positive, negative, hints, like)

    def extrapolated(
        self, low: I64, high: I64, ends: I64, range_ms: int, rate: bool
    ) -> Iterator[tuple[int, Histogram]]:
        """rate or increase of windows, as `mixed.extrapolated`: (place of the window, value). low, high: places of samples."""
        at = np.flatnonzero(high > low)
        if not len(at):
            return
        first, last = low[at], high[at] - 1
        lost = np.zeros_like(self.numbers)
        lost[1:] = np.where(self.resets[1:, None], self.numbers[:-1], 0.0)
        whole = self.numbers + np.cumsum(lost, axis=0) if self.resets.any() else self.numbers
        change = whole[last] - whole[first]
        gaps = last - first
        start, end = ends[at] - range_ms, ends[at]
        first_t, last_t, began = self.times[first], self.times[last], self.starts[first]
        to_start, to_end, sampled = (first_t - start) / 1000, (end - last_t) / 1000, (last_t - first_t) / 1000
        average = np.where(gaps > 0, sampled / np.maximum(gaps, 1), 0.0)
        threshold = average * 1.1
        fresh = (began != 0) & (start < began) & (began < first_t)
        held = self.numbers[first, 0]
        to_start = np.where(to_start >= threshold, average / 2, to_start)
        with np.errstate(all="ignore"):
            to_zero = np.where((change[:, 0] > 0) & (held >= 0), sampled * (held / change[:, 0]), np.inf)
        to_start = np.where(fresh, 0.0, np.minimum(to_start, to_zero))
        sampled = np.where(fresh, (last_t - began) / 1000, sampled)
        to_end = np.where(to_end >= threshold, average / 2, to_end)
        change = np.where(fresh[:, None], change + self.numbers[first], change)
        with np.errstate(all="ignore"):
            factor = np.where(sampled != 0, (sampled + to_start + to_end) / sampled, 1.0)
            change *= (factor / (range_ms / 1000) if rate else factor)[:, None]
        for i in np.flatnonzero((gaps > 0) | fresh).tolist():
            yield int(at[i]), self._made(change[i], GAUGE if gaps[i] else int(self.hints[first[i]]))

    def _made(self, numbers: F64, hint: int) -> Histogram:
        count, total, zero = numbers[:HEAD].tolist()
        middle = HEAD + len(self.positive)
        return Histogram(
            self.like.schema, count, total, self.like.zero_threshold, zero,
            _side(self.positive, numbers[HEAD:middle]), _side(self.negative, numbers[middle:]), self.like.bounds, hint,
        )  # fmt: skip


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
        if not (np.isfinite(counts).all() and (counts >= 0).all()):
            return None
        if not len(index):
            sides.append(NOTHING)
            continue
        order = np.argsort(index, kind="stable")
        index, counts = index[order], counts[order].astype(np.longdouble)
        begins = np.flatnonzero(np.concatenate([[True], index[1:] != index[:-1]]))
        sides.append(Side(index[begins], np.add.reduceat(counts, begins).astype(np.float64)))
    heads = [[h.count for h in alike], [h.sum for h in alike], [h.zero_count for h in alike]]
    if not all(math.isfinite(x) for head in heads for x in head):
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


def _matrix(sides: Sequence[Side]) -> tuple[I64, F64]:
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


def _side(index: I64, counts: F64) -> Side:
    if not len(index):
        return NOTHING
    kept = counts.nonzero()[0]
    if len(kept) == len(index):
        return Side(index, counts)
    return Side(index[kept], counts[kept]) if len(kept) else NOTHING

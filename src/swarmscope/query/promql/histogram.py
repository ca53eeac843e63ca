"""Native histograms: exponential buckets (schema -4 … 8) and custom ones (schema -53), and their arithmetic.

Buckets are sparse: an index array beside an array of counts. The bucket of index i covers (bound(i-1), bound(i)]; negative
buckets mirror positive ones. A `Histogram` is never changed in place. Semantics: Prometheus' native histograms specification.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

CUSTOM = -53
UNKNOWN, RESET, NOT_RESET, GAUGE = 0, 1, 2, 3
"""Counter reset hints: what is known of this sample against the one before."""
_MAX = float(np.finfo(np.float64).max)
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
NO_INDEX: I64 = np.empty(0, np.int64)
NO_COUNTS: F64 = np.empty(0)


class IncompatibleError(ValueError):
    """One histogram has exponential buckets, the other custom ones."""


@dataclass(frozen=True, slots=True)
class Side:
    """The buckets on one side of zero. Indices ascend."""

    index: I64 = field(default_factory=lambda: NO_INDEX)
    counts: F64 = field(default_factory=lambda: NO_COUNTS)

    def __len__(self) -> int:
        return len(self.index)

    def compact(self) -> Side:
        """Without empty buckets."""
        kept = self.counts != 0
        return self if kept.all() else Side(self.index[kept], self.counts[kept])

    def same(self, other: Side) -> bool:
        """Whether indices and counts are equal to the bit; NaN equals NaN."""
        return np.array_equal(self.index, other.index) and np.array_equal(self.counts, other.counts, equal_nan=True)


NOTHING = Side()


@dataclass(frozen=True, slots=True)
class Histogram:
    """A distribution. bounds: the upper bounds of custom buckets, without +Inf; None for exponential ones."""

    schema: int = 0
    count: float = 0.0
    sum: float = 0.0
    zero_threshold: float = 0.0
    zero_count: float = 0.0
    positive: Side = NOTHING
    negative: Side = NOTHING
    bounds: tuple[float, ...] = ()
    hint: int = UNKNOWN

    @property
    def custom(self) -> bool:
        """Whether bounds are given, not computed."""
        return self.schema == CUSTOM

    def compact(self) -> Histogram:
        """Without empty buckets."""
        positive, negative = self.positive.compact(), self.negative.compact()
        if positive is self.positive and negative is self.negative:
            return self
        return replace(self, positive=positive, negative=negative)

    def hinted(self, hint: int) -> Histogram:
        """With another counter reset hint."""
        return self if hint == self.hint else replace(self, hint=hint)

    def times(self, factor: float) -> Histogram:
        """All counts and the sum multiplied."""
        return self._scaled(lambda x: x * factor, GAUGE if factor < 0 else self.hint)

    def over(self, divisor: float) -> Histogram:
        """All counts and the sum divided; by zero, the buckets go."""
        with np.errstate(all="ignore"):
            if divisor == 0:
                by = np.float64(divisor)
                count, total, zero = (float(np.float64(v) / by) for v in (self.count, self.sum, self.zero_count))
                return replace(self, count=count, sum=total, zero_count=zero, positive=NOTHING, negative=NOTHING)
            return self._scaled(lambda x: x / divisor, GAUGE if divisor < 0 else self.hint)

    def _scaled(self, scale: Callable[[F64], F64], hint: int) -> Histogram:
        with np.errstate(all="ignore"):
            head = scale(np.array([self.count, self.sum, self.zero_count]))
            positive = Side(self.positive.index, scale(self.positive.counts))
            negative = Side(self.negative.index, scale(self.negative.counts))
        count, total, zero = head.tolist()
        return Histogram(self.schema, count, total, self.zero_threshold, zero, positive, negative, self.bounds, hint)

    def equals(self, other: Histogram) -> bool:
        """Whether both hold the same, hints aside."""
        return (
            self.schema == other.schema
            and _same(self.count, other.count)
            and _same(self.sum, other.sum)
            and self.bounds == other.bounds
            and self.zero_threshold == other.zero_threshold
            and _same(self.zero_count, other.zero_count)
            and self.positive.same(other.positive)
            and self.negative.same(other.negative)
        )

    def overflows(self) -> bool:
        """Whether any number is infinite."""
        numbers = (self.zero_count, self.count, self.sum)
        return any(map(math.isinf, numbers)) or bool(
            np.isinf(self.positive.counts).any() or np.isinf(self.negative.counts).any()
        )

    def at_schema(self, schema: int) -> Histogram:
        """With fewer, wider buckets. schema: not above the present one."""
        if schema == self.schema or self.custom:
            return self
        positive = reduced(self.positive, self.schema, schema)
        negative = reduced(self.negative, self.schema, schema)
        return replace(self, schema=schema, positive=positive, negative=negative)

    def is_reset(self, before: Histogram) -> bool:
        """Whether a counter that was `before` must have started anew to be this."""
        if self.hint in (RESET, NOT_RESET):
            return self.hint == RESET
        if self.count < before.count:
            return True
        if self.custom:
            if not before.custom:
                return True
            if self.bounds != before.bounds:
                return _custom_reset(self, before)
        if self.schema > before.schema or self.zero_threshold < before.zero_threshold:
            return True
        if before.custom != self.custom:
            return True
        earlier, threshold = before._zero_at(self.zero_threshold)
        if threshold != self.zero_threshold or self.zero_count < earlier:
            return True
        older = before.at_schema(self.schema)
        return _fell(self.positive, _beyond(older.positive, older, self.zero_threshold)) or _fell(
            self.negative, _beyond(older.negative, older, self.zero_threshold)
        )

    def plus(self, other: Histogram) -> Histogram:
        """The sum. Raises IncompatibleError."""
        return combine(self, other, 1.0)

    def minus(self, other: Histogram) -> Histogram:
        """The difference. Raises IncompatibleError."""
        return combine(self, other, -1.0)

    def _zero_at(self, threshold: float) -> tuple[float, float]:
        """Count of the zero bucket once it is as wide as `threshold`, or as the bucket that this would cut, and that width."""
        if threshold == self.zero_threshold:
            return self.zero_count, threshold
        while True:
            count = self.zero_count
            widened = threshold
            for side in (self.positive, self.negative):
                if not len(side):
                    continue
                lower, upper = bounds_of(side.index, self.schema, self.bounds)
                inside = lower < widened
                count += float(side.counts[inside].sum())
                cut = inside & (upper > widened) & (side.counts != 0)
                if cut.any():
                    widened = float(upper[cut][0])
            if widened == threshold:
                return count, threshold
            threshold = widened

    def widened(self, threshold: float) -> Histogram:
        """With a zero bucket at least as wide as `threshold`."""
        count, wide = self._zero_at(threshold)
        positive = _beyond(self.positive, self, wide).compact()
        negative = _beyond(self.negative, self, wide).compact()
        return replace(self, zero_count=count, zero_threshold=wide, positive=positive, negative=negative)


def _same(a: float, b: float) -> bool:
    return a == b or (a != a and b != b)


def bounds_of(index: I64, schema: int, custom: Sequence[float]) -> tuple[F64, F64]:
    """Lower and upper bounds of positive buckets."""
    if schema == CUSTOM:
        edges = np.array([-math.inf, *custom, math.inf])
        return edges[index], edges[index + 1]
    return _exponential(index - 1, schema), _exponential(index, schema)


def _exponential(index: I64, schema: int) -> F64:
    with np.errstate(all="ignore"):
        if schema < 0:
            exponent = index << -schema
            bound = np.ldexp(1.0, np.clip(exponent, -1100, 1100).astype(np.int32))
            return np.where(exponent == 1024, _MAX, bound)
        fraction = np.exp2((index & ((1 << schema) - 1)) / (1 << schema)) / 2
        exponent = (index >> schema) + 1
        bound = np.ldexp(fraction, np.clip(exponent, -1100, 1100).astype(np.int32))
        return np.where((fraction == 0.5) & (exponent == 1025), _MAX, bound)


def _beyond(side: Side, of: Histogram, threshold: float) -> Side:
    """The buckets that reach beyond a zero bucket."""
    if not len(side) or threshold == 0 or of.custom:
        return side
    lower, _ = bounds_of(side.index, of.schema, of.bounds)
    kept = lower >= threshold
    return side if kept.all() else Side(side.index[kept], side.counts[kept])


def reduced(side: Side, schema: int, target: int) -> Side:
    """Buckets of a schema merged into those of a coarser one."""
    if not len(side):
        return side
    index = ((side.index - 1) >> (schema - target)) + 1
    merged, place = np.unique(index, return_inverse=True)
    return Side(merged, np.bincount(place, side.counts, len(merged)).astype(np.float64))


def _fell(now: Side, before: Side) -> bool:
    """Whether any bucket counts less than before."""
    if not len(before):
        return False
    if not len(now):
        return bool((before.counts != 0).any())
    place = np.minimum(np.searchsorted(now.index, before.index), len(now) - 1)
    found = now.index[place] == before.index
    return bool(np.where(found, now.counts[place] < before.counts, before.counts != 0).any())


def _custom_reset(now: Histogram, before: Histogram) -> bool:
    shared = shared_bounds(now.bounds, before.bounds)
    return bool((rebucket(now, shared) < rebucket(before, shared)).any())


def shared_bounds(a: Sequence[float], b: Sequence[float]) -> tuple[float, ...]:
    """Bounds that both have."""
    return tuple(np.intersect1d(np.array(a), np.array(b)).tolist())


def rebucket(h: Histogram, bounds: Sequence[float]) -> F64:
    """Counts of custom buckets within coarser bounds, the +Inf bucket last."""
    out = np.zeros(len(bounds) + 1)
    if len(h.positive):
        edges = np.array([*h.bounds, math.inf])
        place = np.searchsorted(np.array([*bounds, math.inf]), edges[h.positive.index])
        np.add.at(out, place, h.positive.counts)
    return out


def _dense(counts: F64) -> Side:
    kept = np.flatnonzero(counts)
    return Side(kept.astype(np.int64), counts[kept])


def merged_hint(a: Histogram, b: Histogram) -> tuple[int, bool]:
    """Hint of a combination, and whether the two contradict each other."""
    if a.hint == b.hint or a.hint == GAUGE:
        return a.hint, False
    if b.hint == GAUGE:
        return GAUGE, False
    return UNKNOWN, a.hint != UNKNOWN and b.hint != UNKNOWN


def aligned(a: Histogram, b: Histogram) -> tuple[Histogram, Histogram]:
    """Both with the same schema, zero bucket and bounds. Raises IncompatibleError."""
    if a.custom != b.custom:
        raise IncompatibleError
    if a.custom:
        if a.bounds == b.bounds:
            return a, b
        shared = shared_bounds(a.bounds, b.bounds)
        return (
            replace(a, bounds=shared, positive=_dense(rebucket(a, shared))),
            replace(b, bounds=shared, positive=_dense(rebucket(b, shared))),
        )
    while a.zero_threshold != b.zero_threshold:
        if a.zero_threshold > b.zero_threshold:
            b = b.widened(a.zero_threshold)
        else:
            a = a.widened(b.zero_threshold)
    schema = min(a.schema, b.schema)
    return a.at_schema(schema), b.at_schema(schema)


def combine(a: Histogram, b: Histogram, sign: float) -> Histogram:
    """a + sign · b. Raises IncompatibleError."""
    hint, _ = merged_hint(a, b)
    a, b = aligned(a, b)
    with np.errstate(all="ignore"):
        return Histogram(
            a.schema,
            a.count + sign * b.count,
            a.sum + sign * b.sum,
            a.zero_threshold,
            a.zero_count + sign * b.zero_count,
            _joined(a.positive, b.positive, sign),
            _joined(a.negative, b.negative, sign),
            a.bounds,
            hint,
        )


def _joined(a: Side, b: Side, sign: float) -> Side:
    if np.array_equal(a.index, b.index):
        return Side(a.index, a.counts + sign * b.counts)
    index = np.union1d(a.index, b.index)
    counts = np.zeros(len(index))
    counts[np.searchsorted(index, a.index)] = a.counts
    counts[np.searchsorted(index, b.index)] += sign * b.counts
    return Side(index, counts)


class Total:
    """A running sum of histograms with Neumaier's compensation, in the order of `add`."""

    def __init__(self, first: Histogram) -> None:
        self.sum = first
        self.lost = first.times(0.0)
        self.reconciled = False

    def add(self, other: Histogram) -> None:
        """Raises IncompatibleError, and is then unchanged."""
        a, b = aligned(self.sum, other)
        self.reconciled |= a.custom and self.sum.bounds != other.bounds
        lost, _ = aligned(self.lost, a)
        hint, _ = merged_hint(self.sum, other)
        head = np.array([a.count, a.sum, a.zero_count])
        more = np.array([b.count, b.sum, b.zero_count])
        carry = np.array([lost.count, lost.sum, lost.zero_count])
        (count, total, zero), (lost_count, lost_sum, lost_zero) = (x.tolist() for x in neumaier(head, carry, more))
        positive, lost_positive = _added(a.positive, lost.positive, b.positive)
        negative, lost_negative = _added(a.negative, lost.negative, b.negative)
        self.sum = Histogram(a.schema, count, total, a.zero_threshold, zero, positive, negative, a.bounds, hint)
        self.lost = Histogram(
            a.schema, lost_count, lost_sum, a.zero_threshold, lost_zero, lost_positive, lost_negative, a.bounds, UNKNOWN
        )

    def result(self, divisor: float = 1.0) -> Histogram:
        """The sum, compensated, over `divisor`."""
        if divisor == 1.0:
            return combine(self.sum, self.lost, 1.0).hinted(self.sum.hint)
        return combine(self.sum.over(divisor), self.lost.over(divisor), 1.0).hinted(self.sum.hint)


def _added(a: Side, lost: Side, b: Side) -> tuple[Side, Side]:
    index = np.union1d(np.union1d(a.index, b.index), lost.index)
    columns = []
    for side in (a, lost, b):
        counts = np.zeros(len(index))
        counts[np.searchsorted(index, side.index)] = side.counts
        columns.append(counts)
    total, carry = neumaier(*columns)
    return Side(index, total), Side(index, carry)


def neumaier(total: F64, lost: F64, more: F64) -> tuple[F64, F64]:
    """One step of compensated summation: `total` and what it has lost, after `more`."""
    with np.errstate(all="ignore"):
        t = total + more
        larger = np.abs(total) >= np.abs(more)
        step = np.where(larger, (total - t) + more, (more - t) + total)
        return t, np.where(np.isinf(t), 0.0, lost + step)


def mean(histograms: Sequence[Histogram]) -> tuple[Histogram, bool]:
    """The mean, without overflow where the sum would, and whether bounds had to be reconciled. Raises IncompatibleError."""
    total = Total(histograms[0])
    for number, other in enumerate(histograms[1:], 2):
        before = total.sum, total.lost
        total.add(other)
        if total.sum.overflows():
            total.sum, total.lost = (h.over(number - 1) for h in before)
            return _incremental(total, histograms[number - 1 :], number), total.reconciled
    return total.result(float(len(histograms))), total.reconciled


def _incremental(total: Total, rest: Sequence[Histogram], number: int) -> Histogram:
    for n, other in enumerate(rest, number):
        share = (n - 1) / n
        total.sum, total.lost = total.sum.times(share), total.lost.times(share)
        total.add(other.over(n))
    return total.result()

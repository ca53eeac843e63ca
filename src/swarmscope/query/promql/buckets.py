"""What is read from the buckets of a native histogram: quantiles, fractions, spread, trims, and how it is written."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from swarmscope.query.promql.histogram import F64, GAUGE, NOT_RESET, RESET, Histogram, Side, bounds_of, neumaier


class Buckets(NamedTuple):
    """All buckets from low to high, the zero bucket among them."""

    lower: F64
    upper: F64
    counts: F64


def all_buckets(h: Histogram) -> Buckets:
    """The buckets of a histogram."""
    low, up = bounds_of(h.positive.index, h.schema, h.bounds)
    lower, upper, counts = low, up, h.positive.counts
    if h.custom:
        return Buckets(lower, upper, counts)
    t = h.zero_threshold
    lower = np.where((lower > 0) & (lower < t), t, lower)
    if h.zero_count > 0:
        lower, upper = np.append(-t, lower), np.append(t, upper)
        counts = np.append(h.zero_count, counts)
    if len(h.negative):
        near, far = bounds_of(h.negative.index, h.schema, ())
        top = np.where((near > 0) & (near < t), t, near)
        lower = np.concatenate([-far[::-1], lower])
        upper = np.concatenate([-top[::-1], upper])
        counts = np.concatenate([h.negative.counts[::-1], counts])
    return Buckets(lower, upper, counts)


def _zero_adjusted(h: Histogram, lower: float, upper: float) -> tuple[float, float]:
    """Bounds of the zero bucket: one-sided where all other buckets are on one side."""
    if not len(h.negative) and len(h.positive):
        return 0.0, upper
    if not len(h.positive) and len(h.negative):
        return lower, 0.0
    return lower, upper


def quantile(q: float, h: Histogram) -> tuple[float, str]:
    """The quantile and what is to be said: "" or "nan" (no number can be given) or "skewed" (NaN observations)."""
    if q < 0:
        return -math.inf, ""
    if q > 1:
        return math.inf, ""
    if h.count == 0 or math.isnan(q):
        return math.nan, ""
    forward = math.isnan(h.sum) or q < 0.5
    rank = q * h.count if forward else (1 - q) * h.count
    found = all_buckets(h)
    order = range(len(found.counts)) if forward else range(len(found.counts) - 1, -1, -1)
    count, at, walked = 0.0, -1, 0
    for i in order:
        walked += 1
        at = i
        if found.counts[i] == 0:
            continue
        count += float(found.counts[i])
        if count >= rank:
            break
    lower, upper, inside = (float(c[at]) if at >= 0 else 0.0 for c in found)
    if not h.custom and lower < 0 < upper:
        lower, upper = _zero_adjusted(h, lower, upper)
    elif h.custom:
        if lower == -math.inf:
            if upper <= 0:
                return upper, ""
            lower = 0.0
        elif upper == math.inf:
            return lower, ""
    count = min(count, h.count)
    if count < rank:
        return (math.nan, "nan") if math.isnan(h.sum) else (upper, "")
    rank = rank - (count - inside) if forward else count - rank
    said = ""
    if math.isnan(h.sum) and count + float(found.counts[walked:].sum()) < h.count:
        said = "skewed"
    with np.errstate(all="ignore"):
        fraction = float(np.float64(rank) / np.float64(inside))
    if h.custom or (lower <= 0 <= upper):
        return lower + (upper - lower) * fraction, said
    log_lower, log_upper = _log2(lower), _log2(upper)
    if lower > 0:
        return float(np.exp2(log_lower + (log_upper - log_lower) * fraction)), said
    return -float(np.exp2(log_upper + (log_lower - log_upper) * (1 - fraction))), said


def _log2(value: float) -> float:
    with np.errstate(all="ignore"):
        return float(np.log2(abs(value)))


def _below(lower: float, upper: float, v: float, linear: bool) -> float:
    """Share of a bucket below v."""
    with np.errstate(all="ignore"):
        if linear:
            return float(np.float64(v - lower) / np.float64(upper - lower))
        log_lower, log_upper, log_v = _log2(lower), _log2(upper), _log2(v)
        if v > 0:
            return float(np.float64(log_v - log_lower) / np.float64(log_upper - log_lower))
        return float(1 - np.float64(log_v - log_upper) / np.float64(log_lower - log_upper))


def fraction(lower: float, upper: float, h: Histogram) -> tuple[float, bool]:
    """The share of observations in (lower, upper], and whether there are NaN observations, which are in no share."""
    if h.count == 0 or math.isnan(lower) or math.isnan(upper):
        return math.nan, False
    if lower >= upper:
        return 0.0, False
    found = all_buckets(h)
    ranks: list[float | None] = [None, None]
    rank, walked = 0.0, 0
    for low, up, count in zip(*(c.tolist() for c in found), strict=True):
        walked += 1
        zero = low <= 0 <= up
        if zero:
            low, up = _zero_adjusted(h, low, up)
        for side, v in enumerate((lower, upper)):
            if ranks[side] is not None:
                continue
            if low >= v:
                ranks[side] = rank
            elif low < v < up:
                linear = h.custom or zero
                ranks[side] = count if low == -math.inf and linear else rank + count * _below(low, up, v, linear)
        if None not in ranks:
            break
        rank += count
    skewed, total = False, h.count
    if math.isnan(h.sum):
        total = float(found.counts.sum())
        skewed = total < h.count
    start, end = (total if r is None or r > total else r for r in ranks)
    return (end - start) / h.count, skewed


def variance(h: Histogram) -> float:
    """The variance as estimated from buckets: arithmetic middle of custom ones, geometric of exponential ones."""
    with np.errstate(all="ignore"):
        found = all_buckets(h)
        kept = found.counts != 0
        off = middles(found.lower, found.upper, h.custom)[kept] - np.float64(h.sum) / np.float64(h.count)
        total = lost = np.zeros(())
        for part in found.counts[kept] * off * off:
            total, lost = neumaier(total, lost, part)
        return float((total + lost) / np.float64(h.count))


def middles(lower: F64, upper: F64, custom: bool) -> F64:
    """What stands for the observations of each bucket in a variance."""
    if custom:
        return (upper + lower) / 2
    values = np.sqrt(upper * lower) * np.where(upper < 0, -1.0, 1.0)
    return np.where((lower <= 0) & (upper >= 0), 0.0, values)


def trim(h: Histogram, bound: float, upper: bool) -> Histogram:
    """Only what lies below `bound` (upper) or above it; count and sum are estimated anew where anything went."""
    state = _Trim(bound, upper, h.custom)
    positive = state.side(h.positive, *bounds_of(h.positive.index, h.schema, h.bounds), True)
    near, far = bounds_of(h.negative.index, h.schema, h.bounds) if len(h.negative) else (h.negative.counts,) * 2
    negative = state.side(h.negative, -far, -near, False)
    zero = h.zero_count
    if zero > 0:
        kept, middle = state.zero(h, bool((h.negative.counts != 0).any()), bool((h.positive.counts != 0).any()))
        state.changed |= kept != zero
        zero = kept
        state.count += kept
        state.sum += middle * kept
    if not state.changed:
        return h
    out = replace(h, positive=positive, negative=negative, zero_count=zero, count=state.count, sum=state.sum)
    return out.compact()


class _Trim:
    def __init__(self, bound: float, upper: bool, custom: bool) -> None:
        self.bound, self.upper, self.custom = bound, upper, custom
        self.count = self.sum = 0.0
        self.changed = False

    def side(self, side: Side, lower: F64, upper: F64, positive: bool) -> Side:
        counts = side.counts.copy()
        for i, (low, up, count) in enumerate(zip(lower.tolist(), upper.tolist(), side.counts.tolist(), strict=True)):
            if count == 0:
                continue
            kept, middle = self.bucket(low, up, count, positive)
            if kept is None:
                counts[i] = 0
                self.changed = True
                continue
            self.count += kept
            self.sum += middle * kept
            if kept != count:
                counts[i] = kept
                self.changed = True
        return Side(side.index, counts)

    def bucket(self, low: float, up: float, count: float, positive: bool) -> tuple[float | None, float]:
        whole = up <= self.bound if self.upper else low >= self.bound
        if whole:
            return count, _middle(low, up, positive, self.custom)
        cut = low < self.bound if self.upper else up > self.bound
        if not cut:
            return None, 0.0
        if low == -math.inf or up == math.inf:
            return self.unbounded(low, up, count)
        under = (
            0.0
            if self.bound <= low
            else count
            if self.bound >= up
            else count * _below(low, up, self.bound, self.custom)
        )
        if self.upper:
            return under, _middle(low, self.bound, positive, self.custom)
        return count - under, _middle(self.bound, up, positive, self.custom)

    def unbounded(self, low: float, up: float, count: float) -> tuple[float, float]:
        bound = self.bound
        if low == -math.inf:
            if self.upper:
                if bound >= up:
                    return count, 0.0
                if bound > 0 and up > 0 and up != math.inf:
                    return count * bound / up, bound / 2
                return (count, bound) if up <= 0 else (0.0, _finite(up))
            if bound <= low:
                return count, 0.0
            if bound >= 0 and up > bound and up != math.inf:
                return count * (1 - bound / up), (bound + up) / 2
            return 0.0, _finite(up)
        if not self.upper and bound >= low:
            return count, bound
        return 0.0, _finite(low)

    def zero(self, h: Histogram, has_negative: bool, has_positive: bool) -> tuple[float, float]:
        low, up, bound = -h.zero_threshold, h.zero_threshold, self.bound
        if has_negative and not has_positive:
            up = 0.0
        if has_positive and not has_negative:
            low = 0.0
        if self.upper:
            if bound <= low:
                return 0.0, 0.0
            if bound >= up:
                return h.zero_count, (low + up) / 2
            return h.zero_count * (bound - low) / (up - low), (low + bound) / 2
        if bound <= low:
            return h.zero_count, (low + up) / 2
        if bound >= up:
            return 0.0, 0.0
        return h.zero_count * (up - bound) / (up - low), (bound + up) / 2


def _finite(value: float) -> float:
    return 0.0 if math.isinf(value) else value


def _middle(low: float, up: float, positive: bool, linear: bool) -> float:
    if math.isinf(low):
        return 0.0 if math.isinf(up) else up / 2 if up > 0 else up
    if math.isinf(up):
        return low
    if linear:
        return (low + up) / 2
    middle = math.sqrt(abs(low * up))
    return middle if positive else -middle


def go_g(value: float, widest: int = 6) -> str:
    """A number as Go's `%g` writes it; `%v` turns to exponents from 10**21 on only."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if value == 0:
        return "-0" if math.copysign(1, value) < 0 else "0"
    digits, _, exponent = np.format_float_scientific(value, unique=True, trim="-").partition("e")
    power = int(exponent)
    if power < -4 or power >= widest:
        return f"{digits}e{'-' if power < 0 else '+'}{abs(power):02d}"
    return np.format_float_positional(value, unique=True, trim="-")


def text(h: Histogram) -> str:
    """As `count_values` names a histogram."""
    parts = [f"count:{go_g(h.count)}", f"sum:{go_g(h.sum)}"]
    for low, up, count in zip(*(c.tolist() for c in all_buckets(h)), strict=True):
        if count:
            opens = "[" if low < 0 and (not h.custom or low == -math.inf) else "("
            closes = "]" if up > 0 or h.custom else ")"
            parts.append(f"{opens}{go_g(low)},{go_g(up)}{closes}:{go_g(count, 21)}")
    return "{" + ", ".join(parts) + "}"


_HINTS = {RESET: "reset", NOT_RESET: "not_reset", GAUGE: "gauge"}


def expression(h: Histogram) -> str:
    """In the notation of promqltest: `{{schema:1 count:2 …}}`."""
    h = h.compact()
    parts = [f"schema:{h.schema}"] if h.schema else []
    named = (("count", h.count), ("sum", h.sum), ("z_bucket", h.zero_count), ("z_bucket_w", h.zero_threshold))
    parts += [f"{name}:{go_g(value)}" for name, value in named if value]
    if h.custom:
        parts.append("custom_values:[" + " ".join(map(go_g, h.bounds)) + "]")
    if h.hint in _HINTS:
        parts.append(f"counter_reset_hint:{_HINTS[h.hint]}")
    for prefix, side in (("", h.positive), ("n_", h.negative)):
        if len(side):
            first, last = int(side.index[0]), int(side.index[-1])
            dense = np.zeros(last - first + 1)
            dense[side.index - first] = side.counts
            parts += [f"{prefix}offset:{first}"] if first else []
            parts.append(f"{prefix}buckets:[" + " ".join(map(go_g, dense.tolist())) + "]")
    return "{{" + " ".join(parts) + "}}"

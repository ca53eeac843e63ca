"""Rolling kernels over many series at once: arrays (time, series), so that every step runs along contiguous memory.

NaN is a gap: it neither counts nor spreads. Nothing here loops over series.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
BLOCK = 8192  # series at a time: what a median works on stays in the cache
MAD_TO_SIGMA = 1.4826


def moments(x: F32) -> tuple[F32, F32, F32]:
    """Mean, standard deviation and count along time; NaN where there are fewer than two."""
    count = np.zeros(x.shape[1:], np.float32)
    total, squares = np.zeros_like(count), np.zeros_like(count)
    first = first_finite(x)
    for row in x:
        there = np.isfinite(row)
        value = np.where(there, row - first, np.float32(0))
        count += there
        total += value
        squares += value * value
    with np.errstate(all="ignore"):
        mean = total / count
        variance = np.maximum(squares - count * mean * mean, 0) / (count - 1)
    few = count < 2
    nan = np.float32(np.nan)
    return np.where(few, nan, mean + first), np.where(few, nan, np.sqrt(variance)).astype(np.float32), count


def first_finite(x: F32) -> F32:
    """The oldest value of each series that is there, 0 where there is none: what sums are taken from, against cancellation."""
    out = np.zeros(x.shape[1:], np.float32)
    for row in x[::-1]:
        np.copyto(out, row, where=np.isfinite(row))
    return out


def ewma(x: F32, alpha: float) -> tuple[F32, F32]:
    """Exponentially weighted mean and variance after the last row (West 1979); starts at the first value."""
    mean, variance = first_finite(x), np.zeros(x.shape[1:], np.float32)
    a = np.float32(alpha)
    for row in x:
        step = np.where(np.isfinite(row), row - mean, np.float32(0))
        mean += a * step
        variance += a * ((1 - a) * step * step - variance) * np.isfinite(row)
    return mean, variance


def cusum(z: F32, drift: float = 0.5) -> tuple[F32, F32]:
    """Upper and lower cumulative sums of standardised values after the last row (Page 1954)."""
    high, low = np.zeros(z.shape[1:], np.float32), np.zeros(z.shape[1:], np.float32)
    k = np.float32(drift)
    for row in z:
        value = np.where(np.isfinite(row), row, np.float32(0))
        gap = ~np.isfinite(row)
        high = np.maximum(high + value - np.where(gap, np.float32(0), k), 0)
        low = np.maximum(low - value - np.where(gap, np.float32(0), k), 0)
    return high, low


@cache
def _network(n: int) -> tuple[tuple[int, int], ...]:
    """Comparators of Batcher's odd-even merge sort (1968)."""
    pairs: list[tuple[int, int]] = []
    p = 1
    while p < n:
        k = p
        while k >= 1:
            for j in range(k % p, n - k, 2 * k):
                both = range(j, j + min(k, n - j - k))
                pairs += [(i, i + k) for i in both if i // (2 * p) == (i + k) // (2 * p)]
            k //= 2
        p *= 2
    return tuple(pairs)


def ranked(x: F32) -> tuple[F32, NDArray[np.int64]]:
    """Every series in order along time, gaps last as infinities, and how many values there are.

    A sorting network runs over all series side by side; that beats sorting them one by one.
    """
    out = np.where(np.isfinite(x), x, np.float32(np.inf))
    count = np.isfinite(x).sum(0)
    low = np.empty(min(BLOCK, out.shape[1]), np.float32)
    for start in range(0, out.shape[1], BLOCK):
        block = out[:, start : start + BLOCK].copy()
        rows = list(block)
        spare = low[: block.shape[1]]
        for i, j in _network(len(rows)):
            np.minimum(rows[i], rows[j], out=spare)
            np.maximum(rows[i], rows[j], out=rows[j])
            rows[i], spare = spare, rows[i]
        for i, row in enumerate(rows):
            out[i, start : start + block.shape[1]] = row
        low = np.empty(min(BLOCK, out.shape[1]), np.float32)
    return out, count


def quantile(ordered: F32, count: NDArray[np.int64], q: float) -> F32:
    """The q-quantile of series from `ranked` (nearest below and above, averaged by distance); NaN for an empty one."""
    place = np.maximum(count - 1, 0) * q
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, np.maximum(count - 1, 0))
    series = np.arange(ordered.shape[1])
    share = (place - low).astype(np.float32)
    with np.errstate(invalid="ignore"):
        value = ordered[low, series] * (1 - share) + ordered[high, series] * share
    return np.where(count > 0, value, np.float32(np.nan)).astype(np.float32)


def median_and_spread(x: F32) -> tuple[F32, F32, NDArray[np.int64]]:
    """Median, 1.4826 × the median absolute deviation, and the count of each series."""
    ordered, count = ranked(x)
    centre = quantile(ordered, count, 0.5)
    with np.errstate(invalid="ignore"):
        apart, _ = ranked(np.abs(x - centre))
    return centre, quantile(apart, count, 0.5) * np.float32(MAD_TO_SIGMA), count

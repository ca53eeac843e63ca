"""Sufficient statistics of values that stay where they are: count, sums, products and histograms, as whole numbers.

Values are rounded to multiples of 2^−FRACTION_BITS once. From there on everything is integer arithmetic modulo 2^64: the
sum over sites is bit for bit what all rows in one place give, in whatever order and division (and masks that are added and
taken away again leave no trace). Within the limits below nothing wraps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
U64 = NDArray[np.uint64]
FRACTION_BITS = 12
VALUE_MAX = 2.0**7  # of normalised values; larger ones are cut
ROWS_MAX = 1 << 24  # of all sites together: 2^(2·(7+12)) · 2^24 = 2^62
SIGNALS_MAX = 64
BINS = 128
RANGE = 8.0  # histograms reach from −RANGE to RANGE in normalised units; what lies beyond falls into the outermost bins
_ONE = 1 << FRACTION_BITS


@dataclass(frozen=True, slots=True)
class Layout:
    """What is shared: names of the signals, and what they are normalised by, (value − centre) / scale, known to all sites."""

    signals: tuple[str, ...]
    centre: tuple[float, ...]
    scale: tuple[float, ...]

    def __post_init__(self) -> None:
        d = len(self.signals)
        if not 0 < d <= SIGNALS_MAX or len(self.centre) != d or len(self.scale) != d:
            raise ValueError(
                f"a layout has 1 to {SIGNALS_MAX} signals with a centre and a scale each; this one has {d}"
            )
        if not all(np.isfinite(c) for c in self.centre) or not all(np.isfinite(s) and s > 0 for s in self.scale):
            raise ValueError("centres must be finite and scales above zero")

    @property
    def size(self) -> int:
        """Numbers in a vector: count, sums, upper half of products, histograms."""
        d = len(self.signals)
        return 1 + d + d * (d + 1) // 2 + d * BINS

    def normalised(self, rows: F64) -> F64:
        """Whole rows only (no NaN), normalised."""
        good = rows[np.isfinite(rows).all(1)]
        out: F64 = (good - np.array(self.centre)) / np.array(self.scale)
        return out


def summed(layout: Layout, rows: F64, clip: float | None = None) -> U64:
    """The statistics of rows (rows, signals) as a vector modulo 2^64. clip: largest length of a normalised row, for privacy.

    ValueError: more rows than fit.
    """
    x = np.clip(layout.normalised(rows), -VALUE_MAX, VALUE_MAX)
    if len(x) > ROWS_MAX:
        raise ValueError(f"{len(x)} rows are more than {ROWS_MAX}, the most of all sites together; thin them out")
    if clip is not None:
        length = np.sqrt((x**2).sum(1, keepdims=True))
        x = x * np.minimum(1.0, clip / np.maximum(length, 1e-12))
    whole = np.rint(x * _ONE).astype(np.int64)
    d = len(layout.signals)
    first, second = np.triu_indices(d)
    products = np.array([int((whole[:, i] * whole[:, j]).sum()) for i, j in zip(first, second, strict=True)], np.int64)
    bins = np.clip((x + RANGE) / (2 * RANGE) * BINS, 0, BINS - 1).astype(np.int64)
    histograms = [np.bincount(bins[:, i], minlength=BINS) for i in range(d)]
    parts = (np.array([len(x)]), whole.sum(0), products, *histograms)
    return np.concatenate([np.asarray(p, np.int64) for p in parts]).view(np.uint64)


@dataclass(frozen=True, slots=True)
class Pooled:
    """What all rows together say, in the units of the signals. quantiles: function of `quantile`."""

    layout: Layout
    rows: int
    mean: F64
    covariance: F64
    histograms: F64  # (signals, BINS), normalised units

    def components(self, count: int) -> tuple[F64, F64]:
        """Variances and directions (count, signals) of the largest principal components of normalised values; the largest
        part of a direction is positive."""
        scale = np.array(self.layout.scale)
        values, vectors = np.linalg.eigh(self.covariance / np.outer(scale, scale))
        order = np.argsort(-values, kind="stable")[:count]
        directions = vectors[:, order].T
        sign = np.sign(directions[np.arange(len(order)), np.abs(directions).argmax(1)])
        return values[order], directions * np.where(sign == 0, 1, sign)[:, None]

    def quantile(self, q: float) -> F64:
        """The q-quantile of each signal to within a bin (RANGE / 64 scales), in the units of the signal."""
        counts = np.maximum(self.histograms, 0)
        total = np.maximum(counts.sum(1, keepdims=True), 1e-12)
        below = np.cumsum(counts, 1) / total
        at = np.array([int(np.searchsorted(row, q)) for row in below])
        at = np.minimum(at, BINS - 1)
        signals = np.arange(len(at))
        before = np.where(at > 0, below[signals, np.maximum(at - 1, 0)], 0.0)
        share = (q - before) / np.maximum(below[signals, at] - before, 1e-12)
        z = -RANGE + (at + np.clip(share, 0, 1)) * 2 * RANGE / BINS
        out: F64 = np.array(self.layout.centre) + z * np.array(self.layout.scale)
        return out


def pooled(layout: Layout, vector: U64) -> Pooled:
    """What a sum of vectors says. ValueError: it is of another layout, or of fewer than two rows."""
    if vector.shape != (layout.size,):
        raise ValueError(f"the vector has {vector.size} numbers; this layout has {layout.size}")
    d = len(layout.signals)
    numbers = vector.view(np.int64).astype(np.float64)
    n = int(vector[0].view(np.int64)) if vector.ndim else 0
    if n < 2:
        raise ValueError(f"all sites together have {n} rows; two are needed at least")
    mean = numbers[1 : 1 + d] / _ONE / n
    first, second = np.triu_indices(d)
    products = np.zeros((d, d))
    products[first, second] = numbers[1 + d : 1 + d + len(first)] / _ONE**2
    products[second, first] = products[first, second]
    covariance = (products - n * np.outer(mean, mean)) / (n - 1)
    histograms = numbers[1 + d + len(first) :].reshape(d, BINS)
    centre, scale = np.array(layout.centre), np.array(layout.scale)
    return Pooled(layout, n, centre + mean * scale, covariance * np.outer(scale, scale), histograms)

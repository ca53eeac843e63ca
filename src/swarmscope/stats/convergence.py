"""When a series will have settled: exponential approaches y = c + a·exp(−t/τ), fitted to many series at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
TAUS = 24
POINTS_MIN = 10


@dataclass(frozen=True, slots=True)
class Approach:
    """Per series: limit, start (its offset at the first step), tau in steps, share of the variance explained, standard error
    of the limit; NaN where nothing can be said."""

    limit: F64
    start: F64
    tau: F64
    explained: F64
    error: F64

    def remaining(self, now: int, within: float) -> F64:
        """Steps from step `now` until the approach is nearer to its limit than `within` of its whole way; 0: it is."""
        return np.asarray(np.maximum(self.tau * -np.log(within) - now, 0.0))


def approach(y: F64) -> Approach:
    """Fit each row of y (series, time), NaN: gaps. Least squares for limit and offset, τ from a grid between two steps and
    twice the length (variable projection: Golub & Pereyra 1973)."""
    n, time = y.shape
    there = np.isfinite(y)
    count = there.sum(1)
    value = np.where(there, y, 0.0)
    best = [np.full(n, np.nan) for _ in range(5)]
    least = np.full(n, np.inf)
    with np.errstate(all="ignore"):
        mean = value.sum(1) / count
        total = (np.where(there, y - mean[:, None], 0.0) ** 2).sum(1)
        for tau in np.geomspace(2, max(4.0, 2.0 * time), TAUS):
            curve = np.exp(-np.arange(time) / tau)
            c1 = (there * curve).sum(1) / count
            centred = np.where(there, curve - c1[:, None], 0.0)
            power = (centred**2).sum(1)
            a = (centred * value).sum(1) / power
            rest = (np.where(there, y - mean[:, None] - a[:, None] * centred, 0.0) ** 2).sum(1)
            better = (rest < least) & np.isfinite(a)
            least = np.where(better, rest, least)
            spread = np.sqrt(rest / np.maximum(count - 3, 1) * (1 / count + c1**2 / power))
            fresh = (mean - a * c1, a, np.full(n, tau), 1 - rest / total, spread)
            best = [np.where(better, f, b) for f, b in zip(fresh, best, strict=True)]
    good = (count >= POINTS_MIN) & (total > 0)
    limit, start, tau_, explained, error = (np.where(good, b, np.nan) for b in best)
    return Approach(limit, start, tau_, explained, error)

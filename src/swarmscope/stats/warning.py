"""Early warnings of a transition: on the way to a tipping point a system recovers ever more slowly (critical slowing down).

Its fluctuations grow, remember longer, and neighbours move together: rising variance, rising lag-1 autocorrelation, rising
Moran's I. The trend of an indicator is Kendall's τ over time. Whether fluctuations really grow is asked of the log ratio of
their size late to early, against surrogates of the same memory that stand still: of trends alone, of short series with much
memory, chance makes as large ones in one case of twenty (Scheffer et al. 2009; Dakos et al. 2012; Boettiger & Hastings 2012).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from swarmscope.stats.surrogates import NOTHING, Rng, Verdict, autoregressive, judged

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
LENGTH_MIN = 24
ITEMS_MOST = 3.0
AT_REST_MAX = 0.5  # share of the first third that has one and the same value
SURROGATES_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class EarlyWarning:
    """Indicators over time (NaN where the rolling window is not full), their trends, and the verdict on `growth`: the log ratio
    of the size of fluctuations in the last third to that in the first."""

    variance: F64
    memory: F64
    variance_trend: float
    memory_trend: float
    growth: float
    verdict: Verdict
    onset: int  # index from which the variance stays above its median of before


def early_warning(
    x: F64, rng: Rng, draws: int = 999, share: float = 0.5, smooth: float = 0.25, items: F64 | None = None
) -> EarlyWarning:
    """Of one series (time,), oldest first. share: of its length that the rolling window is. smooth: bandwidth of detrending.
    items: how many values each is the mean of; means of few swing more, which is no warning.

    Gaps are filled linearly, those at the beginning are left away. Shorter than LENGTH_MIN, constant, or without fluctuations
    to begin with (failures that hardly ever occur): nothing to say; a first burst after rest is no slowing down.
    """
    missing = int(np.argmax(np.isfinite(x))) if np.isfinite(x).any() else 0
    if missing:
        items = None if items is None else items[missing:]
        late = early_warning(x[missing:], rng, draws, share, smooth, items)
        gap = np.full(missing, np.nan)
        variance, memory = np.concatenate((gap, late.variance)), np.concatenate((gap, late.memory))
        return replace(late, variance=variance, memory=memory, onset=late.onset + missing)
    n = len(x)
    nothing = EarlyWarning(np.full(n, np.nan), np.full(n, np.nan), 0.0, 0.0, 0.0, NOTHING, n)
    good = np.isfinite(x)
    if n < LENGTH_MIN or good.sum() < n * 0.7:
        return nothing
    filled = np.interp(np.arange(n), np.flatnonzero(good), x[good])
    least = 1e-9 * max(1.0, float(np.abs(filled).max()))
    early = filled[: n // 3]
    at_rest = float((np.abs(early - np.median(early)) <= least).mean())
    if np.ptp(filled) <= least or at_rest > AT_REST_MAX:
        return nothing
    if items is not None and items.mean() > 0:
        steady = filled - detrended(filled[None, :], smooth)[0]
        filled = steady + (filled - steady) * np.clip(np.sqrt(items / items.mean()), 1 / ITEMS_MOST, ITEMS_MOST)
    rest = detrended(filled[None, :], smooth)
    window = max(8, int(n * share))
    variance, memory = rolling(rest, window)
    v, m = trend(variance)[0], trend(memory)[0]
    drawn = []
    for start in range(0, draws, SURROGATES_AT_ONCE):
        calm = detrended(autoregressive(filled, rng, min(SURROGATES_AT_ONCE, draws - start)), smooth)
        drawn.append(growth(calm))
    grown = float(growth(rest)[0])
    verdict = judged(grown, np.concatenate(drawn))
    empty = np.full(window - 1, np.nan)
    above = variance[0] > np.median(variance[0][: max(1, len(variance[0]) // 2)])
    below = np.flatnonzero(~above)
    onset = window - 1 + (int(below[-1]) + 1 if below.size else 0)
    return EarlyWarning(
        np.concatenate((empty, variance[0])), np.concatenate((empty, memory[0])), float(v), float(m), grown, verdict,
        min(onset, n - 1),
    )  # fmt: skip


def growth(x: F64) -> F64:
    """Log ratio of the squared mean deviation of the last third of (series, time) to that of the first; robust to spikes."""
    third = x.shape[1] // 3
    early, late = np.abs(x[:, :third]).mean(1), np.abs(x[:, -third:]).mean(1)
    least = 1e-12 + 1e-6 * np.abs(x).mean(1)
    ratio: F64 = 2 * np.log((late + least) / (early + least))
    return ratio


def detrended(x: F64, share: float) -> F64:
    """(series, time) less a Gaussian smooth of it with a bandwidth of `share` of its length."""
    n = x.shape[1]
    t = np.arange(n)
    kernel = np.exp(-0.5 * ((t[:, None] - t[None, :]) / max(1.0, n * share / 2)) ** 2)
    kernel /= kernel.sum(0)
    out: F64 = x - x @ kernel
    return out


def rolling(x: F64, window: int) -> tuple[F64, F64]:
    """Variance and lag-1 autocorrelation of (series, time) over the last `window` values: (series, time − window + 1) each."""
    one = np.cumsum(np.pad(x, ((0, 0), (1, 0))), 1)
    two = np.cumsum(np.pad(x * x, ((0, 0), (1, 0))), 1)
    lag = np.cumsum(np.pad(x[:, 1:] * x[:, :-1], ((0, 0), (2, 0))), 1)
    mean = (one[:, window:] - one[:, :-window]) / window
    variance = np.maximum((two[:, window:] - two[:, :-window]) / window - mean**2, 0)
    pairs = lag[:, window:] - lag[:, 1 : lag.shape[1] - window + 1]
    first, last = x[:, : x.shape[1] - window + 1], x[:, window - 1 :]
    both = window * mean
    covariance = pairs - mean * (both - first) - mean * (both - last) + (window - 1) * mean**2
    with np.errstate(all="ignore"):
        memory = covariance / (window * variance)
    return variance, np.nan_to_num(np.clip(memory, -1, 1))


def trend(y: F64) -> F64:
    """Kendall's τ of each series (series, time) with time, in [−1, 1]; ties count as none."""
    n = y.shape[1]
    one, later = np.triu_indices(n, 1)
    score = [np.sign(row[later] - row[one]).sum() for row in y]
    tau: F64 = np.array(score, np.float64) / max(1, n * (n - 1) / 2)
    return tau


def morans_i(values: F64, source: I64, target: I64, weight: F64 | None = None) -> float:
    """Moran's I of values (nodes,) over undirected edges: 1 neighbours alike, 0 chance, −1 unlike. NaN nodes are left out."""
    w = np.ones(len(source)) if weight is None else weight
    there = np.isfinite(values)
    good = there[source] & there[target] & (source != target)
    if good.sum() == 0 or there.sum() < 3:
        return 0.0
    centred = np.where(there, values - values[there].mean(), 0.0)
    spread = float((centred**2).sum()) / int(there.sum())
    if spread <= 0:
        return 0.0
    w = w[good]
    return float((w * centred[source[good]] * centred[target[good]]).sum() / w.sum() / spread)

"""Norms and camps: when agents that meet begin to choose alike, and when their values fall into two groups."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from swarmscope.stats.surrogates import NOTHING, Rng, Verdict, judged, sequential

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
LIFT = 0.7  # an emerging norm closes so much of the distance from chance to full agreement
CAUTION = 0.5  # standard errors by which what chance gives is raised
PRIOR = 2.0  # answers that are thought to have been seen, evenly spread over the options
LIMIT = 3.75  # above the logarithm of how much was seen
CLEAR_BIMODALITY = 5 / 9  # Sarle's coefficient of a uniform distribution
SIDE_MIN = 0.1  # a camp is at least such a share of all
CAMPS_MIN = 20
GAPS_VALUES = 1 << 16  # drawn at a time: they stay in the processor's cache
SPLIT_MAX = 1000  # so many values are enough to see whether there are two camps


@dataclass(frozen=True, slots=True)
class Norm:
    """found: index of the meeting at which it was sure, −1: none. onset: where the run of agreement that led there began.
    order: share of the commonest choice among the last meetings, at each. level: the statistic less its limit, at each."""

    found: int
    onset: int
    level: F64
    order: F64
    choice: int


def norm(first: I64, second: I64, options: int, limit: float = LIMIT) -> Norm:
    """Does a norm form? first, second: what the two of each meeting chose (below `options`), oldest first.

    Page's cumulative sum (1954) of log likelihood ratios: agreement LIFT of the way to certainty, against what two who know
    nothing of each other would agree by chance, given how often everything was chosen so far. A choice that was always common
    is therefore no norm that emerged, and neither are choices of chance. The limit grows with the logarithm of what was seen,
    so that a false alarm over a whole history of any length is as rare (≤ 0.5 % measured; docs/emergence.md).
    """
    n = len(first)
    if n == 0 or options < 2:
        return Norm(-1, -1, np.zeros(0), np.zeros(0), -1)
    chance = _chance(first, second, options)
    likely = chance + (1 - chance) * LIFT
    step = np.where(first == second, np.log(likely / chance), np.log((1 - likely) / (1 - chance)))
    total = np.cumsum(step)
    before = np.minimum(0, np.minimum.accumulate(np.concatenate(([0.0], total)))[:-1])
    level = total - before - np.log(np.arange(n) + 10) - limit
    over = np.flatnonzero(level > 0)
    found = int(over[0]) if over.size else -1
    onset = int(np.argmin(np.concatenate(([0.0], total[: found + 1])))) if found >= 0 else -1
    order, choice = order_of(first, second, options)
    return Norm(found, min(onset, found), level, order, choice)


def _chance(first: I64, second: I64, options: int) -> F64:
    """Probability that two choices drawn from those of before each meeting are equal, raised by CAUTION standard errors."""
    n = len(first)
    two, three = np.zeros(n), np.zeros(n)
    seen = 2 * np.arange(n) + PRIOR
    for k in range(options):
        picked = (first == k).astype(np.float64) + (second == k)
        share = (np.cumsum(picked) - picked + PRIOR / options) / seen
        two += share**2
        three += share**3
    error = 2 * np.sqrt(np.maximum(three - two**2, 0.02) / seen)
    chance: F64 = np.clip(two + CAUTION * error, 0.02, 0.99)
    return chance


def order_of(first: I64, second: I64, options: int, last: int = 24) -> tuple[F64, int]:
    """Share of the commonest choice among the last `last` meetings, per meeting, and the choice that leads at the end."""
    n, best = len(first), np.zeros(len(first))
    leader, most = -1, -1.0
    span = np.minimum(np.arange(1, n + 1), last)
    for k in range(options):
        total = np.cumsum((first == k).astype(np.float64) + (second == k))
        late = total.copy()
        late[last:] -= total[:-last]
        share = late / (2 * span)
        best = np.maximum(best, share)
        if n and share[-1] > most:
            leader, most = k, float(share[-1])
    return best, leader


@dataclass(frozen=True, slots=True)
class Camps:
    """cut: values above it are of the high camp. bimodality: Sarle's coefficient. gap: distance of the camps' means in units
    of their common spread (Ashman's D). assortativity: correlation of values over edges. tests: each against its null."""

    cut: float
    bimodality: float
    gap: float
    assortativity: float
    bimodal: Verdict
    assortative: Verdict


NO_CAMPS = Camps(0.0, 0.0, 0.0, 0.0, NOTHING, NOTHING)


def camps(values: F64, source: I64, target: I64, rng: Rng, draws: int = 999) -> Camps:
    """Are values (nodes,; NaN: unknown) in two camps that keep to themselves? Both must be so: two values, and like meets like.

    Two camps against normal values of the same count (parametric bootstrap); like meets like against values dealt out anew.
    """
    known = np.isfinite(values)
    there = values[known]
    if len(there) < CAMPS_MIN or np.ptp(there) <= 0:
        return NO_CAMPS
    some = there if len(there) <= SPLIT_MAX else rng.permutation(there)[:SPLIT_MAX]
    cut, gap = _cut(np.sort(some)[None, :])
    bimodal = judged(float(gap[0]), _calm_gaps(len(some), draws))
    good = known[source] & known[target] & (source != target)
    s, t = source[good], target[good]
    if len(s) < CAMPS_MIN:
        return Camps(float(cut[0]), bimodality(there), float(gap[0]), 0.0, bimodal, NOTHING)
    place = np.cumsum(known) - 1
    s, t = place[s], place[t]
    ranks = np.argsort(np.argsort(there, kind="stable"), kind="stable").astype(np.float64)
    ranks = (ranks - ranks.mean()) / max(ranks.std(), 1e-12)

    def alike(v: F64) -> float:
        return float(np.dot(v[s], v[t]) / len(s))

    seen = alike(ranks)
    assortative = sequential(seen, lambda r: alike(ranks[r.permutation(len(ranks))]), rng, draws)
    return Camps(float(cut[0]), bimodality(there), float(gap[0]), seen, bimodal, assortative)


@lru_cache(maxsize=16)
def _calm_gaps(n: int, draws: int) -> F64:
    """Distances of the best two sides of n normal values, `draws` times: whatever the values, their null is the same."""
    rng = np.random.default_rng([n, draws])
    rows = max(1, GAPS_VALUES // n)
    pieces = [min(rows, draws - done) for done in range(0, draws, rows)]
    return np.concatenate([_cut(np.sort(rng.standard_normal((some, n)), 1))[1] for some in pieces])


def bimodality(x: F64) -> float:
    """Sarle's coefficient: (skewness² + 1) / kurtosis, 1/3 for a normal, 5/9 for a uniform, 1 for two points."""
    centred = x - x.mean()
    two = float((centred**2).mean())
    if two <= 0:
        return 0.0
    skew, kurtosis = float((centred**3).mean() / two**1.5), float((centred**4).mean() / two**2)
    return (skew**2 + 1) / kurtosis


def _cut(ordered: F64) -> tuple[F64, F64]:
    """The best split of ordered values (series, n) in two, and the distance of its sides in units of their spread."""
    n = ordered.shape[1]
    low, high = max(2, int(n * SIDE_MIN)), n - max(2, int(n * SIDE_MIN))
    one, two = np.cumsum(ordered, 1), np.cumsum(ordered**2, 1)
    k = np.arange(low, high + 1)
    left, right = one[:, k - 1] / k, (one[:, -1:] - one[:, k - 1]) / (n - k)
    within = two[:, -1:] - k * left**2 - (n - k) * right**2
    spread = np.sqrt(np.maximum(within / n, 1e-18))
    best = np.argmin(within, 1)
    rows = np.arange(len(ordered))
    gap = ((right - left) / spread)[rows, best]
    at = k[best]
    return (ordered[rows, at - 1] + ordered[rows, np.minimum(at, n - 1)]) / 2, gap

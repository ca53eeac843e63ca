"""From scores to decisions over a fleet: tail probabilities that hold on this very data, combined, and tested together."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
BINS_PER_DECADE = 10
DECADES = 60
PRIOR_EXCESS = 0.6  # mean excess in decades that is assumed at first; 0.434 is what an exact null has
PRIOR_COUNT = 200.0
TAIL_SHARE = 0.01
EXCESS_MAX, EXCESS_HEAVY_MAX = 3.0, 8.0
SHAPE_MIN, SHAPE_MAX = 1e-3, 0.5
SHAPE_ERRORS = 1.0  # standard errors by which a shape must differ from an exponential tail's
TINY = 1e-300
GUARD_SHARE = 0.2
NO = 0.95  # no tail counts as larger


def normal_tail(z: F32) -> F64:
    """Probability that a standard normal exceeds z; NaN stays. Relative error below 1.2e-7 (Numerical Recipes' erfc)."""
    wide = np.asarray(z, np.float64)
    x = np.abs(wide) / np.sqrt(2.0)
    t = 1 / (1 + 0.5 * x)
    poly = -x * x - 1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806 + t * (
        0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))))  # fmt: skip
    half = 0.5 * t * np.exp(np.maximum(poly, -690.0))
    tail: F64 = np.where(wide >= 0, half, 1 - half)
    return tail


def cauchy_combined(tails: list[F64], weights: list[float]) -> F64:
    """One tail probability of several that may depend on each other; NaN where all are (Liu & Xie 2020)."""
    known, low = np.zeros(tails[0].shape, np.bool_), np.zeros(tails[0].shape, np.bool_)
    for tail in tails:
        known |= np.isfinite(tail)
        low |= tail < NO  # NaN is not
    out = np.where(known, NO, np.nan)  # where all say no, which is nearly everywhere, nothing needs combining
    out[low] = _combined([t[low] for t in tails], weights)
    return out


def _combined(tails: list[F64], weights: list[float]) -> F64:
    total, mass = np.zeros_like(tails[0]), np.zeros_like(tails[0])
    for tail, weight in zip(tails, weights, strict=True):
        there = np.isfinite(tail)
        p = np.clip(np.where(there, tail, 0.5), 1e-280, NO)  # one that says no must not silence the rest
        small = p < 1e-8
        value = np.where(small, 1 / (np.pi * np.maximum(p, 1e-290)), np.tan((0.5 - np.where(small, 0.5, p)) * np.pi))
        total += np.where(there, weight * value, 0)
        mass += np.where(there, weight, 0)
    with np.errstate(all="ignore"):
        mean = total / mass
        combined = np.where(mean > 1e7, 1 / (np.pi * mean), 0.5 - np.arctan(mean) / np.pi)
    return np.where(mass > 0, np.clip(combined, TINY, 1), np.nan)


def discoveries(tails: F64, level: float, tests: int | None = None) -> NDArray[np.bool_]:
    """Which of many tests are rejected when the share of false ones among them is held at `level` (Benjamini & Hochberg 1995).

    NaN is no test. tests: how many were made in all, where only the smallest are given.
    """
    flat = np.where(np.isfinite(tails), tails, 2.0).ravel()
    count = int((flat <= 1).sum()) if tests is None else tests
    candidates = np.flatnonzero(flat <= level)
    if not len(candidates) or not count:
        return np.zeros(tails.shape, np.bool_)
    ordered = np.sort(flat[candidates])
    under = np.flatnonzero(ordered <= level * np.arange(1, len(ordered) + 1) / count)
    limit = ordered[under[-1]] if len(under) else -1.0
    return (flat <= limit).reshape(tails.shape)


@dataclass(slots=True)
class Calibrator:
    """How often scores of one detector really occur here, per signal: what its own null says is corrected by it.

    Scores are kept as a histogram of −log10 of the null's probabilities, forgetting with `keep` per look. Inside, the share of
    larger scores counts; beyond the last TAIL_SHARE an exponential tail is fitted (peaks over threshold, Pickands 1975, shape
    0), from a heavy prior on. The result is never smaller than what the detector itself claims.

    heavy: the tail may be a Pareto one, by its moments (Hosking & Wallis 1987). Scores that many heavy-tailed signals add up to
    grow faster than an exponential tail allows for; but then one subject's own fault must be far beyond what others do.

    guard: minutes that looks wait before they count, a GUARD_SHARE of the time that was looked at while that is less. What goes
    on now would else be held for usual after its first looks, before it is strange enough to be left out.
    """

    signals: int
    keep: float = 0.9999
    guard: int = 0
    heavy: bool = False
    counts: F64 = field(init=False)
    _waiting: deque[tuple[int, int, F64]] = field(
        init=False, default_factory=deque
    )  # minute, its looks, what they counted
    _began: int | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.counts = np.zeros((self.signals, DECADES * BINS_PER_DECADE), np.float64)

    def look(self, tails: F64, use: NDArray[np.bool_] | None = None, minute: int = 0) -> None:
        """Take in the probabilities of one tick, (signals, series); `use`: those that count. minute: of the tick."""
        if not self._waiting or self._waiting[-1][0] != minute:
            self._waiting.append((minute, 0, np.zeros_like(self.counts)))
        _, looks, counted = self._waiting.pop()
        self._waiting.append((minute, looks + 1, counted))
        with np.errstate(all="ignore"):
            places = (-np.log10(np.maximum(tails, TINY)) * BINS_PER_DECADE).astype(np.float64)
        for i in range(self.signals):
            good = np.isfinite(places[i]) if use is None else np.isfinite(places[i]) & use[i]
            bins = np.minimum(places[i][good].astype(np.int64), DECADES * BINS_PER_DECADE - 1)
            counted[i] += np.bincount(bins, minlength=self.counts.shape[1])
        self._began = minute if self._began is None else self._began
        until = minute - min(self.guard, int((minute - self._began) * GUARD_SHARE))
        while self._waiting and self._waiting[0][0] <= until:
            _, looks, counted = self._waiting.popleft()
            self.counts = self.counts * self.keep**looks + counted

    def calibrated(self, tails: F64) -> F64:
        """(signals, series): the probabilities as they hold here."""
        out = np.full(tails.shape, np.nan)
        edges = np.arange(self.counts.shape[1]) / BINS_PER_DECADE
        for i in range(self.signals):
            above = np.cumsum(self.counts[i][::-1])[::-1]
            total = above[0]
            wanted = max(TAIL_SHARE * total, 1.0)
            start = int(np.searchsorted(-above, -wanted))  # first bin with at most so many above
            start = max(BINS_PER_DECADE, min(start, len(edges) - 1))
            over = above[start]
            scale, shape = self._law(i, start, edges, float(over))
            share = (over + PRIOR_COUNT * 10 ** (-edges[start])) / (total + PRIOR_COUNT)
            with np.errstate(all="ignore"):
                score = -np.log10(np.maximum(tails[i], TINY))
                past = np.maximum(score - edges[start], 0) / max(scale, 1 / np.log(10))
                beyond = share * (np.exp(-past) if shape < SHAPE_MIN else (1 + shape * past) ** (-1 / shape))
            at = np.clip(np.nan_to_num(score) * BINS_PER_DECADE, 0, len(edges) - 1).astype(np.int64)
            inside = (above[at] + PRIOR_COUNT * np.where(np.isfinite(tails[i]), tails[i], 1)) / (total + PRIOR_COUNT)
            seen = np.where(score > edges[start], beyond, inside)
            out[i] = np.where(np.isfinite(tails[i]), np.clip(np.maximum(seen, tails[i]), TINY, 1), np.nan)
        return out

    def _law(self, signal: int, start: int, edges: F64, over: float) -> tuple[float, float]:
        """Scale, decades, and shape of the excesses beyond a bin, by mean and mean square; `over` of them were counted."""
        counts, most = self.counts[signal][start:], EXCESS_HEAVY_MAX if self.heavy else EXCESS_MAX
        excess = np.minimum(edges[start:] - edges[start] + 0.5 / BINS_PER_DECADE, most)
        mean = (PRIOR_COUNT * PRIOR_EXCESS + float((counts * excess).sum())) / (PRIOR_COUNT + over)
        if not self.heavy:
            return mean, 0.0
        square = (PRIOR_COUNT * 2 * PRIOR_EXCESS**2 + float((counts * excess**2).sum())) / (PRIOR_COUNT + over)
        shape = 0.5 * (1 - mean**2 / max(square - mean**2, 1e-9)) - SHAPE_ERRORS / np.sqrt(PRIOR_COUNT + over)
        shape = min(max(shape, 0.0), SHAPE_MAX)
        return mean * (1 - shape), shape

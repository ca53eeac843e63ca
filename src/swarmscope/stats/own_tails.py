"""How often strange scores really come in each of many series: a law of its own for every series, as arrays.

A detector's tail probability holds under its null, mostly a normal law. Series with heavy tails break it every day, so each
series is given the law of its own excesses: beyond its running 0.9-quantile (stochastic approximation) a generalised Pareto
law, its scale and shape from the mean and the mean square of the excesses. It begins with the excesses of a normal law as so
many observations' worth of prior, so that a new series is judged as the detector says, and data move it from there.

Sources: Robbins & Monro, Ann. Math. Stat. 1951; Pickands, Ann. Stat. 1975; Hosking & Wallis, Technometrics 1987; Siffer et
al., KDD 2017 (streaming peaks over threshold).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
SHARE = 0.1  # of scores that lie beyond the quantile
PRIOR = 60.0  # scores' worth of trust in the normal law
KEEP = 5_000.0  # scores that count, in the long run
GAIN = 5.0  # of the quantile's steps
START, EXCESS, SQUARE = 1.645, 0.41, 0.31  # of absolute values of a normal law beyond their 0.9-quantile
LIMIT = 10.0  # mean excesses at which what is learned is clipped: a fault hardly becomes normal
FLOOR = 0.05  # of the quantile, the least scale of excesses
SHAPE_MIN, SHAPE_MAX = -0.2, 0.5
PARTS = ("start", "excess", "square", "known")


def _none() -> F32:
    return np.zeros((0, 0), np.float32)


@dataclass(slots=True)
class OwnTails:
    """Arrays (rows, series): quantile, mean excess beyond it, mean square of the excess, scores learned from."""

    start: F32 = field(default_factory=_none)
    excess: F32 = field(default_factory=_none)
    square: F32 = field(default_factory=_none)
    known: F32 = field(default_factory=_none)

    def grow(self, rows: int, series: int) -> None:
        """Make room; what is there stays. Another number of rows begins anew."""
        had = self.start.shape
        if had[0] == rows and had[1] >= series:
            return
        for name, first in zip(PARTS, (START, EXCESS, SQUARE, 0.0), strict=True):
            new = np.full((rows, max(series, had[1] if had[0] == rows else 0)), first, np.float32)
            if had[0] == rows:
                new[:, : had[1]] = getattr(self, name)
            setattr(self, name, new)

    def keep(self, places: NDArray[np.int64]) -> None:
        """Series move to the places 0, 1, …; −1: a new one."""
        for name, first in zip(PARTS, (START, EXCESS, SQUARE, 0.0), strict=True):
            old = getattr(self, name)
            fresh = np.full((old.shape[0], 1), first, np.float32)
            setattr(self, name, np.concatenate((old, fresh), 1)[:, places])

    def only(self, places: NDArray[np.int64]) -> OwnTails:
        """Those of some series; shares memory when they are the first ones in their order."""
        first = slice(len(places)) if len(places) and (places == np.arange(len(places))).all() else places
        return OwnTails(self.start[:, first], self.excess[:, first], self.square[:, first], self.known[:, first])

    def put(self, places: NDArray[np.int64], part: OwnTails) -> None:
        """Take back what `only` gave and has learned since."""
        for name in PARTS:
            getattr(self, name)[:, places] = getattr(part, name)

    def held(self, tail: NDArray[np.floating[Any]], score: F32) -> F64:
        """`tail`, nowhere smaller than what the series' own past allows; (rows, series), NaN stays."""
        out: F64 = np.array(tail, np.float64)
        at = np.nonzero(out < 1)  # NaN is not; nearly everywhere a detector says no
        if len(at[0]):
            out[at] = np.maximum(out[at], self._tail(at, score[at]))
        return out

    def _tail(self, at: tuple[NDArray[np.int64], ...], score: F32) -> F64:
        """A straight line to SHARE at the quantile, then the law of the excesses."""
        start, mean, square = (a[at].astype(np.float64) for a in (self.start, self.excess, self.square))
        shape = np.clip(0.5 * (1 - mean**2 / np.maximum(square - mean**2, 1e-9)), SHAPE_MIN, SHAPE_MAX)
        scale = mean * (1 - shape) + FLOOR * start + 1e-9
        y = np.maximum(score.astype(np.float64) - start, 0) / scale
        bent = np.where(np.abs(shape) < 1e-3, 1e-3, shape)
        with np.errstate(all="ignore"):
            log = np.where(1 + bent * y > 0, np.log1p(np.maximum(bent * y, -1 + 1e-300)) / bent, np.inf)
        inside = 1 - (1 - SHARE) * np.clip(score / np.maximum(start, 1e-9), 0, 1)
        tail: F64 = np.where(score > start, SHARE * np.exp(-np.minimum(log, 690.0)), inside)
        return tail

    def learn(self, score: F32) -> None:
        """Take in one score of each series, (rows, series); NaN: none. Excesses are clipped: a fault hardly becomes usual."""
        with np.errstate(invalid="ignore"):
            there, over = np.isfinite(score), score > self.start
        believed = there.astype(np.float32)
        one = np.float32(1)
        count = np.minimum(self.known + np.float32(PRIOR), np.float32(KEEP))
        rate = believed / (count + one)
        step = (
            np.minimum(np.float32(GAIN) * rate, np.float32(0.05)) * (self.excess + np.float32(1e-6)) / np.float32(SHARE)
        )
        above = np.where(over, score - self.start, np.float32(0))
        limit = np.float32(LIMIT) * (self.excess + np.float32(FLOOR) * self.start + np.float32(1e-6))
        above = np.minimum(above, limit)
        pace = np.where(over, believed / (count * np.float32(SHARE) + one), np.float32(0))
        self.start = np.maximum(self.start + step * (over - np.float32(SHARE)) * there, np.float32(0))
        self.excess = self.excess + pace * (above - self.excess)
        self.square = self.square + pace * (above * above - self.square)
        self.known = self.known + believed

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """Everything learned, as arrays."""
        return {name: getattr(self, name) for name in PARTS}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Take up what `snapshot` gave. KeyError: it is of another form."""
        for name in PARTS:
            setattr(self, name, state[name].astype(np.float32))

"""What is normal for each of many series: exponentially forgetting means and variances as arrays, shrunk to those of peers.

A value is the mean of n items (spans, calls), so its variance is taken as s²/min(n, ITEMS_MAX): s² is what is learned. New
series borrow from their cohort: empirical Bayes with SHRINK observations' worth of trust (Efron & Morris 1975). Means are
learned from what is clipped at CLIP standard deviations (Huber 1964), so that a fault hardly becomes the new normal; spreads
are learned over a week and hardly clipped, so that a series that bursts now and then is known to do so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
ITEMS_MAX = 30.0
SHRINK = 4.0
CLIP = 3.0
FORGET_FRAMES = 240.0  # a mean is learned from the last four hours of minutes
KEEP_FRAMES = 10_080.0  # and how far values stray from it, from a week of them: a quiet hour makes nobody steady
STRAY_MAX = 1_000.0  # deviations at which what strays is clipped
HOURS = 168
SEASON_FRAMES_MIN = 20.0
_FLOOR = np.float32(1e-6)


def _zeros(*shape: int) -> F32:
    return np.zeros(shape, np.float32)


def deviation(spread: Any, items: Any, unsure: Any) -> Any:
    """Standard deviation of a mean of `items` around what is expected of it; arrays that broadcast.

    spread: of one item. unsure: what remains however many there are.
    """
    return np.sqrt(spread**2 / np.clip(items, 1, ITEMS_MAX) + unsure**2)


@dataclass(slots=True)
class Baseline:
    """Arrays (signals, series): mean, variance of one item, frames seen. floor: least relative spread, per signal.
    chance: least deviation of one item, per signal: of counts and shares what chance alone gives, however steady the series
    seems; 0: none.

    season: mean offset of a cohort per hour of the week, (hours, signals, cohorts), and the frames behind it; it counts from
    the second time that an hour comes, and from `season_frames` frames of it on. Where a cohort has fewer than three members,
    each of them tells of it.
    """

    signals: int
    floor: F32
    season_frames: float = SEASON_FRAMES_MIN
    chance: F32 | float = 0.0
    mean: F32 = field(init=False)
    variance: F32 = field(init=False)
    known: F32 = field(init=False)
    season: F32 = field(init=False)
    season_known: F32 = field(init=False)
    _hour: int = field(init=False, default=-1)
    _now: F32 = field(init=False)
    _now_known: F32 = field(init=False)

    def __post_init__(self) -> None:
        self.mean, self.variance, self.known = (_zeros(self.signals, 0) for _ in range(3))
        self.season, self.season_known = _zeros(HOURS, self.signals, 0), _zeros(HOURS, self.signals, 0)
        self._now, self._now_known = _zeros(self.signals, 0), _zeros(self.signals, 0)

    def grow(self, series: int, cohorts: int) -> None:
        """Make room; what is there stays."""
        for name, size in (("mean", series), ("variance", series), ("known", series), ("_now", cohorts),
                           ("_now_known", cohorts), ("season", cohorts), ("season_known", cohorts)):  # fmt: skip
            old = getattr(self, name)
            if size > old.shape[-1]:
                new = _zeros(*old.shape[:-1], size)
                new[..., : old.shape[-1]] = old
                setattr(self, name, new)

    def keep(self, places: NDArray[np.int64]) -> None:
        """Forget all series but these, which move to the places 0, 1, …"""
        self.mean, self.variance, self.known = (a[:, places].copy() for a in (self.mean, self.variance, self.known))

    def learn(self, x: F32, items: F32, cohort: I32, hour: int, trust: F32 | None = None) -> None:
        """Take in one frame. x: (signals, series), NaN: nothing. items: behind each value. trust: 0 to 1, what to believe."""
        n = x.shape[1]
        seen = np.isfinite(x)
        value = np.where(seen, x, np.float32(0))
        expected, spread = self.expected(cohort, hour)
        weight = np.clip(items, 1, ITEMS_MAX)
        limit = CLIP * np.sqrt(spread**2 / weight + _FLOOR)
        old = (self.known[:, :n] >= SHRINK) & np.isfinite(spread)  # an agent alone of its kind has none at first
        residual = np.where(old, np.clip(value - expected, -limit, limit), value - self.mean[:, :n])
        rate = 1 / (np.minimum(self.known[:, :n], FORGET_FRAMES) + 1)
        step = np.where(seen, rate if trust is None else rate * trust, np.float32(0)).astype(np.float32)
        before = value - self.mean[:, :n]
        self.mean[:, :n] += step * residual
        self._stray(
            np.where(old, value - expected, before) * np.sqrt(weight), spread, np.where(seen, (step / rate) ** 2, 0)
        )
        self.known[:, :n] += seen if trust is None else seen * trust
        self._learn_season(np.where(seen & old, residual, np.float32(0)), seen & old, cohort, hour)

    def _stray(self, off: F32, spread: F32, trust: F32) -> None:
        """How far series stray; off: from what was expected, of one item."""
        n = off.shape[1]
        known = self.known[:, :n]
        limit = np.float32(STRAY_MAX) * np.where(np.isfinite(spread), spread, np.float32(np.inf))
        rate = np.where(known < 1, 0, trust / (np.minimum(known, np.float32(KEEP_FRAMES)) + 1)).astype(np.float32)
        self.variance[:, :n] += rate * (np.minimum(np.abs(off), limit) ** 2 - self.variance[:, :n])

    def _learn_season(self, residual: F32, seen: NDArray[np.bool_], cohort: I32, hour: int) -> None:
        if hour != self._hour:
            if self._hour >= 0:
                known = np.minimum(self.season_known[self._hour], 3 * 60)
                share = self._now_known / np.maximum(known + self._now_known, 1)
                self.season[self._hour] += share * (self._now - self.season[self._hour])
                self.season_known[self._hour] = known + self._now_known
            self._hour = hour
            self._now[:], self._now_known[:] = 0, 0
        cohorts = self._now.shape[1]
        offset = self.season_offset(hour)
        members = np.bincount(cohort, minlength=cohorts)
        for signal in range(self.signals):
            count = np.bincount(cohort, seen[signal], cohorts)
            total = np.bincount(cohort, residual[signal], cohorts)
            here = (count >= 3) | ((count > 0) & (members < 3))
            mean = np.divide(total, count, out=np.zeros(cohorts), where=count > 0) + offset[signal]
            self._now_known[signal] += here
            self._now[signal] += np.where(here, (mean - self._now[signal]) / np.maximum(self._now_known[signal], 1), 0)

    def season_offset(self, hour: int) -> F32:
        """What an hour of the week adds, (signals, cohorts): of that hour, else of the same hour of other days, else 0."""
        own, known = self.season[hour], self.season_known[hour]
        others = slice(hour % 24, HOURS, 24)
        days = self.season_known[others]
        of_day = (self.season[others] * days).sum(0) / np.maximum(days.sum(0), 1)
        offset: F32 = np.where(known >= self.season_frames, own, np.where(days.sum(0) >= self.season_frames, of_day, 0))
        return offset.astype(np.float32)

    def expected(self, cohort: I32, hour: int) -> tuple[F32, F32]:
        """Mean and standard deviation of one item for each series, shrunk to its cohort; NaN spread: nothing is known.

        The spread holds what is not known of the mean too.
        """
        mean, own, unsure = self.parts(cohort, hour)
        return mean, np.sqrt(own * own + unsure * unsure)

    def parts(self, cohort: I32, hour: int) -> tuple[F32, F32, F32]:
        """Mean, standard deviation of one item around it, and what remains however many items stand behind a value: how peers
        differ, as far as the series is new, and the least spread that counts. NaN: nothing is known."""
        n = len(cohort)
        mean, variance, known = self.mean[:, :n], self.variance[:, :n], self.known[:, :n]
        cohorts = self._now.shape[1]
        peers, between, pooled, count = (np.zeros((self.signals, cohorts), np.float32) for _ in range(4))
        for signal in range(self.signals):
            weight = np.minimum(known[signal], 30)
            total = np.maximum(np.bincount(cohort, weight, cohorts), _FLOOR)
            peers[signal] = np.bincount(cohort, weight * mean[signal], cohorts) / total
            seasoned = np.where(known[signal] >= 2, weight, 0)
            total_v = np.maximum(np.bincount(cohort, seasoned, cohorts), _FLOOR)
            pooled[signal] = np.bincount(cohort, seasoned * variance[signal], cohorts) / total_v
            apart = (mean[signal] - peers[signal][cohort]) ** 2
            between[signal] = np.bincount(cohort, weight * apart, cohorts) / total
            count[signal] = np.bincount(cohort, seasoned, cohorts)
        trust = known / (known + SHRINK)
        centre = (trust * mean + (1 - trust) * peers[:, cohort]).astype(np.float32)
        own = (known * variance + SHRINK * 3 * pooled[:, cohort]) / (known + SHRINK * 3)
        own = np.maximum(own, np.square(np.asarray(self.chance, np.float32)).reshape(-1, 1))
        own = own + own / np.maximum(known, 1)  # the mean was learned from as many items
        unsure = (1 - trust) ** 2 * between[:, cohort]
        known_of = count[:, cohort] >= SHRINK * 2
        spread = np.where(known_of, np.sqrt(own), np.float32(np.nan)).astype(np.float32)
        doubt = np.sqrt(unsure + self.floor[:, None] ** 2).astype(np.float32)
        return centre + self.season_offset(hour)[:, cohort], spread, doubt

    def snapshot(self) -> dict[str, NDArray[np.float32]]:
        """Everything learned, as arrays."""
        return {"mean": self.mean, "variance": self.variance, "known": self.known, "season": self.season,
                "season_known": self.season_known}  # fmt: skip

    def restore(self, state: dict[str, NDArray[np.float32]]) -> None:
        """Take up what `snapshot` gave. ValueError: it is of other signals."""
        if state["mean"].shape[0] != self.signals:
            raise ValueError(f"the snapshot has {state['mean'].shape[0]} signals, not {self.signals}")
        for name in ("mean", "variance", "known", "season", "season_known"):
            setattr(self, name, state[name].astype(np.float32))
        self._now = _zeros(self.signals, self.season.shape[-1])
        self._now_known = _zeros(self.signals, self.season.shape[-1])

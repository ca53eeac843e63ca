"""What each of many series should be next, given all series of its subject in the two frames before, as arrays.

A vector autoregression of second order (ridge) for every cohort, of values in deviations of the series' own long-run mean;
second moments are kept, forgetting over a week of minutes, and solved anew now and then. What was not foretold is compared
with how far the same series usually misses, and its mean square over all series of a subject is followed exponentially
weighted: the strain. It sees what no series shows by itself: values that are usual, but not after, or beside, each other.
For what is told, a series adds so little that many that stray outweigh one that does wildly (Huber's bounded influence); for
what is learned, one that strays wildly is enough to pause.

While a subject is strained nothing is learned of it, or a long fault would become usual while it lasts. Learning goes on when
it was calm for a while; or when the strain lasted a day, or as long as all that was learned before: then it is the new way.
A fault that lasts is soon foretold from its own last minutes, though. So it is followed, too, where each series was of late,
and in a hold this stands still: the strain is then taken times how far the subject is from where it was before.

Sources: Huber, Ann. Math. Stat. 1964; Lütkepohl, New Introduction to Multiple Time Series Analysis, 2005; Hoerl & Kennard,
Technometrics 1970; Ku, Storer & Georgakis, Chemometrics 1995 (dynamic PCA); Lowry, Woodall, Champ & Rigdon, Technometrics 1992
(multivariate EWMA).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
LAGS = 2
RIDGE = 0.1
KEEP_FRAMES = 10_080.0
FIRST_FIT = 60.0  # frames of a cohort
LEVEL_FRAMES = FIRST_FIT / 2  # of a series until its misses are learned
JUDGED_FRAMES = LEVEL_FRAMES + FIRST_FIT  # of a series until it is judged: a signal that is new is not strange
SPAN = 15  # frames of the exponentially weighted mean
ALPHA = np.float32(2 / (SPAN + 1))
MISS_FLOOR = np.float32(0.1)  # added to how far a series usually misses, in its own deviations
SQUARE_MAX = np.float32(200.0)  # of one series, for what is learned
SQUARE_TOLD = np.float32(50.0)  # and for what is told: some seven usual misses
Z_MAX = np.float32(1e3)
STRAY_MAX = np.float32(10.0)
EASE = np.float32(4.0)  # mean squares from which on less is believed: strange frames are hardly learned from
BELIEF_MIN = np.float32(0.05)
HOLD_FROM = EASE  # mean squares of strain from which on nothing is learned
CALM_BELOW = HOLD_FROM / 2
CALM_FRAMES = 4 * SPAN  # below CALM_BELOW, in succession, until learning goes on: by then the strain has forgotten
HOLD_FRAMES = 1440  # a day: what lasted longer is the new way, and is learned as by a subject that is known for a day
OF_SERIES = ("mean", "variance", "known", "missed", "strain", "judged")
OF_HOLDS = ("held", "calm")
OF_TOLD = ("broad", "recent", "strayed", "moved")
OF_COHORTS = ("lagged", "cross", "frames", "weights", "due")


@dataclass(frozen=True, slots=True)
class Foretold:
    """What is needed to judge the newest frame. mean, spread, missed: (signals, subjects), missed NaN: the series is too new to
    be judged; strain: (subjects,), up to the frame learned last; weights: (models, signals, LAGS × signals), newest lag first;
    model: (subjects,), which of them is one's own; fitted: (models,). recent, strayed: (signals, subjects), where each series
    was of late, in a hold before it, and how far from there it usually is, in spreads; moved: (subjects,), mean square of how
    far all are, in those; held: (subjects,), strained so that nothing is learned."""

    mean: F32
    spread: F32
    missed: F32
    strain: F32
    judged: F32
    weights: F32
    model: I32
    fitted: NDArray[np.bool_]
    recent: F32
    strayed: F32
    moved: F32
    held: NDArray[np.bool_]

    def only(self, places: NDArray[np.int64]) -> Foretold:
        """The same for these subjects."""
        return Foretold(
            self.mean[:, places], self.spread[:, places], self.missed[:, places], self.strain[places], self.judged[places],
            self.weights, self.model[places], self.fitted, self.recent[:, places], self.strayed[:, places], self.moved[places],
            self.held[places],
        )  # fmt: skip

    def misses(self, x: F32, before: list[F32]) -> F32:
        """How far `x` (signals, subjects) is from what was foretold from the frames before, the newest first; in usual misses.

        NaN: nothing there, or too little was learned.
        """
        now = self._standard(x)
        lags = np.concatenate([np.nan_to_num(self._standard(b), nan=0.0) for b in before])
        out = now.copy()
        order = np.argsort(self.model, kind="stable")
        bounds = np.searchsorted(self.model[order], np.arange(len(self.weights) + 1))
        alone = len(order) == len(self.weights) and (bounds == np.arange(len(order) + 1)).all()
        if alone:
            out -= np.einsum("msl,lm->sm", self.weights[self.model], lags).astype(np.float32)
        for m in range(0 if not alone else len(self.weights), len(self.weights)):
            mine = order[bounds[m] : bounds[m + 1]]
            if len(mine):
                out[:, mine] -= self.weights[m] @ lags[:, mine]
        ready = self.fitted[self.model] & (self.judged >= FIRST_FIT)
        return np.where(ready, out / (self.missed + MISS_FLOOR), np.float32(np.nan)).astype(np.float32)

    def strays(self, x: F32) -> F32:
        """How far `x` (signals, subjects) is from where each series was of late, in what is usual. NaN: nothing or too new."""
        with np.errstate(all="ignore"):
            off: F32 = np.clip((x - self.recent) / self.spread, -Z_MAX, Z_MAX) / (self.strayed + MISS_FLOOR)
        return off.astype(np.float32)

    def displaced(self, x: F32) -> tuple[F32, F32]:
        """What the strain of each subject is to be taken times, 1 where it is not held: root mean square of its `strays`,
        followed as the strain is; and their squares, (signals, subjects)."""
        times, shares = np.ones(x.shape[1], np.float32), np.zeros(x.shape, np.float32)
        held = np.flatnonzero(self.held)
        if len(held):
            strays = self.only(held).strays(x[:, held])
            moved = self.moved[held] + ALPHA * (squares(strays)[0] - self.moved[held])
            times[held], shares[:, held] = np.sqrt(np.maximum(moved, 1)), np.nan_to_num(strays * strays)
        return times, shares

    def _standard(self, x: F32) -> F32:
        with np.errstate(all="ignore"):
            z: F32 = np.clip((x - self.mean) / self.spread, -Z_MAX, Z_MAX).astype(np.float32)
        return z


def squares(misses: F32, limit: np.float32 = SQUARE_TOLD) -> tuple[F32, F32]:
    """Mean square, up to `limit`, of the misses of each subject, and how many series stand behind it."""
    there = np.isfinite(misses)
    count = there.sum(0).astype(np.float32)
    square = np.where(there, np.minimum(misses * misses, limit), np.float32(0)).sum(0)
    return (square / np.maximum(count, 1)).astype(np.float32), count


@dataclass(slots=True)
class Foresight:
    """The learner. floor: least spread of each signal."""

    signals: int
    floor: F32
    mean: F32 = field(init=False)
    variance: F32 = field(init=False)
    known: F32 = field(init=False)
    missed: F32 = field(init=False)  # mean square of what was not foretold
    strain: F32 = field(init=False)  # for what is learned
    broad: F32 = field(init=False)  # the strain that is told
    judged: F32 = field(init=False)  # frames behind `missed`
    held: F32 = field(init=False)  # frames not learned from; 0: none are held; −1: strained too long, learned
    calm: F32 = field(init=False)  # frames since the strain was last CALM_BELOW or more
    recent: F32 = field(init=False)  # exponentially weighted mean; in a hold, of before it
    strayed: F32 = field(init=False)  # mean square of how far from there, in spreads
    moved: F32 = field(init=False)  # of subjects: mean square of that in units of what is usual, exponentially weighted
    lagged: F32 = field(init=False)
    cross: F32 = field(init=False)
    frames: F32 = field(init=False)
    weights: F32 = field(init=False)
    due: F32 = field(init=False)
    _before: list[F32] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        s = self.signals
        for name in ("mean", "variance", "known", "missed", "recent", "strayed"):
            setattr(self, name, np.zeros((s, 0), np.float32))
        for name in ("strain", "broad", "judged", "moved", *OF_HOLDS):
            setattr(self, name, np.zeros(0, np.float32))
        self.lagged, self.cross = np.zeros((0, LAGS * s, LAGS * s), np.float32), np.zeros((0, LAGS * s, s), np.float32)
        self.weights = np.zeros((0, s, LAGS * s), np.float32)
        self.frames, self.due = np.zeros(0, np.float32), np.full(0, FIRST_FIT, np.float32)

    def grow(self, series: int, cohorts: int) -> None:
        """Make room; what is there stays."""
        for name in (*OF_SERIES, *OF_HOLDS, *OF_TOLD):
            first = 1.0 if name in ("strain", "broad", "moved") else 0.0  # the mean square where all is as usual
            old = getattr(self, name)
            if series > old.shape[-1]:
                new = np.full((*old.shape[:-1], series), first, np.float32)
                new[..., : old.shape[-1]] = old
                setattr(self, name, new)
        for name in OF_COHORTS:
            first = FIRST_FIT if name == "due" else 0.0
            old = getattr(self, name)
            if cohorts > len(old):
                setattr(
                    self, name, np.concatenate((old, np.full((cohorts - len(old), *old.shape[1:]), first, np.float32)))
                )

    def keep(self, places: NDArray[np.int64]) -> None:
        """Forget all series but these, which move to the places 0, 1, …"""
        for name in (*OF_SERIES, *OF_HOLDS, *OF_TOLD):
            setattr(self, name, getattr(self, name)[..., places].copy())
        self._before = []

    def foretold(self, cohort: I32) -> Foretold:
        """What the newest frames of the first subjects are to be judged by; cohort: of each."""
        n = len(cohort)
        spread = np.sqrt(self.variance[:, :n] + self.floor[:, None] ** 2)
        judged = self.known[:, :n] >= JUDGED_FRAMES
        missed = np.where(judged, np.sqrt(self.missed[:, :n]), np.float32(np.nan))
        strayed = np.where(judged, np.sqrt(self.strayed[:, :n]), np.float32(np.nan))
        return Foretold(
            self.mean[:, :n].copy(), spread, missed, self.broad[:n].copy(), self.judged[:n].copy(),
            self.weights.copy(), cohort, self.frames >= FIRST_FIT, self.recent[:, :n].copy(), strayed, self.moved[:n].copy(),
            self.held[:n] > 0,
        )  # fmt: skip

    def learn(self, x: F32, cohort: I32, trust: F32 | None = None) -> None:
        """Take in one frame of all subjects, (signals, subjects); NaN: nothing. trust: 0 to 1, what to believe."""
        n = x.shape[1]
        seen = self.foretold(cohort)
        before = [b if b.shape[1] == n else _wide(b, n) for b in self._before]
        belief = (self.held[:n] <= 0).astype(np.float32)
        if len(before) == LAGS:
            eased, belief = self._learn_misses(seen, x, before)
            self._learn_moments(seen, x, before, cohort, eased)
        free = self._of_series((self.held[:n] <= 0).astype(np.float32))
        self._learn_recent(seen, x, free if trust is None else free * trust)
        belief = self._of_series(belief)
        self._learn_level(x, seen.spread, belief if trust is None else belief * trust)
        self._before = [x.astype(np.float32), *self._before][:LAGS]

    def _learn_misses(self, seen: Foretold, x: F32, before: list[F32]) -> tuple[F32, F32]:
        """Learn how far each series misses and follow the strain; how much to believe of the frame, (subjects,) each: for the
        model, which others of the cohort share, and for what is the subject's own, where a new way is fully believed."""
        n = x.shape[1]
        fitted = seen.fitted[seen.model]
        known, usual = self.known[:, :n], np.sqrt(self.missed[:, :n]) + MISS_FLOOR
        raw = np.where(
            fitted & (known >= LEVEL_FRAMES),
            Foretold.misses(_ready(seen, usual), x, before) * usual,
            np.float32(np.nan),
        )
        there = np.isfinite(raw)
        judged = self.judged[:n]
        misses = raw / (seen.missed + MISS_FLOOR)
        square, count = squares(misses, SQUARE_MAX)
        settled = (count > 0) & (judged >= FIRST_FIT)
        followed = np.where(settled, ALPHA, np.float32(0))
        self.strain[:n] += followed * (square - self.strain[:n])
        self.broad[:n] += followed * (squares(misses)[0] - self.broad[:n])
        ease = EASE / np.maximum(np.maximum(square, self.strain[:n]), EASE)
        self._hold(settled, fitted)
        held = self.held[:n]
        eased = np.where(settled, np.maximum(ease * ease, BELIEF_MIN), np.float32(1)) * (held <= 0)
        belief = np.where(held < 0, np.float32(1), eased)
        behind = np.where(known < JUDGED_FRAMES, np.minimum(judged, np.maximum(known - LEVEL_FRAMES, 0)), judged)
        rate = np.where(there, self._of_series(belief) / (np.minimum(behind, KEEP_FRAMES) + 1), 0).astype(np.float32)
        limit = np.where(behind >= FIRST_FIT, STRAY_MAX * usual, np.float32(np.inf))
        miss = np.where(there, np.minimum(np.abs(raw), limit), np.float32(0))
        self.missed[:, :n] += rate * (miss * miss - self.missed[:, :n])
        self.judged[:n] += there.any(0) & (held <= 0)
        return eased.astype(np.float32), belief.astype(np.float32)

    def _of_series(self, belief: F32) -> F32:
        """What to believe of each series, (signals, subjects): one that is too new to be judged is learned in a hold too."""
        n = len(belief)
        new = (self.held[:n] > 0) & (self.known[:, :n] < JUDGED_FRAMES)
        return np.where(new, np.float32(1), belief)

    def _hold(self, settled: NDArray[np.bool_], fitted: NDArray[np.bool_]) -> None:
        """Begin, go on with or end holds by the strain; (subjects,) each. settled: whose strain was followed in this frame;
        fitted: whose cohort has a model, without one (a subject came to a new cohort) all is learned."""
        n = len(settled)
        held, calm, strain = self.held[:n], self.calm[:n], self.strain[:n]
        held[~fitted] = 0
        calm[settled] += 1
        calm[settled & (strain >= CALM_BELOW)] = 0
        held[settled & ((held > 0) | (held == 0) & (strain >= HOLD_FROM))] += 1
        held[calm >= CALM_FRAMES] = 0
        lasted = np.flatnonzero(held > np.minimum(self.judged[:n], HOLD_FRAMES))
        if len(lasted):
            held[lasted] = -1
            self.known[:, lasted] = np.minimum(self.known[:, lasted], HOLD_FRAMES)
            self.judged[lasted] = np.minimum(self.judged[lasted], HOLD_FRAMES)

    def _learn_moments(self, seen: Foretold, x: F32, before: list[F32], cohort: I32, belief: F32) -> None:
        ripe = self.known[:, : x.shape[1]].max(0) >= LEVEL_FRAMES
        now, *lags = (np.clip(np.nan_to_num(seen._standard(f)), -STRAY_MAX, STRAY_MAX) for f in (x, *before))
        past = np.concatenate(lags)
        order = np.argsort(cohort, kind="stable")
        order = order[ripe[order]]
        bounds = np.searchsorted(cohort[order], np.arange(len(self.frames) + 1))
        for c in np.flatnonzero(np.diff(bounds)).tolist():
            mine = order[bounds[c] : bounds[c + 1]]
            p, believed = past[:, mine], belief[mine]
            mass = float(believed.mean())
            if mass == 0:
                continue
            rate = np.float32(mass / (min(float(self.frames[c]), KEEP_FRAMES) + 1))
            weighed = p * (believed / np.float32(len(mine) * mass))
            self.lagged[c] += rate * (p @ weighed.T - self.lagged[c])
            self.cross[c] += rate * (weighed @ now[:, mine].T - self.cross[c])
            self.frames[c] += 1
            if self.frames[c] >= self.due[c]:
                self._fit(c)

    def _fit(self, cohort: int) -> None:
        held = self.lagged[cohort].astype(np.float64) + RIDGE * np.eye(LAGS * self.signals)
        self.weights[cohort] = np.linalg.solve(held, self.cross[cohort].astype(np.float64)).T
        self.due[cohort] = min(self.frames[cohort] * 1.1, self.frames[cohort] + 240)

    def _learn_recent(self, seen: Foretold, x: F32, belief: F32) -> None:
        """Follow where each series is of late and how far it is from there; belief: (signals, subjects), 0: it stands still."""
        n = x.shape[1]
        known, usual = self.known[:, :n], np.sqrt(self.strayed[:, :n]) + MISS_FLOOR
        square, count = squares(seen.strays(x))
        self.moved[:n] += np.where(count > 0, ALPHA, np.float32(0)) * (square - self.moved[:n])
        off = np.where(np.isfinite(x), np.clip((x - self.recent[:, :n]) / seen.spread, -Z_MAX, Z_MAX), np.float32(0))
        limit = np.where(known >= JUDGED_FRAMES, STRAY_MAX * usual, np.float32(np.inf))
        off = np.clip(off, -limit, limit)
        rate = np.where(np.isfinite(x) & (known >= LEVEL_FRAMES), belief, np.float32(0))
        rate /= np.clip(known - LEVEL_FRAMES, 0, KEEP_FRAMES) + 1
        self.strayed[:, :n] += rate * (off * off - self.strayed[:, :n])
        step = np.where(known < 1, x - self.recent[:, :n], off * seen.spread)
        rate = belief * np.maximum(ALPHA, 1 / (known + 1))
        self.recent[:, :n] += np.where(np.isfinite(x), rate * step, np.float32(0))

    def _learn_level(self, x: F32, spread: F32, trust: F32 | None) -> None:
        n = x.shape[1]
        known = self.known[:, :n]
        there = np.isfinite(x)
        rate = np.where(there, 1 / (np.minimum(known, KEEP_FRAMES) + 1), 0).astype(np.float32)
        if trust is not None:
            rate = rate * trust
        off = np.where(there, x - self.mean[:, :n], np.float32(0))
        off = np.where(known >= FIRST_FIT, np.clip(off, -STRAY_MAX * spread, STRAY_MAX * spread), off)
        self.mean[:, :n] += rate * off
        self.variance[:, :n] += np.where(known < 1, np.float32(0), rate) * (off * off - self.variance[:, :n])
        self.known[:, :n] += there & (rate > 0)

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """Everything learned, as arrays."""
        return {name: getattr(self, name) for name in (*OF_SERIES, *OF_HOLDS, *OF_TOLD, *OF_COHORTS)}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Take up what `snapshot` gave. ValueError: it is of other signals."""
        if state["mean"].shape[0] != self.signals:
            raise ValueError(f"the snapshot has {state['mean'].shape[0]} signals, not {self.signals}")
        for name in (*OF_SERIES, *OF_COHORTS):
            setattr(self, name, state[name].astype(np.float32))
        for name in OF_HOLDS:  # snapshots of before there were holds lack them
            setattr(self, name, state.get(name, np.zeros_like(self.strain)).astype(np.float32))
        firsts = self.strain, self.mean, np.ones_like(self.mean), np.ones_like(self.strain)
        for name, first in zip(OF_TOLD, firsts, strict=True):  # so do these
            setattr(self, name, state.get(name, first).astype(np.float32))
        self._before = []


def _ready(seen: Foretold, usual: F32) -> Foretold:
    """As if enough had been judged: what is learned from begins with the first fit. usual: how far each series misses."""
    return replace(seen, missed=usual - MISS_FLOOR, judged=np.full_like(seen.judged, FIRST_FIT))


def _wide(frame: F32, n: int) -> F32:
    out = np.full((frame.shape[0], n), np.nan, np.float32)
    out[:, : min(n, frame.shape[1])] = frame[:, :n]
    return out

"""Forecasts of many series at once: experts, blended by how well each forecast what is known, with conformal intervals.

`y` is (series, time), oldest first, evenly spaced; NaN before a series begins, gaps within it are filled. Experts are array
functions of a whole block of series. Each is tried at `FOLDS` earlier moments of every series, on what it had not seen, and
weighted by the inverse of its error there (Bates & Granger 1969; power: Timmermann 2006). The same trials give the errors that
the blend would have made, and from their quantiles come the intervals (split conformal: Vovk, Gammerman & Shafer 2005; in
time: Stankevičiūtė, Alaa & van der Schaar 2021), whose coverage is measured on trials that their widths were not made from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swarmscope.stats.experts import EXPERTS, Seasons

F64 = NDArray[np.float64]
FOLDS = 4
POWER = 4.0
FADE = 0.8  # weight of a trial against the one after it
LEVELS = (0.8, 0.95)
POINTS_MIN = 8
LENGTHS_MAX = 12  # distinct lengths that are forecast apart; more are rounded down
FREE_PER_TRIAL = 4
SMOOTH = 0.15  # neighbours in the horizon share a width, on either side this share of it


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is to come of each series.

    value: (series, horizon). lower, upper: (levels, series, horizon), of `levels`, widest last. coverage: (levels, series),
    share of held-back values that intervals made without them contained; NaN where there was too little to try. weights:
    (experts, series), of `experts`. error: (series,), mean absolute error of the blend on what was held back, in units of y.
    """

    value: F64
    lower: F64
    upper: F64
    levels: tuple[float, ...]
    coverage: F64
    weights: F64
    experts: tuple[str, ...]
    error: F64


def forecast(
    y: F64,
    horizon: int,
    seasons: Sequence[int] = (),
    levels: Sequence[float] = LEVELS,
    floor: float | None = None,
    ceiling: float | None = None,
) -> Forecast:
    """What comes after the last column. seasons: lengths of cycles in steps, shortest first. floor, ceiling: bounds of values.

    Series with fewer than POINTS_MIN values give NaN. ValueError: shapes, levels or horizon that make no sense.
    """
    y = np.asarray(y, np.float64)
    if y.ndim != 2 or horizon < 1:
        raise ValueError(f"y has the shape {y.shape} and horizon is {horizon}: (series, time) and 1 or more are needed")
    if not levels or any(not 0 < level < 1 for level in levels):
        raise ValueError(f"levels={tuple(levels)} are not within 0 and 1")
    y = np.where(np.isfinite(y), y, np.nan)
    n, k = len(y), len(levels)
    names = tuple(EXPERTS)
    value = np.full((n, horizon), np.nan)
    lower, upper = np.full((k, n, horizon), np.nan), np.full((k, n, horizon), np.nan)
    coverage, weights, error = np.full((k, n), np.nan), np.full((len(names), n), np.nan), np.full(n, np.nan)
    for length, places in _by_length(y, max(seasons, default=1)):
        block = filled(y[places, y.shape[1] - length :])
        scale = np.maximum(np.abs(block).mean(1, keepdims=True), 1e-300)  # so that 1e12 and 1e-12 are computed alike
        part = _blend(block / scale, horizon, Seasons(tuple(s for s in sorted(set(seasons)) if s > 1)), tuple(levels))
        value[places], weights[:, places], error[places] = part.value * scale, part.weights, part.error * scale[:, 0]
        lower[:, places], upper[:, places], coverage[:, places] = part.lower * scale, part.upper * scale, part.coverage
    if floor is not None or ceiling is not None:
        value, lower, upper = (np.clip(array, floor, ceiling) for array in (value, lower, upper))
    return Forecast(value, lower, upper, tuple(levels), coverage, weights, names, error)


def filled(y: F64) -> F64:
    """Gaps bridged by straight lines, ends by the nearest value."""
    gaps = ~np.isfinite(y)
    if not gaps.any():
        return y
    out = y.copy()
    at = np.arange(y.shape[1])
    for i in np.flatnonzero(gaps.any(1)).tolist():
        good = ~gaps[i]
        out[i, gaps[i]] = np.interp(at[gaps[i]], at[good], y[i, good])
    return out


def _by_length(y: F64, season: int) -> list[tuple[int, NDArray[np.int64]]]:
    """Series of like length together, those too short left out."""
    there = np.isfinite(y)
    length = np.where(there.any(1), y.shape[1] - there.argmax(1), 0)
    length = np.where(there.sum(1) >= POINTS_MIN, length, 0)
    kinds = np.unique(length[length > 0])
    if len(kinds) > LENGTHS_MAX:
        ladder = np.unique(np.geomspace(POINTS_MIN, y.shape[1], LENGTHS_MAX).astype(int))
        rounded = ladder[np.searchsorted(ladder, np.maximum(length, POINTS_MIN), side="right") - 1]
        length = np.where(length > 0, rounded, 0)
        kinds = np.unique(length[length > 0])
    return [(int(k), np.flatnonzero(length == k)) for k in kinds]


def _blend(y: F64, horizon: int, seasons: Seasons, levels: tuple[float, ...]) -> Forecast:
    n, length = y.shape
    ahead = np.stack([expert(y, horizon, seasons) for expert in EXPERTS.values()])
    folds = _folds(length, horizon, seasons)
    trials = np.full((len(folds), *ahead.shape), np.nan)
    actual = np.full((len(folds), n, horizon), np.nan)
    for i, (cut, steps) in enumerate(folds):
        for j, expert in enumerate(EXPERTS.values()):
            trials[i, j, :, :steps] = expert(y[:, :cut], steps, seasons)
        actual[i, :, :steps] = y[:, cut : cut + steps]
    weights = _weights(trials, actual, len(ahead), n)
    value = np.einsum("en,enh->nh", weights, ahead)
    if not folds:
        wide = np.full((len(levels), n, horizon), np.nan)
        return Forecast(value, wide, wide, levels, wide[:, :, 0], weights, tuple(EXPERTS), np.full(n, np.nan))
    errors = np.abs(actual - np.stack([np.einsum("en,enh->nh", weights, t) for t in trials]))
    half = np.stack([_width(errors, level) for level in levels])
    coverage = _covered(errors, levels)
    with np.errstate(all="ignore"):
        mean = np.nanmean(errors, axis=(0, 2))
    return Forecast(value, value - half, value + half, levels, coverage, weights, tuple(EXPERTS), mean)


def _folds(length: int, horizon: int, seasons: Seasons) -> list[tuple[int, int]]:
    """(end of what is known, steps to forecast) of each trial, newest first; half of a series is never used up by trials."""
    steps = max(1, min(horizon, length // 4))
    least = max(POINTS_MIN, length // 2)
    return [(length - (i + 1) * steps, steps) for i in range(FOLDS) if length - (i + 1) * steps >= least]


def _weights(trials: F64, actual: F64, experts: int, n: int) -> F64:
    """(experts, series), summing to 1: inverse powers of the mean absolute error over all trials."""
    if not len(trials):
        return np.full((experts, n), 1 / experts)
    error = np.einsum("f,fen->en", _recency(len(trials)), np.nanmean(np.abs(trials - actual[:, None]), axis=3))
    error = np.where(np.isfinite(error), error, np.inf)
    best = np.maximum(error.min(0), 1e-12)
    weight = (best / np.maximum(error, best)) ** POWER
    return np.asarray(weight / weight.sum(0))


def _recency(trials: int) -> F64:
    """Weights of trials, newest first, summing to 1."""
    weight = FADE ** np.arange(trials)
    return np.asarray(weight / weight.sum())


def _width(errors: F64, level: float) -> F64:
    """(series, horizon): half-width of an interval from errors (trials, series, horizon) of the blend.

    Neighbouring steps are taken together; widths never shrink with the horizon. Recent trials weigh more, since what made
    older errors may be over (Barber, Candès, Ramdas & Tibshirani 2023). The finite-sample quantile: one more error, as large
    as can be, counts among them; where errors are too few for the level, the largest is widened. Those of one trial depend on
    each other: FREE_PER_TRIAL of them count.
    """
    trials, n, horizon = errors.shape
    half = np.empty((n, horizon))
    weights = np.broadcast_to(_recency(trials)[:, None, None] * trials, errors.shape)
    reach = max(1, round(SMOOTH * horizon))
    for h in range(horizon):
        steps = slice(max(0, h - reach), h + reach + 1)
        near, weight = (a[:, :, steps].transpose(1, 0, 2).reshape(n, -1) for a in (errors, weights))
        there = np.isfinite(near)
        known = there.sum(1)
        order = np.argsort(np.where(there, near, np.inf), axis=1)
        ordered = np.take_along_axis(near, order, axis=1)
        mass = np.cumsum(np.take_along_axis(np.where(there, weight, 0.0), order, axis=1), axis=1)
        free = np.maximum(np.minimum(known, FREE_PER_TRIAL * trials), 1)
        wanted = (mass[:, -1] * (free + 1) / free * level)[:, None]
        at = np.clip((mass < wanted - 1e-9).sum(1), 0, np.maximum(known - 1, 0))
        short = np.maximum(np.ceil((free + 1) * level) - free, 0) / free
        half[:, h] = np.where(known > 0, ordered[np.arange(n), at] * (1 + short), np.nan)
    known_to = np.where(np.isfinite(half), half, -np.inf)
    at_step = np.arange(horizon)
    widest = np.maximum.accumulate(known_to, axis=1)
    last = np.isfinite(half).sum(1, keepdims=True)  # beyond what trials reached: as a random walk grows
    grown = np.sqrt((at_step[None] + 1) / np.maximum(last, 1))
    return np.where(at_step[None] < last, widest, widest * np.maximum(grown, 1))


def _covered(errors: F64, levels: tuple[float, ...]) -> F64:
    """(levels, series): share of each trial's values within intervals made from the other trials."""
    trials, n, _ = errors.shape
    out = np.full((len(levels), n), np.nan)
    if trials < 2:
        return out
    for k, level in enumerate(levels):
        inside, count = np.zeros(n), np.zeros(n)
        for i in range(trials):
            half = _width(np.delete(errors, i, axis=0), level)
            there = np.isfinite(errors[i]) & np.isfinite(half)
            inside += ((errors[i] <= half) & there).sum(1)
            count += there.sum(1)
        out[k] = np.where(count > 0, inside / np.maximum(count, 1), np.nan)
    return out

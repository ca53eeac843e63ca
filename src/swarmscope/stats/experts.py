"""Forecasters of a block of series: array functions y (series, time) → (series, horizon), all series in one go.

Recursions over time are linear filters, step by step for all series and models of a grid at once; parameters are chosen per
series by their errors one step ahead. Nothing here loops over series. `y` has no gaps and is scaled to about 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
SLOPE_DAMP = 0.9
FORGET = 0.7  # weight of a cycle against the one after it
RATIO_MAX = 5.0
RIDGE = 1e-3
ALPHAS = (0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 1.0)
TRENDS = (0.0, 0.05, 0.2)
DAMPINGS = (0.8, 0.9, 0.98)
CELLS = 1 << 20  # errors that are held at a time


@dataclass(frozen=True, slots=True)
class Seasons:
    """Lengths of cycles in steps, shortest first; only those that a series holds twice count."""

    lengths: tuple[int, ...] = ()

    def short(self, time: int) -> int:
        """The shortest cycle, 1 for none."""
        return next((s for s in self.lengths if 2 * s <= time), 1)

    def long(self, time: int) -> int:
        """The longest cycle, 1 for none."""
        return next((s for s in reversed(self.lengths) if 2 * s <= time), 1)


def naive(y: F64, horizon: int, seasons: Seasons) -> F64:
    """The last value."""
    return np.repeat(y[:, -1:], horizon, axis=1)


def drift(y: F64, horizon: int, seasons: Seasons) -> F64:
    """The line through the first and the last value."""
    slope = (y[:, -1:] - y[:, :1]) / max(1, y.shape[1] - 1)
    return np.asarray(y[:, -1:] + slope * np.arange(1, horizon + 1))


def trend(y: F64, horizon: int, seasons: Seasons) -> F64:
    """The line of least squares through the last values, as many as are forecast and half as many again."""
    recent = y[:, -max(8, horizon + horizon // 2) :]
    at = np.arange(recent.shape[1]) - (recent.shape[1] - 1) / 2
    slope = (recent * at).sum(1, keepdims=True) / (at**2).sum()
    return np.asarray(recent.mean(1, keepdims=True) + slope * (at[-1] + np.arange(1, horizon + 1)))


def repeated(cycle: F64, horizon: int) -> F64:
    """The cycle again and again."""
    return np.asarray(cycle[:, np.arange(horizon) % cycle.shape[1]])


def seasonal_naive(y: F64, horizon: int, seasons: Seasons) -> F64:
    """The last short cycle again."""
    return repeated(y[:, -seasons.short(y.shape[1]) :], horizon)


def long_naive(y: F64, horizon: int, seasons: Seasons) -> F64:
    """The last long cycle again."""
    return repeated(y[:, -seasons.long(y.shape[1]) :], horizon)


def long_level(y: F64, horizon: int, seasons: Seasons) -> F64:
    """The last long cycle again, at the level of now."""
    time = y.shape[1]
    long, short = seasons.long(time), seasons.short(time)
    if time < long + short:
        return long_naive(y, horizon, seasons)
    now, before = y[:, -short:].mean(1), y[:, -long - short : -long].mean(1)
    return long_naive(y, horizon, seasons) * _ratio(now, before)


def long_mean(y: F64, horizon: int, seasons: Seasons) -> F64:
    """The mean of the last two long cycles."""
    long = seasons.long(y.shape[1])
    return repeated((y[:, -long:] + y[:, -2 * long : -long]) / 2, horizon)


def profile(y: F64, horizon: int, seasons: Seasons) -> F64:
    """The forgetting mean of the short cycles."""
    return repeated(_profile(y, seasons), horizon)


def profile_level(y: F64, horizon: int, seasons: Seasons) -> F64:
    """The same at the level of now."""
    shape = _profile(y, seasons)
    now = y[:, -seasons.short(y.shape[1]) :].mean(1)
    return repeated(shape, horizon) * _ratio(now, shape.mean(1))


def fading(y: F64, horizon: int, seasons: Seasons) -> F64:
    """The last short cycle, and what the last value was off from it, fading away."""
    short = seasons.short(y.shape[1])
    off = y[:, -1:] - y[:, -1 - short : -short] if short > 1 else y[:, -1:] - y[:, -5:].mean(1, keepdims=True)
    return seasonal_naive(y, horizon, seasons) + off * 0.85 ** np.arange(1, horizon + 1)


def damped(y: F64, horizon: int, seasons: Seasons) -> F64:
    """Exponential smoothing with a damped trend, of the seasonally adjusted series (Gardner & McKenzie 1985)."""
    flat, back = adjusted(y, horizon, seasons)
    return back(damped_trend(flat, horizon))


def damped_trend(y: F64, horizon: int) -> F64:
    """The same of a series without seasons: level, trend and damping from a grid, by the errors one step ahead.

    The model is an ARIMA(1, 1, 2), so that one linear filter gives all errors: with level gain a, trend gain g = a·b and
    damping p, (1 − pB)(1 − B) y = (1 + (pg + a − 1 − p) B + p (1 − a) B²) e.
    """
    grid = [(b, p) for b in TRENDS for p in (DAMPINGS if b else DAMPINGS[:1])]
    some = max(1, CELLS // (len(grid) * y.shape[1]))
    return np.concatenate([_damped_trend(y[i : i + some], horizon, grid) for i in range(0, max(1, len(y)), some)])


def _damped_trend(y: F64, horizon: int, grid: list[tuple[float, float]]) -> F64:
    """Of a few series. grid: trends and dampings."""
    time = y.shape[1]
    gains, dampings = np.array(grid).T
    steps = np.diff(y, axis=1, prepend=y[:, :1]).T  # (time, series)
    falling = np.zeros((time, len(grid), len(y)))
    falling[0] = steps[0]
    falling[1:] = steps[1:, None] - dampings[:, None] * steps[:-1, None]
    best = np.full(len(y), np.inf)
    out = np.zeros((len(y), horizon))
    skip = min(10, time // 4)
    for a in ALPHAS:
        errors = _recursive(falling, dampings * a * gains + a - 1 - dampings, dampings * (1 - a))
        costs = (errors[skip:] ** 2).mean(0)
        for model, (b, p) in enumerate(grid):
            better = costs[model] < best * (1 - 1e-9)
            if not better.any():
                continue
            best[better] = costs[model][better]
            own = errors[:, model, better]
            trend = a * b * (p ** np.arange(time)[::-1] @ own)
            level = y[better, -1] - (1 - a) * own[-1]
            out[better] = level[:, None] + trend[:, None] * np.cumsum(p ** np.arange(1, horizon + 1))
    return out


def theta(y: F64, horizon: int, seasons: Seasons) -> F64:
    """The theta method: a line at half its slope, and the series with its curvature doubled, smoothed (Assimakopoulos &
    Nikolopoulos 2000; as exponential smoothing with drift: Hyndman & Billah 2003)."""
    flat, back = adjusted(y, horizon, seasons)
    return back(theta_line(flat, horizon))


def theta_line(y: F64, horizon: int) -> F64:
    """The same of a series without seasons."""
    time = y.shape[1]
    at = np.arange(time) - (time - 1) / 2
    slope = (y * at).sum(1, keepdims=True) / (at**2).sum()
    best, level, gain = np.full(len(y), np.inf), y[:, -1].copy(), np.ones(len(y))
    changes = np.diff(y, axis=1, prepend=y[:, :1]).T[:, None]
    for a in ALPHAS:
        errors = _recursive(changes, np.array([a - 1.0]), np.zeros(1))[:, 0]
        cost = (errors[1:] ** 2).mean(0)
        better = cost < best * (1 - 1e-9)
        best[better], gain[better] = cost[better], a
        level[better] = y[better, -1] - (1 - a) * errors[-1, better]
    steps = np.arange(horizon)
    start = (1 - (1 - gain) ** time) / gain
    return np.asarray(level[:, None] + slope / 2 * (steps[None] + start[:, None]))


def autoregression(y: F64, horizon: int, seasons: Seasons) -> F64:
    """Least squares on the last values and on those one short and one long cycle ago, with a small ridge; step by step."""
    time = y.shape[1]
    short, long = seasons.short(time), seasons.long(time)
    lags = {1, 2, 3, *(k for s in {short, long} if s > 1 for k in (s - 1, s, s + 1))}
    if short > 1 and 2 * short < time // 3:
        lags |= {2 * short}
    lags = {k for k in lags if k <= time // 3}
    order = sorted(lags)
    deepest = order[-1]
    centre = y.mean(1, keepdims=True)
    x = y - centre
    columns = np.stack([x[:, deepest - k : time - k] for k in order])  # (lags, series, rows)
    target = x[:, deepest:]
    weight = 0.5 ** (np.arange(target.shape[1])[::-1] / max(4 * long, 0.35 * target.shape[1]))
    gram = np.einsum("int,jnt->nij", columns * weight, columns)
    right = np.einsum("int,nt->ni", columns * weight, target)
    size = np.trace(gram, axis1=1, axis2=2)[:, None, None] / len(order)
    factor = np.linalg.solve(gram + (RIDGE * size + 1e-12) * np.eye(len(order)), right[..., None])[..., 0]
    past = np.concatenate([x[:, -deepest:], np.zeros((len(y), horizon))], axis=1)
    places = np.array(order)
    limit = 3 * np.abs(x).max(1)
    for h in range(horizon):
        value = (factor * past[:, deepest + h - places]).sum(1)
        past[:, deepest + h] = np.clip(value, -limit, limit)
    return np.asarray(past[:, deepest:] + centre)


def adjusted(y: F64, horizon: int, seasons: Seasons) -> tuple[F64, Callable[[F64], F64]]:
    """The series without its short cycle, and what puts the cycle back onto a forecast; by ratio where all is positive."""
    time = y.shape[1]
    short = seasons.short(time)
    if short == 1:
        return y, lambda ahead: ahead
    shape = _profile(y, seasons)
    along = shape[:, (np.arange(time) - time) % short]
    after = repeated(shape, horizon)
    mean = shape.mean(1, keepdims=True)
    by_ratio = (y > 0).all(1) & (shape.min(1) > 0.05 * mean[:, 0])
    with np.errstate(all="ignore"):
        flat = np.where(by_ratio[:, None], y / along * mean, y - along + mean)
    flat = np.where(np.isfinite(flat), flat, y - along + mean)

    def back(ahead: F64) -> F64:
        with np.errstate(all="ignore"):
            return np.asarray(np.where(by_ratio[:, None], ahead * after / mean, ahead + after - mean))

    return flat, back


def _profile(y: F64, seasons: Seasons) -> F64:
    """Forgetting mean of the short cycles, (series, short), beginning where a forecast begins."""
    time = y.shape[1]
    short = seasons.short(time)
    cycles = min(time // short, 12)
    stacked = y[:, time - cycles * short :].reshape(len(y), cycles, short)
    weight = FORGET ** np.arange(cycles)[::-1]
    return np.asarray(np.einsum("ncs,c->ns", stacked, weight) / weight.sum())


def _ratio(now: F64, before: F64) -> F64:
    with np.errstate(all="ignore"):
        ratio = np.where(before > 1e-9, now / before, 1.0)
    return np.asarray(np.clip(ratio, 1 / RATIO_MAX, RATIO_MAX)[:, None])


Expert = Callable[[F64, int, Seasons], F64]
EXPERTS: dict[str, Expert] = {
    "naive": naive,
    "drift": drift,
    "trend": trend,
    "seasonal_naive": seasonal_naive,
    "long_naive": long_naive,
    "long_level": long_level,
    "long_mean": long_mean,
    "profile": profile,
    "profile_level": profile_level,
    "fading": fading,
    "damped": damped,
    "theta": theta,
    "autoregression": autoregression,
}
"""Name → forecaster. With a short cycle alone, the long ones are the short ones."""


def _recursive(given: F64, first: F64, second: F64) -> F64:
    """e[t] = given[t] − first·e[t−1] − second·e[t−2]. given: (time, models, series); first, second: (models,)."""
    errors = given.copy()
    part = np.empty_like(errors[0])
    deep = second.any()
    for t in range(1, len(errors)):
        errors[t] -= np.multiply(errors[t - 1], first[:, None], out=part)
        if deep and t > 1:
            errors[t] -= np.multiply(errors[t - 2], second[:, None], out=part)
    return errors

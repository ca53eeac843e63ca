"""Signals of the fleet or of agents as series in their own units, and forecasts of them."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.detect.prediction.ledger import Ledger
from swarmscope.errors import NotFoundError, QueryError
from swarmscope.query import history
from swarmscope.query.buckets import BUCKET_S
from swarmscope.query.reader import Reader
from swarmscope.query.times import SECOND_NS, format_duration, moment
from swarmscope.stats.forecast import POINTS_MIN, Forecast, forecast
from swarmscope.window import SIGNALS, Signal

F64 = NDArray[np.float64]
UNITS = {s.name: s.unit for s in SIGNALS if s.above != "repeats"} | {
    "cost_rate": "USD/h",
    "token_rate": "tokens/min",
}
"""Signal → unit: those of detectors, and what the fleet or an agent spends."""
DAY_S = 86_400
STEPS_S = (10, 30, 60, 120, 300, 600, 900, 1_800, 3_600)
AHEAD_MAX = 60  # steps of a forecast
POINTS_MAX = 720  # steps of history
SETTLE_S = 10  # what is younger is not complete
HORIZON_MAX_S = 3 * DAY_S
OVER_MAX_S = 3600
_TOTALS = {"cost_rate": ("cost_nano_usd", 3_600e-9), "token_rate": ("tokens", 60.0)}


@dataclass(frozen=True, slots=True)
class Told:
    """Series of signals: values (signals, agents, steps) in their own units, NaN: nothing there. ends_s: of the steps."""

    signals: tuple[str, ...]
    agents: list[str]
    step_s: int
    ends_s: NDArray[np.int64]
    values: F64

    def smooth(self, steps: int) -> Told:
        """Means over the last `steps` steps in the place of single values; NaN until a value was there."""
        there = np.isfinite(self.values)
        total = np.cumsum(np.where(there, self.values, 0.0), axis=2)
        count = np.cumsum(there, axis=2)
        for part in (total, count):
            part[:, :, steps:] -= part[:, :, :-steps].copy()
        with np.errstate(all="ignore"):
            return replace(self, values=total / np.where(count > 0, count, np.nan))


def series(
    reads: Reader, signals: Sequence[str], step_s: int, steps: int, end_s: int, agents: Sequence[str] = ()
) -> Told:
    """The last `steps` steps before `end_s` (a multiple of `step_s`). StoreError."""
    start_s = end_s - steps * step_s
    known = history.figures(reads, start_s, steps, step_s, agents)
    own = {s.name: s for s in SIGNALS if s.name in signals and s.metrics}
    metrics = [m for s in own.values() for m in s.metrics]
    said = history.reported(reads, metrics, start_s, steps, step_s, agents) if metrics else {}
    values = np.full((len(signals), len(known.agents), len(known.ends_s)), np.nan)
    by_name = {s.name: s for s in SIGNALS}
    for i, name in enumerate(signals):
        if name in own:
            for metric in own[name].metrics:
                if metric in said:
                    values[i] = np.where(np.isfinite(said[metric]), said[metric], values[i])
        else:
            values[i] = _value(name, by_name.get(name), known)
    return Told(tuple(signals), known.agents, step_s, known.ends_s, values)


def _value(name: str, signal: Signal | None, known: history.History) -> F64:
    c = known.columns
    active = np.logical_or.accumulate(c["spans"] > 0, axis=1)  # nothing is known of the time before the first span
    if name in _TOTALS:
        column, scale = _TOTALS[name]
        total = c["input_tokens"] + c["output_tokens"] if column == "tokens" else c[column]
        return np.where(active, total * scale / known.step_s, np.nan)
    if signal is None or (signal.below and signal.below not in c):
        return np.full(active.shape, np.nan)
    if not signal.below:
        return np.where(active, c[signal.above] / known.step_s, np.nan)
    if signal.name == "latency_p95":
        return np.asarray(c["latency_p95_ns"] * 1e-6)
    with np.errstate(all="ignore"):
        ratio = c[signal.above] / c[signal.below] * signal.scale
    return np.where((c[signal.below] > 0) & ((ratio > 0) | (signal.transform == "share")), ratio, np.nan)


def forecasts(
    told: Told, horizon: int, levels: Sequence[float], seasons: Sequence[int] = ()
) -> dict[str, tuple[Forecast, F64]]:
    """Per signal: the forecast of every agent, in its own units, and what it was made of. Sizes are forecast as logarithms."""
    out = {}
    by_name = {s.name: s for s in SIGNALS}
    for i, name in enumerate(told.signals):
        signal = by_name.get(name)
        y = told.values[i]
        if signal is not None and signal.transform == "log":
            with np.errstate(all="ignore"):
                made = forecast(np.log(y) - _middle(np.log(y)), horizon, seasons, levels)
                back = _middle(np.log(y))
            value, lower, upper = (np.exp(np.clip(a + back, -80, 80)) for a in (made.value, made.lower, made.upper))
            made = Forecast(value, lower, upper, made.levels, made.coverage, made.weights, made.experts, made.error)
        else:
            bounded = signal is None or not signal.metrics
            ceiling = 1.0 if signal is not None and signal.transform == "share" else None
            made = forecast(y, horizon, seasons, levels, 0.0 if bounded else None, ceiling)
        out[name] = (made, y)
    return out


def _middle(x: F64) -> F64:
    there = np.isfinite(x)
    with np.errstate(all="ignore"):
        middle: F64 = np.where(there, x, 0).sum(1, keepdims=True) / np.maximum(there.sum(1, keepdims=True), 1)
    return middle


def grid(horizon_s: float, first_s: int, now_s: int) -> tuple[int, int, int, tuple[int, ...]]:
    """Step, steps ahead, steps of history and cycles for a horizon: a day, where the history holds it twice."""
    step_s = next((s for s in STEPS_S if horizon_s / s <= AHEAD_MAX), STEPS_S[-1])
    ahead = max(1, math.ceil(horizon_s / step_s))
    past = min(POINTS_MAX, max(2, (now_s - first_s) // step_s))
    day = DAY_S // step_s
    return step_s, ahead, past, ((day,) if 2 * day <= past else ())


def told(
    reads: Reader, agent: str, signal: str, horizon_ns: int, level: float, over_ns: int = 0, now_ns: int | None = None
) -> dict[str, Any]:
    """In the shape of `SignalForecast`. over_ns: of means over so long, at least a step; 0: of single steps. QueryError,
    NotFoundError: too little is known."""
    if signal not in UNITS:
        raise QueryError(f"signal={signal[:64]!r} is none that can be forecast; there are {', '.join(UNITS)}")
    if not BUCKET_S <= horizon_ns / SECOND_NS <= HORIZON_MAX_S:
        raise QueryError(f"horizon={format_duration(horizon_ns)!r} is not within 10s and 3d")
    if over_ns and not BUCKET_S <= over_ns / SECOND_NS <= OVER_MAX_S:
        raise QueryError(f"over={format_duration(over_ns)!r} is not within 10s and 1h")
    now_s = (time.time_ns() if now_ns is None else now_ns) // SECOND_NS - SETTLE_S
    first_s = history.first_s(reads, agent)
    if not first_s:
        raise NotFoundError(f"nothing is known of agent {agent[:128]!r}" if agent else "nothing is known of the fleet")
    step_s, ahead, past, seasons = grid(horizon_ns / SECOND_NS, max(first_s, now_s - 3 * DAY_S), now_s)
    end_s = now_s // step_s * step_s
    known = series(reads, [signal], step_s, past, end_s, [agent] if agent else [])
    together = min(past, round(over_ns / SECOND_NS / step_s))
    known = known.smooth(together) if together > 1 else known
    made, y = forecasts(known, ahead, (level,), seasons)[signal]
    if not np.isfinite(made.value).any():
        raise NotFoundError(
            f"{signal} has {int(np.isfinite(y).sum())} values in {format_duration(past * step_s * SECOND_NS)}; a forecast "
            f"needs {POINTS_MIN}. Ask again later, or for a shorter horizon"
        )
    ledger = reads.kept(Ledger)
    factor = ledger.factor(signal) if not agent else 1.0
    value, lower, upper = made.value[0], made.lower[0, 0], made.upper[0, 0]
    lower, upper = value - factor * (value - lower), value + factor * (upper - value)
    weights = sorted(zip(made.experts, made.weights[:, 0].tolist(), strict=True), key=lambda w: -w[1])
    return {
        "agent": agent,
        "signal": signal,
        "unit": UNITS[signal],
        "from": moment(end_s * SECOND_NS),
        "step_ms": step_s * 1000,
        "past_ms": (known.ends_s * 1000).tolist(),
        "past": _numbers(y[0]),
        "times_ms": [(end_s + step_s * (h + 1)) * 1000 for h in range(ahead)],
        "value": _numbers(value),
        "lower": _numbers(np.maximum(lower, 0) if _positive(signal) else lower),
        "upper": _numbers(upper),
        "level": level,
        "coverage": {"held_back": _number(made.coverage[0, 0]), **ledger.json(signal if not agent else "")},
        "season_ms": [s * step_s * 1000 for s in seasons],
        "experts": [{"name": n, "weight": round(w, 4)} for n, w in weights if w >= 0.01],
        "error": _number(made.error[0]) if _linear(signal) else None,
    }


def _positive(name: str) -> bool:
    return all(s.name != name or not s.metrics for s in SIGNALS)


def _linear(name: str) -> bool:
    return all(s.name != name or s.transform != "log" for s in SIGNALS)


def _number(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None


def _numbers(values: Any) -> list[float | None]:
    return [_number(v) for v in np.asarray(values).tolist()]

"""What was forecast of the fleet and what came true: the coverage of intervals, tracked, and widths that follow it.

The width of a signal's intervals is multiplied by a factor that grows with every value that fell outside and shrinks with
every one inside, so that in the long run as many are inside as promised, whatever the series does (adaptive conformal
inference, Gibbs & Candès 2021).
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
STEP = 0.05  # how fast factors follow
KEPT = 2_000  # newest scores of a signal
WAITING_MAX = 5_000
LEVEL = 0.8
FACTORS = (0.25, 8.0)


@dataclass(slots=True)
class _Signal:
    waiting: deque[tuple[int, float, float]] = field(default_factory=lambda: deque(maxlen=WAITING_MAX))
    scored: deque[bool] = field(default_factory=lambda: deque(maxlen=KEPT))
    log_factor: float = 0.0


@dataclass(slots=True, weakref_slot=True)
class Ledger:
    """Of one tenant's fleet, as long as the program runs. Intervals are those of LEVEL."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    signals: dict[str, _Signal] = field(default_factory=dict)

    def promise(self, signal: str, ends_s: list[int], lower: F64, upper: F64) -> None:
        """Note what was said: intervals, already widened by `factor`, for steps that end at `ends_s`."""
        with self.lock:
            mine = self.signals.setdefault(signal, _Signal())
            for end, low, high in zip(ends_s, lower.tolist(), upper.tolist(), strict=True):
                if np.isfinite(low) and np.isfinite(high):
                    mine.waiting.append((end, low, high))

    def settle(self, signal: str, ends_s: NDArray[np.int64], values: F64) -> None:
        """Score what was said of steps that are over, by their values; of steps without a value nothing is held."""
        with self.lock:
            mine = self.signals.get(signal)
            if mine is None or not len(ends_s):
                return
            known = {int(e): float(v) for e, v in zip(ends_s.tolist(), values.tolist(), strict=True)}
            newest = int(ends_s[-1])
            left = [w for w in mine.waiting if w[0] > newest]
            for end, low, high in mine.waiting:
                value = known.get(end, np.nan) if end <= newest else np.nan
                if np.isfinite(value):
                    inside = low <= value <= high
                    mine.scored.append(inside)
                    mine.log_factor += STEP * ((0.0 if inside else 1.0) - (1 - LEVEL))
            mine.log_factor = float(np.clip(mine.log_factor, *np.log(FACTORS)))
            mine.waiting = deque(left, WAITING_MAX)

    def factor(self, signal: str) -> float:
        """What the width of intervals is multiplied by."""
        with self.lock:
            mine = self.signals.get(signal)
            return float(np.exp(mine.log_factor)) if mine else 1.0

    def json(self, signal: str) -> dict[str, Any]:
        """Share of values inside among those scored, how many, and the factor; of no signal: nothing was tracked."""
        with self.lock:
            mine = self.signals.get(signal)
            if mine is None or not mine.scored:
                return {"tracked": None, "scored": 0, "tracked_level": LEVEL, "factor": 1.0}
            share = sum(mine.scored) / len(mine.scored)
            factor = float(np.exp(mine.log_factor))
            return {"tracked": share, "scored": len(mine.scored), "tracked_level": LEVEL, "factor": round(factor, 3)}

"""How often the default ensemble calls agents unlike themselves where nothing is wrong: made series, no data needed.

Streams of ten signals in noise of several laws, half of their minutes only learned from. What is beyond 5.4 decades counts
once in half an hour. The reference is what `detect.alarms_per_day` allows a fleet of as many agents.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from swarmscope.bench.evaluate import Row
from swarmscope.bench.evaluate.streams import default_judge
from swarmscope.config import Detect
from swarmscope.detect.replay import plain_signal, replay

F32 = NDArray[np.float32]
Rng = np.random.Generator
STREAMS, SIGNALS, MINUTES = 40, 10, 1024
SEEDS = (5, 6, 7)
DECADES = 5.4
AGAIN_MINUTES = 30


def _bursts(rng: Rng, shape: tuple[int, int, int]) -> NDArray[np.float64]:
    burst = rng.random((shape[0], 1, shape[2])) < 0.02
    out: NDArray[np.float64] = rng.normal(0, 1, shape) + burst * rng.normal(0, 6, shape)
    return out


def _wave(rng: Rng, shape: tuple[int, int, int]) -> NDArray[np.float64]:
    out: NDArray[np.float64] = (
        rng.normal(0, 1, shape) + 2 * np.sin(np.arange(shape[0]) / 240 * 2 * np.pi)[:, None, None]
    )
    return out


LAWS: dict[str, Callable[[Rng, tuple[int, int, int]], NDArray[np.float64]]] = {
    "Student's t, 4 degrees of freedom": lambda rng, shape: rng.standard_t(4, shape) / np.sqrt(2),
    "log-normal (σ 0.8)": lambda rng, shape: np.exp(rng.normal(0, 0.8, shape)),
    "normal, bursts of all signals in 2 % of the minutes": _bursts,
    "normal, around a wave of four hours": _wave,
}


def rows() -> list[Row]:
    """One row per law of noise."""
    out = []
    days = STREAMS * MINUTES * len(SEEDS) / 1440
    allowed = Detect().alarms_per_day / STREAMS
    for name, law in LAWS.items():
        made = [law(np.random.default_rng(seed), (2 * MINUTES, SIGNALS, STREAMS)) for seed in SEEDS]
        found = sum(alarms((x / x.std()).astype(np.float32), MINUTES) for x in made)
        note = f"{found} in {days:.1f} days of a stream"
        out.append(Row(f"noise/{name}", "whole agents, alarms a stream and day", found / days, allowed, "lower", note))
    return out


def alarms(values: F32, learn: int) -> int:
    """Alarms about whole streams, (time, signals, streams), after `learn` rows."""
    count = values.shape[1]
    signals = tuple(plain_signal(f"signal {i}", floor=0.05) for i in range(count))
    whole = replay(default_judge(), values, signals, learn_only=learn)[learn:, count:].max(1)
    beyond = [np.flatnonzero(whole[:, stream] > DECADES) for stream in range(whole.shape[1])]
    return sum(int((np.diff(at, prepend=-AGAIN_MINUTES - 1) > AGAIN_MINUTES).sum()) for at in beyond)

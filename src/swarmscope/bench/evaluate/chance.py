"""How often what is tested against surrogates or calibrated speaks of pure chance: made series, no data needed.

Series are independent noise, so that whatever is found is false. The share that is found must not be above the level that the
test promises, but for the luck of so many trials (two standard errors are added to the reference).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from swarmscope.bench.evaluate import Row
from swarmscope.stats import consensus
from swarmscope.stats.calibration import discoveries

F64 = NDArray[np.float64]
TRIALS = 400
LEVEL = 0.05


def rows() -> list[Row]:
    """One row per test."""
    out = []
    tests: list[tuple[str, Callable[[np.random.Generator], bool], int]] = [
        ("norm of a population, 8 options", _norm, TRIALS),
        ("false discoveries over 10,000 agents", _discovery, TRIALS),
    ]
    for name, found, trials in tests:
        share = float(np.mean([found(np.random.default_rng([7, k])) for k in range(trials)]))
        luck = 2 * np.sqrt(LEVEL * (1 - LEVEL) / trials)
        out.append(
            Row(f"chance/{name}", "false alarms", share, LEVEL + luck, "lower", f"{trials} trials, level {LEVEL}")
        )
    return out


def _norm(rng: np.random.Generator) -> bool:
    answers = rng.integers(0, 8, (600, 2))
    return bool(consensus.norm(answers[:, 0], answers[:, 1], 8).found >= 0)


def _discovery(rng: np.random.Generator) -> bool:
    return bool(discoveries(rng.random(10_000), LEVEL).any())

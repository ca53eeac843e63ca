"""Differential privacy of shared statistics: the Gaussian mechanism, and what it spends.

Each site adds its part of the noise before it masks its vector, so that not even the coordinator sees the sum without it. The
accountant is exact for any number of rounds: k Gaussian mechanisms are one with √k / σ (Dong, Roth & Su 2022, Gaussian
differential privacy), and ε follows from δ by bisection. What is protected is one row: one agent in one frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swarmscope.stats.pooled import FRACTION_BITS, Layout

U64 = NDArray[np.uint64]
EPSILON_MAX = 100.0


@dataclass(frozen=True, slots=True)
class Privacy:
    """clip: largest length of a normalised row. sigma: noise of the sum in units of what one row can change."""

    clip: float
    sigma: float

    def __post_init__(self) -> None:
        if not (0 < self.clip <= 100 and 0 < self.sigma <= 1000):
            raise ValueError(f"clip={self.clip} must be within (0, 100] and sigma={self.sigma} within (0, 1000]")


def sensitivity(layout: Layout, clip: float) -> tuple[float, float, float, float]:
    """Most that one row changes count, sums, products and histograms, as lengths, in normalised units."""
    return 1.0, clip, clip**2, math.sqrt(len(layout.signals))


def noisy(layout: Layout, vector: U64, privacy: Privacy, sites: int, rng: np.random.Generator) -> U64:
    """The vector with this site's part of the noise, a `sites`-th of its variance; rounded, which costs no privacy.

    The four parts share the budget evenly: each has noise of 2 σ times its sensitivity, together they are one mechanism with σ.
    """
    d = len(layout.signals)
    lengths = (1, d, d * (d + 1) // 2, layout.size - 1 - d - d * (d + 1) // 2)
    units = (1.0, 2.0**FRACTION_BITS, 4.0**FRACTION_BITS, 1.0)
    noise = [
        rng.normal(0.0, 2 * privacy.sigma * most * unit / math.sqrt(max(1, sites)), length)
        for length, unit, most in zip(lengths, units, sensitivity(layout, privacy.clip), strict=True)
    ]
    return vector + np.rint(np.concatenate(noise)).astype(np.int64).view(np.uint64)


def _normal(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2))


def delta_of(epsilon: float, sigma: float, rounds: int = 1) -> float:
    """δ of (ε, δ)-privacy of `rounds` Gaussian mechanisms with noise σ (Balle & Wang 2018)."""
    mu = math.sqrt(rounds) / sigma
    return max(0.0, _normal(mu / 2 - epsilon / mu) - math.exp(min(epsilon, 700)) * _normal(-mu / 2 - epsilon / mu))


def epsilon_of(delta: float, sigma: float, rounds: int = 1) -> float:
    """The smallest ε for which `rounds` Gaussian mechanisms with noise σ are (ε, δ)-private; EPSILON_MAX: not below that."""
    low, high = 0.0, EPSILON_MAX
    if delta_of(high, sigma, rounds) > delta:
        return EPSILON_MAX
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if delta_of(middle, sigma, rounds) > delta else (low, middle)
    return high

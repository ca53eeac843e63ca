"""Tail probabilities of counts as bounds that hold for every size, over arrays: what they call rare is at least as rare.

Chernoff's bound for sums of independent trials: P(X ≥ k) ≤ exp(−n KL(k/n ‖ p)); of Poisson counts the same with
k log(k/m) − k + m. Sources: Chernoff, Ann. Math. Stat. 1952; Hoeffding, JASA 1963.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
_LEAST = 1e-300


def binomial_tail(k: Any, n: Any, p: Any) -> F64:
    """Bound on the probability of at least `k` of `n` with chance `p` each; 1 where k is not above n p."""
    k, n, p = np.broadcast_arrays(np.asarray(k, np.float64), np.asarray(n, np.float64), np.asarray(p, np.float64))
    chance = np.clip(p, 1e-12, 1 - 1e-12)
    with np.errstate(all="ignore"):
        share = np.clip(np.where(n > 0, k / np.maximum(n, 1e-12), 0), 0, 1)
        apart = _xlogy(share, share / chance) + _xlogy(1 - share, (1 - share) / (1 - chance))
        tail = np.exp(-np.minimum(n * apart, 690))
    return np.where((n > 0) & (share > chance), np.clip(tail, _LEAST, 1), 1.0)


def poisson_tail(k: Any, mean: Any) -> F64:
    """Bound on the probability of a count of at least `k` where `mean` is expected; 1 where k is not above it."""
    k, m = np.broadcast_arrays(np.asarray(k, np.float64), np.maximum(np.asarray(mean, np.float64), 1e-12))
    with np.errstate(all="ignore"):
        tail = np.exp(-np.minimum(_xlogy(k, k / m) - k + m, 690))
    return np.where(k > m, np.clip(tail, _LEAST, 1), 1.0)


def of_few(z: Any, count: Any) -> Any:
    """Student's t with `count` − 1 degrees of freedom as a normal deviate, sign kept (Wallace 1959): few values prove less."""
    freedom = np.maximum(np.asarray(count, np.float64) - 1, 1.0)
    with np.errstate(all="ignore"):
        return np.sign(z) * np.sqrt(freedom * np.log1p(np.square(np.asarray(z, np.float64)) / freedom))


def _xlogy(x: F64, y: F64) -> F64:
    """x log y, 0 where x is 0."""
    out: F64 = np.where(x > 0, x * np.log(np.maximum(y, 1e-300)), 0.0)
    return out

"""Outliers by how far out they lie in each signal, put together."""

from __future__ import annotations

import warnings
from typing import Annotated, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from swarmscope.detect import base
from swarmscope.detect.anomaly.scores import bad_side, shares_of, table, unsaid, whole
from swarmscope.window import Panel

F64 = NDArray[np.float64]
ROWS_MIN = 40
RARE, HEAVIER = 0.01, 1.5


class Ecod(base.FleetDetector):
    """Whole agents by the empirical tails of their signals, without any parameter.

    For each signal the share of minutes of the fleet that lie as far out to the left, or to the right; the negative logarithms
    are added over the signals: left tails, right tails, and for each signal the one on the side of its skew. The largest of the
    three sums is compared with the Gamma law that independent signals give. Beyond the last hundredth of what was
    seen an exponential tail goes on.

        [detect]
        on = ["ecod"]

        [plugins.options.detector.ecod]
        signals_min = 4

    Source: Li, Zhao, Hu, Botta, Ionescu & Chen, ECOD, IEEE TKDE 2022.
    """

    class Options(base.Options, frozen=True, forbid_unknown_fields=True):
        """signals_min: signals with values that an agent must have."""

        signals_min: Annotated[
            int, msgspec.Meta(ge=1, le=32, description="signals with values that an agent must have")
        ] = 3

    name: ClassVar[str] = "ecod"
    kinds: ClassVar[tuple[str, ...]] = ("unusual_combination",)
    by_default: ClassVar[bool] = False
    by_copula: ClassVar[bool] = False

    def judge(self, seen: Panel) -> base.Scores:
        """Gamma tails, one row; times the sums that were looked at."""
        n = len(seen.agents)
        now, before, used = table(seen)
        there = np.isfinite(seen.z[used]).T if n else np.zeros((0, int(used.sum())), np.bool_)
        if len(before) < ROWS_MIN or not used.any():
            return unsaid(seen, used)
        now, before = bad_side(now, seen, used), bad_side(before, seen, used)
        left, right = _tails(now, before)
        with np.errstate(all="ignore"):
            skew = np.nan_to_num(((before - before.mean(0)) ** 3).mean(0))
        skewed = np.where(skew < 0, left, right)
        sums = [np.where(there, t, 0).sum(1) for t in (left, right, skewed)]
        count = there.sum(1)
        if self.by_copula:
            both = np.maximum(left, right) - np.log(2)  # a copula's two tails: either side of the uniform
            sums = [np.where(there, np.maximum(both, 0), 0).sum(1), sums[2]]
        score = np.maximum.reduce(sums)
        tail = np.minimum(_gamma_tail(score, count) * len(sums), 1)
        return whole(score, tail, shares_of(now, used, n), count >= self.options.signals_min)


def _tails(now: F64, before: F64) -> tuple[F64, F64]:
    """Negative logarithms of the left and right tail of each value among those before, (agents, signals)."""
    n = len(before)
    left, right = np.empty(now.shape), np.empty(now.shape)
    for k in range(now.shape[1]):  # over signals
        column = np.sort(before[:, k])
        left[:, k] = (np.searchsorted(column, now[:, k], "right") + 1) / (n + 1)
        right[:, k] = (n - np.searchsorted(column, now[:, k], "left") + 1) / (n + 1)
    return -np.log(_extended(left, -now, -before)), -np.log(_extended(right, now, before))


def _extended(tail: F64, now: F64, before: F64) -> F64:
    """Tails to the right, beyond the last RARE of what was seen by an exponential fit (Pickands 1975)."""
    start = np.quantile(before, 1 - RARE, axis=0)
    excess = np.where(before > start, before - start, np.nan)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a signal that never varies has no excess
        scale = np.maximum(HEAVIER * np.nanmedian(excess, axis=0) / np.log(2), 0.05)
        fitted = RARE * np.exp(-np.minimum((now - start) / np.nan_to_num(scale, nan=1.0), 600))
    return np.where(now > start, np.minimum(tail, np.maximum(fitted, 1e-280)), tail)


def _gamma_tail(x: F64, shape: NDArray[np.int64]) -> F64:
    """P(Gamma(shape, 1) > x) for whole shapes: the Poisson sum."""
    out, term = np.zeros(x.shape), np.ones(x.shape)
    for k in range(int(shape.max()) if len(shape) else 0):
        term = term * np.where(k > 0, x / max(k, 1), 1.0)
        out += np.where(k < shape, term, 0)
    with np.errstate(all="ignore"):
        tail: F64 = np.exp(np.log(np.maximum(out, 1e-300)) - x)
    return np.clip(tail, 1e-300, 1)

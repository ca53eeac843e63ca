"""Signals that no longer move together."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from swarmscope.detect import base
from swarmscope.detect.anomaly.history import past
from swarmscope.detect.anomaly.sides import own
from swarmscope.stats.calibration import normal_tail
from swarmscope.window import Panel

F32 = NDArray[np.float32]
Z_CLIP = 8.0
_CLIP, _NONE = np.float32(Z_CLIP), np.float32(0)
MEMBERS_MIN = 16
ROWS_MAX = 20_000
ROWS_ENOUGH = 2_000  # agents × frames of the smallest cohort: more tell nothing new of its correlations


class Pca(base.FleetDetector):
    """Agents whose signals break the pattern in which those of their kind move together.

    Per cohort the correlations of standardised signals are learned over agents and frames, all cohorts in one batch; what the
    first components do not explain is squared and summed (the Q statistic), and compared with Jackson and Mudholkar's law for
    it. One row per agent: it says that the combination is unusual and which signals are to blame. An agent is told of once a
    quarter of an hour of it is known.

        [plugins.options.detector.pca]
        explained = 0.9

    Sources: Jackson & Mudholkar, Technometrics 1979; Lakhina, Crovella & Diot, SIGCOMM 2004.
    """

    class Options(base.Options, frozen=True, forbid_unknown_fields=True):
        """explained: variance that the kept components explain. signals_min: signals an agent must have."""

        explained: Annotated[
            float, msgspec.Meta(ge=0.3, le=0.99, description="share of the variance that counts as the usual pattern")
        ] = 0.7
        signals_min: Annotated[
            int, msgspec.Meta(ge=3, le=32, description="signals with values that an agent must have")
        ] = 4

    name: ClassVar[str] = "pca"
    kinds: ClassVar[tuple[str, ...]] = ("unusual_combination",)
    in_ensemble: ClassVar[bool] = True
    told_after: ClassVar[int] = 15

    def judge(self, seen: Panel) -> base.Scores:
        """Tail probabilities of Q, one row; shares are the squared residuals of each signal."""
        n = len(seen.agents)
        tail, score = np.full((1, n), np.nan), np.full((1, n), np.nan, np.float32)
        shares = np.zeros((len(seen.signals), n), np.float32)
        order = np.argsort(seen.cohort, kind="stable")
        bounds = np.searchsorted(seen.cohort[order], np.arange(len(seen.cohorts) + 1))
        z = own(seen.z, seen)[:, order]
        sizes = np.diff(bounds)
        smallest = int(sizes[sizes >= MEMBERS_MIN].min(initial=ROWS_ENOUGH))
        history = _standard(past(seen, 6)[-max(2, -(-ROWS_ENOUGH // smallest)) :], seen)[:, :, order]
        there = np.isfinite(history)
        clean = np.where(there, np.minimum(np.maximum(history, -_CLIP), _CLIP), _NONE)
        both = there.astype(np.float32)
        for c in range(len(seen.cohorts)):
            mine = slice(bounds[c], bounds[c + 1])
            members = order[mine]
            if len(members) >= MEMBERS_MIN and len(history):
                tail[0, members], score[0, members], shares[:, members] = self._cohort(
                    z[:, mine], clean[:, :, mine], both[:, :, mine]
                )
        return base.Scores(tail, score, shares=shares)

    def _cohort(self, z: F32, clean: F32, both: F32) -> tuple[NDArray[np.float64], F32, F32]:
        """clean, both: (frames, signals, members), values before without gaps, and 1 where there was one."""
        frames = max(1, ROWS_MAX // z.shape[1])
        clean, both = clean[-frames:, :, :ROWS_MAX], both[-frames:, :, :ROWS_MAX]
        used = both.sum(2).mean(0) > 0.2 * both.shape[2]
        pairs = np.maximum(_products(both)[np.ix_(used, used)], 1)
        covariance = (_products(clean)[np.ix_(used, used)] / pairs).astype(np.float64)
        values, vectors = np.linalg.eigh(covariance)
        values, vectors = np.maximum(values[::-1], 1e-9), vectors[:, ::-1]
        kept = int(np.searchsorted(np.cumsum(values) / values.sum(), self.options.explained)) + 1
        finite = np.isfinite(z)
        now = np.clip(np.where(finite, z, 0), -Z_CLIP, Z_CLIP)[used].astype(np.float64)
        residual = (np.eye(len(vectors)) - vectors[:, :kept] @ vectors[:, :kept].T) @ now
        residual = np.where(finite[used], residual, 0)
        q = (residual**2).sum(0)
        enough = finite[used].sum(0) >= self.options.signals_min
        tail, deviate = _jackson_mudholkar(q, values[kept:])
        shares = np.zeros_like(z)
        shares[used] = residual**2
        return np.where(enough, tail, np.nan), np.where(enough, deviate, np.nan).astype(np.float32), shares


def _products(x: F32) -> F32:
    """Sum over frames and members of the products of each two signals; nothing is copied."""
    total: F32 = sum((frame @ frame.T for frame in x), np.zeros((x.shape[1], x.shape[1]), np.float32))
    return total


def _standard(x: F32, panel: Panel) -> F32:
    with np.errstate(all="ignore"):
        z: F32 = (x - panel.mean) / panel.deviation
    return z


def _jackson_mudholkar(
    q: NDArray[np.float64], rest: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Tail probability of residual sums of squares, and the normal deviate that it stands for."""
    if not len(rest):
        return np.full(q.shape, np.nan), np.full(q.shape, np.nan)
    t1, t2, t3 = rest.sum(), (rest**2).sum(), (rest**3).sum()
    h = max(1 - 2 * t1 * t3 / (3 * t2**2), 0.1)
    deviate = t1 * ((q / t1) ** h - 1 - t2 * h * (h - 1) / t1**2) / np.sqrt(2 * t2 * h**2)
    return normal_tail(deviate.astype(np.float32)), deviate

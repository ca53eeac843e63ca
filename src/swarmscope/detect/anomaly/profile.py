"""Behaviour as a whole: against the agent's own past and against peers of its kind."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from swarmscope.detect import base
from swarmscope.detect.anomaly.scores import bad_side, shares_of
from swarmscope.detect.anomaly.sides import own
from swarmscope.stats.calibration import cauchy_combined, normal_tail
from swarmscope.window import Panel

F64 = NDArray[np.float64]
PEERS_MIN = 8
RELATED = 0.3  # correlation that is assumed between signals
Z_MAX = 30.0


class Profile(base.FleetDetector):
    """An agent's behaviour in all signals at once, against its own past and against peers of the same kind.

    Two profiles: what is normal for the agent, and what its peers are like this very minute (median and median absolute
    deviation). Squared deviations on the bad side are added over the signals, tempered for signals that move together, and
    their chi-square tails combined with `peers_weight`. An agent that always was different is not accused; one that becomes
    different from itself and from its kind is.

        [detect]
        on = ["profile"]

        [plugins.options.detector.profile]
        peers_weight = 0.3

    Sources: Wilson & Hilferty, PNAS 1931; Liu & Xie, JASA 2020 (Cauchy combination); Chandola, Banerjee & Kumar, ACM CSUR 2009.
    """

    class Options(base.Options, frozen=True, forbid_unknown_fields=True):
        """peers_weight: of peers against the own past. signals_min: signals that an agent must have."""

        peers_weight: Annotated[
            float, msgspec.Meta(ge=0, le=1, description="weight of peers against the agent's own past")
        ] = 0.3
        signals_min: Annotated[
            int, msgspec.Meta(ge=1, le=32, description="signals with values that an agent must have")
        ] = 3

    name: ClassVar[str] = "profile"
    kinds: ClassVar[tuple[str, ...]] = ("unusual_combination",)
    by_default: ClassVar[bool] = False

    def judge(self, seen: Panel) -> base.Scores:
        """One row: combined tails."""
        n, every = len(seen.agents), np.ones(len(seen.signals), np.bool_)
        mine = own(seen.z, seen)
        peers = self._peers(seen)
        tails, sides = [], []
        for z in (mine, peers):
            known = np.isfinite(z)
            bad = bad_side(np.clip(np.where(known, z, 0), -Z_MAX, Z_MAX).T.astype(np.float64), seen, every)
            total, count = np.square(bad).sum(1), known.sum(0)
            tails.append(np.where(count >= self.options.signals_min, _chi_square_tail(total, count), np.nan))
            sides.append(bad)
        weight = self.options.peers_weight
        tail: Any = cauchy_combined(tails, [1 - weight, max(weight, 1e-6)])
        tail = np.where(np.isfinite(tails[0]), tail, np.nan)  # without a past nothing is unlike it
        with np.errstate(all="ignore"):
            score = -np.log10(np.maximum(tail, 1e-300)).astype(np.float32)
        return base.Scores(tail[None], score[None], shares=shares_of(sides[0], every, n))

    def _peers(self, seen: Panel) -> NDArray[np.float32]:
        """Deviations from peers at this moment, less what was always so, (signals, agents); NaN in small cohorts."""
        out = np.full(seen.newest.shape, np.nan, np.float32)
        for c in range(len(seen.cohorts)):
            members = np.flatnonzero(seen.cohort == c)
            if len(members) < PEERS_MIN:
                continue
            with np.errstate(all="ignore"):
                x = seen.newest[:, members] - seen.mean[:, members]
            for s in range(len(x)):  # over signals
                there = np.isfinite(x[s])
                if there.sum() < PEERS_MIN:
                    continue
                middle = np.median(x[s, there])
                spread = 1.4826 * np.median(np.abs(x[s, there] - middle))
                out[s, members] = (x[s] - middle) / max(float(spread), seen.signals[s].floor)
        return out


def _chi_square_tail(total: F64, count: NDArray[np.int64]) -> F64:
    """Tail of a sum of `count` squared deviations of which half are folded away, tempered for RELATED signals."""
    freedom = np.maximum(count, 1.0)
    inflation = 1 + RELATED * (freedom - 1) / freedom
    freedom = freedom / inflation
    with np.errstate(all="ignore"):
        z = (np.cbrt(total / inflation / freedom) - (1 - 2 / (9 * freedom))) / np.sqrt(2 / (9 * freedom))
    tail: F64 = normal_tail(np.clip(z, -37, 37).astype(np.float32))
    return np.maximum(tail, 1e-300)

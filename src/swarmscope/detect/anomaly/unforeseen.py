"""What could not be foretold from how all signals moved in the minutes before."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from swarmscope.detect import base
from swarmscope.stats.calibration import normal_tail
from swarmscope.stats.foresight import ALPHA, LAGS, squares
from swarmscope.window import FRAME_BUCKETS, Panel

F32 = NDArray[np.float32]


class Unforeseen(base.FleetDetector):
    """Agents whose signals, all together, go another way than is usual after what they did in the two minutes before.

    For every kind of agent it is learned how all signals follow from all signals of the two minutes before (a vector
    autoregression, over a week of minutes). What was not foretold is put in units of how far each signal usually misses, its
    square, fifty at most, averaged over the signals and, exponentially weighted, over about fifteen minutes: the strain. From
    four on (here squares count up to two hundred) nothing is learned of the agent until it is calm, and the strain counts times
    how far (root mean square, in what is usual) its signals are from where they were before: what lasts does not wear off. One
    row per agent. An agent alone of its kind is judged too; `pca` needs sixteen of a kind. A signal is judged after an hour and
    a half of it; an agent is told of once six hours of it are known: until then it is learned how far heavy tails and the day
    carry the strain.

        [plugins.options.detector.unforeseen]
        signals_min = 4

    Sources: Huber 1964; Lütkepohl 2005; Ku, Storer & Georgakis, Chemometrics 1995; Lowry et al., Technometrics 1992.
    """

    class Options(base.Options, frozen=True, forbid_unknown_fields=True):
        """signals_min: signals an agent must have. deviations: where it begins to count."""

        signals_min: Annotated[
            int, msgspec.Meta(ge=1, le=64, description="signals with values that an agent must have")
        ] = 3
        deviations: Annotated[
            float,
            msgspec.Meta(ge=0, le=20, description="deviations of the strain at which it begins to count",
                         extra={"sensitive": (5.0, 1.0)}),
        ] = 2.0  # fmt: skip

    name: ClassVar[str] = "unforeseen"
    kinds: ClassVar[tuple[str, ...]] = ("unusual_combination",)
    in_ensemble: ClassVar[bool] = True
    told_after: ClassVar[int] = 360

    def judge(self, seen: Panel) -> base.Scores:
        """Tails of the strain by Wilson and Hilferty's law, one row; shares are the squared misses of each signal, in a hold
        those from where it was before too."""
        n = len(seen.agents)
        told = seen.foretold
        if told is None or len(seen.x) <= LAGS * FRAME_BUCKETS:
            nothing = np.full((1, n), np.nan)
            return base.Scores(nothing, nothing.astype(np.float32), shares=np.zeros((len(seen.signals), n), np.float32))
        before = [seen.x[-1 - lag * FRAME_BUCKETS] for lag in range(1, LAGS + 1)]
        misses = told.misses(seen.newest, before)
        square, count = squares(misses)
        times, moved = told.displaced(seen.newest)
        score = deviate((told.strain + ALPHA * (square - told.strain)) * times, count)
        known = count >= self.options.signals_min
        with np.errstate(invalid="ignore"):
            counts = known & (score >= self.options.deviations)
        tail: Any = np.where(known, 1.0, np.nan)
        tail[counts] = np.maximum(normal_tail(score[counts]), 1e-300)
        shares = (np.nan_to_num(misses * misses) + moved).astype(np.float32)
        return base.Scores(tail[None], np.where(known, score, np.float32(np.nan))[None], shares=shares)


def deviate(strain: F32, count: F32) -> F32:
    """The strain of `count` signals as a normal deviate: mean squares have about a chi-squared law (Wilson & Hilferty 1931)."""
    freedom = np.maximum(count, 1) * (2 - ALPHA) / ALPHA
    width = 2 / (9 * freedom)
    out: F32 = ((np.cbrt(strain) - (1 - width)) / np.sqrt(width)).astype(np.float32)
    return out

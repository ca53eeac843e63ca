"""Against the median of the last minutes."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
import numpy as np

from swarmscope.detect import base
from swarmscope.detect.anomaly.history import STRIDE, past
from swarmscope.detect.anomaly.sides import own, strangeness, tail_of
from swarmscope.stats.rolling import median_and_spread
from swarmscope.stats.tails import of_few
from swarmscope.window import FRAME_BUCKETS, Panel


class Robust(base.FleetDetector):
    """The newest minute against the median and the median absolute deviation of the minutes before.

    Half of the window may be spoilt before it is fooled, so it notices what `ewma` has begun to get used to. It needs
    `values_min` frames with values, trusts a spread no further than that of the agent's kind, and takes deviations for what
    they are worth of so few minutes, or of so few calls in the newest one (Student's t).

        [plugins.options.detector.robust]
        z = 3.5

    Sources: Hampel, JASA 1974; Iglewicz & Hoaglin, How to Detect and Handle Outliers, 1993.
    """

    class Options(base.Options, frozen=True, forbid_unknown_fields=True):
        """z: where it begins to count. values_min: frames with values that it needs."""

        z: Annotated[
            float,
            msgspec.Meta(
                ge=0.5,
                le=20,
                description="robust deviations at which it begins to count",
                extra={"sensitive": (6.0, 2.0)},
            ),
        ] = 3.0
        values_min: Annotated[int, msgspec.Meta(ge=4, le=60, description="frames with values that it needs")] = 8

    name: ClassVar[str] = "robust"
    version: ClassVar[str] = "2"
    by_default: ClassVar[bool] = True

    def judge(self, seen: Panel) -> base.Scores:
        """Tail probabilities of a normal distribution; the agent's known spread is the least that counts."""
        before = past(seen)
        shape = seen.newest.shape
        if not len(before):  # nothing to compare with yet
            return base.Scores(np.full(shape, np.nan, np.float32), np.full(shape, np.nan, np.float32))
        centre, spread, count = median_and_spread(before.reshape(len(before), -1))
        centre, spread, enough = (
            centre.reshape(shape),
            spread.reshape(shape),
            count.reshape(shape) >= self.options.values_min,
        )
        with np.errstate(all="ignore"):
            floor = np.array([s.floor for s in seen.signals], np.float32)[:, None]
            scale = np.fmax(np.fmax(spread, seen.deviation), floor)
            z = np.where(enough, (seen.newest - centre) / scale, np.float32(np.nan)).astype(np.float32)
            apart = count.reshape(shape) * (STRIDE / FRAME_BUCKETS)  # frames overlap
            minutes = np.where(seen.deviation >= spread, np.fmax(apart, seen.known), apart)
            few = np.where(seen.nested[:, None], np.fmin(minutes, seen.items), minutes)
            z = own(of_few(z, few).astype(np.float32), seen)
            score = strangeness(z, seen)
            tail = np.where(score >= self.options.z, tail_of(z, seen), np.where(np.isfinite(score), 1.0, np.nan))
        half = self.options.z * scale
        return base.Scores(tail, score, centre, centre - half, centre + half)

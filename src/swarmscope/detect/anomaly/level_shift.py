"""A level that changed and stays changed."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np

from swarmscope.detect import base
from swarmscope.detect.anomaly.sides import own, strangeness, tail_beyond
from swarmscope.stats.baseline import ITEMS_MAX
from swarmscope.window import FRAME_BUCKETS, Panel


class LevelShift(base.FleetDetector):
    """The last minutes together against what was normal: small changes that stay add up.

    The exponentially weighted mean of how far the last `minutes` were off, each minute with the number of spans or calls behind
    it. A shift of half a standard deviation is certain after minutes, not at once; it is the chart that finds such shifts about
    as soon as the best tests do.

        [plugins.options.detector.level_shift]
        weight = 0.2

    Sources: Roberts, Technometrics 1959; Lucas & Saccucci, Technometrics 1990 (exponentially weighted moving average charts).
    """

    class Options(base.Options, frozen=True, forbid_unknown_fields=True):
        """minutes: longest look back. weight: of the newest minute. z: where it begins to count."""

        minutes: Annotated[int, msgspec.Meta(ge=2, le=9, description="the longest look back, in minutes")] = 5
        weight: Annotated[
            float,
            msgspec.Meta(ge=0.05, le=0.8, description="of the newest minute; the smaller, the smaller the shifts"),
        ] = 0.2
        z: Annotated[
            float,
            msgspec.Meta(
                ge=0.5,
                le=20,
                description="standard deviations at which it begins to count",
                extra={"sensitive": (6.0, 2.0)},
            ),
        ] = 3.0

    name: ClassVar[str] = "level_shift"
    version: ClassVar[str] = "4"
    in_ensemble: ClassVar[bool] = True
    sums_up: ClassVar[bool] = True

    def judge(self, seen: Panel) -> base.Scores:
        """Tail probabilities of a normal distribution."""
        total, mass, whole, items = (np.zeros(seen.newest.shape, np.float32) for _ in range(4))
        one, most, none = np.float32(1), np.float32(ITEMS_MAX), np.float32(0)
        share = one
        for back in range(min(self.options.minutes, (len(seen.x) - 1) // FRAME_BUCKETS + 1)):
            off = seen.x[-1 - back * FRAME_BUCKETS] - seen.mean
            count = seen.counts[-1 - back * FRAME_BUCKETS].astype(np.float32)
            good = np.isfinite(off)
            weight = np.where(good, np.minimum(np.maximum(count, one), most), none)
            weight *= share
            total += np.where(good, off, none) * weight
            whole += weight
            items += np.where(good, count, none)
            mass += weight * share
            share *= np.float32(1 - self.options.weight)
        with np.errstate(all="ignore"):
            # What is not known of the mean does not average out.
            z = total / np.sqrt(mass * np.square(seen.spread) + np.square(whole * seen.unsure))
        z = seen.proved(z, items)
        mine = own(np.where(mass > 0, z, np.float32(np.nan)).astype(np.float32), seen)
        score = strangeness(mine, seen)
        tail: Any = tail_beyond(score, self.options.z, seen)
        return base.Scores(tail, score, seen.mean)

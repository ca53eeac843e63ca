"""A level that changed and stays changed."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np

from swarmscope.detect import base
from swarmscope.detect.anomaly.sides import own, strangeness, tail_beyond
from swarmscope.window import FRAME_BUCKETS, Panel

ITEMS_MAX = 30.0


class LevelShift(base.FleetDetector):
    """The last minutes together against what was normal: small changes that stay add up.

    Means over the last 2, 3 and 5 minutes, each with the number of spans or calls behind it; the strangest of them counts,
    corrected for having looked so often (Bonferroni). A shift of half a standard deviation is certain after minutes, not at
    once. It is a generalised likelihood ratio over a few windows.

        [plugins.options.detector.level_shift]
        minutes = 5

    Sources: Page, Biometrika 1954; Willsky & Jones, IEEE TAC 1976; Lai, JRSS B 1995 (window-limited GLR).
    """

    class Options(base.Options, frozen=True, forbid_unknown_fields=True):
        """minutes: longest look back. z: where it begins to count."""

        minutes: Annotated[int, msgspec.Meta(ge=2, le=9, description="the longest look back, in minutes")] = 5
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
    in_ensemble: ClassVar[bool] = True

    def judge(self, seen: Panel) -> base.Scores:
        """Tail probabilities of a normal distribution, times the number of looks."""
        looks = [m for m in (2, 3, 5, 9) if m <= self.options.minutes and (m - 1) * FRAME_BUCKETS < len(seen.x)]
        best = np.full(seen.newest.shape, np.nan, np.float32)
        total = np.zeros_like(best)
        mass = np.zeros_like(best)
        level = seen.mean
        done = 0
        one, most, none = np.float32(1), np.float32(ITEMS_MAX), np.float32(0)
        there = np.isfinite(seen.newest)
        for minutes in looks:
            for back in range(done, minutes):
                row = seen.x[-1 - back * FRAME_BUCKETS]
                good = np.isfinite(row)
                count = seen.counts[-1 - back * FRAME_BUCKETS].astype(np.float32)
                weight = np.where(good, np.minimum(np.maximum(count, one), most), none)
                total += weight * np.where(good, row - level, np.float32(0))
                mass += weight
            done = minutes
            with np.errstate(all="ignore"):
                z = total / np.sqrt(mass) / seen.spread
            z = np.where(there & (mass > 0), z, np.float32(np.nan)).astype(np.float32)
            take = ~(strangeness(best, seen) >= strangeness(z.astype(np.float32), seen))
            best = np.where(take, z, best).astype(np.float32).astype(np.float32)
        best = own(best, seen).astype(np.float32)
        score = strangeness(best, seen)
        tail: Any = np.minimum(tail_beyond(score, self.options.z, seen) * max(1, len(looks)), 1)
        return base.Scores(tail, score, seen.mean)

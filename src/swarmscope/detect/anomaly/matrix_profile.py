"""Discords: a course of minutes that is unlike every earlier one."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from swarmscope.detect import base
from swarmscope.detect.anomaly.sides import own, strangeness
from swarmscope.stats.calibration import normal_tail
from swarmscope.stats.tails import of_few
from swarmscope.window import Panel

F32 = NDArray[np.float32]
BLOCK = 8_192
REFERENCES = 6  # earlier courses whose own distances say what is usual
SPREAD_MIN = 0.15  # of the logarithm of a distance


class MatrixProfile(base.FleetDetector):
    """The newest course of values against every earlier course of the same series: the nearest one may be far (a discord).

    The right end of the left matrix profile, for all series of the fleet in one batch: Euclidean distances of the newest
    `frames` values to each earlier stretch of as many, without normalising, as a new level matters as much as a new shape.
    The distance of the nearest is compared with those of a few earlier courses of the same series.

        [detect]
        on = ["matrix_profile"]

        [plugins.options.detector.matrix_profile]
        frames = 12

    Sources: Yeh et al., Matrix Profile I, ICDM 2016; Lu et al., DAMP, KDD 2022.
    """

    class Options(base.Options, frozen=True, forbid_unknown_fields=True):
        """frames: of ten seconds in a course. z: least deviation from the normal besides."""

        frames: Annotated[int, msgspec.Meta(ge=3, le=20, description="frames of ten seconds in a course")] = 9
        z: Annotated[
            float,
            msgspec.Meta(
                ge=0, le=20, description="deviations from normal that it must have besides", extra={"sensitive": (5, 1)}
            ),
        ] = 2.0

    name: ClassVar[str] = "matrix_profile"
    by_default: ClassVar[bool] = False

    def judge(self, seen: Panel) -> base.Scores:
        """Tails of Student's t for the logarithm of the distance."""
        shape, m = seen.newest.shape, self.options.frames
        if len(seen.x) < 3 * m:
            return base.Scores(np.full(shape, np.nan), np.full(shape, np.nan, np.float32))
        flat = seen.x.reshape(len(seen.x), -1)
        parts = [self._discord(flat[:, k : k + BLOCK]) for k in range(0, flat.shape[1], BLOCK)]
        z = (np.concatenate(parts) if parts else np.zeros(0)).reshape(shape)
        strange = strangeness(own(seen.z, seen), seen)
        with np.errstate(all="ignore"):
            tail = np.where(
                (strange >= self.options.z) & (z > 0), normal_tail(of_few(z, REFERENCES).astype(np.float32)), 1.0
            )
        known = np.isfinite(z) & np.isfinite(strange)
        return base.Scores(np.where(known, tail, np.nan), np.where(known, z, np.nan).astype(np.float32), seen.mean)

    def _discord(self, x: F32) -> NDArray[np.float64]:
        """How far the newest course is from all earlier ones, in deviations of the logarithm of such distances."""
        m, length = self.options.frames, len(x)
        good = np.isfinite(x)
        count = good.sum(0)
        with np.errstate(all="ignore"):
            mean = np.where(good, x, 0).sum(0) / count
        filled = np.nan_to_num(np.where(good, x, mean), posinf=0, neginf=0).astype(np.float64)
        last = length - m
        ends = np.unique(np.linspace(length // 2 - m, last - m, REFERENCES).astype(int))
        reference = np.log(np.maximum([_nearest(filled, int(s), m) for s in ends if s >= m], 1e-9))
        now = np.log(np.maximum(_nearest(filled, last, m), 1e-9))
        if not len(reference):
            return np.full(x.shape[1], np.nan)
        middle = np.median(reference, 0)
        spread = np.maximum(1.4826 * np.median(np.abs(reference - middle), 0), SPREAD_MIN)
        z: NDArray[np.float64] = (now - middle) / spread
        return np.where(count >= length // 2, z, np.nan)


def _nearest(x: NDArray[np.float64], start: int, m: int) -> NDArray[np.float64]:
    """Root mean squared distance of the course that begins at `start` to the nearest that ended before it."""
    mine = x[start : start + m]
    best = np.full(x.shape[1], np.inf)
    for other in range(start - m + 1):
        apart = np.zeros(x.shape[1])
        for k in range(m):
            step = mine[k] - x[other + k]
            apart += step * step
        np.minimum(best, apart, out=best)
    nearest: NDArray[np.float64] = np.sqrt(best / m)
    return nearest

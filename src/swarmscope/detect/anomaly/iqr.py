"""Against the quartiles of the last minutes."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
import numpy as np

from swarmscope.detect import base
from swarmscope.detect.anomaly.history import past
from swarmscope.detect.anomaly.scores import one_sided
from swarmscope.stats.rolling import quantile, ranked
from swarmscope.stats.tails import of_few
from swarmscope.window import Panel

IQR_TO_SIGMA = 1.349


class Iqr(base.FleetDetector):
    """The newest minute beyond the fences of the box plot of the minutes before.

    Fences lie `k` interquartile ranges outside the quartiles; a quarter of the window may be spoilt. What is beyond is scored
    by its distance from the middle in deviations that the range stands for.

        [detect]
        on = ["iqr"]

        [plugins.options.detector.iqr]
        k = 1.5

    Source: Tukey, Exploratory Data Analysis, 1977.
    """

    class Options(base.Options, frozen=True, forbid_unknown_fields=True):
        """k: interquartile ranges beyond the quartiles."""

        k: Annotated[
            float,
            msgspec.Meta(
                ge=0.1, le=20, description="interquartile ranges beyond the quartiles", extra={"sensitive": (3.0, 1.0)}
            ),
        ] = 1.5

    name: ClassVar[str] = "iqr"
    by_default: ClassVar[bool] = False

    def judge(self, seen: Panel) -> base.Scores:
        """Tail probabilities of Student's t for what lies beyond the fences."""
        before = past(seen)
        shape = seen.newest.shape
        if not len(before):
            return base.Scores(np.full(shape, np.nan), np.full(shape, np.nan, np.float32))
        ordered, count = ranked(before.reshape(len(before), -1))
        low, middle, high = (quantile(ordered, count, q).reshape(shape) for q in (0.25, 0.5, 0.75))
        floor = np.array([s.floor for s in seen.signals], np.float32)[:, None] / np.sqrt(np.clip(seen.items, 1, 30))
        with np.errstate(all="ignore"):
            scale = np.fmax((high - low) / np.float32(IQR_TO_SIGMA), floor)
            fence = self.options.k * IQR_TO_SIGMA + 0.5 * IQR_TO_SIGMA  # of the middle, in deviations
            z = (seen.newest - middle) / scale
            z = np.where(count.reshape(shape) >= 4, of_few(z, count.reshape(shape)), np.nan)
        return one_sided(z, seen, of_few(fence, len(before)), middle, fence * scale)

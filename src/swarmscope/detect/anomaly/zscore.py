"""Against mean and standard deviation of the last minutes."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from swarmscope.detect import base
from swarmscope.detect.anomaly.history import past
from swarmscope.detect.anomaly.scores import Z, one_sided
from swarmscope.stats.rolling import moments
from swarmscope.stats.tails import of_few
from swarmscope.window import Panel


class ZScore(base.FleetDetector):
    """The newest minute in standard deviations from the mean of the minutes before.

    The textbook rule: quick to explain, and fooled by what is already in the window. A spread from few values is taken for
    what it is worth (Student's t), and the signal's floor is the least spread that counts.

        [detect]
        on = ["zscore"]

        [plugins.options.detector.zscore]
        z = 3.0

    Source: Shewhart, Economic Control of Quality of Manufactured Product, 1931.
    """

    class Options(base.Options, frozen=True, forbid_unknown_fields=True):
        """z: where it begins to count."""

        z: Z = 3.0

    name: ClassVar[str] = "zscore"
    by_default: ClassVar[bool] = False

    def judge(self, seen: Panel) -> base.Scores:
        """Tail probabilities of Student's t."""
        before = past(seen)
        if not len(before):
            return base.Scores(np.full(seen.newest.shape, np.nan), np.full(seen.newest.shape, np.nan, np.float32))
        mean, spread, count = moments(np.where(np.isfinite(before), before, np.float32(np.nan)))
        floor = np.array([s.floor for s in seen.signals], np.float32)[:, None]
        with np.errstate(all="ignore"):
            scale = np.fmax(spread, floor / np.sqrt(np.clip(seen.items, 1, 30)))
            z = of_few((seen.newest - mean) / (scale * np.sqrt(1 + 1 / count)), count)
        return one_sided(z, seen, self.options.z, mean, self.options.z * scale)

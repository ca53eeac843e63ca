"""Agents that few random cuts set apart from the others."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from swarmscope.detect import base
from swarmscope.detect.anomaly.scores import (
    Contamination,
    against,
    bad_side,
    candidates,
    judgeable,
    shares_of,
    table,
    unsaid,
    whole,
)
from swarmscope.window import Panel

F64 = NDArray[np.float64]
ROWS_MIN, ROWS_MAX = 100, 4_000
SEED = 1


class IsolationForest(base.ShortlistDetector):
    """Whole agents that random cuts isolate soon, among the strangest of the fleet and peers to compare with.

    Trees are grown on the minutes before of all agents on the shortlist; the score of the newest minute is compared with the
    scores of those minutes. Runs in the worker process, on candidates only: `contamination` is the share of agents that may
    be candidates, not a share that is flagged.

        [detect]
        on = ["isolation_forest"]

        [plugins.options.detector.isolation_forest]
        contamination = 0.1
        trees = 200

    Sources: Liu, Ting & Zhou, Isolation Forest, ICDM 2008; scikit-learn.
    """

    class Options(base.Options, frozen=True, forbid_unknown_fields=True):
        """contamination: share that may be candidates. trees, sample: of the forest."""

        contamination: Contamination = 0.1
        trees: Annotated[int, msgspec.Meta(ge=10, le=2000, description="trees")] = 100
        sample: Annotated[int, msgspec.Meta(ge=16, le=4096, description="minutes that each tree is grown on")] = 256

    name: ClassVar[str] = "isolation_forest"
    kinds: ClassVar[tuple[str, ...]] = ("unusual_combination",)
    by_default: ClassVar[bool] = False

    def judge(self, seen: Panel) -> base.Scores:
        """Tails against the scores of the minutes before, one row."""
        n = len(seen.agents)
        now, before, used = table(seen)
        if len(before) < ROWS_MIN or used.sum() < 2:
            return unsaid(seen, used)
        from sklearn.ensemble import IsolationForest as Forest

        now, before = bad_side(now, seen, used), bad_side(before, seen, used)[-ROWS_MAX:]
        sample = min(self.options.sample, len(before))
        forest = Forest(n_estimators=self.options.trees, max_samples=sample, random_state=SEED).fit(before)
        score, reference = -forest.score_samples(now), -forest.score_samples(before)
        return whole(
            score,
            candidates(score, against(score, reference), self.options.contamination),
            shares_of(now, used, n),
            judgeable(seen, used),
        )

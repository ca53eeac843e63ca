"""Agents that lie in thinner places than their neighbours do."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
import numpy as np

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

ROWS_MIN, ROWS_MAX = 100, 2_000


class Lof(base.ShortlistDetector):
    """Whole agents by the local outlier factor: how much thinner it is around them than around their nearest neighbours.

    Neighbours are minutes before of all agents on the shortlist, so that a small group with a way of its own is not strange.
    Runs in the worker process, on candidates only (`contamination`).

        [detect]
        on = ["lof"]

        [plugins.options.detector.lof]
        neighbours = 35

    Sources: Breunig, Kriegel, Ng & Sander, LOF, SIGMOD 2000; scikit-learn.
    """

    class Options(base.Options, frozen=True, forbid_unknown_fields=True):
        """neighbours: nearest ones. contamination: share that may be candidates."""

        neighbours: Annotated[int, msgspec.Meta(ge=2, le=500, description="nearest minutes to compare with")] = 20
        contamination: Contamination = 0.1

    name: ClassVar[str] = "lof"
    kinds: ClassVar[tuple[str, ...]] = ("unusual_combination",)
    by_default: ClassVar[bool] = False

    def judge(self, seen: Panel) -> base.Scores:
        """Tails against the factors of the minutes before, one row."""
        n = len(seen.agents)
        now, before, used = table(seen)
        if len(before) < ROWS_MIN or used.sum() < 2:
            return unsaid(seen, used)
        from sklearn.neighbors import LocalOutlierFactor

        now, before = bad_side(now, seen, used), bad_side(before, seen, used)[-ROWS_MAX:]
        before = before + np.random.default_rng(1).normal(0, 1e-3, before.shape)  # equal minutes have no density
        model = LocalOutlierFactor(min(self.options.neighbours, len(before) - 1), novelty=True).fit(before)
        score, reference = np.log(-model.score_samples(now)), np.log(-model.negative_outlier_factor_)
        return whole(
            score,
            candidates(score, against(score, reference), self.options.contamination),
            shares_of(now, used, n),
            judgeable(seen, used),
        )

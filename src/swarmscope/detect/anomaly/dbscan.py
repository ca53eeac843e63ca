"""Agents that belong to no cluster."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
import numpy as np

from swarmscope.detect import base
from swarmscope.detect.anomaly.scores import against, bad_side, judgeable, shares_of, table, unsaid, whole
from swarmscope.window import Panel

ROWS_MIN, ROWS_MAX = 100, 2_000


class Dbscan(base.ShortlistDetector):
    """Whole agents that are noise: too far from the dense places where agents usually are.

    Minutes before of all agents on the shortlist are clustered. Distances are scaled so that 1 is twice the distance within
    which 95 of 100 minutes have `neighbours` others; so `eps` 0.5 means a usual neighbourhood, whatever the signals are. An
    agent within `eps` of a core point belongs to its cluster, whatever that is like; of the others the distance counts,
    against how far minutes before lie from the nearest core point.

        [detect]
        on = ["dbscan"]

        [plugins.options.detector.dbscan]
        eps = 0.5

    Sources: Ester, Kriegel, Sander & Xu, DBSCAN, KDD 1996; Schubert et al., ACM TODS 2017; scikit-learn.
    """

    class Options(base.Options, frozen=True, forbid_unknown_fields=True):
        """eps: radius of a neighbourhood. neighbours: that make a core point."""

        eps: Annotated[
            float,
            msgspec.Meta(gt=0, le=10, description="radius of a neighbourhood, scaled", extra={"sensitive": (1.0, 0.3)}),
        ] = 0.5
        neighbours: Annotated[
            int, msgspec.Meta(ge=2, le=200, description="minutes within it that make a core point")
        ] = 5

    name: ClassVar[str] = "dbscan"
    kinds: ClassVar[tuple[str, ...]] = ("unusual_combination",)
    by_default: ClassVar[bool] = False

    def judge(self, seen: Panel) -> base.Scores:
        """Tails of the distance to the nearest core point, one row."""
        n = len(seen.agents)
        now, before, used = table(seen)
        if len(before) < ROWS_MIN or used.sum() < 2:
            return unsaid(seen, used)
        from sklearn.cluster import DBSCAN
        from sklearn.neighbors import NearestNeighbors

        now, before = bad_side(now, seen, used), bad_side(before, seen, used)[-ROWS_MAX:]
        near = NearestNeighbors(n_neighbors=self.options.neighbours + 1).fit(before)
        unit = 2 * max(float(np.quantile(near.kneighbors(before)[0][:, -1], 0.95)), 1e-6)
        core = DBSCAN(eps=self.options.eps, min_samples=self.options.neighbours).fit(before / unit).core_sample_indices_
        if len(core) < 2:
            return unsaid(seen, used)
        cores = NearestNeighbors(n_neighbors=2).fit(before[core] / unit)
        score = cores.kneighbors(now / unit)[0][:, 0]
        apart = cores.kneighbors(before / unit)[0]
        reference = np.where(np.isin(np.arange(len(before)), core), apart[:, 1], apart[:, 0])
        tail = np.where(score > self.options.eps, against(score, reference), 1.0)
        return whole(score, tail, shares_of(now, used, n), judgeable(seen, used))

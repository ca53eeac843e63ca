"""Sparse places of the space of signals, by random half-space trees."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from swarmscope.detect import base
from swarmscope.detect.anomaly.scores import against, bad_side, judgeable, shares_of, table, unsaid, whole
from swarmscope.window import Panel

F64 = NDArray[np.float64]
SEED = 1
ROWS_MIN = 200
REACH = 6.0  # deviations that the boxes are made for
SIZE_LIMIT = 0.1  # a node with so small a share of its tree's rows is as deep as one goes


class HalfSpaceTrees(base.FleetDetector):
    """Whole agents in places where few minutes of the fleet were before.

    Each tree halves a random box, level by level, at the middle of a random signal. Minutes of the fleet leave their mass in
    the nodes; the mass where an agent is now, times two to the depth, is low where it is strange. All agents and trees are
    walked together. The tail is that of the minutes themselves.

        [detect]
        on = ["half_space_trees"]

        [plugins.options.detector.half_space_trees]
        trees = 100

    Source: Tan, Ting & Liu, Fast Anomaly Detection for Streaming Data, IJCAI 2011.
    """

    class Options(base.Options, frozen=True, forbid_unknown_fields=True):
        """trees, depth: of the forest."""

        trees: Annotated[int, msgspec.Meta(ge=1, le=500, description="trees")] = 50
        depth: Annotated[int, msgspec.Meta(ge=2, le=15, description="levels of each tree")] = 12

    name: ClassVar[str] = "half_space_trees"
    kinds: ClassVar[tuple[str, ...]] = ("unusual_combination",)
    by_default: ClassVar[bool] = False

    def judge(self, seen: Panel) -> base.Scores:
        """Tails against the minutes before, one row."""
        n = len(seen.agents)
        now, before, used = table(seen)
        if len(before) < ROWS_MIN or used.sum() < 2:
            return unsaid(seen, used)
        now, before = bad_side(now, seen, used), bad_side(before, seen, used)
        rng = np.random.default_rng(SEED)
        score, reference = np.zeros(n), np.zeros(len(before))
        for _ in range(self.options.trees):
            mine, theirs = self._tree(now, before, rng)
            score -= np.log2(mine) / self.options.trees  # as logarithms: one tree that sees it is not outvoted
            reference -= np.log2(theirs) / self.options.trees
        apart = np.sqrt((np.square(now)).mean(1)) * 1e-3  # equal masses: the one further out first
        return whole(score + apart, against(score + apart, reference), shares_of(now, used, n), judgeable(seen, used))

    def _tree(self, now: F64, before: F64, rng: np.random.Generator) -> tuple[F64, F64]:
        """Mass times two to the depth, in shares of the rows, of what is now and of the rows themselves."""
        middle = rng.uniform(0, 1, before.shape[1])
        half = 2 * np.maximum(middle, 1 - middle) * 2 * REACH
        middle = (2 * middle - 1) * REACH
        low, high = np.tile(middle - half, (len(before), 1)), np.tile(middle + half, (len(before), 1))
        mine_low, mine_high = np.tile(middle - half, (len(now), 1)), np.tile(middle + half, (len(now), 1))
        node, mine = np.zeros(len(before), np.int64), np.zeros(len(now), np.int64)
        mass = [np.full(len(now), 1.0)]
        theirs = [np.full(len(before), 1.0)]
        on_now, on_before = np.ones(len(now), np.bool_), np.ones(len(before), np.bool_)
        for depth in range(1, self.options.depth + 1):
            signals = rng.integers(0, before.shape[1], 2 ** (depth - 1))
            node = _step(before, node, signals, low, high)
            mine = _step(now, mine, signals, mine_low, mine_high)
            share = np.bincount(node, minlength=2**depth)[: 2**depth] / len(before)
            scaled = share * 2.0**depth
            mass.append(np.where(on_now, np.maximum(scaled[mine], 0.5 / len(before)), mass[-1]))
            theirs.append(np.where(on_before, scaled[node], theirs[-1]))
            on_now &= share[mine] >= SIZE_LIMIT
            on_before &= share[node] >= SIZE_LIMIT
        return mass[-1], theirs[-1]


def _step(x: F64, node: NDArray[np.int64], signals: NDArray[np.int64], low: F64, high: F64) -> NDArray[np.int64]:
    """One level down: the boxes are halved in place, and the number of the child of each row is given."""
    rows = np.arange(len(x))
    signal = signals[node]
    middle = (low[rows, signal] + high[rows, signal]) / 2
    right = x[rows, signal] >= middle
    low[rows[right], signal[right]] = middle[right]
    high[rows[~right], signal[~right]] = middle[~right]
    child: NDArray[np.int64] = 2 * node + right
    return child

"""Sequential change detection without a model of the values: conformal test martingales, many streams side by side.

Of exchangeable values the rank of the newest among the past is uniform, whatever their distribution. A martingale bets against
that; it grows when newer values rank high, or low, again and again, or when some ranks come more often than others (a bet on
the histogram of recent ranks: a change of shape). The bets share one purse, money moves between them now and then (Vovk's
Simple Jumper), and the purse never falls below 1 (the CUSUM form): an alarm at C comes by chance once in C values at most, in
the long run. Values that tie get a random rank, so that shares of yes and no may be followed too.

Sources: Vovk, Gammerman & Shafer, Algorithmic Learning in a Random World, 2nd ed. 2022, chapter 8; Vovk, Petej, Nouretdinov,
Ahlberg, Carlsson & Gammerman, Retrain or not retrain, COPA 2021; Page, Biometrika 1954.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
SLOPES = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
BETS = len(SLOPES) + 1  # the last one is on the histogram
BINS = 6
BIN_PRIOR = 8.0  # counts of each bin before anything is seen
BIN_KEEP = 0.985  # what a count is worth after each value
JUMP = 0.01
KEEP = 512
FIRST = 30  # values that are only learned from


@dataclass(slots=True)
class Streams:
    """Many streams of several features each. alarm: values per false alarm, in the long run, of one stream.

    level: purse per stream and feature, 1 at rest. since: values since the last alarm.
    """

    features: int
    alarm: float = 10_000.0
    seed: int = 1
    past: F32 = field(init=False)
    count: I64 = field(init=False)
    purse: F64 = field(init=False)  # (streams, features, bets)
    bins: F64 = field(init=False)  # (streams, features, bins): forgetting counts of ranks
    _rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self._rng = np.random.default_rng(self.seed)
        self.past = np.full((0, self.features, KEEP), np.nan, np.float32)
        self.count = np.zeros(0, np.int64)
        self.purse = np.zeros((0, self.features, BETS))
        self.bins = np.zeros((0, self.features, BINS))

    def grow(self, streams: int) -> None:
        """Make room for so many streams; what is there stays."""
        more = streams - len(self.count)
        if more > 0:
            self.past = np.concatenate((self.past, np.full((more, self.features, KEEP), np.nan, np.float32)))
            self.count = np.concatenate((self.count, np.zeros(more, np.int64)))
            self.purse = np.concatenate((self.purse, np.full((more, self.features, BETS), 1 / BETS)))
            self.bins = np.concatenate((self.bins, np.zeros((more, self.features, BINS))))

    @property
    def level(self) -> F64:
        """What each purse holds, (streams, features)."""
        total: F64 = self.purse.sum(2)
        return total

    def take(self, which: I64, values: F32) -> NDArray[np.bool_]:
        """One value for each of some streams (each occurs once): (streams, features), NaN: none. Whether each alarms now."""
        past, n = self.past[which], self.count[which]
        ranks = self._ranks(past, values)
        purse = self.purse[which]
        total = purse.sum(2, keepdims=True)
        purse = (1 - JUMP) * purse + JUMP / BETS * total
        due = np.isfinite(ranks) & (n >= FIRST)[:, None]
        bet = purse * np.concatenate((1 + SLOPES * (ranks[:, :, None] - 0.5), self._on_bins(which, ranks, due)), 2)
        purse = np.where(due[:, :, None], bet, purse)
        held = purse.sum(2, keepdims=True)
        purse = np.where(held < 1, purse / np.maximum(held, 1e-300), purse)
        self.purse[which] = purse
        slot = (n % KEEP).astype(np.int64)
        self.past[which, :, slot] = values
        self.count[which] = n + 1
        alarmed: NDArray[np.bool_] = (purse.sum(2) >= self.alarm * self.features).any(1)
        return alarmed

    def _on_bins(self, which: I64, ranks: F64, due: NDArray[np.bool_]) -> F64:
        """What the bet on the histogram of ranks pays, (streams, features, 1); it then learns the rank."""
        counts = self.bins[which]
        at = np.minimum((np.nan_to_num(ranks) * BINS).astype(np.int64), BINS - 1)[:, :, None]
        mine = np.take_along_axis(counts, at, 2)
        pays: F64 = BINS * (mine + BIN_PRIOR) / (counts.sum(2, keepdims=True) + BINS * BIN_PRIOR)
        learned = counts * BIN_KEEP
        np.put_along_axis(learned, at, mine * BIN_KEEP + 1, 2)
        self.bins[which] = np.where(due[:, :, None], learned, counts)
        return pays

    def _ranks(self, past: F32, values: F32) -> F64:
        """Randomised rank of each value among the past and itself, in (0, 1); NaN where there is no value or no past."""
        now = values[:, :, None]
        there = np.isfinite(past)
        with np.errstate(invalid="ignore"):
            below = ((past < now) & there).sum(2)
            same = ((past == now) & there).sum(2) + 1
        u = self._rng.random(values.shape)
        size = there.sum(2) + 1
        ranks: F64 = np.where(np.isfinite(values) & (size > 1), (below + u * same) / size, np.nan)
        return ranks

    def means(self, which: int, newest: int) -> tuple[F64, F64]:
        """Mean of the newest values of a stream, and of those before them, per feature."""
        n = int(self.count[which])
        order = np.arange(max(0, n - KEEP), n) % KEEP
        values = self.past[which][:, order]
        cut = max(0, values.shape[1] - newest)
        with np.errstate(all="ignore"):
            return np.nanmean(values[:, cut:], 1).astype(np.float64), np.nanmean(values[:, :cut], 1).astype(np.float64)

    def onset(self, which: int) -> int:
        """How many values ago the strongest purse began to grow, at least: as many as it takes at the fastest pace."""
        strongest = float(self.level[which].max())
        return max(1, int(np.ceil(np.log(max(strongest, 1.0)) / np.log(2.0))))

    def forget(self, which: I64) -> None:
        """Begin anew: what came after the change is the new normal."""
        self.past[which] = np.nan
        self.count[which] = 0
        self.purse[which] = 1 / BETS
        self.bins[which] = 0

    def snapshot(self) -> dict[str, NDArray[np.generic]]:
        """Everything, as arrays."""
        return {"past": self.past, "count": self.count, "purse": self.purse, "bins": self.bins}

    def restore(self, state: dict[str, NDArray[np.generic]]) -> None:
        """Take up what `snapshot` gave. ValueError: it is of other features."""
        if state["past"].shape[1:] != (self.features, KEEP):
            raise ValueError(f"the snapshot has shape {state['past'].shape}, not (…, {self.features}, {KEEP})")
        self.past = state["past"].astype(np.float32)
        self.count = state["count"].astype(np.int64)
        self.purse = state["purse"].astype(np.float64)
        self.bins = state["bins"].astype(np.float64)

"""From distances to scores: tails of few values, tails against a reference sample, options that several detectors share."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from swarmscope.detect.anomaly.history import past
from swarmscope.detect.anomaly.sides import own, strangeness, tail_of
from swarmscope.detect.base import Scores
from swarmscope.window import Panel

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
TAIL_SHARE = 0.05  # of a reference sample, beyond which its tail is extrapolated
EXCESS_FACTOR = 1.5  # a fitted tail is taken to be so much heavier than it looks
Z_CLIP = 12.0
ROWS_MAX = 20_000
SIGNALS_MIN = 3

Z = Annotated[
    float,
    msgspec.Meta(ge=0.5, le=20, description="deviations at which it begins to count", extra={"sensitive": (6.0, 2.0)}),
]
Contamination = Annotated[
    float,
    msgspec.Meta(
        gt=0,
        le=0.5,
        description="share of agents that may be candidates; it flags none",
        extra={"sensitive": (0.02, 0.3)},
    ),
]


def one_sided(z: Any, seen: Panel, least: float, centre: F32, half: F32) -> Scores:
    """Scores of standardised values (signals, agents): what the cohort has in common is left out, only the bad side counts."""
    mine = own(np.asarray(z, np.float32), seen)
    score = strangeness(mine, seen)
    with np.errstate(invalid="ignore"):
        tail = np.where(score >= least, tail_of(mine, seen), np.where(np.isfinite(score), 1.0, np.nan))
    return Scores(tail, score, centre, centre - half, centre + half)


def against(score: F64, reference: F64, tests: int = 1) -> F64:
    """Tail probability of scores among those of a reference sample; beyond its last TAIL_SHARE by an exponential fit.

    NaN stays. tests: how often was looked (Bonferroni). Peaks over threshold, Pickands 1975.
    """
    known = np.sort(reference[np.isfinite(reference)])
    if len(known) < 20:
        return np.full(score.shape, np.nan)
    n = len(known)
    start = known[int(np.ceil(n * (1 - TAIL_SHARE))) - 1]
    excess = known[known > start] - start
    scale = EXCESS_FACTOR * float(excess.mean()) if len(excess) else 1e-9
    with np.errstate(all="ignore"):
        inside = (n - np.searchsorted(known, score, "left") + 1) / (n + 1)
        beyond = TAIL_SHARE * np.exp(-np.maximum(score - start, 0) / max(scale, 1e-9))
    tail = np.where(score > start, np.maximum(beyond, 1e-300), inside)
    return np.where(np.isfinite(score), np.clip(tail * tests, 1e-300, 1), np.nan)


def whole(score: F64, tail: F64, shares: F32, enough: NDArray[np.bool_]) -> Scores:
    """One row for whole agents; those that are not known enough say nothing."""
    said = np.where(enough, tail, np.nan)
    return Scores(said[None, :], np.where(enough, score, np.nan)[None, :].astype(np.float32), shares=shares)


def unsaid(seen: Panel, used: NDArray[np.bool_]) -> Scores:
    """One row that says nothing: there is too little to compare with."""
    nothing = np.full((1, len(seen.agents)), np.nan)
    shares = np.zeros((len(used), len(seen.agents)), np.float32)
    return Scores(nothing, nothing.astype(np.float32), shares=shares)


def judgeable(seen: Panel, used: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which agents are known by enough of the used signals to be judged as a whole."""
    out: NDArray[np.bool_] = np.isfinite(seen.z[used]).sum(0) >= SIGNALS_MIN
    return out


def candidates(score: F64, tail: F64, contamination: float) -> F64:
    """Tails, 1 for all but the strangest share; at least one may be strange."""
    allowed = max(1, int(np.ceil(contamination * len(score))))
    limit = np.sort(score)[::-1][allowed - 1] if len(score) else 0.0
    out: F64 = np.where(score >= limit, tail, 1.0)
    return out


def table(seen: Panel, stride: int = 6) -> tuple[F64, F64, NDArray[np.bool_]]:
    """What detectors of whole agents look at: the newest z of each agent, and z of agents and frames before.

    (agents, signals) now, (rows, signals) before, and which signals are used: those that most have. Gaps are 0, which is
    normal; what a cohort has in common is left out of both.
    """
    now = own(seen.z, seen)
    before = past(seen, stride)
    with np.errstate(all="ignore"):
        z = (before - seen.mean) / seen.deviation
    rows = z.transpose(0, 2, 1).reshape(-1, z.shape[1])[-ROWS_MAX:]
    used = np.isfinite(now).mean(1) > 0.3 if now.shape[1] else np.zeros(now.shape[0], np.bool_)
    rows = rows[np.isfinite(rows[:, used]).sum(1) >= max(1, int(used.sum()) // 2)] if used.any() else rows[:0]
    return _filled(now.T, used), _filled(rows, used), used


def _filled(z: Any, used: NDArray[np.bool_]) -> F64:
    out: F64 = np.clip(np.nan_to_num(z[:, used], nan=0.0, posinf=Z_CLIP, neginf=-Z_CLIP), -Z_CLIP, Z_CLIP).astype(
        np.float64
    )
    return out


def bad_side(z: F64, seen: Panel, used: NDArray[np.bool_]) -> F64:
    """Values (rows, signals) with the good side folded away: being faster or cheaper than usual is nothing strange."""
    worse = [s.worse for s, u in zip(seen.signals, used.tolist(), strict=True) if u]
    high, low = (np.array([w == side for w in worse]) for side in ("high", "low"))
    out: F64 = np.where(high, np.maximum(z, 0), np.where(low, np.minimum(z, 0), z))
    return out


def shares_of(z: F64, used: NDArray[np.bool_], agents: int) -> F32:
    """Which signals contributed: squared deviations, (signals, agents)."""
    out = np.zeros((len(used), agents), np.float32)
    out[used] = np.square(z).T
    return out
